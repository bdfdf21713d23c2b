/**
 * Rows for an update or delete. What the caller wrote stands in a select over the target as the caller sees it; around it
 * the keys are joined with the table itself, whose hidden columns are needed for the images before. No expression of the
 * caller's ever stands where the table itself is in scope.
 */

import {
  AliasNode,
  FromNode,
  type IdentifierNode,
  JoinNode,
  OnNode,
  type OperationNode,
  SelectionNode,
  type SelectQueryNode,
  WhereNode,
} from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { RuleOperation } from '../../protocol/operations.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import type { Tools } from '../operations/operation.ts'
import { bind, type Caller, type Compiled, compileNode } from '../query/binding.ts'
import { and, columnOf, compare, physicalTable } from '../query/nodes.ts'
import { askWithin, type ResultLimits, type Work } from '../work.ts'
import type { Expression, Place } from './expression.ts'
import { nodeFor } from './expression.ts'
import { addSource, clockColumns, fromItem, join, readable, seenBy } from './from.ts'
import { named, type Rewrite } from './rewrite.ts'
import { Scope } from './scope.ts'
import { get, identifier, kindOf, list, type Node, nodeOf, read, tableName } from './tree.ts'
import { leadingWith } from './with.ts'

export interface Target {
  readonly access: EntityAccess
  readonly place: Place
  /** The select's parts that the caller gave. */
  readonly from: readonly OperationNode[]
  readonly joins: readonly JoinNode[]
  readonly where: OperationNode | null
  readonly with: OperationNode | null
  /** Of each of its tables one. */
  readonly clockColumns: readonly OperationNode[]
  /** As the select calls the target. */
  readonly name: string
}

/** @param more further tables of the query: FROM of an update, USING of a delete */
export function targetOf(
  tree: Node,
  given: unknown,
  more: readonly unknown[],
  operation: RuleOperation,
  rewrite: Rewrite,
  within: (access: EntityAccess) => Guard | null | undefined,
): Target {
  const node = nodeOf(given)
  const alias = kindOf(node) === 'AliasNode' ? read(node, 'AliasNode', ['node', 'alias']) : null
  const entityName = tableName(alias ? get(alias, 'node') : node)
  const called = alias ? identifier(get(alias, 'alias')) : entityName
  const clause = leadingWith(tree, rewrite)
  const access = rewrite.access(entityName, operation)
  if (access.entity.data.kind === 'view')
    throw invalid('query', `${entityName} is a view and cannot be written`)
  if (access.entity.primaryKey.length === 0) throw invalid('query', `${entityName} has no key to write by`)
  const scope = new Scope(null)
  const extra = within(access)
  const guards = [access.guard(operation) as Guard, ...(extra ? [extra] : [])]
  const seen = withKey(seenBy(access, guards, rewrite), access)
  const target = addSource(scope, rewrite, seen, readable(access), called, access)
  const { name } = scope.sources[0] as { name: string }
  const others = more.map((one) => fromItem(one, rewrite, scope, clause.with, true))
  const joins = list(tree, 'joins').map((one) => join(one, rewrite, scope, clause.with))
  const place: Place = { rewrite, scope, with: clause.with }
  const where = get(tree, 'where')
  return {
    access,
    place,
    from: [target, ...others],
    joins,
    where: where === undefined ? null : nodeFor(get(read(where, 'WhereNode', ['where']), 'where'), place),
    with: clause.node,
    clockColumns: clockColumns(scope),
    name,
  }
}

/** The key is needed to write by, whether or not the caller may read it. */
function withKey(seen: OperationNode, access: EntityAccess): OperationNode {
  const select = seen as SelectQueryNode
  const missing = access.entity.primaryKey.filter((field) => !access.readable.includes(field))
  if (missing.length === 0) return seen
  const [first] = (select.from as FromNode).froms
  const own = ((first as AliasNode).alias as IdentifierNode).name
  const selections = [
    ...(select.selections ?? []),
    ...missing.map(({ name }) => SelectionNode.create(columnOf(name, own))),
  ]
  return Object.defineProperties(
    { ...select, selections },
    {
      limit: Object.getOwnPropertyDescriptor(seen, 'limit') as PropertyDescriptor,
      offset: Object.getOwnPropertyDescriptor(seen, 'offset') as PropertyDescriptor,
    },
  ) as OperationNode
}

/** The statement that finds the rows, and the caller's expressions for each of them. */
export function compileChoice(target: Target, expressions: readonly Expression[], tools: Tools): Compiled {
  const { access, name, place } = target
  const { entity } = access
  const { rewrite } = place
  const aliased = (node: OperationNode, alias: string) =>
    SelectionNode.create(AliasNode.create(node, named(alias)) as never)
  const where = rewrite.inTime(target.clockColumns, target.where ?? undefined)
  const chosen: SelectQueryNode = {
    kind: 'SelectQueryNode',
    ...(target.with && { with: target.with as never }),
    from: FromNode.create(target.from),
    selections: [
      ...entity.primaryKey.map((field, at) => aliased(columnOf(field.name, name), `k$${at}`)),
      ...expressions.map(({ node }, at) => aliased(node, `v$${at}`)),
    ],
    ...(target.joins.length > 0 && { joins: target.joins }),
    ...(where && { where: WhereNode.create(where) }),
  }
  const [table, found] = [rewrite.name('w'), rewrite.name('u')]
  const on = entity.primaryKey.map((field, at) =>
    compare(columnOf(field.name, table), '=', columnOf(`k$${at}`, found)),
  )
  const node: SelectQueryNode = {
    kind: 'SelectQueryNode',
    from: FromNode.create([AliasNode.create(chosen, named(found))]),
    joins: [
      {
        ...JoinNode.create(
          'InnerJoin',
          AliasNode.create(physicalTable(tools.dialect.schemaName, entity.name), named(table)),
        ),
        on: OnNode.create(and(on)),
      },
    ],
    selections: [
      ...entity.fields.map((field) => SelectionNode.create(columnOf(field.name, table))),
      ...expressions.map((_, at) => SelectionNode.create(columnOf(`v$${at}`, found))),
    ],
  }
  const columns = [...entity.fields.map(({ column }) => column), ...expressions.map(({ type }) => type)]
  return compileNode(node, columns, tools.dialect.createCompiler())
}

export interface ChosenRow {
  readonly before: Row
  /** Of the caller's expressions, in their order. */
  readonly values: readonly unknown[]
}

/**
 * Every row once, though a join may have found it several times.
 * @throws DBALError VALIDATION_ERROR for more than the limits
 */
export function* chosenRows(
  compiled: Compiled,
  access: EntityAccess,
  params: readonly SqlValue[],
  caller: Caller,
  limits: ResultLimits,
): Work<ChosenRow[]> {
  const { entity } = access
  const within = withoutHints(access, limits)
  const { values, width } = yield* askWithin(within, compiled.statement, bind(compiled, params, caller))
  const rows = new Map<string, ChosenRow>()
  for (let at = 0; at < values.length; at += width) {
    const before: Row = {}
    entity.fields.forEach((field, column) => {
      before[field.name] = values[at + column]
    })
    const key = entity.primaryKey
      .map(({ name }) => `${typeof before[name]}:${String(before[name])}`)
      .join('\0')
    if (!rows.has(key)) rows.set(key, { before, values: values.slice(at + entity.fields.length, at + width) })
  }
  return [...rows.values()]
}

/** A limit of bytes would tell how long values are that the caller may not read. */
function withoutHints({ entity, readable }: EntityAccess, limits: ResultLimits): ResultLimits {
  if (readable.length === entity.fields.length) return limits
  return { ...limits, maxResultBytes: Number.POSITIVE_INFINITY }
}
