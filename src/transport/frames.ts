/**
 * Between the calls of a client and a transport. What must hold:
 *
 * - Every call settles exactly once: with its own reply, at its deadline, or when the connection ends for good.
 * - Calls made in one tick leave as one frame, in the order in which they were made, with ascending ids.
 * - A call is either waiting to be sent or sent and unanswered. A loss moves the second kind back among the first, and they
 *   leave again with their ids: the engine applies a write at most once for an id, and a read may simply run again.
 * - The calls of one transaction leave in frames of their own: a frame is answered as a whole, and theirs must not wait
 *   for calls that wait for the end of that transaction. After a loss only its first and its last call leave again.
 * - No more than `maxFrameRequests` calls are unanswered at a time; further ones wait here, not in the host.
 */

import { DBALError } from '../protocol/error.ts'
import type { Ready } from '../protocol/event.ts'
import { defaultLimits } from '../protocol/limits.ts'
import type { Reply, Request, RequestId } from '../protocol/request.ts'
import { type Transport, TransportLost } from './transport.ts'

export interface FramesOptions {
  /** Milliseconds a call may take from the moment it is made, waiting and every try included. */
  readonly timeoutMs: number
  /** Whether a call that stopped at the engine's deadline may be tried again. */
  readonly isRead: (request: Request) => boolean
  readonly maxFrameRequests?: number
  /** Tries of a call that ends with a retryable error; 3 when absent. */
  readonly tries?: number
  /** Called after each reconnection, before anything is sent: for state that the lost session held. */
  readonly onReopen?: () => void
  /** Called when the connection has ended for good without being closed: the first open was refused, or a later one. */
  readonly onEnd?: (reason: DBALError) => void
  /** From 0 to 1, for jitter. */
  readonly random?: () => number
}

interface Call {
  readonly request: Request
  readonly deadline: number
  readonly resolve: (result: unknown) => void
  readonly reject: (error: DBALError) => void
  tries: number
}

const firstPauseMs = 100
const longestPauseMs = 5_000

export class Frames {
  readonly #transport: Transport
  readonly #options: FramesOptions
  readonly #maxFrameRequests: number
  readonly #maxTries: number

  #nextId: RequestId = 1
  /** Unsettled calls in the order of their ids: its first key is the frame's `ack`. */
  readonly #unsettled = new Map<RequestId, Call>()
  /** To be sent. A call that rests between two tries is unsettled and in neither collection. */
  #waiting = new Map<RequestId, Call>()
  readonly #sent = new Map<RequestId, Call>()
  /** To be sent, of transactions. */
  readonly #inside = new Map<RequestId, Call>()

  /** Counts connections: a failure of an earlier one says nothing about the present one. */
  #connection = 0
  /** Times that connecting was tried since the last reply. */
  #attempts = 0
  #isOpen = false
  #flushIsDue = false
  /** Why no call is taken any more. */
  #ended: DBALError | null = null
  #closing: Promise<void> | null = null
  #drained: (() => void) | null = null
  /** Holds a Node process while a call is unsettled: its caller is to hear what became of it. */
  #alarm: Timer | undefined
  #opening: Timer | undefined
  #removeListener: () => void = () => {}

  constructor(transport: Transport, options: FramesOptions) {
    this.#transport = transport
    this.#options = options
    this.#maxFrameRequests = options.maxFrameRequests ?? defaultLimits.maxFrameRequests
    this.#maxTries = options.tries ?? 3
  }

  /**
   * Connects. Calls may be made before it resolves; they wait.
   * @throws DBALError when the host refuses or cannot be reached; every call then rejects with it. Where the transport tells
   * that it is offline it goes on trying, also after this has rejected.
   */
  open(): Promise<Ready> {
    this.#removeListener = this.#transport.listen((event) => {
      if (event.type === 'connection' && event.state === 'lost' && this.#isOpen) this.#lost()
    })
    const opened = this.#connect()
    return this.#transport.offline ? this.#orOffline(opened) : opened
  }

  /**
   * Makes a call and resolves with its result.
   * @param transaction the number of the transaction that it belongs to
   * @throws DBALError the engine's, TIMEOUT, or DATABASE_ERROR after the end of the connection
   */
  call(method: string, params: readonly unknown[], transaction?: number): Promise<unknown> {
    const ended = this.#closing ? closed() : this.#ended
    if (ended) return Promise.reject(ended)
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      const request: Request =
        transaction === undefined ? { id, method, params } : { id, method, params, transaction }
      const call = { request, deadline: now() + this.#options.timeoutMs, resolve, reject, tries: 1 }
      this.#unsettled.set(request.id, call)
      if (transaction === undefined) this.#waiting.set(id, call)
      else this.#inside.set(id, call)
      if (this.#alarm) hold(this.#alarm, true)
      else this.#watchDeadlines()
      this.#flushSoon()
    })
  }

  get isEnded(): boolean {
    return this.#ended !== null || this.#closing !== null
  }

  /** Takes no further call, waits until those made are settled, then ends the connection. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#drain().then(() => {
      this.#end(closed())
      return this.#transport.close()
    })
    return this.#closing
  }

  #drain(): Promise<void> {
    return this.#unsettled.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => (this.#drained = resolve))
  }

  /** Tries until the transport is open, or says for good that it will not. */
  async #connect(): Promise<Ready> {
    // The first try comes at once; a host that breaks down with every frame is not asked in a tight loop.
    if (this.#attempts++ > 0) await this.#rest()
    while (!this.#ended) {
      try {
        return this.#opened(await this.#transport.open())
      } catch (error) {
        // A first open that is refused tells the caller why; a lost one comes back when what it depends on does.
        const mayReturn = error instanceof TransportLost || (this.#connection > 0 && isRetryable(error))
        if (!mayReturn) this.#end(asDBALError(error))
        else {
          this.#attempts++
          await this.#rest()
        }
      }
    }
    throw this.#ended
  }

  #orOffline(opened: Promise<Ready>): Promise<Ready> {
    return new Promise((resolve, reject) => {
      this.#opening = setTimeout(() => reject(this.#deadlineError()), this.#options.timeoutMs)
      opened.then(resolve, reject).finally(() => clearTimeout(this.#opening))
    })
  }

  #rest(): Promise<void> {
    return new Promise((resume) => later(resume, this.#pause(this.#attempts - 1)))
  }

  #opened(ready: Ready): Ready {
    if (this.#ended) return ready
    this.#isOpen = true
    if (this.#connection++ > 0) this.#options.onReopen?.()
    this.#flushSoon()
    return ready
  }

  #lost(): void {
    this.#isOpen = false
    const again = [...this.#sent]
    this.#sent.clear()
    this.#waiting = new Map([...again.filter(isOutside), ...this.#waiting])
    const inside = [...again.filter((entry) => !isOutside(entry)), ...this.#inside]
    this.#inside.clear()
    for (const [id, call] of inside) {
      if (mayLeaveAgain(call.request)) this.#inside.set(id, call)
      else this.#settle(id, transactionLost())
    }
    this.#connect().catch(() => {
      // `#connect` has rejected every call with the reason, and later ones reject with it too.
    })
  }

  #flushSoon(): void {
    if (this.#flushIsDue) return
    this.#flushIsDue = true
    queueMicrotask(() => {
      this.#flushIsDue = false
      if (this.#isOpen) this.#flush()
    })
  }

  #flush(): void {
    const room = this.#maxFrameRequests - this.#sent.size
    const requests: Request[] = []
    for (const [id, call] of this.#waiting) {
      if (requests.length >= room) break
      this.#waiting.delete(id)
      this.#sent.set(id, call)
      requests.push(call.request)
    }
    if (requests.length > 0) void this.#exchange(requests)
    if (this.#inside.size > 0) this.#flushInside()
  }

  /** A frame for each transaction. */
  #flushInside(): void {
    const frames = new Map<number | undefined, Request[]>()
    for (const [id, call] of this.#inside) {
      const { transaction } = call.request
      const requests = frames.get(transaction) ?? []
      frames.set(transaction, requests)
      requests.push(call.request)
      this.#sent.set(id, call)
    }
    this.#inside.clear()
    for (const requests of frames.values()) void this.#exchange(requests)
  }

  async #exchange(requests: readonly Request[]): Promise<void> {
    const connection = this.#connection
    const [ack = 0] = this.#unsettled.keys()
    try {
      for (const reply of await this.#transport.exchange({ ack, requests })) this.#answer(reply)
      if (this.#waiting.size > 0) this.#flushSoon()
    } catch (error) {
      if (!(error instanceof TransportLost)) {
        for (const { id } of requests) this.#settle(id, asDBALError(error))
      } else if (connection === this.#connection && this.#isOpen) this.#lost()
    }
  }

  #answer(reply: Reply): void {
    this.#attempts = 0
    const call = this.#unsettled.get(reply.id)
    // Answered before, or past its deadline.
    if (!call) return
    if ('error' in reply) this.#failed(call, DBALError.fromWire(reply.error))
    else this.#settle(reply.id, undefined, reply.result)
  }

  /** Tries again what may succeed later, else ends the call. */
  #failed(call: Call, error: DBALError): void {
    const { id } = call.request
    const mayPass = error.is('DATABASE_ERROR') || (error.is('TIMEOUT') && this.#options.isRead(call.request))
    // Inside of a transaction what failed belongs to a whole, which is its owner's to try again.
    const again = mayPass && call.request.transaction === undefined
    const pause = this.#pause(call.tries)
    if (!again || call.tries >= this.#maxTries || now() + pause >= call.deadline) {
      this.#settle(id, error)
      return
    }
    call.tries++
    this.#waiting.delete(id)
    this.#sent.delete(id)
    later(() => {
      if (!this.#unsettled.has(id)) return
      this.#waiting.set(id, call)
      this.#flushSoon()
    }, pause)
  }

  /** The one place where a call ends. */
  #settle(id: RequestId, error?: DBALError, result?: unknown): void {
    const call = this.#unsettled.get(id)
    if (!call) return
    this.#unsettled.delete(id)
    this.#waiting.delete(id)
    this.#sent.delete(id)
    this.#inside.delete(id)
    if (error) call.reject(error)
    else call.resolve(result)
    if (this.#unsettled.size > 0) return
    if (this.#alarm) hold(this.#alarm, false)
    this.#drained?.()
  }

  #end(reason: DBALError): void {
    if (this.#ended) return
    this.#ended = reason
    this.#isOpen = false
    this.#removeListener()
    clearTimeout(this.#alarm)
    clearTimeout(this.#opening)
    for (const id of [...this.#unsettled.keys()]) this.#settle(id, reason)
    if (!this.#closing) this.#options.onEnd?.(reason)
  }

  /** One timer for all: calls have the same time to live, so the first unsettled one is the first that can run out. */
  #watchDeadlines(): void {
    const [first] = this.#unsettled.values()
    this.#alarm = first && setTimeout(() => this.#expire(), first.deadline - now())
  }

  #expire(): void {
    for (const [id, { deadline }] of this.#unsettled) {
      if (deadline > now()) break
      this.#settle(id, this.#deadlineError())
    }
    this.#watchDeadlines()
  }

  #deadlineError(): DBALError {
    const offline = this.#isOpen ? null : this.#transport.offline?.()
    if (offline) return offline
    const { timeoutMs } = this.#options
    const reason = this.#isOpen ? 'no reply came' : 'the database was not open'
    return new DBALError('TIMEOUT', `No result within ${timeoutMs} ms: ${reason}`, { timeoutMs, reason })
  }

  /** 100 ms, doubled with each try up to 5 s; the half of it at random, so that clients do not come back all at once. */
  #pause(tries: number): number {
    const whole = Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1))
    return whole / 2 + (whole / 2) * (this.#options.random ?? Math.random)()
  }
}

const now = (): number => performance.now()

type Timer = ReturnType<typeof setTimeout>

/** Whether a Node process stays for it. */
function hold(timer: Timer, isHeld: boolean): void {
  if (typeof timer === 'object') timer[isHeld ? 'ref' : 'unref']()
}

/** A timer that does not keep a Node process alive. */
const later = (run: () => void, delayMs: number): void => hold(setTimeout(run, delayMs), false)

const closed = (): DBALError =>
  new DBALError('DATABASE_ERROR', 'This client was closed; make a new one', { reason: 'closed' })

const isOutside = ([, { request }]: readonly [RequestId, Call]): boolean => request.transaction === undefined

/** What is not there any more cannot be gone on with; only whether it was committed is worth asking. */
const mayLeaveAgain = ({ method }: Request): boolean =>
  method === 'transaction.begin' || method === 'transaction.commit'

const transactionLost = (): DBALError =>
  new DBALError('DATABASE_ERROR', 'The transaction was lost with the connection; nothing of it is left', {
    reason: 'transaction',
  })

const isRetryable = (error: unknown): boolean => error instanceof DBALError && error.retryable

function asDBALError(error: unknown): DBALError {
  if (error instanceof DBALError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new DBALError(
    'DATABASE_ERROR',
    `The database cannot be reached: ${message}`,
    { reason: message },
    { cause: error },
  )
}
