/** SQLite's result codes as the kinds of failure that the engine tells apart. */

import type { DriverErrorKind } from './driver.ts'

const primary: { readonly [code: number]: DriverErrorKind } = {
  5: 'busy', // SQLITE_BUSY
  6: 'busy', // SQLITE_LOCKED
  8: 'readOnly',
  9: 'interrupted',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  14: 'cantOpen',
  18: 'tooBig',
  20: 'type', // SQLITE_MISMATCH: text for an INTEGER PRIMARY KEY
  26: 'notADatabase',
}

const constraints: { readonly [extendedCode: number]: DriverErrorKind } = {
  275: 'check',
  787: 'foreignKey',
  1299: 'notNull',
  1555: 'unique', // primary key
  1811: 'trigger',
  2067: 'unique',
  2579: 'unique', // rowid
  3091: 'type', // STRICT table
}

/**
 * `ON DELETE RESTRICT` is done by an internal trigger and comes with a trigger's code. This constant of SQLite's is the
 * only thing that tells it from a RAISE of the schema's own.
 */
const restrictMessage = 'FOREIGN KEY constraint failed'

/**
 * @param code extended result code
 * @param message SQLite's message without any prefix
 * @param preparing SQLITE_ERROR means bad SQL while preparing, and a failed function or command while running
 */
export function sqliteErrorKind(code: number, message: string, preparing: boolean): DriverErrorKind {
  if (code === 1) return preparing ? 'syntax' : 'other'
  if (code === 1811 && message === restrictMessage) return 'foreignKey'
  return constraints[code] ?? primary[code & 0xff] ?? 'other'
}
