/**
 * The way to an engine behind a daemon's socket. A frame leaves as an array of requests, split where it would be longer
 * than the daemon takes; replies come by id. The protocol is in docs/reference/protocol.md.
 */

import { DBALError, invalid } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { Frame, Reply, Request, RequestId } from '../protocol/request.ts'
import {
  fromSocketError,
  type SessionOpened,
  type SocketError,
  type SocketId,
  type SocketNotification,
  type SocketReply,
} from '../protocol/socket.ts'
import { protocolVersion } from '../protocol/version.ts'
import { printWire, readWire } from '../protocol/wire-value.ts'
import { randomId } from './random-id.ts'
import { type Transport, TransportLost } from './transport.ts'
import { unavailable } from './unavailable.ts'

export interface WebSocketOptions {
  /** `ws://` or `wss://` */
  readonly endpoint: string
  /** Access token of who has signed in before; null for nobody. */
  readonly token: string | null
  /** Milliseconds that connecting may take. */
  readonly connectMs?: number
  /** After so many milliseconds without a message the daemon is asked whether it is there. */
  readonly silenceMs?: number
}

/** A frame that waits for the replies to its requests. */
interface Exchange {
  readonly replies: Reply[]
  readonly missing: Set<RequestId>
  resolve(replies: readonly Reply[]): void
  reject(reason: Error): void
}

type Incoming = SocketReply | SocketNotification

/** Not an id of a request: those are whole numbers from 1. */
const sessionId = 'session'
/** What may wait in the browser for the network before the next message is made. */
const mostBuffered = 1_048_576
const bufferLookMs = 20

export class WebSocketTransport implements Transport {
  readonly #options: Required<WebSocketOptions>
  /** Kept over reconnections: the outcomes of writes are recorded under it. */
  readonly #clientId = randomId()
  readonly #listeners = new Set<(event: Event) => void>()
  #token: string | null
  #line: Line | null = null
  /** Why there is no line. */
  #reason = 'not connected'
  #isClosed = false

  constructor(options: WebSocketOptions) {
    this.#options = { connectMs: 10_000, silenceMs: 25_000, ...options }
    this.#token = options.token
  }

  identify(token: string | null): void {
    this.#token = token
  }

  async open(): Promise<Ready> {
    if (this.#isClosed) throw closed()
    this.#emit({ type: 'connection', state: 'connecting' })
    const { endpoint, connectMs, silenceMs } = this.#options
    const line = new Line(endpoint, silenceMs, {
      onEvent: (event) => this.#emit(event),
      onLost: (reason) => {
        if (this.#line !== line) return
        this.#line = null
        this.#reason = reason
        this.#emit({ type: 'connection', state: 'lost', reason })
      },
    })
    const opened = await line
      .open(
        { client: this.#clientId, packed: true, ...(this.#token !== null && { token: this.#token }) },
        connectMs,
      )
      .catch((error: Error) => {
        this.#reason = error.message
        this.#emit({ type: 'connection', state: 'lost', reason: error.message })
        throw error
      })
    if (this.#isClosed) {
      line.end('closed')
      throw closed()
    }
    if (opened.protocol !== protocolVersion) {
      line.end('another version')
      throw unavailable(
        `The daemon speaks version ${opened.protocol} of the protocol, this client version ${protocolVersion}`,
        'protocol',
      )
    }
    this.#line = line
    this.#emit({ type: 'connection', state: 'connected' })
    return { persistence: 'remote', role: 'leader', rung: 'remote', version: opened.version }
  }

  async exchange(frame: Frame): Promise<readonly Reply[]> {
    const line = this.#line
    if (!line) throw new TransportLost('not connected')
    return line.exchange(frame)
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  offline(): DBALError | null {
    if (this.#line) return null
    const { endpoint } = this.#options
    return unavailable(`The daemon at ${endpoint} cannot be reached: ${this.#reason}`, 'offline')
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const line = this.#line
    this.#line = null
    await line?.leave()
    this.#emit({ type: 'connection', state: 'closed' })
    this.#listeners.clear()
  }

  #emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event)
  }
}

interface LineEars {
  readonly onEvent: (event: Event) => void
  readonly onLost: (reason: string) => void
}

/** One socket, from its connecting to its end. */
class Line {
  readonly #socket: WebSocket
  readonly #ears: LineEars
  readonly #silenceMs: number
  readonly #exchanges = new Map<RequestId, Exchange>()
  /** Pieces of long replies. */
  readonly #parts = new Map<SocketId, string[]>()
  /** The one call of the session's own that is under way. */
  #asked: { resolve(result: unknown): void; reject(error: Error): void } | null = null
  #maxBytes = mostBuffered
  /** Messages that wait for the network. */
  readonly #outgoing: string[] = []
  #pumping = false
  #lost: TransportLost | null = null
  #alarm: ReturnType<typeof setTimeout> | undefined

  constructor(endpoint: string, silenceMs: number, ears: LineEars) {
    if (typeof WebSocket === 'undefined')
      throw unavailable('There is no WebSocket here; in Node it comes with version 22', 'no WebSocket')
    this.#ears = ears
    this.#silenceMs = silenceMs
    this.#socket = new WebSocket(endpoint)
    this.#socket.onclose = ({ code, reason }) => this.end(reason || `the socket was closed (${code})`)
    this.#socket.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data)
  }

  /** @throws TransportLost when the daemon does not answer; DBALError when it refuses */
  async open(params: object, withinMs: number): Promise<SessionOpened> {
    const timer = setTimeout(() => this.end('the daemon does not answer'), withinMs)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#asked = { resolve: () => resolve(), reject }
        this.#socket.onopen = () => resolve()
      })
      const opened = (await this.#ask('session.open', [params])) as SessionOpened
      this.#maxBytes = opened.maxFrameBytes
      return opened
    } catch (error) {
      this.end('refused')
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async exchange({ ack, requests }: Frame): Promise<readonly Reply[]> {
    if (this.#lost) throw this.#lost
    const replies: Reply[] = []
    const messages = this.#messagesOf(requests, ack, replies)
    const missing = new Set(messages.flatMap(({ ids }) => ids))
    if (missing.size === 0) return replies
    const answered = new Promise<readonly Reply[]>((resolve, reject) => {
      const exchange: Exchange = { replies, missing, resolve, reject }
      for (const id of missing) this.#exchanges.set(id, exchange)
    })
    for (const { text } of messages) this.#outgoing.push(text)
    this.#pump()
    return answered
  }

  /** No more waits in the browser than the network takes soon; the order is that of the calls. */
  #pump(): void {
    while (!this.#lost && !this.#pumping && this.#outgoing.length > 0) {
      if (this.#socket.bufferedAmount > mostBuffered) {
        this.#pumping = true
        setTimeout(() => {
          this.#pumping = false
          this.#pump()
        }, bufferLookMs)
      } else this.#socket.send(this.#outgoing.shift() as string)
    }
  }

  /** Says goodbye, so that the daemon forgets what it kept for this client. */
  async leave(): Promise<void> {
    try {
      await this.#ask('session.close', [])
    } catch {
      // Lost meanwhile, which ends it too.
    }
    this.end('closed')
  }

  /** Everything that waits is lost; safe to call twice. */
  end(reason: string): void {
    if (this.#lost) return
    this.#lost = new TransportLost(reason)
    clearTimeout(this.#alarm)
    this.#socket.onmessage = null
    this.#socket.onclose = null
    this.#socket.close()
    this.#asked?.reject(this.#lost)
    for (const { reject } of this.#exchanges.values()) reject(this.#lost)
    this.#exchanges.clear()
    this.#ears.onLost(reason)
  }

  #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      this.#asked = { resolve, reject }
      this.#socket.send(printWire({ id: sessionId, method, params }))
      this.#expectWord()
    })
  }

  /** Requests as messages that the daemon takes. One that is too long by itself is answered here. */
  #messagesOf(requests: readonly Request[], ack: RequestId, replies: Reply[]) {
    const messages: { ids: RequestId[]; text: string }[] = []
    let ids: RequestId[] = []
    let texts: string[] = []
    let bytes = 2
    const flush = () => {
      if (ids.length > 0) messages.push({ ids, text: `[${texts.join()}]` })
      ids = []
      texts = []
      bytes = 2
    }
    for (const request of requests) {
      const text = printWire({ ...request, ack })
      const size = byteLength(text) + 1
      if (size + 2 > this.#maxBytes) {
        const message = `takes ${size} bytes; ${this.#maxBytes} is the most that the daemon takes`
        replies.push({ id: request.id, error: invalid('', message).toWire() })
        continue
      }
      if (bytes + size > this.#maxBytes) flush()
      ids.push(request.id)
      texts.push(text)
      bytes += size
    }
    flush()
    return messages
  }

  #hear(data: unknown): void {
    this.#expectWord()
    try {
      const message = JSON.parse(String(data)) as Incoming | readonly Incoming[]
      if (Array.isArray(message)) for (const one of message) this.#take(one as Incoming)
      else this.#take(message as Incoming)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.end('the daemon does not speak the protocol')
    }
  }

  #take(message: Incoming): void {
    if ('event' in message) this.#ears.onEvent(readWire(message.event) as Event)
    else if ('part' in message) {
      const parts = this.#parts.get(message.id) ?? []
      parts.push(message.text)
      this.#parts.set(message.id, parts)
      if (message.more) return
      this.#parts.delete(message.id)
      this.#take(JSON.parse(parts.join('')) as Incoming)
    } else if (typeof message.id === 'number') this.#answer(replyOf(message.id, message))
    else if (message.id === sessionId) this.#answerSession(message)
  }

  #answer(reply: Reply): void {
    const exchange = this.#exchanges.get(reply.id)
    if (!exchange) return
    this.#exchanges.delete(reply.id)
    exchange.replies.push(reply)
    exchange.missing.delete(reply.id)
    if (exchange.missing.size === 0) exchange.resolve(exchange.replies)
  }

  #answerSession(message: { result?: unknown; error?: SocketError }): void {
    const asked = this.#asked
    this.#asked = null
    if (message.error) asked?.reject(DBALError.fromWire(fromSocketError(message.error)))
    else asked?.resolve(message.result)
  }

  /** A browser does not tell when the other end is gone: after a while of silence it is asked, and then given up. */
  #expectWord(): void {
    clearTimeout(this.#alarm)
    this.#alarm = setTimeout(() => {
      this.#alarm = setTimeout(() => this.end('the daemon is silent'), this.#silenceMs)
      if (this.#socket.readyState === 1)
        this.#socket.send(printWire({ id: sessionId, method: 'session.ping', params: [] }))
    }, this.#silenceMs)
    if (typeof this.#alarm === 'object') this.#alarm.unref()
  }
}

function replyOf(id: RequestId, message: SocketReply): Reply {
  if ('error' in message) return { id, error: fromSocketError(message.error) }
  return { id, result: readWire((message as { result: unknown }).result) }
}

const encoder = new TextEncoder()
const byteLength = (text: string): number =>
  // Most texts are far from the limit, however their characters are written.
  text.length < 1_000 ? text.length * 3 : encoder.encode(text).length

const closed = (): DBALError => unavailable('This client was closed; make a new one', 'closed')
