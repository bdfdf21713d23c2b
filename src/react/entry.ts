/**
 * One answer that components show: its state, who listens, and the changes that are shown before the engine confirms
 * them. React reads it through `useSyncExternalStore`: `snapshot` is replaced whole and never changed.
 */

import type { DBALError } from '../protocol/error.ts'
import type { Changes, Place } from './optimistic.ts'

export interface Snapshot<T> {
  /** `idle`: nothing was asked. `loading`: there is no answer yet. */
  readonly status: 'idle' | 'loading' | 'success' | 'error'
  /** The last answer; it stays when a later call fails. */
  readonly data: T | undefined
  readonly error: DBALError | undefined
  /** A call is on its way. */
  readonly isFetching: boolean
}

export const idle: Snapshot<never> = { status: 'idle', data: undefined, error: undefined, isFetching: false }
export const loading: Snapshot<never> = {
  status: 'loading',
  data: undefined,
  error: undefined,
  isFetching: true,
}

/** How long an answer that failed is kept when nobody shows it: longer than React's own second try. */
const failedMs = 1_000

export abstract class Entry<T> {
  /** What is shown. */
  snapshot: Snapshot<T> = loading
  readonly place: Place
  readonly #changes: Changes
  readonly #forget: () => void
  readonly #listeners = new Set<() => void>()
  /** As it came, without the changes that are not confirmed. */
  #base: T | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #settled = deferred()
  #isLeft = true

  /** @param forget called when nobody has shown it for its time */
  constructor(place: Place, changes: Changes, forget: () => void) {
    this.place = place
    this.#changes = changes
    this.#forget = forget
  }

  /** Milliseconds that it is kept when its last listener has gone. */
  protected abstract readonly keptMs: number
  /** Somebody shows it, after a time in which nobody did. */
  protected abstract begin(): void
  /** Nobody shows it, and its time is over. */
  protected abstract end(): void

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    this.#stopTimer()
    // Strict mode leaves and comes back at once: that is not a time in which nobody showed it.
    if (this.#isLeft) {
      this.#isLeft = false
      this.begin()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#setTimer(0, () => this.#leave())
    }
  }

  readonly getSnapshot = (): Snapshot<T> => this.snapshot

  get isInUse(): boolean {
    return this.#listeners.size > 0
  }

  /** Settles with the first answer or error; never rejects. For Suspense. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** Keeps an answer that was asked for by a render which may never be shown. */
  keepUnseen(ms: number): void {
    if (!this.isInUse && this.#isLeft) this.#setTimer(ms, () => this.#leave())
  }

  /** Computes again what is shown. */
  show(): void {
    if (this.snapshot.data === undefined) return
    const data = this.#changes.applied(this.place, this.#base as T)
    if (data !== this.snapshot.data) this.#put({ ...this.snapshot, data })
  }

  protected setFetching(): void {
    const { snapshot } = this
    if (snapshot.isFetching) return
    const status = snapshot.status === 'success' ? 'success' : 'loading'
    this.#put({ ...snapshot, status, error: undefined, isFetching: true })
  }

  protected setData(base: T): void {
    this.#base = base
    this.#changes.heard(this.place)
    const data = this.#changes.applied(this.place, base)
    this.#put({ status: 'success', data, error: undefined, isFetching: false })
    this.#settled.resolve()
  }

  protected setError(error: DBALError): void {
    this.#put({ ...this.snapshot, status: 'error', error, isFetching: false })
    this.#settled.resolve()
    this.keepUnseen(failedMs)
  }

  /** As new: the next answer is the first. */
  protected restart(): void {
    this.#settled = deferred()
    this.setFetching()
  }

  /** What came last, without changes; undefined before the first answer. */
  get base(): T | undefined {
    return this.#base
  }

  #put(snapshot: Snapshot<T>): void {
    this.snapshot = snapshot
    for (const listener of [...this.#listeners]) listener()
  }

  #leave(): void {
    if (this.isInUse) return
    if (!this.#isLeft && this.keptMs > 0) {
      this.#isLeft = true
      this.#setTimer(this.keptMs, () => this.#leave())
      return
    }
    this.#isLeft = true
    this.end()
    this.#forget()
  }

  #setTimer(ms: number, then: () => void): void {
    this.#stopTimer()
    this.#timer = setTimeout(then, ms)
    // A process that renders on a server is not kept alive by it; a browser's timer is a number.
    if (typeof this.#timer === 'object') this.#timer.unref()
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

function deferred(): Deferred {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
