/** Values as they travel: JSON, and objects of one key for what JSON lacks (src/protocol/wire-value.ts). */

import { type JsonSchema, jsonValueSchema, type ValueSchemaOf } from '../schema/json-schema.ts'
import type { FieldData } from '../schema/schema.ts'
import { anyOf, objectOf, refToShared, shared, text } from './names.ts'

const tag = (name: string, content: JsonSchema, description: string): JsonSchema =>
  objectOf({ [name]: content }, { description })

export const valueComponents: Readonly<Record<string, JsonSchema>> = {
  [shared('Bigint')]: tag(
    '$bigint',
    { type: 'string', pattern: '^-?[0-9]{1,400}$' },
    'A whole number of 64 bits and more, as its decimal digits.',
  ),
  [shared('Bytes')]: tag(
    '$bytes',
    {
      type: 'string',
      contentEncoding: 'base64',
      pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
    },
    'Bytes, as base64 with padding.',
  ),
  [shared('Number')]: {
    description: 'A double. JSON has no word for some of them.',
    anyOf: [
      { type: 'number' },
      tag('$number', { type: 'string', enum: ['NaN', 'Infinity', '-Infinity', '-0'] }, 'No number of JSON.'),
    ],
  },
}

/** Any value of JSON, in which an object that looks like a tag travels as `{ "$plain": … }`. */
export const anyValue: JsonSchema = {}

/** What a caller may write a number of 64 bits as. */
const bigintGiven = (bounds: JsonSchema): readonly JsonSchema[] => [
  { type: 'integer', ...bounds },
  { type: 'string', pattern: '^-?[0-9]{1,19}$' },
  refToShared('Bigint'),
]

/** A field's value in a row, and as a caller gives it. */
export const wireValueSchema: ValueSchemaOf = (field, use) => {
  switch (field.type) {
    case 'bigint': {
      const { type: _, format: __, ...bounds } = jsonValueSchema(field)
      return use === 'row' ? refToShared('Bigint') : { anyOf: bigintGiven(bounds) }
    }
    case 'bytes':
      return refToShared('Bytes')
    case 'any':
      return { anyOf: [text, refToShared('Number'), refToShared('Bigint'), refToShared('Bytes')] }
    case 'datetime':
      // Every form of ISO 8601 is taken, a date alone too; the format would refuse some.
      return use === 'row' ? jsonValueSchema(field) : instant
    default:
      return jsonValueSchema(field)
  }
}

export const instant: JsonSchema = {
  type: 'string',
  examples: ['2026-01-15T10:30:00.000Z'],
}

/** As `wireValueSchema`, for values that need not be ones that could be stored: what is looked for, what was computed. */
export const unboundedSchema: ValueSchemaOf = ({ min: _, max: __, pattern: ___, ...field }, use) =>
  wireValueSchema(field, use)

/** What a field is compared with: its type, without the bounds of what may be stored. */
export function operandSchema({ type, values }: Pick<FieldData, 'type' | 'values'>): JsonSchema {
  switch (type) {
    case 'string':
    case 'text':
    case 'email':
    case 'uuid':
      return text
    case 'datetime':
      return instant
    case 'enum':
      return { type: 'string', enum: values }
    case 'bigint':
      return { anyOf: bigintGiven({}) }
    case 'json':
      return anyValue
    case 'integer':
    case 'number':
    case 'boolean':
      return { type }
    case 'bytes':
      return refToShared('Bytes')
    case 'any':
      return anyOf(text, { type: 'number' }, refToShared('Bigint'), refToShared('Bytes'))
    default:
      return type satisfies never
  }
}
