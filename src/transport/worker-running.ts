/** A worker that has said hello: its calls, its events and its end. */

import { transfer, wrap } from 'comlink'
import { DBALError } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type {
  EventMessage,
  HostConfig,
  HostPort,
  Loaded,
  Opened,
  Outcome,
  WasmSource,
} from '../protocol/host.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { CallerPort } from './caller-port.ts'
import type { LeaderWorker, Locks } from './tabs.ts'
import { TransportLost } from './transport.ts'

export interface RunningWorkerOptions {
  readonly config: HostConfig
  readonly locks: Locks | undefined
  /** Events of the database as a whole: migrations, storage. */
  readonly onEvent: (event: Event) => void
}

/** One client's way to the worker. */
export interface Caller {
  exchange(frame: Frame): Promise<readonly Reply[]>
  close(): Promise<void>
}

const wasmWithinMs = 60_000

export class RunningWorker implements LeaderWorker {
  readonly ended: Promise<string>
  rung: Ready['rung']
  hasServed = false

  readonly #worker: Worker
  readonly #options: RunningWorkerOptions
  readonly #host: HostPort
  #opened: Opened | undefined
  /** Ends what still waits for an answer. */
  readonly #pending = new Set<(error: TransportLost) => void>()
  readonly #callers = new Set<CallerPort>()
  readonly #end = new AbortController()

  /** @param lifeLock from the worker's hello */
  constructor(
    worker: Worker,
    rung: Ready['rung'],
    lifeLock: string | undefined,
    options: RunningWorkerOptions,
  ) {
    this.rung = rung
    this.#worker = worker
    this.#options = options
    this.#host = remote<HostPort>(worker)
    this.ended = new Promise((resolve) => {
      this.#end.signal.addEventListener('abort', () => resolve(String(this.#end.signal.reason)))
    })
    if (lifeLock) this.#watch(lifeLock)
    onEventMessage(worker, options.onEvent)
    // An uncaught error does not end a worker; the browser's console has it, with its stack.
    worker.addEventListener('error', () => {
      const error = {
        code: 'INTERNAL_ERROR',
        message: 'The database worker had an uncaught error; see the console',
      } as const
      options.onEvent({ type: 'error', error })
    })
  }

  get opened(): Opened {
    if (!this.#opened) throw new TransportLost('The database is not open')
    return this.#opened
  }

  get holdsFiles(): boolean {
    return this.opened.persistence !== 'memory'
  }

  /** @param source may throw: bundles that know no addresses */
  async load(source: () => WasmSource): Promise<Loaded> {
    let wasm: WasmSource
    try {
      wasm = source()
    } catch (error) {
      return { failure: 'missing', message: String(error) }
    }
    const slow = setTimeout(() => this.end('sqlite3.wasm did not come'), wasmWithinMs)
    try {
      return await this.until(this.#host.load(wasm))
    } finally {
      clearTimeout(slow)
    }
  }

  /** @throws DBALError why the database does not open */
  async open(): Promise<void> {
    this.#opened = resultOf(await this.until(this.#host.open(this.#options.config)))
  }

  /** @throws DBALError when the worker refuses the identity */
  async connect(identity: unknown, clientId: string, onEvent: (event: Event) => void): Promise<Caller> {
    const { port1, port2 } = new MessageChannel()
    const caller = new CallerPort(port1, onEvent)
    resultOf(await this.until(this.#host.connect(identity, clientId, transfer(port2, [port2]))))
    if (this.#end.signal.aborted) throw lost(this.#end.signal.reason)
    this.#callers.add(caller)
    return {
      exchange: async (frame) => {
        const replies = await caller.exchange(frame)
        this.hasServed = true
        return replies
      },
      close: async () => {
        await caller.leave()
        this.#callers.delete(caller)
      },
    }
  }

  /** Rejects with TransportLost when the worker ends first. */
  until<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end.signal.aborted) return reject(lost(this.#end.signal.reason))
      this.#pending.add(reject)
      answer.then(resolve, reject).finally(() => this.#pending.delete(reject))
    })
  }

  async close(): Promise<void> {
    try {
      const closed = await this.until(this.#host.close())
      if ('error' in closed) this.#options.onEvent({ type: 'error', error: closed.error })
    } catch (error) {
      // A worker that is gone has nothing open any more.
      if (!(error instanceof TransportLost)) throw error
    } finally {
      this.end('it was closed')
    }
  }

  end(reason = 'it was ended'): void {
    if (this.#end.signal.aborted) return
    // Aborts the watch first: a page in the back/forward cache must not be left in a queue.
    this.#end.abort(reason)
    this.#worker.terminate()
    for (const reject of [...this.#pending]) reject(lost(reason))
    this.#pending.clear()
    for (const caller of this.#callers) caller.lose(lost(reason))
    this.#callers.clear()
  }

  /** Is granted the worker's lock when the worker has ended. */
  #watch(lifeLock: string): void {
    this.#options.locks
      ?.request(lifeLock, { signal: this.#end.signal }, () => this.end('it ended by itself'))
      .catch(() => {
        // Aborted by `end`, which is how a watch is given up.
      })
  }
}

const lost = (reason: unknown): TransportLost =>
  new TransportLost(`The database worker is gone: ${String(reason)}`)

/** The port is made of methods that return promises, so the far side has the type of the near one. */
const remote = <Port extends object>(port: Worker): Port => wrap(port) as unknown as Port

/** @throws DBALError the error that came in place of a value */
function resultOf<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw DBALError.fromWire(outcome.error)
  return outcome.ok
}

/** Events of the database share the worker's port with Comlink, whose messages carry an `id`. */
function onEventMessage(port: Worker, onEvent: (event: Event) => void): void {
  port.addEventListener('message', (message) => {
    const { event } = ((message as MessageEvent).data ?? {}) as Partial<EventMessage>
    if (event) onEvent(event)
  })
}
