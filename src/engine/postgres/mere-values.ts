/**
 * Values whose type nothing tells. PostgreSQL takes them for text, and compares that by the rules of the database's own
 * collation, where all text of ours goes by code point.
 */

import {
  AliasNode,
  CaseNode,
  CommonTableExpressionNode,
  FunctionNode,
  type OperationNode,
  ParensNode,
  SelectQueryNode,
  ValueNode,
} from 'kysely'
import { Variable } from '../query/binding.ts'

const choosing: ReadonlySet<string> = new Set(['coalesce', 'ifnull'])

/** A choice among such values: text, wherever it stands. */
export function isMereChoice(node: OperationNode): boolean {
  const results = resultsOf(node)
  return results.some(isMere) && results.every((one) => isMere(one) || isNull(one))
}

function isMere(node: OperationNode): boolean {
  if (ParensNode.is(node)) return isMere(node.node)
  if (!ValueNode.is(node)) return isMereChoice(node)
  return node.immediate ? typeof node.value === 'string' : !(node.value instanceof Variable)
}

/** What a choice gives; nothing for what is none. */
function resultsOf(node: OperationNode): readonly OperationNode[] {
  if (FunctionNode.is(node)) return choosing.has(node.func) ? node.arguments : []
  if (!CaseNode.is(node)) return []
  const results = (node.when ?? []).flatMap(({ result }) => (result ? [result] : []))
  return node.else ? [...results, node.else] : results
}

const isNull = (node: OperationNode): boolean =>
  ValueNode.is(node) && node.immediate === true && node.value === null

/**
 * Whether a column of a table that a query makes is such a value. In a set operation, and in rows to be inserted, the others
 * tell its type.
 * @param select that has the column
 * @param place of the select
 */
export function isMereColumn(
  column: OperationNode,
  select: OperationNode | undefined,
  place: OperationNode | undefined,
): boolean {
  if (!select || !SelectQueryNode.is(select) || select.setOperations) return false
  return !!place && (AliasNode.is(place) || CommonTableExpressionNode.is(place)) && isMere(column)
}
