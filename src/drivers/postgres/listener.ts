/**
 * One connection that does nothing but listen. It comes back by itself; between its loss and its return nothing is heard,
 * and whoever listens is told of both. A connection that is silently dead is found by asking it something.
 */

import pg from 'pg'
import type { Ears } from '../driver.ts'
import { quoteIdentifier } from './text.ts'

export interface ListenerOptions {
  readonly config: pg.ClientConfig
  /** A query that names the channel. */
  readonly channel: string
  readonly ears: Ears
}

/** Between two questions whether it is still there, and how long an answer may take. */
const askEveryMs = 1_000
const answerWithinMs = 2_000
/** Before the first try to come back, and before the later ones at most. Half of each pause is random. */
const shortestPauseMs = 50
const longestPauseMs = 1_000

export class Listener {
  readonly #options: ListenerOptions
  #client: pg.Client | null = null
  #asking: ReturnType<typeof setInterval> | undefined
  #returning: ReturnType<typeof setTimeout> | undefined
  #pauseMs = shortestPauseMs
  #isClosed = false

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** Resolves when it listens. @throws what the connection fails with */
  async start(): Promise<void> {
    const client = new pg.Client(this.#options.config)
    let isLost = false
    const lost = (cause: unknown) => {
      if (isLost) return
      isLost = true
      if (this.#client === client) this.#lose(client, cause)
    }
    client.on('error', lost)
    client.on('end', () => lost(new Error('The connection was ended')))
    client.on('notification', ({ payload = '' }) => this.#options.ears.heard(payload))
    try {
      await client.connect()
      const { rows } = await client.query<{ channel: string }>(this.#options.channel)
      await client.query(`listen ${quoteIdentifier((rows[0] as { channel: string }).channel)}`)
      if (isLost || this.#isClosed) throw new Error('The connection was ended')
    } catch (error) {
      await end(client)
      throw error
    }
    this.#client = client
    this.#pauseMs = shortestPauseMs
    this.#asking = setInterval(() => void this.#ask(client, lost), askEveryMs)
    this.#asking.unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#asking)
    clearTimeout(this.#returning)
    const client = this.#client
    this.#client = null
    if (client) await end(client)
  }

  async #ask(client: pg.Client, lost: (cause: unknown) => void): Promise<void> {
    const timer = setTimeout(() => lost(new Error('The server does not answer')), answerWithinMs)
    timer.unref()
    try {
      await client.query('select 1')
    } catch (error) {
      lost(error)
    } finally {
      clearTimeout(timer)
    }
  }

  #lose(client: pg.Client, cause: unknown): void {
    clearInterval(this.#asking)
    this.#client = null
    if (this.#isClosed) return
    // Not asked to end: it may never answer.
    streamOf(client).destroy()
    this.#options.ears.lost(cause)
    this.#comeBack()
  }

  #comeBack(): void {
    const pause = this.#pauseMs * (0.5 + Math.random() / 2)
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
    this.#returning = setTimeout(() => {
      this.start().then(
        () => this.#options.ears.restored(),
        () => {
          if (!this.#isClosed) this.#comeBack()
        },
      )
    }, pause)
    this.#returning.unref()
  }
}

/** The types of the library leave it out. */
function streamOf(client: pg.Client): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
}

async function end(client: pg.Client): Promise<void> {
  try {
    await client.end()
  } catch {
    // It is gone already, which is what was wanted.
  }
}
