/**
 * A call takes its arguments as they are at that moment: they are copied when the call is made, so that a caller may go on
 * to change an object without changing calls that have not left yet. The copy is plain data on every transport.
 */

import { invalid } from '../protocol/error.ts'

/** Deeper than any limit of the engine; only an object that holds itself gets here. */
const deepest = 1_000

/**
 * Copies plain data. A Date becomes its ISO text, bytes of any kind a Uint8Array; properties that are undefined stay so.
 * @throws DBALError VALIDATION_ERROR naming the place of what cannot be sent
 */
export function copyArguments(params: readonly unknown[]): unknown[] {
  let length = params.length
  while (length > 0 && params[length - 1] === undefined) length--
  return copyList(params.slice(0, length), '', 0)
}

function copyList(list: readonly unknown[], path: string, depth: number): unknown[] {
  return list.map((item, index) =>
    // A parameter's own place says nothing to the caller: `filter.role`, not `[0].filter.role`.
    isScalar(item) ? item : copy(item, depth === 0 ? '' : `${path}[${index}]`, depth + 1),
  )
}

/** Most values are; they are spared the text of their place. */
const isScalar = (value: unknown): boolean =>
  value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')

function copy(value: unknown, path: string, depth: number): unknown {
  if (typeof value !== 'object' || value === null) throw invalid(path, `a ${typeof value} cannot be sent`)
  if (depth > deepest) throw invalid(path.slice(0, 80), 'is nested too deep, or holds itself')
  if (Array.isArray(value)) return copyList(value, path, depth)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw invalid(path, 'is not a valid date')
    return value.toISOString()
  }
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice())
  return copyObject(value as Readonly<Record<string, unknown>>, path, depth)
}

function copyObject(
  value: Readonly<Record<string, unknown>>,
  path: string,
  depth: number,
): Record<string, unknown> {
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind !== 'Object') {
    throw invalid(path, `a ${kind} cannot be sent${kind === 'Promise' ? '; is an await missing?' : ''}`)
  }
  const plain: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw invalid(path, '__proto__ is not a name')
    const item = value[key]
    plain[key] = isScalar(item) ? item : copy(item, path ? `${path}.${key}` : key, depth + 1)
  }
  return plain
}
