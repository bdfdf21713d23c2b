/**
 * Runs work on the driver, one piece after another. A synchronous driver is driven without an await, so a piece that was
 * handed in is done when `run` returns; on the others pieces queue for their turn.
 */

import type { Connection, Driver } from '../drivers/driver.ts'
import type { Soon } from './soon.ts'
import { type Deadline, runAsync, runSync, type Work } from './work.ts'

export class Executor {
  readonly #driver: Driver
  /** The one connection of a synchronous driver. */
  readonly #own: Connection | null
  #tail: Promise<unknown> = Promise.resolve()

  static async open(driver: Driver): Promise<Executor> {
    return new Executor(driver, driver.synchronous ? await driver.acquire() : null)
  }

  private constructor(driver: Driver, own: Connection | null) {
    this.#driver = driver
    this.#own = own
  }

  /** Milliseconds on the clock of deadlines. */
  now(): number {
    return this.#driver.now()
  }

  /** On a synchronous driver the result itself; what the work throws is thrown. */
  run<T>(make: (deadline: Deadline) => Work<T>): Soon<T> {
    const deadline: Deadline = { at: 0 }
    if (this.#own) return runSync(make(deadline), this.#own, deadline)
    const turn = this.#tail.then(() => this.#runOnConnection(make(deadline), deadline))
    this.#tail = turn.catch(() => {
      // The caller hears of it through `turn`; the next piece only waits for its end.
    })
    return turn
  }

  async #runOnConnection<T>(work: Work<T>, deadline: Deadline): Promise<T> {
    const connection = await this.#driver.acquire()
    try {
      return await runAsync(work, connection, deadline)
    } finally {
      connection.release()
    }
  }

  /** Resolves when everything handed in so far is done. */
  async idle(): Promise<void> {
    await this.#tail
  }

  /** Gives the connection back; the driver stays open. */
  close(): void {
    this.#own?.release()
  }
}
