/** An SQLite database as bytes: what can be told from its header before any database opens it. */

import { DriverError } from './driver.ts'

const magic = 'SQLite format 3\0'
const headerBytes = 100
const writeVersionAt = 18
const readVersionAt = 19
/** Header value of a file that is written through a rollback journal; 2 is a write-ahead log. */
const rollbackJournal = 1

/**
 * @throws DriverError `notADatabase` when this is something else, `corrupt` when it was cut short or its header is damaged
 */
export function checkSqliteFile(bytes: Uint8Array): void {
  if (bytes.length < headerBytes || !startsWithMagic(bytes)) {
    throw new DriverError('notADatabase', 26, 'The file is not an SQLite database')
  }
  const pageSize = pageSizeOf(bytes)
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    throw new DriverError('corrupt', 11, `The file's header gives a page size of ${pageSize}`)
  }
  if (bytes.length % pageSize !== 0) {
    throw new DriverError(
      'corrupt',
      11,
      `The file's ${bytes.length} bytes are no whole number of pages of ${pageSize}`,
    )
  }
}

/** Whether its text is UTF-16; fixed when a database is made. */
export function isUtf16(bytes: Uint8Array): boolean {
  const utf8 = 1
  return (bytes[59] as number) > utf8
}

/** A copy that opens without a write-ahead log, everywhere and read-only media included. */
export function withoutWal(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  clearWalMode(copy)
  return copy
}

/** Changes the header in place. */
export function clearWalMode(bytes: Uint8Array): void {
  bytes[writeVersionAt] = rollbackJournal
  bytes[readVersionAt] = rollbackJournal
}

function startsWithMagic(bytes: Uint8Array): boolean {
  for (let at = 0; at < magic.length; at++) if (bytes[at] !== magic.charCodeAt(at)) return false
  return true
}

function pageSizeOf(bytes: Uint8Array): number {
  const stored = ((bytes[16] as number) << 8) | (bytes[17] as number)
  return stored === 1 ? 65_536 : stored
}
