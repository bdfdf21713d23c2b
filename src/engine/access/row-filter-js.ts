/**
 * A predicate over a row in hand, three-valued as in SQL: true, false, or null for unknown. It must give for every row
 * what `row-filter-sql.ts` makes the database give; `row-filter.property.test.ts` holds the two together.
 */

import type { Row } from '../../protocol/rows.ts'
import type { ComparisonOperator } from '../../schema/row-filter.ts'
import { type Caller, variableValue } from '../query/binding.ts'
import { type Comparable, comparableOf, compareValues } from './compare.ts'
import { matchesLike } from './like.ts'
import { type Operand, type Predicate, type RelationStep, ttlPredicate } from './predicate.ts'

export type Test = (row: Row, caller: Caller) => boolean | null

type Read = (row: Row, caller: Caller) => Comparable | null

/**
 * Compiles the predicate. The row holds decoded values of every field it mentions, and under a relation's name the related
 * row or null.
 * @throws TypeError when a mentioned field is missing from the row, since a guess would let rows through
 */
export function predicateTest(predicate: Predicate): Test {
  switch (predicate.kind) {
    case 'or':
      return anyOf(predicate.terms.map(predicateTest))
    case 'and':
      return not(anyOf(predicate.terms.map((term) => not(predicateTest(term)))))
    case 'not':
      return not(predicateTest(predicate.term))
    case 'compare': {
      const left = readOperand(predicate.left)
      const right = readOperand(predicate.right)
      const holds = comparisons[predicate.operator]
      const { ignoreCase } = predicate.comparison
      return (row, caller) => {
        const [a, b] = [left(row, caller), right(row, caller)]
        return a === null || b === null ? null : holds(compareValues(a, b, ignoreCase))
      }
    }
    case 'in': {
      const operand = readOperand(predicate.operand)
      const items = predicate.items.map(readOperand)
      const { ignoreCase } = predicate.comparison
      const equals =
        (item: Read): Test =>
        (row, caller) => {
          const [a, b] = [operand(row, caller), item(row, caller)]
          return a === null || b === null ? null : compareValues(a, b, ignoreCase) === 0
        }
      const within = anyOf(items.map(equals))
      return predicate.negated ? not(within) : within
    }
    case 'isNull': {
      const { negated } = predicate
      const read = readStored(predicate.operand)
      return (row, caller) => isStoredAsNull(read(row, caller)) !== negated
    }
    case 'like': {
      const operand = readOperand(predicate.operand)
      const pattern = readOperand(predicate.pattern)
      const { ignoreCase } = predicate.comparison
      const like: Test = (row, caller) => {
        const [a, b] = [operand(row, caller), pattern(row, caller)]
        return typeof a === 'string' && typeof b === 'string' ? matchesLike(a, b, ignoreCase) : null
      }
      return predicate.negated ? not(like) : like
    }
  }
}

const comparisons: { readonly [Operator in ComparisonOperator]: (order: number) => boolean } = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** True when one is, else unknown when one is, else false. */
function anyOf(tests: readonly Test[]): Test {
  return (row, caller) => {
    let result: boolean | null = false
    for (const test of tests) {
      const outcome = test(row, caller)
      if (outcome === true) return true
      if (outcome === null) result = null
    }
    return result
  }
}

function not(test: Test): Test {
  return (row, caller) => {
    const outcome = test(row, caller)
    return outcome === null ? null : !outcome
  }
}

function readOperand(operand: Operand): Read {
  const read = readStored(operand)
  return (row, caller) => comparableOf(read(row, caller))
}

/** The value as it stands in the row; json and bytes are only ever asked whether they are null. */
function readStored(operand: Operand): (row: Row, caller: Caller) => unknown {
  switch (operand.kind) {
    case 'literal':
      return () => operand.value
    case 'variable':
      return (_row, caller) => variableValue(operand.name, caller)
    case 'field': {
      const { field, through } = operand
      if (!through) return (row) => present(row, field.name)
      const related = readRelated(through)
      return (row, caller) => {
        const other = related(row, caller)
        return other === null ? null : present(other, field.name)
      }
    }
  }
}

function isStoredAsNull(value: unknown): boolean {
  return value === null || Number.isNaN(value)
}

/** The related row, if it has not expired. */
function readRelated({ relation, entity }: RelationStep): (row: Row, caller: Caller) => Row | null {
  const ttl = ttlPredicate(entity)
  const alive = ttl ? predicateTest(ttl) : () => true
  return (row, caller) => {
    const other = present(row, relation.name) as Row | null
    return other !== null && alive(other, caller) === true ? other : null
  }
}

/** As in an insert, a field that is there without a value is null; one that is not there at all is a defect. */
function present(row: Row, name: string): unknown {
  if (!Object.hasOwn(row, name))
    throw new TypeError(`A rule reads "${name}", which the row in hand does not hold`)
  return row[name] ?? null
}
