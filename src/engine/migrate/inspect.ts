/** What stands in a database, as far as migrations need to know; here of SQLite's. */

import type { Statement } from '../../drivers/driver.ts'
import { caseInsensitiveColumns } from '../../schema/introspect/collations.ts'
import { ask, type Work } from '../work.ts'

export interface Inspector {
  /** Whether the tables are there in which the history of migrations stands. */
  hasEngineTables(): Work<boolean>
  tableNames(): Work<string[]>
  columnNames(table: string): Work<string[]>
  readColumns(table: string): Work<StoredColumn[]>
  /** Indexes over plain columns that are not made by a constraint. */
  readIndexes(table: string): Work<StoredIndex[]>
  readReferences(table: string): Work<StoredReference[]>
  /** UNIQUE constraints and unique indexes alike, each as its columns; the primary key is one of them. */
  readUniqueKeys(table: string): Work<string[][]>
  /** Lower-case names of the columns that are compared without regard to letter case. */
  readCaseInsensitive(table: string): Work<ReadonlySet<string>>
  /** The definitions of a table's triggers, and of those of its indexes that `keepIndex` chooses. */
  attachedTexts(table: string, keepIndex: (name: string) => boolean): Work<string[]>
}

const columnNamesOf: Statement = {
  sql: `SELECT "name" FROM pragma_table_info(?, 'main') ORDER BY "cid"`,
  columns: ['text'],
  once: true,
}

function* columnNames(table: string): Work<string[]> {
  return (yield* ask(columnNamesOf, [table])).values as string[]
}

export interface StoredIndex {
  readonly name: string
  readonly fields: readonly string[]
  readonly unique: boolean
}

/** Indexes made by CREATE INDEX over plain columns; a partial or computed one is not what a schema speaks of. */
const indexColumns: Statement = {
  sql: `SELECT i."name", i."unique", c."name" FROM pragma_index_list(?, 'main') AS i JOIN pragma_index_info(i."name", 'main') AS c
WHERE i."origin" = 'c' AND i."partial" = 0 ORDER BY i."seq", c."seqno"`,
  columns: ['text', 'integer', 'text'],
  once: true,
}

function* readIndexes(table: string): Work<StoredIndex[]> {
  const { values } = yield* ask(indexColumns, [table])
  const indexes = new Map<string, { name: string; fields: string[]; unique: boolean }>()
  for (let at = 0; at < values.length; at += 3) {
    const name = values[at] as string
    const index = indexes.get(name) ?? { name, fields: [], unique: values[at + 1] === 1 }
    index.fields.push((values[at + 2] as string | null) ?? '')
    indexes.set(name, index)
  }
  return [...indexes.values()]
}

const attached: Statement = {
  sql: `SELECT "type", "name", "sql" FROM main.sqlite_schema WHERE "tbl_name" = ? AND "type" IN ('trigger', 'index') AND "sql" IS NOT NULL`,
  columns: ['text', 'text', 'text'],
  once: true,
}

/** The definitions of a table's triggers, and of those of its indexes that `keepIndex` chooses. */
function* attachedTexts(table: string, keepIndex: (name: string) => boolean): Work<string[]> {
  const { values } = yield* ask(attached, [table])
  const texts: string[] = []
  for (let at = 0; at < values.length; at += 3) {
    if (values[at] === 'trigger' || keepIndex(values[at + 1] as string)) texts.push(values[at + 2] as string)
  }
  return texts
}

const tableNamesOf: Statement = {
  sql: `SELECT "name" FROM main.sqlite_schema WHERE "type" = 'table' ORDER BY "name"`,
  columns: ['text'],
  once: true,
}

function* tableNames(): Work<string[]> {
  return (yield* ask(tableNamesOf, [])).values as string[]
}

export interface StoredColumn {
  readonly name: string
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** Place in the primary key from 1; 0 is none. */
  readonly key: number
}

const columnsOf: Statement = {
  sql: `SELECT "name", upper("type"), "notnull", "dflt_value" IS NOT NULL, "pk" FROM pragma_table_info(?, 'main') ORDER BY "cid"`,
  columns: ['text', 'text', 'integer', 'integer', 'integer'],
  once: true,
}

function* readColumns(table: string): Work<StoredColumn[]> {
  const { values } = yield* ask(columnsOf, [table])
  const columns: StoredColumn[] = []
  for (let at = 0; at < values.length; at += 5) {
    columns.push({
      name: values[at] as string,
      type: values[at + 1] as string,
      notNull: values[at + 2] === 1,
      hasDefault: values[at + 3] === 1,
      key: values[at + 4] as number,
    })
  }
  return columns
}

export interface StoredReference {
  readonly field: string
  readonly entity: string
  /** Null where the definition names none: the other table's primary key. */
  readonly target: string | null
  readonly onDelete: string
  readonly onUpdate: string
  /** No foreign key of the database's own; absent for no. */
  readonly keptByTriggers?: true
  /** Triggers beside it name both tables; absent for no. */
  readonly hasTriggers?: true
}

const referencesOf: Statement = {
  sql: `SELECT "from", "table", "to", "on_delete", "on_update" FROM pragma_foreign_key_list(?, 'main')`,
  columns: ['text', 'text', 'text', 'text', 'text'],
  once: true,
}

function* readReferences(table: string): Work<StoredReference[]> {
  const { values } = yield* ask(referencesOf, [table])
  const references: StoredReference[] = []
  for (let at = 0; at < values.length; at += 5) {
    references.push({
      field: values[at] as string,
      entity: values[at + 1] as string,
      target: values[at + 2] as string | null,
      onDelete: values[at + 3] as string,
      onUpdate: values[at + 4] as string,
    })
  }
  return references
}

/** UNIQUE constraints and unique indexes alike, each as its columns; the primary key is one of them. */
const uniqueColumns: Statement = {
  sql: `SELECT i."name", c."name" FROM pragma_index_list(?, 'main') AS i JOIN pragma_index_info(i."name", 'main') AS c
WHERE i."unique" = 1 AND i."partial" = 0 ORDER BY i."seq", c."seqno"`,
  columns: ['text', 'text'],
  once: true,
}

function* readUniqueKeys(table: string): Work<string[][]> {
  const { values } = yield* ask(uniqueColumns, [table])
  const keys = new Map<string, string[]>()
  for (let at = 0; at < values.length; at += 2) {
    const name = values[at] as string
    keys.set(name, [...(keys.get(name) ?? []), (values[at + 1] as string | null) ?? ''])
  }
  return [...keys.values()]
}

const tableText: Statement = {
  sql: `SELECT "sql" FROM main.sqlite_schema WHERE "type" = 'table' AND "name" = ?`,
  columns: ['text'],
  once: true,
}

/** Lower-case names of the columns that are compared without regard to letter case. */
function* readCaseInsensitive(table: string): Work<ReadonlySet<string>> {
  const [sql] = (yield* ask(tableText, [table])).values
  return caseInsensitiveColumns(sql as string)
}

const hasMeta: Statement = {
  sql: `SELECT count(*) FROM main.sqlite_schema WHERE "type" = 'table' AND "name" IN ('_dbal_meta', '_dbal_migrations')`,
  columns: ['integer'],
  once: true,
}

function* hasEngineTables(): Work<boolean> {
  return (yield* ask(hasMeta, [])).values[0] === 2
}

export const sqliteInspector: Inspector = {
  hasEngineTables,
  tableNames,
  columnNames,
  readColumns,
  readIndexes,
  readReferences,
  readUniqueKeys,
  readCaseInsensitive,
  attachedTexts,
}
