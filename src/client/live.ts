/**
 * Live queries of one client. Each holds its rows and applies what the engine says has changed; a row that did not
 * change stays the same object, so that a view can compare by identity.
 *
 * The client numbers its subscriptions: `live.open(entity, query, subscription)`, `live.select(query, subscription)`. The
 * first event of a subscription is its whole result. A lost connection loses the engine's half: all are opened again, under the same numbers, and the
 * first event is then compared with the rows held, so that a listener hears only of what really changed meanwhile.
 */

import { DBALError } from '../protocol/error.ts'
import type { Event, LiveChange, LivePlaces } from '../protocol/event.ts'
import { type PackedRows, type Row, unpackRows } from '../protocol/rows.ts'
import { run } from './listeners.ts'

/** What changed since the last time; `moved` has positions in the old and the new list. */
export interface Change<R> {
  readonly added: readonly R[]
  readonly removed: readonly unknown[]
  readonly changed: readonly R[]
  readonly moved: readonly { readonly id: unknown; readonly from: number; readonly to: number }[]
}

export interface LiveRequest {
  readonly method: 'live.open' | 'live.select'
  /** Before the number of the subscription. */
  readonly params: readonly unknown[]
  readonly listener: (rows: readonly Row[], change: Change<Row>) => void
  readonly onError: (error: DBALError) => void
}

interface Subscription extends LiveRequest {
  /** In the order of the result; null before the first event. */
  rows: readonly Row[] | null
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
    this.#subscriptions.set(id, { ...request, rows: null, isOpening: false })
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
    if (event.type === 'live')
      this.#tell(event.subscription, (held) =>
        'whole' in event ? compare(held, event.whole, event.key) : apply(held, event.change, event.places),
      )
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
    // A call that was on its way when the connection broke is sent again by itself.
    if (subscription.isOpening) return
    subscription.isOpening = true
    this.#call(subscription.method, [...subscription.params, id]).then(
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

  #tell(id: number, next: (held: readonly Row[]) => State): void {
    const subscription = this.#subscriptions.get(id)
    if (!subscription) return
    const { rows: held, listener } = subscription
    const { rows, change } = next(held ?? [])
    subscription.rows = rows
    const { added, removed, changed, moved } = change
    // A connection that came back need not have missed anything.
    if (held && added.length + removed.length + changed.length + moved.length === 0) return
    run(listener, rows, change)
  }
}

interface State {
  readonly rows: readonly Row[]
  readonly change: Change<Row>
}

function apply(held: readonly Row[], packed: LiveChange, places: LivePlaces): State {
  const change = { ...packed, added: unpackRows(packed.added), changed: unpackRows(packed.changed) }
  const out = new Set([...places.removed, ...change.moved.map(({ from }) => from)])
  const put = new Map(change.added.map((row, index) => [places.added[index], row]))
  for (const { from, to } of change.moved) put.set(to, held[from] as Row)
  const stayed = held.filter((_, at) => !out.has(at)).values()
  const rows = Array.from(
    { length: held.length - out.size + put.size },
    (_, at) => put.get(at) ?? (stayed.next().value as Row),
  )
  for (const [index, row] of change.changed.entries()) rows[places.changed[index] as number] = row
  return { rows, change }
}

/** From what was held to a whole new result. */
function compare(held: readonly Row[], whole: PackedRows, key: readonly string[]): State {
  const idAt = (row: Row, at: number) => (key.length > 0 ? idOf(row, key) : at)
  const before = keysOf(held, key)
  const places = new Map(before.map((key, at) => [key, at]))
  const received = unpackRows(whole)
  const after = keysOf(received, key)
  const added: Row[] = []
  const changed: Row[] = []
  const moved: { id: unknown; from: number; to: number }[] = []
  const left = new Set(before)
  for (const key of after) left.delete(key)
  const stayed = before.filter((key) => !left.has(key)).values()
  const rows = received.map((row, to) => {
    const from = places.get(after[to] as string)
    const old = from === undefined ? undefined : held[from]
    if (from === undefined || !old) {
      added.push(row)
      return row
    }
    if (stayed.next().value !== after[to]) moved.push({ id: idAt(row, from), from, to })
    if (isSame(row, old)) return old
    changed.push(row)
    return row
  })
  const removed = held.flatMap((row, at) => (left.has(before[at] as string) ? [idAt(row, at)] : []))
  return { rows, change: { added, removed, changed, moved } }
}

function idOf(row: Row, [first = '', ...more]: readonly string[]): unknown {
  if (more.length === 0) return row[first]
  return Object.fromEntries([first, ...more].map((field) => [field, row[field]]))
}

/** A row's key; of rows without a primary key their values, and how many such rows stand before. */
function keysOf(rows: readonly Row[], key: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  return rows.map((row) => {
    const text = keyOf(key.length > 0 ? idOf(row, key) : row)
    const count = counts.get(text) ?? 0
    counts.set(text, count + 1)
    return `${count} ${text}`
  })
}

/** An id as the key of a map; the parts of a composite id are in the order of the primary key on both sides. */
function keyOf(id: unknown): string {
  if (typeof id !== 'object' || id === null) return `${typeof id}:${id}`
  return Object.values(id)
    .map((part) => {
      const key = keyOf(part)
      return `${key.length}:${key}`
    })
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
