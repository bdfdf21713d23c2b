/**
 * The few trees that the engine's own statements are made of. Kysely prints And and Or without parentheses, so whatever
 * joins terms here puts them round the whole.
 */

import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  FromNode,
  FunctionNode,
  IdentifierNode,
  type OperationNode,
  type Operator,
  OperatorNode,
  OrNode,
  ParensNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  UnaryOperationNode,
  ValueNode,
  WhereNode,
} from 'kysely'
import type { FieldData, FieldType } from '../../schema/schema.ts'
import type { Dialect } from '../dialect.ts'
import type { FieldModel } from '../model.ts'
import { Slot } from './binding.ts'

/** The alias of the entity in every statement of the query room. */
export const self = 't'

export function columnOf(name: string, table: string = self): ReferenceNode {
  return ReferenceNode.create(ColumnNode.create(name), TableNode.create(table))
}

/** What a dialect has to know of a column where its database does not: SQLite's columns bring it with them. */
export interface FieldColumn extends ColumnNode {
  /** Compared without regard to the case of ASCII letters. */
  readonly folded: boolean
  /** Never null. */
  readonly required: boolean
}

/** The column of a field, where it is compared, sorted or grouped by. */
export function columnOfField(
  { name, data }: Pick<FieldModel, 'name' | 'data'>,
  table: string = self,
): ReferenceNode {
  return ReferenceNode.create(fieldColumn(name, data), TableNode.create(table))
}

export function fieldColumn(
  name: string,
  data: Pick<FieldData, 'caseInsensitive' | 'nullable'>,
): FieldColumn {
  return { ...ColumnNode.create(name), folded: data.caseInsensitive, required: !data.nullable }
}

export function slotNode(index: number): ValueNode {
  return ValueNode.create(new Slot(index))
}

/** A constant of ours, printed into the text; never a caller's value. */
export function literal(value: string | number | boolean | null): ValueNode {
  return ValueNode.createImmediate(value)
}

export function compare(left: OperationNode, operator: Operator, right: OperationNode): OperationNode {
  return BinaryOperationNode.create(left, OperatorNode.create(operator), right)
}

export function isNull(operand: OperationNode): OperationNode {
  return compare(operand, 'is', literal(null))
}

export function isNotNull(operand: OperationNode): OperationNode {
  return compare(operand, 'is not', literal(null))
}

export function call(name: string, ...operands: OperationNode[]): OperationNode {
  return FunctionNode.create(name, operands)
}

/** A condition that is true while the statement has time, looked at for every row that has the column; none where nobody needs it. */
export function inTime(
  { clockFunction }: Pick<Dialect, 'clockFunction'>,
  column: OperationNode,
): OperationNode[] {
  return clockFunction === undefined ? [] : [call(clockFunction, column)]
}

export function not(operand: OperationNode): OperationNode {
  return UnaryOperationNode.create(OperatorNode.create('not'), ParensNode.create(operand))
}

export function exists(select: SelectQueryNode): OperationNode {
  return UnaryOperationNode.create(OperatorNode.create('exists'), select)
}

/** At least one term. */
export function and(terms: readonly OperationNode[]): OperationNode {
  return joined(terms, AndNode.create)
}

/** At least one term. */
export function or(terms: readonly OperationNode[]): OperationNode {
  return joined(terms, OrNode.create)
}

/** How many terms stand in a row without parentheses. */
const flatTerms = 16

/**
 * A balanced tree, because the printer recurses: a thousand terms must not need a thousand frames. The parentheses keep
 * the balance in the text, where SQLite would otherwise see a chain that is deeper than it allows.
 */
function joined(
  terms: readonly OperationNode[],
  join: (left: OperationNode, right: OperationNode) => OperationNode,
): OperationNode {
  const tree = (from: number, to: number): OperationNode => {
    if (to - from === 1) return terms[from] as OperationNode
    const middle = (from + to) >> 1
    const both = join(tree(from, middle), tree(middle, to))
    return to - from > flatTerms && to - from < terms.length ? ParensNode.create(both) : both
  }
  const whole = tree(0, terms.length)
  return terms.length === 1 ? whole : ParensNode.create(whole)
}

export function physicalTable(schemaName: string, name: string): TableNode {
  return TableNode.createWithSchema(schemaName, name)
}

/** `from "main"."User" as "t"`, with its condition. */
export function selectFrom(
  schemaName: string,
  name: string,
  selections: readonly OperationNode[],
  where: readonly OperationNode[],
  table: string = self,
): SelectQueryNode {
  return {
    ...SelectQueryNode.createFrom([
      AliasNode.create(physicalTable(schemaName, name), IdentifierNode.create(table)),
    ]),
    selections: selections.map((selection) => SelectionNode.create(selection as ReferenceNode)),
    ...(where.length > 0 && { where: WhereNode.create(and(where)) }),
  }
}

/** `(select "j"."value" from json_each(?) as "j")`: a list of any length as one parameter; bytes in it as hexadecimal text. */
export function listed(list: OperationNode, type: FieldType, dialect: Dialect): OperationNode {
  return {
    ...SelectQueryNode.create(),
    from: FromNode.create([AliasNode.create(call('json_each', list), IdentifierNode.create('j'))]),
    selections: [SelectionNode.create(dialect.listItem(columnOf('value', 'j'), type) as ReferenceNode)],
  } as SelectQueryNode
}
