/** Tables as PostgreSQL's CREATE statements. */

import type { Column, Index } from '../../schema/migration.ts'
import type { FieldType, JsonValue } from '../../schema/schema.ts'
import { sha256Hex } from '../audit/canonical-json.ts'
import {
  boundChecks,
  type Ddl,
  quoteName,
  quoteText,
  type Reference,
  referenceActionName,
} from '../migrate/ddl.ts'
import { migrationConflict } from '../migrate/migration.ts'
import { patternChecks } from '../migrate/pattern-check.ts'
import { indexName } from '../migrate/table.ts'
import { utf8Length } from '../values/text.ts'

/** PostgreSQL cuts longer names off, without a word. */
const longestName = 63

/** The domain of text that is compared without regard to the case of ASCII letters. */
export const noCaseDomain = '_dbal_nocase'

/** As `format_type` and `typname` call them. */
const columnTypes: { readonly [Type in FieldType]: string } = {
  uuid: 'text',
  string: 'text',
  text: 'text',
  email: 'text',
  enum: 'text',
  datetime: 'text',
  json: 'text',
  integer: 'int8',
  bigint: 'int8',
  boolean: 'int2',
  number: 'float8',
  bytes: 'bytea',
  any: 'ANY',
}

const datetimeForm = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$'

export const postgresDdl: Ddl = {
  createTable(name, table) {
    const columns = Object.entries(table.columns).map(([column, data]) => columnText(column, data))
    const key =
      table.primaryKey.length > 0 ? [`PRIMARY KEY (${table.primaryKey.map(quoted).join(', ')})`] : []
    return `CREATE TABLE ${quoted(name)} (\n  ${[...columns, ...key].join(',\n  ')}\n)`
  },
  references: (name, table) =>
    Object.entries(table.columns).flatMap(([column, data]) => referenceOf(name, column, data)),
  columnTypeName: (type) => columnTypes[type],
  indexName: shortName,
  dropTable: (name) => `DROP TABLE ${quoted(name)}`,
  renameTable: (from, to) => `ALTER TABLE ${quoted(from)} RENAME TO ${quoted(to)}`,
  // What the columns are is the table's affair: a domain tells that case is ignored, and the index must do so too.
  createIndex: (entity, index) =>
    `SELECT main._dbal_create_index(${[shortName(entity, index), entity, index.unique ? 'unique' : ''].map(quoteText).join(', ')}, ARRAY[${index.fields.map(quoteText).join(', ')}])`,
  dropNamedIndex: (name) => `DROP INDEX ${quoted(name)}`,
  renameIndex: (entity, from, index) =>
    from === shortName(entity, index)
      ? []
      : [`ALTER INDEX ${quoted(from)} RENAME TO ${quoted(shortName(entity, index))}`],
  addColumn: (entity, name, column, fill) =>
    `ALTER TABLE ${quoted(entity)} ADD COLUMN ${columnText(name, fill === undefined ? column : { ...column, default: fill })}`,
  dropColumn: (entity, name) => `ALTER TABLE ${quoted(entity)} DROP COLUMN ${quoted(name)}`,
  renameColumn: (entity, from, to) =>
    `ALTER TABLE ${quoted(entity)} RENAME COLUMN ${quoted(from)} TO ${quoted(to)}`,
  swapping: (name, made) => ({
    swap: [postgresDdl.dropTable(name), postgresDdl.renameTable(made, name)],
    after: [],
  }),
  copyRows: (from, to, sources) =>
    `INSERT INTO ${quoted(to)} (${sources.map(([column]) => quoted(column)).join(', ')}) SELECT ${sources
      .map(([, source]) => ('column' in source ? quoted(source.column) : literal(source.type, source.value)))
      .join(', ')} FROM ${quoted(from)}`,
}

function quoted(name: string): string {
  if (utf8Length(name) > longestName)
    throw migrationConflict(`The name ${JSON.stringify(name)} has more than ${longestName} bytes`)
  return quoteName(name)
}

function shortName(entity: string, index: Index): string {
  const name = indexName(entity, index)
  if (utf8Length(name) <= longestName) return name
  return `${name.replace(/[^\x20-\x7e]/g, '_').slice(0, 44)}~${sha256Hex(name).slice(0, 16)}`
}

function columnText(name: string, column: Column): string {
  const checks = checksOf(quoted(name), column)
  return [
    quoted(name),
    typeText(name, column),
    ...(column.nullable ? [] : ['NOT NULL']),
    ...(column.default === undefined ? [] : [`DEFAULT ${literal(column.type, column.default)}`]),
    ...(checks.length > 0 ? [`CHECK (${checks.join(' AND ')})`] : []),
  ].join(' ')
}

function typeText(name: string, { type, caseInsensitive }: Column): string {
  if (type === 'any') throw migrationConflict(`${name} is of type any, for which PostgreSQL has none`)
  if (columnTypes[type] !== 'text') return columnTypes[type]
  return caseInsensitive ? `main.${noCaseDomain}` : 'text COLLATE "C"'
}

function checksOf(name: string, column: Column): string[] {
  switch (column.type) {
    case 'uuid':
      return [`length(${name}) = 36`]
    case 'string':
    case 'text':
    case 'email':
      return [...boundChecks(`length(${name})`, column), ...patternTexts(name, column.pattern)]
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
      return [`${name} ~ ${quoteText(datetimeForm)}`]
    case 'json':
      // A null passes every check, but `NULL::json IS NOT NULL` is false.
      return [`(${name} IS NULL OR (${name}::json) IS NOT NULL)`]
    case 'any':
      return []
    default:
      return column.type satisfies never
  }
}

function patternTexts(name: string, pattern: string | undefined): string[] {
  const checks = pattern === undefined ? undefined : patternChecks(pattern)
  if (!checks) return []
  return [
    ...checks.never.map((glob) => `${name} !~ ${quoteText(globExpression(glob))}`),
    ...checks.always.map((glob) => `${name} ~ ${quoteText(globExpression(glob))}`),
  ]
}

/** A GLOB pattern as a regular expression. */
export function globExpression(glob: string): string {
  const parts = glob.replace(
    /\[(\^?)(\]?[^\]]*)\]|\*|\?|[\\^$.|+(){}]/g,
    (found, not: string | undefined, inside: string | undefined) => {
      if (found === '*') return '.*'
      if (found === '?') return '.'
      if (inside === undefined) return `\\${found}`
      return `[${not}${inside.replace(/[\\[]/g, '\\$&')}]`
    },
  )
  return `^${parts}$`
}

function referenceOf(entity: string, name: string, { references, caseInsensitive }: Column): Reference[] {
  if (!references) return []
  const { entity: to, field, onDelete, onUpdate } = references
  const names = [entity, name, to, field, referenceActionName(onDelete), referenceActionName(onUpdate)]
  // Whether case counts is known to the other table alone.
  return [
    {
      to,
      texts: [
        `SELECT main._dbal_create_reference(${[...names, caseInsensitive ? 'folded' : ''].map(quoteText).join(', ')})`,
      ],
    },
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
