/** Requests and replies. A frame is what one tick of a caller sent; see docs/architecture.md. */

import type { WireError } from './error.ts'

/** Ascending and unique for its client; the engine applies a write at most once for each. */
export type RequestId = number

/**
 * One call. Entity methods carry the entity first: `['create', ['User', { … }]]`; the others (`audit.list`, `batch`, …)
 * carry their own parameters. The table of methods is `operations.ts`.
 */
export interface Request {
  readonly id: RequestId
  readonly method: string
  readonly params: readonly unknown[]
  /** The client's own number of the transaction that the call belongs to, from 1; absent outside of any. */
  readonly transaction?: number
}

export interface Frame {
  /** The lowest id whose reply the client still waits for; outcomes below it can be forgotten. */
  readonly ack: RequestId
  readonly requests: readonly Request[]
}

export type Reply =
  | { readonly id: RequestId; readonly result: unknown }
  | { readonly id: RequestId; readonly error: WireError }

/** A call inside `batch`: a request without an id. */
export interface BatchCall {
  readonly method: string
  readonly params: readonly unknown[]
}
