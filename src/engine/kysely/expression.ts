/** Expressions, rebuilt: what an expression may be in any place that takes a value. */

import {
  CaseNode,
  CastNode,
  DataTypeNode,
  type OperationNode,
  ParensNode,
  TupleNode,
  ValueNode,
  WhenNode,
} from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { columnOf, columnOfField } from '../query/nodes.ts'
import { aggregate, argumentType, call, resultType } from './calls.ts'
import { castTypes } from './functions.ts'
import { rawExpression } from './json-helpers.ts'
import { jsonReference } from './json-references.ts'
import { binary, unary } from './operators.ts'
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

export function values(node: Node, place: Place): OperationNode[] {
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
