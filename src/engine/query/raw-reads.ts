/** What the engine itself asks while it checks a write: whole rows, without a caller's rules. Nothing of it is a result. */

import { AggregateFunctionNode, LimitNode, SelectAllNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Relation } from '../../schema/schema.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel, Model } from '../model.ts'
import { readKey } from '../values/key.ts'
import { ask, type Work } from '../work.ts'
import { bind, type Caller } from './binding.ts'
import { columnOf, compare, isNull, literal, slotNode } from './nodes.ts'
import type { Plan, Plans } from './plans.ts'
import { rowAt } from './result.ts'

export class RawReads {
  readonly #model: Model
  readonly #dialect: Dialect
  readonly #plans: Plans

  constructor(model: Model, dialect: Dialect, plans: Plans) {
    this.#model = model
    this.#dialect = dialect
    this.#plans = plans
  }

  *related(relation: Relation, value: unknown, caller: Caller): Work<Row | null> {
    const entity = this.#model.entity(relation.entity)
    const field = entity.field(relation.foreignField) as FieldModel
    return value === null || value === undefined ? null : yield* this.#row(entity, [field], [value], caller)
  }

  *rowById(entity: EntityModel, id: unknown, caller: Caller): Work<Row | null> {
    const key = readKey(entity, id)
    return key ? yield* this.#row(entity, entity.primaryKey, key, caller) : null
  }

  *exists(entity: EntityModel, values: Row, caller: Caller): Work<boolean> {
    const fields = Object.keys(values).map((name) => entity.field(name) as FieldModel)
    const given = fields.map((field) => values[field.name] ?? null)
    const nulls = given.map((value) => value === null)
    const key = `e${this.#plans.numberOf(entity)}.${fields.map(({ index }, at) => `${index}${nulls[at] ? 'n' : 'v'}`)}`
    const { compiled } = this.#plans.of(key, () => this.#existsPlan(entity, fields, nulls))
    const found = yield* ask(compiled.statement, bind(compiled, this.#encode(fields, given), caller))
    return found.values.length > 0
  }

  *rowCount(entity: EntityModel): Work<number> {
    const { compiled } = this.#plans.of(`s${this.#plans.numberOf(entity)}`, () => {
      const count = AggregateFunctionNode.create('count', [SelectAllNode.create()])
      return {
        compiled: this.#plans.compile(this.#plans.select(entity, [count], []), ['integer']),
        fields: ['count'],
      }
    })
    return (yield* ask(compiled.statement, [])).values[0] as number
  }

  *#row(
    entity: EntityModel,
    fields: readonly FieldModel[],
    values: readonly unknown[],
    caller: Caller,
  ): Work<Row | null> {
    const key = `k${this.#plans.numberOf(entity)}.${fields.map(({ index }) => index)}`
    const plan = this.#plans.of(key, () =>
      this.#plans.read(
        entity,
        entity.fields,
        fields.map((field, at) => compare(columnOf(field.name), '=', slotNode(at))),
      ),
    )
    const found = yield* ask(
      plan.compiled.statement,
      bind(plan.compiled, this.#encode(fields, values), caller),
    )
    return found.values.length === 0 ? null : rowAt(plan.fields, found.values, 0)
  }

  #existsPlan(entity: EntityModel, fields: readonly FieldModel[], nulls: readonly boolean[]): Plan {
    const where = fields.map(({ name }, at) =>
      nulls[at] ? isNull(columnOf(name)) : compare(columnOf(name), '=', slotNode(at)),
    )
    const node = { ...this.#plans.select(entity, [literal(1)], where), limit: LimitNode.create(literal(1)) }
    return { compiled: this.#plans.compile(node, ['integer']), fields: [] }
  }

  #encode(fields: readonly FieldModel[], values: readonly unknown[]): SqlValue[] {
    return fields.map((field, at) => this.#dialect.encode(field.data.type, values[at]))
  }
}
