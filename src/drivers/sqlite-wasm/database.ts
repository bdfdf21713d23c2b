/** Opens, configures and closes one database of the module. */

import { DriverError } from '../driver.ts'
import { sqliteErrorKind } from '../sqlite-codes.ts'
import { readPragma } from '../sqlite-upkeep.ts'
import { WasmConnection } from './connection.ts'
import type { Heap } from './heap.ts'
import type { Pointer, SqliteModule } from './module.ts'
import { isOutOfSpace, takeStorageFailure } from './storage-failure.ts'

const SQLITE_OPEN_READWRITE = 2
const SQLITE_OPEN_CREATE = 4
const SQLITE_DBCONFIG_DEFENSIVE = 1010
const SQLITE_DBCONFIG_DQS_DML = 1013
const SQLITE_DBCONFIG_DQS_DDL = 1014
const SQLITE_DBCONFIG_TRUSTED_SCHEMA = 1017
const SQLITE_DBSTATUS_CACHE_USED = 1

export interface Opening {
  readonly module: SqliteModule
  readonly heap: Heap
  readonly now: () => number
  readonly cacheStatements: number
}

/** @param vfs sqlite-wasm's file system; the module's own when absent */
export function openDatabase(opening: Opening, name: string, vfs: string | undefined): WasmConnection {
  const { module, heap } = opening
  const sqlite = module.wasm.exports
  const out = sqlite.sqlite3_malloc(4)
  const cName = module.wasm.allocCString(name)
  const cVfs = vfs === undefined ? 0 : module.wasm.allocCString(vfs)
  takeStorageFailure()
  try {
    const code = sqlite.sqlite3_open_v2(cName, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, cVfs)
    const db = heap.readPointer(out)
    if (code !== 0) {
      const message = db === 0 ? 'out of memory' : heap.readCString(sqlite.sqlite3_errmsg(db))
      if (db !== 0) sqlite.sqlite3_close_v2(db)
      const cause = takeStorageFailure()
      const kind = isOutOfSpace(cause) ? 'full' : sqliteErrorKind(code, message, false)
      throw new DriverError(kind, code, message, { cause })
    }
    sqlite.sqlite3_extended_result_codes(db, 1)
    return connectionOn(opening, db)
  } finally {
    sqlite.sqlite3_free(out)
    sqlite.sqlite3_free(cName)
    sqlite.sqlite3_free(cVfs)
  }
}

function connectionOn({ module, heap, now, cacheStatements }: Opening, db: Pointer): WasmConnection {
  let connection: WasmConnection | undefined
  try {
    connection = new WasmConnection(module, heap, db, cacheStatements, now)
    secureDatabase(module, connection)
    return connection
  } catch (error) {
    if (connection) closeDatabase(module, connection)
    else module.wasm.exports.sqlite3_close_v2(db)
    throw error
  }
}

/**
 * Before anything reads the file, and even most pragmas do: a write-ahead log without shared memory needs exclusive
 * locking, and a file that has such a log cannot be read without.
 */
function secureDatabase(module: SqliteModule, connection: WasmConnection): void {
  for (const [option, value] of [
    [SQLITE_DBCONFIG_DEFENSIVE, 1],
    [SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0],
    [SQLITE_DBCONFIG_DQS_DML, 0],
    [SQLITE_DBCONFIG_DQS_DDL, 0],
  ] as const) {
    const code = module.capi.sqlite3_db_config(connection.db, option, value, 0)
    if (code !== 0) throw new DriverError('other', code, `The module refused the setting ${option}`)
  }
  set(connection, 'locking_mode=EXCLUSIVE')
}

export interface DatabaseSettings {
  readonly wal: boolean
  readonly durability: 'strict' | 'relaxed'
  readonly cacheBytes: number
}

export function configureDatabase(connection: WasmConnection, settings: DatabaseSettings): void {
  if (settings.wal) setUpWriteAheadLog(connection, settings.durability)
  set(connection, `cache_size=-${Math.ceil(settings.cacheBytes / 1024)}`)
  set(connection, 'temp_store=MEMORY')
  set(connection, 'foreign_keys=ON')
  // So that REPLACE fires delete triggers: what refuses deletes must not be walked around.
  set(connection, 'recursive_triggers=ON')
  if (readPragma(connection, 'foreign_keys') !== 1)
    throw new DriverError('other', 1, 'Foreign keys cannot be enforced')
}

/**
 * With it a commit is one flush. The pool's default, a rollback journal, loses commits when power fails: its truncation
 * of the journal is never flushed.
 */
function setUpWriteAheadLog(connection: WasmConnection, durability: 'strict' | 'relaxed'): void {
  setJournalMode(connection, 'wal')
  set(connection, `synchronous=${durability === 'strict' ? 'FULL' : 'NORMAL'}`)
  // After a bulk write the log would keep its size, and the origin's quota with it.
  set(connection, 'journal_size_limit=16777216')
}

export function setJournalMode(connection: WasmConnection, wanted: 'wal' | 'delete'): void {
  const pragma = { sql: `PRAGMA journal_mode=${wanted}`, columns: ['text'], once: true } as const
  const actual = connection.execute(pragma, [], 0).values[0]
  if (actual !== wanted)
    throw new DriverError('io', 10, `The journal mode is ${String(actual)}, not ${wanted}`)
}

/**
 * Finalizes every statement and closes, which rolls back what is open, checkpoints the write-ahead log and removes it.
 * When that checkpoint fails the log stays, and the next open reads it.
 */
export function closeDatabase(module: SqliteModule, connection: WasmConnection): void {
  connection.dispose()
  module.wasm.exports.sqlite3_close_v2(connection.db)
}

export function readCacheBytes(module: SqliteModule, heap: Heap, connection: WasmConnection): number {
  const sqlite = module.wasm.exports
  const out = sqlite.sqlite3_malloc(8)
  sqlite.sqlite3_db_status(connection.db, SQLITE_DBSTATUS_CACHE_USED, out, out + 4, 0)
  const bytes = heap.readPointer(out)
  sqlite.sqlite3_free(out)
  return bytes
}

function set(connection: WasmConnection, pragma: string): void {
  connection.execute({ sql: `PRAGMA ${pragma}`, columns: [], once: true }, [], 0)
}
