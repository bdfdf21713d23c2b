/**
 * What the file system said when SQLite only says `SQLITE_IOERR`. sqlite-wasm hands the exception of a failed access
 * handle to the `error` function of its configuration and to nobody else; the driver takes it from here after a
 * failed statement. One place for all modules of a realm, for sqlite-wasm's configuration is a global too; nothing is
 * awaited between the failure and its taking.
 */

let last: unknown

/** The `error` function of sqlite-wasm's configuration; the exception is among its arguments. */
export function noteStorageFailure(...values: readonly unknown[]): void {
  const failure = values.find((value) => value instanceof Error || isDomException(value))
  if (failure !== undefined) last ??= failure
}

/** The first failure since the last time that this was asked. */
export function takeStorageFailure(): unknown {
  const failure = last
  last = undefined
  return failure
}

/**
 * Whether a failed write was for want of room. Chromium throws QuotaExceededError; where a write comes back short,
 * sqlite-wasm throws this text of its own.
 */
export function isOutOfSpace(failure: unknown): boolean {
  if (typeof failure !== 'object' || failure === null) return false
  const { name, message } = failure as { name?: unknown; message?: unknown }
  return name === 'QuotaExceededError' || message === 'Unknown write() failure.'
}

function isDomException(value: unknown): boolean {
  return typeof DOMException === 'function' && value instanceof DOMException
}
