/** The values beside a tree: checked against the places where they stand, and as the database takes them. */

import type { SqlValue } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import { longestPattern } from '../query/text-match.ts'
import type { CountParam, Rewrite } from './rewrite.ts'
import { isCount } from './select.ts'

const mostParams = 32_000

/** What a plan knows of its values. */
export interface ParamRules {
  readonly count: number
  readonly counts: readonly CountParam[]
  readonly patterns: readonly number[]
  readonly scalars: ReadonlySet<number>
}

export const rulesOf = ({ counts, patterns, scalars }: Rewrite, count: number): ParamRules => ({
  count,
  counts,
  patterns,
  scalars,
})

/** @throws DBALError VALIDATION_ERROR */
export function readParams(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid('query.params', 'must be a list')
  if (value.length > mostParams) throw invalid('query.params', `holds more than ${mostParams} values`)
  return value
}

/** @throws DBALError VALIDATION_ERROR naming the clause, never the value */
export function boundParams(params: readonly unknown[], rules: ParamRules, limits: Limits): SqlValue[] {
  if (params.length !== rules.count)
    throw invalid('query.params', `must hold ${rules.count} values, not ${params.length}`)
  for (const { param, clause } of rules.counts)
    if (!isCount(params[param])) throw invalid(`query.${clause}`, 'must be a whole number from 0')
  for (const at of rules.patterns) {
    const pattern = params[at]
    if (typeof pattern === 'string' && pattern.length > longestPattern)
      throw invalid('query', `has a pattern of more than ${longestPattern} characters`)
  }
  // What is written into a field is validated there.
  return params.map((value, at) => (rules.scalars.has(at) ? bound(value, limits) : null))
}

function bound(value: unknown, { maxValueBytes }: Limits): SqlValue {
  switch (typeof value) {
    case 'string':
      if (value.length > maxValueBytes)
        throw invalid('query.params', `holds a text of more than ${maxValueBytes} bytes`)
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'number':
      if (!Number.isFinite(value)) throw invalid('query.params', 'holds a number that is none')
      return value
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value)
        throw invalid('query.params', 'holds a number of more than 64 bits')
      return value
    case 'object':
      if (value === null || value instanceof Uint8Array) return value
      throw invalid('query.params', 'holds an object where a plain value is wanted')
    default:
      throw invalid('query.params', `holds a ${typeof value}`)
  }
}
