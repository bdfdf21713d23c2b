/** The engine's own small looks at one table, outside of any rule except where it says so. Compiled once, kept by shape. */

import type { OperationNode } from 'kysely'
import {
  AggregateFunctionNode,
  LimitNode,
  type ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
} from 'kysely'
import type { ColumnType, ResultSet } from '../drivers/driver.ts'
import type { Row } from '../protocol/rows.ts'
import type { Dialect } from './dialect.ts'
import type { EntityModel, FieldModel } from './model.ts'
import { bind, type Caller, type Compiled, compileNode } from './query/binding.ts'
import {
  and,
  call,
  columnOf,
  columnOfField,
  compare,
  literal,
  not,
  selectFrom,
  slotNode,
} from './query/nodes.ts'
import { ask, type Work } from './work.ts'

/** Fields and the values they must have, or must not have. */
export interface Match {
  readonly equal: Row
  readonly not?: Row
  /** Whether ASCII letters of `equal` match in either case, whatever the column says; default false. */
  readonly ignoresCase?: boolean
}

export class Lookup {
  readonly #dialect: Dialect
  readonly #compiled = new Map<string, Compiled>()

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  *exists(entity: EntityModel, match: Match, caller: Caller): Work<boolean> {
    const { values } = yield* this.#select('exists', entity, match, caller, [literal(1)], ['integer'], 1)
    return values.length > 0
  }

  /** The first row that matches with every field, hidden ones included; null without one. */
  *row(entity: EntityModel, match: Match, caller: Caller): Work<Row | null> {
    const columns = entity.fields.map((field) => columnOf(field.name))
    const types = entity.fields.map(({ column }) => column)
    const { values } = yield* this.#select('row', entity, match, caller, columns, types, 1)
    if (values.length === 0) return null
    return Object.fromEntries(entity.fields.map((field, index) => [field.name, values[index]]))
  }

  /** Every row that matches, with every field, hidden ones included. */
  *rows(entity: EntityModel, match: Match, caller: Caller): Work<readonly Row[]> {
    const columns = entity.fields.map((field) => columnOf(field.name))
    const types = entity.fields.map(({ column }) => column)
    const { values, width } = yield* this.#select('rows', entity, match, caller, columns, types)
    return Array.from({ length: values.length / width }, (_, row) =>
      Object.fromEntries(entity.fields.map((field, index) => [field.name, values[row * width + index]])),
    )
  }

  /** How many rows each has, by one statement. */
  *counts(entities: readonly EntityModel[], caller: Caller): Work<readonly number[]> {
    const shape = ['counts', ...entities.map(({ name }) => name)].join('\0')
    let compiled = this.#compiled.get(shape)
    if (!compiled) {
      const { schemaName, createCompiler } = this.#dialect
      const all = AggregateFunctionNode.create('count', [SelectAllNode.create()])
      const selections = entities.map(({ name }) =>
        SelectionNode.create(selectFrom(schemaName, name, [all], []) as OperationNode as ReferenceNode),
      )
      const node = { ...SelectQueryNode.create(), selections }
      compiled = compileNode(
        node,
        entities.map(() => 'integer'),
        createCompiler(),
      )
      this.#compiled.set(shape, compiled)
    }
    return (yield* ask(compiled.statement, bind(compiled, [], caller))).values as readonly number[]
  }

  *#select(
    kind: string,
    entity: EntityModel,
    { equal, not: other = {}, ignoresCase = false }: Match,
    caller: Caller,
    selections: readonly OperationNode[],
    types: readonly ColumnType[],
    limit?: number,
  ): Work<ResultSet> {
    const names = Object.keys(equal)
    const others = Object.keys(other)
    const shape = [kind, ignoresCase, entity.name, ...names, '', ...others].join('\0')
    let compiled = this.#compiled.get(shape)
    if (!compiled) {
      const column = (name: string) => columnOfField(entity.field(name) as FieldModel)
      const where = [
        ...names.map((name, index) =>
          ignoresCase
            ? compare(call('lower', columnOf(name)), '=', call('lower', slotNode(index)))
            : compare(column(name), '=', slotNode(index)),
        ),
        ...(others.length > 0
          ? [
              not(
                and(others.map((name, index) => compare(column(name), '=', slotNode(names.length + index)))),
              ),
            ]
          : []),
      ]
      const node = selectFrom(this.#dialect.schemaName, entity.name, selections, where)
      compiled = compileNode(
        limit === undefined ? node : { ...node, limit: LimitNode.create(literal(limit)) },
        types,
        this.#dialect.createCompiler(),
      )
      this.#compiled.set(shape, compiled)
    }
    const encode = (name: string, value: unknown) =>
      this.#dialect.encode(entity.field(name)?.data.type ?? 'any', value)
    const encoded = [
      ...names.map((name) => encode(name, equal[name])),
      ...others.map((name) => encode(name, other[name])),
    ]
    return yield* ask(compiled.statement, bind(compiled, encoded, caller))
  }
}
