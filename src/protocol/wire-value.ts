/**
 * Values as JSON, without loss. What JSON lacks travels as an object with one key that names its kind:
 * `{ "$bigint": "12" }`, `{ "$bytes": "<base64>" }`, `{ "$number": "NaN" }`, `{ "$undefined": true }`. A value of somebody's
 * own that looks like one of these travels as `{ "$plain": … }`.
 */

import { invalid } from './error.ts'

const tags: ReadonlySet<string> = new Set(['$bigint', '$bytes', '$number', '$undefined', '$plain'])

/** JSON text of a value of plain data. */
export function printWire(value: unknown): string {
  return JSON.stringify(isJson(value) ? value : tagged(value))
}

/**
 * The value that a parsed JSON text stands for. Changes what it is given.
 * @throws DBALError VALIDATION_ERROR for a tag that holds something else than it should
 */
export function readWire(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) value[at] = readWire(value[at])
    return value
  }
  const tag = tagOf(value)
  if (tag !== undefined && tag !== '$plain') return readTag(tag, (value as Tagged)[tag])
  const plain = tag === '$plain' ? (value as Tagged)[tag] : value
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) throw badTag('$plain')
  const record = plain as Record<string, unknown>
  // `__proto__` is no key of any message, so an assignment is safe.
  for (const key of Object.keys(record)) record[key] = readWire(record[key])
  return record
}

type Tagged = Readonly<Record<string, unknown>>

/** Whether JSON says all there is to say. */
function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
    case 'bigint':
    case 'undefined':
      return false
    case 'object':
      if (value === null) return true
      if (Array.isArray(value)) return value.every(isJson)
      if (value instanceof Uint8Array || tagOf(value) !== undefined) return false
      for (const key in value) if (!isJson((value as Tagged)[key])) return false
      return true
    default:
      return true
  }
}

function tagged(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: String(value) }
    case 'undefined':
      return { $undefined: true }
    case 'number':
      return isJson(value) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'object': {
      if (value === null) return value
      if (Array.isArray(value)) return Array.from(value, tagged)
      if (value instanceof Uint8Array) return { $bytes: toBase64(value) }
      const plain = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tagged(item)]))
      return tagOf(value) === undefined ? plain : { $plain: plain }
    }
    default:
      return value
  }
}

/** The one key of an object, where it is a tag. */
function tagOf(value: object): string | undefined {
  let only: string | undefined
  for (const key in value) {
    if (only !== undefined) return undefined
    only = key
  }
  return only !== undefined && tags.has(only) ? only : undefined
}

const numbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
}

function readTag(tag: string, content: unknown): unknown {
  if (tag === '$undefined' && content === true) return undefined
  if (typeof content !== 'string') throw badTag(tag)
  // A number of a million digits would take a while to read.
  if (tag === '$bigint' && /^-?\d{1,400}$/.test(content)) return BigInt(content)
  if (tag === '$number' && Object.hasOwn(numbers, content)) return numbers[content]
  const bytes = tag === '$bytes' ? fromBase64(content) : undefined
  if (bytes) return bytes
  throw badTag(tag)
}

const badTag = (tag: string) => invalid('params', `${tag} does not hold what it should`)

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const codes = Array.from(digits, (digit) => digit.charCodeAt(0))
const digitValues: readonly number[] = Array.from({ length: 128 }, (_, code) =>
  digits.indexOf(String.fromCharCode(code)),
)
/** As many characters as `String.fromCharCode` takes in one call; whole groups of four. */
const stretch = 8_192

function toBase64(bytes: Uint8Array): string {
  const text: string[] = []
  let part: number[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]]
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0)
    part.push(
      codes[bits >> 18] as number,
      codes[(bits >> 12) & 63] as number,
      second === undefined ? 61 : (codes[(bits >> 6) & 63] as number),
      third === undefined ? 61 : (codes[bits & 63] as number),
    )
    if (part.length === stretch) {
      text.push(String.fromCharCode(...part))
      part = []
    }
  }
  text.push(String.fromCharCode(...part))
  return text.join('')
}

function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const end = text.length - padding
  let bits = 0
  let put = 0
  for (let at = 0; at < end; at++) {
    const value = digitValues[text.charCodeAt(at)] ?? -1
    if (value < 0) return undefined
    bits = (bits << 6) | value
    if (at % 4 === 3) {
      bytes[put++] = bits >> 16
      bytes[put++] = (bits >> 8) & 255
      bytes[put++] = bits & 255
      bits = 0
    }
  }
  if (padding === 2) bytes[put++] = bits >> 4
  else if (padding === 1) {
    bytes[put++] = bits >> 10
    bytes[put++] = (bits >> 2) & 255
  }
  return bytes
}
