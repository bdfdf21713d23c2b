/** Places within JSON values: by a path, or step by step. */

import {
  BinaryOperationNode,
  JSONPathLegNode,
  type JSONPathNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
} from 'kysely'
import { invalid } from '../../protocol/error.ts'
import { type Expression, expression, type Place, value } from './expression.ts'
import { operatorOf } from './operators.ts'
import { get, kindOf, list, type Node, nodeOf, read, shown, unsupported } from './tree.ts'

export function jsonReference(given: Node, place: Place): Expression {
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
