/** One caller's line to the engine: who it is, what it was told, what it is waiting for. */

import { DBALError } from '../protocol/error.ts'
import type { Event } from '../protocol/event.ts'
import type { Principal } from '../protocol/principal.ts'
import type { Frame, Reply, RequestId } from '../protocol/request.ts'
import type { CallerPort } from './call.ts'
import { Outcomes } from './outcomes.ts'
import type { Soon } from './soon.ts'

interface SessionOptions {
  readonly principal: Principal
  readonly clientId: string
  readonly emit: (event: Event) => void
}

interface EngineSide {
  readonly exchange: (frame: Frame) => Soon<readonly Reply[]>
  readonly leave: () => void
}

export class Session implements CallerPort {
  readonly principal: Principal
  readonly clientId: string
  readonly outcomes: Outcomes
  readonly #emit: (event: Event) => void
  readonly #engine: EngineSide
  readonly #inFlight = new Map<RequestId, Promise<Reply>>()
  #closed = false

  constructor(options: SessionOptions, engine: EngineSide) {
    this.principal = options.principal
    this.clientId = options.clientId
    this.outcomes = new Outcomes(options.clientId)
    this.#emit = options.emit
    this.#engine = engine
  }

  /** A reply for each request, in no promised order. */
  async exchange(frame: Frame): Promise<readonly Reply[]> {
    if (this.#closed) throw new DBALError('DATABASE_ERROR', 'The session is closed', { reason: 'closed' })
    return this.#engine.exchange(frame)
  }

  emit(event: Event): void {
    if (!this.#closed) this.#emit(event)
  }

  /** A request that comes again while its first sending is still at work waits for the same reply. */
  once(id: RequestId, run: () => Promise<Reply>): Promise<Reply> {
    const running = this.#inFlight.get(id)
    if (running) return running
    const reply = run().finally(() => this.#inFlight.delete(id))
    this.#inFlight.set(id, reply)
    return reply
  }

  /** Ends its live queries and forgets its outcomes: the client will not come back under this id. Safe to call twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#engine.leave()
  }
}
