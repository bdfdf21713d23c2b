/** Ids and values as they are told apart in live results. */

/** An id as the key of a map. */
export function keyOf(id: unknown): string {
  if (typeof id === 'string') return `s${id}`
  if (id instanceof Uint8Array) return `b${id.join()}`
  if (typeof id !== 'object' || id === null) return `${typeof id}:${id}`
  return JSON.stringify(Object.values(id).map(keyOf))
}

/** Equal as values, however deep. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  if (left instanceof Uint8Array || right instanceof Uint8Array) {
    return left instanceof Uint8Array && right instanceof Uint8Array && String(left) === String(right)
  }
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) =>
        Object.hasOwn(right, name) &&
        isSame((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
    )
  )
}
