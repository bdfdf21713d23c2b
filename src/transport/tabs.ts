/**
 * Which tab has a database. Its files can be open in one worker of one tab at a time; Web Locks say in which.
 *
 * - **parked**: nothing held. The start, and the state after `pagehide`, `freeze`, a failure and `close`.
 * - **joining**: queued on `dbal:<name>:leader`. Another tab has the database, or is just giving it up.
 * - **starting**: the lock is ours; a worker is being started and opens the files.
 * - **leading**: the worker serves.
 *
 * What must hold:
 *
 * - A page that leaves (`suspend`) lets go of everything in the same tick: queued requests, worker, lock, in this order. A
 *   page in the back/forward cache would otherwise keep its lock, and a request of it that is granted there would never
 *   be answered: both stop every other tab.
 * - Nobody steals: the lock would move, the files would not.
 * - The new leader may start before the old worker is gone; the worker itself waits for `dbal:<name>:owner`.
 * - A database in memory belongs to its page: no other tab waits for it, and leaving does not end it.
 */

import type { DBALError } from '../protocol/error.ts'
import { unavailable } from './unavailable.ts'

export type TabState = 'parked' | 'joining' | 'starting' | 'leading'

/** What a tab leads with. */
export interface LeaderWorker {
  /** False for a database in memory. */
  readonly holdsFiles: boolean
  /** Whether it has answered anything: one that ends before that is likely to end again. */
  readonly hasServed: boolean
  /** Resolves when the worker has ended, for whatever reason. */
  readonly ended: Promise<unknown>
  /** Ends it at once; safe to call twice. */
  end(): void
  /** Closes the files in order, then ends it. */
  close(): Promise<void>
}

/** The part of the browser's LockManager that is used. */
export type Locks = Pick<LockManager, 'request' | 'query'>

export interface TabOptions<Worker extends LeaderWorker> {
  readonly database: string
  /** Absent where the browser has none (an insecure context): then there is no election, and no file storage either. */
  readonly locks: Locks | undefined
  /** False for a database that is wanted in memory. */
  readonly isShared: boolean
  /** @throws when the signal is aborted, or with the reason why it cannot be started */
  readonly start: (signal: AbortSignal) => Promise<Worker>
  /** Another tab has the database. */
  readonly onWaiting: () => void
  /** The worker that served has ended. */
  readonly onLost: (reason: string) => void
}

interface Waiter<Worker> {
  readonly resolve: (worker: Worker) => void
  readonly reject: (error: unknown) => void
  readonly timeoutMs: number
  timer?: ReturnType<typeof setTimeout> | undefined
}

/** A reload lets go of the lock within this; a wait of more is another tab's. */
const waitingAfterMs = 150
/** In Chromium a query evicts a holder from the back/forward cache. Harmless elsewhere. */
const queryAfterMs = 2_000
const mostUnservedDeaths = 3
const closeWithinMs = 10_000

export class Tab<Worker extends LeaderWorker> {
  readonly #options: TabOptions<Worker>
  #state: TabState = 'parked'
  #isSuspended = false
  #unservedDeaths = 0
  /** Those who want a serving worker. */
  readonly #waiters = new Set<Waiter<Worker>>()

  /** From `joining` to the next `parked`; its signal ends everything that is under way. */
  #run: AbortController | null = null
  #worker: Worker | null = null
  #releaseLock: (() => void) | null = null

  constructor(options: TabOptions<Worker>) {
    this.#options = options
  }

  get state(): TabState {
    return this.#state
  }

  /**
   * Resolves with the serving worker.
   * @param timeoutMs how long to wait for another tab to let go of the database
   * @throws DBALError DATABASE_ERROR when it does not, or the reason why the worker cannot be started
   */
  lead(timeoutMs: number): Promise<Worker> {
    if (this.#worker) return Promise.resolve(this.#worker)
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, timeoutMs }
      this.#waiters.add(waiter)
      if (this.#state === 'joining') this.#limit(waiter)
      else if (this.#state === 'parked' && !this.#isSuspended) this.#begin()
    })
  }

  /** The page leaves or is frozen: it may never run again. Those who wait go on waiting. */
  suspend(): void {
    this.#isSuspended = true
    if (this.#worker && !this.#worker.holdsFiles) return
    this.#park('the page was left')
  }

  /** The page is back. */
  resume(): void {
    this.#isSuspended = false
    if (this.#state === 'parked' && this.#waiters.size > 0) this.#begin()
  }

  /** Closes the files in order. Those who wait are told `reason`. */
  async close(reason: DBALError): Promise<void> {
    const worker = this.#worker
    this.#worker = null
    try {
      if (worker) await Promise.race([worker.close(), pause(closeWithinMs)])
    } finally {
      worker?.end()
      this.#park(reason.message)
      this.#refuse(reason)
    }
  }

  #begin(): void {
    const run = new AbortController()
    this.#run = run
    this.#serve(run.signal).catch((error: unknown) => {
      // A run that was ended has left its waiters to the next one.
      if (run.signal.aborted) return
      this.#park('the worker could not be started')
      this.#refuse(error)
    })
  }

  /** Joining, starting, leading, and from the death of the worker to starting again. */
  async #serve(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (!this.#releaseLock && this.#options.isShared) await this.#join(signal)
      // The page may have been left between the grant and this line: the state is then that of another run.
      signal.throwIfAborted()
      this.#state = 'starting'
      const worker = await this.#options.start(signal)
      if (signal.aborted) return worker.end()
      this.#lead(worker)
      await worker.ended
      if (signal.aborted || this.#worker !== worker) return
      this.#worker = null
      this.#unservedDeaths = worker.hasServed ? 0 : this.#unservedDeaths + 1
      this.#state = 'starting'
      this.#options.onLost('the worker ended')
      if (this.#unservedDeaths >= mostUnservedDeaths) {
        this.#unservedDeaths = 0
        throw unavailable(
          'The database worker ended as soon as it was started, three times in a row',
          'the worker keeps ending',
        )
      }
    }
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { locks, database, onWaiting } = this.#options
    if (!locks) return
    this.#state = 'joining'
    for (const waiter of this.#waiters) this.#limit(waiter)
    const waiting = setTimeout(onWaiting, waitingAfterMs)
    const evict = setTimeout(() => void locks.query().catch(() => undefined), queryAfterMs)
    try {
      await this.#takeLock(locks, leaderLock(database), signal)
    } finally {
      clearTimeout(waiting)
      clearTimeout(evict)
      for (const waiter of this.#waiters) clearTimeout(waiter.timer)
    }
  }

  #takeLock(locks: Locks, name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const held = () => {
        if (signal.aborted) return
        // Kept in the callback itself: `#park` may come before whoever awaits this promise runs.
        const released = new Promise<void>((release) => {
          this.#releaseLock = release
        })
        resolve()
        return released
      }
      // A request that was granted settles when it is released, which is news to nobody.
      locks.request(name, { signal }, held).catch(reject)
    })
  }

  #lead(worker: Worker): void {
    this.#state = 'leading'
    this.#worker = worker
    if (!worker.holdsFiles) this.#release()
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const { resolve } of waiters) resolve(worker)
  }

  /** Gives a waiter its time to wait for another tab. */
  #limit(waiter: Waiter<Worker>): void {
    clearTimeout(waiter.timer)
    waiter.timer = setTimeout(() => {
      this.#waiters.delete(waiter)
      const reason = 'another tab holds the database'
      const { database } = this.#options
      waiter.reject(
        unavailable(`Another tab holds the database "${database}"; close it, or try again later`, reason),
      )
      if (this.#waiters.size === 0 && this.#state === 'joining') this.#park(reason)
    }, waiter.timeoutMs)
  }

  /** The order is that of the list at the top. */
  #park(reason: string): void {
    const worker = this.#worker
    this.#run?.abort()
    this.#run = null
    this.#worker = null
    worker?.end()
    this.#release()
    this.#state = 'parked'
    for (const waiter of this.#waiters) clearTimeout(waiter.timer)
    if (worker) this.#options.onLost(reason)
  }

  #release(): void {
    this.#releaseLock?.()
    this.#releaseLock = null
  }

  #refuse(error: unknown): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const { reject } of waiters) reject(error)
  }
}

/** The queue of tabs. Names hold across versions of an app. */
export const leaderLock = (database: string): string => `dbal:${database}:leader`
/** Held by the worker, from before it opens the files until it ends. */
export const ownerLock = (database: string): string => `dbal:${database}:owner`

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
