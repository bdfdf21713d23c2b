/** Calls of functions: of one row, of many, and over a window. */

import {
  AggregateFunctionNode,
  FunctionNode,
  OrderByNode,
  type OverNode,
  PartitionByItemNode,
  PartitionByNode,
  SelectAllNode,
  WhereNode,
} from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { type Expression, expression, nodeFor, type Place } from './expression.ts'
import { aggregateFunction, type ResultType, scalarFunction, windowFunction } from './functions.ts'
import { mayGrow, pattern } from './operators.ts'
import { orderItems } from './order.ts'
import type { ArgumentType } from './own-functions.ts'
import { get, isKind, list, type Node, read, shown } from './tree.ts'

function nameOf(node: Node): string {
  const name = get(node, 'func')
  if (typeof name !== 'string') throw invalid('query', 'has a function whose name is no text')
  return name.toLowerCase()
}

export function call(given: Node, place: Place): Expression {
  const node = read(given, 'FunctionNode', ['func', 'arguments'])
  const name = nameOf(node)
  const rule = scalarFunction(name)
  if (!rule) throw invalid('query', `${shown(name)} is not a function that a query may call`)
  place.rewrite.needs(`function ${name}`)
  place.rewrite.noteWork()
  const listed = list(node, 'arguments')
  if (listed.length > mostArguments)
    throw invalid('query', `gives ${shown(name)} more than ${mostArguments} arguments`)
  const given_ = listed.map(
    (argument, at): Expression =>
      at > 0 && searching.has(name)
        ? { node: pattern(argument, place), type: 'text' }
        : expression(argument, place),
  )
  place.rewrite.needsFor(`function ${name}`, given_.map(argumentType))
  if (rule.raises && !isSafeJson(name, given_)) place.rewrite.raises = true
  if (rule.grows) mayGrow(place)
  return {
    node: FunctionNode.create(
      place.rewrite.dialect.kysely.functionName?.(name) ?? name,
      given_.map((one) => one.node),
    ),
    type: resultType(rule.result, name === 'nullif' ? given_.slice(0, 1) : given_),
  }
}

/**
 * They go through a text for every place of it with what their other arguments say, and `replace` puts the last one in as
 * often; `json_patch` compares every key with every other. Within one such call the database cannot be stopped, so those
 * arguments are as short as patterns.
 */
const searching: ReadonlySet<string> = new Set(['instr', 'json_patch', 'replace', 'trim', 'ltrim', 'rtrim'])

/** Some functions go through a text for each of their arguments. */
const mostArguments = 127

/** A json field was validated when it was written: reading its whole cannot fail. */
const isSafeJson = (name: string, [first, ...more]: readonly Expression[]): boolean =>
  (name === 'json' || name === 'json_array_length' || name === 'json_type') &&
  more.length === 0 &&
  first?.output?.field?.data.type === 'json'

export const argumentType = ({ node, type }: Expression): ArgumentType =>
  node.kind === 'ValueNode' ? 'value' : type

export function resultType(result: ResultType, given: readonly Expression[]): ColumnType {
  if (result !== 'same') return result
  // What is a mere value takes the type of the others: coalesce(name, '').
  const types = new Set(given.filter(({ node }) => node.kind !== 'ValueNode').map(({ type }) => type))
  const [only, ...more] = types
  return only && more.length === 0 ? only : 'any'
}

export function aggregate(given: Node, place: Place): Expression {
  const known = ['func', 'aggregated', 'distinct', 'filter', 'over', 'orderBy']
  const node = read(given, 'AggregateFunctionNode', known, ['withinGroup'])
  const name = nameOf(node)
  const over = get(node, 'over')
  const rule = aggregateFunction(name) ?? (over === undefined ? undefined : windowFunction(name))
  if (!rule) throw invalid('query', `${shown(name)} is not an aggregate that a query may call`)
  place.rewrite.needs(`aggregate ${name}`)
  if (place.isAssigned) throw invalid('query', 'writes an aggregate of several rows; put it into a subquery')
  place.rewrite.cost('aggregate')
  if (rule.raises || (rule.grows && !place.isRoot)) place.rewrite.raises = true
  const items = list(node, 'aggregated')
  const isAll = name === 'count' && items.length === 1 && isStar(items[0])
  const arguments_ = isAll ? [] : items.map((item) => expression(item, place))
  place.rewrite.needsFor(`aggregate ${name}`, arguments_.map(argumentType))
  const filter = get(node, 'filter')
  const orderBy = get(node, 'orderBy')
  const made: AggregateFunctionNode = {
    ...AggregateFunctionNode.create(
      name,
      isAll ? [SelectAllNode.create()] : arguments_.map((one) => one.node),
    ),
    ...(get(node, 'distinct') === true && { distinct: true }),
    ...(filter !== undefined && {
      filter: WhereNode.create(nodeFor(get(read(filter, 'WhereNode', ['where']), 'where'), place)),
    }),
    ...(orderBy !== undefined && { orderBy: orderNode(orderBy, place) }),
    ...(over !== undefined && { over: overNode(over, place) }),
  }
  return { node: made, type: resultType(rule.result, arguments_.slice(0, 1)) }
}

/** `*`, which Kysely wraps in a selection when it counts all. */
function isStar(value: unknown): boolean {
  const inner = isKind(value, 'SelectionNode')
    ? get(read(value, 'SelectionNode', ['selection']), 'selection')
    : value
  if (!isKind(inner, 'SelectAllNode')) return false
  read(inner, 'SelectAllNode', [])
  return true
}

function overNode(given: unknown, place: Place): OverNode {
  const node = read(given, 'OverNode', ['orderBy', 'partitionBy'])
  const orderBy = get(node, 'orderBy')
  const partitionBy = get(node, 'partitionBy')
  return {
    kind: 'OverNode',
    ...(partitionBy !== undefined && {
      partitionBy: PartitionByNode.create(
        list(read(partitionBy, 'PartitionByNode', ['items']), 'items').map((item) =>
          PartitionByItemNode.create(
            nodeFor(get(read(item, 'PartitionByItemNode', ['partitionBy']), 'partitionBy'), place) as never,
          ),
        ),
      ),
    }),
    ...(orderBy !== undefined && { orderBy: orderNode(orderBy, place) }),
  }
}

const orderNode = (given: unknown, place: Place): OrderByNode =>
  OrderByNode.create(orderItems(given, (item) => nodeFor(item, place)))
