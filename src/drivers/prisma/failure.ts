/** Failures of Prisma as those of the database below it: the SQLSTATE stands in one of several places. */

import { DriverError } from '../driver.ts'
import { endsTransaction, kindOf } from '../postgres/codes.ts'

/** Prisma's own codes for what is no failure of a statement. */
const own: Readonly<Record<string, 'io' | 'busy' | 'cantOpen'>> = {
  // The server cannot be reached, refuses, or closed the connection.
  P1000: 'cantOpen',
  P1001: 'io',
  P1002: 'io',
  P1003: 'cantOpen',
  P1008: 'io',
  P1010: 'cantOpen',
  P1017: 'io',
  // No connection of the pool was free in time.
  P2024: 'io',
  // The transaction is not there any more: its time had passed, or its connection was lost.
  P2028: 'io',
  P2034: 'busy',
}

/** @param rolledBack the open transaction is gone with it */
export function toDriverError(error: unknown, rolledBack: boolean): DriverError {
  if (error instanceof DriverError) return error
  const options = { cause: error, rolledBack }
  const message = error instanceof Error ? error.message : String(error)
  const state = sqlStateOf(error)
  if (state !== undefined) return new DriverError(kindOf(state), state, message, options)
  const code = textOf(error, 'code') ?? 'unknown'
  return new DriverError(own[code] ?? 'io', code, message, options)
}

/** A transaction that lost against another, and one that Prisma has given up, are gone. */
export function endsWork(error: DriverError): boolean {
  return endsTransaction(String(error.code)) || error.code === 'P2028' || error.code === 'P2034'
}

const places: readonly (readonly string[])[] = [
  // With a driver adapter (Prisma 6.16 and newer), of a statement and of a commit.
  ['meta', 'driverAdapterError', 'cause', 'originalCode'],
  ['cause', 'originalCode'],
  // With the query engine of its own.
  ['meta', 'code'],
]

function sqlStateOf(error: unknown): string | undefined {
  for (const path of places) {
    let found: unknown = error
    for (const name of path) found = memberOf(found, name)
    if (typeof found === 'string' && /^[0-9A-Z]{5}$/.test(found)) return found
  }
  return undefined
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function textOf(value: unknown, name: string): string | undefined {
  const found = memberOf(value, name)
  return typeof found === 'string' ? found : undefined
}
