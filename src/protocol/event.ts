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

/** Where the rows of a change stand: removed ones in the list before, the others in the list after. */
export interface LivePlaces {
  readonly removed: readonly number[]
  readonly added: readonly number[]
  readonly changed: readonly number[]
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
  /** The token that the caller signed in with is worth nothing any more: calls are UNAUTHORIZED until the next sign-in. */
  | { readonly type: 'session'; readonly state: 'ended'; readonly reason: 'expired' | 'revoked' }
  /** The whole result of a live query, in order: the first event, and again when its fields are others. */
  | {
      readonly type: 'live'
      readonly subscription: number
      readonly whole: PackedRows
      /** The fields that make up a row's id; none where rows are told apart by all that they hold. */
      readonly key: readonly string[]
    }
  /** What has changed in it: to the list before, take out what is removed or moved, put in what is added or moved. */
  | {
      readonly type: 'live'
      readonly subscription: number
      readonly change: LiveChange
      readonly places: LivePlaces
    }
  /** Ends the subscription. */
  | { readonly type: 'liveError'; readonly subscription: number; readonly error: WireError }
