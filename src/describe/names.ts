/** Keys of components: letters, digits, `_`, `-` and dots are all that AsyncAPI and OpenAPI take. */

import type { JsonSchema } from '../schema/json-schema.ts'

/** Two names never give one key. Dots are ours: `User.Filter` is no entity. */
export const keyOf = (entity: string): string =>
  entity.replace(
    /[^A-Za-z0-9_-]|_(?=x[0-9a-f]+_)/gu,
    (character) => `_x${character.codePointAt(0)?.toString(16)}_`,
  )

export const refTo = (key: string): JsonSchema => ({ $ref: `#/components/schemas/${key}` })

/** Schemas that belong to no entity. */
export const shared = (name: string): string => `dbal.${name}`
export const refToShared = (name: string): JsonSchema => refTo(shared(name))

export interface ObjectOptions {
  readonly optional?: readonly string[]
  readonly title?: string
  readonly description?: string
}

/** An object of exactly these members. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  { optional = [], ...more }: ObjectOptions = {},
): JsonSchema {
  return {
    ...more,
    type: 'object',
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
  }
}

/** As `objectOf`, and none of them must be there. */
export const optionsOf = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema =>
  objectOf(properties, { optional: Object.keys(properties) })

export const listOf = (items: JsonSchema, bounds: JsonSchema = {}): JsonSchema => ({
  type: 'array',
  items,
  ...bounds,
})

export const anyOf = (...schemas: readonly JsonSchema[]): JsonSchema =>
  schemas.length === 1 ? (schemas[0] as JsonSchema) : { anyOf: schemas }

export const text: JsonSchema = { type: 'string' }
export const flag: JsonSchema = { type: 'boolean' }
export const datetime: JsonSchema = { type: 'string', format: 'date-time' }
export const whole = (minimum: number, maximum?: number): JsonSchema => ({
  type: 'integer',
  minimum,
  ...(maximum !== undefined && { maximum }),
})
