/** What a field can be asked by itself. */

import type { Reader } from './read.ts'
import { measured, textual } from './read-definitions.ts'
import { instantPattern } from './row-filter.ts'
import type { FieldData, FieldType, JsonValue } from './schema.ts'

/** Options that only some types have. */
const optionTypes: { readonly [option: string]: readonly FieldType[] } = {
  caseInsensitive: textual,
  pattern: textual,
  min: measured,
  max: measured,
  values: ['enum'],
  subsetOf: ['json'],
  scan: ['text'],
}

/** `lenient`: a field that is neither given nor null nor has a default is filled by the database. */
export function checkField(read: Reader, field: FieldData, path: string, lenient: boolean): void {
  const { type, required, nullable, generated, min = -Infinity, max = Infinity, pattern, references } = field
  const refuse = (wrong: unknown, option: string, message: string) => {
    if (wrong) read.note(`${path}.${option}`, message)
  }
  const misplaced = `does not go with the type ${type}`
  for (const [option, allowed] of Object.entries(optionTypes)) {
    refuse(
      (field[option as keyof FieldData] ?? false) !== false && !allowed.includes(type),
      option,
      misplaced,
    )
  }
  refuse(min > max, 'min', `is more than max (${max})`)
  refuse(type === 'enum' && !field.values?.length, 'values', 'must hold at least one')
  refuse(
    (generated === 'id' && type !== 'uuid') || (generated?.endsWith('At') && type !== 'datetime'),
    'generated',
    misplaced,
  )
  const isFilled = generated || field.default !== undefined
  refuse(required && isFilled, 'required', 'does not go with a default or a value made by the engine')
  refuse(
    !(lenient || required || nullable || isFilled),
    'nullable',
    'cannot be false for a field that is neither required nor has a default',
  )
  for (const event of ['onDelete', 'onUpdate'] as const) {
    refuse(
      !lenient && references?.[event] === 'setNull' && !nullable,
      event,
      'setNull needs a nullable field',
    )
  }
  let expression = /(?:)/u
  try {
    expression = new RegExp(pattern ?? '', 'u')
  } catch {
    refuse(true, 'pattern', 'is not a regular expression in Unicode mode')
  }
  refuse(
    field.default !== undefined && !isValue(field, field.default, min, max, expression),
    'default',
    'is not a value of the field',
  )
}

function isValue(field: FieldData, value: JsonValue, min: number, max: number, expression: RegExp): boolean {
  const { type, nullable, values, subsetOf } = field
  if (value === null) return nullable
  switch (type) {
    case 'json':
      return !subsetOf || (Array.isArray(value) && value.every((item) => subsetOf.includes(item)))
    case 'boolean':
      return typeof value === type
    case 'integer':
    case 'bigint':
    case 'number':
      return (
        typeof value === 'number' &&
        (type === 'number' || Number.isSafeInteger(value)) &&
        value >= min &&
        value <= max
      )
    case 'any':
      return typeof value !== 'object'
  }
  if (typeof value !== 'string' || type === 'bytes') return false
  const length = [...value].length
  return (
    length >= min &&
    length <= max &&
    expression.test(value) &&
    (!values || values.includes(value)) &&
    (type !== 'datetime' || instantPattern.test(value)) &&
    (type !== 'uuid' || /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value))
  )
}
