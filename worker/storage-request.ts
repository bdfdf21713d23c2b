/** What every storage of the ladder is asked, and its way to say that it does not exist here. */

import type { SqliteModule } from '../src/drivers/sqlite-wasm.ts'

export interface StorageRequest {
  readonly sqlite3: SqliteModule
  readonly name: string
  readonly durability: 'strict' | 'relaxed'
  readonly cacheStatements: number | undefined
  /** An SQLite file to start from. */
  readonly file: Uint8Array | undefined
}

/** This browser, or this context, does not have the storage: the only reason to take the next one. */
export class StorageUnavailable extends Error {
  override readonly name = 'StorageUnavailable'
}
