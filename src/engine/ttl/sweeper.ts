/**
 * When expired rows are removed: soon after the opening, then whenever the next of them ends, with a pause between two
 * sweeps. A sweep goes in steps of one transaction, and lets calls in between two of them.
 */

import type { Published } from '../call.ts'
import type { EntityModel } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import type { Clock } from '../pipeline.ts'
import type { Soon } from '../soon.ts'
import type { Deadline, Work } from '../work.ts'
import { ExpiredRows } from './expired-rows.ts'
import { type Batch, sweepBatch } from './sweep.ts'

export interface SweeperParts {
  readonly tools: Tools
  readonly clock: Clock
  readonly monotonic: () => number
  /** In turn with everything else; behind a transaction that somebody has open. */
  run<T>(make: (deadline: Deadline) => Work<T>): Soon<T>
  publish(published: Published, deadline: Deadline): Work<void>
  /** Whether the database is rolled back to a version that has other tables. */
  isBehind(): boolean
  failed(error: unknown): void
}

/** How far a sweep is: rows that end until `now` go, entity by entity. */
interface Progress {
  readonly now: string
  readonly waiting: EntityModel[]
  stuck: number
}

/** Pages that are open for a moment only have swept by then. */
const firstDelayMs = 1_000
/** Rows of which the engine was not told (another process, a reference that is gone) wait no longer than this. */
const longestPauseMs = 3_600_000
/** Between two steps of a sweep, for the calls that wait. */
const betweenStepsMs = 1

export class Sweeper {
  readonly #parts: SweeperParts
  readonly #rows: ExpiredRows
  #cancel = () => {}
  /** When the next sweep begins; null while one is under way or there is nothing to sweep. */
  #nextAt: number | null = null
  #notBefore = 0
  /** The earliest end that was heard of during a sweep. */
  #heard: number | null = null
  #isStopped = false

  constructor(parts: SweeperParts) {
    this.#parts = parts
    this.#rows = new ExpiredRows(parts.tools.model, parts.tools.dialect)
  }

  start(): void {
    if (this.#rows.entities.length > 0) this.#schedule(this.#parts.clock.now() + firstDelayMs)
  }

  /** Stops also between two steps; what is done is committed, the rest is left to the next opening. */
  stop(): void {
    this.#isStopped = true
    this.#nextAt = null
    this.#cancel()
  }

  /** Hears of every commit: a row may have come that ends before all others. */
  note({ changes, touched }: Published): void {
    if (this.#rows.entities.length === 0) return
    let earliest: number | null = null
    for (const { entity, after } of changes) {
      const { ttl } = entity.data
      const end = ttl === undefined ? undefined : after?.[ttl]
      if (typeof end === 'string') earliest = least(earliest, Date.parse(end))
    }
    if (touched === 'all' || this.#rows.entities.some(({ name }) => touched.includes(name))) earliest = 0
    if (earliest === null) return
    if (this.#nextAt === null) this.#heard = least(this.#heard, earliest)
    else if (earliest < this.#nextAt) this.#schedule(earliest)
  }

  #schedule(at: number): void {
    const now = this.#parts.clock.now()
    const next = Math.max(Math.min(at, now + longestPauseMs), this.#notBefore, now)
    if (this.#isStopped || next === this.#nextAt) return
    this.#cancel()
    this.#nextAt = next
    this.#cancel = this.#parts.clock.after(Math.max(next - now, 1), () => this.#begin())
  }

  #begin(): void {
    this.#nextAt = null
    this.#heard = null
    const now = new Date(this.#parts.clock.now()).toISOString()
    void this.#step({ now, waiting: [...this.#rows.entities], stuck: 0 })
  }

  async #step(progress: Progress): Promise<void> {
    const { clock, tools, failed, isBehind } = this.#parts
    let next: number | null = null
    try {
      if (!this.#isStopped && !isBehind()) {
        const batch = await this.#parts.run((deadline) => this.#batch(progress, deadline))
        if (batch) {
          if (!this.#isStopped) this.#cancel = clock.after(betweenStepsMs, () => void this.#step(progress))
          return
        }
        next = await this.#parts.run((deadline) => this.#next(progress.now, deadline))
      }
    } catch (error) {
      failed(error)
      next = 0
    }
    if (this.#isStopped) return
    this.#notBefore = clock.now() + tools.limits.ttlSweepMs
    this.#schedule(least(next, this.#heard) ?? Number.POSITIVE_INFINITY)
  }

  /** Null when nothing is left to do. What it has changed is published before anything else can run. */
  *#batch(progress: Progress, deadline: Deadline): Work<Batch | null> {
    const { tools, monotonic, publish } = this.#parts
    for (let [entity] = progress.waiting; entity; [entity] = progress.waiting) {
      const { now, stuck } = progress
      const batch = yield* sweepBatch(tools, this.#rows, { entity, now, stuck, deadline, monotonic })
      progress.stuck = batch.stuck
      if (!batch.hasMore) {
        progress.waiting.shift()
        progress.stuck = 0
      }
      if (batch.changes.length > 0) yield* publish({ changes: batch.changes, touched: [] }, deadline)
      if (batch.changes.length > 0 || batch.hasMore) return batch
    }
    return null
  }

  *#next(now: string, deadline: Deadline): Work<number | null> {
    deadline.at = this.#parts.monotonic() + this.#parts.tools.limits.queryTimeoutMs
    let next: number | null = null
    for (const entity of this.#rows.entities) next = least(next, yield* this.#rows.next(entity, now))
    return next
  }
}

function least(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.min(one, other)
}
