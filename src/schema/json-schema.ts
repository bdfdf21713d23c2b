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
    Object.entries(schema.entities).map(([name, entity]) => [name, entitySchemas(name, entity)]),
  )
  return schemas as { readonly [Entity in keyof S]: EntityJsonSchemas }
}

function entitySchemas(name: string, { fields, kind }: EntityData): EntityJsonSchemas {
  const all = Object.entries(fields)
  const written = kind === 'view' ? [] : all
  const object = (
    title: string,
    chosen: typeof all,
    required: typeof all,
    toField = fieldSchema,
  ): JsonSchema => ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    type: 'object',
    properties: Object.fromEntries(chosen.map(([field, data]) => [field, toField(data)])),
    required: required.map(([field]) => field),
    additionalProperties: false,
  })
  const visible = all.filter(([, { hidden }]) => !hidden)
  const isOptionalKey = (generated: FieldData['generated']) => generated === 'id' || generated === 'rowid'
  return {
    row: object(name, visible, visible),
    create: object(
      `${name} to create`,
      written.filter(([, { generated }]) => !generated || isOptionalKey(generated)),
      written.filter(([, { required }]) => required),
      (data) => ({ ...fieldSchema(data), ...(data.default !== undefined && { default: data.default }) }),
    ),
    update: object(
      `${name} to update`,
      written.filter(([, { generated, immutable }]) => !generated && !immutable),
      [],
    ),
  }
}

function fieldSchema(field: FieldData): JsonSchema {
  const { nullable, generated } = field
  const schema = typeSchema(field)
  const withNull =
    nullable && 'type' in schema
      ? { ...schema, type: [schema['type'], 'null'], ...(field.values && { enum: [...field.values, null] }) }
      : schema
  return {
    ...withNull,
    ...(field.references && {
      description: `References ${field.references.entity}.${field.references.field}`,
    }),
    ...(generated && { readOnly: generated !== 'id' && generated !== 'rowid' }),
  }
}

function typeSchema({ type, min, max, pattern, values, subsetOf }: FieldData): JsonSchema {
  const text = {
    type: 'string',
    ...(min !== undefined && { minLength: min }),
    ...(max !== undefined && { maxLength: max }),
    ...(pattern !== undefined && { pattern }),
  }
  const number = { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
  switch (type) {
    case 'string':
    case 'text':
      return text
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
      return subsetOf ? { type: 'array', items: { type: 'string', enum: subsetOf } } : {}
    case 'any':
      return {}
    default:
      return type satisfies never
  }
}
