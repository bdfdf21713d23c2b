/** The order of a list's rows in hand, as `sort.ts` has the database make it: nulls first ascending, last descending. */

import type { Row } from '../../protocol/rows.ts'
import { type Comparable, comparableOf, compareValues } from '../access/compare.ts'
import type { SortKey } from '../query/sort.ts'
import type { Entry } from './entry.ts'

export type Order = readonly (Comparable | null)[]

export function orderOf(keys: readonly SortKey[], row: Row): Order {
  return keys.map(({ field }) => comparableOf(row[field.name] ?? null))
}

/** Negative where `left` stands before `right`. */
export function compareOrder(keys: readonly SortKey[], left: Order, right: Order): number {
  for (const [index, { field, descending }] of keys.entries()) {
    const [a, b] = [left[index] ?? null, right[index] ?? null]
    const order =
      a === null || b === null
        ? Number(b === null) - Number(a === null)
        : compareValues(a, b, field.data.caseInsensitive)
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

/** Where in a sorted list an order stands: behind all that are before it. */
export function placeOf(keys: readonly SortKey[], sorted: readonly Entry[], order: Order): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareOrder(keys, (sorted[middle] as Entry).order, order) < 0) low = middle + 1
    else high = middle
  }
  return low
}
