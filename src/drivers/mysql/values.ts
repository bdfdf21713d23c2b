/** Values on their way to MySQL and back, in the binary form of the protocol. */

import mysql, { type FieldPacket, type TypedParameterValue } from 'mysql2'
import { type ColumnType, DriverError, type SqlValue } from '../driver.ts'
import { parseJson, safeInteger } from '../sqlite-values.ts'

export type Parameter = string | number | null | Buffer | TypedParameterValue

/** Whole numbers go as such: MySQL would do its sums with a double where SQLite does them with integers. */
export function encode(value: SqlValue, index: number): Parameter {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      if (!Number.isFinite(value))
        throw new DriverError('type', 20, `Parameter ${index + 1} is no number that can be stored`)
      return Number.isSafeInteger(value) ? mysql.TypedParameter.LONGLONG(value) : value
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value)
        throw new DriverError('type', 20, `Parameter ${index + 1} needs more than 64 bits`)
      return mysql.TypedParameter.LONGLONG(value)
    default:
      if (value === null) return null
      if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      throw new DriverError('type', 20, `Parameter ${index + 1} is no SQL value`)
  }
}

/** Types of columns by their numbers in the protocol. */
const decimals: ReadonlySet<number> = new Set([0, 246])
const longLong = 8
const json = 245

export type Decode = (value: unknown) => unknown

/**
 * How a column is read. The client library gives 64-bit integers as numbers where a number holds them and else as text,
 * decimals as text, binary strings as buffers.
 */
export function decoderOf(
  type: ColumnType,
  { columnType = 0, extendedFormat }: Pick<FieldPacket, 'columnType' | 'extendedFormat'>,
): Decode {
  const read: Decode = columnType === longLong ? integer : decimals.has(columnType) ? decimal : stored
  // A column that holds values of any type holds them as JSON.
  if (type === 'any' && (columnType === json || extendedFormat === 'json'))
    return (value) => parseJson(String(value))
  switch (type) {
    case 'text':
    case 'datetime':
    case 'bytes':
    case 'integer':
    case 'any':
      return read
    case 'bigint':
      return (value) => (isNumeric(value) ? BigInt(value) : stored(value))
    case 'number':
      return (value) => {
        const decoded = read(value)
        return typeof decoded === 'bigint' ? Number(decoded) : decoded
      }
    case 'boolean':
      return (value) => {
        const decoded = read(value)
        return typeof decoded === 'number' || typeof decoded === 'bigint' ? Number(decoded) !== 0 : decoded
      }
    case 'json':
      return (value) =>
        parseJson(value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value))
    default:
      return type satisfies never
  }
}

const isNumeric = (value: unknown): value is string | number =>
  typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && /^-?\d+$/.test(value)

const integer: Decode = (value) => (typeof value === 'string' ? safeInteger(BigInt(value)) : value)

const decimal: Decode = (value) => (isNumeric(value) ? safeInteger(BigInt(value)) : Number(value))

/** The library's buffers are views of the packet that they came in. */
const stored: Decode = (value) => (value instanceof Uint8Array ? Uint8Array.from(value) : value)
