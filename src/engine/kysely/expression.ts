/** Expressions, rebuilt: what an expression may be in any place that takes a value. */

import {
  AggregateFunctionNode,
  BinaryOperationNode,
  CaseNode,
  CastNode,
  DataTypeNode,
  FunctionNode,
  JSONPathLegNode,
  type JSONPathNode,
  type OperationNode,
  OperatorNode,
  OrderByNode,
  type OverNode,
  ParensNode,
  PartitionByItemNode,
  PartitionByNode,
  PrimitiveValueListNode,
  SelectAllNode,
  TupleNode,
  UnaryOperationNode,
  ValueListNode,
  ValueNode,
  WhenNode,
  WhereNode,
} from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { columnOf, columnOfField } from '../query/nodes.ts'
import {
  aggregateFunction,
  binaryOperators,
  castTypes,
  likeOperators,
  otherOperators,
  type ResultType,
  scalarFunction,
  windowFunction,
} from './functions.ts'
import { rawExpression } from './json-helpers.ts'
import { orderItems } from './order.ts'
import type { ArgumentType } from './own-functions.ts'
import type { Rewrite } from './rewrite.ts'
import type { Output, Scope } from './scope.ts'
import { selectQuery } from './select.ts'
import {
  columnName,
  get,
  isKind,
  kindOf,
  list,
  misplaced,
  type Node,
  nodeOf,
  read,
  shown,
  tableName,
  unsupported,
} from './tree.ts'
import type { With } from './with.ts'

export interface Expression {
  readonly node: OperationNode
  readonly type: ColumnType
  /** When it is a field as it stands. */
  readonly output?: Output
}

/** Where an expression stands. */
export interface Place {
  readonly rewrite: Rewrite
  readonly scope: Scope
  readonly with: With
  /** Names of the select's own results, where they may be used: ORDER BY, GROUP BY, HAVING. */
  readonly results?: ReadonlyMap<string, Output>
  /** Nothing but names and values: no queries. */
  readonly isFlat?: true
  /** A clause of the outermost query: an aggregate there is of rows that have passed. */
  readonly isRoot?: true
  /** A result of the outermost query: worked out for rows that have passed, and for no others. */
  readonly isShown?: true
  /** A value to be written: it is of one row. */
  readonly isAssigned?: true
}

/** Longer patterns cost more than they find, and the database cannot be stopped within one comparison. */
export const longestPattern = 256

export function expression(value: unknown, place: Place): Expression {
  return place.rewrite.deeper(() => build(nodeOf(value), place))
}

/** The node alone. */
export const nodeFor = (value: unknown, place: Place): OperationNode => expression(value, place).node

function build(node: Node, place: Place): Expression {
  switch (kindOf(node)) {
    case 'ReferenceNode':
      return reference(node, place)
    case 'ColumnNode':
      return column(columnName(node), undefined, place)
    case 'ValueNode':
      return { node: value(node, place), type: 'any' }
    case 'ParensNode': {
      const inner = expression(get(read(node, 'ParensNode', ['node']), 'node'), place)
      return { ...inner, node: isSelect(inner.node) ? inner.node : ParensNode.create(inner.node) }
    }
    case 'AndNode':
    case 'OrNode':
      return junction(node, place)
    case 'BinaryOperationNode':
      return binary(node, place)
    case 'UnaryOperationNode':
      return unary(node, place)
    case 'FunctionNode':
      return call(node, place)
    case 'AggregateFunctionNode':
      return aggregate(node, place)
    case 'CaseNode':
      return cases(node, place)
    case 'CastNode':
      return cast(node, place)
    case 'JSONReferenceNode':
      return jsonReference(node, place)
    case 'TupleNode':
      return { node: TupleNode.create(values(read(node, 'TupleNode', ['values']), place)), type: 'any' }
    case 'SelectQueryNode': {
      if (place.isFlat) throw unsupported('a subquery in ON CONFLICT')
      const { node: select, outputs } = selectQuery(node, place.rewrite, place.scope, place.with)
      const [only, ...more] = outputs
      return { node: select, type: only && more.length === 0 ? only.type : 'any' }
    }
    case 'RawNode':
      return rawExpression(node, place)
    case 'AliasNode':
      throw invalid('query', 'has an alias where a value is wanted')
    default:
      throw misplaced(node)
  }
}

const isSelect = (node: OperationNode) => node.kind === 'SelectQueryNode'

function reference(given: Node, place: Place): Expression {
  const node = read(given, 'ReferenceNode', ['column', 'table'])
  const target = get(node, 'column')
  if (isKind(target, 'SelectAllNode')) throw invalid('query', '* cannot stand for a value')
  const table = get(node, 'table')
  return column(columnName(target), table === undefined ? undefined : tableName(table), place)
}

function column(name: string, table: string | undefined, { rewrite, scope, results }: Place): Expression {
  const found = scope.column(name, table)
  if (found) {
    const { source, output } = found
    if (source.access) rewrite.reading(source.access.entity.name).fields.add(name)
    return { node: referenceTo(output, name, source.name), type: output.type, output }
  }
  const result = results?.get(name)
  // A name of ours cannot be meant: results are called as the caller calls them.
  if (result) return { node: columnOf(name).column, type: result.type }
  throw scope.unknown(name)
}

/** A subselect passes on that a column does not regard case. */
function referenceTo({ field }: Output, name: string, source: string): OperationNode {
  if (!field?.data.caseInsensitive) return columnOf(name, source)
  return columnOfField({ name, data: { ...field.data, nullable: true } }, source)
}

/** A parameter, or a literal that Kysely prints into the text. */
export function value(given: Node, { rewrite }: Place): OperationNode {
  const node = read(given, 'ValueNode', ['param', 'value', 'immediate'])
  if (get(node, 'immediate') !== true) return rewrite.value(get(node, 'param'))
  return literalNode(Object.hasOwn(node, 'value') ? node['value'] : undefined)
}

export function literalNode(literal: unknown): OperationNode {
  if (literal === null) return ValueNode.createImmediate(null)
  if (typeof literal === 'boolean') return ValueNode.createImmediate(literal ? 1 : 0)
  if (typeof literal === 'number' && Number.isFinite(literal)) return ValueNode.createImmediate(literal)
  // As a parameter, so that it need not be printed; what no database prints alike is refused all the same.
  if (typeof literal === 'string' && !/[\\\0]/.test(literal)) return ValueNode.create(literal)
  throw invalid('query', 'has a literal that is no text, number, boolean or null')
}

function values(node: Node, place: Place): OperationNode[] {
  const items = list(node, 'values')
  if (items.length === 0) throw invalid('query', 'has an empty list of values')
  return items.map((item) => nodeFor(item, place))
}

/** Both sides in parentheses: the printer writes none. */
function junction(given: Node, place: Place): Expression {
  const kind = kindOf(given)
  const node = read(given, kind, ['left', 'right'])
  place.rewrite.cost('condition')
  const left = ParensNode.create(nodeFor(get(node, 'left'), place))
  const right = ParensNode.create(nodeFor(get(node, 'right'), place))
  return { node: { kind: kind as 'AndNode', left, right } as OperationNode, type: 'integer' }
}

function operatorOf(given: unknown): string {
  const operator = get(read(given, 'OperatorNode', ['operator']), 'operator')
  if (typeof operator !== 'string') throw invalid('query', 'has an operator that is no text')
  return operator.toLowerCase()
}

function refusedOperator(operator: string) {
  return otherOperators.has(operator)
    ? unsupported(`the operator ${operator}`)
    : invalid('query', 'has an operator that is none')
}

function binary(given: Node, place: Place): Expression {
  const node = read(given, 'BinaryOperationNode', ['leftOperand', 'operator', 'rightOperand'])
  const operator = operatorOf(get(node, 'operator'))
  const right = get(node, 'rightOperand')
  place.rewrite.cost('condition')
  const left = () => operand(get(node, 'leftOperand'), place)
  const made = (node: OperationNode, type: ColumnType): Expression => ({ node, type })
  const join = (rightNode: OperationNode, printed = operator) =>
    BinaryOperationNode.create(left(), OperatorNode.create(printed as '='), rightNode)

  if (operator === 'in' || operator === 'not in') return made(join(membership(right, place)), 'integer')
  refuseBareValues(get(node, 'leftOperand'), operator, right, place)
  if (operator === 'between') {
    const range = read(right, 'AndNode', ['left', 'right'])
    const bounds = {
      kind: 'AndNode',
      left: operand(get(range, 'left'), place),
      right: operand(get(range, 'right'), place),
    }
    return made(join(bounds as OperationNode), 'integer')
  }
  if (likeOperators.has(operator)) {
    return made(join(pattern(right, place)), 'integer')
  }
  if (operator === '/') place.rewrite.needs('operator /')
  if (operator === '->' || operator === '->>') {
    place.rewrite.needs('json')
    place.rewrite.noteWork()
    place.rewrite.raises = true
    return made(join(operand(right, place)), operator === '->' ? 'json' : 'any')
  }
  if (operator === '||') mayGrow(place)
  const type = binaryOperators.get(operator)
  if (!type) throw refusedOperator(operator)
  return made(join(operand(right, place)), type)
}

/** Which of two values comes first, and what they make, is for their types to say, which no plan knows: it is for all values. */
function refuseBareValues(left: unknown, operator: string, right: unknown, { rewrite }: Place): void {
  if (!byType.has(operator) || !isBare(left)) return
  const others = isKind(right, 'AndNode') ? [get(right, 'left'), get(right, 'right')] : [right]
  if (others.some(isBare)) rewrite.needs('the order or the arithmetic of two mere values')
}

const byType = new Set(['>', '>=', '<', '<=', 'between', '+', '-', '*', '/', '%', '&', '|', '<<', '>>'])

const isBare = (given: unknown): boolean => isKind(given, 'ValueNode') && get(given, 'immediate') !== true

/** An error of a value that grew too large must not come of a row that the caller may not see. */
function mayGrow({ rewrite, isShown, isAssigned }: Place): void {
  if (!isShown && !isAssigned) rewrite.raises = true
}

/** A value is measured when it is bound, a literal here; what a row holds is cut. */
function pattern(given: unknown, place: Place): OperationNode {
  place.rewrite.noteWork()
  const node = operand(given, place)
  if (isKind(given, 'ValueNode')) {
    const literal = get(given, 'immediate') === true ? get(given, 'value') : undefined
    if (typeof literal === 'string' && literal.length > longestPattern)
      throw invalid('query', `has a pattern of more than ${longestPattern} characters`)
    place.rewrite.patterns.push(get(given, 'param') as number)
    return node
  }
  const cut = [node, ValueNode.createImmediate(1), ValueNode.createImmediate(longestPattern)]
  return FunctionNode.create('substr', cut)
}

/** In parentheses where it is more than a name or a value, so that the text parses back into the tree that was asked. */
function operand(given: unknown, place: Place): OperationNode {
  const { node } = expression(given, place)
  return isClosed.test(node.kind) ? node : ParensNode.create(node)
}

const isClosed = /^(Reference|Column|Value|Parens|Function|AggregateFunction|SelectQuery|Tuple|Cast)Node$/

/** What stands behind IN: a list or a query. A name alone would be a table. */
function membership(given: unknown, place: Place): OperationNode {
  if (isKind(given, 'PrimitiveValueListNode')) {
    const node = read(given, 'PrimitiveValueListNode', ['param', 'count'])
    const [first, count] = [node['param'], node['count']]
    if (typeof first !== 'number' || typeof count !== 'number' || !Number.isInteger(count) || count < 0)
      throw invalid('query', 'has a list of values that is none')
    if (count > 30_000) throw invalid('query', 'has a list of more than 30,000 values')
    return PrimitiveValueListNode.create(
      Array.from({ length: count }, (_, at) => place.rewrite.bound(first + at)),
    )
  }
  if (isKind(given, 'ValueListNode'))
    return ValueListNode.create(values(read(given, 'ValueListNode', ['values']), place))
  if (isKind(given, 'TupleNode'))
    return ValueListNode.create(values(read(given, 'TupleNode', ['values']), place))
  const inner = isKind(given, 'ParensNode') ? get(read(given, 'ParensNode', ['node']), 'node') : given
  if (isKind(inner, 'SelectQueryNode')) return nodeFor(inner, place)
  throw invalid('query', 'IN takes a list of values or a query')
}

function unary(given: Node, place: Place): Expression {
  const node = read(given, 'UnaryOperationNode', ['operator', 'operand'])
  const operator = operatorOf(get(node, 'operator'))
  place.rewrite.cost('condition')
  if (operator === 'exists' || operator === 'not exists') {
    const query = get(node, 'operand')
    const inner = isKind(query, 'ParensNode') ? get(read(query, 'ParensNode', ['node']), 'node') : query
    if (!isKind(inner, 'SelectQueryNode')) throw invalid('query', 'EXISTS takes a query')
    const made = UnaryOperationNode.create(OperatorNode.create(operator), nodeFor(inner, place))
    return { node: made, type: 'integer' }
  }
  if (operator !== 'not' && operator !== '-') throw refusedOperator(operator)
  const made = UnaryOperationNode.create(
    OperatorNode.create(operator),
    ParensNode.create(nodeFor(get(node, 'operand'), place)),
  )
  return { node: made, type: operator === 'not' ? 'integer' : 'any' }
}

function nameOf(node: Node): string {
  const name = get(node, 'func')
  if (typeof name !== 'string') throw invalid('query', 'has a function whose name is no text')
  return name.toLowerCase()
}

function call(given: Node, place: Place): Expression {
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

const argumentType = ({ node, type }: Expression): ArgumentType =>
  node.kind === 'ValueNode' ? 'value' : type

function resultType(result: ResultType, given: readonly Expression[]): ColumnType {
  if (result !== 'same') return result
  // What is a mere value takes the type of the others: coalesce(name, '').
  const types = new Set(given.filter(({ node }) => node.kind !== 'ValueNode').map(({ type }) => type))
  const [only, ...more] = types
  return only && more.length === 0 ? only : 'any'
}

function aggregate(given: Node, place: Place): Expression {
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

function cases(given: Node, place: Place): Expression {
  const node = read(given, 'CaseNode', ['value', 'when', 'else', 'isStatement'])
  const subject = get(node, 'value')
  const otherwise = get(node, 'else')
  const whens = list(node, 'when').map((when) => {
    const { condition, result } = read(when, 'WhenNode', ['condition', 'result'])
    place.rewrite.cost('condition')
    return { condition: nodeFor(condition, place), result: expression(result, place) }
  })
  if (whens.length === 0) throw invalid('query', 'has a CASE without WHEN')
  const last = otherwise === undefined ? [] : [expression(otherwise, place)]
  const made: CaseNode = {
    ...CaseNode.create(subject === undefined ? undefined : nodeFor(subject, place)),
    when: whens.map(({ condition, result }) => ({ ...WhenNode.create(condition), result: result.node })),
    ...(last[0] && { else: last[0].node }),
  }
  return {
    node: ParensNode.create(made),
    type: resultType('same', [...whens.map(({ result }) => result), ...last]),
  }
}

function cast(given: Node, place: Place): Expression {
  const node = read(given, 'CastNode', ['expression', 'dataType'])
  const dataType = get(read(get(node, 'dataType'), 'DataTypeNode', ['dataType']), 'dataType')
  const name = typeof dataType === 'string' ? dataType.toLowerCase() : ''
  const type = Object.hasOwn(castTypes, name) ? castTypes[name] : undefined
  if (!type) throw unsupported(`a cast to ${shown(name)}`)
  place.rewrite.needs(`cast ${name}`)
  const inner = expression(get(node, 'expression'), place)
  place.rewrite.needsFor(`cast ${name}`, [argumentType(inner)])
  return { node: CastNode.create(inner.node, DataTypeNode.create(name as 'text')), type }
}

function jsonReference(given: Node, place: Place): Expression {
  place.rewrite.needs('json')
  place.rewrite.noteWork()
  const node = read(given, 'JSONReferenceNode', ['reference', 'traversal'])
  const target = expression(get(node, 'reference'), place)
  if (target.output?.type !== 'json') place.rewrite.raises = true
  const traversal = nodeOf(get(node, 'traversal'))
  if (kindOf(traversal) === 'JSONOperatorChainNode') return chain(target.node, traversal, place)
  const path = read(traversal, 'JSONPathNode', ['inOperator', 'pathLegs'])
  const inOperator = get(path, 'inOperator')
  const operator = inOperator === undefined ? '->>' : operatorOf(inOperator)
  if (operator !== '->' && operator !== '->>') throw unsupported(`the operator ${shown(operator)}`)
  const legs = list(path, 'pathLegs').map(pathLeg)
  const made = BinaryOperationNode.create(target.node, OperatorNode.create(operator), pathNode(legs))
  return { node: ParensNode.create(made), type: operator === '->' ? 'json' : 'any' }
}

const pathNode = (legs: readonly JSONPathLegNode[]): OperationNode =>
  ({ kind: 'JSONPathNode', pathLegs: legs }) as JSONPathNode

function pathLeg(given: unknown): JSONPathLegNode {
  const { type, value: at } = read(given, 'JSONPathLegNode', ['type', 'value'])
  if (type === 'Member') {
    if (typeof at !== 'string' || /["\\\0]/.test(at) || at.length > 200)
      throw invalid('query', 'has a JSON member whose name holds quotes or backslashes')
    return JSONPathLegNode.create('Member', at)
  }
  if (type !== 'ArrayLocation' || !/^(\d{1,9}|last|#-\d{1,9})$/.test(String(at)))
    throw invalid('query', 'has a place in a JSON list that is no number')
  // SQLite counts from the end by `#-1`.
  return JSONPathLegNode.create('ArrayLocation', at === 'last' ? '#-1' : (at as number))
}

function chain(target: OperationNode, given: Node, place: Place): Expression {
  const node = read(given, 'JSONOperatorChainNode', ['operator', 'values'])
  const operator = operatorOf(get(node, 'operator'))
  if (operator !== '->' && operator !== '->>') throw unsupported(`the operator ${shown(operator)}`)
  const steps = list(node, 'values')
  let made = target
  steps.forEach((step, at) => {
    const last = at === steps.length - 1
    made = ParensNode.create(
      BinaryOperationNode.create(
        made,
        OperatorNode.create(last ? operator : '->'),
        value(nodeOf(step), place),
      ),
    )
  })
  place.rewrite.raises = true
  return { node: made, type: operator === '->' ? 'json' : 'any' }
}
