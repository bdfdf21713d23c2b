/** One caller's line to the engine: who it is, what it was told, what it is waiting for. */

import { DBALError } from '../protocol/error.ts'
import type { Event } from '../protocol/event.ts'
import { type Principal, publicPrincipal, type Role } from '../protocol/principal.ts'
import type { Frame, Reply, RequestId } from '../protocol/request.ts'
import type { CallerPort } from './call.ts'
import { type Outcomes, ownerOf } from './outcomes.ts'
import { RequestOrder } from './request-order.ts'
import type { Soon } from './soon.ts'

interface SessionOptions {
  readonly principal: Principal
  readonly clientId: string
  readonly emit: (event: Event) => void
  readonly isBusy?: (() => boolean) | undefined
}

export interface Farewell {
  /** The client was lost and may come back under its id: the replies to its writes are kept for it. Default false. */
  readonly mayReturn?: boolean
  /** Something of it may still be on its way, by a line that was cut: it is not run any more. Default false. */
  readonly mayTrail?: boolean
}

interface EngineSide {
  /** The recorded replies of a client as this owner, one object for all sessions that it has open. */
  readonly outcomesOf: (clientId: string, owner: string) => Outcomes
  readonly exchange: (frame: Frame) => Soon<readonly Reply[]>
  /** Resolves when what was kept for the client is gone, or marked as done with. */
  readonly leave: (farewell: Farewell) => Promise<void>
  readonly resume: () => Promise<void>
  /** The caller is another, or of another role. */
  readonly changed: () => void
}

export class Session implements CallerPort {
  readonly clientId: string
  readonly #emit: (event: Event) => void
  readonly #isBusy: () => boolean
  readonly #engine: EngineSide
  readonly #inFlight = new Map<RequestId, Promise<Reply>>()
  #principal: Principal
  #outcomes: Outcomes
  /** Those of earlier callers of this session, to be forgotten with it. */
  readonly #earlier = new Map<string, Outcomes>()
  /** Of the token that the caller signed in with, epoch milliseconds; null when the host has said who it is. */
  #expiresAt: number | null = null
  #closed = false
  readonly order = new RequestOrder()

  constructor(options: SessionOptions, engine: EngineSide) {
    this.#principal = options.principal
    this.clientId = options.clientId
    this.#outcomes = engine.outcomesOf(options.clientId, ownerOf(options.principal))
    this.#emit = options.emit
    this.#isBusy = options.isBusy ?? (() => false)
    this.#engine = engine
  }

  /**
   * A reply for each request, in no promised order.
   * @throws DBALError DATABASE_ERROR when the session or the database is closed
   */
  exchange(frame: Frame): Soon<readonly Reply[]> {
    if (this.#closed) throw new DBALError('DATABASE_ERROR', 'The session is closed', { reason: 'closed' })
    return this.order.exchange(() => this.#engine.exchange(frame))
  }

  get principal(): Principal {
    return this.#principal
  }

  /** The recorded replies of the caller as it is now: whoever comes with its client id as somebody else gets none of them. */
  get outcomes(): Outcomes {
    return this.#outcomes
  }

  get allOutcomes(): readonly Outcomes[] {
    return [this.#outcomes, ...this.#earlier.values()]
  }

  /** Those of this owner, if the session has spoken for it. */
  outcomesOf(owner: string): Outcomes | undefined {
    return owner === ownerOf(this.#principal) ? this.#outcomes : this.#earlier.get(owner)
  }

  /** Whether the caller is who a token says, and not who the host said. */
  get isSignedIn(): boolean {
    return this.#expiresAt !== null
  }

  become(principal: Principal, expiresAt: number | null): void {
    const [before, after] = [ownerOf(this.#principal), ownerOf(principal)]
    if (before !== after) {
      const own = this.#earlier.get(after) ?? this.#engine.outcomesOf(this.clientId, after)
      this.#earlier.delete(after)
      this.#earlier.set(before, this.#outcomes)
      this.#outcomes = own
    }
    this.#principal = principal
    this.#expiresAt = expiresAt
    this.#engine.changed()
  }

  /** The same user, of another name or role. */
  rename(user: { readonly role: Role; readonly username: string; readonly email: string }): void {
    const { role, username, email } = user
    const before = this.#principal
    if (role === before.role && username === before.username && email === before.email) return
    this.become({ ...before, role, username, email }, this.#expiresAt)
  }

  /** The token is worth nothing any more: what the client asks is refused until it signs in again. */
  revoke(reason: 'expired' | 'revoked' = 'revoked'): void {
    this.become(publicPrincipal, 0)
    this.emit({ type: 'session', state: 'ended', reason })
  }

  hasLapsed(nowMs: number): boolean {
    return this.#expiresAt !== null && nowMs >= this.#expiresAt
  }

  requireValid(nowMs: number): void {
    if (this.hasLapsed(nowMs)) {
      throw new DBALError('UNAUTHORIZED', 'The session has ended; sign in again', { reason: 'expired' })
    }
  }

  /** Signs in with a token before the first call. One that is not valid leaves the session refusing. */
  async present(token: string): Promise<void> {
    const requests = [{ id: 0, method: 'auth.resume', params: [{ token }] }]
    const [reply] = await this.exchange({ ack: 0, requests })
    if (!reply || 'error' in reply) this.revoke()
  }

  get isBusy(): boolean {
    return this.#isBusy()
  }

  /** The caller can take more again: it is sent what it missed of its live queries, each as one change. */
  resume(): Promise<void> {
    return this.#engine.resume()
  }

  emit(event: Event): void {
    if (!this.#closed) this.#emit(event)
  }

  /** A request that comes again while its first sending is still at work waits for the same reply. */
  running(id: RequestId): Promise<Reply> | undefined {
    return this.#inFlight.get(id)
  }

  /** Takes note of requests that are at work, until they are answered. */
  await(ids: readonly RequestId[], replies: Promise<readonly Reply[]>): void {
    for (const id of ids) {
      const reply = replies.then((all) => all.find((one) => one.id === id) as Reply)
      // Who sent it first hears of the failure in any case.
      reply.catch(() => {})
      this.#inFlight.set(id, reply)
    }
    const forget = () => {
      for (const id of ids) this.#inFlight.delete(id)
    }
    replies.then(forget, forget)
  }

  /** Ends its live queries and transactions at once, and resolves when its replies are forgotten. Safe to call twice; never rejects. */
  async close(farewell: Farewell = {}): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#engine.leave(farewell)
  }
}
