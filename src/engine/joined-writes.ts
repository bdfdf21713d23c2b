/** Collects the writes that wait for the same turn. */

import type { Reply } from '../protocol/request.ts'
import type { Item } from './group.ts'
import type { Outcomes } from './outcomes.ts'
import type { Session } from './session.ts'
import type { Soon } from './soon.ts'
import type { Deadline, Work } from './work.ts'

export interface JoinedWrite {
  readonly session: Session
  readonly items: readonly Item[]
  readonly outcomes: Outcomes
  /** Driver clock. */
  readonly startedAt: number
  readonly resolve: (replies: readonly Reply[]) => void
  readonly reject: (error: unknown) => void
}

interface EngineSide {
  readonly run: (make: (deadline: Deadline) => Work<void>) => Soon<void>
  /** Answers every one of them; throws nothing. */
  readonly work: (writes: readonly JoinedWrite[], deadline: Deadline) => Work<void>
  readonly now: () => number
}

/** As many in one transaction: the first of them is answered with the last. */
const mostJoined = 64

export class JoinedWrites {
  readonly #soon: (run: () => void) => void
  readonly #engine: EngineSide
  #waiting: JoinedWrite[] = []

  /** @param soon calls it when everything that has arrived by now has been handed in */
  constructor(soon: (run: () => void) => void, engine: EngineSide) {
    this.#soon = soon
    this.#engine = engine
  }

  add(session: Session, items: readonly Item[], outcomes: Outcomes): Promise<readonly Reply[]> {
    return new Promise((resolve, reject) => {
      const startedAt = this.#engine.now()
      this.#waiting.push({ session, items, outcomes, startedAt, resolve, reject })
      if (this.#waiting.length === 1) this.#soon(() => void this.#flush())
    })
  }

  /** Whatever has come by the time that it is their turn goes together. */
  async #flush(): Promise<void> {
    try {
      await this.#engine.run((deadline) => this.#together(deadline))
    } catch (error) {
      // There was no connection to have.
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    }
  }

  /** Takes them only when there is a connection to run them on. */
  *#together(deadline: Deadline): Work<void> {
    const taken = this.#waiting.splice(0, mostJoined)
    if (this.#waiting.length > 0) this.#soon(() => void this.#flush())
    yield* this.#engine.work(taken, deadline)
  }
}
