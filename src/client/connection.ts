/** A client's connection: calls go out as plain data, results and events come in. It knows methods, not entities. */

import { DBALError } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { BatchCall } from '../protocol/request.ts'
import { specOf, unpackResult } from '../protocol/results.ts'
import { Frames } from '../transport/frames.ts'
import type { Transport } from '../transport/transport.ts'
import { copyArguments } from './arguments.ts'
import { Listeners } from './listeners.ts'
import { LiveQueries } from './live.ts'
import { OpenTransaction, type TransactionOptions } from './open-transaction.ts'

/** What `client.on` tells of, by name. */
export type ClientEvents = {
  readonly [Type in 'storage' | 'connection' | 'migration' | 'slowQuery' | 'session']: Extract<
    Event,
    { readonly type: Type }
  >
} & { readonly error: DBALError }

export class Connection {
  readonly ready: Promise<Ready>
  readonly live: LiveQueries
  readonly #frames: Frames
  readonly #transport: Transport
  #transactions = 0
  readonly #listeners = new Listeners<ClientEvents>()

  /** @param timeoutMs time that a call may take */
  constructor(transport: Transport, timeoutMs: number) {
    this.live = new LiveQueries((method, params) => this.call(method, params))
    this.#transport = transport
    this.#frames = new Frames(transport, {
      timeoutMs,
      isRead: (request) => specOf(request)?.writes === false,
      onReopen: () => this.live.reopen(),
      onEnd: (reason) => {
        this.tellError(reason)
        this.live.end(reason)
      },
    })
    transport.listen((event) => this.#hear(event))
    this.ready = this.#frames.open()
    // An app need not look at `ready`: its calls reject with the same error, and the `error` event has told of it.
    this.ready.catch(() => {})
  }

  /** Closed, or refused for good: no call can succeed any more. */
  get isEnded(): boolean {
    return this.#frames.isEnded
  }

  /**
   * Makes a call with copies of its arguments. Never throws, but rejects.
   * @param transaction the number of the transaction that it belongs to
   */
  call(method: string, params: readonly unknown[], transaction?: number): Promise<unknown> {
    let call: BatchCall
    try {
      call = { method, params: copyArguments(params) }
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#frames.call(method, call.params, transaction).then((result) => unpackResult(call, result))
  }

  /**
   * Opens a transaction as soon as it has its turn; its end is the caller's to bring about.
   * @throws DBALError VALIDATION_ERROR, TIMEOUT when others took all the time
   */
  begin(options?: TransactionOptions): Promise<OpenTransaction> {
    return OpenTransaction.begin(this, ++this.#transactions, options)
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#listeners.add(name, listener)
  }

  /** Who the client is when it has to connect again. @param token null for nobody */
  identify(token: string | null): void {
    this.#transport.identify?.(token)
  }

  tellError(error: DBALError): void {
    this.#listeners.tell('error', error)
  }

  close(): Promise<void> {
    this.live.clear()
    return this.#frames.close()
  }

  #hear(event: Event): void {
    switch (event.type) {
      case 'live':
      case 'liveError':
        this.live.hear(event)
        break
      case 'error':
        this.tellError(DBALError.fromWire(event.error))
        break
      case 'storage':
      case 'connection':
      case 'migration':
      case 'slowQuery':
      case 'session':
        this.#listeners.tell(event.type, event as never)
        break
      default:
        event satisfies never
    }
  }
}
