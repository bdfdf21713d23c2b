/**
 * Prints the engine's trees for MariaDB so that they mean what they mean in SQLite: text is folded by ASCII letters alone, a
 * column that ignores case does so in every comparison, and the few functions that the engine calls are spelled as MariaDB
 * has them. Text by code point and nulls first are the server's own ways in a session and a table of ours. What MySQL
 * spells otherwise is in mysql8-compiler.ts.
 */

import {
  type AggregateFunctionNode,
  AliasNode,
  type BinaryOperationNode,
  CaseNode,
  CastNode,
  type ColumnNode,
  DataTypeNode,
  type FunctionNode,
  type GroupByItemNode,
  LimitNode,
  MysqlQueryCompiler,
  type OperationNode,
  type OrderByItemNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  SelectQueryNode,
  TupleNode,
  ValueListNode,
  ValueNode,
  WhenNode,
} from 'kysely'
import type { FieldColumn } from '../query/nodes.ts'
import { type Folding, mariaDbFolding } from './folding.ts'

const comparing: ReadonlySet<string> = new Set([
  ...['=', '==', '!=', '<>', '<', '<=', '>', '>='],
  ...['in', 'not in', 'is', 'is not'],
])

/** Types that a cast names, where MySQL's is another. */
const castTypes: { readonly [type: string]: string } = {
  real: 'double',
  integer: 'signed',
  text: 'char',
  blob: 'binary',
}

/** The column of a list that came as JSON which has its whole numbers with all their digits. */
export const wholeNumbers = 'whole'

/** They take and give numbers without a sign. */
const bitwise: ReadonlySet<string> = new Set(['&', '|', '<<', '>>'])

export class MysqlCompiler extends MysqlQueryCompiler {
  protected readonly folding: Folding = mariaDbFolding

  /** A backslash is a character like any other in a session of ours. */
  protected override sanitizeStringLiteral(value: string): string {
    return value.replaceAll("'", "''")
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand, rightOperand } = node
    const operator = 'operator' in node.operator ? String(node.operator.operator) : ''
    if (bitwise.has(operator)) {
      this.call('cast(', leftOperand, ` ${operator} `, rightOperand, ' as signed)')
      return
    }
    const isFolded =
      comparing.has(operator) && !isNothing(rightOperand) && (folds(leftOperand) || folds(rightOperand))
    const isOther = operator === 'is not' && !isNothing(rightOperand)
    if (isOther) this.append('(not (')
    this.#side(leftOperand, isFolded)
    this.append(` ${spelled(operator, rightOperand)} `)
    const isLimited =
      !isFolded && SelectQueryNode.is(rightOperand) && !!rightOperand.limit && /in$/.test(operator)
    // It takes no limit there, but a table that has one.
    if (isLimited) this.append('(select * from ')
    this.#side(rightOperand, isFolded)
    if (isLimited) this.append(' as `limited`)')
    if (isOther) this.append('))')
  }

  #side(node: OperationNode, isFolded: boolean): void {
    if (!isFolded) this.visitNode(node)
    else if (ParensNode.is(node)) this.#enclosed([node.node])
    else if (ValueListNode.is(node) || TupleNode.is(node)) this.#enclosed(node.values)
    else if (node.kind === 'SelectQueryNode') this.#foldedSelect(node)
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

  /** The rows of a subselect of one column, folded. */
  #foldedSelect(node: OperationNode): void {
    this.append('(with `f` (`v`) as ')
    this.visitNode(node)
    this.append(' select ')
    this.append(`${this.folding.begins}\`f\`.\`v\`${this.folding.ends}`)
    this.append(' from `f`)')
  }

  #folded(node: OperationNode): void {
    const inner = isNoCase(node) ? (node.parameters[0] as OperationNode) : node
    this.call(this.folding.begins, inner, this.folding.ends)
  }

  protected override visitRaw(node: RawNode): void {
    if (isNoCase(node)) this.#folded(node)
    else super.visitRaw(node)
  }

  protected override visitOrderByItem(node: OrderByItemNode): void {
    if (node.nulls) {
      this.append('(')
      this.visitNode(node.orderBy)
      this.append(node.nulls === 'first' ? ' is not null), ' : ' is null), ')
    }
    this.#side(node.orderBy, folds(node.orderBy))
    if (!node.direction) return
    this.append(' ')
    this.visitNode(node.direction)
  }

  protected override visitGroupByItem(node: GroupByItemNode): void {
    this.#side(node.groupBy, folds(node.groupBy))
  }

  /** What has no limit has the greatest that there is. */
  protected override visitLimit(node: LimitNode): void {
    if (ValueNode.is(node.limit) && node.limit.immediate && node.limit.value === -1)
      this.append('limit 18446744073709551615')
    else super.visitLimit(node)
  }

  protected override visitCast(node: CastNode): void {
    this.append('cast(')
    this.visitNode(node.expression)
    this.append(' as ')
    const type = castTypes[String((node.dataType as DataTypeNode).dataType)]
    if (type) this.append(type)
    else this.visitNode(node.dataType)
    this.append(')')
  }

  protected override visitAggregateFunction({ filter, ...node }: AggregateFunctionNode): void {
    const [operand] = node.aggregated
    const isExtreme = (node.func === 'min' || node.func === 'max') && operand && folds(operand)
    // There is no FILTER: what is left out is null, and no aggregate takes a null.
    const taken = filter && operand ? onlyWhere(operand, filter.where) : operand
    if (taken && isExtreme) this.#extreme(node, taken)
    else if (taken && node.func === 'avg')
      super.visitAggregateFunction({
        ...node,
        aggregated: [CastNode.create(taken, DataTypeNode.create('real'))],
      })
    else
      super.visitAggregateFunction(
        taken ? { ...node, aggregated: [taken, ...node.aggregated.slice(1)] } : node,
      )
  }

  /** The least or greatest without regard to case, as it is stored. In hexadecimal, whose order is that of the bytes. */
  #extreme({ func, over }: AggregateFunctionNode, operand: OperationNode): void {
    this.append(`convert(unhex(substring_index(${func}(concat(hex(`)
    this.#folded(operand)
    this.call("), ',', hex(", operand, ')))')
    if (over) this.call(' ', over)
    this.append(`, ',', -1)) using utf8mb4) ${this.folding.byCodePoint}`)
  }

  protected override visitFunction(node: FunctionNode): void {
    const [first, second, third] = node.arguments as readonly [OperationNode, OperationNode, OperationNode]
    switch (node.func) {
      case 'glob':
        // What stands in the engine's trees as `glob(pattern, text)` regards case; no character escapes another.
        this.call('((', second, ') like replace(', first, ", '|', '||') escape '|')")
        return
      case 'like':
        this.append('(')
        this.#folded(second)
        this.append(' like replace(')
        this.#folded(first)
        this.append(", '|', '||') escape '|')")
        return
      case 'lower':
        this.#folded(first)
        return
      case 'upper':
        this.call(this.folding.raisingBegins, first, this.folding.ends)
        return
      case 'length':
        // Of bytes it is the number, of text the number of characters.
        this.call('char_length(', first, ')')
        return
      case 'json_each':
        this.call(
          'json_table(',
          first,
          `, '$[*]' columns (\`value\` longtext character set utf8mb4 ${this.folding.byCodePoint} path '$', \`${wholeNumbers}\` bigint path '$'))`,
        )
        return
      case 'json_extract':
        this.extracted(first, second)
        return
      case 'json_type':
        this.typed(first, second)
        return
      case 'hex':
        this.call('coalesce(hex(', first, "), '')")
        return
      case 'json_group_array':
        this.call('json_arrayagg(', first, ')')
        return
      case 'json':
        this.call('json_compact(', first, ')')
        return
      case 'iif':
      case 'kysely iif':
        this.call('if(', first, ', ', second, ', ', third, ')')
        return
      case 'kysely date':
        this.call('left(', first, ', 10)')
        return
      case 'kysely time':
        this.call('substr(', first, ', 12, 8)')
        return
      case 'kysely datetime':
        this.call('insert(left(', first, ", 19), 11, 1, ' ')")
        return
      case 'kysely unixepoch':
        this.call("cast(main._dbal_strftime('%s', ", first, ') as signed)')
        return
      case 'kysely strftime':
        this.call('main._dbal_strftime(', first, ', ', second, ')')
        return
      case 'kysely substr':
        if (third) this.call('main._dbal_substr(', first, ', ', second, ', ', third, ')')
        else this.call('main._dbal_substr(', first, ', ', second, ', 9223372036854775807)')
        return
      case 'kysely concat':
        // `concat` itself is null as soon as one of them is.
        super.visitFunction({
          ...node,
          func: 'concat_ws',
          arguments: [ValueNode.createImmediate(''), ...node.arguments],
        })
        return
      case 'kysely concat_ws':
        super.visitFunction({ ...node, func: 'concat_ws' })
        return
      default:
        super.visitFunction(node)
        return
    }
  }

  /** The rows of a derived table have an order only where they have a limit. */
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const isDerived = this.parentNode && AliasNode.is(this.parentNode)
    const needsLimit = isDerived && node.orderBy && !node.limit
    const limit = LimitNode.create(ValueNode.createImmediate(-1))
    super.visitSelectQuery(needsLimit ? { ...node, limit } : node)
  }

  /** What stands at a place, as the text or number that SQLite gives. */
  protected extracted(document: OperationNode, path: OperationNode): void {
    this.append('(case json_type(')
    this.at(document, path)
    this.append(") when 'NULL' then null when 'OBJECT' then json_compact(")
    this.at(document, path)
    this.append(") when 'ARRAY' then json_compact(")
    this.at(document, path)
    this.append(') else json_value(')
    this.at(document, path)
    this.append(", '$') end)")
  }

  protected typed(document: OperationNode, path: OperationNode): void {
    this.append('(case json_type(')
    this.at(document, path)
    this.append(") when 'STRING' then 'text' when 'DOUBLE' then 'real' when 'BOOLEAN' then json_extract(")
    this.at(document, path)
    this.append(", '$') else lower(json_type(")
    this.at(document, path)
    this.append(')) end)')
  }

  /** It takes whatever is no list for a list of one: position 0 is left to a function that knows better. */
  protected at(document: OperationNode, path: OperationNode): void {
    this.append('if(instr(')
    this.visitNode(path)
    this.append(", '[0]') = 0, json_extract(")
    this.visitNode(document)
    this.append(', ')
    this.visitNode(path)
    this.append('), main._dbal_json_at(')
    this.visitNode(document)
    this.append(', ')
    this.visitNode(path)
    this.append('))')
  }

  protected call(...parts: readonly (string | OperationNode)[]): void {
    for (const part of parts) {
      if (typeof part === 'string') this.append(part)
      else this.visitNode(part)
    }
  }
}

/** Null where the condition does not hold; of `*` there is something in every row. */
function onlyWhere(operand: OperationNode, condition: OperationNode): OperationNode {
  const value = operand.kind === 'SelectAllNode' ? ValueNode.createImmediate(1) : operand
  return CaseNode.cloneWithWhen(
    CaseNode.create(),
    WhenNode.cloneWithResult(WhenNode.create(condition), value),
  )
}

function columnOf(node: OperationNode): (ColumnNode & Partial<FieldColumn>) | undefined {
  if (ReferenceNode.is(node)) return node.column as ColumnNode
  return node.kind === 'ColumnNode' ? (node as ColumnNode) : undefined
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

export function isNothing(node: OperationNode): boolean {
  return (
    ValueNode.is(node) && node.immediate === true && (node.value === null || typeof node.value === 'boolean')
  )
}

/** `is` compares two values in SQLite. */
function spelled(operator: string, right: OperationNode): string {
  if (operator === '==') return '='
  return (operator === 'is' || operator === 'is not') && !isNothing(right) ? '<=>' : operator
}
