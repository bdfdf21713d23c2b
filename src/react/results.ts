/** What the components of a page show of one client: queries and live queries by their keys, and changes laid over them. */

import { originOf } from '../client/origin.ts'
import { invalid } from '../protocol/error.ts'
import type { Entry } from './entry.ts'
import { type QueryKey, writeKey } from './key.ts'
import { LiveEntry, type Open } from './live-entry.ts'
import { Changes, collect, type Draft, type EntityReference, type Named, type Place } from './optimistic.ts'
import { type AnyClient, type Ask, QueryEntry } from './query-entry.ts'

/** How long a confirmed change is shown where no event says that it has arrived. */
const confirmedMs = 1_000

export class Results {
  readonly #client: AnyClient
  readonly #queries = new Map<string, QueryEntry<unknown>>()
  readonly #lives = new Map<string, LiveEntry>()
  readonly #changes = new Changes()

  constructor(client: AnyClient) {
    this.#client = client
  }

  query<T>(place: Place, ask: Ask<T>): QueryEntry<T> {
    const known = this.#queries.get(place.key)
    if (known) return known as QueryEntry<T>
    const entry: QueryEntry<T> = new QueryEntry<T>(place, this.#changes, () => {
      if (this.#queries.get(place.key) === entry) this.#queries.delete(place.key)
    })
    entry.client = this.#client
    entry.ask = ask
    this.#queries.set(place.key, entry as QueryEntry<unknown>)
    return entry
  }

  live(place: Place, open: Open): LiveEntry {
    const known = this.#lives.get(place.key)
    if (known) return known
    const entry: LiveEntry = new LiveEntry(place, this.#changes, () => {
      if (this.#lives.get(place.key) === entry) this.#lives.delete(place.key)
    })
    entry.open = open
    this.#lives.set(place.key, entry)
    return entry
  }

  /**
   * Reads again what is shown; what is not shown is read again when it is.
   * @param keys only these
   */
  async refetch(keys?: readonly QueryKey[]): Promise<void> {
    const wanted = keys && new Set(keys.map(writeKey))
    const calls: Promise<void>[] = []
    for (const entry of this.#queries.values()) {
      if (entry.isInUse && (!wanted || wanted.has(entry.place.key))) calls.push(entry.refetch())
    }
    await Promise.all(calls)
  }

  /** Shows changes until `undo`, or until the engine's own answers hold them. */
  change(ask: (draft: Draft) => void): { undo(): void; confirm(refetched: Promise<void>): void } {
    const layer = this.#changes.add(collect(ask, (reference) => this.#named(reference)))
    const drop = () => {
      this.#changes.remove(layer)
      this.#show()
    }
    this.#show()
    return {
      undo: drop,
      confirm: (refetched) => {
        this.#changes.confirm(layer, this.#lives.values())
        this.#show()
        void refetched.then(() => setTimeout(drop, confirmedMs))
      },
    }
  }

  #show(): void {
    const all: Iterable<Entry<unknown>>[] = [this.#queries.values(), this.#lives.values()]
    for (const entries of all) for (const entry of entries) entry.show()
  }

  #named(reference: EntityReference): Named {
    return entityOf(this.#client, reference)
  }
}

/** @throws DBALError VALIDATION_ERROR for what is no entity of the client's schema */
export function entityOf({ schema }: AnyClient, reference: EntityReference): Named {
  const origin = originOf(reference)
  if (origin) return { name: origin.entity, primaryKey: origin.primaryKey }
  if (typeof reference === 'string') {
    for (const [name, { accessor, primaryKey }] of Object.entries(schema.entities)) {
      if (accessor === reference) return { name, primaryKey }
    }
    if (Object.hasOwn(schema.entities, reference)) {
      return { name: reference, primaryKey: schema.entities[reference]?.primaryKey ?? [] }
    }
  }
  throw invalid('entity', `${JSON.stringify(reference)} is not an entity of this schema`)
}

const resultsByClient = new WeakMap<AnyClient, Results>()

export function resultsOf(client: AnyClient): Results {
  const known = resultsByClient.get(client)
  if (known) return known
  const results = new Results(client)
  resultsByClient.set(client, results)
  return results
}
