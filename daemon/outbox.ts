/**
 * What a connection is sent. It leaves at the end of a round of the event loop: waking whoever waits at the other end is what
 * costs most of a write, and is seldom needed where those of all connections follow each other at once.
 *
 * What a client does not read piles up here, so that there are three marks: above the first its live queries wait (they are
 * joined to one change later), and nothing more is read from it; when nothing at all gets through for a while, or at the last
 * mark, it is dropped.
 */

import { printWire } from '../src/protocol/wire-value.ts'

/** The part of a WebSocket that is used. */
export interface Wire {
  readonly bufferedAmount: number
  send(text: string, sent: (error?: Error | null) => void): void
}

export interface OutboxOptions {
  readonly wire: Wire
  /** Most bytes of one message; a longer one leaves in parts. */
  readonly maxFrameBytes: number
  /** Milliseconds without a byte getting through, while there are some. */
  readonly stallMs: number
  /** Something has left. */
  readonly onSent: () => void
  /** It was busy and can take more again. */
  readonly onRelief: () => void
  /** The client does not read. */
  readonly onStall: () => void
}

/** Letters that are worth a write of their own. */
const manyReady = 65_536
const busyBytes = 1_048_576
const mostBytes = 67_108_864

export class Outbox {
  readonly #options: OutboxOptions
  /** UTF-16 units of a part: each takes at most three bytes, quotes and backslashes two. */
  readonly #partLength: number
  #isBusy = false
  #isClosed = false
  #stall: ReturnType<typeof setTimeout> | undefined
  /** What leaves with this round. */
  #ready: string[] = []
  #lettersReady = 0

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#partLength = Math.max(1_000, Math.floor((options.maxFrameBytes - 1_000) / 3))
  }

  /** What was sent piles up. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** @param id of the request that it answers; without one it leaves whole, however long it is */
  send(message: object, id?: string | number): void {
    this.#sendText(printWire(message), id)
  }

  /** Several replies, in as few messages as their length allows. */
  sendAll(replies: readonly { readonly id: string | number; readonly reply: object }[]): void {
    let texts: string[] = []
    let length = 0
    const flush = () => {
      if (texts.length > 0) this.#send(`[${texts.join()}]`)
      texts = []
      length = 0
    }
    for (const { id, reply } of replies) {
      const text = printWire(reply)
      if (length + text.length > this.#partLength) flush()
      if (text.length > this.#partLength) this.#sendText(text, id)
      else {
        texts.push(text)
        length += text.length
      }
    }
    flush()
  }

  close(): void {
    this.#isClosed = true
    this.#ready = []
    clearTimeout(this.#stall)
  }

  #sendText(text: string, id: string | number | undefined): void {
    if (id === undefined || text.length <= this.#partLength) {
      this.#send(text)
      return
    }
    for (let at = 0, part = 0; at < text.length; at += this.#partLength, part++) {
      const piece = text.slice(at, at + this.#partLength)
      const isLast = at + this.#partLength >= text.length
      this.#send(JSON.stringify({ id, part, text: piece, ...(!isLast && { more: true }) }))
    }
  }

  #send(text: string): void {
    if (this.#isClosed) return
    this.#lettersReady += text.length
    if (this.#ready.push(text) === 1) setImmediate(() => this.flush())
    if (this.#lettersReady >= manyReady) this.flush()
  }

  /** Sends what is ready: before the connection is closed, say. */
  flush(): void {
    const texts = this.#ready
    if (texts.length === 0) return
    this.#ready = []
    this.#lettersReady = 0
    const { wire, onStall } = this.#options
    for (const text of texts) wire.send(text, this.#sent)
    const waiting = wire.bufferedAmount
    if (waiting > busyBytes) this.#isBusy = true
    if (waiting > mostBytes) onStall()
    else if (waiting > 0 && !this.#stall) this.#watch()
  }

  readonly #sent = (error?: Error | null): void => {
    if (error) return
    if (this.#stall) clearTimeout(this.#stall)
    this.#stall = undefined
    if (this.#isClosed) return
    const { wire, onSent, onRelief } = this.#options
    onSent()
    const waiting = wire.bufferedAmount
    if (waiting > 0) this.#watch()
    if (!this.#isBusy || waiting > busyBytes / 4) return
    this.#isBusy = false
    onRelief()
  }

  #watch(): void {
    this.#stall = setTimeout(() => this.#options.onStall(), this.#options.stallMs)
    this.#stall.unref?.()
  }
}
