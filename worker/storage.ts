/**
 * The storage ladder: the durable storages in order, then memory. A step down is never silent, and is taken only where a
 * storage does not exist here: files that are held, full or damaged are an error, since memory would hide them.
 */

import { type Driver, DriverError } from '../src/drivers/driver.ts'
import { openSqliteWasm, type SqliteModule } from '../src/drivers/sqlite-wasm.ts'
import { DBALError, invalid } from '../src/protocol/error.ts'
import type { Persistence } from '../src/protocol/event.ts'
import type { OpenedConfig } from '../src/serve/config.ts'
import { openOpfs } from './opfs.ts'
import { type StorageRequest, StorageUnavailable } from './storage-request.ts'

export interface OpenedStorage {
  readonly driver: Driver
  readonly persistence: Persistence
  /** Why it is weaker than what was asked for. */
  readonly reason?: string
}

/** Best first. */
const durableStorages: readonly {
  readonly persistence: Persistence
  open(request: StorageRequest): Promise<Driver>
}[] = [{ persistence: 'opfs', open: openOpfs }]

/** @throws DBALError */
export async function openStorage(sqlite3: SqliteModule, config: OpenedConfig): Promise<OpenedStorage> {
  const { name, durability, persistence: wish } = config.database
  const request = {
    sqlite3,
    name,
    durability,
    cacheStatements: config.limits.statementCache,
    file: config.file,
  }
  const reasons: string[] = []
  try {
    for (const { persistence, open } of wish === 'memory' ? [] : durableStorages) {
      try {
        return { driver: await open(request), persistence }
      } catch (error) {
        if (!(error instanceof StorageUnavailable)) throw error
        reasons.push(error.message)
      }
    }
    const reason = reasons.join('; ')
    if (wish === 'required') throw unavailable(`No durable storage is available here: ${reason}`, reason)
    const driver = await openMemory(request)
    return { driver, persistence: 'memory', ...(reason && { reason }) }
  } catch (error) {
    throw asOpenError(error, request)
  }
}

function openMemory({ sqlite3, cacheStatements, file }: StorageRequest): Promise<Driver> {
  return openSqliteWasm({
    sqlite3,
    storage: { kind: 'memory' },
    ...(cacheStatements && { cacheStatements }),
    ...(file && { importFile: file }),
  })
}

/** What went wrong, in words that tell the app's developer what to do; the driver's own text stays in the cause. */
function asOpenError(error: unknown, { name, file }: StorageRequest): unknown {
  if (!(error instanceof DriverError)) return error
  const options = { cause: error }
  switch (error.kind) {
    case 'busy':
      return unavailable(
        `The files of the database "${name}" are held by another worker`,
        'another worker holds the files',
        options,
      )
    case 'full':
      return new DBALError('QUOTA_EXCEEDED', `There is no room for the database "${name}"`, {}, options)
    case 'notADatabase':
      if (file) return invalid('file', 'is not an SQLite database')
      return unavailable(`The database "${name}" is damaged`, 'corrupt', options)
    case 'corrupt':
      return unavailable(`The database "${name}" is damaged`, 'corrupt', options)
    default:
      return unavailable(
        `The files of the database "${name}" cannot be opened`,
        `${error.kind} (${error.code})`,
        options,
      )
  }
}

function unavailable(message: string, reason: string, options?: ErrorOptions): DBALError {
  return new DBALError('DATABASE_ERROR', message, { reason }, options)
}
