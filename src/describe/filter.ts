/** Filters as schemas: conditions by the type of a field, junctions, relations, places inside of json. */

import { type FilterOperator, operatorsOf } from '../schema/filter-operators.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { FieldData, FieldType } from '../schema/schema.ts'
import type { DescribedEntity } from './entity.ts'
import { anyOf, flag, keyOf, listOf, optionsOf, refTo, refToShared, shared, text } from './names.ts'
import { operandSchema } from './values.ts'

const nothing: JsonSchema = { type: 'null' }

/** An object of operators, all of which must hold. */
function operatorsSchema(operators: readonly FilterOperator[], operand: JsonSchema): JsonSchema {
  const schemaOf = (operator: FilterOperator): JsonSchema => {
    switch (operator) {
      case 'eq':
      case 'ne':
        return anyOf(operand, nothing)
      case 'isNull':
        return flag
      case 'in':
      case 'notIn':
        return listOf(operand)
      case 'between':
        return listOf(operand, { minItems: 2, maxItems: 2 })
      case 'like':
      case 'ilike':
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return text
      default:
        return operand
    }
  }
  return optionsOf(Object.fromEntries(operators.map((operator) => [operator, schemaOf(operator)])))
}

/** A value, null, or operators. */
function conditionSchema(field: Pick<FieldData, 'type' | 'values'>): JsonSchema {
  const operand = operandSchema(field)
  const plain =
    field.type === 'json'
      ? { type: ['string', 'number', 'boolean', 'array', 'null'] }
      : anyOf(operand, nothing)
  return { anyOf: [...flattened(plain), operatorsSchema(operatorsOf[field.type], operand)] }
}

const flattened = (schema: JsonSchema): readonly JsonSchema[] =>
  Array.isArray(schema['anyOf']) ? (schema['anyOf'] as JsonSchema[]).flatMap(flattened) : [schema]

const scalar: JsonSchema = { type: ['string', 'number', 'boolean'] }

/** A place inside of a json field takes every operator; what it is compared with decides the type. */
const placeSchema: JsonSchema = {
  anyOf: [
    { type: ['string', 'number', 'boolean', 'array', 'null'] },
    optionsOf({
      ...(operatorsSchema(operatorsOf.any, scalar)['properties'] as Record<string, JsonSchema>),
      eq: {},
      ne: {},
      in: { type: 'array' },
      notIn: { type: 'array' },
    }),
  ],
}

const typesOfConditions = (Object.keys(operatorsOf) as FieldType[]).filter((type) => type !== 'enum')

/** Conditions on a field, by its type. */
export const conditionComponents: Readonly<Record<string, JsonSchema>> = {
  ...Object.fromEntries(
    typesOfConditions.map((type) => [shared(`Condition.${type}`), conditionSchema({ type })]),
  ),
  [shared('Condition.place')]: placeSchema,
}

export const conditionOf = (field: Pick<FieldData, 'type' | 'values'>): JsonSchema =>
  field.type === 'enum' ? conditionSchema(field) : refToShared(`Condition.${field.type}`)

/** `and`, `or` and `not` of filters like this one. */
export const junctionsOf = (key: string): Readonly<Record<string, JsonSchema>> => ({
  and: listOf(refTo(key)),
  or: listOf(refTo(key)),
  not: refTo(key),
})

export const filterKey = (entity: string): string => `${keyOf(entity)}.Filter`

export function filterSchema({ name, fields, relations }: DescribedEntity): JsonSchema {
  const places = fields.filter(([, { type }]) => type === 'json')
  return {
    title: `Conditions on ${name}, all of which must hold`,
    ...optionsOf({
      ...Object.fromEntries(fields.map(([field, data]) => [field, conditionOf(data)])),
      ...Object.fromEntries(
        relations.map(({ name: relation, kind, entity }) => {
          const filter = refTo(filterKey(entity))
          const related =
            kind === 'one'
              ? anyOf(filter, nothing)
              : { ...optionsOf({ some: filter, none: filter, every: filter }), minProperties: 1 }
          return [relation, related]
        }),
      ),
      ...junctionsOf(filterKey(name)),
    }),
    ...(places.length > 0 && {
      patternProperties: Object.fromEntries(
        places.map(([field]) => [placesIn(field), refToShared('Condition.place')]),
      ),
    }),
  }
}

/** `props.items[0].title` */
const placesIn = (field: string): string =>
  `^${field.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}(\\.[^.[\\]"\\\\]+|\\[[0-9]{1,9}\\])+$`
