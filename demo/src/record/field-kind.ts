import type { FieldData } from '@metabuilder/dbal'

/** The control that a field is edited with. */
export type FieldKind =
  | 'text'
  | 'longText'
  | 'number'
  | 'flag'
  | 'choice'
  | 'json'
  | 'datetime'
  | 'reference'
  | 'bytes'

export function kindOf(field: FieldData): FieldKind {
  if (field.references) return 'reference'
  switch (field.type) {
    case 'text':
      return 'longText'
    case 'integer':
    case 'bigint':
    case 'number':
      return 'number'
    case 'boolean':
      return 'flag'
    case 'enum':
      return 'choice'
    case 'json':
      return 'json'
    case 'datetime':
      return 'datetime'
    case 'bytes':
      return 'bytes'
    case 'uuid':
    case 'string':
    case 'email':
    case 'any':
      return 'text'
    default:
      return field.type satisfies never
  }
}

export const isNumeric = (field: FieldData) => ['integer', 'bigint', 'number'].includes(field.type)

/** What the schema asks of a field, in a few words. */
export function constraintsOf(field: FieldData): string {
  const words: string[] = [field.type]
  const isText = ['string', 'text', 'email'].includes(field.type)
  if (field.min !== undefined && field.max !== undefined)
    words.push(`${field.min}–${field.max}${isText ? ' characters' : ''}`)
  else if (field.max !== undefined) words.push(`at most ${field.max}${isText ? ' characters' : ''}`)
  else if (field.min !== undefined) words.push(`at least ${field.min}${isText ? ' characters' : ''}`)
  if (field.unique) words.push('unique')
  if (field.pattern) words.push(field.pattern)
  return words.join(' · ')
}
