/** How much a query asks for at once, in points: a bound on what one call can cost before it runs. */

import { invalid } from '../../protocol/error.ts'

/** What counts how much; docs/reference/limits.md says it to callers. */
export const points = {
  /** A table beyond the first: a joined one, a relation in a filter or in `include`. */
  relation: 100,
  /** A field that an aggregate function is asked for. */
  aggregate: 10,
  /** A condition, `and`, `or` or `not` of a filter. */
  condition: 1,
  /** A row of the limit. */
  row: 1,
} as const

export class Complexity {
  readonly #most: number
  #points = 0

  constructor(most: number) {
    this.#most = most
  }

  /**
   * @param path what asks for too much, where it does
   * @throws DBALError VALIDATION_ERROR
   */
  add(kind: keyof typeof points, path: string, times = 1): void {
    this.#points += points[kind] * times
    if (this.#points > this.#most) {
      throw invalid(
        path,
        `makes the query too complex: more than ${this.#most} points; ask in several queries`,
      )
    }
  }
}
