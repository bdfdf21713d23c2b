/** Options of reads: which fields, which relations, which order, which page. */

import type { JsonSchema } from '../schema/json-schema.ts'
import type { FieldData } from '../schema/schema.ts'
import type { DescribedEntity } from './entity.ts'
import { conditionOf, filterKey, junctionsOf } from './filter.ts'
import { anyOf, flag, keyOf, listOf, optionsOf, refTo, refToShared, text, whole } from './names.ts'
import { unboundedSchema } from './values.ts'

const direction: JsonSchema = { type: 'string', enum: ['asc', 'desc'] }
const mostSortKeys = 64

const nothing: JsonSchema = { type: 'null' }

/** Null is as good as absent. */
export const orNothing = (schema: JsonSchema): JsonSchema => anyOf(schema, nothing)

export const includeKey = (entity: string): string => `${keyOf(entity)}.Include`
export const sortKey = (entity: string): string => `${keyOf(entity)}.Sort`
export const selectKey = (entity: string): string => `${keyOf(entity)}.Select`
export const listOptionsKey = (entity: string): string => `${keyOf(entity)}.ListOptions`
export const aggregateKey = (entity: string): string => `${keyOf(entity)}.Aggregate`
export const groupKey = (entity: string): string => `${keyOf(entity)}.Group`
export const havingKey = (entity: string): string => `${keyOf(entity)}.Having`

function sortSchema(names: readonly string[]): JsonSchema {
  const keys = optionsOf(Object.fromEntries(names.map((name) => [name, direction])))
  return anyOf(keys, listOf(keys, { maxItems: mostSortKeys }))
}

const fieldNames = (fields: DescribedEntity['fields']): JsonSchema =>
  fields.length === 0
    ? { type: 'array', maxItems: 0 }
    : {
        type: 'array',
        items: { type: 'string', enum: fields.map(([name]) => name) },
        uniqueItems: true,
      }

function includeSchema({ relations }: DescribedEntity): JsonSchema {
  return optionsOf(
    Object.fromEntries(
      relations.map(({ name, kind, entity }) => [
        name,
        anyOf(
          flag,
          optionsOf({
            filter: orNothing(refTo(filterKey(entity))),
            select: orNothing(refTo(selectKey(entity))),
            include: orNothing(refTo(includeKey(entity))),
            ...(kind === 'many' && { sort: orNothing(refTo(sortKey(entity))), limit: whole(1) }),
          }),
        ),
      ]),
    ),
  )
}

/** What to read of one row. */
export const readOptions = ({ name }: DescribedEntity): JsonSchema =>
  optionsOf({ select: orNothing(refTo(selectKey(name))), include: orNothing(refTo(includeKey(name))) })

const firstProperties = (name: string): Readonly<Record<string, JsonSchema>> => ({
  filter: orNothing(refTo(filterKey(name))),
  sort: orNothing(refTo(sortKey(name))),
  select: orNothing(refTo(selectKey(name))),
  include: orNothing(refTo(includeKey(name))),
})

export const firstOptions = ({ name }: DescribedEntity): JsonSchema => optionsOf(firstProperties(name))

/** Rows of one page. What the schema does not say is for the host to say. */
export function limitSchema({ data: { limits } }: DescribedEntity): JsonSchema {
  return { ...whole(1, limits.maximum), ...(limits.list !== undefined && { default: limits.list }) }
}

function listOptions(entity: DescribedEntity): JsonSchema {
  return optionsOf({
    ...firstProperties(entity.name),
    limit: limitSchema(entity),
    page: whole(1),
    cursor: orNothing(text),
    count: flag,
    distinct: flag,
  })
}

export const optionComponents = (entity: DescribedEntity): Record<string, JsonSchema> => ({
  [selectKey(entity.name)]: { ...fieldNames(entity.fields), minItems: 1 },
  [sortKey(entity.name)]: sortSchema(sortable(entity).map(([name]) => name)),
  [includeKey(entity.name)]: includeSchema(entity),
  [listOptionsKey(entity.name)]: listOptions(entity),
  [aggregateKey(entity.name)]: aggregateOptions(entity),
  [havingKey(entity.name)]: havingSchema(entity),
  [groupKey(entity.name)]: groupSchema(entity),
})

const sortable = ({ fields }: DescribedEntity) => fields.filter(([, { type }]) => type !== 'json')

const functions = ['sum', 'avg', 'min', 'max'] as const
type Function = (typeof functions)[number]

const numeric: readonly FieldData['type'][] = ['integer', 'bigint', 'number', 'any']
const unordered: readonly FieldData['type'][] = ['json', 'boolean', 'bytes']

/** The fields that a function of aggregates fits. */
const fieldsOf = ({ fields }: DescribedEntity, name: Function) =>
  fields.filter(([, { type }]) =>
    name === 'sum' || name === 'avg' ? numeric.includes(type) : !unordered.includes(type),
  )

type Result = readonly [name: string, field: Pick<FieldData, 'type' | 'values'>]

/** Results of groups that can be compared and sorted by: fields of the group, `count`, `sum.amount`. */
function resultsOf(entity: DescribedEntity): readonly Result[] {
  const ofFunction = (name: Function): Result[] =>
    fieldsOf(entity, name).map(([field, data]) => [
      `${name}.${field}`,
      name === 'sum' || name === 'avg' ? { type: 'number' } : data,
    ])
  return [...sortable(entity), ['count', { type: 'integer' }], ...functions.flatMap(ofFunction)]
}

function aggregateOptions(entity: DescribedEntity): JsonSchema {
  const { name } = entity
  return optionsOf({
    filter: orNothing(refTo(filterKey(name))),
    groupBy: fieldNames(sortable(entity)),
    count: flag,
    ...Object.fromEntries(functions.map((one) => [one, fieldNames(fieldsOf(entity, one))])),
    having: orNothing(refTo(havingKey(name))),
    sort: orNothing(sortSchema(resultsOf(entity).map(([result]) => result))),
    limit: whole(1),
  })
}

function havingSchema(entity: DescribedEntity): JsonSchema {
  const conditions: Record<string, JsonSchema> = {}
  for (const [name, field] of resultsOf(entity)) {
    // A field may be called `count` too.
    const other = conditions[name]
    conditions[name] = other ? anyOf(other, conditionOf(field)) : conditionOf(field)
  }
  return {
    title: `Conditions on groups of ${entity.name}`,
    ...optionsOf({ ...conditions, ...junctionsOf(havingKey(entity.name)) }),
  }
}

/** A group with its results; null is the result over no values. */
function groupSchema(entity: DescribedEntity): JsonSchema {
  const valueSchema = (data: FieldData): JsonSchema => anyOf(unboundedSchema(data, 'row'), nothing)
  const resultOf = (name: Function, [field, data]: (typeof entity.fields)[number]) =>
    name === 'sum' || name === 'avg'
      ? [
          field,
          anyOf(refToShared('Number'), ...(data.type === 'bigint' ? [refToShared('Bigint')] : []), nothing),
        ]
      : [field, valueSchema(data)]
  const properties: Record<string, JsonSchema> = Object.fromEntries(
    sortable(entity).map(([name, data]) => [name, valueSchema(data)]),
  )
  const results = {
    count: whole(0),
    ...Object.fromEntries(
      functions.map((name) => [
        name,
        optionsOf(Object.fromEntries(fieldsOf(entity, name).map((field) => resultOf(name, field)))),
      ]),
    ),
  }
  for (const [name, schema] of Object.entries(results))
    properties[name] = properties[name] ? anyOf(properties[name], schema) : schema
  return optionsOf(properties)
}
