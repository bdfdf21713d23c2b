/** One row of a live result. */

import type { Comparable } from '../access/compare.ts'
import { isSame } from './key.ts'

export interface Entry {
  readonly key: string
  /** Undefined where rows have no key: then the place counts. */
  readonly id: unknown
  /** In the order of the result's fields. */
  readonly values: readonly unknown[]
  /** The values of the sort keys; empty where the database alone sorts. */
  readonly order: readonly (Comparable | null)[]
  /** Its place in the result as the caller knows it; -1 for a row that the caller does not know yet. */
  at: number
}

/** The entry of a row that may have been there before: values that did not change stay the same list. */
export function entryAfter(old: Entry | undefined, { key, id, values, order }: Omit<Entry, 'at'>): Entry {
  if (!old) return { key, id, values, order, at: -1 }
  const isUnchanged =
    values.length === old.values.length && values.every((value, index) => isSame(value, old.values[index]))
  return { key, id, values: isUnchanged ? old.values : values, order, at: old.at }
}
