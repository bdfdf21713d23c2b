/** The page's end of a client's port: frames out, replies and events in. */

import type { Event } from '../protocol/event.ts'
import type { CallerMessage, SessionMessage } from '../protocol/host.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import type { TransportLost } from './transport.ts'

interface Waiting {
  resolve(replies: readonly Reply[]): void
  reject(reason: TransportLost): void
}

export class CallerPort {
  readonly #port: MessagePort
  readonly #waiting = new Map<number, Waiting>()
  #exchanges = 0
  #lost: TransportLost | null = null
  #left: () => void = () => {}

  constructor(port: MessagePort, onEvent: (event: Event) => void) {
    this.#port = port
    port.onmessage = ({ data }: MessageEvent<SessionMessage>) => {
      if ('replies' in data) this.#answer(data.exchange, data.replies)
      else if ('event' in data) onEvent(data.event)
      else this.#left()
    }
  }

  /** Rejects with TransportLost when the worker ends first. */
  exchange(frame: Frame): Promise<readonly Reply[]> {
    return new Promise((resolve, reject) => {
      if (this.#lost) return reject(this.#lost)
      const exchange = ++this.#exchanges
      this.#send({ exchange, frame })
      this.#waiting.set(exchange, { resolve, reject })
    })
  }

  /** Ends the session; resolves when it has ended. */
  async leave(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#left = resolve
      if (this.#lost) resolve()
      else this.#send({ leave: true })
    })
    this.#port.close()
  }

  /** The worker is gone: nothing will be answered any more. */
  lose(reason: TransportLost): void {
    this.#lost = reason
    this.#left()
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
    this.#port.close()
  }

  #send(message: CallerMessage): void {
    this.#port.postMessage(message)
  }

  #answer(exchange: number, replies: readonly Reply[]): void {
    this.#waiting.get(exchange)?.resolve(replies)
    this.#waiting.delete(exchange)
  }
}
