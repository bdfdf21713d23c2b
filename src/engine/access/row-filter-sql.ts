/**
 * A predicate as part of an SQL statement. What must hold:
 *
 * - every column is qualified, by the caller's alias or by one of ours, so that no outer or inner name can capture it;
 * - the table of a relation is qualified with its schema, so that no CTE or temporary table can stand in for it;
 * - both sides of every AND and OR, and the operand of every NOT, are in parentheses: Kysely prints none;
 * - the collation is that of the predicate, not the one SQLite would pick from the operand that happens to stand left.
 */

import {
  AliasNode,
  AndNode,
  IdentifierNode,
  type OperationNode,
  OperatorNode,
  OrNode,
  ParensNode,
  RawNode,
  SelectionNode,
  SelectQueryNode,
  UnaryOperationNode,
  ValueListNode,
  ValueNode,
  WhereNode,
} from 'kysely'
import type { Dialect } from '../dialect.ts'
import type { FieldModel } from '../model.ts'
import { Variable } from '../query/binding.ts'
import {
  call,
  columnOf,
  columnOfField,
  compare,
  isNotNull,
  isNull,
  literal,
  not,
  physicalTable,
} from '../query/nodes.ts'
import { likeLiteralNode, likeNode } from './like.ts'
import {
  asIs,
  type Comparison,
  type Operand,
  type Predicate,
  type RelationStep,
  ttlPredicate,
} from './predicate.ts'

/** The predicate in parentheses, its columns qualified by `table`. */
export function predicateNode(predicate: Predicate, table: string, dialect: Dialect): OperationNode {
  return enclosed(new Printer(table, dialect).print(predicate))
}

/** A predicate that every row passes. */
export function everyRowNode(): OperationNode {
  return ParensNode.create(compare(literal(1), '=', literal(1)))
}

class Printer {
  readonly #table: string
  readonly #dialect: Dialect

  constructor(table: string, dialect: Dialect) {
    this.#table = table
    this.#dialect = dialect
  }

  print(predicate: Predicate): OperationNode {
    switch (predicate.kind) {
      case 'or':
      case 'and':
        return joined(
          predicate.kind === 'or' ? OrNode : AndNode,
          predicate.terms.map((term) => this.print(term)),
        )
      case 'not':
        return not(this.print(predicate.term))
      case 'compare': {
        const { operator, left, right, comparison } = predicate
        return compare(this.#compared(left, comparison), operator, this.#operand(right, comparison))
      }
      case 'in': {
        const { negated, operand, items, comparison } = predicate
        const left = this.#compared(operand, comparison)
        const [only, ...more] = items.map((item) => this.#operand(item, comparison)) as [
          OperationNode,
          ...OperationNode[],
        ]
        // SQLite takes `x in ((select …))` for the rows of the subselect, and no row at all is not a null.
        if (more.length === 0) return compare(left, negated ? '!=' : '=', only)
        return compare(left, negated ? 'not in' : 'in', ValueListNode.create([only, ...more]))
      }
      case 'isNull':
        return (predicate.negated ? isNotNull : isNull)(this.#operand(predicate.operand, asIs))
      case 'like': {
        const like = this.#like(predicate)
        return predicate.negated ? not(like) : like
      }
    }
  }

  /** The left side of a comparison, which decides about its collation. */
  #compared(operand: Operand, comparison: Comparison): OperationNode {
    const node = this.#operand(operand, comparison)
    if (!comparison.ignoreCase || isFoldedColumn(operand)) return node
    return RawNode.create(['', ' collate nocase'], [node])
  }

  #operand(operand: Operand, { asStored }: Comparison): OperationNode {
    switch (operand.kind) {
      case 'variable':
        return ValueNode.create(new Variable(operand.name))
      case 'literal':
        return this.#dialect.ruleValue(operand.type, operand.value)
      case 'field': {
        const { field, through } = operand
        const node = through ? this.#related(through, field.name) : columnOfField(field, this.#table)
        // A unary plus takes a column's affinity away: the other side is then not converted to its type.
        return asStored ? UnaryOperationNode.create(OperatorNode.create('+'), node) : node
      }
    }
  }

  /** The field of the related row as a correlated subselect; null where there is no such row, or none any more. */
  #related({ relation, entity }: RelationStep, field: string): OperationNode {
    const alias = `${this.#table}$r`
    const key = compare(
      columnOfField(entity.field(relation.foreignField) as FieldModel, alias),
      '=',
      columnOf(relation.localField, this.#table),
    )
    const alive = ttlPredicate(entity)
    const table = physicalTable(this.#dialect.schemaName, entity.name)
    const select: SelectQueryNode = {
      ...SelectQueryNode.createFrom([AliasNode.create(table, IdentifierNode.create(alias))]),
      selections: [SelectionNode.create(columnOf(field, alias))],
      where: WhereNode.create(
        alive ? joined(AndNode, [key, predicateNode(alive, alias, this.#dialect)]) : key,
      ),
    }
    return select
  }

  #like({ operand, pattern, comparison }: Extract<Predicate, { kind: 'like' }>): OperationNode {
    const subject = this.#operand(operand, asIs)
    const textOnly = [operand, pattern]
      .filter((side) => side.kind === 'field' && side.field.data.type === 'any')
      .map((side) => compare(call('typeof', this.#operand(side, asIs)), '=', literal('text')))
    return pattern.kind === 'literal' && typeof pattern.value === 'string' && textOnly.length === 0
      ? likeLiteralNode(subject, pattern.value, comparison.ignoreCase, this.#dialect)
      : likeNode(subject, this.#operand(pattern, asIs), comparison.ignoreCase, this.#dialect, textOnly)
  }
}

/** A column that has its collation from its table; a subselect loses it. */
function isFoldedColumn(operand: Operand): boolean {
  return operand.kind === 'field' && operand.through === null && operand.field.data.caseInsensitive
}

/** Halved again and again with parentheses round each half, so that a long list nests no deeper than SQLite parses. */
function joined(joint: typeof AndNode | typeof OrNode, terms: readonly OperationNode[]): OperationNode {
  if (terms.length === 1) return enclosed(terms[0] as OperationNode)
  const half = terms.length >> 1
  return ParensNode.create(
    joint.create(joined(joint, terms.slice(0, half)), joined(joint, terms.slice(half))),
  )
}

function enclosed(node: OperationNode): OperationNode {
  return ParensNode.is(node) ? node : ParensNode.create(node)
}
