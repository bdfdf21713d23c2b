/**
 * The messages between a daemon and its clients: text frames of JSON, values as in wire-value.ts. The whole protocol, with
 * what a client in another language needs of it, is in docs/reference/protocol.md.
 */

import { DBALError, type WireError } from './error.ts'
import type { Event } from './event.ts'

/** Whatever the client likes; whole numbers from 1 for one that has named itself by `session.open`. */
export type SocketId = string | number

export interface SocketRequest {
  readonly id: SocketId
  readonly method: string
  readonly params: readonly unknown[]
  /** Who makes this one call, where it is not who the connection has signed in as. */
  readonly auth?: { readonly token: string; readonly userId: string }
  /** The client's own number of the transaction that the call belongs to. */
  readonly transaction?: number
  /** The lowest id whose reply a client that has named itself still waits for. */
  readonly ack?: number
}

/** `code` is the status of the table of errors, `details.name` the name. */
export interface SocketError {
  readonly code: number
  readonly message: string
  readonly details: object & { readonly name: string }
}

export type SocketReply =
  | { readonly id: SocketId; readonly result: unknown }
  | { readonly id: SocketId | null; readonly error: SocketError }
  /** A piece of the JSON text of a reply that is longer than a message may be; the last one has no `more`. */
  | { readonly id: SocketId; readonly part: number; readonly text: string; readonly more?: true }

/** A message without an id. */
export interface SocketNotification {
  readonly event: Event
}

/** First request of a client that wants its writes applied at most once over reconnections. */
export interface SessionOpen {
  /** 16 to 64 letters, digits, _ and -, made at random and kept secret: under it the replies to writes are recorded. */
  readonly client: string
  readonly token?: string
  /** Rows travel packed, and replies to an array of requests as an array. */
  readonly packed?: boolean
}

export interface SessionOpened {
  readonly protocol: number
  /** Version of the schema's last applied migration. */
  readonly version: number
  /** Longest message that the daemon takes, in bytes. */
  readonly maxFrameBytes: number
}

/** Close codes of our own; the others are those of RFC 6455. */
export const closeCodes = {
  /** It did not sign in in time, where nobody may act as `public`. */
  notSignedIn: 4001,
  /** The same client has connected again. */
  replaced: 4002,
  /** Nothing was asked for a long time. */
  idle: 4003,
} as const

export function toSocketError({ code, message, details }: WireError): SocketError {
  const { status } = DBALError.fromWire({ code, message })
  return { code: status, message, details: { ...(details as object | undefined), name: code } }
}

export function fromSocketError({ message, details: { name, ...details } }: SocketError): WireError {
  const code = name as WireError['code']
  return Object.keys(details).length > 0 ? { code, message, details } : { code, message }
}
