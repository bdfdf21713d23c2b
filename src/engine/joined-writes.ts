/** Collects the writes that wait for the same turn, and runs them in one transaction. For hosts of many sessions. */

import type { Driver } from '../drivers/driver.ts'
import type { Reply } from '../protocol/request.ts'
import type { Published } from './call.ts'
import { type GroupSettings, type Item, publishedOf } from './group.ts'
import { type JointGroup, runJointly, runUnguarded } from './joint.ts'
import type { Outcomes } from './outcomes.ts'
import type { Session } from './session.ts'
import type { Soon } from './soon.ts'
import type { Deadline, Work } from './work.ts'

/** A frame of one session. */
export interface Written {
  readonly session: Session
  readonly items: readonly Item[]
  readonly outcomes: Outcomes
  /** Driver clock. */
  readonly startedAt: number
}

interface Waiting extends Written {
  readonly resolve: (replies: readonly Reply[]) => void
  readonly reject: (error: unknown) => void
}

/** What the engine lends. */
interface EngineSide {
  readonly driver: Driver
  readonly run: (make: (deadline: Deadline) => Work<void>) => Soon<void>
  readonly settings: (write: Written, deadline: Deadline) => GroupSettings
  /** As if it had come alone. */
  readonly alone: (write: Written, deadline: Deadline) => Work<readonly Reply[]>
  readonly publish: (published: Published, deadline: Deadline) => Work<void>
  readonly took: (write: Written) => void
}

export type JoinWrites = (engine: EngineSide) => JoinedWrites

/**
 * For an engine's options; those that join nothing do not carry it.
 * @param soon calls what it is given when everything that has arrived by now has been handed in
 */
export function joinWrites(soon: (run: () => void) => void): JoinWrites {
  return (engine) => new JoinedWrites(soon, engine)
}

/** As many in one transaction: the first of them is answered with the last. */
const mostJoined = 64
/** So many transactions with savepoints follow on one without that was in vain, at most: where many writes fail. */
const longestPause = 31

export class JoinedWrites {
  readonly #soon: (run: () => void) => void
  readonly #engine: EngineSide
  #waiting: Waiting[] = []
  #pause = 0
  /** Transactions that are still to have savepoints. */
  #guarded = 0

  constructor(soon: (run: () => void) => void, engine: EngineSide) {
    this.#soon = soon
    this.#engine = engine
  }

  add(session: Session, items: readonly Item[], outcomes: Outcomes): Promise<readonly Reply[]> {
    return new Promise((resolve, reject) => {
      const startedAt = this.#engine.driver.now()
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

  /** Takes them only when there is a connection to run them on. What does not go with the rest runs behind it, in the same turn. */
  *#together(deadline: Deadline): Work<void> {
    const writes = this.#waiting.splice(0, mostJoined)
    if (this.#waiting.length > 0) this.#soon(() => void this.#flush())
    // Where each statement is a way to the database and back, what spares some is of use to one write too.
    const mayGain = writes.length > 1 || !this.#engine.driver.synchronous
    const left = mayGain ? yield* this.#jointly(writes, deadline) : writes
    for (const write of left) {
      try {
        write.resolve(yield* this.#engine.alone(write, deadline))
      } catch (error) {
        write.reject(error)
      }
    }
  }

  *#run(groups: readonly JointGroup[]): ReturnType<typeof runJointly> {
    if (this.#guarded > 0) this.#guarded--
    else {
      const done = yield* runUnguarded(groups)
      this.#pause = done ? 0 : Math.min(2 * this.#pause + 1, longestPause)
      this.#guarded = this.#pause
      if (done) return done
    }
    return groups.length > 1 ? yield* runJointly(groups) : [null]
  }

  /** @returns those that have to run alone */
  *#jointly(writes: readonly Waiting[], deadline: Deadline): Work<readonly Waiting[]> {
    const { settings, publish, took, driver } = this.#engine
    const done = yield* this.#run(
      writes.map((write) => ({
        items: write.items,
        settings: settings(write, deadline),
        packets: driver.packets === true,
      })),
    )
    const joint = writes.flatMap((write, at) => {
      const settled = done[at]
      return settled ? [{ write, settled }] : []
    })
    if (joint.length === 0) return writes
    try {
      yield* publish(publishedOf(joint.flatMap(({ settled }) => settled)), deadline)
      for (const { write, settled } of joint) write.resolve(settled.map(({ reply }) => reply))
    } catch (error) {
      for (const { write } of joint) write.reject(error)
    }
    for (const { write } of joint) took(write)
    return writes.filter((_, at) => !done[at])
  }
}
