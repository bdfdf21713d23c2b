/**
 * Raw text that Kysely's own helpers make: exact pieces, known by heart. Everything else that is raw is refused. The
 * helpers are not printed as they came but built anew from the columns of their query.
 */

import {
  AliasNode,
  FromNode,
  FunctionNode,
  LimitNode,
  type OperationNode,
  RawNode,
  SelectionNode,
  type SelectQueryNode,
  ValueNode,
} from 'kysely'
import { invalid } from '../../protocol/error.ts'
import { columnOf } from '../query/nodes.ts'
import { type Expression, expression, literalNode, type Place } from './expression.ts'
import { named } from './rewrite.ts'
import type { Output } from './scope.ts'
import { selectQuery } from './select.ts'
import { get, isKind, list, type Node, nodeOf, read, unsupported } from './tree.ts'

const arrayFrom = ['(select coalesce(json_group_array(json_object(', ")), '[]') from ", ' as agg)']
const objectFrom = ['(select json_object(', ') from ', ' as obj)']
const buildObject = ['json_object(', ')']

const sameTexts = (left: readonly unknown[], right: readonly string[]) =>
  left.length === right.length && left.every((text, at) => text === right[at])

export function rawExpression(given: Node, place: Place): Expression {
  const { fragments, parameters } = rawOf(given)
  // `sql.lit`, `sql.val`, `sql.ref`: one child and no text.
  if (sameTexts(fragments, ['', '']) && parameters.length === 1) return expression(parameters[0], place)
  if (sameTexts(fragments, ['true'])) return { node: ValueNode.createImmediate(1), type: 'integer' }
  if (sameTexts(fragments, ['false'])) return { node: ValueNode.createImmediate(0), type: 'integer' }
  if (sameTexts(fragments, arrayFrom)) return collected(parameters[1], place, true)
  if (sameTexts(fragments, objectFrom)) return collected(parameters[1], place, false)
  if (sameTexts(fragments, buildObject)) return objectOf(parameters[0], place)
  throw unsupported('raw SQL')
}

function rawOf(given: unknown) {
  const node = read(given, 'RawNode', ['sqlFragments', 'parameters'])
  return { fragments: list(node, 'sqlFragments'), parameters: list(node, 'parameters') }
}

/** The rows of a query as a list of objects, or its row as one. */
function collected(query: unknown, place: Place, asList: boolean): Expression {
  if (!isKind(query, 'SelectQueryNode')) throw unsupported('raw SQL')
  if (place.isFlat) throw unsupported('a subquery in ON CONFLICT')
  const { rewrite } = place
  rewrite.needs('json objects')
  const { node: select, outputs } = selectQuery(query, rewrite, place.scope, place.with)
  if (rewrite.dialect.kysely.collectsFlat) return flatCollected(select as SelectQueryNode, outputs, asList)
  const name = rewrite.name('j')
  const row = FunctionNode.create('json_object', pairs(outputs, name))
  const value = asList
    ? FunctionNode.create('coalesce', [
        FunctionNode.create('json_group_array', [row]),
        ValueNode.createImmediate('[]'),
      ])
    : row
  const node = {
    kind: 'SelectQueryNode',
    from: FromNode.create([AliasNode.create(select, named(name))]),
    selections: [SelectionNode.create(value as never)],
  } as OperationNode
  return { node, type: 'json' }
}

/** What a select may be made of that is collected without standing in a table of its own. */
const flat: ReadonlySet<string> = new Set([
  'kind',
  'from',
  'joins',
  'where',
  'selections',
  'orderBy',
  'limit',
])

/** MariaDB's derived tables know nothing of the query around them: the rows are collected in the select itself. */
function flatCollected(
  { orderBy, limit, selections = [], ...select }: SelectQueryNode,
  outputs: readonly Output[],
  asList: boolean,
): Expression {
  const other = Object.entries(select).find(([name, part]) => part !== undefined && !flat.has(name))
  if (other && asList) throw unsupported(`a JSON list of rows with ${other[0]} on mysql`)
  const values = selections.flatMap(({ selection }, at): OperationNode[] => {
    const { name, type } = outputs[at] as Output
    const node = AliasNode.is(selection) ? selection.node : (selection as OperationNode)
    return [literalNode(name), asJson({ node, type })]
  })
  const row = FunctionNode.create('json_object', values)
  const order = [...(orderBy ? [orderBy] : []), ...(limit ? [limit] : [])]
  const all = RawNode.create(['json_arrayagg(', ...order.map(() => ' '), ')'], [row, ...order])
  const node = {
    ...select,
    selections: [
      SelectionNode.create(
        (asList ? FunctionNode.create('coalesce', [all, ValueNode.createImmediate('[]')]) : row) as never,
      ),
    ],
    ...(!asList && { ...(orderBy && { orderBy }), limit: LimitNode.create(ValueNode.createImmediate(1)) }),
  } as OperationNode
  return { node, type: 'json' }
}

const pairs = (outputs: readonly Output[], table: string): OperationNode[] =>
  outputs.flatMap((output) => [
    literalNode(output.name),
    asJson({ node: columnOf(output.name, table), type: output.type }),
  ])

/** A value as JSON has it: json inside of json is not text, and a boolean is not a number. */
function asJson({ node, type }: Expression): OperationNode {
  if (type === 'json') return FunctionNode.create('json', [node])
  if (type === 'bytes') return FunctionNode.create('hex', [node])
  if (type !== 'boolean') return node
  const text = (value: string) => ValueNode.createImmediate(value)
  return FunctionNode.create('json', [
    FunctionNode.create('iif', [
      {
        kind: 'BinaryOperationNode',
        leftOperand: node,
        operator: { kind: 'OperatorNode', operator: 'is' },
        rightOperand: ValueNode.createImmediate(null),
      } as OperationNode,
      text('null'),
      FunctionNode.create('iif', [node, text('true'), text('false')]),
    ]),
  ])
}

/** `jsonBuildObject`: keys that are literals, in turn with values. */
function objectOf(given: unknown, place: Place): Expression {
  place.rewrite.needs('json objects')
  const { fragments, parameters: joined } = rawOf(given)
  // `sql.join`: the items, and between them raw texts of a comma.
  const isJoin =
    fragments.every((text) => text === '') &&
    joined.every(
      (one, at) => at % 2 === 0 || (isKind(one, 'RawNode') && sameTexts(rawOf(one).fragments, [', '])),
    )
  const parameters = joined.filter((_, at) => at % 2 === 0)
  if (!isJoin || parameters.length % 2 !== 0) throw unsupported('raw SQL')
  const arguments_ = parameters.map((one, at) =>
    at % 2 === 0 ? literalNode(keyOf(one)) : asJson(expression(one, place)),
  )
  return { node: FunctionNode.create('json_object', arguments_), type: 'json' }
}

function keyOf(given: unknown): string {
  const inner = isKind(given, 'RawNode') ? rawOf(given).parameters[0] : given
  const value = get(read(nodeOf(inner), 'ValueNode', ['value', 'immediate', 'param']), 'value')
  if (typeof value !== 'string') throw invalid('query', 'has a JSON object whose key is no text')
  return value
}
