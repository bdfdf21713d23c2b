/** Values on their way to PostgreSQL and back, both in the text form of the protocol. */

import { type ColumnType, DriverError, type SqlValue } from '../driver.ts'
import { safeInteger } from '../sqlite-values.ts'

/** Types by their numbers, which are the same on every server. */
const oids = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
}
const numeric = 1700
const jsonb = 3802

const integers: ReadonlySet<number> = new Set([oids.int2, oids.int4, oids.int8, oids.oid])
const doubles: ReadonlySet<number> = new Set([oids.float4, oids.float8])

/** A parameter as text; bytes go as they are. */
export function encode(value: SqlValue, index: number): string | Buffer | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      if (Number.isNaN(value)) throw new DriverError('type', 20, `Parameter ${index + 1} is not a number`)
      return String(value)
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value)
        throw new DriverError('type', 20, `Parameter ${index + 1} needs more than 64 bits`)
      return String(value)
    default:
      if (value === null) return null
      if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      throw new DriverError('type', 20, `Parameter ${index + 1} is no SQL value`)
  }
}

export type Decode = (text: string) => unknown

/** How a column is read, from what the statement promises and what the server says it sends. */
export function decoderOf(type: ColumnType, oid: number): Decode {
  switch (type) {
    case 'text':
    case 'datetime':
      return oid === oids.bytea ? bytes : text
    case 'integer':
      return oid === oids.bool ? flag : integers.has(oid) || oid === numeric ? integer : stored(oid)
    case 'bigint':
      return BigInt
    case 'number':
      return oid === oids.bool ? flag : Number
    case 'boolean':
      return oid === oids.bool ? truth : (value) => value !== '0'
    case 'json':
      return json
    case 'bytes':
      return oid === oids.bytea ? bytes : text
    case 'any':
      return stored(oid)
    default:
      return type satisfies never
  }
}

/** Whatever it is, in the form that SQLite would give it: a boolean is 1 or 0. */
function stored(oid: number): Decode {
  if (integers.has(oid)) return integer
  if (doubles.has(oid)) return Number
  if (oid === numeric) return (value) => (/^-?\d+$/.test(value) ? integer(value) : Number(value))
  if (oid === oids.bool) return flag
  if (oid === oids.bytea) return bytes
  if (oid === oids.json || oid === jsonb) return json
  return text
}

const text: Decode = (value) => value

const flag: Decode = (value) => (value === 't' ? 1 : 0)

const truth: Decode = (value) => value === 't'

/** Fifteen digits are always safe. */
const integer: Decode = (value) => (value.length < 16 ? Number(value) : safeInteger(BigInt(value)))

const bytes: Decode = (value) => new Uint8Array(Buffer.from(value.slice(2), 'hex'))

const json: Decode = (value) => {
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new DriverError('type', 20, 'A stored json value is not JSON', { cause: error })
  }
}
