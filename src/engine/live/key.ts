/** Ids and values as they are told apart in live results. */

/** An id as the key of a map. */
export function keyOf(id: unknown): string {
  if (typeof id === 'string') return `s${id}`
  if (id instanceof Uint8Array) return `b${id.join()}`
  if (typeof id !== 'object' || id === null) return `${typeof id}:${id}`
  return JSON.stringify(Object.values(id).map(keyOf))
}

/** A value as text: two have the same only where they are the same, however deep. */
export function contentOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(contentOf).join()}]`
  if (value instanceof Uint8Array) return `b${value.join()}`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${contentOf(inner)}`)}}`
  return typeof value === 'string'
    ? JSON.stringify(value)
    : `${typeof value}${Object.is(value, -0) ? '-0' : value}`
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
