/**
 * Copies of related rows that belong to several rows. One row may bring many along, and belong to many: what is copied for
 * one call counts against the limits of what it may read, since it takes as much memory and as much of a message.
 */

import type { ResultLimits } from '../work.ts'
import { tooManyBytes, tooManyRows } from '../work.ts'

export class Copies {
  readonly #limits: ResultLimits
  #rows = 0
  #bytes = 0

  constructor(limits: ResultLimits) {
    this.#limits = limits
  }

  /**
   * With everything in it: a related row, a list of them, or null.
   * @throws DBALError VALIDATION_ERROR
   */
  of(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return this.#counted(value)
    if (value instanceof Uint8Array) return this.#counted(new Uint8Array(value))
    if (Array.isArray(value)) return value.map((item) => this.of(item))
    if (++this.#rows > this.#limits.maxResultRows) throw tooManyRows(this.#limits)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.of(item)]))
  }

  #counted(value: unknown): unknown {
    this.#bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8
    if (this.#bytes > this.#limits.maxResultBytes) throw tooManyBytes(this.#limits)
    return value
  }
}
