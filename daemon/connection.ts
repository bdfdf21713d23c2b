/**
 * One socket's life: messages in, replies and notifications out. What must hold:
 *
 * - Messages are taken in their order; the replies leave as they are ready.
 * - Who calls is what a verified token says, and nothing else.
 * - A client that is lost may come back under its id: its writes are then known, and nothing of the lost connection can
 *   still be at work when the new one begins.
 * - Whatever comes is answered, or ends this connection and no other.
 */

import { DBALError, invalid } from '../src/protocol/error.ts'
import type { Event } from '../src/protocol/event.ts'
import type { Principal } from '../src/protocol/principal.ts'
import type { Frame, Reply } from '../src/protocol/request.ts'
import { unpackResult } from '../src/protocol/results.ts'
import { unpackRows } from '../src/protocol/rows.ts'
import {
  closeCodes,
  type SessionOpened,
  type SocketId,
  type SocketReply,
  type SocketRequest,
  toSocketError,
} from '../src/protocol/socket.ts'
import { protocolVersion } from '../src/protocol/version.ts'
import type { ServedCaller } from '../src/serve/serve-caller.ts'
import type { Budget, Guard } from './guard.ts'
import { Identities, type LetIn } from './identities.ts'
import { Outbox, type Wire } from './outbox.ts'
import { type ReadRequest, readMessage } from './read-message.ts'
import { readSessionOpen } from './session-open.ts'

/** The part of a WebSocket that is used. */
export interface Socket extends Wire {
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface ConnectionOptions {
  readonly socket: Socket
  /** Of the client, as far as it is known behind trusted proxies. */
  readonly address: string
  readonly letIn: LetIn
  readonly guard: Guard
  /** Version of the schema. */
  readonly version: number
  readonly maxFrameBytes: number
  readonly maxFrameRequests: number
  readonly publicAccess: boolean
  readonly signInWithinMs: number
  readonly stallMs: number
  /** Told of every request that was answered. */
  readonly onAnswer: (answered: Answered) => void
  /** Ends an earlier connection of the same client, and resolves when nothing of it is at work any more. */
  readonly takeOver: (clientId: string, connection: Connection) => Promise<void>
  readonly onStall: () => void
}

export interface Answered {
  readonly method: string
  /** 200, or that of the error. */
  readonly status: number
  readonly durationMs: number
}

/** A request on its way through the engine. */
interface Sent {
  readonly request: SocketRequest
  /** How many replies it is owed. */
  readonly times: number
  readonly startedAt: number
  /** Takes back what the guard has counted. */
  readonly settle: (reply: Reply) => void
}

/** A group of requests that waits for its turn. */
interface Group {
  readonly caller: ServedCaller
  readonly requests: readonly Sent[]
  readonly ack: number
}

/** Timers hold 31 bits of milliseconds. */
const longestTimer = 2 ** 31 - 1

/** As many requests of one message as run together, before their replies have to leave. */
const groupSize = 250
/** After so many groups their replies get a chance to leave: only then it is known whether they are read. */
const stride = 16
/** As many groups as may be at work: more than a client can have transactions waiting for each other. */
const mostRunning = 128

export class Connection {
  readonly #options: ConnectionOptions
  readonly #outbox: Outbox
  readonly #identities: Identities
  /** The client's word, once it has named itself. */
  #clientId: string | null = null
  #isPacked = false
  /** What its session was opened with. */
  #opened: string | null = null
  /** Of a client without a name, whose requests are numbered here. */
  #lastId = 0
  readonly #unanswered = new Map<number, Sent>()
  /** Of who has called last, where it is the daemon's own. */
  #allowed: { readonly principal: Principal; readonly budget: Budget | undefined } | null = null
  readonly #running = new Set<Promise<void>>()
  /** Numbers of live queries. */
  readonly #listening = new Set<unknown>()
  /** Messages that were not looked at yet: what came before them is in the way, or replies that are not read. */
  readonly #inbox: string[] = []
  /** Groups of the message that is being looked at. */
  readonly #backlog: Group[] = []
  /** The message that is being looked at has to wait for something. */
  #turn: Promise<void> | null = null
  /** A group of the message that is being looked at is at work; the next one of it comes after its replies. */
  #isAhead = false
  /** Groups since a reply has left, or since the last rest. */
  #strides = 0
  #isResting = false
  #isPaused = false
  #isEnded = false
  #isFinishing = false
  #lastHeard = performance.now()
  #expiry: ReturnType<typeof setTimeout> | undefined
  readonly #signInTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { socket, maxFrameBytes, stallMs } = options
    this.#outbox = new Outbox({
      wire: socket,
      maxFrameBytes,
      stallMs,
      onSent: () => {
        this.#strides = 0
      },
      onRelief: () => {
        this.#identities.resume()
        this.#proceed()
      },
      onStall: () => {
        options.onStall()
        socket.terminate()
      },
    })
    this.#identities = new Identities(options.letIn, {
      emit: (event) => this.#notify(event),
      isBusy: () => this.#outbox.isBusy,
    })
    if (!options.publicAccess) {
      this.#signInTimer = setTimeout(() => {
        if (!this.#identities.isSignedIn) this.close(closeCodes.notSignedIn, 'not signed in')
      }, options.signInWithinMs)
    }
  }

  /** Nothing is read from it now, pongs included. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Milliseconds since the last message, while nothing is at work and nobody listens to live queries; else 0. */
  idleMs(now: number): number {
    return this.#running.size > 0 || this.#listening.size > 0 ? 0 : now - this.#lastHeard
  }

  /** A text message. Never throws. */
  receive(text: string): void {
    if (this.#isEnded || (this.#isFinishing && !isOfTransactions(text, this.#options.maxFrameRequests)))
      return
    this.#lastHeard = performance.now()
    this.#inbox.push(text)
    this.#proceed()
  }

  /**
   * Ends the sessions, and resolves when nothing that was asked is at work any more.
   * @param isGoodbye the client will not come back for replies
   */
  async end({ isGoodbye = false }: { readonly isGoodbye?: boolean } = {}): Promise<void> {
    if (!this.#isEnded) {
      this.#isEnded = true
      clearTimeout(this.#signInTimer)
      clearTimeout(this.#expiry)
      this.#outbox.close()
      this.#inbox.length = 0
      this.#backlog.length = 0
      void this.#identities.close({ mayReturn: this.#clientId !== null && !isGoodbye })
    }
    await this.settled()
  }

  /**
   * Takes nothing more but what belongs to transactions that are open; resolves when everything that was taken is answered.
   * What it does not take is sent again by its client, to whom it connects next.
   */
  finish(): Promise<void> {
    this.#isFinishing = true
    return this.settled()
  }

  /** Resolves when everything that was taken so far is answered, or is held up by a client that does not read. */
  async settled(): Promise<void> {
    while (this.#turn !== null || this.#running.size > 0 || this.#isResting) {
      await this.#turn
      if (this.#isResting) await new Promise((resume) => setImmediate(resume))
      await Promise.all(this.#running)
    }
  }

  close(code: number, reason: string): void {
    this.#outbox.flush()
    this.#options.socket.close(code, reason)
  }

  /** Goes on with what waits, as far as it may, and reads on when nothing does. */
  #proceed(): void {
    while (!this.#isEnded && !this.#isHeldUp) {
      const group = this.#backlog.shift()
      const text = group ? undefined : this.#inbox.shift()
      if (group) {
        this.#run(group)
        if (++this.#strides >= stride) this.#rest()
      } else if (text !== undefined) this.#admit(text)
      else break
    }
    this.#steer()
  }

  #rest(): void {
    this.#strides = 0
    this.#isResting = true
    setImmediate(() => {
      this.#isResting = false
      this.#proceed()
    })
  }

  get #isHeldUp(): boolean {
    const { size } = this.#running
    if (this.#turn !== null || this.#isAhead || this.#isResting) return true
    return this.#outbox.isBusy || size >= mostRunning
  }

  #admit(text: string): void {
    const { requests } = readMessage(text, this.#options.maxFrameRequests)
    const isAsked = this.#options.guard.budget === null
    if (isAsked || requests.some((one) => 'request' in one && isSlow(one.request))) {
      this.#turn = this.#admitSlowly(requests).finally(() => {
        this.#turn = null
        this.#proceed()
      })
    } else this.#dispatch(() => this.#identities.main, requests)
  }

  async #admitSlowly(requests: readonly ReadRequest[]): Promise<void> {
    let alike: ReadRequest[] = []
    for (const one of requests) {
      if (this.#isEnded) return
      if (!('request' in one) || !isSlow(one.request)) {
        alike.push(one)
        continue
      }
      await this.#dispatchSlowly(() => this.#identities.main, alike)
      alike = []
      const { request, times } = one
      try {
        if (request.method.startsWith('session.')) await this.#ofSession(request, times)
        else await this.#withAuth(request, times)
      } catch (error) {
        this.#refuse(request.id, request.method, error as DBALError, times)
      }
    }
    await this.#dispatchSlowly(() => this.#identities.main, alike)
  }

  /** Asks first how many of them may be let through, where others have a say in that. */
  async #dispatchSlowly(callerOf: () => ServedCaller, requests: readonly ReadRequest[]): Promise<void> {
    const { guard, address } = this.#options
    const sound = requests.flatMap((one) => ('request' in one ? [one.request] : []))
    const budget =
      guard.budget || sound.length === 0 ? undefined : await guard.ask(sound, callerOf().principal, address)
    if (!this.#isEnded) this.#dispatch(callerOf, requests, budget)
  }

  async #withAuth(request: SocketRequest, times = 1): Promise<void> {
    const { token, userId } = request.auth as { token: string; userId: string }
    const caller = await this.#lookAt(token)
    const { principal } = caller
    if (principal.userId === null || principal.userId !== userId.toLowerCase())
      throw new DBALError('UNAUTHORIZED', 'This token is not valid', { reason: 'token' })
    await this.#dispatchSlowly(() => caller, [{ request, times }])
  }

  async #lookAt(token: string): Promise<ServedCaller> {
    const known = this.#identities.known(token)
    if (known) return known
    const { guard, address } = this.#options
    const failed = guard.admitToken(address)
    const caller = await this.#identities.of(token)
    if (caller.principal.userId === null) await failed()
    return caller
  }

  async #ofSession(request: SocketRequest, times = 1): Promise<void> {
    const { id, method } = request
    const startedAt = performance.now()
    let result: unknown = true
    if (method === 'session.open') result = await this.#open(request)
    else if (method === 'session.close') await this.#leave()
    else if (method !== 'session.ping') throw invalid('method', `${method.slice(0, 80)} is not an operation`)
    for (let sent = 0; sent < times; sent++) this.#outbox.send({ id, result } satisfies SocketReply, id)
    this.#options.onAnswer({ method, status: 200, durationMs: performance.now() - startedAt })
    // The reply to `session.close` is the last one.
    if (method === 'session.close') this.close(1000, 'closed')
  }

  async #open(request: SocketRequest): Promise<SessionOpened> {
    const { client, token, packed } = readSessionOpen(request.params)
    const { guard, address, version, maxFrameBytes } = this.#options
    const opened = { protocol: protocolVersion, version, maxFrameBytes }
    const asked = JSON.stringify([client, token, packed])
    // What arrives twice is answered twice, and done once.
    if (asked === this.#opened) return opened
    if (this.#identities.hasBegun) throw invalid('method', 'session.open comes first, and once')
    const failed = token === null ? null : guard.admitToken(address)
    this.#clientId = client
    this.#isPacked = packed
    await this.#options.takeOver(client, this)
    if (!this.#isEnded) await this.#identities.begin(client, token)
    if (!this.#identities.isSignedIn) await failed?.()
    this.#opened = asked
    return opened
  }

  /** The client says goodbye: its outcomes are of no use any more, and what was lost on its way here stays lost. */
  async #leave(): Promise<void> {
    for (const group of this.#backlog.splice(0)) this.#run(group)
    await Promise.all(this.#running)
    await this.#identities.close({ mayTrail: this.#clientId !== null })
  }

  /** @param callerOf who calls; asked only when there is a sound request */
  #dispatch(callerOf: () => ServedCaller, requests: readonly ReadRequest[], asked?: Budget): void {
    const sound: Sent[] = []
    let budget = asked
    const startedAt = performance.now()
    for (const one of requests) {
      if (!('request' in one)) {
        this.#refuse(one.id, 'unknown', one.error)
        continue
      }
      const { request, times = 1 } = one
      try {
        this.#requireNumber(request)
        const { publicAccess, address, guard } = this.#options
        const { principal } = callerOf()
        budget ??= this.#budgetOf(principal)
        const settle = guard.admit(request, principal, { address, publicAccess }, budget as Budget)
        sound.push({ request, times, startedAt, settle })
      } catch (error) {
        this.#refuse(request.id, request.method, error as DBALError, times)
      }
    }
    const ack = sound.find(({ request }) => request.ack !== undefined)?.request.ack ?? 0
    for (let at = 0; at < sound.length; at += groupSize) {
      const caller = callerOf()
      this.#identities.hold(caller)
      this.#backlog.push({ caller, requests: sound.slice(at, at + groupSize), ack })
    }
  }

  #budgetOf(principal: Principal): Budget | undefined {
    const { guard, address } = this.#options
    if (this.#allowed?.principal !== principal)
      this.#allowed = { principal, budget: guard.budget?.(principal, address) }
    return this.#allowed.budget
  }

  /** A client that has named itself numbers its requests, so that they can be known again. */
  #requireNumber({ id, ack }: SocketRequest): void {
    if (this.#clientId === null) return
    if (!(typeof id === 'number' && id > 0))
      throw invalid('id', 'must be a whole number from 1 after session.open')
    if (ack === undefined) throw invalid('ack', 'must be given after session.open')
  }

  #run({ caller, requests, ack }: Group): void {
    const sent = new Map<number, Sent>()
    const frame: { ack: number; requests: Frame['requests'][number][] } = { ack, requests: [] }
    for (const one of requests) {
      const { id: given, method, params, transaction } = one.request
      const id = this.#clientId === null ? ++this.#lastId : (given as number)
      sent.set(id, one)
      if (this.#clientId === null) this.#unanswered.set(id, one)
      frame.requests.push(
        transaction === undefined ? { id, method, params } : { id, method, params, transaction },
      )
    }
    if (this.#clientId === null) [frame.ack = 0] = this.#unanswered.keys()
    const replies = caller.exchange(frame)
    if (!(replies instanceof Promise)) {
      this.#answer(replies, sent)
      this.#identities.release(caller)
      return
    }
    const running = replies.then((answered) => this.#answer(answered, sent))
    this.#running.add(running)
    const isOneOfSeveral = this.#backlog.length > 0
    if (isOneOfSeveral) this.#isAhead = true
    void running.then(() => {
      this.#running.delete(running)
      this.#identities.release(caller)
      if (isOneOfSeveral) this.#isAhead = false
      this.#proceed()
    })
  }

  #answer(replies: readonly Reply[], sent: ReadonlyMap<number, Sent>): void {
    const now = performance.now()
    const answers: { id: SocketId; reply: SocketReply }[] = []
    for (const reply of replies) {
      const one = sent.get(reply.id)
      if (!one) continue
      this.#unanswered.delete(reply.id)
      one.settle(reply)
      const { id, method } = one.request
      const answer = this.#toSocket(id, one.request, reply)
      for (let owed = 0; owed < one.times; owed++) answers.push({ id, reply: answer })
      const status = 'error' in answer ? answer.error.code : 200
      if ('result' in answer) {
        this.#noteLive(one.request)
        this.#noteExpiry(one.request, answer.result)
      }
      this.#options.onAnswer({ method, status, durationMs: now - one.startedAt })
    }
    // One message for all is less work for both ends.
    if (this.#isPacked && answers.length > 1) this.#outbox.sendAll(answers)
    else for (const { id, reply } of answers) this.#outbox.send(reply, id)
  }

  #noteLive({ method, params }: SocketRequest): void {
    if (method === 'live.open') this.#listening.add(params[2])
    else if (method === 'live.close') this.#listening.delete(params[0])
  }

  /** Tells when the token that the connection has signed in with ends. */
  #noteExpiry({ method, auth }: SocketRequest, result: unknown): void {
    if (!method.startsWith('auth.') || auth !== undefined) return
    const { expiresAt } = (typeof result === 'object' && result) as { expiresAt?: string }
    if (expiresAt === undefined && method !== 'auth.logout') return
    clearTimeout(this.#expiry)
    if (expiresAt === undefined) return
    const left = Math.min(Math.max(Date.parse(expiresAt) - Date.now(), 0), longestTimer)
    this.#expiry = setTimeout(() => {
      if (!this.#isEnded) this.#notify({ type: 'session', state: 'ended', reason: 'expired' })
    }, left)
    this.#expiry.unref()
  }

  #toSocket(id: SocketId, { method, params }: SocketRequest, reply: Reply): SocketReply {
    if ('error' in reply) return { id, error: toSocketError(reply.error) }
    const { result } = reply
    return { id, result: this.#isPacked ? result : unpackResult({ method, params }, result) }
  }

  #refuse(id: SocketId | null, method: string, error: DBALError, times = 1): void {
    const reply = { id, error: toSocketError(error.toWire()) } satisfies SocketReply
    for (let sent = 0; sent < times; sent++) this.#outbox.send(reply, id ?? undefined)
    this.#options.onAnswer({ method, status: error.status, durationMs: 0 })
  }

  #notify(event: Event): void {
    this.#outbox.send({ event: this.#isPacked ? event : readable(event) })
  }

  /** Reads on, or not: a client whose requests wait or whose replies pile up is not listened to. */
  #steer(): void {
    if (this.#isEnded || this.#isHeldUp === this.#isPaused) return
    this.#isPaused = this.#isHeldUp
    if (this.#isPaused) this.#options.socket.pause()
    else this.#options.socket.resume()
  }
}

const isOfTransactions = (text: string, maxFrameRequests: number): boolean =>
  readMessage(text, maxFrameRequests).requests.every(
    (one) =>
      'request' in one && one.request.transaction !== undefined && one.request.method !== 'transaction.begin',
  )

const isSlow = ({ method, auth }: SocketRequest): boolean =>
  auth !== undefined || method.startsWith('session.')

/** An event with its rows as objects. */
function readable(event: Event): object {
  if (event.type !== 'live') return event
  if ('whole' in event) return { ...event, whole: unpackRows(event.whole) }
  const { change } = event
  return {
    ...event,
    change: { ...change, added: unpackRows(change.added), changed: unpackRows(change.changed) },
  }
}
