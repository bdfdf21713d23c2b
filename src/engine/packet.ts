/**
 * Statements on their way: those that are only told wait here for the next one whose answer is needed, and go with it, in
 * one packet where the driver can. So a step goes on before what it has told is done; whatever fails of it is a failure of
 * the whole transaction, which nobody may have been answered for.
 */

import type { ResultSet } from '../drivers/driver.ts'
import { joinRows } from './many-rows.ts'
import type { Ask, Work } from './work.ts'

const done: ResultSet = { width: 0, values: [], changes: 0 }

const looks = /^select\b/i

export class Packet {
  readonly #isOne: boolean
  #told: Ask[] = []
  #late: Ask[] = []
  readonly #apart = new WeakSet<Ask>()
  #changes = 0

  /** @param isOne what goes together is sent at once, which the driver has to be able to */
  constructor(isOne: boolean) {
    this.#isOne = isOne
  }

  /** How many of the statements so far may have changed something. */
  get changes(): number {
    return this.#changes
  }

  /**
   * Runs a step; what fails in the database is thrown here and not in the step.
   * @param isApart its rows are written by statements of their own
   */
  *run<T>(work: Work<T>, isApart = false): Work<T> {
    let step = work.next()
    while (!step.done) {
      const ask = step.value
      if (!looks.test(ask.statement.sql)) this.#changes++
      if (isApart) this.#apart.add(ask)
      if (ask.told === 'late') this.#late.push(ask)
      else if (ask.told) this.#told.push(ask)
      step = work.next(ask.told ? done : yield* this.#send(ask))
    }
    return step.value
  }

  /** What is late goes before what is told or asked from now on. */
  settle(): void {
    this.#told.push(...this.#late.splice(0))
  }

  /** Runs all that is told. */
  *flush(): Work<void> {
    const last = this.#told.pop()
    if (last) yield* this.#send(last)
  }

  *#send(ask: Ask): Work<ResultSet> {
    const all = joinRows(
      [...this.#told.splice(0), ask],
      (one) => one.told !== undefined && !this.#apart.has(one),
    )
    const last = all.pop() as Ask
    if (this.#isOne) return yield { ...last, ahead: all }
    for (const one of all) yield one
    return yield last
  }
}
