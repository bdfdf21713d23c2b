/**
 * Live queries. After a commit every query that a changed entity can touch is run again under its own caller's rules, and
 * the difference to what its caller last saw is sent. A caller hears only of rows that it may read, because it hears only
 * of its own results.
 */

import { type DBALError, invalid } from '../../protocol/error.ts'
import type { EntityAccess } from '../access/access.ts'
import type { AllowedCall, CallerPort, Published } from '../call.ts'
import type { Model } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import type { Work } from '../work.ts'
import { emptySnapshot, type Snapshot, snapshotDifference, snapshotOf } from './snapshot.ts'

interface Subscription {
  readonly port: CallerPort
  readonly id: number
  readonly access: EntityAccess
  readonly query: Readonly<Record<string, unknown>>
  /** Entities whose changes can show: its own, and those that its rules look at. */
  readonly watches: ReadonlySet<string>
  seen: Snapshot
}

export interface PublishRun {
  /** Before each query. */
  begin(): void
  toError(error: unknown): DBALError
}

export class Live {
  readonly #tools: Tools
  readonly #subscriptions = new Map<CallerPort, Map<number, Subscription>>()
  /** For each entity the entities whose rows a change of it can change through foreign keys. */
  readonly #reaches: ReadonlyMap<string, ReadonlySet<string>>

  constructor(tools: Tools) {
    this.#tools = tools
    this.#reaches = cascades(tools.model)
  }

  /**
   * Opens a query under the caller's number for it. Its whole result is sent as the first change, once what it was read
   * from is committed.
   * @returns to be called after the commit
   * @throws DBALError as `list` does
   */
  *open(
    call: AllowedCall,
    access: EntityAccess,
    query: Record<string, unknown>,
    id: number,
  ): Work<() => void> {
    const own = this.#subscriptions.get(call.port) ?? new Map<number, Subscription>()
    const { maxLiveQueries } = this.#tools.limits
    if (own.size >= maxLiveQueries && !own.has(id)) {
      throw invalid('subscription', `at most ${maxLiveQueries} live queries can be open at once`)
    }
    const guard = access.guard('read')
    const watches = new Set([access.entity.name, ...(guard?.relations ?? []).map(({ entity }) => entity)])
    const subscription: Subscription = {
      port: call.port,
      id,
      access,
      query: withKey(query, access),
      watches,
      seen: emptySnapshot,
    }
    const send = yield* this.#refresh(subscription, call.caller.now, true)
    return () => {
      const open = this.#subscriptions.get(call.port) ?? new Map<number, Subscription>()
      this.#subscriptions.set(call.port, open.set(id, subscription))
      send()
    }
  }

  close(port: CallerPort, id: number): void {
    this.#subscriptions.get(port)?.delete(id)
  }

  /** Ends everything that a caller has open. */
  leave(port: CallerPort): void {
    this.#subscriptions.delete(port)
  }

  /** Whether anybody could care; spares the look at every commit where nobody listens. */
  get isIdle(): boolean {
    return this.#subscriptions.size === 0
  }

  /** Runs the queries that these changes can touch, once each, and sends what is new. */
  *publish(published: Published, now: string, run: PublishRun): Work<void> {
    const touched = this.#touchedBy(published)
    for (const own of this.#subscriptions.values()) {
      for (const subscription of own.values()) {
        if (![...subscription.watches].some((entity) => touched.has(entity))) continue
        run.begin()
        try {
          const send = yield* this.#refresh(subscription, now, false)
          send()
        } catch (error) {
          own.delete(subscription.id)
          subscription.port.emit({
            type: 'liveError',
            subscription: subscription.id,
            error: run.toError(error).toWire(),
          })
        }
      }
    }
  }

  #touchedBy({ changes, touched: others }: Published): ReadonlySet<string> {
    const touched = new Set<string>(others === 'all' ? this.#tools.model.entities.keys() : others)
    for (const { entity, kind } of changes) {
      touched.add(entity.name)
      if (kind !== 'create') for (const reached of this.#reaches.get(entity.name) ?? []) touched.add(reached)
    }
    return touched
  }

  *#refresh(subscription: Subscription, now: string, first: boolean): Work<() => void> {
    const { port, access, query, id } = subscription
    const { data } = yield* this.#tools.queries.list(access, query, { principal: port.principal, now })
    const next = snapshotOf(data, access.entity)
    const change = snapshotDifference(subscription.seen, next)
    subscription.seen = next
    if (!first && !change) return () => {}
    return () =>
      port.emit({
        type: 'live',
        subscription: id,
        change: change ?? emptyChange(data.fields),
        order: next.ids,
      })
  }
}

const emptyChange = (fields: readonly string[]) => ({
  added: { fields, values: [] },
  removed: [],
  changed: { fields, values: [] },
  moved: [],
})

/** The key is part of every live result: without it the client could not tell rows apart. */
function withKey(query: Record<string, unknown>, access: EntityAccess): Record<string, unknown> {
  const { select } = query
  // A longer list is left as it is: the query refuses it.
  if (!Array.isArray(select) || select.length > access.entity.fields.length) return query
  return { ...query, select: [...new Set([...access.entity.data.primaryKey, ...select])] }
}

function cascades(model: Model): Map<string, Set<string>> {
  const reaches = new Map([...model.entities.keys()].map((name) => [name, new Set<string>()]))
  for (const entity of model.entities.values()) {
    for (const { data } of entity.fields) {
      const action = [data.references?.onDelete, data.references?.onUpdate]
      if (data.references && action.some((one) => one === 'cascade' || one === 'setNull')) {
        reaches.get(data.references.entity)?.add(entity.name)
      }
    }
  }
  for (const set of reaches.values()) {
    for (const name of set) for (const further of reaches.get(name) ?? []) set.add(further)
  }
  return reaches
}
