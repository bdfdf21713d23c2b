/** Values as keys of maps, equal where the database finds them equal. */

import type { FieldData } from '../../schema/schema.ts'
import { asciiLower } from './text.ts'

/** Two values of a field have the same key exactly when SQL finds them equal; null for what is equal to nothing. */
export function equalityKey({ caseInsensitive }: FieldData, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return `s${caseInsensitive ? asciiLower(value) : value}`
  if (typeof value === 'boolean') return value ? 'n1' : 'n0'
  if (typeof value === 'number' || typeof value === 'bigint') return `n${value}`
  return null
}
