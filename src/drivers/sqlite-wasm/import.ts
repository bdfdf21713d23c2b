/** Brings a whole SQLite file into an open database. */

import { DriverError } from '../driver.ts'
import { sqliteErrorKind } from '../sqlite-codes.ts'
import { clearWalMode } from '../sqlite-file.ts'
import { refuseDamaged } from '../sqlite-upkeep.ts'
import type { WasmConnection } from './connection.ts'
import { closeDatabase, type Opening, openDatabase, setJournalMode } from './database.ts'
import type { AccessHandlePool, SqliteModule } from './module.ts'
import { isOutOfSpace, takeStorageFailure } from './storage-failure.ts'

const SQLITE_DESERIALIZE_FREEONCLOSE = 1
const SQLITE_DESERIALIZE_RESIZEABLE = 2
const SQLITE_DONE = 101

/** Makes a database in memory of the file's bytes; they were checked to begin like one. */
export function loadBytes(module: SqliteModule, connection: WasmConnection, bytes: Uint8Array): void {
  const sqlite = module.wasm.exports
  const data = sqlite.sqlite3_malloc(bytes.byteLength)
  if (data === 0) throw new DriverError('tooBig', 7, `No memory for a database of ${bytes.byteLength} bytes`)
  const copy = new Uint8Array(module.wasm.memory.buffer, data, bytes.byteLength)
  copy.set(bytes)
  // A write-ahead log cannot be had in memory, and the file's own was not given to us.
  clearWalMode(copy)
  const schema = module.wasm.allocCString('main')
  const size = BigInt(bytes.byteLength)
  const flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE
  const code = sqlite.sqlite3_deserialize(connection.db, schema, data, size, size, flags)
  sqlite.sqlite3_free(schema)
  if (code !== 0)
    throw new DriverError(sqliteErrorKind(code, '', false), code, 'The file could not be loaded')
}

/** The file is checked in memory first, then written in one transaction: a failure half-way leaves the old content. */
export function replaceContent(
  opening: Opening,
  pool: AccessHandlePool,
  name: string,
  bytes: Uint8Array,
): void {
  const { module } = opening
  const source = openDatabase(opening, ':memory:', undefined)
  try {
    loadBytes(module, source, bytes)
    refuseDamaged(source)
    const target = openTarget(opening, pool, name)
    try {
      copyDatabase(module, source, target)
    } finally {
      closeDatabase(module, target)
    }
  } finally {
    closeDatabase(module, source)
  }
}

/** What is there may be no database any more: the way to mend that is this import. */
function openTarget(opening: Opening, pool: AccessHandlePool, name: string): WasmConnection {
  try {
    return openForCopy(opening, pool, name)
  } catch (error) {
    if (!(error instanceof DriverError) || (error.kind !== 'notADatabase' && error.kind !== 'corrupt'))
      throw error
    for (const suffix of ['', '-wal', '-journal']) pool.unlink(name + suffix)
    return openForCopy(opening, pool, name)
  }
}

function openForCopy(opening: Opening, pool: AccessHandlePool, name: string): WasmConnection {
  const target = openDatabase(opening, name, pool.vfsName)
  try {
    // The page size may be another, which a write-ahead log forbids. Under exclusive locking the end of this journal
    // is flushed, unlike without.
    setJournalMode(target, 'delete')
    return target
  } catch (error) {
    closeDatabase(opening.module, target)
    throw error
  }
}

function copyDatabase(module: SqliteModule, source: WasmConnection, target: WasmConnection): void {
  const sqlite = module.wasm.exports
  const schema = module.wasm.allocCString('main')
  takeStorageFailure()
  try {
    const backup = sqlite.sqlite3_backup_init(target.db, schema, source.db, schema)
    const code =
      backup === 0 ? sqlite.sqlite3_extended_errcode(target.db) : sqlite.sqlite3_backup_step(backup, -1)
    if (backup !== 0) sqlite.sqlite3_backup_finish(backup)
    if (code === SQLITE_DONE) return
    const cause = takeStorageFailure()
    const kind = isOutOfSpace(cause) ? 'full' : sqliteErrorKind(code, '', false)
    throw new DriverError(kind, code, 'The file could not be written', { cause })
  } finally {
    sqlite.sqlite3_free(schema)
  }
}
