/** Tables as CREATE statements of MariaDB and MySQL. */

import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Column, Index, Table } from '../../schema/migration.ts'
import type { FieldType, JsonValue } from '../../schema/schema.ts'
import { sha256Hex } from '../audit/canonical-json.ts'
import { boundChecks, type Ddl, quoteName, quoteText } from '../migrate/ddl.ts'
import { migrationConflict } from '../migrate/migration.ts'
import { patternChecks } from '../migrate/pattern-check.ts'
import { indexName } from '../migrate/table.ts'
import { definitionsOf } from './definitions.ts'
import { foldedName } from './folding.ts'
import { type MysqlServer, mysql } from './server.ts'

/** Longest name of a table, column or index, in characters. */
const longestName = 64

/** Longest text that stands in its row; a longer one, or one without a bound, stands beside it. */
const longestInRow = 255

/** Of a text without a bound that is part of a primary key or refers to another row: keys have 3,072 bytes at most. */
const longestKey = 255

/** How much of a long text an index has, in characters. */
const beginning = 191

/** Bytes that all the columns of a row may promise, less a margin. */
const widestRow = 60_000

export const tableOptions = ({ folding }: MysqlServer) =>
  `ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 ${folding.byCodePoint}`

/** As the inspector tells them: texts of every length are one type. */
const columnTypes: { readonly [Type in FieldType]: string } = {
  uuid: 'text',
  string: 'text',
  text: 'text',
  email: 'text',
  enum: 'text',
  datetime: 'text',
  json: 'text',
  integer: 'bigint',
  bigint: 'bigint',
  boolean: 'tinyint',
  number: 'double',
  bytes: 'bytes',
  any: 'ANY',
}

/** What a rebuilt table was, until it goes. */
const replaced = '_dbal_replaced'

const datetimeForm = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z(?!.)'

export function ddlOf(server: MysqlServer): Ddl {
  const definitions = definitionsOf(server)
  const ddl: Ddl = {
    createTable(name, table) {
      const keys = keyColumns(table)
      let room = widestRow
      const columns = Object.entries(table.columns).map(([column, data]) => {
        const type = typeText(column, data, { isKey: keys.has(column), isRoom: room > 0 }, server)
        room -= widthOf(type) * (data.caseInsensitive ? 2 : 1)
        return columnText(column, data, type, server)
      })
      const key =
        table.primaryKey.length > 0 ? [`PRIMARY KEY (${table.primaryKey.map(quoted).join(', ')})`] : []
      return `CREATE TABLE IF NOT EXISTS main.${tableName(name, server)} (\n  ${[...columns, ...key].join(',\n  ')}\n) ${tableOptions(server)}`
    },
    // Written by `referencesOf`, from what the tables are.
    references: () => [],
    columnTypeName: (type) => columnTypes[type],
    indexName: shortName,
    dropTable: (name) => `DROP TABLE IF EXISTS main.${quoted(name)}`,
    renameTable: (from, to) => `RENAME TABLE main.${quoted(from)} TO main.${tableName(to, server)}`,
    // What the columns are is the table's affair: a long text is indexed by its beginning, a folded one by its twin.
    createIndex: (entity, index, table) =>
      table && server !== mysql
        ? indexText(entity, index, table, server)
        : `CALL main._dbal_create_index(${[shortName(entity, index), entity, index.unique ? 'UNIQUE' : '', JSON.stringify(index.fields)].map(quoteText).join(', ')})`,
    dropNamedIndex: (name, entity) => definitions.dropIndex(entity, name),
    renameIndex(entity, from, index) {
      const name = shortName(entity, index)
      return from === name ? [] : [definitions.renameIndex(entity, from, name)]
    },
    addColumn(entity, name, column, fill) {
      const place = { isKey: column.references !== undefined, isRoom: true }
      const filled = fill === undefined ? column : { ...column, default: fill }
      const text = columnText(name, filled, typeText(name, column, place, server), server)
      return definitions.addColumn(entity, name, text)
    },
    dropColumn: (entity, name) =>
      server === mysql
        ? `CALL main._dbal_drop_column(${[entity, name].map(quoteText).join(', ')})`
        : `ALTER TABLE main.${quoted(entity)} DROP COLUMN IF EXISTS ${quoted(foldedName(name))}, DROP COLUMN IF EXISTS ${quoted(name)}`,
    renameColumn: (entity, from, to) =>
      `CALL main._dbal_rename_column(${[entity, from, to].map(quoteText).join(', ')})`,
    swapping: (name, made) => ({
      // Both at once: there is no instant without the table.
      swap: [
        `RENAME TABLE main.${quoted(name)} TO main.${quoted(replaced)}, main.${quoted(made)} TO main.${quoted(name)}`,
      ],
      after: [ddl.dropTable(replaced)],
    }),
    copyRows: (from, to, sources) =>
      `INSERT INTO main.${quoted(to)} (${sources.map(([column]) => quoted(column)).join(', ')}) SELECT ${sources
        .map(([, source]) =>
          'column' in source ? quoted(source.column) : literal(source.type, source.value, quoteText),
        )
        .join(', ')} FROM main.${quoted(from)}`,
  }
  return ddl
}

/** The name of a foreign key. */
export const referenceName = (entity: string, field: string): string =>
  shortName(entity, { fields: [field, 'reference'] })

function indexText(entity: string, index: Index, table: Table, server: MysqlServer): string {
  const keys = keyColumns(table)
  const parts = index.fields.map((field) => {
    const column = table.columns[field]
    if (column?.caseInsensitive) return quoted(foldedName(field))
    const isLong =
      column && /^LONG/.test(typeText(field, column, { isKey: keys.has(field), isRoom: true }, server))
    return isLong && !index.unique ? `${quoted(field)} (${beginning})` : quoted(field)
  })
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${quoteName(shortName(entity, index))} ON main.${quoted(entity)} (${parts.join(', ')})`
}

function quoted(name: string): string {
  if ([...name].length > longestName)
    throw migrationConflict(`The name ${JSON.stringify(name)} has more than ${longestName} characters`)
  return quoteName(name)
}

/** @throws DBALError CONFLICT for one that is too long */
function tableName(name: string, server: MysqlServer): string {
  // MySQL names the table's CHECKs by it.
  const most = server === mysql ? longestName - '_chk_999'.length : longestName
  if ([...name].length > most)
    throw migrationConflict(`The name ${JSON.stringify(name)} has more than ${most} characters`)
  return quoted(name)
}

function shortName(entity: string, index: Index): string {
  const name = indexName(entity, index)
  return [...name].length <= longestName
    ? name
    : `${[...name].slice(0, 44).join('')}~${sha256Hex(name).slice(0, 16)}`
}

/** Columns whose type an index, a key or a reference has to do with. */
function keyColumns({ columns, primaryKey }: Table): ReadonlySet<string> {
  const referring = Object.keys(columns).filter((name) => columns[name]?.references)
  return new Set([...primaryKey, ...referring])
}

function columnText(name: string, column: Column, type: string, server: MysqlServer): string {
  // What the database itself may change by a reference must not stand in a CHECK; the other row's key has stood in one.
  const { references } = column
  const isChanged =
    references?.onDelete === 'setNull' || ['setNull', 'cascade'].includes(references?.onUpdate ?? '')
  const textOf = literals(server)
  const checks = isChanged ? [] : checksOf(quoted(name), column, textOf)
  const own = [
    quoted(name),
    type,
    ...(column.nullable ? [] : ['NOT NULL']),
    ...(column.default === undefined ? [] : [`DEFAULT (${literal(column.type, column.default, textOf)})`]),
    ...(checks.length > 0 ? [`CHECK (${checks.join(' AND ')})`] : []),
  ].join(' ')
  if (!column.caseInsensitive) return own
  const { begins, ends } = server.folding
  return `${own}, ${quoted(foldedName(name))} ${type} GENERATED ALWAYS AS (${begins}${quoted(name)}${ends}) VIRTUAL INVISIBLE`
}

/** @param place whether it is part of a key, and whether its row has room for it */
function typeText(
  name: string,
  column: Column,
  place: { readonly isKey: boolean; readonly isRoom: boolean },
  { title }: MysqlServer,
): string {
  const { type } = column
  if (type === 'any') throw migrationConflict(`${name} is of type any, for which ${title} has none`)
  if (columnTypes[type] !== 'text' && type !== 'bytes') return columnTypes[type].toUpperCase()
  const [short, long] = type === 'bytes' ? ['VARBINARY', 'LONGBLOB'] : ['VARCHAR', 'LONGTEXT']
  const width = widthOfText(column)
  if (width <= longestInRow && (place.isKey || place.isRoom)) return `${short}(${Math.max(width, 1)})`
  return place.isKey ? `${short}(${longestKey})` : long
}

/** Most characters of a text, or bytes. */
function widthOfText({ type, max, values }: Column): number {
  if (type === 'json') return Number.POSITIVE_INFINITY
  if (type === 'uuid') return 36
  if (type === 'datetime') return 24
  if (type === 'enum') return Math.max(...(values ?? []).map((value) => [...value].length), 1)
  return max ?? Number.POSITIVE_INFINITY
}

function widthOf(type: string): number {
  const [, characters] = /^VARCHAR\((\d+)\)$/.exec(type) ?? []
  return characters === undefined ? 12 : Number(characters) * 4 + 2
}

function checksOf(name: string, column: Column, textOf: TextOf): string[] {
  switch (column.type) {
    case 'uuid':
      return [`char_length(${name}) = 36`]
    case 'string':
    case 'text':
    case 'email':
      return [...boundChecks(`char_length(${name})`, column), ...patternTexts(name, column.pattern, textOf)]
    case 'bytes':
      return boundChecks(`octet_length(${name})`, column)
    case 'enum':
      return column.values ? [`${name} IN (${column.values.map(textOf).join(', ')})`] : []
    case 'integer':
    case 'bigint':
    case 'number':
      return boundChecks(name, column)
    case 'boolean':
      return [`${name} IN (0, 1)`]
    case 'datetime':
      return [`${name} REGEXP ${textOf(datetimeForm)}`]
    case 'json':
      return [`json_valid(${name})`]
    case 'any':
      return []
    default:
      return column.type satisfies never
  }
}

function patternTexts(name: string, pattern: string | undefined, textOf: TextOf): string[] {
  const checks = pattern === undefined ? undefined : patternChecks(pattern)
  if (!checks) return []
  return [
    ...checks.never.map((glob) => `${name} NOT REGEXP ${textOf(globExpression(glob))}`),
    ...checks.always.map((glob) => `${name} REGEXP ${textOf(globExpression(glob))}`),
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
  return `(?s)^${parts}(?!.)`
}

type TextOf = (text: string) => string

/**
 * A literal in an expression that stays with its table. MySQL keeps such an expression with its quotes and backslashes
 * escaped, and reads it in a session of ours, where a backslash escapes nothing: what has one goes by its bytes.
 */
const literals =
  (server: MysqlServer): TextOf =>
  (text) =>
    server === mysql && /['\\`]/.test(text)
      ? `convert(x'${bytesToHex(utf8ToBytes(text))}' using utf8mb4) ${server.folding.byCodePoint}`
      : quoteText(text)

function literal(type: FieldType, value: JsonValue, textOf: TextOf): string {
  if (value === null) return 'NULL'
  if (type === 'json') return textOf(JSON.stringify(value))
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return type === 'bigint' ? String(BigInt(value)) : textOf(value)
  throw new RangeError(`A column of type ${type} cannot have the default ${JSON.stringify(value)}`)
}
