/**
 * Live queries of one client. Each holds its rows by id and applies what the engine says has changed; a row that did not
 * change stays the same object, so that a view can compare by identity.
 *
 * The client numbers its subscriptions: `live.open(entity, query, subscription)`. The first event of a subscription says
 * every row is added. A lost connection loses the engine's half: all are opened again, under the same numbers, and the
 * first event is then compared with the rows held, so that a listener hears only of what really changed meanwhile.
 */

import { DBALError } from '../protocol/error.ts'
import type { Event, LiveChange } from '../protocol/event.ts'
import { type Row, unpackRows } from '../protocol/rows.ts'
import { run } from './listeners.ts'

/** What changed since the last time; `moved` has positions in the old and the new list. */
export interface Change<R> {
  readonly added: readonly R[]
  readonly removed: readonly unknown[]
  readonly changed: readonly R[]
  readonly moved: readonly { readonly id: unknown; readonly from: number; readonly to: number }[]
}

export interface LiveRequest {
  readonly entity: string
  readonly query: object
  readonly primaryKey: readonly string[]
  readonly listener: (rows: readonly Row[], change: Change<Row>) => void
  readonly onError: (error: DBALError) => void
}

interface Subscription extends LiveRequest {
  /** In the order of the result. */
  rows: Map<string, Row>
  /** The next event holds the whole result. */
  isFresh: boolean
  isOpening: boolean
}

type Call = (method: string, params: readonly unknown[]) => Promise<unknown>

export class LiveQueries {
  readonly #call: Call
  readonly #subscriptions = new Map<number, Subscription>()
  #last = 0

  constructor(call: Call) {
    this.#call = call
  }

  /** @returns the end of it, safe to call twice */
  subscribe(request: LiveRequest): () => void {
    const id = ++this.#last
    this.#subscriptions.set(id, { ...request, rows: new Map(), isFresh: true, isOpening: false })
    this.#open(id)
    return () => {
      // Without an answer there is no listener left that could care.
      if (this.#subscriptions.delete(id)) this.#call('live.close', [id]).catch(() => {})
    }
  }

  reopen(): void {
    for (const id of this.#subscriptions.keys()) this.#open(id)
  }

  hear(event: Event): void {
    if (event.type === 'live') this.#apply(event.subscription, event.change, event.order)
    else if (event.type === 'liveError') this.#fail(event.subscription, DBALError.fromWire(event.error))
  }

  /** The connection is gone for good: every listener is told. */
  end(reason: DBALError): void {
    for (const id of [...this.#subscriptions.keys()]) this.#fail(id, reason)
  }

  clear(): void {
    this.#subscriptions.clear()
  }

  #open(id: number): void {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return
    subscription.isFresh = true
    // A call that was on its way when the connection broke is sent again by itself.
    if (subscription.isOpening) return
    subscription.isOpening = true
    this.#call('live.open', [subscription.entity, subscription.query, id]).then(
      () => {
        subscription.isOpening = false
      },
      (error: DBALError) => this.#fail(id, error),
    )
  }

  #fail(id: number, error: DBALError): void {
    const subscription = this.#subscriptions.get(id)
    if (subscription && this.#subscriptions.delete(id)) run(subscription.onError, error)
  }

  #apply(id: number, packed: LiveChange, order: readonly unknown[]): void {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return
    const { rows: held, isFresh, primaryKey, listener } = subscription
    const added = unpackRows(packed.added)
    const changed = unpackRows(packed.changed)
    const news = new Map([...added, ...changed].map((row) => [keyOfRow(row, primaryKey), row]))
    const next = new Map<string, Row>()
    for (const one of order) {
      const key = keyOf(one)
      const row = news.get(key)
      const old = held.get(key)
      const present = row && old && isSame(row, old) ? old : (row ?? old)
      if (present) next.set(key, present)
    }
    const change = isFresh ? compare(held, next, primaryKey) : { ...packed, added, changed }
    subscription.isFresh = false
    subscription.rows = next
    run(listener, [...next.values()], change)
  }
}

/** The change between what was held and a whole new result. */
function compare(held: Map<string, Row>, next: Map<string, Row>, primaryKey: readonly string[]): Change<Row> {
  const order = [...held.keys()]
  const stayed = order.filter((key) => next.has(key)).values()
  const added: Row[] = []
  const changed: Row[] = []
  const moved: { id: unknown; from: number; to: number }[] = []
  for (const [to, [key, row]] of [...next].entries()) {
    const old = held.get(key)
    if (!old) added.push(row)
    else if (old !== row) changed.push(row)
    if (old && stayed.next().value !== key)
      moved.push({ id: idOf(row, primaryKey), from: order.indexOf(key), to })
  }
  const removed = [...held].filter(([key]) => !next.has(key)).map(([, row]) => idOf(row, primaryKey))
  return { added, removed, changed, moved }
}

function idOf(row: Row, [first = '', ...more]: readonly string[]): unknown {
  if (more.length === 0) return row[first]
  return Object.fromEntries([first, ...more].map((field) => [field, row[field]]))
}

const keyOfRow = (row: Row, primaryKey: readonly string[]): string => keyOf(idOf(row, primaryKey))

/** An id as the key of a map; the parts of a composite id are in the order of the primary key on both sides. */
function keyOf(id: unknown): string {
  if (typeof id !== 'object' || id === null) return `${typeof id}:${id}`
  return Object.values(id)
    .map((part) => `${keyOf(part).length}:${keyOf(part)}`)
    .join()
}

function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => isSame((left as Row)[name], (right as Row)[name]))
  )
}
