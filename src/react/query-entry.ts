/** The answer to a call. */

import type { ClientCore } from '../client/client.ts'
import type { Schema } from '../schema/define.ts'
import { Entry } from './entry.ts'
import { toDBALError } from './failure.ts'

export type AnyClient = ClientCore<Schema>
export type Ask<T> = (client: AnyClient) => Promise<T>

/** How long an answer waits for the render that asked for it. */
const unseenMs = 10_000

export class QueryEntry<T> extends Entry<T> {
  /** Asked at the next call; the key says whether it is another question. */
  ask: Ask<T> | undefined
  client: AnyClient | undefined
  protected readonly keptMs = 60_000
  /** Number of the last call; answers of older ones are dropped. */
  #last = 0
  #isAsking = false
  #isUnseen = false

  protected begin(): void {
    if (this.#isUnseen) this.#isUnseen = false
    else if (!this.#isAsking) void this.refetch()
  }

  protected end(): void {
    this.#last++
    this.#isAsking = false
  }

  /** The first call, by a render that waits for it. */
  start(): void {
    if (this.#last > 0) return
    this.#isUnseen = true
    void this.refetch().then(() => this.keepUnseen(unseenMs))
  }

  /** Asks anew. Settles when this call is answered, refused or overtaken by a later one; never rejects. */
  readonly refetch = async (): Promise<void> => {
    const { ask, client } = this
    if (!ask || !client) return
    const call = ++this.#last
    this.#isAsking = true
    this.setFetching()
    try {
      const data = await ask(client)
      if (call === this.#last) this.setData(data)
    } catch (thrown) {
      if (call === this.#last) this.setError(toDBALError(thrown))
    } finally {
      if (call === this.#last) this.#isAsking = false
    }
  }
}
