/**
 * A cursor: the sort key of the last row seen, as an opaque text that belongs to one entity and one order. It holds a
 * checksum over itself and that order, so a cursor that was cut, changed or taken from another list is recognised. It is
 * no secret and no proof: its values are bound like a filter's, and only ever narrow what the caller's rules allow.
 */

import type { SqlValue } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel } from '../model.ts'
import { readBigint } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import type { SortKey } from './sort.ts'

/** Longer ones are no cursors of ours, unless a sort key is very long: then the list pages by number. */
const longestCursor = 16_384

export function encodeCursor(
  entity: EntityModel,
  keys: readonly SortKey[],
  values: readonly SqlValue[],
): string | undefined {
  const body = ascii(JSON.stringify(values.map(toJson)))
  const cursor = encodeBase64url(checksum(body, entity, keys) + body)
  return cursor.length <= longestCursor ? cursor : undefined
}

/**
 * The values of the sort keys, as the database stores them.
 * @param holds whether a key's column can be compared with a value
 * @throws DBALError VALIDATION_ERROR
 */
export function decodeCursor(
  entity: EntityModel,
  keys: readonly SortKey[],
  cursor: unknown,
  holds?: Dialect['holds'],
): readonly SqlValue[] {
  const values = typeof cursor === 'string' ? decode(entity, keys, cursor) : undefined
  const isComparable = (value: SqlValue, at: number) =>
    !holds || holds((keys[at] as SortKey).field.data.type, value)
  if (!values?.every(isComparable)) {
    throw invalid(
      'cursor',
      'is not a cursor of this list: it belongs to one entity and one sort, and cannot be changed',
    )
  }
  return values
}

function decode(
  entity: EntityModel,
  keys: readonly SortKey[],
  cursor: string,
): readonly SqlValue[] | undefined {
  const text = cursor.length <= longestCursor ? decodeBase64url(cursor) : undefined
  const body = text?.slice(checksumLength)
  if (text === undefined || body === undefined || !text.startsWith(checksum(body, entity, keys)))
    return undefined
  const items = parseItems(body)
  if (items?.length !== keys.length) return undefined
  const values: SqlValue[] = []
  for (const item of items) {
    const value = fromJson(item)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function parseItems(body: string): readonly unknown[] | undefined {
  try {
    const items: unknown = JSON.parse(body)
    return Array.isArray(items) ? items : undefined
  } catch {
    // The checksum is no secret, so whoever wants to can make one for a text that is no JSON.
    return undefined
  }
}

/** JSON has no bigint, no bytes and no infinity (which a REAL column of a foreign file may hold): they are tagged. */
function toJson(value: SqlValue): unknown {
  if (typeof value === 'bigint') return { i: value.toString() }
  if (value instanceof Uint8Array) return { b: Array.from(value) }
  if (typeof value === 'number' && !Number.isFinite(value)) return { n: value > 0 ? 1 : -1 }
  return value
}

function fromJson(item: unknown): SqlValue | undefined {
  if (item === null || typeof item === 'number') return item
  if (typeof item === 'string') return item.isWellFormed() ? item : undefined
  if (typeof item !== 'object') return undefined
  if ('i' in item) {
    const value = readBigint(item.i)
    return value instanceof Refusal ? undefined : value
  }
  if ('b' in item && Array.isArray(item.b)) return Uint8Array.from(item.b)
  if ('n' in item) return item.n === 1 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  return undefined
}

const checksumLength = 13

/** 53 bits of a hash of body, entity and order, in hexadecimal (cyrb53; its multipliers are arbitrary odd numbers). */
function checksum(body: string, entity: EntityModel, keys: readonly SortKey[]): string {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  const mix = (text: string) => {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      high = Math.imul(high ^ unit, 0x9e3779b1)
      low = Math.imul(low ^ unit, 0x5f356495)
    }
    high = Math.imul(high ^ 0x10000, 0x9e3779b1)
    low = Math.imul(low ^ 0x10000, 0x5f356495)
  }
  mix('1')
  mix(entity.name)
  for (const { field, descending } of keys) mix(descending ? `-${field.name}` : `+${field.name}`)
  mix(body)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  return ((high & 0x1fffff) * 2 ** 32 + (low >>> 0))
    .toString(16)
    .padStart(checksumLength + 1, '0')
    .slice(-checksumLength)
}

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
