/** What PostgreSQL's SQLSTATEs mean to the engine. The longest prefix that is known decides. */

import { DriverError, type DriverErrorKind } from '../driver.ts'

const kinds: { readonly [prefix: string]: DriverErrorKind } = {
  // Connections: refused, lost, not authorized, no such database, too many of them, the server starts or stops.
  '08': 'io',
  '28': 'cantOpen',
  '3D': 'cantOpen',
  '53': 'io',
  '53100': 'full',
  '53300': 'cantOpen',
  '57014': 'interrupted',
  '57': 'io',
  '58': 'io',
  XX001: 'corrupt',
  XX002: 'corrupt',
  // Data that a type does not hold: a text that is no number, a division by zero, a number out of range.
  '22': 'type',
  // A rule of the table.
  '23502': 'notNull',
  '23503': 'foreignKey',
  '23001': 'foreignKey',
  '23505': 'unique',
  '23P01': 'unique',
  '23514': 'check',
  // Lost against another transaction: the same work may succeed when it is done again.
  '40': 'busy',
  '55P03': 'busy',
  '25006': 'readOnly',
  // `raise exception` of a trigger.
  P0001: 'trigger',
  '42': 'syntax',
  '42804': 'type',
  '54': 'tooBig',
}

/** Errors of a socket, by Node's codes. */
const socketCodes = /^(?:E[A-Z]+|ERR_[A-Z_]+)$/

export function kindOf(code: string): DriverErrorKind {
  return kinds[code] ?? kinds[code.slice(0, 2)] ?? (socketCodes.test(code) ? 'io' : 'other')
}

/** The transaction cannot go on: another one has won, and what this one has read may be gone. */
export function endsTransaction(code: string): boolean {
  return code.startsWith('40')
}

/** @param rolledBack the open transaction is gone with it */
export function toDriverError(error: unknown, rolledBack: boolean): DriverError {
  if (error instanceof DriverError) return error
  const { code, message } = error as { code?: unknown; message?: unknown }
  const options = { cause: error, rolledBack }
  // Without a code it is the connection that was lost: the client library says so in words only.
  if (typeof code !== 'string') return new DriverError('io', 'connection', String(message), options)
  return new DriverError(kindOf(code), code, String(message), options)
}
