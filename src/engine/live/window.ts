/**
 * The rows that one live query shows: the first of all that match. What is behind them is not known, so that a row which
 * leaves the window of a longer list can only be replaced by asking the database.
 */

import type { SortKey } from '../query/sort.ts'
import { type Difference, difference } from './difference.ts'
import type { Entry } from './entry.ts'
import { compareOrder, placeOf } from './order.ts'

export class Window {
  readonly fields: readonly string[]
  readonly #keys: readonly SortKey[]
  readonly #limit: number
  #entries: readonly Entry[] = []
  readonly #byKey = new Map<string, Entry>()
  /** Nothing that matches is behind the window. */
  #isWhole = true

  constructor(fields: readonly string[], keys: readonly SortKey[], limit: number) {
    this.fields = fields
    this.#keys = keys
    this.#limit = limit
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  find(key: string): Entry | undefined {
    return this.#byKey.get(key)
  }

  /** Takes a new result. @param entries made with `entryAfter` of those that `find` gave */
  replace(entries: readonly Entry[], isWhole: boolean): Difference | null {
    this.#isWhole = isWhole
    return this.#show(entries)
  }

  /**
   * Puts changed rows in their places.
   * @param gone rows of the window that match no more
   * @param placed rows that match, made with `entryAfter`
   * @returns undefined where the database has to be asked
   */
  change(gone: readonly Entry[], placed: readonly Entry[]): Difference | null | undefined {
    const last = this.#entries.at(-1)
    const next = this.#entries.slice()
    const leaving = [...gone, ...placed].flatMap(({ key }) => this.#byKey.get(key)?.at ?? [])
    for (const at of leaving.sort((left, right) => right - left)) next.splice(at, 1)
    for (const entry of placed) next.splice(placeOf(this.#keys, next, entry.order), 0, entry)
    if (!this.#isWhole) {
      // All that is behind the window is behind what was its last row; in front of it every row is known.
      const front = last ? this.#countUpTo(next, last) : 0
      if (front < this.#limit) return undefined
    }
    if (next.length > this.#limit) {
      next.length = this.#limit
      this.#isWhole = false
    }
    return this.#show(next)
  }

  #countUpTo(entries: readonly Entry[], { order }: Entry): number {
    const place = placeOf(this.#keys, entries, order)
    const found = entries[place]
    return found && compareOrder(this.#keys, found.order, order) === 0 ? place + 1 : place
  }

  #show(next: readonly Entry[]): Difference | null {
    const before = this.#entries
    const changes = difference(
      this.fields,
      before,
      next,
      (entry) => entry.values !== (before[entry.at] as Entry).values,
    )
    for (const place of changes?.places.removed ?? []) this.#byKey.delete((before[place] as Entry).key)
    for (let at = 0; at < next.length; at++) {
      const entry = next[at] as Entry
      // Rows that stayed are the same objects: only for the others is there anything to note.
      if (entry.at < 0 || before[entry.at] !== entry) this.#byKey.set(entry.key, entry)
      entry.at = at
    }
    this.#entries = next
    return changes
  }
}
