/** A table read in pages, in the order of its key, and written in the same pages: no more than one is in memory. */

import { type ColumnType, DriverError, type SqlValue, type Statement } from '../../drivers/driver.ts'
import { columnTypeOf, type Dialect } from '../../engine/dialect.ts'
import { quoteName } from '../../engine/migrate/ddl.ts'
import { commit, rollback } from '../../engine/transaction.ts'
import { ask, type Work } from '../../engine/work.ts'
import type { Table } from '../../schema/migration.ts'
import type { FieldType } from '../../schema/schema.ts'
import { UsageError } from '../command.ts'
import { printable } from './address.ts'
import { canonicalRow, type RowsChecksum, WrongValue } from './canonical-row.ts'
import type { Side } from './side.ts'

export interface Rows {
  readonly table: string
  readonly columns: readonly string[]
  readonly types: readonly FieldType[]
  /** Places of the key's columns. */
  readonly key: readonly number[]
}

export function rowsOf(name: string, { columns, primaryKey }: Table): Rows {
  const names = Object.keys(columns)
  return {
    table: name,
    columns: names,
    types: Object.values(columns).map(({ type }) => type),
    key: primaryKey.map((field) => names.indexOf(field)),
  }
}

const nameOf = (table: string) => `main.${quoteName(table)}`
const list = (names: readonly string[]) => names.map(quoteName).join(', ')

export function* countRows(table: string): Work<number> {
  const statement: Statement = {
    sql: `select count(*) from ${nameOf(table)}`,
    columns: ['integer'],
    once: true,
  }
  return (yield* ask(statement, [])).values[0] as number
}

/** Json stays the text that it is; everything else comes as the engine reads it. */
function readAs(type: FieldType): ColumnType {
  return type === 'json' ? 'text' : columnTypeOf(type)
}

function write(dialect: Dialect, type: FieldType, value: unknown): SqlValue {
  return type === 'json' ? (value as SqlValue) : dialect.encode(type, value)
}

const mostRows = 1024
/** What a page should hold, and what it may. */
const pageBytes = 4 * 1024 * 1024
const mostBytes = 64 * 1024 * 1024

/** Pages of rows, each a flat list as drivers give it. */
export async function* readPages(side: Side, rows: Rows): AsyncGenerator<readonly unknown[]> {
  const width = rows.columns.length
  let size = 128
  let last: readonly SqlValue[] = []
  const statements = new Map<string, Statement>()
  for (;;) {
    const id = `${size} ${last.length}`
    const statement = statements.get(id) ?? pageStatement(side.dialect, rows, size, last.length > 0)
    statements.set(id, statement)
    let values: readonly unknown[]
    try {
      values = await side.run(readPage(statement, last, size))
    } catch (error) {
      if (!(error instanceof DriverError) || error.kind !== 'tooManyBytes') throw error
      size = Math.max(1, size >> 3)
      continue
    }
    if (values.length > 0) yield values
    if (values.length < size * width) return
    const end = values.slice(values.length - width)
    const key = rows.key.map((at) => write(side.dialect, rows.types[at] as FieldType, end[at]))
    last = side.dialect.name === 'mysql' ? keyParameters(key) : key
    size = nextSize(values, width)
  }
}

function* readPage(statement: Statement, last: readonly SqlValue[], size: number): Work<readonly unknown[]> {
  // A single row is taken however large it is.
  if (size === 1) return (yield* ask(statement, last)).values
  return (yield { statement, parameters: last, most: { rows: size, bytes: mostBytes } }).values
}

function pageStatement(
  { name: dialect }: Dialect,
  { table, columns, types, key }: Rows,
  size: number,
  goesOn: boolean,
): Statement {
  const names = key.map((at) => quoteName(columns[at] as string))
  const keys = names.join(', ')
  const behind = dialect === 'mysql' ? keyCondition(names) : `(${keys}) > (${key.map(() => '?').join(', ')})`
  const after = goesOn ? ` where ${behind}` : ''
  return {
    sql: `select ${list(columns)} from ${nameOf(table)}${after} order by ${keys} limit ${size}`,
    columns: types.map(readAs),
  }
}

/** MariaDB finds no place in an index by a comparison of rows. `a > ? or (a = ? and b > ?)`, by `keyParameters`. */
function keyCondition(names: readonly string[]): string {
  const parts = names.map((name, at) =>
    [...names.slice(0, at).map((before) => `${before} = ?`), `${name} > ?`].join(' and '),
  )
  return parts.map((part) => `(${part})`).join(' or ')
}

const keyParameters = (key: readonly SqlValue[]): SqlValue[] => key.flatMap((_, at) => key.slice(0, at + 1))

/** A power of two, so that there are few statements. */
function nextSize(values: readonly unknown[], width: number): number {
  let bytes = 0
  for (const value of values)
    bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
  const wanted = pageBytes / Math.max(1, bytes / (values.length / width))
  return 2 ** Math.floor(Math.log2(Math.min(mostRows, Math.max(1, wanted))))
}

/**
 * Adds the rows of a page to a checksum.
 * @throws UsageError naming the row that holds what its columns should not
 */
export function addRows(checksum: RowsChecksum, rows: Rows, page: readonly unknown[], shown: string): void {
  const width = rows.columns.length
  for (let at = 0; at < page.length; at += width) {
    const row = page.slice(at, at + width)
    try {
      checksum.add(canonicalRow(rows.types, row))
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error
      throw new UsageError(`${shown}: ${rowTitle(rows, row)} is damaged: ${error.message}`)
    }
  }
}

export function rowTitle({ table, columns, key }: Rows, row: readonly unknown[]): string {
  const parts = key.map((at) => `${columns[at]} ${JSON.stringify(String(row[at])).slice(0, 80)}`)
  return printable(`the row of ${table} with ${parts.join(', ')}`)
}

/** Writes pages into one table, each in a transaction of its own. */
export class Writer {
  readonly #side: Side
  readonly #rows: Rows
  readonly #atOnce: number
  readonly #many: Statement
  readonly #one: Statement
  readonly #mostBytes: number

  /** @param mostBytes of a statement with its parameters */
  constructor(side: Side, rows: Rows, mostBytes: number) {
    this.#side = side
    this.#mostBytes = mostBytes
    this.#rows = rows
    this.#atOnce = Math.max(1, Math.min(64, Math.floor(900 / rows.columns.length)))
    this.#many = insertStatement(rows, this.#atOnce)
    this.#one = insertStatement(rows, 1)
  }

  /** @throws UsageError naming the row that the target does not take */
  async write(page: readonly unknown[]): Promise<void> {
    const { dialect } = this.#side
    const { types } = this.#rows
    const width = types.length
    const parameters = page.map((value, at) => write(dialect, types[at % width] as FieldType, value))
    await this.#side.run(this.#writeAll(parameters))
  }

  *#writeAll(parameters: readonly SqlValue[]): Work<void> {
    const step = this.#atOnce * this.#rows.columns.length
    yield* ask(this.#side.dialect.transaction.beginWriting, [])
    try {
      for (let at = 0; at < parameters.length; at += step)
        yield* this.#insert(parameters.slice(at, at + step), step)
      yield* commit()
    } catch (error) {
      yield* rollback()
      throw error
    }
  }

  *#insert(parameters: readonly SqlValue[], step: number): Work<void> {
    // Singly they may fit; what does not is named before the server closes the connection over it.
    if (parameters.length < step || bytesOf(parameters) > this.#mostBytes)
      return yield* this.#insertSingly(parameters)
    try {
      yield* ask(this.#many, parameters)
    } catch (error) {
      if (!(error instanceof DriverError) || error.rolledBack) throw error
      // Which of them it was: nothing of the statement stands.
      yield* this.#insertSingly(parameters)
      throw error
    }
  }

  *#insertSingly(parameters: readonly SqlValue[]): Work<void> {
    const width = this.#rows.columns.length
    for (let at = 0; at < parameters.length; at += width) {
      const row = parameters.slice(at, at + width)
      const bytes = bytesOf(row)
      if (bytes > this.#mostBytes)
        throw new UsageError(
          `${this.#side.address.shown} does not take ${rowTitle(this.#rows, row)}: it has ${bytes} bytes, and the server takes ${this.#mostBytes} at once (max_allowed_packet)`,
        )
      try {
        yield* ask(this.#one, row)
      } catch (error) {
        if (!(error instanceof DriverError)) throw error
        throw new UsageError(
          `${this.#side.address.shown} does not take ${rowTitle(this.#rows, row)} (${error.kind}, ${error.code})`,
          { cause: error },
        )
      }
    }
  }
}

/** On the way to a server. */
function bytesOf(parameters: readonly SqlValue[]): number {
  let bytes = 0
  for (const value of parameters) {
    if (typeof value === 'string') bytes += Buffer.byteLength(value) + 9
    else bytes += value instanceof Uint8Array ? value.length + 9 : 9
  }
  return bytes
}

function insertStatement({ table, columns }: Rows, count: number): Statement {
  const row = `(${columns.map(() => '?').join(', ')})`
  return {
    sql: `insert into ${nameOf(table)} (${list(columns)}) values ${Array.from({ length: count }, () => row).join(', ')}`,
    columns: [],
  }
}
