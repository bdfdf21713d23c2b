import type { EntityData, FieldData } from '@metabuilder/dbal'
import { isNumeric } from '../../record/field-kind.ts'
import { fromText } from '../../record/field-text.ts'
import type { StudioFilter } from '../../session/studio-client.ts'

/** What the visitor asks for, and the filter object that says it to the database. */

export interface Condition {
  readonly field: string
  readonly operator: Operator
  /** As it was typed; several values are separated by commas. */
  readonly value: string
}

export type Operator = keyof typeof operatorWords

export const operatorWords = {
  eq: 'is',
  ne: 'is not',
  ilike: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
  gt: '>',
  gte: '≥',
  lt: '<',
  lte: '≤',
  between: 'is between',
  in: 'is one of',
  isNull: 'is null',
  notNull: 'is not null',
} as const

const nothing: readonly Operator[] = ['isNull', 'notNull']
const equality: readonly Operator[] = ['eq', 'ne', 'in', ...nothing]
const order: readonly Operator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between', 'in', ...nothing]
const text: readonly Operator[] = ['ilike', 'eq', 'ne', 'startsWith', 'endsWith', 'in', ...nothing]

/** What can be asked of a field. */
export function operatorsFor(field: FieldData): readonly Operator[] {
  switch (field.type) {
    case 'string':
    case 'text':
    case 'email':
      return text
    case 'integer':
    case 'bigint':
    case 'number':
    case 'datetime':
      return order
    case 'any':
      return [...order, 'ilike']
    case 'uuid':
    case 'enum':
      return equality
    case 'boolean':
      return ['eq', ...nothing]
    case 'json':
    case 'bytes':
      return nothing
    default:
      return field.type satisfies never
  }
}

export const needsValue = (operator: Operator) => !nothing.includes(operator)

/** Fields that a quick search looks into. */
export function searchedFields(entity: EntityData): string[] {
  return visibleFields(entity)
    .filter(([, field]) => ['string', 'text', 'email', 'any'].includes(field.type))
    .map(([name]) => name)
}

export const visibleFields = (entity: EntityData) =>
  Object.entries(entity.fields).filter(([, field]) => !field.hidden)

export interface Question {
  readonly conditions: readonly Condition[]
  /** Any one of the conditions is enough. */
  readonly isAny: boolean
  readonly search: string
}

// Built from names and values that are known only at run time; the engine validates every one.
type FilterObject = StudioFilter

/** The filter of a list; undefined where nothing is asked. */
export function filterOf(
  entity: EntityData,
  { conditions, isAny, search }: Question,
): FilterObject | undefined {
  const parts = conditions.flatMap((condition) => {
    const field = entity.fields[condition.field]
    return field ? [{ [condition.field]: comparisonOf(field, condition) } as FilterObject] : []
  })
  const asked: FilterObject[] = isAny && parts.length > 1 ? [{ or: parts }] : parts
  const words = search.trim()
  if (words) asked.push(searchFilter(entity, words))
  if (asked.length === 0) return undefined
  return asked.length === 1 ? asked[0] : { and: asked }
}

function searchFilter(entity: EntityData, words: string): FilterObject {
  const inText = searchedFields(entity).map((name) => ({ [name]: { ilike: `%${words}%` } }))
  const asNumber = Number(words)
  const inNumbers = Number.isFinite(asNumber)
    ? visibleFields(entity)
        .filter(([, field]) => isNumeric(field) && (field.type === 'number' || Number.isInteger(asNumber)))
        .map(([name, field]) => ({ [name]: { eq: field.type === 'bigint' ? BigInt(words) : asNumber } }))
    : []
  return { or: [...inText, ...inNumbers] as FilterObject[] }
}

function comparisonOf(field: FieldData, { operator, value }: Condition): unknown {
  switch (operator) {
    case 'isNull':
      return { isNull: true }
    case 'notNull':
      return { isNull: false }
    case 'ilike':
      return { ilike: `%${value}%` }
    case 'in':
    case 'between':
      return { [operator]: value.split(',').map((item) => typedValue(field, item.trim())) }
    default:
      return { [operator]: typedValue(field, value) }
  }
}

function typedValue(field: FieldData, typed: string): unknown {
  if (field.type === 'boolean') return typed === 'true'
  // A column without a type may hold numbers or words; what looks like a number is asked for as one.
  if (field.type === 'any')
    return typed.trim() !== '' && Number.isFinite(Number(typed)) ? Number(typed) : typed
  return fromText(field, typed)
}
