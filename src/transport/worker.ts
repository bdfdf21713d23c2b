/** The way to an engine in a worker of this page, over a port of the client's own. */

import type { DBALError } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { HostConfig } from '../protocol/host.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import type { OpenConfig } from './open-config.ts'
import { randomId } from './random-id.ts'
import { type Transport, TransportLost } from './transport.ts'
import { unavailable } from './unavailable.ts'
import { type HostClient, joinHost, type WorkerHost } from './worker-registry.ts'
import type { Caller } from './worker-running.ts'

export class WorkerTransport implements Transport {
  readonly #config: OpenConfig
  /** Kept over reconnections: the outcomes of writes are recorded under it. */
  readonly #clientId = randomId()
  readonly #listeners = new Set<(event: Event) => void>()
  readonly #asClient: HostClient = { onEvent: (event) => this.#onHostEvent(event) }
  #host: WorkerHost | null = null
  #caller: Caller | null = null
  #isClosed = false

  /** Who the page says is signed in, or the token of who has signed in since. */
  #identity: OpenConfig['auth']

  constructor(config: OpenConfig) {
    this.#config = config
    this.#identity = config.auth
  }

  identify(token: string | null): void {
    this.#identity = token === null ? null : { token }
  }

  async open(): Promise<Ready> {
    if (this.#isClosed) throw closed()
    this.#emit({ type: 'connection', state: 'connecting' })
    this.#host ??= joinHost(hostRequestOf(this.#config), this.#asClient)
    const worker = await this.#host.lead()
    const caller = await worker.connect(this.#identity, this.#clientId, (event) => this.#emit(event))
    if (this.#isClosed) {
      await caller.close()
      throw closed()
    }
    this.#caller = caller
    const { persistence, reason, version } = worker.opened
    this.#emit({ type: 'connection', state: 'connected' })
    return { persistence, ...(reason && { reason }), role: 'leader', rung: worker.rung, version }
  }

  async exchange(frame: Frame): Promise<readonly Reply[]> {
    const caller = this.#caller
    if (!caller) throw new TransportLost('not connected')
    return caller.exchange(frame)
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const caller = this.#caller
    this.#caller = null
    try {
      await caller?.close()
    } catch (error) {
      // A worker that is gone has no session to end.
      if (!(error instanceof TransportLost)) throw error
    } finally {
      await this.#host?.leave(this.#asClient)
      this.#emit({ type: 'connection', state: 'closed' })
      this.#listeners.clear()
    }
  }

  #onHostEvent(event: Event): void {
    if (event.type === 'connection' && event.state !== 'waiting') this.#caller = null
    this.#emit(event)
  }

  #emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}

function hostRequestOf({
  auth: _,
  endpoint: _none,
  timeoutMs,
  limits,
  database: { worker, ...database },
  ...config
}: OpenConfig) {
  const host: HostConfig = { ...config, database, limits: { ...limits, queryTimeoutMs: timeoutMs } }
  return { config: host, worker, timeoutMs }
}

const closed = (): DBALError => unavailable('This client was closed; make a new one', 'closed')
