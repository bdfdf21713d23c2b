/** Whether a value is of the kind that a column of a type holds: what else is compared with it is an error of most databases. */

import type { SqlValue } from '../../drivers/driver.ts'
import type { FieldType } from '../../schema/schema.ts'

export function isOfKind(type: FieldType, value: SqlValue): boolean {
  if (value === null) return true
  switch (type) {
    case 'bytes':
      return value instanceof Uint8Array
    case 'number':
      return typeof value === 'number'
    case 'boolean':
      return value === 0 || value === 1
    case 'integer':
    case 'bigint':
      return typeof value === 'bigint' || Number.isSafeInteger(value)
    default:
      return typeof value === 'string' && !value.includes('\0')
  }
}
