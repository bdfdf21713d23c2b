/**
 * A row filter with its names resolved: the one tree from which `row-filter-sql.ts` makes the predicate for the database
 * and `row-filter-js.ts` the one for a row in hand. What both must agree on (which comparison ignores case, which has to
 * take values as they are stored) is decided here, once.
 */

import { invalid } from '../../protocol/error.ts'
import type {
  ComparisonOperator,
  RowFilter,
  RowFilterOperand,
  RowFilterVariable,
} from '../../schema/row-filter.ts'
import type { FieldType, Relation } from '../../schema/schema.ts'
import type { EntityModel, FieldModel, Model } from '../model.ts'

/** One step to a single row of another entity. */
export interface RelationStep {
  readonly relation: Relation
  readonly entity: EntityModel
}

export type Operand =
  | { readonly kind: 'field'; readonly field: FieldModel; readonly through: RelationStep | null }
  | { readonly kind: 'variable'; readonly name: RowFilterVariable }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly type: FieldType }

/** How the operands of one condition are compared. */
export interface Comparison {
  /** Without regard to the case of ASCII letters: one of the fields is `caseInsensitive`. */
  readonly ignoreCase: boolean
  /** By what is stored, number before text before bytes: one of the fields is of type `any`. */
  readonly asStored: boolean
}

/** Nothing special: the types of both sides agree, and case counts. */
export const asIs: Comparison = { ignoreCase: false, asStored: false }

export type Predicate =
  | { readonly kind: 'or' | 'and'; readonly terms: readonly Predicate[] }
  | { readonly kind: 'not'; readonly term: Predicate }
  | {
      readonly kind: 'compare'
      readonly operator: ComparisonOperator
      readonly left: Operand
      readonly right: Operand
      readonly comparison: Comparison
    }
  | {
      readonly kind: 'in'
      readonly negated: boolean
      readonly operand: Operand
      readonly items: readonly Operand[]
      readonly comparison: Comparison
    }
  | { readonly kind: 'isNull'; readonly negated: boolean; readonly operand: Operand }
  | {
      readonly kind: 'like'
      readonly negated: boolean
      readonly operand: Operand
      readonly pattern: Operand
      readonly comparison: Comparison
    }

/**
 * Resolves the names of a parsed row filter.
 * @param place where its text stands, for errors: `Post.rules[0].rowFilter`
 * @throws DBALError VALIDATION_ERROR for a name that is not in the model
 */
export function resolvePredicate(
  filter: RowFilter,
  entity: EntityModel,
  model: Model,
  place: string,
): Predicate {
  const resolve = (inner: RowFilter) => resolvePredicate(inner, entity, model, place)
  const bind = (operands: readonly RowFilterOperand[]) => resolveOperands(operands, entity, model, place)
  switch (filter.kind) {
    case 'or':
    case 'and':
      return joinPredicates(filter.kind, filter.terms.map(resolve))
    case 'not':
      return { kind: 'not', term: resolve(filter.term) }
    case 'compare': {
      const [left, right] = bind([filter.left, filter.right]) as [Operand, Operand]
      return {
        kind: 'compare',
        operator: filter.operator,
        left,
        right,
        comparison: comparisonOf([left, right]),
      }
    }
    case 'in': {
      const [operand, ...items] = bind([filter.operand, ...filter.items]) as [Operand, ...Operand[]]
      return {
        kind: 'in',
        negated: filter.negated,
        operand,
        items,
        comparison: comparisonOf([operand, ...items]),
      }
    }
    case 'isNull':
      return { kind: 'isNull', negated: filter.negated, operand: bind([filter.operand])[0] as Operand }
    case 'like': {
      const [operand, pattern] = bind([filter.operand, filter.pattern]) as [Operand, Operand]
      return {
        kind: 'like',
        negated: filter.negated,
        operand,
        pattern,
        comparison: comparisonOf([operand, pattern]),
      }
    }
  }
}

/** Joins predicates; a single one stays as it is. @throws RangeError when there is none: an empty AND would let every row pass */
export function joinPredicates(kind: 'or' | 'and', terms: readonly Predicate[]): Predicate {
  const [first, ...more] = terms
  if (!first) throw new RangeError(`an "${kind}" of nothing`)
  return more.length === 0 ? first : { kind, terms }
}

/** Every operand of the tree, from left to right. */
export function operandsOf(predicate: Predicate): readonly Operand[] {
  switch (predicate.kind) {
    case 'or':
    case 'and':
      return predicate.terms.flatMap(operandsOf)
    case 'not':
      return operandsOf(predicate.term)
    case 'compare':
      return [predicate.left, predicate.right]
    case 'in':
      return [predicate.operand, ...predicate.items]
    case 'isNull':
      return [predicate.operand]
    case 'like':
      return [predicate.operand, predicate.pattern]
  }
}

export function fieldOperand(field: FieldModel, through: RelationStep | null = null): Operand {
  return { kind: 'field', field, through }
}

/** The condition under which a row of the entity still exists; null for an entity without expiry. */
export function ttlPredicate(entity: EntityModel): Predicate | null {
  const field = entity.data.ttl === undefined ? undefined : entity.field(entity.data.ttl)
  if (!field) return null
  const ttl = fieldOperand(field)
  const alive: Predicate = {
    kind: 'compare',
    operator: '>',
    left: ttl,
    right: { kind: 'variable', name: 'now' },
    comparison: asIs,
  }
  return field.data.nullable
    ? { kind: 'or', terms: [{ kind: 'isNull', negated: false, operand: ttl }, alive] }
    : alive
}

/** A text takes the type of the field it is compared with: a database may have a type of its own for UUIDs or instants. */
function resolveOperands(
  operands: readonly RowFilterOperand[],
  entity: EntityModel,
  model: Model,
  place: string,
): Operand[] {
  const fields = operands.map((operand) =>
    operand.kind === 'field' ? resolveField(operand.path, entity, model, place) : null,
  )
  const type = fields.find((field) => field !== null)?.field.data.type ?? 'string'
  return operands.map((operand, index): Operand => {
    if (operand.kind === 'literal') return { ...operand, type: literalType(operand.value, type) }
    return operand.kind === 'variable' ? operand : (fields[index] as Operand)
  })
}

function resolveField(path: readonly string[], entity: EntityModel, model: Model, place: string) {
  const [first, second] = path
  const relation = second === undefined ? undefined : entity.relations.get(first as string)
  const owner =
    second === undefined ? entity : relation?.kind === 'one' ? model.entity(relation.entity) : undefined
  const field = owner?.field((second ?? first) as string)
  if (!owner || !field) throw invalid(place, `${path.join('.')} is no field of ${entity.name}`)
  return { kind: 'field' as const, field, through: relation ? { relation, entity: owner } : null }
}

function literalType(value: string | number | boolean | null, textType: FieldType): FieldType {
  return typeof value === 'boolean' ? 'boolean' : typeof value === 'number' ? 'number' : textType
}

function comparisonOf(operands: readonly Operand[]): Comparison {
  const fields = operands.flatMap((operand) => (operand.kind === 'field' ? [operand.field.data] : []))
  return {
    ignoreCase: fields.some(({ caseInsensitive }) => caseInsensitive),
    asStored: fields.some(({ type }) => type === 'any'),
  }
}
