/** A schema as JSON Schema 2020-12: what a row looks like, and what create and update take. */

import type { Schema, Shapes } from './define.ts'
import type { EntityData, FieldData } from './schema.ts'

export interface JsonSchema {
  readonly [keyword: string]: unknown
}

export interface EntityJsonSchemas {
  /** A row in results. A caller may see less of it: fields that the rules keep from them are left out. */
  readonly row: JsonSchema
  readonly create: JsonSchema
  /** What may be changed, each field or none. */
  readonly update: JsonSchema
}

/** Where a field stands: in a result, or in what a caller gives. */
export type FieldUse = 'row' | 'create' | 'update'

/** The schema of a field's values without null. */
export type ValueSchemaOf = (field: FieldData, use: FieldUse) => JsonSchema

/**
 * By entity. Hidden fields are in no row; a view has nothing to create or update, and takes nothing.
 *
 * Bytes are written as base64, a bigint as an integer of format `int64`. A length counts Unicode code points, as JSON Schema
 * does too.
 */
export function toJsonSchema<S extends Shapes>(
  schema: Schema<S>,
): { readonly [Entity in keyof S]: EntityJsonSchemas } {
  const schemas = Object.fromEntries(
    Object.entries(schema.entities).map(([name, entity]) => {
      const { row, create, update } = entityJsonSchemas(name, entity)
      return [name, { row: whole(row), create: whole(create), update: whole(update) }]
    }),
  )
  return schemas as { readonly [Entity in keyof S]: EntityJsonSchemas }
}

const whole = (schema: JsonSchema): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...schema,
})

/** @param valueSchemaOf how values are written, where it is not as `toJsonSchema` says */
export function entityJsonSchemas(
  name: string,
  { fields, kind, primaryKey }: EntityData,
  valueSchemaOf: ValueSchemaOf = jsonValueSchema,
): EntityJsonSchemas {
  const all = Object.entries(fields)
  const written = kind === 'view' ? [] : all
  const object = (
    title: string,
    chosen: typeof all,
    required: typeof all,
    toField: (data: FieldData) => JsonSchema,
  ): JsonSchema => ({
    title,
    type: 'object',
    properties: Object.fromEntries(chosen.map(([field, data]) => [field, toField(data)])),
    required: required.map(([field]) => field),
    additionalProperties: false,
  })
  const visible = all.filter(([, { hidden }]) => !hidden)
  const isOptionalKey = (generated: FieldData['generated']) => generated === 'id' || generated === 'rowid'
  return {
    row: object(name, visible, visible, (data) => fieldSchema(data, valueSchemaOf, 'row')),
    create: object(
      `${name} to create`,
      written.filter(([, { generated }]) => !generated || isOptionalKey(generated)),
      written.filter(([, { required }]) => required),
      (data) => ({
        ...fieldSchema(data, valueSchemaOf, 'create'),
        ...(data.default !== undefined && { default: data.default }),
      }),
    ),
    update: object(
      `${name} to update`,
      written.filter(
        ([field, { generated, immutable }]) => !generated && !immutable && !primaryKey.includes(field),
      ),
      [],
      (data) => fieldSchema(data, valueSchemaOf, 'update'),
    ),
  }
}

function fieldSchema(field: FieldData, valueSchemaOf: ValueSchemaOf, use: FieldUse): JsonSchema {
  const { nullable, generated } = field
  const schema = valueSchemaOf(field, use)
  return {
    ...(nullable ? orNull(schema) : schema),
    ...(field.references && {
      description: `References ${field.references.entity}.${field.references.field}`,
    }),
    ...(generated && { readOnly: generated !== 'id' && generated !== 'rowid' }),
  }
}

/** The same values, and null. */
export function orNull(schema: JsonSchema): JsonSchema {
  const { type, enum: values, anyOf } = schema
  if (type !== undefined) {
    return {
      ...schema,
      type: [...(Array.isArray(type) ? type : [type]), 'null'],
      ...(Array.isArray(values) && { enum: [...values, null] }),
    }
  }
  return { anyOf: [...(Array.isArray(anyOf) ? anyOf : [schema]), { type: 'null' }] }
}

const jsonTypes = ['object', 'array', 'string', 'number', 'boolean']

/** As `toJsonSchema` writes a value. */
export function jsonValueSchema({ type, min, max, pattern, values, subsetOf }: FieldData): JsonSchema {
  const text = {
    type: 'string',
    ...(min !== undefined && { minLength: min }),
    ...(max !== undefined && { maxLength: max }),
    ...(pattern !== undefined && { pattern: wholeValue(pattern) }),
  }
  const number = { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
  switch (type) {
    case 'string':
    case 'text':
      return values ? { ...text, enum: values } : text
    case 'email':
      return { ...text, format: 'email' }
    case 'uuid':
      return { type: 'string', format: 'uuid' }
    case 'datetime':
      return { type: 'string', format: 'date-time' }
    case 'enum':
      return { type: 'string', enum: values }
    case 'integer':
      return { type: 'integer', ...number }
    case 'bigint':
      return { type: 'integer', format: 'int64', ...number }
    case 'number':
      return { type: 'number', ...number }
    case 'boolean':
      return { type: 'boolean' }
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64' }
    case 'json':
      return subsetOf ? { type: 'array', items: { type: 'string', enum: subsetOf } } : { type: jsonTypes }
    case 'any':
      return { type: ['string', 'number'] }
    default:
      return type satisfies never
  }
}

/** JSON Schema looks for a pattern anywhere in the text; a field's pattern is about all of it. */
function wholeValue(pattern: string): string {
  return /^\^[^|]*[^\\|]\$$/.test(pattern) ? pattern : `^(?:${pattern})$`
}
