/** How a client reaches its database, as its events tell. One listener a client, for as long as the client lives. */

import type { DBALError } from '../protocol/error.ts'
import type { Event, Persistence, Ready } from '../protocol/event.ts'
import { toDBALError } from './failure.ts'
import type { AnyClient } from './query-entry.ts'

type ConnectionEvent = Extract<Event, { readonly type: 'connection' }>
type StorageEvent = Extract<Event, { readonly type: 'storage' }>

export interface ConnectionState {
  /** `waiting`: another tab holds the database. `lost`: it is being reached again, or could not be opened. */
  readonly state: ConnectionEvent['state']
  /** Undefined until the database is open. */
  readonly persistence: Persistence | undefined
  /** Why a weaker storage is in use, or why one waits. */
  readonly reason: string | undefined
  /** Whether the browser may clear the storage, and how full it is; undefined until the browser has said. */
  readonly space: StorageEvent['space']
  /** What `client.ready` gave. */
  readonly ready: Ready | undefined
  /** Why the database could not be opened. */
  readonly error: DBALError | undefined
}

export const connecting: ConnectionState = {
  state: 'connecting',
  persistence: undefined,
  reason: undefined,
  space: undefined,
  ready: undefined,
  error: undefined,
}

export class ConnectionStore {
  #state = connecting
  readonly #listeners = new Set<() => void>()

  constructor(client: AnyClient) {
    client.on('connection', ({ state, reason }) => this.#put({ state, reason }))
    client.on('storage', ({ persistence, reason, space }) =>
      this.#put({ persistence, ...(reason !== undefined && { reason }), ...(space && { space }) }),
    )
    client.ready.then(
      (ready) => {
        // What has happened since is newer.
        const state =
          this.#state.state === 'closed' || this.#state.state === 'lost' ? {} : { state: 'connected' }
        this.#put({
          ...(state as { state?: 'connected' }),
          ready,
          persistence: ready.persistence,
          reason: ready.reason,
        })
      },
      (thrown: unknown) => this.#put({ state: 'lost', error: toDBALError(thrown) }),
    )
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  readonly getSnapshot = (): ConnectionState => this.#state

  #put(news: Partial<ConnectionState>): void {
    this.#state = { ...this.#state, ...news }
    for (const listener of [...this.#listeners]) listener()
  }
}

const storeByClient = new WeakMap<AnyClient, ConnectionStore>()

export function connectionOf(client: AnyClient): ConnectionStore {
  const known = storeByClient.get(client)
  if (known) return known
  const store = new ConnectionStore(client)
  storeByClient.set(client, store)
  return store
}
