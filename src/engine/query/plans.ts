/** Compiled reads, kept by shape; and the numbers that stand for objects in the keys of shapes. */

import type { OperationNode, QueryCompiler, RootOperationNode, SelectQueryNode } from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { type Compiled, compileNode } from './binding.ts'
import { columnOf, selectFrom } from './nodes.ts'
import { StatementCache } from './statement-cache.ts'

/** A compiled read and how its rows are taken apart. */
export interface Plan {
  readonly compiled: Compiled
  /** The names of the result. Columns behind them serve the cursor and relations, and are cut off. */
  readonly fields: readonly string[]
  /** Where each sort key stands among the columns; undefined where no cursor is made. */
  readonly cursorColumns?: readonly number[]
  /** Where the texts stand that a search makes snippets of. */
  readonly snippetColumns?: readonly number[]
  /** Where the fields stand that relations begin from; undefined where none is included. */
  readonly localColumns?: readonly number[]
}

export class Plans {
  readonly #dialect: Dialect
  readonly #compiler: QueryCompiler
  readonly #cache: StatementCache<Plan>
  readonly #numbers = new WeakMap<EntityAccess | Guard | EntityModel, number>()
  #lastNumber = 0

  constructor(dialect: Dialect, limits: Limits) {
    this.#dialect = dialect
    this.#compiler = dialect.createCompiler()
    this.#cache = new StatementCache(limits.statementCache)
  }

  /** The plan of a shape; made when the shape is new. */
  of(key: string, make: () => Plan): Plan {
    return this.#cache.get(key) ?? this.#cache.set(key, make())
  }

  get size(): number {
    return this.#cache.size
  }

  /** Accesses, guards and entities live as long as the engine: a number each, so that none is taken for another. */
  numberOf(thing: EntityAccess | Guard | EntityModel): number {
    let number = this.#numbers.get(thing)
    if (number === undefined) {
      number = ++this.#lastNumber
      this.#numbers.set(thing, number)
    }
    return number
  }

  /** Reads fields of an entity; `where` is joined by AND. */
  read(entity: EntityModel, fields: readonly FieldModel[], where: readonly OperationNode[]): Plan {
    const node = this.select(
      entity,
      fields.map(({ name }) => columnOf(name)),
      where,
    )
    return {
      compiled: this.compile(
        node,
        fields.map(({ column }) => column),
      ),
      fields: fields.map(({ name }) => name),
    }
  }

  select(
    entity: EntityModel,
    selections: readonly OperationNode[],
    where: readonly OperationNode[],
  ): SelectQueryNode {
    return selectFrom(this.#dialect.schemaName, entity.name, selections, where)
  }

  compile(node: RootOperationNode, columns: readonly ColumnType[]): Compiled {
    return compileNode(node, columns, this.#compiler)
  }
}
