/** Brings related rows to the rows that they belong to: one statement a relation, whatever the number of rows. */

import {
  AggregateFunctionNode,
  AliasNode,
  IdentifierNode,
  type OperationNode,
  OverNode,
  PartitionByItemNode,
  PartitionByNode,
  type ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  WhereNode,
} from 'kysely'
import type { ResultSet } from '../../drivers/driver.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Dialect } from '../dialect.ts'
import type { FieldModel } from '../model.ts'
import { equalityKey } from '../values/equality-key.ts'
import { askWithin, type ResultLimits, type Work } from '../work.ts'
import { bind, type Caller } from './binding.ts'
import { Copies } from './copies.ts'
import type { Include } from './include.ts'
import { columnAt } from './list-plan.ts'
import { jsonList } from './membership.ts'
import { columnOf, columnOfField, compare, listed, self } from './nodes.ts'
import type { Plan, Plans } from './plans.ts'
import { rowAt } from './result.ts'
import { orderBy, orderByKeys } from './sort.ts'
import { visible } from './visibility.ts'

/** Rows as they came, and where the fields stand that relations begin from. */
export interface Fetched {
  readonly result: ResultSet
  /** A column for each include, in its order. */
  readonly localColumns: readonly number[]
  /** Of them the first ones; a list fetches one more than it gives. */
  readonly count: number
}

export class Included {
  readonly #plans: Plans
  readonly #dialect: Dialect
  readonly #limits: ResultLimits

  constructor(plans: Plans, dialect: Dialect, limits: ResultLimits) {
    this.#plans = plans
    this.#dialect = dialect
    this.#limits = limits
  }

  /** For each include what belongs to each row: a row or null, or a list of rows. */
  *of(
    includes: readonly Include[],
    fetched: Fetched,
    caller: Caller,
    copies = new Copies(this.#limits),
  ): Work<unknown[][]> {
    const columns: unknown[][] = []
    for (const [at, include] of includes.entries()) {
      const keys = valuesAt(fetched, fetched.localColumns[at] as number)
      columns.push(yield* this.#column(include, keys, caller, copies))
    }
    return columns
  }

  *#column(include: Include, keys: readonly unknown[], caller: Caller, copies: Copies): Work<unknown[]> {
    const { foreign, relation } = include.subject
    const names = keys.map((key) => keyOf(foreign, key))
    const distinct = new Map<string, unknown>()
    for (const [at, name] of names.entries()) if (name !== null) distinct.set(name, keys[at])
    const found = yield* this.#rows(include, [...distinct.values()], caller, copies)
    const given = new Set<string>()
    return names.map((name) => {
      const rows = (name === null ? undefined : found.get(name)) ?? []
      const value = relation.kind === 'many' ? rows : (rows[0] ?? null)
      // What belongs to several rows is each one's own: nobody changes one through another.
      if (name === null || !given.has(name)) {
        if (name !== null) given.add(name)
        return value
      }
      return copies.of(value)
    })
  }

  /** The related rows by the key that they belong to, in their order. */
  *#rows(
    include: Include,
    keys: readonly unknown[],
    caller: Caller,
    copies: Copies,
  ): Work<Map<string, Row[]>> {
    const byKey = new Map<string, Row[]>()
    if (keys.length === 0) return byKey
    const { shape, subject } = include
    const plan = this.#plans.of(shape.key, () => this.#plan(include))
    const type = subject.local.data.type
    const list = jsonList(keys.map((key) => this.#dialect.encode(type, key)))
    const result = yield* askWithin(
      this.#limits,
      plan.compiled.statement,
      bind(plan.compiled, [list, ...shape.values.slice(1)], caller),
    )
    const count = result.values.length / result.width
    const [keyColumn, ...localColumns] = plan.localColumns as readonly [number, ...number[]]
    const nested = yield* this.of(include.include, { result, localColumns, count }, caller, copies)
    for (let at = 0; at < count; at++) {
      const from = at * result.width
      const row = rowAt(plan.fields, result.values, from)
      for (const [index, { name }] of include.include.entries()) row[name] = nested[index]?.[at]
      const key = keyOf(subject.foreign, result.values[from + keyColumn]) as string
      const rows = byKey.get(key)
      if (rows) rows.push(row)
      else byKey.set(key, [row])
    }
    return byKey
  }

  #plan(include: Include): Plan {
    const { subject, select, limitSlot } = include
    const columns = [...select]
    const keyFields = [subject.foreign, ...include.include.map((inner) => inner.subject.local)]
    const localColumns = keyFields.map((field) => columnAt(columns, field))
    const selections = columns.map(({ name }) => columnOf(name))
    const node = limitSlot
      ? this.#limited(include, selections, limitSlot())
      : { ...this.#related(include, selections), ...orderOf(include) }
    return {
      compiled: this.#plans.compile(
        node,
        columns.map(({ column }) => column),
      ),
      fields: select.map(({ name }) => name),
      localColumns,
    }
  }

  /** The rows that belong to any of the keys. */
  #related({ subject, keySlot, filter }: Include, selections: readonly OperationNode[]): SelectQueryNode {
    const { names, guard, foreign } = subject
    const keys = listed(keySlot(), foreign.data.type, this.#dialect)
    const belongs = compare(columnOfField(foreign), 'in', keys)
    const where = [belongs, ...visible([guard]), ...(filter ? [filter()] : [])]
    return this.#plans.select(names.access.entity, selections, where)
  }

  /** The first ones of each key: they are numbered under the rules and the filter, so that none is numbered unseen. */
  #limited(include: Include, selections: readonly ReferenceNode[], limit: OperationNode): SelectQueryNode {
    const owner = columnOfField(include.subject.foreign)
    const numbers = AggregateFunctionNode.cloneWithOver(AggregateFunctionNode.create('row_number', []), {
      ...OverNode.create(),
      partitionBy: PartitionByNode.create([PartitionByItemNode.create(owner)]),
      ...orderOf(include),
    })
    const numbered = AliasNode.create(numbers, IdentifierNode.create(numberName))
    const inner = this.#related(include, [...selections, numbered])
    return {
      ...SelectQueryNode.createFrom([AliasNode.create(inner, IdentifierNode.create(self))]),
      selections: selections.map((selection) => SelectionNode.create(selection)),
      where: WhereNode.create(compare(columnOf(numberName), '<=', limit)),
      orderBy: orderBy([{ node: columnOf(numberName), descending: false }]),
    }
  }
}

/** A column that no field can be called. */
const numberName = '$number'

const orderOf = ({ keys }: Include) => (keys.length > 0 ? { orderBy: orderByKeys(keys) } : {})

function valuesAt({ result, count }: Fetched, column: number): unknown[] {
  return Array.from({ length: count }, (_, row) => result.values[row * result.width + column])
}

/** Null for what belongs to nothing. */
function keyOf({ data }: FieldModel, value: unknown): string | null {
  return value instanceof Uint8Array ? `b${value.join()}` : equalityKey(data, value)
}
