/** SELECT, rebuilt clause by clause, and what it gives. */

import {
  AliasNode,
  FromNode,
  GroupByItemNode,
  GroupByNode,
  HavingNode,
  LimitNode,
  OffsetNode,
  type OperationNode,
  OrderByNode,
  SelectionNode,
  SelectModifierNode,
  type SelectQueryNode,
  SetOperationNode,
  ValueNode,
  WhereNode,
} from 'kysely'
import { invalid } from '../../protocol/error.ts'
import { columnOf } from '../query/nodes.ts'
import { expression, nodeFor, type Place } from './expression.ts'
import { clockColumns, fromItem, join } from './from.ts'
import { orderItems } from './order.ts'
import { named, type Rewrite } from './rewrite.ts'
import { type Output, Scope } from './scope.ts'
import {
  columnName,
  get,
  identifier,
  isKind,
  list,
  type Node,
  read,
  shown,
  tableName,
  unsupported,
} from './tree.ts'
import { type With, withClause } from './with.ts'

export type Outputs = readonly Output[]

export interface BuiltSelect {
  readonly node: SelectQueryNode
  readonly outputs: Outputs
}

const known = [
  'from',
  'selections',
  'joins',
  'where',
  'groupBy',
  'having',
  'orderBy',
  'limit',
  'offset',
  'with',
  'frontModifiers',
  'setOperations',
]
const refused = ['distinctOn', 'endModifiers', 'fetch', 'top', 'explain']

/** Of results without a name: with its number no caller's name. */
export const nameless = 'v'

const setOperators: ReadonlySet<string> = new Set(['union', 'intersect', 'except'])

/** The parts behind UNION, INTERSECT and EXCEPT. */
export const arms = (select: Node): readonly unknown[] => list(select, 'setOperations')

/** What the first part of a set operation gives: the columns of the whole. */
export function firstArm(given: Node, rewrite: Rewrite, outer: Scope | null, inside: With): Outputs {
  const { setOperations: _, orderBy: __, limit: ___, offset: ____, ...first } = given
  return selectQuery(first, rewrite, outer, inside).outputs
}

/**
 * @param outer the scope of the query around it, whose columns it may use
 * @param others what the parts behind a set operator can use in place of `inside`
 */
export function selectQuery(
  given: unknown,
  rewrite: Rewrite,
  outer: Scope | null,
  inside: With,
  { others, isRoot }: { readonly others?: With; readonly isRoot?: true } = {},
): BuiltSelect {
  return rewrite.enterSelect(() =>
    build(read(given, 'SelectQueryNode', known, refused), rewrite, outer, inside, others, isRoot),
  )
}

function build(
  node: Node,
  rewrite: Rewrite,
  outer: Scope | null,
  outerWith: With,
  others: With | undefined,
  isRoot: true | undefined,
): BuiltSelect {
  const clause = get(node, 'with')
  const made = clause === undefined ? null : withClause(clause, rewrite, outer, outerWith)
  const inside = made?.with ?? outerWith
  const scope = new Scope(outer)
  const froms = fromList(get(node, 'from'), rewrite, scope, inside)
  const joins = list(node, 'joins').map((one) => join(one, rewrite, scope, inside))
  const place: Place = { rewrite, scope, with: inside, ...(isRoot && { isRoot }) }
  const where = get(node, 'where')
  const whereNode =
    where === undefined ? undefined : nodeFor(get(read(where, 'WhereNode', ['where']), 'where'), place)
  const { nodes, outputs } = selections(
    list(node, 'selections'),
    isRoot ? { ...place, isShown: true } : place,
  )
  const withResults: Place = { ...place, results: new Map(outputs.map((output) => [output.name, output])) }
  const groupBy = get(node, 'groupBy')
  const having = get(node, 'having')
  const setOperations = arms(node).map((one) => setOperation(one, outputs, rewrite, outer, others ?? inside))
  const isCompound = setOperations.length > 0
  const orderBy = get(node, 'orderBy')
  const select: SelectQueryNode = {
    kind: 'SelectQueryNode',
    ...(froms && { from: FromNode.create(froms) }),
    selections: nodes,
    ...(joins.length > 0 && { joins }),
    // Absent without a condition, as the printer takes it.
    get where() {
      const condition = rewrite.inTime(clockColumns(scope), whereNode)
      return (condition && WhereNode.create(condition)) as WhereNode
    },
    ...(groupBy !== undefined && {
      groupBy: GroupByNode.create(
        list(read(groupBy, 'GroupByNode', ['items']), 'items').map((item) =>
          GroupByItemNode.create(
            nodeFor(get(read(item, 'GroupByItemNode', ['groupBy']), 'groupBy'), withResults),
          ),
        ),
      ),
    }),
    ...(having !== undefined && {
      having: HavingNode.create(nodeFor(get(read(having, 'HavingNode', ['having']), 'having'), withResults)),
    }),
    ...(orderBy !== undefined && {
      orderBy: OrderByNode.create(
        orderItems(orderBy, (item) => sortKey(item, withResults, outputs, isCompound)),
      ),
    }),
    ...limits(node, rewrite),
    ...(made && { with: made.node }),
    ...modifiers(node),
    ...(isCompound && { setOperations: setOperations.map((one) => one.node) }),
  }
  return { node: select, outputs: merged(outputs, setOperations) }
}

function fromList(given: unknown, rewrite: Rewrite, scope: Scope, inside: With): OperationNode[] | null {
  if (given === undefined) return null
  const froms = list(read(given, 'FromNode', ['froms']), 'froms')
  return froms.map((one, at) => fromItem(one, rewrite, scope, inside, at > 0))
}

function selections(given: readonly unknown[], place: Place): { nodes: SelectionNode[]; outputs: Output[] } {
  if (given.length === 0) throw invalid('query', 'selects nothing')
  const nodes: SelectionNode[] = []
  const outputs: Output[] = []
  const add = (node: OperationNode, output: Output) => {
    nodes.push(SelectionNode.create(AliasNode.create(node, named(output.name)) as never))
    outputs.push(output)
  }
  for (const one of given) {
    const selected = get(read(one, 'SelectionNode', ['selection']), 'selection')
    const sources = starred(selected, place.scope)
    if (sources) {
      for (const source of sources)
        for (const output of source.columns.values()) {
          if (source.access) place.rewrite.reading(source.access.entity.name).fields.add(output.name)
          add(columnOf(output.name, source.name), output)
        }
      continue
    }
    const isAliased = isKind(selected, 'AliasNode')
    const alias = isAliased ? read(selected, 'AliasNode', ['node', 'alias']) : null
    const { node, type, output } = expression(alias ? get(alias, 'node') : selected, place)
    // What has no name can still be compared with, or asked whether it is there.
    const name = alias ? identifier(get(alias, 'alias')) : (output?.name ?? place.rewrite.name(nameless))
    add(node, { name, type, ...(output?.field && { field: output.field }) })
  }
  return { nodes, outputs }
}

/** The sources that `*` and `t.*` mean; null for anything else. */
function starred(selected: unknown, scope: Scope) {
  if (isKind(selected, 'SelectAllNode')) {
    read(selected, 'SelectAllNode', [])
    if (scope.sources.length === 0) throw invalid('query', '* needs a table')
    return scope.sources
  }
  if (!isKind(selected, 'ReferenceNode')) return null
  const reference = read(selected, 'ReferenceNode', ['column', 'table'])
  if (!isKind(get(reference, 'column'), 'SelectAllNode')) return null
  const table = get(reference, 'table')
  return table === undefined ? scope.sources : [scope.source(tableName(table))]
}

/** A name of a result means the result; any other expression means the tables. */
function sortKey(item: unknown, place: Place, outputs: Outputs, isCompound: boolean): OperationNode {
  const name = plainName(item)
  const output = name === undefined ? undefined : outputs.find((one) => one.name === name)
  if (output) return columnOf(output.name).column
  if (isCompound)
    throw invalid('query.orderBy', 'sorts several queries together by names of their results only')
  return nodeFor(item, place)
}

function plainName(item: unknown): string | undefined {
  if (isKind(item, 'ColumnNode')) return columnName(item)
  if (!isKind(item, 'ReferenceNode')) return undefined
  const reference = read(item, 'ReferenceNode', ['column', 'table'])
  const column = get(reference, 'column')
  return get(reference, 'table') === undefined && isKind(column, 'ColumnNode')
    ? columnName(column)
    : undefined
}

function limits(node: Node, rewrite: Rewrite): { limit?: LimitNode; offset?: OffsetNode } {
  const limit = get(node, 'limit')
  const offset = get(node, 'offset')
  if (limit === undefined && offset === undefined) return {}
  return {
    // SQLite knows no OFFSET alone.
    limit: LimitNode.create(
      limit === undefined
        ? ValueNode.createImmediate(-1)
        : count(get(read(limit, 'LimitNode', ['limit']), 'limit'), 'limit', rewrite),
    ),
    ...(offset !== undefined && {
      offset: OffsetNode.create(
        count(get(read(offset, 'OffsetNode', ['offset']), 'offset'), 'offset', rewrite),
      ),
    }),
  }
}

/** A whole number, given as a value. */
function count(given: unknown, clause: string, rewrite: Rewrite): OperationNode {
  const node = read(given, 'ValueNode', ['param', 'value', 'immediate'])
  if (get(node, 'immediate') === true) {
    const { value } = node
    if (!isCount(value)) throw invalid(`query.${clause}`, 'must be a whole number from 0')
    return ValueNode.createImmediate(value)
  }
  const made = rewrite.value(get(node, 'param'))
  rewrite.counts.push({ param: get(node, 'param') as number, clause })
  return made
}

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function modifiers(node: Node): { frontModifiers?: SelectModifierNode[] } {
  const given = list(node, 'frontModifiers')
  for (const one of given) {
    const modifier = get(read(one, 'SelectModifierNode', ['modifier'], ['rawModifier', 'of']), 'modifier')
    if (modifier !== 'Distinct') throw unsupported(`the modifier ${shown(String(modifier))}`)
  }
  return given.length > 0 ? { frontModifiers: [SelectModifierNode.create('Distinct')] } : {}
}

function setOperation(
  given: unknown,
  outputs: Outputs,
  rewrite: Rewrite,
  outer: Scope | null,
  inside: With,
): { readonly node: SetOperationNode; readonly outputs: Outputs } {
  const node = read(given, 'SetOperationNode', ['operator', 'expression', 'all'])
  const operator = get(node, 'operator')
  if (typeof operator !== 'string' || !setOperators.has(operator))
    throw unsupported(`the set operator ${shown(String(operator))}`)
  const all = get(node, 'all') === true
  if (all && operator !== 'union') throw unsupported(`${operator} all`)
  const inner = get(node, 'expression')
  const select = isKind(inner, 'ParensNode') ? get(read(inner, 'ParensNode', ['node']), 'node') : inner
  if (isKind(select, 'SelectQueryNode')) refuseTail(select)
  const built = selectQuery(select, rewrite, outer, inside)
  if (built.outputs.length !== outputs.length)
    throw invalid('query', `joins ${outputs.length} columns with ${built.outputs.length} by ${operator}`)
  return { node: SetOperationNode.create(operator as 'union', built.node, all), outputs: built.outputs }
}

/** In SQLite these belong to the whole; inside of a part they would change what the whole means. */
function refuseTail(select: Node): void {
  for (const clause of ['orderBy', 'limit', 'offset', 'with'])
    if (get(select, clause) !== undefined)
      throw unsupported(`${clause} in a part of a set operation; put the part into a subquery`)
  if (arms(select).length > 0)
    throw unsupported('a set operation in a part of another; put it into a subquery')
}

/** The names are those of the first; a type holds where all parts agree. */
function merged(outputs: Outputs, parts: readonly { readonly outputs: Outputs }[]): Outputs {
  if (parts.length === 0) return outputs
  return outputs.map(({ name, type }, at) => ({
    name,
    type: parts.every((part) => part.outputs[at]?.type === type) ? type : 'any',
  }))
}
