/**
 * Values of `useKV`, in IndexedDB through idb-keyval, shared by every component and every tab of the origin. A value that is
 * being written shows at once; what is stored is computed from what stands in the storage then, in one transaction, so that
 * two tabs that count do not lose a step.
 */

import { createStore, del, get, type UseStore, update } from 'idb-keyval'

/** Null stands for no value. */
type Held = { readonly value: unknown } | null
type Step = (held: Held) => Held

const name = 'dbal-kv'

export class KVEntry {
  readonly #key: string
  readonly #listeners = new Set<() => void>()
  /** As it is stored, as far as is known. */
  #stored: Held = null
  /** Writes that are on their way, in order. */
  #steps: readonly Step[] = []
  #shown: Held = null
  #isLoaded = false
  #queue: Promise<unknown> = Promise.resolve()

  constructor(key: string) {
    this.#key = key
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    openChannel()
    if (!this.#isLoaded) this.reload()
    return () => {
      this.#listeners.delete(listener)
    }
  }

  readonly getSnapshot = (): Held => this.#shown

  /** Reads what is stored. */
  reload(): void {
    this.#isLoaded = true
    this.#inTurn(async () => {
      const value: unknown = await get(this.#key, openStore())
      this.#stored = heldOf(value)
    }).catch((error: unknown) => {
      this.#isLoaded = false
      // The initial value is shown; nobody awaits a read, so that it is told where uncaught errors are.
      reportError(error)
    })
  }

  /** @throws what the storage says; then the value is again what was stored */
  remove(): Promise<void> {
    return this.#carryOut(
      () => null,
      async () => {
        await del(this.#key, openStore())
        return null
      },
    )
  }

  /**
   * Writes what the step makes of the value, and shows it at once.
   * @throws what the storage says; then the value is again what was stored
   */
  write(step: Step): Promise<void> {
    return this.#carryOut(step, async () => {
      let next: Held = null
      const store = openStore()
      await update<unknown>(
        this.#key,
        (value) => {
          next = step(heldOf(value))
          return next?.value
        },
        store,
      )
      return next
    })
  }

  #carryOut(step: Step, work: () => Promise<Held>): Promise<void> {
    this.#steps = [...this.#steps, step]
    try {
      this.#show()
    } catch (error) {
      this.#steps = this.#steps.filter((other) => other !== step)
      return Promise.reject(error)
    }
    return this.#inTurn(async () => {
      try {
        this.#stored = await work()
        tellOthers(this.#key)
      } finally {
        this.#steps = this.#steps.filter((other) => other !== step)
      }
    })
  }

  /** One after the other: an older answer never comes behind a newer one. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work).finally(() => this.#show())
    this.#queue = done.catch(() => {})
    return done
  }

  #show(): void {
    const next = this.#steps.reduce((held, step) => step(held), this.#stored)
    if (next?.value === this.#shown?.value && (next === null) === (this.#shown === null)) return
    this.#shown = next
    for (const listener of [...this.#listeners]) listener()
  }
}

const heldOf = (value: unknown): Held => (value === undefined ? null : { value })

const entries = new Map<string, KVEntry>()

export function kvEntry(key: string): KVEntry {
  const known = entries.get(key)
  if (known) return known
  const entry = new KVEntry(key)
  entries.set(key, entry)
  return entry
}

let store: UseStore | undefined
function openStore(): UseStore {
  store ??= createStore(name, 'values')
  return store
}

let channel: BroadcastChannel | undefined

/** Other tabs say which key they wrote; the value is read from the storage, never from a message. */
function openChannel(): BroadcastChannel {
  if (channel) return channel
  channel = new BroadcastChannel(name)
  sleepWithPage()
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') entries.get(data)?.reload()
  }
  return channel
}

let isSleeper = false

/** An open channel keeps a page out of the back/forward cache; one that comes back reads what it has missed. */
function sleepWithPage(): void {
  if (isSleeper) return
  isSleeper = true
  addEventListener('pagehide', () => {
    channel?.close()
    channel = undefined
  })
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    openChannel()
    for (const entry of entries.values()) entry.reload()
  })
}

const tellOthers = (key: string): void => openChannel().postMessage(key)
