/**
 * The pool of access handles that an OPFS database lives in. Only one worker can hold it; the handles of a worker that
 * was just ended may take a moment to come free.
 */

import { DriverError } from '../driver.ts'
import type { AccessHandlePool, SqliteModule } from './module.ts'
import { isOutOfSpace, takeStorageFailure } from './storage-failure.ts'

/** The database, its write-ahead log, its rollback journal while a file is imported, and one to spare. */
const poolFiles = 4
const firstPauseMs = 20
const longestPauseMs = 500

export interface PoolPlace {
  readonly directory: string
  readonly retryForMs?: number
  readonly signal?: AbortSignal
}

/**
 * @throws DriverError `busy` while another worker holds the files, `full`, or `cantOpen` with the exception's name as
 *   its code: 'NotSupportedError' where there are no access handles, 'SecurityError' where they are forbidden
 */
export async function acquirePool(
  module: SqliteModule,
  place: PoolPlace,
  now: () => number,
): Promise<AccessHandlePool> {
  const giveUpAt = now() + (place.retryForMs ?? 15_000)
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    place.signal?.throwIfAborted()
    try {
      return await install(module, place.directory)
    } catch (error) {
      if (!isHeldElsewhere(error) || now() + pauseMs > giveUpAt) throw toDriverError(error)
    }
    await pause(pauseMs, place.signal)
  }
}

async function install(module: SqliteModule, directory: string): Promise<AccessHandlePool> {
  const { FileSystemFileHandle: fileHandle } = globalThis as { FileSystemFileHandle?: { prototype: object } }
  if (!module.installOpfsSAHPoolVfs || !fileHandle || !('createSyncAccessHandle' in fileHandle.prototype)) {
    throw new DOMException('There are no access handles for files here', 'NotSupportedError')
  }
  const pool = await module.installOpfsSAHPoolVfs({
    name: `dbal:${directory}`,
    directory,
    initialCapacity: poolFiles,
    // Errors only; they reach the driver through the configuration's `error`.
    verbosity: 1,
    forceReinitIfPreviouslyFailed: true,
    // Without this a failed attempt deletes the folder, the database of whoever holds it included.
    preserveOnInitFailure: true,
  })
  // The module keeps the pool of a closed database and gives it again.
  if (pool.isPaused()) await pool.unpauseVfs()
  try {
    // `initialCapacity` counts for an empty pool only: an interrupted first start would leave it too small for ever.
    await pool.reserveMinimumCapacity(poolFiles)
  } catch (error) {
    pool.pauseVfs()
    throw error
  }
  return pool
}

function isHeldElsewhere(error: unknown): boolean {
  return (error as { name?: unknown } | null)?.name === 'NoModificationAllowedError'
}

function toDriverError(error: unknown): DriverError {
  takeStorageFailure()
  const { name = 'unknown', message = String(error) } = (error ?? {}) as { name?: string; message?: string }
  const kind = isHeldElsewhere(error) ? 'busy' : isOutOfSpace(error) ? 'full' : 'cantOpen'
  return new DriverError(kind, name, message, { cause: error })
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
