/** SQLite compiled to WebAssembly: in the browser on OPFS or in memory, in Node in memory. */

import type { Connection, Driver, DriverCapabilities, StorageStats } from './driver.ts'
import { DriverError } from './driver.ts'
import { checkSqliteFile, clearWalMode, isUtf16 } from './sqlite-file.ts'
import { findProblems, readPragma, readWalBytes, refuseDamaged } from './sqlite-upkeep.ts'
import type { WasmConnection } from './sqlite-wasm/connection.ts'
import { closeDatabase, configureDatabase, openDatabase, readCacheBytes } from './sqlite-wasm/database.ts'
import { Heap } from './sqlite-wasm/heap.ts'
import { loadBytes, replaceContent } from './sqlite-wasm/import.ts'
import type { AccessHandlePool, SqliteModule } from './sqlite-wasm/module.ts'
import { acquirePool } from './sqlite-wasm/opfs-pool.ts'

export type { LoadOptions, SqliteSource } from './sqlite-wasm/load.ts'
export { loadSqlite } from './sqlite-wasm/load.ts'
export type { SqliteModule } from './sqlite-wasm/module.ts'

export type SqliteStorage =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'opfs'
      /** A folder of the origin's private file system, such as `.dbal/app`; for this database alone. Made when it is not there. */
      readonly directory: string
      /** The database's name among the folder's files; default `database.sqlite`. */
      readonly name?: string
      /** Milliseconds to try again while another worker still holds the files; default 15,000. */
      readonly retryForMs?: number
      /** Gives up the attempts. */
      readonly signal?: AbortSignal
    }

export interface SqliteWasmOptions {
  /** From `loadSqlite`; several databases may share one. */
  readonly sqlite3: SqliteModule
  readonly storage: SqliteStorage
  /** `relaxed` may lose the last commits when power fails, never the database; default `strict`. */
  readonly durability?: 'strict' | 'relaxed'
  /** Most statements kept prepared; default 500. */
  readonly cacheStatements?: number
  /** Bytes of pages kept in memory; default 16 MiB. */
  readonly cacheBytes?: number
  /** An SQLite file that becomes the database's content, in place of what is there; checked before anything is replaced. */
  readonly importFile?: Uint8Array
  /** Monotonic milliseconds, the clock of deadlines; default `performance.now`. */
  readonly now?: () => number
}

/**
 * @throws DriverError `busy` when another worker holds the files, `cantOpen` when the storage is refused or absent,
 *   `full` without room for it, `notADatabase` or `corrupt` for what is stored or imported, `other` with code 'utf16'
 *   for a file whose text is UTF-16. Nothing stays open then.
 */
export async function openSqliteWasm(options: SqliteWasmOptions): Promise<Driver> {
  const { sqlite3, storage, importFile } = options
  if (importFile) refuseUnreadable(importFile)
  const now = options.now ?? (() => performance.now())
  const cacheStatements = options.cacheStatements ?? 500
  const pool = storage.kind === 'opfs' ? await acquirePool(sqlite3, storage, now) : undefined
  const name = storage.kind === 'opfs' ? `/${storage.name ?? 'database.sqlite'}` : ':memory:'
  let heap: Heap | undefined
  let connection: WasmConnection | undefined
  try {
    heap = new Heap(sqlite3)
    const opening = { module: sqlite3, heap, now, cacheStatements }
    if (importFile && pool) replaceContent(opening, pool, name, importFile)
    connection = openDatabase(opening, name, pool?.vfsName)
    if (importFile && !pool) loadBytes(sqlite3, connection, importFile)
    configureDatabase(connection, {
      wal: pool !== undefined,
      durability: options.durability ?? 'strict',
      cacheBytes: options.cacheBytes ?? 16_777_216,
    })
    if (importFile && !pool) refuseDamaged(connection)
    return new SqliteWasmDriver(sqlite3, heap, connection, now, pool, name)
  } catch (error) {
    if (connection) closeDatabase(sqlite3, connection)
    heap?.dispose()
    pool?.pauseVfs()
    throw error
  }
}

function refuseUnreadable(file: Uint8Array): void {
  checkSqliteFile(file)
  if (isUtf16(file))
    throw new DriverError('other', 'utf16', 'This build of SQLite reads databases in UTF-8 only')
}

class SqliteWasmDriver implements Driver {
  readonly dialect = 'sqlite'
  readonly synchronous = true
  readonly capabilities: DriverCapabilities
  readonly now: () => number

  readonly #sqlite3: SqliteModule
  readonly #heap: Heap
  readonly #connection: WasmConnection
  readonly #pool: AccessHandlePool | undefined
  readonly #name: string
  #open = true

  constructor(
    sqlite3: SqliteModule,
    heap: Heap,
    connection: WasmConnection,
    now: () => number,
    pool: AccessHandlePool | undefined,
    name: string,
  ) {
    this.#sqlite3 = sqlite3
    this.#heap = heap
    this.#connection = connection
    this.now = now
    this.#pool = pool
    this.#name = name
    this.capabilities = {
      persistence: pool ? 'opfs' : 'memory',
      fullTextSearch: true,
      nestedTransactions: true,
      returning: true,
      connectionPooling: false,
      readReplicas: false,
      guardedReads: true,
    }
  }

  acquire(): Connection {
    this.#assertOpen()
    return this.#connection
  }

  stats(): StorageStats {
    const connection = this.#connection
    const pageSize = readPragma(connection, 'page_size')
    const pageCount = readPragma(connection, 'page_count')
    return {
      sizeBytes: pageSize * pageCount,
      pageSize,
      pageCount,
      freePages: readPragma(connection, 'freelist_count'),
      cacheBytes: readCacheBytes(this.#sqlite3, this.#heap, connection),
      preparedStatements: connection.preparedStatements,
      walBytes: readWalBytes(connection, pageSize),
    }
  }

  checkIntegrity(): readonly string[] {
    return findProblems(this.#connection)
  }

  analyze(): void {
    this.#run('ANALYZE')
  }

  vacuum(): void {
    this.#run('VACUUM')
  }

  exportFile(): Uint8Array {
    this.#assertOpen()
    if (this.#connection.inTransaction) throw new DriverError('busy', 5, 'A transaction is open')
    if (this.#pool) this.#run('PRAGMA wal_checkpoint(TRUNCATE)')
    // From a pool the file is read as it is, without a second copy in the module's memory.
    const bytes =
      this.#pool?.exportFile(this.#name) ?? this.#sqlite3.capi.sqlite3_js_db_export(this.#connection.db)
    clearWalMode(bytes)
    return bytes
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    closeDatabase(this.#sqlite3, this.#connection)
    this.#heap.dispose()
    this.#pool?.pauseVfs()
  }

  #run(sql: string): void {
    this.#connection.execute({ sql, columns: [], once: true }, [], 0)
  }

  #assertOpen(): void {
    if (!this.#open) throw new DriverError('other', 21, 'The database is closed')
  }
}
