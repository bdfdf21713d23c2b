/**
 * Conditions over related rows: `{ author: { role: 'admin' } }`, `{ author: null }`, `{ comments: { some: {...} } }`. Only
 * rows that the caller may read count: a hidden one is no row, for `none` and `every` too.
 */

import { type OperationNode, ParensNode, type SelectQueryNode } from 'kysely'
import { invalid } from '../../protocol/error.ts'
import type { Dialect } from '../dialect.ts'
import { isPlainObject, quoteName } from '../values/plain-object.ts'
import { and, columnOf, columnOfField, compare, exists, inTime, literal, not, selectFrom } from './nodes.ts'
import type { Build, Shape } from './shape.ts'
import type { RelationSubject } from './subject.ts'
import { visible } from './visibility.ts'

export interface RelationContext {
  readonly shape: Shape
  readonly dialect: Pick<Dialect, 'schemaName' | 'clockFunction'>
  /** Reads a filter over the other entity; undefined for one without a condition. */
  filterOf(filter: unknown, path: string): Build | undefined
}

const quantifiers = ['some', 'none', 'every'] as const

/** @throws DBALError VALIDATION_ERROR */
export function relationTest(
  subject: RelationSubject,
  value: unknown,
  path: string,
  context: RelationContext,
): Build {
  const { name, kind } = subject.relation
  context.shape.key += `@${name.length}:${name}`
  if (kind === 'many') return manyTest(subject, value, path, context)
  if (value === null) {
    context.shape.key += '0'
    return () => not(exists(related(subject, context)))
  }
  if (!isPlainObject(value)) throw invalid(path, 'is a relation; write null or an object of conditions')
  const filter = context.filterOf(value, path)
  if (!filter)
    throw invalid(path, 'has no condition; null asks for rows without one, { not: … } for the others')
  return () => exists(related(subject, context, filter()))
}

function manyTest(subject: RelationSubject, value: unknown, path: string, context: RelationContext): Build {
  const given = isPlainObject(value) ? Object.keys(value) : []
  if (!isPlainObject(value) || given.length === 0)
    throw invalid(path, `is a relation to many rows; write ${quantifiers.join(', ')} and a filter`)
  const terms = given.map((name) => {
    const at = `${path}.${name.length > 60 ? `${name.slice(0, 60)}…` : name}`
    const quantifier = quantifiers.find((known) => known === name)
    if (!quantifier) throw invalid(at, `${quoteName(name)} is not one of ${quantifiers.join(', ')}`)
    return quantified(subject, quantifier, value[name], at, context)
  })
  return () => and(terms.map((term) => term()))
}

function quantified(
  subject: RelationSubject,
  quantifier: (typeof quantifiers)[number],
  value: unknown,
  path: string,
  context: RelationContext,
): Build {
  context.shape.key += quantifier.charAt(0)
  const filter = context.filterOf(value, path)
  if (quantifier === 'every') {
    if (!filter) throw invalid(path, 'has no condition and would be true of every row; leave it out')
    // Unknown is not true: a row whose field is null does not meet the condition.
    return () =>
      not(exists(related(subject, context, compare(ParensNode.create(filter()), 'is not', literal(true)))))
  }
  const found = () => exists(related(subject, context, filter?.()))
  return quantifier === 'some' ? found : () => not(found())
}

/** The related rows that the caller may read, and that meet the condition. */
function related(
  { names, guard, local, foreign, from }: RelationSubject,
  { dialect }: RelationContext,
  condition?: OperationNode,
): SelectQueryNode {
  const { access, table } = names
  const key = compare(columnOfField(foreign, table), '=', columnOfField(local, from))
  // First of all: a row that fails another condition has taken its time too.
  const clock = inTime(dialect, columnOf(foreign.name, table))
  const where = [...clock, key, ...visible([guard], table), ...(condition ? [condition] : [])]
  return selectFrom(dialect.schemaName, access.entity.name, [literal(1)], where, table)
}
