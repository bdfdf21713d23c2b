/** A guard made of a predicate: both of its back ends, and the relations that a row in hand must bring along. */

import type { OperationNode } from 'kysely'
import type { Row } from '../../protocol/rows.ts'
import type { Relation } from '../../schema/schema.ts'
import type { Dialect } from '../dialect.ts'
import type { Caller } from '../query/binding.ts'
import type { Guard } from './access.ts'
import { type FixedField, fixedFields } from './fixed-fields.ts'
import { operandsOf, type Predicate } from './predicate.ts'
import { predicateTest, type Test } from './row-filter-js.ts'
import { everyRowNode, predicateNode } from './row-filter-sql.ts'

/** @param predicate null where every row passes */
export function createGuard(predicate: Predicate | null, dialect: Dialect): Guard {
  return predicate ? new PredicateGuard(predicate, dialect) : everyRow
}

const everyRow: Guard = {
  everyRow: true,
  node: everyRowNode,
  check: () => true,
  relations: [],
  fields: [],
  isTimed: false,
  fixed: [],
}

class PredicateGuard implements Guard {
  readonly everyRow = false
  readonly relations: readonly Relation[]
  readonly fields: readonly string[]
  readonly isTimed: boolean
  readonly fixed: readonly FixedField[]
  readonly #predicate: Predicate
  readonly #dialect: Dialect
  readonly #test: Test

  constructor(predicate: Predicate, dialect: Dialect) {
    this.#predicate = predicate
    this.#dialect = dialect
    this.#test = predicateTest(predicate)
    this.fixed = fixedFields(predicate)
    const operands = operandsOf(predicate)
    this.isTimed = operands.some(
      (operand) =>
        (operand.kind === 'variable' && operand.name === 'now') ||
        (operand.kind === 'field' && operand.through?.entity.data.ttl !== undefined),
    )
    this.fields = operands.flatMap((operand) =>
      operand.kind === 'field' ? [operand.through?.relation.localField ?? operand.field.name] : [],
    )
    this.relations = [
      ...new Set(
        operands.flatMap((operand) =>
          operand.kind === 'field' && operand.through ? [operand.through.relation] : [],
        ),
      ),
    ]
  }

  node(table: string): OperationNode {
    return predicateNode(this.#predicate, table, this.#dialect)
  }

  check(row: Row, caller: Caller): boolean | null {
    return this.#test(row, caller)
  }
}
