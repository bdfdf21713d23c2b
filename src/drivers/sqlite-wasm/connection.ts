/**
 * Statements on one database of the module, straight through its C functions: preparing, binding, stepping, reading.
 * Every call of the engine comes through here, so it is written plainly: no closure a call, no array a row. A read by
 * primary key takes a third to a quarter of the time that sqlite-wasm's own object API takes.
 */

import type {
  ColumnType,
  Connection,
  ReadGuard,
  ReadLimits,
  ResultSet,
  SqlValue,
  Statement,
} from '../driver.ts'
import { DriverError, readTooMuch } from '../driver.ts'
import { allowed, GuardedRead, onlyQueries } from '../read-guard.ts'
import { sqliteErrorKind } from '../sqlite-codes.ts'
import {
  longestValue,
  refuseMoreStatements,
  refuseOtherWidth,
  type StatementTraits,
  traitsOf,
} from '../sqlite-statements.ts'
import { parseJson, safeInteger } from '../sqlite-values.ts'
import { StatementCache } from '../statement-cache.ts'
import type { Heap } from './heap.ts'
import type { Pointer, SqliteExports, SqliteModule } from './module.ts'
import { isOutOfSpace, takeStorageFailure } from './storage-failure.ts'

const SQLITE_OK = 0
const SQLITE_IOERR = 10
const SQLITE_ROW = 100
const SQLITE_DONE = 101
const SQLITE_STATIC = 0
const SQLITE_PREPARE_PERSISTENT = 1

const SQLITE_LIMIT_LENGTH = 0

/** Storage classes, as `sqlite3_column_type` numbers them. */
const INTEGER = 1
const FLOAT = 2
const TEXT = 3
const BLOB = 4

/** Steps of SQLite's virtual machine between two looks at the clock: some tens of microseconds. */
const stepsBetweenChecks = 100

interface Prepared extends StatementTraits {
  readonly handle: Pointer
  readonly parameters: number
  readonly columns: readonly ColumnType[]
  readonly changesRows: boolean
  readonly once: boolean
}

const everything: ReadLimits = { rows: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }
const nothing: ResultSet = { width: 0, values: [], changes: 0 }

export class WasmConnection implements Connection {
  readonly db: Pointer
  readonly #module: SqliteModule
  readonly #sqlite: SqliteExports
  readonly #heap: Heap
  readonly #cache: StatementCache<Prepared>
  readonly #progressHandler: Pointer
  /** Two pointers that `sqlite3_prepare_v3` fills. */
  readonly #prepareOut: Pointer
  /** Installed with the first guarded statement. */
  #authorizer: Pointer = 0
  #guarded: GuardedRead | null = null
  #deadline = 0
  /** What the running statement may read yet. */
  #bytesLeft = 0
  #inTransaction = false
  #open = true

  constructor(module: SqliteModule, heap: Heap, db: Pointer, cacheStatements: number, now: () => number) {
    this.db = db
    this.#module = module
    this.#sqlite = module.wasm.exports
    this.#heap = heap
    this.#cache = new StatementCache(cacheStatements, (prepared) => {
      this.#sqlite.sqlite3_finalize(prepared.handle)
    })
    this.#prepareOut = this.#sqlite.sqlite3_malloc(8)
    this.#progressHandler = module.wasm.installFunction('i(p)', () =>
      this.#deadline !== 0 && now() > this.#deadline ? 1 : 0,
    )
    this.#sqlite.sqlite3_limit(db, SQLITE_LIMIT_LENGTH, longestValue)
    this.#sqlite.sqlite3_progress_handler(db, stepsBetweenChecks, this.#progressHandler, 0)
  }

  get preparedStatements(): number {
    return this.#cache.size
  }

  get inTransaction(): boolean {
    return this.#sqlite.sqlite3_get_autocommit(this.db) === 0
  }

  execute(
    statement: Statement,
    parameters: readonly SqlValue[],
    deadline: number,
    most: ReadLimits = everything,
  ): ResultSet {
    const kept = this.#cache.get(statement)
    if (kept === undefined && statement.guard) {
      return this.#executeGuarded(statement, statement.guard, parameters, deadline, most)
    }
    return this.#run(kept ?? this.#prepare(statement), parameters, deadline, most)
  }

  #run(prepared: Prepared, parameters: readonly SqlValue[], deadline: number, most: ReadLimits): ResultSet {
    // SQLite itself rolls back after some failures; asking once more would fail.
    if (prepared.rollsBack && !this.inTransaction) {
      if (prepared.once) this.#sqlite.sqlite3_finalize(prepared.handle)
      return nothing
    }
    const { handle, columns } = prepared
    const sqlite = this.#sqlite
    const values: unknown[] = []
    let code = SQLITE_OK
    // One may be left of a checkpoint, whose failure SQLite passes over.
    takeStorageFailure()
    try {
      if (prepared.parameters > 0 || parameters.length > 0) this.#bind(prepared, parameters)
      this.#deadline = prepared.control ? 0 : deadline
      this.#bytesLeft = most.bytes
      const mostValues = most.rows * columns.length
      code = sqlite.sqlite3_step(handle)
      while (code === SQLITE_ROW) {
        if (columns.length > 0) {
          if (values.length >= mostValues) throw readTooMuch('tooManyRows')
          this.#readRow(handle, columns, values)
        }
        code = sqlite.sqlite3_step(handle)
      }
    } finally {
      this.#deadline = 0
      // Parameters point into the heap's buffer, are bound anew by every call and so need no clearing.
      sqlite.sqlite3_reset(handle)
      if (prepared.once) sqlite.sqlite3_finalize(handle)
    }
    if (code !== SQLITE_DONE) throw this.#failure(code)
    if (prepared.control) this.#inTransaction = this.inTransaction
    return {
      width: columns.length,
      values,
      changes: prepared.changesRows ? sqlite.sqlite3_changes(this.db) : 0,
    }
  }

  /** The guard is asked while the text is prepared, and again when it has to be prepared anew while it runs. */
  #executeGuarded(
    statement: Statement,
    guard: ReadGuard,
    parameters: readonly SqlValue[],
    deadline: number,
    most: ReadLimits,
  ): ResultSet {
    this.#watch()
    const guarded = new GuardedRead(guard)
    this.#guarded = guarded
    try {
      const prepared = this.#prepare({ ...statement, once: true })
      const names = this.#columnNames(prepared)
      const columns = names.map(() => 'any' as const)
      return { ...this.#run({ ...prepared, columns }, parameters, deadline, most), names }
    } catch (error) {
      throw guarded.failure(error)
    } finally {
      this.#guarded = null
    }
  }

  /** With the first guarded statement, because an authorizer makes SQLite prepare everything anew. */
  #watch(): void {
    if (this.#authorizer !== 0) return
    const text = (at: Pointer) => (at === 0 ? null : this.#heap.readCString(at))
    this.#authorizer = this.#module.wasm.installFunction(
      'i(pipppp)',
      (_, action = 0, first = 0, second = 0, database = 0) =>
        this.#guarded?.answer(action, text(first), text(second), text(database)) ?? allowed,
    )
    this.#sqlite.sqlite3_set_authorizer(this.db, this.#authorizer, 0)
  }

  /** @throws DriverError for what gives no rows or writes; it is finalized then */
  #columnNames({ handle }: Prepared): string[] {
    const sqlite = this.#sqlite
    const count = sqlite.sqlite3_column_count(handle)
    if (count === 0 || sqlite.sqlite3_stmt_readonly(handle) === 0) {
      sqlite.sqlite3_finalize(handle)
      throw onlyQueries()
    }
    return Array.from({ length: count }, (_, at) =>
      this.#heap.readCString(sqlite.sqlite3_column_name(handle, at)),
    )
  }

  release(): void {
    if (this.#open && this.inTransaction) this.execute({ sql: 'ROLLBACK', columns: [], once: true }, [], 0)
  }

  /** Finalizes everything; the database itself is closed by who opened it. */
  dispose(): void {
    this.#open = false
    this.#cache.clear()
    this.#sqlite.sqlite3_progress_handler(this.db, 0, 0, 0)
    this.#module.wasm.uninstallFunction(this.#progressHandler)
    if (this.#authorizer !== 0) {
      this.#sqlite.sqlite3_set_authorizer(this.db, 0, 0)
      this.#module.wasm.uninstallFunction(this.#authorizer)
    }
    this.#sqlite.sqlite3_free(this.#prepareOut)
  }

  #prepare(statement: Statement): Prepared {
    if (!this.#open) throw new DriverError('other', 21, 'The database is closed')
    const { sql, columns, once = false } = statement
    const handle = this.#compile(sql, once)
    try {
      if (columns.length > 0) refuseOtherWidth(this.#sqlite.sqlite3_column_count(handle), columns.length)
      const traits = traitsOf(sql)
      const prepared: Prepared = {
        handle,
        parameters: this.#sqlite.sqlite3_bind_parameter_count(handle),
        columns,
        once,
        control: traits.control,
        rollsBack: traits.rollsBack,
        changesRows: traits.changesRows ?? this.#sqlite.sqlite3_stmt_readonly(handle) === 0,
      }
      if (!once) this.#cache.add(statement, prepared)
      return prepared
    } catch (error) {
      this.#sqlite.sqlite3_finalize(handle)
      throw error
    }
  }

  #compile(sql: string, once: boolean): Pointer {
    const heap = this.#heap
    heap.reserve(sql.length * 3)
    const start = heap.position
    const length = heap.writeText(sql)
    const out = this.#prepareOut
    const flags = once ? 0 : SQLITE_PREPARE_PERSISTENT
    const code = this.#sqlite.sqlite3_prepare_v3(this.db, start, length, flags, out, out + 4)
    if (code !== SQLITE_OK) throw this.#failure(code, true)
    const handle = heap.readPointer(out)
    const tail = heap.readPointer(out + 4)
    if (handle === 0) throw new DriverError('syntax', 1, 'The text holds no statement')
    try {
      if (tail < start + length) refuseMoreStatements(heap.readText(tail, start + length - tail))
      return handle
    } catch (error) {
      this.#sqlite.sqlite3_finalize(handle)
      throw error
    }
  }

  #bind(prepared: Prepared, parameters: readonly SqlValue[]): void {
    const count = prepared.parameters
    if (parameters.length !== count) {
      throw new DriverError(
        'other',
        25,
        `The statement has ${count} parameters, and ${parameters.length} were given`,
      )
    }
    let bytes = 0
    for (let at = 0; at < count; at++) {
      const value = parameters[at]
      if (typeof value === 'string') bytes += value.length * 3
      else if (value instanceof Uint8Array) bytes += value.byteLength
    }
    if (bytes > 0) this.#heap.reserve(bytes)
    for (let at = 0; at < count; at++) {
      const code = this.#bindOne(prepared.handle, at + 1, parameters[at] as SqlValue)
      if (code !== SQLITE_OK) throw this.#failure(code)
    }
  }

  #bindOne(handle: Pointer, index: number, value: SqlValue): number {
    const sqlite = this.#sqlite
    switch (typeof value) {
      case 'string': {
        const start = this.#heap.position
        return sqlite.sqlite3_bind_text(handle, index, start, this.#heap.writeText(value), SQLITE_STATIC)
      }
      case 'number':
        if ((value | 0) === value) return sqlite.sqlite3_bind_int(handle, index, value)
        if (Number.isSafeInteger(value)) return sqlite.sqlite3_bind_int64(handle, index, BigInt(value))
        if (Number.isNaN(value)) throw new DriverError('type', 20, `Parameter ${index} is not a number`)
        return sqlite.sqlite3_bind_double(handle, index, value)
      case 'bigint':
        if (BigInt.asIntN(64, value) !== value) {
          throw new DriverError('type', 20, `Parameter ${index} needs more than 64 bits`)
        }
        return sqlite.sqlite3_bind_int64(handle, index, value)
      default:
        if (value === null) return sqlite.sqlite3_bind_null(handle, index)
        if (!(value instanceof Uint8Array))
          throw new DriverError('type', 20, `Parameter ${index} is no SQL value`)
        if (value.byteLength === 0) return sqlite.sqlite3_bind_zeroblob(handle, index, 0)
        return this.#bindBytes(handle, index, value)
    }
  }

  #bindBytes(handle: Pointer, index: number, value: Uint8Array): number {
    const start = this.#heap.position
    this.#heap.writeBytes(value)
    return this.#sqlite.sqlite3_bind_blob(handle, index, start, value.byteLength, SQLITE_STATIC)
  }

  /** A value of another storage class than its column's type promises (foreign files) comes as it is stored. */
  #readRow(handle: Pointer, columns: readonly ColumnType[], values: unknown[]): void {
    const sqlite = this.#sqlite
    for (let column = 0; column < columns.length; column++) {
      switch (sqlite.sqlite3_column_type(handle, column)) {
        case TEXT: {
          const start = sqlite.sqlite3_column_text(handle, column)
          const text = this.#heap.readText(start, this.#count(sqlite.sqlite3_column_bytes(handle, column)))
          values.push(columns[column] === 'json' ? parseJson(text) : text)
          break
        }
        case INTEGER:
          this.#count(8)
          values.push(this.#readInteger(handle, column, columns[column] as ColumnType))
          break
        case FLOAT:
          this.#count(8)
          values.push(readFloat(sqlite.sqlite3_column_double(handle, column), columns[column] as ColumnType))
          break
        case BLOB: {
          const start = sqlite.sqlite3_column_blob(handle, column)
          const bytes = this.#count(sqlite.sqlite3_column_bytes(handle, column))
          values.push(this.#heap.readBytes(start, bytes))
          break
        }
        default:
          this.#count(8)
          values.push(null)
      }
    }
  }

  /** Before a value is copied out of SQLite's memory. */
  #count(bytes: number): number {
    this.#bytesLeft -= bytes
    if (this.#bytesLeft < 0) throw readTooMuch('tooManyBytes')
    return bytes
  }

  #readInteger(handle: Pointer, column: number, type: ColumnType): number | bigint | boolean {
    const sqlite = this.#sqlite
    if (type === 'bigint') return sqlite.sqlite3_column_int64(handle, column)
    // As a double an integer is exact up to 2^53, and costs no bigint.
    const value = sqlite.sqlite3_column_double(handle, column)
    if (type === 'boolean') return value !== 0
    if (Number.isSafeInteger(value) || type === 'number') return value
    return safeInteger(sqlite.sqlite3_column_int64(handle, column))
  }

  /**
   * Quota exhaustion comes as `SQLITE_IOERR`, with the transaction already rolled back; the exception of the access
   * handle tells it from a broken disk.
   */
  #failure(code: number, preparing = false): DriverError {
    const sqlite = this.#sqlite
    const wasInTransaction = this.#inTransaction
    this.#inTransaction = this.inTransaction
    const extended = sqlite.sqlite3_extended_errcode(this.db) || code
    const message = this.#heap.readCString(sqlite.sqlite3_errmsg(this.db))
    const cause = takeStorageFailure()
    const kind =
      (extended & 0xff) === SQLITE_IOERR && isOutOfSpace(cause)
        ? 'full'
        : sqliteErrorKind(extended, message, preparing)
    return new DriverError(kind, extended, message, {
      cause,
      rolledBack: wasInTransaction && !this.#inTransaction,
    })
  }
}

function readFloat(value: number, type: ColumnType): number | boolean {
  return type === 'boolean' ? value !== 0 : value
}
