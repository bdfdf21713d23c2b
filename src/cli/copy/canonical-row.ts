/**
 * One text for one row, whatever database it stands in, and a checksum over rows that does not depend on their order:
 * databases sort text differently.
 */

import { createHash } from 'node:crypto'
import { canonicalJson } from '../../engine/audit/canonical-json.ts'
import type { FieldType } from '../../schema/schema.ts'

/** A value that its column should not hold; the message says which. */
export class WrongValue extends Error {
  override readonly name = 'WrongValue'
}

/** @throws WrongValue */
export function canonicalRow(types: readonly FieldType[], row: readonly unknown[]): string {
  let text = ''
  for (const [index, type] of types.entries()) text += canonicalValue(type, row[index], index)
  return text
}

/** Each value with its kind and length, so that no two rows have one text. */
function canonicalValue(type: FieldType, value: unknown, index: number): string {
  if (value === null) return 'n;'
  const [kind, content] = canonicalParts(type, value) ?? wrong(type, index)
  return `${kind}${content.length}:${content};`
}

type Parts = readonly [kind: string, content: string]

function canonicalParts(type: FieldType, value: unknown): Parts | undefined {
  switch (type) {
    case 'uuid':
    case 'string':
    case 'text':
    case 'email':
    case 'enum':
    case 'datetime':
      return typeof value === 'string' ? ['s', value] : undefined
    case 'integer':
    case 'bigint':
      return isWhole(value) ? ['i', value.toString()] : undefined
    case 'number':
      return typeof value === 'number' ? ['d', numberText(value)] : undefined
    case 'boolean':
      return typeof value === 'boolean' ? ['b', String(value)] : undefined
    case 'bytes':
      return value instanceof Uint8Array ? ['x', digestOf(value)] : undefined
    case 'json':
      return typeof value === 'string' ? jsonParts(value) : undefined
    case 'any':
      return anyParts(value)
    default:
      return type satisfies never
  }
}

function isWhole(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
}

/** SQLite keeps no negative zero, so it counts as zero. */
function numberText(value: number): string {
  return String(value + 0)
}

/** Databases with a json type of their own keep neither spaces nor the order of keys. */
function jsonParts(text: string): Parts | undefined {
  try {
    return ['j', canonicalJson(JSON.parse(text))]
  } catch {
    // No JSON, or nested deeper than can be followed.
    return undefined
  }
}

function anyParts(value: unknown): Parts | undefined {
  if (typeof value === 'string') return ['s', value]
  if (isWhole(value)) return ['i', value.toString()]
  if (typeof value === 'number') return ['d', numberText(value)]
  return value instanceof Uint8Array ? ['x', digestOf(value)] : undefined
}

/** Bytes stand for themselves by their hash: their hexadecimal text would be twice as long as they are. */
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function wrong(type: FieldType, index: number): never {
  throw new WrongValue(`the value of column ${index + 1} is no ${type}`)
}

/** The sum of the rows' SHA-256 hashes, modulo 2^256. */
export class RowsChecksum {
  rows = 0
  #sum = 0n

  add(canonical: string): void {
    this.rows++
    this.#sum += BigInt(`0x${createHash('sha256').update(canonical).digest('hex')}`)
  }

  /** 64 hexadecimal digits. */
  digest(): string {
    return BigInt.asUintN(256, this.#sum).toString(16).padStart(64, '0')
  }
}
