/** What differs between databases in the SQL that the engine prints. Data and overrides; nobody asks for a name. */

import { FunctionNode, type OperationNode, type QueryCompiler, SqliteQueryCompiler, ValueNode } from 'kysely'
import type { ColumnType, DialectName, MysqlServerName, SqlValue } from '../drivers/driver.ts'
import type { FieldType } from '../schema/schema.ts'
import { globOf, globPattern } from './access/glob.ts'
import { type MigrationDialect, sqliteMigrations } from './migrate/migration-dialect.ts'
import type { EngineSide, Others } from './neighbours/follow-others.ts'
import type { OutcomeWords } from './outcomes.ts'
import type { WordSearch } from './search/word-search.ts'
import { sqliteTransaction, type TransactionWords } from './transaction.ts'

export interface Dialect {
  readonly name: DialectName
  /** See `Driver.server`. */
  readonly server?: MysqlServerName
  createCompiler(): QueryCompiler
  /** The schema that every physical table is qualified with, so that no CTE or temporary table can capture it. */
  readonly schemaName: string
  readonly transaction: TransactionWords
  readonly migrations: MigrationDialect
  /** Absent where nobody else has the database open. */
  readonly outcomes?: OutcomeWords
  /** The same: what it tells other processes, and hears of them. */
  readonly followOthers?: (engine: EngineSide) => Others
  /** What of Kysely's queries, which are written for SQLite, means the same here. */
  readonly kysely: {
    /** `function lower`, `aggregate sum`, `cast text`, `json`, `collate nocase`. */
    has(part: string): boolean
    /** Whether a part that it has means the same with arguments of these types; absent for always. */
    takes?(part: string, types: readonly (ColumnType | 'value')[]): boolean
    /** The name by which a function of a query is printed; absent for its own. */
    functionName?(name: string): string
    /** Tables in FROM know nothing of the query around them: rows are collected into JSON in the select itself. */
    readonly collectsFlat?: true
    /**
     * A result of the first part of a recursive query, of a type that holds what the other parts put into its column;
     * absent where columns of queries have no type.
     * @param whole the type of all parts, `any` where they differ
     * @returns undefined for one of which that is not known
     */
    firstOfRecursion?(node: OperationNode, type: ColumnType, whole: ColumnType): OperationNode | undefined
    /** More can fail on what a row holds than in SQLite: tables under rules are always fenced. */
    readonly alwaysFences: boolean
  }
  /** Whether a value can be compared with a column of the type; absent where any can. */
  readonly holds?: (type: FieldType, value: SqlValue) => boolean
  /** See `DriverCapabilities.clockFunction`. */
  readonly clockFunction?: string
  /** The pattern that `glob` takes, from one in which `%` is any run of characters, `_` any one, and nothing escapes. */
  pattern(like: string): string
  /** The same of a pattern that only the database knows. */
  patternNode(like: OperationNode): OperationNode
  /** An item of a list that came as JSON, as a value of the type. */
  listItem(item: OperationNode, type: FieldType): OperationNode
  /** A value that a rule names. It may stand beside a parameter or another such value, and has no column to be read like. */
  ruleValue(type: FieldType, value: string | number | boolean | null): OperationNode
  /** An index of words of the database's own; absent where it is SQLite's FTS5, or where there is none. */
  readonly words?: WordSearch
  /** A validated value as the database stores it. `undefined` counts as null. */
  encode(type: FieldType, value: unknown): SqlValue
}

/** How a field's column comes back. */
export function columnTypeOf(type: FieldType): ColumnType {
  switch (type) {
    case 'uuid':
    case 'string':
    case 'text':
    case 'email':
    case 'enum':
      return 'text'
    default:
      return type
  }
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  createCompiler: () => new SqliteQueryCompiler(),
  schemaName: 'main',
  transaction: sqliteTransaction,
  migrations: sqliteMigrations,
  kysely: { has: () => true, alwaysFences: false },
  pattern: globPattern,
  patternNode: globOf,
  listItem: (item, type) => (type === 'bytes' ? FunctionNode.create('unhex', [item]) : item),
  ruleValue: (type, value) => ValueNode.create(sqliteDialect.encode(type, value)),
  encode(type, value) {
    if (value === null || value === undefined) return null
    if (type === 'boolean') return value ? 1 : 0
    if (type === 'json') return JSON.stringify(value)
    return value as SqlValue
  },
}
