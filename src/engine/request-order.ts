/**
 * The order of one session's requests, where its reads may run beside other work. What must hold: whatever it sends sees
 * all that it has sent before, and nothing that it sends later.
 */

import type { Soon } from './soon.ts'

export class RequestOrder {
  #exchanges = 0
  readonly #besides = new Set<Promise<unknown>>()
  #joined: Promise<unknown> | null = null
  #gate: { readonly open: Promise<unknown>; waiting: number } | null = null

  exchange<T>(run: () => Soon<T>): Soon<T> {
    this.#exchanges++
    let result: Soon<T> | undefined
    const over = () => {
      this.#exchanges--
    }
    try {
      result = run()
      return result instanceof Promise ? result.finally(over) : result
    } finally {
      if (!(result instanceof Promise)) over()
    }
  }

  /** In an exchange: nothing but reads is still at work of what was sent before. */
  get isUpToDate(): boolean {
    return this.#exchanges - this.#besides.size <= 1
  }

  /** A read that runs beside other work. */
  beside<T>(read: Promise<T>): Promise<T> {
    const over: Promise<unknown> = read.then(
      () => this.#besides.delete(over),
      () => this.#besides.delete(over),
    )
    this.#besides.add(over)
    return read
  }

  /** A write that waits to be joined with those of others: everything that is sent later waits for its end. */
  get joined(): Promise<unknown> | null {
    return this.#joined
  }

  join<T>(write: Promise<T>): Promise<T> {
    const over = () => {
      this.#joined = null
    }
    this.#joined = write.then(over, over)
    return write
  }

  /** Hands in what takes its turn with the work of others, once the reads that were sent before it are over. */
  inTurn<T>(handIn: () => Soon<T>): Soon<T> {
    if (this.#besides.size === 0 && this.#gate === null) return handIn()
    this.#gate ??= { open: Promise.all(this.#besides), waiting: 0 }
    const gate = this.#gate
    gate.waiting++
    return gate.open.then(() => {
      // The last one that waits opens it: whoever comes meanwhile stands behind it.
      if (--gate.waiting === 0) this.#gate = null
      return handIn()
    })
  }
}
