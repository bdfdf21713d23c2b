/** Values on their way through Prisma. */

import { type ColumnType, DriverError, type SqlValue } from '../driver.ts'
import { parseJson, safeInteger } from '../sqlite-values.ts'

/** @throws DriverError `type` */
export function encode(value: SqlValue, index: number): unknown {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      if (Number.isNaN(value)) throw new DriverError('type', 20, `Parameter ${index + 1} is not a number`)
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value)
        throw new DriverError('type', 20, `Parameter ${index + 1} needs more than 64 bits`)
      return value
    default:
      if (value === null || value instanceof Uint8Array) return value
      throw new DriverError('type', 20, `Parameter ${index + 1} is no SQL value`)
  }
}

/** A value that came as its text, or as Prisma gives it. */
export function decode(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null
  switch (type) {
    case 'text':
    case 'datetime':
      return value
    case 'integer':
      if (value === 'true' || value === 'false') return value === 'true' ? 1 : 0
      return typeof value === 'string' && /^-?\d+$/.test(value) ? safeInteger(BigInt(value)) : stored(value)
    case 'bigint':
      return BigInt(String(value))
    case 'number':
      if (value === 'true' || value === 'false') return value === 'true' ? 1 : 0
      return Number(value)
    case 'boolean':
      return typeof value === 'boolean' ? value : !['0', 'false', 'f'].includes(String(value))
    case 'json':
      return typeof value === 'string' ? parseJson(value) : value
    case 'bytes':
      return value instanceof Uint8Array ? Uint8Array.from(value) : value
    case 'any':
      return stored(value)
    default:
      return type satisfies never
  }
}

/** In the form that SQLite would give it: a boolean is 1 or 0. */
function stored(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return safeInteger(value)
    case 'boolean':
      return value ? 1 : 0
    case 'object':
      return value instanceof Uint8Array ? Uint8Array.from(value) : value
    default:
      return value
  }
}
