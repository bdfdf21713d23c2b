/**
 * How long a live query may be. It stays in memory as long as its subscription, and its lists are gone through with every
 * write that can concern it, whoever writes: a caller can have many of them open.
 */

import { invalid } from '../../protocol/error.ts'

/** Characters, of a query's texts and names together; every other value and every list and object counts as 8. */
export const longestLiveQuery = 65_536

/** @throws DBALError VALIDATION_ERROR */
export function refuseLong(query: unknown, path: string): void {
  let size = 0
  const add = (more: number) => {
    size += more
    if (size > longestLiveQuery)
      throw invalid(path, `is longer than ${longestLiveQuery} characters, the most for a live query`)
  }
  // Not recursive: it may be nested to any depth yet.
  const waiting: unknown[] = [query]
  while (waiting.length > 0) {
    const value = waiting.pop()
    add(typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.byteLength : 8)
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) continue
    if (Array.isArray(value)) {
      // Before its items are looked at: a list of holes can have any length.
      add(value.length)
      for (const item of value) waiting.push(item)
    } else
      for (const name of Object.keys(value)) {
        add(name.length)
        waiting.push((value as Record<string, unknown>)[name])
      }
  }
}
