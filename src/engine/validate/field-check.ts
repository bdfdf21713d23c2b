/** A field's rules as one function, made once. */

import type { FieldData } from '../../schema/schema.ts'
import type { FieldModel } from '../model.ts'
import { type Reader, readerOf } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { codePointLength, fitsInBytes } from '../values/text.ts'

const nullRefused = new Refusal('must not be null')

/** Why a value is not taken, or undefined. The type's reader has passed the value before, so each bound names its type. */
type Bound<Value = never> = (value: Value) => Refusal | undefined

/**
 * @param maxValueBytes bound of strings, json and bytes that have no `max` of their own
 * @returns a reader: the value as it is stored, null where the field takes it, or a Refusal
 */
export function fieldCheck(field: FieldModel, maxValueBytes: number): Reader {
  const { data } = field
  const read = readerOf(data.type, data.max ?? maxValueBytes)
  const bounds = boundsOf(data, maxValueBytes) as unknown as readonly Bound<unknown>[]
  const [first, second] = bounds
  return (value) => {
    if (value === null) return data.nullable ? null : nullRefused
    const taken = read(value)
    if (taken instanceof Refusal || !first) return taken
    // The first two are written out because nearly all fields have no more, and a loop costs as much as a check.
    return (
      first(taken) ??
      second?.(taken) ??
      (bounds.length > 2 ? firstRefusal(bounds, taken) : undefined) ??
      taken
    )
  }
}

function firstRefusal(bounds: readonly Bound<unknown>[], value: unknown): Refusal | undefined {
  for (const bound of bounds) {
    const refusal = bound(value)
    if (refusal) return refusal
  }
  return undefined
}

function boundsOf(data: FieldData, maxValueBytes: number): Bound[] {
  switch (data.type) {
    case 'string':
    case 'text':
    case 'email':
    case 'enum':
    case 'uuid':
      return textBounds(data, maxValueBytes)
    case 'integer':
    case 'bigint':
    case 'number':
      return rangeBounds(data)
    case 'json':
      return data.subsetOf ? [subsetBound(data.subsetOf)] : []
    case 'bytes':
      return [bytesBound(data, maxValueBytes)]
    case 'any':
      return [anyBound(data.max ?? maxValueBytes)]
    default:
      return []
  }
}

function textBounds(data: FieldData, maxValueBytes: number): Bound[] {
  if (data.type === 'uuid') return []
  if (data.type === 'enum') return [enumBound(data.values ?? [])]
  const bounds: Bound[] = [lengthBound(data, maxValueBytes)]
  if (data.pattern !== undefined) bounds.push(patternBound(data.pattern))
  if (data.values) bounds.push(enumBound(data.values))
  return bounds
}

function enumBound(values: readonly string[]): Bound {
  const known: ReadonlySet<string> = new Set(values)
  const refusal = new Refusal(`must be one of ${values.join(', ')}`)
  return (value: string) => (known.has(value) ? undefined : refusal)
}

function lengthBound({ min = 0, max }: FieldData, maxValueBytes: number): Bound {
  const tooShort = new Refusal(min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
  const tooLong = new Refusal(
    max === undefined ? `takes more than ${maxValueBytes} bytes` : `must have at most ${max} characters`,
  )
  return (value: string) => {
    // Code points are at least half as many as units, so most values need no counting.
    if (value.length < min || (value.length < 2 * min && codePointLength(value) < min)) return tooShort
    if (max === undefined) return fitsInBytes(value, maxValueBytes) ? undefined : tooLong
    return value.length <= max || (value.length <= 2 * max && codePointLength(value) <= max)
      ? undefined
      : tooLong
  }
}

function patternBound(pattern: string): Bound {
  const whole = new RegExp(`^(?:${pattern})$`, 'u')
  const refusal = new Refusal(`must match ${pattern}`)
  return (value: string) => (whole.test(value) ? undefined : refusal)
}

function rangeBounds({ min, max }: FieldData): Bound[] {
  const bounds: Bound[] = []
  if (min !== undefined) {
    const refusal = new Refusal(`must be at least ${min}`)
    bounds.push((value: number | bigint) => (value >= min ? undefined : refusal))
  }
  if (max !== undefined) {
    const refusal = new Refusal(`must be at most ${max}`)
    bounds.push((value: number | bigint) => (value <= max ? undefined : refusal))
  }
  return bounds
}

function subsetBound(allowed: readonly string[]): Bound {
  const known: ReadonlySet<unknown> = new Set(allowed)
  const notList = new Refusal('must be a list')
  return (value: unknown) => {
    if (!Array.isArray(value)) return notList
    const at = value.findIndex((item) => !known.has(item))
    return at < 0 ? undefined : new Refusal(`must be one of ${allowed.join(', ')}`, `[${at}]`)
  }
}

function bytesBound({ min = 0, max }: FieldData, maxValueBytes: number): Bound {
  const tooShort = new Refusal(`must have at least ${min} bytes`)
  const tooLong = new Refusal(`must have at most ${max ?? maxValueBytes} bytes`)
  return (value: Uint8Array) =>
    value.byteLength < min ? tooShort : value.byteLength > (max ?? maxValueBytes) ? tooLong : undefined
}

function anyBound(maxBytes: number): Bound {
  const tooLong = new Refusal(`takes more than ${maxBytes} bytes`)
  return (value: unknown) => {
    const fits =
      typeof value === 'string'
        ? fitsInBytes(value, maxBytes)
        : !(value instanceof Uint8Array) || value.byteLength <= maxBytes
    return fits ? undefined : tooLong
  }
}
