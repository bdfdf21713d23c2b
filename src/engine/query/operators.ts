/** The operators of filters over a value of a known type. Semantics for callers: docs/guide/queries.md. */

import type { Operator } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { type FilterOperator, operatorsOf } from '../../schema/filter-operators.ts'
import type { Dialect } from '../dialect.ts'
import { readerOf } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { codePointLength } from '../values/text.ts'
import { membership } from './membership.ts'
import { and, compare, isNotNull, isNull } from './nodes.ts'
import type { Build, Shape } from './shape.ts'
import type { Subject } from './subject.ts'
import { longestPattern, longestPatterns, matchText } from './text-match.ts'

export const comparisons = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
} as const satisfies Record<string, Operator>
export type Comparison = keyof typeof comparisons

export type { FilterOperator } from '../../schema/filter-operators.ts'

/** Every operator there is, over whatever type. */
export const filterOperators: ReadonlySet<string> = new Set<FilterOperator>(operatorsOf.any)

export interface OperatorContext {
  readonly shape: Shape
  readonly dialect: Dialect
  readonly maxValueBytes: number
  readonly maxListItems: number
}

/** `path` names the operator: `filter.role.gt`. */
export function applyOperator(
  context: OperatorContext,
  subject: Subject,
  operator: FilterOperator,
  value: unknown,
  path: string,
): Build {
  if (!operatorsOf[subject.type].includes(operator)) {
    throw invalid(
      path,
      `does not fit the type ${subject.type}, which takes ${operatorsOf[subject.type].join(', ')}`,
    )
  }
  const { shape } = context
  shape.key += subject.key
  switch (operator) {
    case 'isNull':
      return nullTest(subject, readFlag(value, path), shape)
    case 'in':
    case 'notIn':
      return membership(context, subject, operator === 'notIn', readList(context, subject, value, path))
    case 'between':
      return between(context, subject, value, path)
    case 'like':
    case 'ilike':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return matchText(
        { ...subject, dialect: context.dialect, ranged: subject.type !== 'any' },
        operator,
        readPattern(value, path, shape),
        shape,
      )
    default:
      return comparison(context, subject, operator, value, path)
  }
}

function comparison(
  context: OperatorContext,
  subject: Subject,
  operator: Comparison,
  value: unknown,
  path: string,
): Build {
  if (value === null) {
    if (operator === 'eq') return nullTest(subject, true, context.shape)
    if (operator === 'ne') return nullTest(subject, false, context.shape)
    throw invalid(path, 'compares with null, which nothing is greater or less than')
  }
  const sign = comparisons[operator]
  context.shape.key += sign
  const slot = context.shape.slot(readOperand(context, subject, value, path))
  return () => compare(subject.node(), sign, slot())
}

function nullTest({ node }: Subject, wanted: boolean, shape: Shape): Build {
  shape.key += wanted ? 'n' : 'x'
  return () => (wanted ? isNull(node()) : isNotNull(node()))
}

function between(context: OperatorContext, subject: Subject, value: unknown, path: string): Build {
  requirePair(value, path)
  context.shape.key += 'b'
  const from = context.shape.slot(readOperand(context, subject, value[0], `${path}[0]`))
  const to = context.shape.slot(readOperand(context, subject, value[1], `${path}[1]`))
  return () => and([compare(subject.node(), '>=', from()), compare(subject.node(), '<=', to())])
}

function readList(context: OperatorContext, subject: Subject, value: unknown, path: string): SqlValue[] {
  requireList(value, context.maxListItems, path)
  // Not `map`: it would skip the holes of a sparse list.
  const list = Array.from(value, (item, at) => readOperand(context, subject, item, `${path}[${at}]`))
  const bytes = list.filter((item) => item instanceof Uint8Array).length
  if (bytes > 0 && bytes < list.length) throw invalid(path, 'mixes bytes with other values')
  return list
}

export function requireList(value: unknown, most: number, path: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(path, 'must be a list')
  if (value.length > most) throw invalid(path, `must have at most ${most} items`)
}

export function requirePair(value: unknown, path: string): asserts value is readonly [unknown, unknown] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw invalid(path, 'must be a list of two: from and to, both included')
  }
}

/** A value as the database stores it, or VALIDATION_ERROR. */
export function readOperand(
  { dialect, maxValueBytes }: Pick<OperatorContext, 'dialect' | 'maxValueBytes'>,
  subject: Pick<Subject, 'type' | 'values'>,
  value: unknown,
  path: string,
): SqlValue {
  if (value === undefined) throw invalid(path, 'is undefined; leave the condition out or use null')
  if (value === null) throw invalid(path, 'must not be null here; use isNull')
  // Text that is no address can still be asked for, and an order of addresses has bounds that are none.
  const read = readerOf(subject.type === 'email' ? 'string' : subject.type, maxValueBytes)(value)
  if (read instanceof Refusal) throw invalid(path + read.at, read.message)
  if (subject.values && !subject.values.includes(read as string)) {
    throw invalid(path, `must be one of ${subject.values.join(', ')}`)
  }
  return dialect.encode(subject.type, read)
}

export function readPattern(value: unknown, path: string, shape: Shape): string {
  const read = readerOf('string', 0)(value)
  if (read instanceof Refusal) throw invalid(path, read.message)
  const pattern = read as string
  const length = codePointLength(pattern)
  if (length > longestPattern) throw invalid(path, `must have at most ${longestPattern} characters`)
  shape.patternLength += length
  if (shape.patternLength > longestPatterns) {
    throw invalid(path, `is one pattern too many: all together have at most ${longestPatterns} characters`)
  }
  return pattern
}

export function readFlag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw invalid(path, 'must be true or false')
  return value
}
