/**
 * What MySQL 8.4 and newer spells otherwise than MariaDB. JSON is a type of its own there, which keeps neither the order of
 * keys nor the text: what a query gives is therefore made as text, and only looked into as JSON. Text that comes of JSON
 * has a collation that does not go together with that of the session until it is told to.
 */

import {
  type BinaryOperationNode,
  FunctionNode,
  type OperationNode,
  ParensNode,
  PrimitiveValueListNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import { isNothing, MysqlCompiler } from './compiler.ts'
import { type Folding, mysql8Folding } from './folding.ts'

/** Whether they are told apart by it, and whether it is the contrary. */
const equalities: ReadonlyMap<string, boolean> = new Map([
  ['=', true],
  ['!=', false],
  ['in', true],
  ['not in', false],
])

/** Fails when it is worked out, which the server does for no row where it is not needed: it is another one each time. */
const failing = "json_unquote(json_extract(concat('x', rand()), '$'))"

export class Mysql8Compiler extends MysqlCompiler {
  protected override readonly folding: Folding = mysql8Folding

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { leftOperand: left, rightOperand: right } = node
    const operator = 'operator' in node.operator ? String(node.operator.operator) : ''
    const isEquality = equalities.get(operator)
    if (!isCallOf(left, 'json_extract')) super.visitBinaryOperation(node)
    else if (isNothing(right)) this.#isThere(left, operator)
    else if (isEquality === undefined) super.visitBinaryOperation(node)
    else this.#equals(left, isEquality, right, () => super.visitBinaryOperation(node))
  }

  /** A place that is missing, or null. */
  #isThere({ arguments: [document, path] }: FunctionNode, operator: string): void {
    this.append('(coalesce(')
    this.#nameOfType(document as OperationNode, path as OperationNode)
    this.append(`, 'NULL') ${operator === 'is' ? '=' : '<>'} 'NULL')`)
  }

  /** A list or an object is one if its text is: the same JSON, and the text somewhere in the document. */
  #equals(
    { arguments: [document, path] }: FunctionNode,
    isEquality: boolean,
    right: OperationNode,
    otherwise: () => void,
  ): void {
    const [doc, at] = [document as OperationNode, path as OperationNode]
    const same = (text: string | OperationNode) => {
      this.append('(')
      this.at(doc, at)
      this.call(' = cast(', text, ' as json) and instr(', doc, ', ', text, ') > 0)')
    }
    this.append('(case when ')
    this.#nameOfType(doc, at)
    this.append(` in ('OBJECT', 'ARRAY') then ${isEquality ? '' : 'not '}(`)
    const list = valuesOf(right)
    if (!list) {
      this.call('exists (with `f` (`v`) as ', right, ' select 1 from `f` where ')
      same('`f`.`v`')
      this.append(')')
    } else
      for (const [index, value] of list.entries()) {
        if (index > 0) this.append(' or ')
        same(value)
      }
    this.append(') else ')
    otherwise()
    this.append(' end)')
  }

  protected override visitFunction(node: FunctionNode): void {
    const { arguments: given } = node
    switch (node.func) {
      case 'json':
        this.visitNode(given[0] as OperationNode)
        return
      case 'json_object':
        this.#object(given)
        return
      case 'json_group_array': {
        // What is longer than the server takes would be null.
        const [item = ''] = given
        this.call("(case when count(*) = 0 then '[]' else coalesce(concat('[', group_concat(", item)
        this.append(` separator ','), ']'), ${failing} ${this.folding.byCodePoint}) end)`)
        return
      }
      default:
        super.visitFunction(node)
        return
    }
  }

  #object(given: readonly OperationNode[]): void {
    this.append("coalesce(concat('{'")
    for (let at = 0; at < given.length; at += 2) {
      const key = JSON.stringify((given[at] as ValueNode).value)
      this.append(`, '${this.sanitizeStringLiteral(`${at > 0 ? ',' : ''}${key}:`)}', `)
      const value = given[at + 1] as OperationNode
      const { byCodePoint } = this.folding
      if (isCallOf(value, 'json')) this.call('coalesce(', value, ", 'null')")
      else this.call('cast(json_extract(json_array(', value, `), '$[0]') as char) ${byCodePoint}`)
    }
    this.append(`, '}'), ${failing} ${this.folding.byCodePoint})`)
  }

  protected override extracted(document: OperationNode, path: OperationNode): void {
    const text = () => {
      this.append('json_unquote(')
      this.at(document, path)
      this.append(`) ${this.folding.byCodePoint}`)
    }
    this.append('(case ')
    this.#nameOfType(document, path)
    this.append(" when 'NULL' then null when 'BOOLEAN' then if(")
    text()
    this.append(" = 'true', '1', '0') else ")
    text()
    this.append(' end)')
  }

  protected override typed(document: OperationNode, path: OperationNode): void {
    this.append('(case ')
    this.#nameOfType(document, path)
    this.append(
      " when 'STRING' then 'text' when 'DOUBLE' then 'real' when 'UNSIGNED INTEGER' then 'integer' when 'BOOLEAN' then json_unquote(",
    )
    this.at(document, path)
    this.append(`) ${this.folding.byCodePoint} else lower(`)
    this.#nameOfType(document, path)
    this.append(') end)')
  }

  #nameOfType(document: OperationNode, path: OperationNode): void {
    this.append('json_type(')
    this.at(document, path)
    this.append(`) ${this.folding.byCodePoint}`)
  }
}

function isCallOf(node: OperationNode, name: string): node is FunctionNode {
  return FunctionNode.is(node) && node.func === name
}

/** The values of a list, or the one; nothing for a query. */
function valuesOf(node: OperationNode): readonly OperationNode[] | undefined {
  if (ParensNode.is(node)) return valuesOf(node.node)
  if (ValueListNode.is(node)) return node.values
  if (PrimitiveValueListNode.is(node)) return node.values.map((value) => ValueNode.create(value))
  return node.kind === 'SelectQueryNode' ? undefined : [node]
}
