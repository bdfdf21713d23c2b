/** What differs between databases in the SQL that the engine prints. Data and overrides; nobody asks for a name. */

import { type QueryCompiler, SqliteQueryCompiler } from 'kysely'
import type { ColumnType, DialectName, SqlValue } from '../drivers/driver.ts'
import type { FieldType } from '../schema/schema.ts'
import { sqliteTransaction, type TransactionWords } from './transaction.ts'

export interface Dialect {
  readonly name: DialectName
  createCompiler(): QueryCompiler
  /** The schema that every physical table is qualified with, so that no CTE or temporary table can capture it. */
  readonly schemaName: string
  readonly transaction: TransactionWords
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
  encode(type, value) {
    if (value === null || value === undefined) return null
    if (type === 'boolean') return value ? 1 : 0
    if (type === 'json') return JSON.stringify(value)
    return value as SqlValue
  },
}

export const dialects: { readonly [Name in DialectName]?: Dialect } = { sqlite: sqliteDialect }
