/** What a host tells a caller without being asked. */

import type { WireError } from './error.ts'
import type { PackedRows } from './rows.ts'

export type Persistence = 'opfs' | 'indexeddb' | 'memory' | 'remote'

/** What `client.ready` resolves to. */
export interface Ready {
  readonly persistence: Persistence
  /** Why a weaker storage is in use; absent when the best one is. */
  readonly reason?: string
  readonly role: 'leader' | 'follower'
  /** How the worker was reached: its file, a shim for another origin, the inline copy; `local` and `remote` have no worker. */
  readonly rung: 'asset' | 'shim' | 'inline' | 'local' | 'remote'
  /** Version of the schema's last applied migration; 0 without migrations. */
  readonly version: number
}

export interface LiveChange {
  readonly added: PackedRows
  readonly removed: readonly unknown[]
  readonly changed: PackedRows
  readonly moved: readonly { readonly id: unknown; readonly from: number; readonly to: number }[]
}

export type Event =
  | {
      readonly type: 'storage'
      readonly persistence: Persistence
      readonly reason?: string
      /** Sent once the browser has answered. Without `isPersisted` it may clear the storage when space is short. */
      readonly space?: {
        readonly isPersisted: boolean
        readonly usedBytes: number
        readonly quotaBytes: number
      }
    }
  | {
      readonly type: 'connection'
      readonly state: 'connecting' | 'waiting' | 'connected' | 'lost' | 'closed'
      readonly reason?: string
    }
  | {
      readonly type: 'migration'
      readonly version: number
      readonly name: string
      readonly state: 'started' | 'applied' | 'failed'
      readonly done: number
      readonly total: number
    }
  | {
      readonly type: 'slowQuery'
      readonly entity?: string
      readonly operation: string
      readonly durationMs: number
    }
  | { readonly type: 'error'; readonly error: WireError }
  /**
   * A live query's new state. `order` lists the ids of the whole result in order, so that the client can place the rows
   * it holds; `error` ends the subscription.
   */
  | {
      readonly type: 'live'
      readonly subscription: number
      readonly change: LiveChange
      readonly order: readonly unknown[]
    }
  | { readonly type: 'liveError'; readonly subscription: number; readonly error: WireError }
