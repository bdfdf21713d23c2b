/** An entity as far as callers may know of it, and the schemas of its rows. */

import { entityJsonSchemas, type JsonSchema } from '../schema/json-schema.ts'
import { relationsOf } from '../schema/relations.ts'
import type { EntityData, FieldData, Relation, SchemaData } from '../schema/schema.ts'
import { anyOf, keyOf, listOf, objectOf, refTo } from './names.ts'
import { unboundedSchema, wireValueSchema } from './values.ts'

export interface DescribedEntity {
  readonly name: string
  readonly data: EntityData
  /** Those that are not hidden. */
  readonly fields: readonly (readonly [name: string, field: FieldData])[]
  /** To entities that somebody can reach. */
  readonly relations: readonly Relation[]
}

/** Every entity but those that only the engine reaches. */
export function describedEntities(schema: SchemaData): readonly DescribedEntity[] {
  const relations = relationsOf(schema)
  const isReached = (name: string) => schema.entities[name]?.system === false
  return Object.entries(schema.entities)
    .filter(([name]) => isReached(name))
    .map(([name, data]) => ({
      name,
      data,
      fields: Object.entries(data.fields).filter(([, { hidden }]) => !hidden),
      relations: (relations[name] ?? []).filter(({ entity }) => isReached(entity)),
    }))
}

export const rowKey = (entity: string): string => keyOf(entity)
export const seenKey = (entity: string): string => `${keyOf(entity)}.Seen`
export const createKey = (entity: string): string => `${keyOf(entity)}.Create`
export const updateKey = (entity: string): string => `${keyOf(entity)}.Update`
export const treeKey = (entity: string): string => `${keyOf(entity)}.Tree`

/** What a row may come back with: its fields, and relations that were included. */
export function seenProperties({ name, data, relations }: DescribedEntity): Record<string, JsonSchema> {
  const { row } = entityJsonSchemas(name, data, wireValueSchema)
  const related = relations.map(({ name: relation, kind, entity }) => {
    const other = refTo(seenKey(entity))
    return [relation, kind === 'one' ? anyOf(other, { type: 'null' }) : listOf(other)] as const
  })
  return { ...(row['properties'] as Record<string, JsonSchema>), ...Object.fromEntries(related) }
}

/** A row, what of it and beside it comes back, and what create and update take. */
export function rowComponents(entity: DescribedEntity): Record<string, JsonSchema> {
  const { name, data } = entity
  const { row, create, update } = entityJsonSchemas(name, data, wireValueSchema)
  const seen: JsonSchema = {
    ...row,
    title: `${name} as a caller sees it`,
    description:
      'Fields that were not selected or that the rules keep from the caller are left out; relations are there when they were included.',
    properties: seenProperties(entity),
    required: [],
  }
  return {
    [rowKey(name)]: row,
    [seenKey(name)]: seen,
    ...(data.kind === 'table' && { [createKey(name)]: create, [updateKey(name)]: update }),
    ...(data.tree && {
      [treeKey(name)]: {
        ...seen,
        title: `${name} with the nodes below it`,
        properties: {
          ...(row['properties'] as Record<string, JsonSchema>),
          children: listOf(refTo(treeKey(name))),
        },
        required: ['children'],
      },
    }),
  }
}

/** What `read`, `update` and `delete` take: the value of a single key, or an object of the fields of a composite one. */
export function idSchema({ data: { primaryKey, fields } }: DescribedEntity): JsonSchema {
  const schemaOf = (name: string) => unboundedSchema(fields[name] as FieldData, 'create')
  const [only] = primaryKey
  if (only !== undefined && primaryKey.length === 1) return schemaOf(only)
  return objectOf(Object.fromEntries(primaryKey.map((name) => [name, schemaOf(name)])))
}

/** The fields of each unique key with their values, as `upsert` finds a row by them. */
export function uniqueKeySchemas({ data }: DescribedEntity): readonly JsonSchema[] {
  const keys = [
    data.primaryKey,
    ...Object.entries(data.fields).flatMap(([name, { unique }]) => (unique ? [[name]] : [])),
    ...data.indexes.flatMap(({ fields, unique }) => (unique ? [fields] : [])),
  ]
  const known = new Set<string>()
  return keys.flatMap((key) => {
    const id = JSON.stringify([...key].sort())
    if (key.length === 0 || known.has(id)) return []
    known.add(id)
    return [
      objectOf(
        Object.fromEntries(
          key.map((name) => [name, unboundedSchema(data.fields[name] as FieldData, 'create')]),
        ),
      ),
    ]
  })
}
