/**
 * Runs work on the driver, one piece after another. A synchronous driver is driven without an await, so a piece that was
 * handed in is done when `run` returns; on the others pieces queue for their turn. Somebody may hold the connection for
 * longer than one piece: what others hand in then waits, first come, first served.
 */

import type { Connection, Driver, Statement } from '../drivers/driver.ts'
import { Lanes } from './lanes.ts'
import type { Soon } from './soon.ts'
import { isCommit } from './transaction.ts'
import { type Deadline, runAsync, runSync, type Work } from './work.ts'

/** The connection in one hand: nobody else's work comes between the pieces that are run here. */
export interface Hold {
  run<T>(make: (deadline: Deadline) => Work<T>): Soon<T>
  /** Lets the next in line have it. What was begun must be committed or rolled back by then. Safe to call twice. */
  end(): void
}

/** One for what has its turn, and one for what cannot wait for anybody. */
const reserved = 2

export class Executor {
  readonly #driver: Driver
  /** The one connection of a synchronous driver. */
  readonly #own: Connection | null
  #tail: Promise<unknown> = Promise.resolve()
  readonly #lanes: Lanes
  #holder: Hold | null = null
  /** What waits for the end of the hold. */
  #queue: (() => void)[] = []
  #inDoubt = () => {}

  static async open(driver: Driver): Promise<Executor> {
    return new Executor(driver, driver.synchronous ? await driver.acquire() : null)
  }

  private constructor(driver: Driver, own: Connection | null) {
    this.#driver = driver
    this.#own = own
    this.#lanes = new Lanes(Math.max((driver.connections ?? 1) - reserved, 0))
  }

  /** Calls it when a commit has failed whose outcome nobody knows. A database in the same process tells. */
  onDoubt(told: () => void): void {
    this.#inDoubt = told
  }

  readonly #failed = (statement: Statement): void => {
    if (isCommit(statement)) this.#inDoubt()
  }

  /** Milliseconds on the clock of deadlines. */
  now(): number {
    return this.#driver.now()
  }

  /** On a synchronous driver that nobody holds the result itself; what the work throws is thrown. */
  run<T>(make: (deadline: Deadline) => Work<T>): Soon<T> {
    if (this.#holder !== null) return this.later(() => this.run(make))
    const deadline: Deadline = { at: 0 }
    if (this.#own) return runSync(make(deadline), this.#own, deadline)
    const turn = this.#tail.then(() => this.#runOnConnection(make(deadline), deadline))
    this.#follow(turn)
    return turn
  }

  /** Whether reads can run beside what has its turn. */
  get hasLanes(): boolean {
    return this.#lanes.count > 0
  }

  /** A read, beside what has its turn and beside other reads, as many as there are connections for it. */
  beside<T>(make: (deadline: Deadline) => Work<T>): Promise<T> {
    return this.#lanes.run(() => this.apart(make))
  }

  /** At once, on a connection of its own; for what nobody's transaction and no number of reads may hold up. */
  apart<T>(make: (deadline: Deadline) => Work<T>): Promise<T> {
    const deadline: Deadline = { at: 0 }
    return this.#runOnConnection(make(deadline), deadline)
  }

  /** Whether work that is handed in now has to wait for somebody's hold. */
  get isHeld(): boolean {
    return this.#holder !== null
  }

  /** Whether anything waits for the end of the present hold. */
  get isAwaited(): boolean {
    return this.#queue.length > 0
  }

  /** Calls it when the present hold and what waits already are over. */
  later<T>(piece: () => Soon<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => {
        try {
          resolve(piece())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /**
   * Takes the connection when its turn comes; on a synchronous driver that nobody holds, at once.
   * @param failed when there is no connection to have
   */
  hold(granted: (hold: Hold) => void, failed: (error: unknown) => void): void {
    if (this.#holder !== null) this.#queue.push(() => this.hold(granted, failed))
    else if (this.#own) granted(this.#holdOwn(this.#own))
    else this.#holdAnother(granted, failed)
  }

  #holdOwn(connection: Connection): Hold {
    const hold: Hold = {
      run: (make) => {
        const deadline: Deadline = { at: 0 }
        return runSync(make(deadline), connection, deadline)
      },
      end: () => this.#release(hold),
    }
    this.#holder = hold
    return hold
  }

  #holdAnother(granted: (hold: Hold) => void, failed: (error: unknown) => void): void {
    let connection: Connection | undefined
    let last: Promise<unknown> = this.#tail
    const hold: Hold = {
      run: (make) => {
        const turn = last.then(() => {
          const deadline: Deadline = { at: 0 }
          return runAsync(make(deadline), connection as Connection, deadline, this.#failed)
        })
        last = turn.catch(() => {
          // The caller hears of it through `turn`.
        })
        return turn
      },
      end: () => {
        if (this.#holder !== hold) return
        connection?.release()
        this.#release(hold)
      },
    }
    this.#holder = hold
    const taken = this.#tail.then(async () => {
      connection = await this.#driver.acquire()
    })
    last = taken
    taken.then(
      () => granted(hold),
      (error: unknown) => {
        this.#release(hold)
        failed(error)
      },
    )
  }

  #release(hold: Hold): void {
    if (this.#holder !== hold) return
    this.#holder = null
    // The first that takes a hold of its own ends the loop; the rest waits for it.
    while (this.#holder === null) {
      const next = this.#queue.shift()
      if (!next) return
      next()
    }
  }

  async #runOnConnection<T>(work: Work<T>, deadline: Deadline): Promise<T> {
    const connection = await this.#driver.acquire()
    try {
      return await runAsync(work, connection, deadline, this.#failed)
    } finally {
      connection.release()
    }
  }

  #follow(turn: Promise<unknown>): void {
    this.#tail = turn.catch(() => {
      // The caller hears of it through `turn`; the next piece only waits for its end.
    })
  }

  /** Resolves when everything handed in so far is done. */
  async idle(): Promise<void> {
    await Promise.all([this.#tail, this.#lanes.idle()])
  }

  /** Gives the connection back; the driver stays open. */
  close(): void {
    this.#own?.release()
  }
}
