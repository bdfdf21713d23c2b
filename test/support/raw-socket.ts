/** A client of somebody else's making: texts out, texts in. */

import { type ClientOptions, WebSocket } from 'ws'

export interface RawSocket {
  readonly socket: WebSocket
  /** Sends a text as it is, anything else as JSON. */
  send(message: unknown): void
  /** The next message, parsed. */
  next(): Promise<Message>
  /** Sends and awaits the next message. */
  ask(message: unknown): Promise<Message>
  /** Code and reason, once it is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export interface Message {
  readonly id?: string | number | null
  readonly result?: unknown
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly details: { readonly name: string }
  }
  readonly event?: Readonly<Record<string, unknown>>
}

/** @throws Error of `ws` when the handshake is refused; its message names the status */
export async function openRaw(endpoint: string, options: ClientOptions = {}): Promise<RawSocket> {
  const socket = new WebSocket(endpoint, { perMessageDeflate: false, ...options })
  const waiting: Message[] = []
  const askers: ((message: Message) => void)[] = []
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message
    const asker = askers.shift()
    if (asker) asker(message)
    else waiting.push(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve)
    socket.on('error', reject)
  })
  const send = (message: unknown) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  const next = () => {
    const message = waiting.shift()
    return message ? Promise.resolve(message) : new Promise<Message>((resolve) => askers.push(resolve))
  }
  return {
    socket,
    send,
    next,
    ask(message) {
      send(message)
      return next()
    },
    closed,
  }
}
