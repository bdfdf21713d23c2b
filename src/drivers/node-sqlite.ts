/**
 * SQLite in Node, over `node:sqlite`. One synchronous connection.
 *
 * Deadlines: `node:sqlite` offers neither a progress handler nor an interrupt. A query is stopped between two of its
 * rows, and where it calls the clock function; any other statement that gives no row runs to its end.
 */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type {
  ColumnType,
  Connection,
  Driver,
  ReadGuard,
  ReadLimits,
  ResultSet,
  SqlValue,
  Statement,
  StorageStats,
} from './driver.ts'
import { DriverError, readTooMuch } from './driver.ts'
import { allowed, GuardedRead, onlyQueries } from './read-guard.ts'
import { sqliteErrorKind } from './sqlite-codes.ts'
import { checkSqliteFile, clearWalMode, withoutWal } from './sqlite-file.ts'
import {
  longestValue,
  refuseMoreStatements,
  refuseOtherWidth,
  type StatementTraits,
  traitsOf,
} from './sqlite-statements.ts'
import { findProblems, readPragma, readWalBytes, refuseDamaged } from './sqlite-upkeep.ts'
import { parseJson, safeInteger } from './sqlite-values.ts'
import { StatementCache } from './statement-cache.ts'

export interface NodeSqliteOptions {
  /** Most statements kept prepared; default 500. */
  readonly cacheStatements?: number
  /** Milliseconds to wait, blocking, for another process's lock; default 5,000. */
  readonly busyTimeoutMs?: number
  /** `relaxed` may lose the last commits when power fails, never the database; default `strict`. */
  readonly durability?: 'strict' | 'relaxed'
  /** Only looked at: nothing is written, and a file without a write-ahead log gets none. Default false. */
  readonly readOnly?: boolean
  /** An SQLite file to start from; only with ':memory:'. */
  readonly importFile?: Uint8Array
  /** Monotonic milliseconds; default `performance.now`. */
  readonly now?: () => number
}

/** In SQL: see `clockFunction`. Called for row after row, it looks at the clock with every 256th call only. */
const clockFunction = '_dbal_in_time'
const callsALook = 256

/** Columns in which whole numbers of any size may stand. */
const wholeNumbers: ReadonlySet<ColumnType> = new Set(['integer', 'bigint', 'number', 'any'])

/**
 * Opens a file, made when it is not there, or ':memory:'.
 * @throws DriverError `cantOpen`, `notADatabase`, `corrupt`, `busy`
 */
export function openNodeSqlite(path: string, options: NodeSqliteOptions = {}): Driver {
  const { importFile } = options
  if (importFile) {
    if (path !== ':memory:')
      throw new DriverError('cantOpen', 14, "A file can only be imported into ':memory:'")
    checkSqliteFile(importFile)
  }
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, {
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
      defensive: true,
      timeout: options.busyTimeoutMs ?? 5_000,
      limits: { length: longestValue },
    })
    if (importFile) db.deserialize(withoutWal(importFile))
    configure(db, options)
    const driver = new NodeSqliteDriver(db, path === ':memory:' ? 'memory' : 'file', options)
    if (importFile) refuseDamaged(driver)
    return driver
  } catch (error) {
    if (db?.isOpen) db.close()
    throw toDriverError(error, false, false)
  }
}

function configure(db: DatabaseSync, { durability = 'strict', readOnly = false }: NodeSqliteOptions): void {
  db.exec('PRAGMA trusted_schema=OFF')
  if (readOnly) {
    // Not SQLite's own read-only mode, which leaves the two files of a write-ahead log behind.
    db.exec('PRAGMA query_only=ON')
    return
  }
  db.exec('PRAGMA journal_mode=WAL')
  db.exec(`PRAGMA synchronous=${durability === 'strict' ? 'FULL' : 'NORMAL'}`)
  db.exec('PRAGMA foreign_keys=ON')
  // So that REPLACE fires delete triggers: what refuses deletes must not be walked around.
  db.exec('PRAGMA recursive_triggers=ON')
}

interface Prepared extends StatementTraits {
  readonly statement: StatementSync
  readonly columns: readonly ColumnType[]
  readonly changesRows: boolean
}

const nothing: ResultSet = { width: 0, values: [], changes: 0 }

class NodeSqliteDriver implements Driver, Connection {
  readonly dialect = 'sqlite'
  readonly synchronous = true
  readonly capabilities

  readonly #db: DatabaseSync
  readonly #cache: StatementCache<Prepared>
  readonly #now: () => number
  #changes: StatementSync | undefined
  #inTransaction = false
  #isWatched = false
  #guarded: GuardedRead | null = null
  /** Of the statement that runs. */
  #deadline = 0
  /** Of the clock function. */
  #calls = 0

  constructor(db: DatabaseSync, persistence: 'memory' | 'file', options: NodeSqliteOptions) {
    this.#db = db
    // node:sqlite finalizes a statement when it is collected, or when the database closes.
    this.#cache = new StatementCache(options.cacheStatements ?? 500, () => {})
    this.#now = options.now ?? (() => performance.now())
    this.capabilities = {
      persistence,
      fullTextSearch: true,
      nestedTransactions: true,
      returning: true,
      connectionPooling: false,
      readReplicas: false,
      guardedReads: true,
      clockFunction,
    } as const
    db.function(clockFunction, { varargs: true, directOnly: true }, () => this.#inTime())
  }

  #inTime(): number {
    if (this.#deadline !== 0 && ++this.#calls % callsALook === 0 && this.#now() > this.#deadline) throw late()
    return 1
  }

  now(): number {
    return this.#now()
  }

  acquire(): Connection {
    this.#assertOpen()
    return this
  }

  release(): void {
    if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
    this.#inTransaction = false
  }

  execute(
    statement: Statement,
    parameters: readonly SqlValue[],
    deadline: number,
    most?: ReadLimits,
  ): ResultSet {
    const kept = this.#cache.get(statement)
    if (kept === undefined && statement.guard) {
      return this.#executeGuarded(statement.sql, statement.guard, parameters, { deadline, most })
    }
    const prepared = kept ?? this.#prepare(statement)
    // SQLite itself rolls back after some failures; asking once more would fail.
    if (prepared.rollsBack && !this.#db.isTransaction) return nothing
    this.#deadline = deadline
    try {
      const bound = bindable(parameters)
      const { columns } = prepared
      if (columns.length === 0) {
        const { changes } = prepared.statement.run(...bound)
        this.#inTransaction = this.#db.isTransaction
        return { width: 0, values: [], changes: prepared.changesRows ? Number(changes) : 0 }
      }
      const values: unknown[] = []
      // A write with RETURNING has done its work before its first row, and is not to be left half read.
      if (prepared.changesRows || (!most && (deadline === 0 || statement.single))) {
        // Much less work for node:sqlite than an iterator, and than `get`.
        for (const row of prepared.statement.all(...bound)) push(values, row, columns)
        if (statement.single && deadline !== 0 && this.#now() > deadline) throw late()
      } else {
        this.#orForget(statement, () => this.#iterate(prepared, bound, { deadline, most }, values))
      }
      return { width: columns.length, values, changes: prepared.changesRows ? this.#lastChanges() : 0 }
    } catch (error) {
      const wasInTransaction = this.#inTransaction
      this.#inTransaction = this.#db.isOpen && this.#db.isTransaction
      throw toDriverError(error, false, wasInTransaction && !this.#inTransaction)
    }
  }

  /** The guard is asked while the text is prepared, and again when it has to be prepared anew while it runs. */
  #executeGuarded(
    sql: string,
    guard: ReadGuard,
    parameters: readonly SqlValue[],
    limits: { readonly deadline: number; readonly most: ReadLimits | undefined },
  ): ResultSet {
    this.#assertOpen()
    this.#watch()
    const guarded = new GuardedRead(guard)
    this.#guarded = guarded
    let isPreparing = true
    try {
      const statement = this.#db.prepare(sql)
      refuseMoreStatements(sql.slice(statement.sourceSQL.length))
      const names = statement.columns().map(({ name }) => name)
      if (names.length === 0) throw onlyQueries()
      statement.setReturnArrays(true)
      statement.setReadBigInts(true)
      isPreparing = false
      const values: unknown[] = []
      const columns = names.map(() => 'any' as const)
      this.#iterate({ statement, columns }, bindable(parameters), limits, values)
      return { width: names.length, values, changes: 0, names }
    } catch (error) {
      throw guarded.failure(toDriverError(error, isPreparing, false))
    } finally {
      this.#guarded = null
    }
  }

  /** With the first guarded statement, because an authorizer makes SQLite prepare everything anew. */
  #watch(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    this.#db.setAuthorizer(
      (action, first, second, database) => this.#guarded?.answer(action, first, second, database) ?? allowed,
    )
  }

  /** node:sqlite does not reset a statement that fails there: whoever runs it next would get the error of this time. */
  #orForget(statement: Statement, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#cache.delete(statement)
      throw error
    }
  }

  #iterate(
    { statement, columns }: Pick<Prepared, 'statement' | 'columns'>,
    bound: readonly Bindable[],
    { deadline, most }: { readonly deadline: number; readonly most: ReadLimits | undefined },
    values: unknown[],
  ): void {
    let rows = 0
    let bytes = 0
    for (const row of statement.iterate(...bound)) {
      if (deadline !== 0 && this.#now() > deadline) throw late()
      if (most) {
        if (++rows > most.rows) throw readTooMuch('tooManyRows')
        bytes += sizeOf(row)
        if (bytes > most.bytes) throw readTooMuch('tooManyBytes')
      }
      push(values, row, columns)
    }
  }

  #lastChanges(): number {
    this.#changes ??= this.#db.prepare('SELECT changes() AS changes')
    return Number(this.#changes.get()?.changes)
  }

  #prepare(statement: Statement): Prepared {
    this.#assertOpen()
    const { sql, columns } = statement
    try {
      const handle = this.#db.prepare(sql)
      refuseMoreStatements(sql.slice(handle.sourceSQL.length))
      if (columns.length > 0) {
        refuseOtherWidth(handle.columns().length, columns.length)
        handle.setReturnArrays(true)
        // Else an integer that a number cannot hold is an error of node:sqlite.
        handle.setReadBigInts(columns.some((type) => wholeNumbers.has(type)))
      }
      const traits = traitsOf(sql)
      const prepared: Prepared = {
        statement: handle,
        columns,
        control: traits.control,
        rollsBack: traits.rollsBack,
        changesRows: traits.changesRows ?? this.#opensForWriting(sql),
      }
      if (!statement.once) this.#cache.add(statement, prepared)
      return prepared
    } catch (error) {
      throw toDriverError(error, true, false)
    }
  }

  #opensForWriting(sql: string): boolean {
    return this.#db
      .prepare(`EXPLAIN ${sql}`)
      .all()
      .some((step) => step.opcode === 'Transaction' && step.p2 === 1)
  }

  stats(): StorageStats {
    const pageSize = readPragma(this, 'page_size')
    const pageCount = readPragma(this, 'page_count')
    const cacheSize = readPragma(this, 'cache_size')
    return {
      sizeBytes: pageSize * pageCount,
      pageSize,
      pageCount,
      freePages: readPragma(this, 'freelist_count'),
      // What the cache may grow to: node:sqlite does not tell how full it is.
      cacheBytes: cacheSize < 0 ? -cacheSize * 1024 : cacheSize * pageSize,
      preparedStatements: this.#cache.size,
      walBytes: readWalBytes(this, pageSize),
    }
  }

  checkIntegrity(): readonly string[] {
    return findProblems(this)
  }

  analyze(): void {
    this.#exec('ANALYZE')
  }

  vacuum(): void {
    this.#exec('VACUUM')
  }

  exportFile(): Uint8Array {
    this.#assertOpen()
    if (this.#db.isTransaction) throw new DriverError('busy', 5, 'A transaction is open')
    const bytes = this.#db.serialize()
    clearWalMode(bytes)
    return bytes
  }

  close(): void {
    if (!this.#db.isOpen) return
    this.release()
    this.#cache.clear()
    this.#changes = undefined
    // The last connection of a file checkpoints its log and removes it.
    this.#db.close()
  }

  #exec(sql: string): void {
    this.execute({ sql, columns: [], once: true }, [], 0)
  }

  #assertOpen(): void {
    if (!this.#db.isOpen) throw new DriverError('other', 21, 'The database is closed')
  }
}

const late = () => new DriverError('interrupted', 9, 'The deadline passed')

type Bindable = null | bigint | number | string | Uint8Array

/** Whole numbers go as integers: node:sqlite would make them floats, and `5 / 2.0` is not `5 / 2`. */
function bindable(parameters: readonly SqlValue[]): Bindable[] {
  return parameters.map((value, index) => {
    if (typeof value === 'number') {
      if (Number.isSafeInteger(value)) return BigInt(value)
      if (Number.isNaN(value)) throw new DriverError('type', 20, `Parameter ${index + 1} is not a number`)
    } else if (typeof value === 'bigint') {
      if (BigInt.asIntN(64, value) !== value)
        throw new DriverError('type', 20, `Parameter ${index + 1} needs more than 64 bits`)
    } else if (value !== null && typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw new DriverError('type', 20, `Parameter ${index + 1} is no SQL value`)
    }
    return value
  })
}

function sizeOf(row: unknown): number {
  let size = 0
  for (const cell of row as readonly unknown[])
    size += typeof cell === 'string' || cell instanceof Uint8Array ? cell.length : 8
  return size
}

function push(values: unknown[], row: unknown, columns: readonly ColumnType[]): void {
  const cells = row as readonly unknown[] // setReturnArrays
  for (let at = 0; at < columns.length; at++) values.push(decode(cells[at], columns[at] as ColumnType))
}

/** A value of another storage class than its column's type promises (foreign files) comes as it is stored. */
function decode(value: unknown, type: ColumnType): unknown {
  if (value === null) return null
  switch (type) {
    case 'boolean':
      return typeof value === 'number' || typeof value === 'bigint' ? Boolean(value) : value
    case 'json':
      return typeof value === 'string' ? parseJson(value) : value
    case 'number':
      return typeof value === 'bigint' ? Number(value) : value
    case 'bigint':
      return value
    default:
      return typeof value === 'bigint' ? safeInteger(value) : value
  }
}

/** What node:sqlite throws: SQLite's own failures carry `errcode`, the rest are Node's codes. */
interface NodeSqliteError extends Error {
  readonly code?: string
  readonly errcode?: number
}

function toDriverError(error: unknown, preparing: boolean, rolledBack: boolean): DriverError {
  if (error instanceof DriverError) return error
  const { message, code, errcode } = error as NodeSqliteError
  const options = { cause: error, rolledBack }
  if (errcode !== undefined) {
    return new DriverError(sqliteErrorKind(errcode, message, preparing), errcode, message, options)
  }
  return new DriverError('other', code ?? 'unknown', message, options)
}
