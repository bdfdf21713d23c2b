/** Operators, and what may stand beside them. */

import {
  BinaryOperationNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  PrimitiveValueListNode,
  UnaryOperationNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { longestPattern } from '../query/text-match.ts'
import { type Expression, expression, nodeFor, type Place, values } from './expression.ts'
import { binaryOperators, likeOperators, otherOperators } from './functions.ts'
import { get, isKind, type Node, read, unsupported } from './tree.ts'

export function operatorOf(given: unknown): string {
  const operator = get(read(given, 'OperatorNode', ['operator']), 'operator')
  if (typeof operator !== 'string') throw invalid('query', 'has an operator that is no text')
  return operator.toLowerCase()
}

function refusedOperator(operator: string) {
  return otherOperators.has(operator)
    ? unsupported(`the operator ${operator}`)
    : invalid('query', 'has an operator that is none')
}

export function binary(given: Node, place: Place): Expression {
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
export function mayGrow({ rewrite, isShown, isAssigned }: Place): void {
  if (!isShown && !isAssigned) rewrite.raises = true
}

/** A value is measured when it is bound, a literal here; what a row holds is cut. */
export function pattern(given: unknown, place: Place): OperationNode {
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

export function unary(given: Node, place: Place): Expression {
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
