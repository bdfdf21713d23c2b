/** What a caller asks of a transaction, read. */

import type { TransactionMode } from '../../drivers/driver.ts'
import { invalid, invalidAll } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'

export interface TransactionOptions {
  readonly mode: TransactionMode
  /** Milliseconds without a call. */
  readonly idleTimeout: number
  /** Milliseconds in all, from the moment it has its turn. */
  readonly timeout: number
}

const modes: readonly unknown[] = ['deferred', 'immediate', 'exclusive'] satisfies TransactionMode[]
const defaults: TransactionOptions = { mode: 'immediate', idleTimeout: 5_000, timeout: 30_000 }

/** @throws DBALError VALIDATION_ERROR with everything that is wrong */
export function readTransactionOptions(value: unknown, limits: Limits): TransactionOptions {
  if (typeof value !== 'object' || Array.isArray(value)) {
    if (value !== undefined) throw invalid('options', 'must be an object')
  }
  const issues: { path: string; message: string }[] = []
  const given = (value ?? {}) as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given))
    if (!Object.hasOwn(defaults, name)) issues.push({ path: name, message: 'is not known' })
  const own = (name: keyof TransactionOptions): unknown =>
    Object.hasOwn(given, name) ? (given[name] ?? defaults[name]) : defaults[name]
  const mode = own('mode')
  if (!modes.includes(mode))
    issues.push({ path: 'mode', message: 'must be deferred, immediate or exclusive' })
  const time = (name: 'idleTimeout' | 'timeout', most: number): number => {
    // A host may allow less than what is usual.
    const ms = Object.hasOwn(given, name) ? own(name) : Math.min(defaults[name], most)
    const isSound = typeof ms === 'number' && ms >= 1 && ms <= most
    if (!isSound) issues.push({ path: name, message: `must be a number of milliseconds from 1 to ${most}` })
    return ms as number
  }
  const read = {
    mode: mode as TransactionMode,
    idleTimeout: time('idleTimeout', limits.maxTransactionIdleMs),
    timeout: time('timeout', limits.maxTransactionMs),
  }
  if (issues.length > 0) throw invalidAll(issues)
  return read
}

/** @throws DBALError VALIDATION_ERROR */
export function readSavepointName(value: unknown): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= 100) return value
  throw invalid('name', 'must be a text of 1 to 100 characters')
}
