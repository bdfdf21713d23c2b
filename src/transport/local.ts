/**
 * The way to an engine in the same thread: tests, scripts, Node. Frames, replies and events still cross a structured clone,
 * so that what works here works over a port, and neither side holds an object of the other.
 */

import { DBALError } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { type Transport, TransportLost } from './transport.ts'

/** What the engine's session is to a transport. */
export interface LocalSession {
  exchange(frame: Frame): readonly Reply[] | Promise<readonly Reply[]>
  close?(): void | Promise<void>
}

export interface LocalHost {
  /** Makes a session; called again after a loss. */
  connect(emit: (event: Event) => void): LocalSession | Promise<LocalSession>
  /** What `client.ready` resolves to; `memory`, leader, version 0 when absent. */
  readonly ready?: Partial<Ready>
}

const defaultReady: Ready = { persistence: 'memory', role: 'leader', rung: 'local', version: 0 }

/**
 * @example
 * ```ts
 * const transport = new LocalTransport({ connect: (emit) => engine.connect({ principal, clientId: 'a', emit }) })
 * const client = new DBALClient({ transport })
 * ```
 */
export class LocalTransport implements Transport {
  readonly #host: LocalHost
  readonly #listeners = new Set<(event: Event) => void>()
  /** Counts sessions: what an earlier one still says is news to nobody. */
  #opened = 0
  #session: LocalSession | null = null
  #isClosed = false

  constructor(host: LocalHost) {
    this.#host = host
  }

  async open(): Promise<Ready> {
    await this.#leave()
    const own = ++this.#opened
    const session = await this.#host.connect((event) => {
      if (own === this.#opened) this.#emit(event)
    })
    this.#session = session
    if (this.#isClosed) {
      await this.#leave()
      throw new DBALError('DATABASE_ERROR', 'This transport was closed', { reason: 'closed' })
    }
    this.#emit({ type: 'connection', state: 'connected' })
    return { ...defaultReady, ...this.#host.ready }
  }

  async exchange(frame: Frame): Promise<readonly Reply[]> {
    const session = this.#session
    if (!session) throw new TransportLost('not connected')
    const replies = await session.exchange(structuredClone(frame))
    if (session !== this.#session) throw new TransportLost('the session has ended')
    return structuredClone(replies)
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#leave()
    this.#emit({ type: 'connection', state: 'closed' })
    this.#listeners.clear()
  }

  async #leave(): Promise<void> {
    const session = this.#session
    this.#session = null
    await session?.close?.()
  }

  #emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(structuredClone(event))
  }
}
