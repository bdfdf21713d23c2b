/**
 * Tables as CREATE statements. The database holds every constraint that it can hold (NOT NULL, CHECK, FOREIGN KEY,
 * UNIQUE), so that a row written behind the engine's back obeys them too.
 */

import type { Statement } from '../../drivers/driver.ts'
import type { Column, Index, Table, Tables } from '../../schema/migration.ts'
import type { FieldType, JsonValue, ReferenceAction } from '../../schema/schema.ts'
import { patternChecks } from './pattern-check.ts'
import { indexesOf, indexName } from './table.ts'

/** How a dialect spells definitions. */
export interface Ddl {
  createTable(name: string, table: Table): string
  /** Foreign keys that cannot stand in the table's own text: the other table may come later. */
  references(name: string, table: Table): readonly Reference[]
  /** As the database tells it of a column. */
  columnTypeName(type: FieldType): string
  indexName(entity: string, index: Index): string
  dropTable(name: string): string
  renameTable(from: string, to: string): string
  /** @param table what the index stands on, where it is known */
  createIndex(entity: string, index: Index, table?: Table): string
  dropNamedIndex(name: string, entity: string): string
  /** Gives an index the name that it would have if it were made anew. */
  renameIndex(entity: string, from: string, index: Index): readonly string[]
  /** @param fill value of the rows that are there already, where the column itself has no default */
  addColumn(entity: string, name: string, column: Column, fill?: JsonValue): string
  dropColumn(entity: string, name: string): string
  renameColumn(entity: string, from: string, to: string): string
  /** Puts a table that was made in another's place, so that nothing which names it changes; `after` ends it. */
  swapping(
    name: string,
    made: string,
  ): { readonly swap: readonly string[]; readonly after: readonly string[] }
  /** @param sources for each column of `to` the column of `from` or the value that it gets */
  copyRows(from: string, to: string, sources: readonly (readonly [column: string, source: Source])[]): string
}

/** A foreign key beside its table's text. */
export interface Reference {
  /** The table that it leads to. */
  readonly to: string
  readonly texts: readonly string[]
}

export type Source = { readonly column: string } | { readonly value: JsonValue; readonly type: FieldType }

/** A definition runs once and is not worth keeping prepared. */
export function definition(sql: string): Statement {
  return { sql, columns: [], once: true }
}

/** The texts that create tables with their indexes: what a table refers to stands before it, as far as there is no cycle. */
export function createTexts(tables: Tables, ddl: Ddl): string[] {
  const order = creationOrder(tables)
  return [
    ...order.flatMap((name) => tableTexts(name, tables[name] as Table, ddl)),
    ...order.flatMap((name) => ddl.references(name, tables[name] as Table).flatMap(({ texts }) => texts)),
  ]
}

export function tableTexts(name: string, table: Table, ddl: Ddl): string[] {
  return [
    ddl.createTable(name, table),
    ...indexesOf(table).map((index) => ddl.createIndex(name, index, table)),
  ]
}

/** Names, referenced tables first; a cycle is entered at its first table in the schema's order. */
export function creationOrder(tables: Tables): string[] {
  const order = new Set<string>()
  const entered = new Set<string>()
  const visit = (name: string) => {
    if (entered.has(name)) return
    entered.add(name)
    for (const { references } of Object.values((tables[name] as Table).columns)) {
      if (references && Object.hasOwn(tables, references.entity)) visit(references.entity)
    }
    order.add(name)
  }
  for (const name of Object.keys(tables)) visit(name)
  return [...order]
}

/** The only place that makes an identifier of a name. */
export function quoteName(name: string): string {
  if (name.includes('\0')) throw new RangeError('A name cannot hold the character NUL')
  return `"${name.replaceAll('"', '""')}"`
}

/** The only place that makes a literal of a string. */
export function quoteText(text: string): string {
  if (text.includes('\0')) throw new RangeError('A literal cannot hold the character NUL')
  return `'${text.replaceAll("'", "''")}'`
}

const list = (names: readonly string[]) => names.map(quoteName).join(', ')

export const sqliteDdl: Ddl = {
  createTable(name, table) {
    const columns = Object.entries(table.columns).map(([column, data]) => columnText(column, data, table))
    const key = table.primaryKey.length > 1 ? [`PRIMARY KEY (${list(table.primaryKey)})`] : []
    return `CREATE TABLE ${quoteName(name)} (\n  ${[...columns, ...key].join(',\n  ')}\n) STRICT`
  },
  references: () => [],
  columnTypeName: (type) => sqliteTypes[type],
  indexName,
  dropTable: (name) => `DROP TABLE ${quoteName(name)}`,
  renameTable: (from, to) => `ALTER TABLE ${quoteName(from)} RENAME TO ${quoteName(to)}`,
  createIndex: (entity, index) =>
    // Names tell definitions, so an index of that name is the one that is wanted.
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${quoteName(indexName(entity, index))} ON ${quoteName(entity)} (${list(index.fields)})`,
  dropNamedIndex: (name) => `DROP INDEX ${quoteName(name)}`,
  renameIndex: (entity, from, index) =>
    from === indexName(entity, index)
      ? []
      : [`DROP INDEX ${quoteName(from)}`, sqliteDdl.createIndex(entity, index)],
  addColumn: (entity, name, column, fill) =>
    `ALTER TABLE ${quoteName(entity)} ADD COLUMN ${columnText(name, fill === undefined ? column : { ...column, default: fill })}`,
  dropColumn: (entity, name) => `ALTER TABLE ${quoteName(entity)} DROP COLUMN ${quoteName(name)}`,
  renameColumn: (entity, from, to) =>
    `ALTER TABLE ${quoteName(entity)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`,
  // Otherwise RENAME would refuse while a view or trigger names the table that is being replaced.
  swapping: (name, made) => ({
    swap: [
      'PRAGMA legacy_alter_table = ON',
      sqliteDdl.dropTable(name),
      sqliteDdl.renameTable(made, name),
      'PRAGMA legacy_alter_table = OFF',
    ],
    after: [],
  }),
  copyRows: (from, to, sources) =>
    `INSERT INTO ${quoteName(to)} (${list(sources.map(([column]) => column))}) SELECT ${sources
      .map(([, source]) =>
        'column' in source ? quoteName(source.column) : literal(source.type, source.value),
      )
      .join(', ')} FROM ${quoteName(from)}`,
}

/** Column types of STRICT tables. */
const sqliteTypes: { readonly [Type in FieldType]: string } = {
  uuid: 'TEXT',
  string: 'TEXT',
  text: 'TEXT',
  email: 'TEXT',
  enum: 'TEXT',
  datetime: 'TEXT',
  json: 'TEXT',
  integer: 'INTEGER',
  bigint: 'INTEGER',
  boolean: 'INTEGER',
  number: 'REAL',
  bytes: 'BLOB',
  any: 'ANY',
}

/** As the database tells it of a foreign key of ours. */
export function referenceActionName(action: ReferenceAction): string {
  return actions[action]
}

/** `table` is absent where the column joins a table that has its key already. */
function columnText(name: string, column: Column, table?: Table): string {
  const isKey = table?.primaryKey.length === 1 && table.primaryKey[0] === name
  const checks = checksOf(quoteName(name), column)
  const { references } = column
  return [
    quoteName(name),
    sqliteTypes[column.type],
    ...(isKey ? ['PRIMARY KEY'] : []),
    ...(column.nullable ? [] : ['NOT NULL']),
    ...(column.caseInsensitive ? ['COLLATE NOCASE'] : []),
    ...(column.default === undefined ? [] : [`DEFAULT ${literal(column.type, column.default)}`]),
    ...(checks.length > 0 ? [`CHECK (${checks.join(' AND ')})`] : []),
    ...(references
      ? [
          `REFERENCES ${quoteName(references.entity)} (${quoteName(references.field)})`,
          `ON DELETE ${actions[references.onDelete]} ON UPDATE ${actions[references.onUpdate]}`,
        ]
      : []),
  ].join(' ')
}

const actions: { readonly [Action in ReferenceAction]: string } = {
  cascade: 'CASCADE',
  restrict: 'RESTRICT',
  setNull: 'SET NULL',
  noAction: 'NO ACTION',
}

const digit = '[0-9]'
const datetimeForm = `${digit.repeat(4)}-${digit.repeat(2)}-${digit.repeat(2)}T${digit.repeat(2)}:${digit.repeat(2)}:${digit.repeat(2)}.${digit.repeat(3)}Z`

/** A NULL passes every one of them: a CHECK fails only on false. */
function checksOf(name: string, column: Column): string[] {
  switch (column.type) {
    case 'uuid':
      return [`length(${name}) = 36`]
    case 'string':
    case 'text':
    case 'email':
      // `length` counts code points, as the validator does.
      return [...boundChecks(`length(${name})`, column), ...globChecks(name, column.pattern)]
    case 'bytes':
      return boundChecks(`length(${name})`, column)
    case 'enum':
      return column.values ? [`${name} IN (${column.values.map(quoteText).join(', ')})`] : []
    case 'integer':
    case 'bigint':
    case 'number':
      return boundChecks(name, column)
    case 'boolean':
      return [`${name} IN (0, 1)`]
    case 'datetime':
      return [`${name} GLOB ${quoteText(datetimeForm)}`]
    case 'json':
      return [`json_valid(${name})`]
    case 'any':
      return []
    default:
      return column.type satisfies never
  }
}

export function boundChecks(expression: string, { min, max }: Column): string[] {
  if (min !== undefined && max !== undefined) return [`${expression} BETWEEN ${min} AND ${max}`]
  if (min !== undefined) return [`${expression} >= ${min}`]
  return max === undefined ? [] : [`${expression} <= ${max}`]
}

function globChecks(name: string, pattern: string | undefined): string[] {
  const checks = pattern === undefined ? undefined : patternChecks(pattern)
  if (!checks) return []
  return [
    ...checks.never.map((glob) => `${name} NOT GLOB ${quoteText(glob)}`),
    ...checks.always.map((glob) => `${name} GLOB ${quoteText(glob)}`),
  ]
}

function literal(type: FieldType, value: JsonValue): string {
  if (value === null) return 'NULL'
  if (type === 'json') return quoteText(JSON.stringify(value))
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return type === 'bigint' ? String(BigInt(value)) : quoteText(value)
  throw new RangeError(`A column of type ${type} cannot have the default ${JSON.stringify(value)}`)
}
