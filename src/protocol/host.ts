/**
 * Messages between a page and the worker that it made. The page is trusted to say who is signed in; everything else is
 * checked by the worker as any other input, so most of it is `unknown` here. Ports are typed by the ends: this room knows
 * no DOM.
 */

import type { WireError } from './error.ts'
import type { Event, Persistence } from './event.ts'
import type { Frame, Reply } from './request.ts'

/** The worker's first word, as soon as its script runs. A worker that never says it could not be loaded. */
export interface Hello {
  readonly dbal: 'hello'
  readonly protocol: number
  /**
   * A Web Lock that the worker holds for life: when the page is granted it, the worker has ended. No browser tells it
   * otherwise. Absent where there are no locks.
   */
  readonly lifeLock?: string
}

/** An event on a port, one way; other messages on the same port carry no `event`. */
export interface EventMessage {
  readonly event: Event
}

/** Errors travel as values: Comlink's own transfer would drop `code` and `details`. */
export type Outcome<T> = { readonly ok: T } | { readonly error: WireError }

/** Where sqlite3.wasm is. */
export type WasmSource = { readonly url: string } | { readonly bytes: ArrayBuffer }

/**
 * `missing`: the address answers with something that is not the file. `blocked`: a Content Security Policy forbids
 * WebAssembly, whichever way it comes. `broken`: the bytes do not compile.
 */
export type Loaded =
  | { readonly ok: true }
  | { readonly failure: 'missing' | 'blocked' | 'broken'; readonly message: string }

/** What a page asks its worker to open. */
export interface HostConfig {
  /** Null: read from the file, or from what stands under the name. */
  readonly schema: unknown
  readonly rules?: unknown
  readonly migrations?: unknown
  readonly database: {
    readonly name: string
    readonly durability: 'strict' | 'relaxed'
    /** `preferred` steps down and says so, `required` fails instead, `memory` never touches the disk. */
    readonly persistence: 'preferred' | 'required' | 'memory'
  }
  readonly security: {
    readonly sandbox: 'strict' | 'permissive' | 'disabled'
    readonly auditLog: boolean
    /** Takes SQL text from supergods; not with `strict`. */
    readonly rawSql: boolean
  }
  readonly limits?: unknown
  /** An SQLite file whose copy is opened; the schema is then read from it. */
  readonly file?: Uint8Array | undefined
}

export interface Opened {
  readonly persistence: Persistence
  /** Why a weaker storage is in use. */
  readonly reason?: string
  /** Version of the schema's last applied migration. */
  readonly version: number
}

/** The one flat object on the worker's own port. */
export interface HostPort {
  load(wasm: WasmSource): Promise<Loaded>
  open(config: HostConfig): Promise<Outcome<Opened>>
  /** Gives a client a port of its own. `identity` is who the page says is signed in, null for `public`. */
  connect(identity: unknown, clientId: string, port: unknown): Promise<Outcome<null>>
  /** Checkpoints and closes the files; the page ends the worker after it. */
  close(): Promise<Outcome<null>>
}

/**
 * On a client's own port. These messages are plain and few, because every call of an app is two of them and because the
 * worker takes the port's other end for hostile: there is nothing here to reach but one session.
 */
export type CallerMessage =
  | { readonly exchange: number; readonly frame: Frame }
  /** Ends the client's session; its open transactions are rolled back. */
  | { readonly leave: true }

export type SessionMessage =
  /** Answers the message with that number. */
  { readonly exchange: number; readonly replies: readonly Reply[] } | { readonly left: true } | EventMessage
