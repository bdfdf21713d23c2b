/**
 * The savepoints that a caller sets inside of its transaction. Names are the caller's and are only looked up; in SQL each
 * has the number of its place, so that nobody's text is spliced. As in SQL, the latest of equal names counts, and what
 * was set after it goes with it.
 */

import type { Statement } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { ask, type Work } from '../work.ts'

const deepest = 64
const statement = (sql: string): Statement => ({ sql, columns: [] })
const words = Array.from({ length: deepest }, (_, depth) => ({
  save: statement(`savepoint p${depth}`),
  release: statement(`release savepoint p${depth}`),
  back: statement(`rollback to savepoint p${depth}`),
}))

interface Savepoint {
  readonly name: string
  /** How much had been done when it was set. */
  readonly mark: number
}

export class Savepoints {
  readonly #stack: Savepoint[] = [];

  /** @throws DBALError VALIDATION_ERROR when they are nested too deep */
  *save(name: string, mark: number): Work<void> {
    const own = words[this.#stack.length]
    if (!own) throw invalid('name', `at most ${deepest} savepoints can be open`)
    yield* ask(own.save, [])
    this.#stack.push({ name, mark })
  }

  /** Keeps what was done since, and forgets the name. */
  *release(name: string): Work<void> {
    const at = this.#find(name)
    yield* ask(this.#words(at).release, [])
    this.#stack.length = at
  }

  /** Undoes what was done since; the savepoint stays. @returns its mark */
  *back(name: string): Work<number> {
    const at = this.#find(name)
    yield* ask(this.#words(at).back, [])
    this.#stack.length = at + 1
    return (this.#stack[at] as Savepoint).mark
  }

  #words(at: number) {
    return words[at] as (typeof words)[number]
  }

  #find(name: string): number {
    const at = this.#stack.findLastIndex((savepoint) => savepoint.name === name)
    if (at < 0) throw invalid('name', 'is no savepoint of this transaction')
    return at
  }
}
