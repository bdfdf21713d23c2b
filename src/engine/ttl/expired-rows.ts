/** The rows of an entity whose end has passed, and the next end that is still to come. Whoever may see them: nobody asks. */

import {
  AggregateFunctionNode,
  LimitNode,
  OffsetNode,
  OrderByItemNode,
  OrderByNode,
  type RootOperationNode,
} from 'kysely'
import type { ResultSet } from '../../drivers/driver.ts'
import { systemPrincipal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel, Model } from '../model.ts'
import { bind, type Compiled, compileNode } from '../query/binding.ts'
import { columnOf, compare, selectFrom, slotNode } from '../query/nodes.ts'
import { ask, type Work } from '../work.ts'

interface Statements {
  readonly ttl: FieldModel
  readonly keys: Compiled
  readonly next: Compiled
}

export class ExpiredRows {
  /** Those that have a `ttl`. */
  readonly entities: readonly EntityModel[]
  readonly #dialect: Dialect
  readonly #statements = new Map<EntityModel, Statements>()

  constructor(model: Model, dialect: Dialect) {
    this.#dialect = dialect
    // Nothing can be removed by a key that is not there.
    this.entities = [...model.entities.values()].filter(
      ({ data, primaryKey }) => data.ttl !== undefined && data.kind !== 'view' && primaryKey.length > 0,
    )
  }

  /** Their keys, the longest expired first. */
  *keys(entity: EntityModel, now: string, limit: number, offset: number): Work<readonly Row[]> {
    const { keys } = this.#of(entity)
    const { values, width } = yield* this.#ask(keys, entity, now, [limit, offset])
    return Array.from({ length: values.length / width }, (_, row) =>
      Object.fromEntries(entity.primaryKey.map(({ name }, at) => [name, values[row * width + at]])),
    )
  }

  /** When the next row that is still there ends, epoch milliseconds; null for never. */
  *next(entity: EntityModel, now: string): Work<number | null> {
    const { values } = yield* this.#ask(this.#of(entity).next, entity, now, [])
    const [at] = values
    return typeof at === 'string' ? Date.parse(at) : null
  }

  #ask(compiled: Compiled, entity: EntityModel, now: string, more: readonly number[]): Work<ResultSet> {
    const at = this.#dialect.encode(this.#of(entity).ttl.data.type, now)
    return ask(compiled.statement, bind(compiled, [at, ...more], { principal: systemPrincipal, now }))
  }

  #of(entity: EntityModel): Statements {
    let known = this.#statements.get(entity)
    if (!known) {
      known = this.#compile(entity)
      this.#statements.set(entity, known)
    }
    return known
  }

  #compile(entity: EntityModel): Statements {
    const ttl = entity.field(entity.data.ttl as string) as FieldModel
    const { schemaName } = this.#dialect
    const end = columnOf(ttl.name)
    const key = entity.primaryKey.map(({ name }) => columnOf(name))
    const compile = (node: RootOperationNode, fields: readonly FieldModel[]) =>
      compileNode(
        node,
        fields.map(({ column }) => column),
        this.#dialect.createCompiler(),
      )
    const least = AggregateFunctionNode.create('min', [end])
    return {
      ttl,
      keys: compile(
        {
          ...selectFrom(schemaName, entity.name, key, [compare(end, '<=', slotNode(0))]),
          orderBy: OrderByNode.create([end, ...key].map((column) => OrderByItemNode.create(column))),
          limit: LimitNode.create(slotNode(1)),
          offset: OffsetNode.create(slotNode(2)),
        },
        entity.primaryKey,
      ),
      next: compile(selectFrom(schemaName, entity.name, [least], [compare(end, '>', slotNode(0))]), [ttl]),
    }
  }
}
