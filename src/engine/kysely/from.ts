/** What may stand in a FROM: an entity as its caller may see it, a common table expression, a query, a JSON list. */

import {
  AliasNode,
  FunctionNode,
  JoinNode,
  LimitNode,
  OffsetNode,
  OnNode,
  type OperationNode,
  ParensNode,
  ValueNode,
} from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import { columnOf, physicalTable } from '../query/nodes.ts'
import { nodeFor } from './expression.ts'
import { named, type Rewrite, tableNamed } from './rewrite.ts'
import type { Output, Scope, Source } from './scope.ts'
import { type Outputs, selectQuery } from './select.ts'
import {
  get,
  identifier,
  isKind,
  kindOf,
  list,
  misplaced,
  nodeOf,
  read,
  shown,
  tableName,
  unsupported,
} from './tree.ts'
import type { With } from './with.ts'

const joinTypes: ReadonlySet<string> = new Set([
  'InnerJoin',
  'LeftJoin',
  'RightJoin',
  'FullJoin',
  'CrossJoin',
])

const jsonColumns: readonly Output[] = [
  ['key', 'any'],
  ['value', 'any'],
  ['type', 'text'],
  ['atom', 'any'],
  ['id', 'integer'],
  ['parent', 'integer'],
  ['fullkey', 'text'],
  ['path', 'text'],
].map(([name, type]) => ({ name: name as string, type: type as ColumnType }))

/** @param further not the first table of its query: it costs as a join does */
export function fromItem(
  given: unknown,
  rewrite: Rewrite,
  scope: Scope,
  inside: With,
  further: boolean,
): OperationNode {
  if (further) rewrite.cost('relation')
  const node = nodeOf(given)
  const alias = kindOf(node) === 'AliasNode' ? read(node, 'AliasNode', ['node', 'alias']) : null
  const target = nodeOf(alias ? get(alias, 'node') : node)
  const called = alias ? identifier(get(alias, 'alias')) : undefined
  switch (kindOf(target)) {
    case 'TableNode':
      return table(tableName(target), called, rewrite, scope, inside)
    case 'ParensNode':
    case 'SelectQueryNode': {
      const inner = isKind(target, 'ParensNode') ? get(read(target, 'ParensNode', ['node']), 'node') : target
      // A subquery sees what is around its query, not its neighbours.
      const { node: select, outputs } = selectQuery(inner, rewrite, scope.outer, inside)
      return addSource(scope, rewrite, select, outputs, needAlias(called), null)
    }
    case 'FunctionNode':
      return jsonTable(target, needAlias(called), rewrite, scope, inside)
    default:
      throw misplaced(target)
  }
}

function needAlias(alias: string | undefined): string {
  if (alias === undefined) throw invalid('query', 'has a subquery in FROM without an alias')
  return alias
}

export function join(given: unknown, rewrite: Rewrite, scope: Scope, inside: With): JoinNode {
  const node = read(given, 'JoinNode', ['joinType', 'table', 'on'])
  const type = get(node, 'joinType')
  if (typeof type !== 'string' || !joinTypes.has(type)) throw unsupported(`the join ${shown(String(type))}`)
  if (type === 'FullJoin') rewrite.needs('full join')
  const target = fromItem(get(node, 'table'), rewrite, scope, inside, true)
  const on = get(node, 'on')
  const made = JoinNode.create(type as 'InnerJoin', target)
  if (on === undefined) return made
  const condition = nodeFor(get(read(on, 'OnNode', ['on']), 'on'), { rewrite, scope, with: inside })
  const joined = clockColumns(scope).slice(-1)
  return {
    ...made,
    get on() {
      return OnNode.create(rewrite.inTime(joined, condition) as OperationNode)
    },
  }
}

function table(
  name: string,
  alias: string | undefined,
  rewrite: Rewrite,
  scope: Scope,
  inside: With,
): OperationNode {
  const cte = inside.find(name)
  if (cte) return addSource(scope, rewrite, tableNamed(cte.name), cte.outputs, alias ?? name, null)
  const access = rewrite.access(name)
  const guard = access.guard('read') as Guard
  return addSource(scope, rewrite, seenBy(access, [guard], rewrite), readable(access), alias ?? name, access)
}

/** The columns that the caller may read, in their order. */
export const readable = (access: EntityAccess): Outputs =>
  access.readable.map((field) => ({ name: field.name, type: field.column, field }))

/**
 * The entity as its caller sees it: columns and rows. What else the table has does not exist behind this. It is fenced
 * when the query holds anything that can fail on a row's content: an error must not tell of rows behind the rule. The
 * fence is decided when the tree is complete, so it is a getter.
 */
export function seenBy(access: EntityAccess, guards: readonly Guard[], rewrite: Rewrite): OperationNode {
  const { entity } = access
  const reading = rewrite.reading(entity.name)
  reading.sources++
  for (const guard of guards) {
    for (const field of guard.fields) reading.fields.add(field)
    for (const relation of guard.relations) rewrite.reading(relation.entity).isRuled = true
  }
  const own = rewrite.name('t')
  const conditions = guards.filter((guard) => !guard.everyRow).map((guard) => guard.node(own))
  const [first, ...more] = conditions
  const where = more.reduce<OperationNode | undefined>(
    (left, right) =>
      ({
        kind: 'AndNode',
        left: ParensNode.create(left as OperationNode),
        right: ParensNode.create(right),
      }) as OperationNode,
    first,
  )
  return {
    kind: 'SelectQueryNode',
    from: {
      kind: 'FromNode',
      froms: [AliasNode.create(physicalTable(rewrite.dialect.schemaName, entity.name), named(own))],
    },
    selections: access.readable.map(({ name }) => ({
      kind: 'SelectionNode',
      selection: columnOf(name, own),
    })),
    ...(where && { where: { kind: 'WhereNode', where } }),
    get limit() {
      return where && rewrite.raises ? LimitNode.create(ValueNode.createImmediate(-1)) : undefined
    },
    get offset() {
      return where && rewrite.raises ? OffsetNode.create(ValueNode.createImmediate(0)) : undefined
    },
  } as OperationNode
}

export function addSource(
  scope: Scope,
  rewrite: Rewrite,
  target: OperationNode,
  outputs: Outputs,
  alias: string,
  access: EntityAccess | null,
): OperationNode {
  const columns = new Map<string, Output>()
  // SQLite takes the first of two names that differ in the case of their letters alone.
  const taken = new Set<string>()
  for (const output of outputs) {
    const lower = output.name.toLowerCase()
    if (taken.has(lower))
      throw invalid('query', `${shown(alias)} has two columns ${shown(output.name)}; give one an alias`)
    taken.add(lower)
    columns.set(output.name, output)
  }
  rewrite.noteWork()
  const source: Source = { alias, name: rewrite.name('s'), columns, access }
  scope.add(source)
  return AliasNode.create(target, named(source.name))
}

/** A column of each source: what is worked out of it is worked out for every row. */
export const clockColumns = ({ sources }: Scope): readonly OperationNode[] =>
  sources.flatMap(({ name, columns }) =>
    [...columns.keys()].slice(0, 1).map((column) => columnOf(column, name)),
  )

/** `json_each(column)`: its argument may name the tables before it. */
function jsonTable(
  target: unknown,
  alias: string,
  rewrite: Rewrite,
  scope: Scope,
  inside: With,
): OperationNode {
  const node = read(target, 'FunctionNode', ['func', 'arguments'])
  const name = get(node, 'func')
  if (name !== 'json_each' && name !== 'json_tree')
    throw unsupported(`the table function ${shown(String(name))}`)
  rewrite.needs('json')
  rewrite.raises = true
  // Counts as a further one: to make its rows, with paths as long as the keys in it, can take long by itself.
  rewrite.noteWork()
  const given = list(node, 'arguments')
  if (given.length < 1 || given.length > 2) throw invalid('query', `${name} takes one or two arguments`)
  const arguments_ = given.map((one) => nodeFor(one, { rewrite, scope, with: inside }))
  return addSource(scope, rewrite, FunctionNode.create(name, arguments_), jsonColumns, alias, null)
}
