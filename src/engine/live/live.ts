/**
 * Live queries. After a commit the queries that a changed row can concern are found by an index; most of them put the row
 * in its place without asking the database, the others run again under their own caller's rules. Each caller is sent the
 * difference to what it last saw: it hears only of rows and fields that it may read, because it hears only of its own
 * result.
 *
 * What must hold: after every group the rows that a caller holds are those that the same list would give it now.
 */

import { type DBALError, invalid } from '../../protocol/error.ts'
import type { Event } from '../../protocol/event.ts'
import type { Principal } from '../../protocol/principal.ts'
import type { AllowedCall, CallerPort, Published } from '../call.ts'
import type { Tools } from '../operations/operation.ts'
import type { Work } from '../work.ts'
import type { Difference } from './difference.ts'
import { dueOf } from './due.ts'
import { Expiry } from './expiry.ts'
import type { Reach } from './reach.ts'
import type { RowState } from './row-state.ts'
import type { Source } from './source.ts'
import { Subscription } from './subscription.ts'
import { WatchIndex } from './watch-index.ts'

/** That a query may take although its caller's others have taken all the time. */
const leastMs = 10

/** Makes the source of a live query for a caller: again when the caller has become another. */
export type SourceFor = (principal: Principal) => Source

interface Open {
  readonly make: SourceFor
  readonly subscription: Subscription
  /** Something has changed while its caller was busy. */
  isBehind: boolean
  /** Rows of it that count as its caller's. */
  held: number
}

export interface PublishRun {
  /** The instant that rules see: ISO 8601 UTC with milliseconds. */
  now(): string
  /** Before each query. @param most milliseconds that it may take, when that is less than any call's */
  begin(most?: number): void
  /** The clock of deadlines. */
  monotonic(): number
  toError(error: unknown): DBALError
}

export class Live {
  readonly #tools: Tools
  readonly #reach: Reach
  readonly #expiry: Expiry
  readonly #index = new WatchIndex<Subscription>()
  readonly #open = new Map<CallerPort, Map<number, Open>>()
  /** Read in a transaction that is not committed yet. */
  readonly #opening = new Map<CallerPort, Set<Open>>()
  /** Committed, but nothing was sent yet. */
  readonly #fresh = new Set<Open>()
  readonly #left = new WeakSet<CallerPort>()
  /** Rows that each caller is shown. */
  readonly #rows = new Map<CallerPort, number>()
  /** Milliseconds that each caller's queries have taken in this turn. */
  readonly #spent = new Map<CallerPort, number>()

  constructor(tools: Tools) {
    this.#tools = tools
    this.#reach = tools.reach
    this.#expiry = new Expiry(tools, tools.model)
  }

  /**
   * Opens a query under the caller's number for it. What it is sent first is its whole result as it stands at the end of
   * the group.
   * @returns to be called after the commit
   * @throws DBALError what the making and the first run of the source throw; VALIDATION_ERROR when too many are open
   */
  *open(call: AllowedCall, make: SourceFor, id: number): Work<() => void> {
    const { port } = call
    this.#checkCount(port, id)
    const subscription = yield* this.#start(port, make, id, call.caller.now)
    const open: Open = { make, subscription, isBehind: false, held: 0 }
    this.#checkRows(port, subscription.size - (this.#open.get(port)?.get(id)?.held ?? 0))
    const opening = this.#opening.get(port) ?? new Set()
    this.#opening.set(port, opening.add(open))
    return () => {
      opening.delete(open)
      if (this.#left.has(port)) return
      this.#put(open)
      this.#fresh.add(open)
    }
  }

  close(port: CallerPort, id: number): void {
    const own = this.#open.get(port)
    const open = own?.get(id)
    if (!own || !open) return
    this.#index.delete(open.subscription)
    this.#fresh.delete(open)
    this.#hold(open, 0)
    own.delete(id)
    if (own.size === 0) this.#open.delete(port)
  }

  /** Ends everything that a caller has open. */
  leave(port: CallerPort): void {
    this.#left.add(port)
    this.#opening.delete(port)
    for (const id of [...(this.#open.get(port)?.keys() ?? [])]) this.close(port, id)
  }

  /** Whether anybody could care; spares the look at every commit where nobody listens. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#opening.size === 0
  }

  /** Whether a change of a row of the entity could concern anybody. */
  isWatching(entity: string): boolean {
    return this.#index.isWatched(entity)
  }

  /** Whether somebody waits for a first result. */
  get isOpening(): boolean {
    return this.#fresh.size > 0 || this.#opening.size > 0
  }

  /** True where it is certain at once that nobody is concerned: what most writes are. */
  isUnconcerned({ changes, touched, elsewhere }: Published): boolean {
    if (elsewhere?.some(({ entity }) => this.#index.isWatched(entity.name))) return false
    if (touched.length > 0 || this.isOpening || this.#expiry.isAwaited) return false
    for (const change of changes) {
      const { name } = change.entity
      if (this.#index.isWatching(name) || this.#index.isWanted(change)) return false
      if (this.#reach.actsOn(change)) return false
    }
    return true
  }

  /** Brings what the changes concern up to date and tells its callers, once each. */
  *publish(published: Published, run: PublishRun): Work<void> {
    // What was opened in this group and is not committed by now never will be.
    this.#opening.clear()
    this.#spent.clear()
    let at: string | undefined
    const now = () => {
      at ??= run.now()
      return at
    }
    const { model } = this.#tools
    const due = dueOf(published, now, this.#index, this.#reach, model)
    for (const name of this.#expiry.due(now)) {
      for (const subscription of this.#index.over(name)) due.set(subscription, null)
      this.#expiry.forget([name])
    }
    this.#forgetExpiry(published)
    for (const [subscription, states] of due) {
      const open = this.#open.get(subscription.port)?.get(subscription.id)
      if (open?.subscription === subscription) yield* this.#renew(open, states, now(), run)
    }
    for (const open of [...this.#fresh]) this.#tell(open, open.subscription.whole(), run)
    this.#fresh.clear()
    this.#spent.clear()
  }

  /** The next instant at which `publish` is to be called even if nothing is written, because a row expires; null for never. */
  nextExpiry({ now }: PublishRun): Work<string | null> {
    return this.#expiry.next((entity) => this.#index.isWatched(entity), now)
  }

  /**
   * Opens everything of a caller again after its principal has changed. What its new role may not read ends with FORBIDDEN,
   * the rest is sent whole.
   */
  *reopen(port: CallerPort, run: PublishRun): Work<void> {
    for (const open of [...(this.#open.get(port)?.values() ?? [])]) {
      const { id } = open.subscription
      run.begin()
      try {
        const subscription = yield* this.#start(port, open.make, id, run.now())
        const again: Open = { ...open, subscription, isBehind: false, held: 0 }
        this.#checkRows(port, subscription.size - open.held)
        this.#put(again)
        this.#tell(again, subscription.whole(), run)
      } catch (error) {
        this.#fail(open, run.toError(error))
      }
    }
  }

  /** Sends a caller that was busy what it has missed. */
  *catchUp(port: CallerPort, run: PublishRun): Work<void> {
    this.#spent.clear()
    for (const open of [...(this.#open.get(port)?.values() ?? [])]) {
      if (open.isBehind) yield* this.#renew(open, null, run.now(), run)
    }
  }

  /** Ends everything, telling every caller why. */
  end(error: DBALError): void {
    for (const own of [...this.#open.values()]) for (const open of [...own.values()]) this.#fail(open, error)
  }

  *#renew(open: Open, states: readonly RowState[] | null, now: string, run: PublishRun): Work<void> {
    const { subscription } = open
    if (subscription.port.isBusy && !this.#fresh.has(open)) {
      open.isBehind = true
      return
    }
    let change: Difference | null
    const startedAt = run.monotonic()
    const { port } = subscription
    const spent = this.#spent.get(port) ?? 0
    try {
      run.begin(Math.max(this.#tools.limits.liveTimeoutMs - spent, leastMs))
      change = yield* states && !open.isBehind ? subscription.take(states, now) : subscription.run(now)
      this.#checkRows(port, subscription.size - open.held)
    } catch (error) {
      this.#fail(open, run.toError(error))
      return
    } finally {
      this.#spent.set(port, spent + run.monotonic() - startedAt)
    }
    this.#hold(open, subscription.size)
    open.isBehind = false
    if (!change || this.#fresh.has(open)) return
    this.#tell(open, { type: 'live', subscription: subscription.id, ...change }, run)
  }

  /** A host that cannot send to one caller is no reason for the write of another to fail. */
  #tell({ subscription }: Open, event: Event, run: PublishRun): void {
    const { port, id } = subscription
    try {
      port.emit(event)
    } catch (error) {
      this.close(port, id)
      run.toError(error)
    }
  }

  *#start(port: CallerPort, make: SourceFor, id: number, now: string): Work<Subscription> {
    const subscription = new Subscription(port, id, make(port.principal))
    yield* subscription.run(now)
    return subscription
  }

  #forgetExpiry({ changes, touched, elsewhere = [] }: Published): void {
    const names = touched === 'all' ? this.#tools.model.entities.keys() : touched
    this.#expiry.forget(names)
    this.#expiry.forget(elsewhere.map(({ entity }) => entity.name))
    for (const { entity } of changes) {
      this.#expiry.forget([entity.name])
      this.#expiry.forget(this.#reach.from(entity.name))
    }
  }

  #put(open: Open): void {
    const { port, id, size } = open.subscription
    this.close(port, id)
    this.#index.add(open.subscription)
    this.#hold(open, size)
    const own = this.#open.get(port) ?? new Map<number, Open>()
    this.#open.set(port, own.set(id, open))
  }

  #fail({ subscription }: Open, error: DBALError): void {
    const { port, id } = subscription
    this.close(port, id)
    port.emit({ type: 'liveError', subscription: id, error: error.toWire() })
  }

  #hold(open: Open, rows: number): void {
    if (rows === open.held) return
    const { port } = open.subscription
    const all = (this.#rows.get(port) ?? 0) + rows - open.held
    open.held = rows
    if (all > 0) this.#rows.set(port, all)
    else this.#rows.delete(port)
  }

  /** @throws DBALError VALIDATION_ERROR where the caller would be shown so many rows more */
  #checkRows(port: CallerPort, more: number): void {
    if (more <= 0) return
    let all = (this.#rows.get(port) ?? 0) + more
    for (const { subscription } of this.#opening.get(port) ?? []) all += subscription.size
    const { maxLiveRows } = this.#tools.limits
    if (all > maxLiveRows)
      throw invalid('', `live queries show at most ${maxLiveRows} rows together (limit maxLiveRows)`)
  }

  #checkCount(port: CallerPort, id: number): void {
    const own = this.#open.get(port)
    const { maxLiveQueries } = this.#tools.limits
    if (own?.has(id)) return
    if ((own?.size ?? 0) + (this.#opening.get(port)?.size ?? 0) >= maxLiveQueries) {
      throw invalid('subscription', `at most ${maxLiveQueries} live queries can be open at once`)
    }
  }
}
