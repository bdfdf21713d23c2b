/** Single-row writes by key. Values are bound by position, so one statement serves a call and a thousand rows alike. */

import {
  ColumnNode,
  ColumnUpdateNode,
  DeleteQueryNode,
  InsertQueryNode,
  type OperationNode,
  type QueryCompiler,
  ReturningNode,
  SelectionNode,
  UpdateQueryNode,
  ValueListNode,
  ValuesNode,
  WhereNode,
} from 'kysely'
import type { Limits } from '../../protocol/limits.ts'
import type { Dialect } from '../dialect.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { type Compiled, compileNode } from './binding.ts'
import { and, compare, fieldColumn, physicalTable, slotNode } from './nodes.ts'
import { StatementCache } from './statement-cache.ts'

export class WriteStatements {
  readonly #schemaName: string
  readonly #compiler: QueryCompiler
  readonly #inserts = new Map<EntityModel, Compiled>()
  readonly #deletes = new Map<EntityModel, Compiled>()
  readonly #updates: StatementCache<Compiled>
  readonly #numbers = new Map<EntityModel, number>()

  constructor(dialect: Dialect, limits: Limits) {
    this.#schemaName = dialect.schemaName
    this.#compiler = dialect.createCompiler()
    this.#updates = new StatementCache(limits.statementCache)
  }

  /**
   * Values: one for every field, in the entity's order. A field that is SQLite's own rowid takes null for the next one;
   * then, and only then, the statement returns it.
   */
  insert(entity: EntityModel): Compiled {
    const known = this.#inserts.get(entity)
    if (known) return known
    const rowid = entity.fields.find((field) => field.data.generated === 'rowid')
    // A column that the database computes takes no value.
    const given = entity.fields.filter((field) => field.data.generated !== 'computed')
    const node: InsertQueryNode = {
      ...InsertQueryNode.create(this.#table(entity)),
      columns: given.map((field) => ColumnNode.create(field.name)),
      values: ValuesNode.create([ValueListNode.create(given.map((field) => slotNode(field.index)))]),
      ...(rowid && {
        returning: ReturningNode.create([SelectionNode.create(ColumnNode.create(rowid.name) as never)]),
      }),
    }
    const compiled = compileNode(node, rowid ? [rowid.column] : [], this.#compiler)
    this.#inserts.set(entity, compiled)
    return compiled
  }

  /** Values: one for each of `fields` (at least one) in their order, then the primary key's. */
  updateByKey(entity: EntityModel, fields: readonly FieldModel[]): Compiled {
    let key = `${this.#number(entity)}`
    for (const field of fields) key += `.${field.index}`
    const known = this.#updates.get(key)
    if (known) return known
    const node: UpdateQueryNode = {
      ...UpdateQueryNode.create([this.#table(entity)]),
      updates: fields.map((field, at) =>
        ColumnUpdateNode.create(ColumnNode.create(field.name), slotNode(at)),
      ),
      where: this.#whereKey(entity, fields.length),
    }
    return this.#updates.set(key, compileNode(node, [], this.#compiler))
  }

  /** Values: the primary key's. */
  deleteByKey(entity: EntityModel): Compiled {
    const known = this.#deletes.get(entity)
    if (known) return known
    const node: DeleteQueryNode = {
      ...DeleteQueryNode.create([this.#table(entity)]),
      where: this.#whereKey(entity, 0),
    }
    const compiled = compileNode(node, [], this.#compiler)
    this.#deletes.set(entity, compiled)
    return compiled
  }

  #whereKey(entity: EntityModel, firstSlot: number): WhereNode {
    // Without a key there would be no condition at all.
    if (entity.primaryKey.length === 0) throw new Error(`${entity.name} has no primary key to write by`)
    const terms: OperationNode[] = entity.primaryKey.map((field, at) =>
      compare(fieldColumn(field.name, field.data), '=', slotNode(firstSlot + at)),
    )
    return WhereNode.create(and(terms))
  }

  #table(entity: EntityModel) {
    return physicalTable(this.#schemaName, entity.name)
  }

  #number(entity: EntityModel): number {
    let number = this.#numbers.get(entity)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(entity, number)
    }
    return number
  }
}
