import type { FieldData } from '@metabuilder/dbal'
import { bytesInWords } from '../ui/numbers.ts'
import { isNumeric } from './field-kind.ts'

/**
 * Values as text and back. A text that cannot be the field's value is passed on as it was typed: the engine says what is
 * wrong with it, at the field.
 */

/** The text that a value is edited as. */
export function toText(field: FieldData, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (field.type === 'json') return JSON.stringify(value, null, 2)
  if (value instanceof Uint8Array) return bytesInWords(value.byteLength)
  return String(value)
}

/** The value that a text means. */
export function fromText(field: FieldData, text: string, before?: unknown): unknown {
  if (field.type === 'json') return JSON.parse(text)
  if (field.type === 'bigint') return /^\s*-?\d+\s*$/.test(text) ? BigInt(text) : text
  // A file's column without a type keeps the kind of value that stands there.
  const expectsNumber = isNumeric(field) || (field.type === 'any' && typeof before === 'number')
  if (expectsNumber) return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
  return text
}

/** The text of a value in a cell: one line. */
export function toCell(field: FieldData, value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Uint8Array) return bytesInWords(value.byteLength)
  if (field.type === 'datetime')
    return String(value)
      .replace('T', ' ')
      .replace(/(:\d\d)\.\d+Z$/, '$1')
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value).slice(0, 200)
}
