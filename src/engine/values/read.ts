/** One reader a type: a value as the engine works with it, or a Refusal. Inputs, ids, filters and cursors all pass here. */

import type { FieldType } from '../../schema/schema.ts'
import { normaliseDatetime } from './datetime.ts'
import { readJson } from './json.ts'
import { Refusal } from './refusal.ts'

export type Reader = (value: unknown) => unknown

const refused = {
  string: new Refusal('must be a string'),
  surrogate: new Refusal('holds half of a surrogate pair'),
  nul: new Refusal('holds a NUL character'),
  uuid: new Refusal('must be a UUID'),
  email: new Refusal('must be an e-mail address'),
  integer: new Refusal('must be an integer between -(2^53 - 1) and 2^53 - 1'),
  bigint: new Refusal('must be an integer of 64 bits, as a bigint, a number or a decimal string'),
  number: new Refusal('must be a finite number'),
  boolean: new Refusal('must be true or false'),
  datetime: new Refusal('must be an instant in ISO 8601, such as 2026-01-15T10:30:00Z'),
  bytes: new Refusal('must be a Uint8Array'),
  any: new Refusal('must be a string, a finite number, a bigint or a Uint8Array'),
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const email =
  /^[A-Za-z0-9_'+-]+(?:\.[A-Za-z0-9_'+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/
const longestEmail = 320
const decimal = /^-?\d{1,19}$/
const leastBigint = -(2n ** 63n)
const greatestBigint = 2n ** 63n - 1n

export function readText(value: unknown): string | Refusal {
  if (typeof value !== 'string') return refused.string
  if (!value.isWellFormed()) return refused.surrogate
  // SQLite's text functions and the command-line shell stop at a NUL, so such a string would not compare as it looks.
  return value.includes('\0') ? refused.nul : value
}

export function readUuid(value: unknown): string | Refusal {
  if (typeof value !== 'string') return refused.uuid
  if (uuid.test(value)) return value
  const lower = value.toLowerCase()
  return uuid.test(lower) ? lower : refused.uuid
}

export function readEmail(value: unknown): string | Refusal {
  if (typeof value !== 'string') return refused.string
  return value.length <= longestEmail && email.test(value) ? value : refused.email
}

export function readInteger(value: unknown): number | Refusal {
  // `+ 0` turns -0 into 0.
  return Number.isSafeInteger(value) ? (value as number) + 0 : refused.integer
}

export function readBigint(value: unknown): bigint | Refusal {
  let read: bigint
  if (typeof value === 'bigint') read = value
  else if (Number.isSafeInteger(value)) return BigInt(value as number)
  else if (typeof value === 'string' && decimal.test(value)) read = BigInt(value)
  else return refused.bigint
  return read >= leastBigint && read <= greatestBigint ? read : refused.bigint
}

export function readNumber(value: unknown): number | Refusal {
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : refused.number
}

export function readBoolean(value: unknown): boolean | Refusal {
  return typeof value === 'boolean' ? value : refused.boolean
}

export function readDatetime(value: unknown): string | Refusal {
  if (typeof value === 'string') return normaliseDatetime(value) ?? refused.datetime
  // A Date is its ISO form on every transport that writes JSON, so it is on the others too.
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return refused.datetime
  return normaliseDatetime(value.toISOString()) ?? refused.datetime
}

export function readBytes(value: unknown): Uint8Array | Refusal {
  return value instanceof Uint8Array ? value : refused.bytes
}

export function readAny(value: unknown): unknown {
  if (typeof value === 'string') return readText(value)
  if (typeof value === 'bigint') return readBigint(value)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  return value instanceof Uint8Array ? value : refused.any
}

/**
 * The reader of a type, without a field's own bounds.
 * @param maxValueBytes bound of a json value
 */
export function readerOf(type: FieldType, maxValueBytes: number): Reader {
  switch (type) {
    case 'string':
    case 'text':
      return readText
    // Whether a text is one of an enum's values is asked by the field.
    case 'enum':
      return readText
    case 'uuid':
      return readUuid
    case 'email':
      return readEmail
    case 'integer':
      return readInteger
    case 'bigint':
      return readBigint
    case 'number':
      return readNumber
    case 'boolean':
      return readBoolean
    case 'datetime':
      return readDatetime
    case 'json':
      return (value) => readJson(value, maxValueBytes)
    case 'bytes':
      return readBytes
    case 'any':
      return readAny
    default:
      return type satisfies never
  }
}
