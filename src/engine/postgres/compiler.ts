/**
 * Prints the engine's trees for PostgreSQL so that they mean what they mean in SQLite: text is compared by code point and
 * folded by ASCII letters alone, nulls come first, a column that ignores case does so in every comparison, and the few
 * functions that the engine calls are spelled as PostgreSQL has them.
 */

import {
  type AggregateFunctionNode,
  AliasNode,
  type BinaryOperationNode,
  type CaseNode,
  CastNode,
  type ColumnNode,
  DataTypeNode,
  type FunctionNode,
  type GroupByItemNode,
  type GroupByNode,
  type LimitNode,
  type OperationNode,
  type OrderByItemNode,
  ParensNode,
  PostgresQueryCompiler,
  RawNode,
  ReferenceNode,
  type SelectionNode,
  type SelectQueryNode,
  TupleNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import { Variable } from '../query/binding.ts'
import type { FieldColumn } from '../query/nodes.ts'
import { isMereChoice, isMereColumn } from './mere-values.ts'

const comparing: ReadonlySet<string> = new Set([
  '=',
  '==',
  '!=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not in',
  'is',
  'is not',
])

/** Types that a cast names, where PostgreSQL's is another. */
const castTypes: { readonly [type: string]: string } = {
  real: 'double precision',
  integer: 'bigint',
  blob: 'bytea',
}

export class PostgresCompiler extends PostgresQueryCompiler {
  /** What the selects on the way group by, innermost last; null for one that does not. */
  readonly #groups: (Grouped | null)[] = []

  /** The driver numbers them. */
  protected override getCurrentParameterPlaceholder(): string {
    return '?'
  }

  protected override visitValue(node: ValueNode): void {
    const { value } = node
    if (node.immediate || !(value instanceof Variable)) {
      super.visitValue(node)
      return
    }
    // Two parameters side by side have no column that would tell their type.
    this.append(value.name === 'user.level' ? 'cast(' : '(cast(')
    super.visitValue(node)
    this.append(value.name === 'user.level' ? ' as bigint)' : ' as text) collate "C")')
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, rightOperand } = node
    const operator = 'operator' in node.operator ? String(node.operator.operator) : ''
    if (operator === 'like' || operator === 'not like') {
      // SQLite's own does not regard the case of ASCII letters.
      this.#parts([{ folded: leftOperand }, ` ${operator} `, { folded: rightOperand }, " escape ''"])
      return
    }
    if (operator === '/' || operator === '%') {
      // Nothing comes of a division by zero.
      this.#parts([leftOperand, ` ${operator} nullif(`, rightOperand, ', 0)'])
      return
    }
    const isFolded =
      comparing.has(operator) && !isNothing(rightOperand) && (folds(leftOperand) || folds(rightOperand))
    this.#side(leftOperand, isFolded)
    this.append(` ${spelled(operator, rightOperand)} `)
    this.#side(rightOperand, isFolded)
  }

  #side(node: OperationNode, isFolded: boolean): void {
    if (!isFolded) this.visitNode(node)
    else if (ParensNode.is(node)) this.#enclosed([node.node])
    else if (ValueListNode.is(node) || TupleNode.is(node)) this.#enclosed(node.values)
    else if (node.kind === 'SelectQueryNode') this.#foldedSelect(node as SelectQueryNode)
    else this.#folded(node)
  }

  #enclosed(nodes: readonly OperationNode[]): void {
    this.append('(')
    for (const [index, node] of nodes.entries()) {
      if (index > 0) this.append(', ')
      this.#side(node, true)
    }
    this.append(')')
  }

  /** `(select lower(f) from (…) as f)`: the rows of a subselect, folded. */
  #foldedSelect(node: SelectQueryNode): void {
    this.append('(select lower("f"."v" collate "C") from ')
    this.visitNode(node)
    this.append(' as "f"("v"))')
  }

  #folded(node: OperationNode): void {
    const inner = isNoCase(node) ? (node.parameters[0] as OperationNode) : node
    this.append('lower((')
    this.visitNode(inner)
    this.append(') collate "C")')
  }

  protected override visitRaw(node: RawNode): void {
    if (isNoCase(node)) this.#folded(node)
    else super.visitRaw(node)
  }

  protected override visitOrderByItem(node: OrderByItemNode): void {
    const collation = node.collation?.collation.name.toLowerCase()
    if (!collation && this.#isBare(node.orderBy, 'all')) this.#parts(['(array_agg(', node.orderBy, '))[1]'])
    else if (collation === 'rtrim') this.#parts(['rtrim(', node.orderBy, ')'])
    else this.#side(node.orderBy, collation === 'nocase' || (!collation && folds(node.orderBy)))
    if (node.direction) {
      this.append(' ')
      this.visitNode(node.direction)
    }
    if (node.nulls) this.append(` nulls ${node.nulls}`)
    else if (!isRequired(node.orderBy))
      this.append(isDescending(node.direction) ? ' nulls last' : ' nulls first')
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    this.#groups.push(node.groupBy ? groupedColumns(node.groupBy) : null)
    super.visitSelectQuery(node)
    this.#groups.pop()
  }

  protected override visitGroupByItem(node: GroupByItemNode): void {
    this.#side(node.groupBy, folds(node.groupBy))
  }

  /** A column that is not grouped by, or with its case folded, has several values in a group: one stands for them, as in SQLite. */
  protected override visitSelection(node: SelectionNode): void {
    const { selection } = node
    const inner = AliasNode.is(selection) ? selection.node : selection
    if (this.#isBare(inner, 'exact')) this.#parts(['(array_agg(', inner, '))[1]'])
    else if (isMereColumn(inner, this.nodeStack.at(-2), this.nodeStack.at(-3)))
      this.#parts(['((', inner, ') collate "C")'])
    else {
      super.visitSelection(node)
      return
    }
    if (!AliasNode.is(selection)) return
    this.append(' as ')
    this.visitNode(selection.alias)
  }

  #isBare(node: OperationNode, among: keyof Grouped): boolean {
    const groups = this.#groups.at(-1)
    return !!groups && ReferenceNode.is(node) && !!columnOf(node) && !groups[among].has(keyOf(node))
  }

  protected override visitLimit(node: LimitNode): void {
    if (ValueNode.is(node.limit) && node.limit.immediate && node.limit.value === -1) this.append('limit all')
    else super.visitLimit(node)
  }

  protected override visitCast(node: CastNode): void {
    this.append('cast(')
    this.visitNode(node.expression)
    this.append(' as ')
    const { dataType } = node.dataType as DataTypeNode
    const type = castTypes[String(dataType)]
    if (type) this.append(type)
    else this.visitNode(node.dataType)
    this.append(')')
  }

  protected override visitAggregateFunction(node: AggregateFunctionNode): void {
    // Inside of it each row of the group is one.
    if (node.orderBy && !node.over) this.#groups.push(null)
    this.#aggregate(node)
    if (node.orderBy && !node.over) this.#groups.pop()
  }

  #aggregate(node: AggregateFunctionNode): void {
    const [operand] = node.aggregated
    if (node.func === 'avg' && operand)
      super.visitAggregateFunction({ ...node, aggregated: [asReal(operand)] })
    else if ((node.func === 'min' || node.func === 'max') && operand && folds(operand))
      this.#extreme(node, operand)
    else if ((node.func === 'group_concat' || node.func === 'string_agg') && operand) {
      const [, between = ValueNode.createImmediate(',')] = node.aggregated
      super.visitAggregateFunction({
        ...node,
        func: 'string_agg',
        aggregated: [asText(operand), asText(between)],
      })
    } else super.visitAggregateFunction(node)
  }

  /** The least or greatest without regard to case, as it is stored. */
  #extreme({ func, filter, over }: AggregateFunctionNode, operand: OperationNode): void {
    this.append('(array_agg(')
    this.visitNode(operand)
    this.append(' order by ')
    this.#folded(operand)
    this.append(func === 'min' ? ' asc nulls last)' : ' desc nulls last)')
    if (filter) this.#parts([' filter(', filter, ')'])
    // The server refuses it.
    if (over) this.#parts([' ', over])
    this.append(')[1]')
  }

  protected override visitCase(node: CaseNode): void {
    const isMere = isMereChoice(node)
    if (isMere) this.append('((')
    super.visitCase(node)
    if (isMere) this.append(') collate "C")')
  }

  protected override visitFunction(node: FunctionNode): void {
    const isMere = isMereChoice(node)
    if (isMere) this.append('(')
    this.#function(node)
    if (isMere) this.append(' collate "C")')
  }

  #function(node: FunctionNode): void {
    const { func, arguments: given } = node
    const print = Object.hasOwn(spellings, func) ? spellings[func] : undefined
    if (print) this.#parts(print(given))
    else super.visitFunction(node)
  }

  #parts(parts: readonly Part[]): void {
    for (const part of parts) {
      if (typeof part === 'string') this.append(part)
      else if ('folded' in part) this.#folded(part.folded)
      else this.visitNode(part)
    }
  }
}

/** A piece of text, a tree, or a tree that is to be folded. */
type Part = string | OperationNode | { readonly folded: OperationNode }

type Spelling = (given: readonly OperationNode[]) => readonly Part[]

/** As `name(…)`, under PostgreSQL's name. */
const renamed =
  (name: string): Spelling =>
  (given) => [`${name}(`, ...given.flatMap((one, at) => (at > 0 ? [', ', one] : [one])), ')']

const at = (given: readonly OperationNode[], index: number) => given[index] as OperationNode

/** The functions of the engine's trees and of queries, where PostgreSQL has them otherwise. */
const spellings: { readonly [name: string]: Spelling } = {
  // `glob(pattern, text)` regards case; no character escapes another. The pattern is LIKE's: see the dialect.
  glob: (given) => ['((', at(given, 1), ') like ', at(given, 0), " escape '')"],
  like: (given) => ['(', { folded: at(given, 1) }, ' like ', { folded: at(given, 0) }, " escape '')"],
  lower: (given) => [{ folded: at(given, 0) }],
  upper: (given) => ['upper((', at(given, 0), ') collate "C")'],
  instr: renamed('strpos'),
  ifnull: renamed('coalesce'),
  trim: renamed('btrim'),
  // With two arguments it counts from the end: the engine's own calls.
  substr: (given) =>
    given[2]
      ? ['substr(', at(given, 0), ', ', at(given, 1), ', cast(', given[2], ' as integer))']
      : ['right(', at(given, 0), ', cast(', at(given, 1), ' as integer) * -1)'],
  json_each: (given) => ['json_array_elements_text(cast(', at(given, 0), ' as json))'],
  json_extract: renamed('main._dbal_json_extract'),
  json_type: renamed('main._dbal_json_type'),
  // The column's own check sees to it.
  json_valid: () => ['1'],
  // The type of a mere value is nothing that it could be told.
  json_object: (given) =>
    renamed('json_build_object')(
      given.map((one, index) => (index % 2 === 0 && ValueNode.is(one) ? asText(one) : one)),
    ),
  json_group_array: renamed('json_agg'),
  json: (given) => ['cast(', at(given, 0), ' as json)'],
  hex: (given) => ['coalesce(upper(encode(', at(given, 0), ", 'hex')), '')"],
  iif: chosen,
  'kysely iif': chosen,
  'kysely date': (given) => ['left(', at(given, 0), ', 10)'],
  'kysely time': (given) => ['substr(', at(given, 0), ', 12, 8)'],
  'kysely datetime': (given) => ['overlay(left(', at(given, 0), ", 19) placing ' ' from 11)"],
  'kysely unixepoch': (given) => ["cast(main._dbal_strftime('%s', ", at(given, 0), ') as bigint)'],
  'kysely strftime': (given) => ['main._dbal_strftime(cast(', at(given, 0), ' as text), ', at(given, 1), ')'],
  'kysely substr': (given) => [
    'main._dbal_substr(',
    at(given, 0),
    ', cast(',
    at(given, 1),
    ' as bigint), ',
    ...(given[2] ? ['cast(', given[2], ' as bigint))'] : ['9223372036854775807)']),
  ],
  'kysely concat': (given) => renamed('concat')(given.map(asText)),
  'kysely concat_ws': (given) => renamed('concat_ws')(given.map(asText)),
}

/** A condition is one in PostgreSQL; anything else is true when it is not 0. */
function chosen(given: readonly OperationNode[]): readonly Part[] {
  const condition = at(given, 0)
  const isCondition = /^(?:And|Or|BinaryOperation|UnaryOperation|Parens)Node$/.test(condition.kind)
  return [
    '(case when ',
    condition,
    isCondition ? ' then ' : ' <> 0 then ',
    at(given, 1),
    ' else ',
    at(given, 2),
    ' end)',
  ]
}

const asText = (node: OperationNode) => CastNode.create(node, DataTypeNode.create('text'))
const asReal = (node: OperationNode) => CastNode.create(node, DataTypeNode.create('real'))

function columnOf(node: OperationNode): (ColumnNode & Partial<FieldColumn>) | undefined {
  if (ReferenceNode.is(node)) return node.column as ColumnNode
  return node.kind === 'ColumnNode' ? (node as ColumnNode) : undefined
}

/** A column told apart from others, by the name of its source and its own. */
function keyOf(node: OperationNode): string {
  const source = ReferenceNode.is(node) && node.table ? node.table.table.identifier.name : ''
  return `${source}.${columnOf(node)?.column.name}`
}

/** Whether a comparison with it does not regard case: SQLite takes that from a column, or from `collate`. */
function folds(node: OperationNode): boolean {
  if (isNoCase(node)) return true
  if (ParensNode.is(node)) return folds(node.node)
  if (TupleNode.is(node)) return node.values.some(folds)
  return columnOf(node)?.folded ?? false
}

function isNoCase(node: OperationNode): node is RawNode {
  return RawNode.is(node) && node.sqlFragments.length === 2 && node.sqlFragments[1] === ' collate nocase'
}

function isRequired(node: OperationNode): boolean {
  return columnOf(node)?.required ?? false
}

function isDescending(direction: OperationNode | undefined): boolean {
  return direction !== undefined && RawNode.is(direction) && direction.sqlFragments[0] === 'desc'
}

function isNothing(node: OperationNode): boolean {
  return (
    ValueNode.is(node) && node.immediate === true && (node.value === null || typeof node.value === 'boolean')
  )
}

interface Grouped {
  readonly all: ReadonlySet<string>
  /** Those that stand for one value each: their case is not folded. */
  readonly exact: ReadonlySet<string>
}

function groupedColumns({ items }: GroupByNode): Grouped {
  const columns = items.map(({ groupBy }) => groupBy).filter((groupBy) => columnOf(groupBy))
  return {
    all: new Set(columns.map(keyOf)),
    exact: new Set(columns.filter((column) => !folds(column)).map(keyOf)),
  }
}

/** `is` compares two values in SQLite. */
function spelled(operator: string, right: OperationNode): string {
  if (operator === '==') return '='
  if (isNothing(right)) return operator
  if (operator === 'is') return 'is not distinct from'
  return operator === 'is not' ? 'is distinct from' : operator
}
