/**
 * Carries out what is typed into the console: calls on a few given objects, with literals and arrow functions. It walks
 * the editor's own syntax tree and never hands text to the browser, so that it needs no `'unsafe-eval'`, and text from a
 * link reaches nothing but these objects.
 */

import { javascriptLanguage } from '@codemirror/lang-javascript'
import { childrenOf, type Node, numberOf, refused, stringOf, TextError } from './syntax.ts'

type Scope = Readonly<Record<string, unknown>>

/** Members that lead out of the objects given, or would end the studio's own client. */
const closed = new Set(['constructor', 'prototype', '__proto__', 'close', 'caller', 'callee', 'arguments'])

/**
 * @param roots what names stand for
 * @returns the value of the last statement, in a box: a promise or a query in it has not been waited for
 * @throws TextError with the place of what is not understood; whatever a call throws
 */
export async function evaluate(text: string, roots: Scope): Promise<{ readonly value: unknown }> {
  const tree = javascriptLanguage.parser.parse(text)
  const evaluation = new Evaluation(text)
  evaluation.check(tree.topNode)
  let scope: Scope = roots
  let box: { value: unknown } = { value: undefined }
  for (const statement of childrenOf(tree.topNode)) {
    const { name, value } = evaluation.statement(statement)
    const isLast = statement.to === lastEnd(tree.topNode)
    box = { value: evaluation.topLevel(value, scope) }
    if (!isLast || name) {
      const awaited = await settle(box.value)
      box = { value: awaited }
      if (name) scope = { ...scope, [name]: awaited }
    }
  }
  return box
}

const lastEnd = (top: Node) => childrenOf(top).at(-1)?.to

/** What comes of a value in the end: a query is executed, a promise waited for. */
export async function settle(value: unknown): Promise<unknown> {
  return isQuery(value) ? value.execute() : value
}

export interface Query {
  execute(): Promise<readonly object[]>
  /** Of a select, an update or a delete. */
  explain?(): Promise<readonly { readonly id: number; readonly parent: number; readonly detail: string }[]>
}

/** A query of Kysely's that has not been executed. */
export function isQuery(value: unknown): value is Query {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Query>).execute === 'function' &&
    'toOperationNode' in value
  )
}

class Evaluation {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** @throws TextError at the first place that the parser could not make sense of */
  check(top: Node): void {
    const { length } = this.#text
    if (childrenOf(top).length === 0) throw new TextError('There is no query yet', 0)
    top.cursor().iterate((node) => {
      if (!node.type.isError) return
      const isEnd = this.#text.slice(node.from).trim() === ''
      throw new TextError(
        isEnd ? 'The text ends too early: a bracket is open' : 'This is not understood',
        Math.min(node.from, length),
      )
    })
  }

  /** A constant with its value, or a value alone. */
  statement(node: Node): { name?: string; value: Node } {
    const parts = childrenOf(node)
    if (node.name === 'VariableDeclaration') {
      const [, definition, , value] = parts
      if (parts.length !== 4 || !definition || !value || definition.name !== 'VariableDefinition')
        throw refused('A declaration other than const name = value', node)
      return { name: this.#slice(definition), value }
    }
    const value = node.name === 'ReturnStatement' ? parts[1] : parts[0]
    if ((node.name === 'ExpressionStatement' || node.name === 'ReturnStatement') && value) return { value }
    throw refused('This statement', node)
  }

  /** Only here one may write `await`; it is done without it, too. */
  topLevel(node: Node, scope: Scope): unknown {
    const [, inner] = childrenOf(node)
    return this.expression(node.name === 'AwaitExpression' && inner ? inner : node, scope)
  }

  expression(node: Node, scope: Scope): unknown {
    const parts = childrenOf(node)
    const [first, second, third] = parts
    switch (node.name) {
      case 'String':
        return stringOf(this.#slice(node).slice(1, -1))
      case 'Number':
        return numberOf(this.#slice(node))
      case 'BooleanLiteral':
        return this.#slice(node) === 'true'
      case 'null':
        return null
      case 'VariableName':
        return this.#variable(node, scope)
      case 'ParenthesizedExpression':
        return this.#of(second, scope, node)
      case 'TemplateString':
        return this.#template(node, scope)
      case 'ArrayExpression':
        return this.#list(parts, scope)
      case 'ObjectExpression':
        return this.#object(parts, scope)
      case 'MemberExpression':
        return this.#member(node, scope).value
      case 'CallExpression':
        return this.#call(node, scope)
      case 'NewExpression':
        if (!second || !third || this.#slice(second) !== 'Date') throw refused('new', node)
        return new Date(...(this.#list(childrenOf(third), scope) as [string]))
      case 'ArrowFunction':
        return this.#arrow(node, scope)
      case 'UnaryExpression':
        return this.#unary(node, scope)
      case 'BinaryExpression':
        return this.#binary(node, scope)
      case 'ConditionalExpression':
        return this.#of(first, scope, node) ? this.#of(third, scope, node) : this.#of(parts[4], scope, node)
      case 'AwaitExpression':
        throw new TextError('await stands at the start of a statement', node.from)
      default:
        throw refused('This', node)
    }
  }

  #of(node: Node | undefined, scope: Scope, parent: Node): unknown {
    if (!node) throw refused('This', parent)
    return this.expression(node, scope)
  }

  #slice = ({ from, to }: Node): string => this.#text.slice(from, to)

  #variable(node: Node, scope: Scope): unknown {
    const name = this.#slice(node)
    if (name === 'undefined') return undefined
    if (Object.hasOwn(scope, name)) return scope[name]
    throw new TextError(`There is no ${name} here; a query begins with client or db`, node.from)
  }

  #template(node: Node, scope: Scope): string {
    let text = ''
    let at = node.from + 1
    for (const part of childrenOf(node)) {
      if (part.name !== 'Interpolation') continue
      text += stringOf(this.#text.slice(at, part.from))
      text += String(this.#of(childrenOf(part)[1], scope, part))
      at = part.to
    }
    return text + stringOf(this.#text.slice(at, node.to - 1))
  }

  /** The items between brackets and commas; `...list` puts in those of a list. */
  #list(parts: readonly Node[], scope: Scope): unknown[] {
    const items: unknown[] = []
    let isSpread = false
    for (const part of parts) {
      if (part.name === 'Spread') isSpread = true
      else if (!/^[[\](),]$/.test(part.name)) {
        const item = this.expression(part, scope)
        if (isSpread) items.push(...(item as Iterable<unknown>))
        else items.push(item)
        isSpread = false
      }
    }
    return items
  }

  #object(parts: readonly Node[], scope: Scope): object {
    const entries: [string, unknown][] = []
    for (const property of parts.filter(({ name }) => name === 'Property')) {
      const [key, ...rest] = childrenOf(property)
      const value = rest.at(-1)
      if (key?.name === 'Spread') entries.push(...Object.entries(this.#of(value, scope, property) as object))
      else if (key?.name === '[') {
        const [name] = rest
        entries.push([String(this.#of(name, scope, property)), this.#of(value, scope, property)])
      } else if (key && rest.length === 0) {
        entries.push([this.#slice(key), this.#variable(key, scope)])
      } else if (key && rest[0]?.name === ':') {
        const name =
          key.name === 'PropertyDefinition' ? this.#slice(key) : String(this.expression(key, scope))
        entries.push([name, this.#of(value, scope, property)])
      } else throw refused('A method', property)
      if (entries.at(-1)?.[0] === '__proto__') throw refused('__proto__', property)
    }
    return Object.fromEntries(entries)
  }

  #member(node: Node, scope: Scope): { object: unknown; value: unknown } {
    const [target, dot, key] = childrenOf(node)
    if (!target || !dot || !key) throw refused('This', node)
    const object = this.expression(target, scope)
    const name = dot.name === '[' ? String(this.expression(key, scope)) : this.#slice(key)
    if (closed.has(name) || name.startsWith('__')) throw refused(`.${name}`, key)
    if (object === undefined || object === null) {
      if (dot.name === '?.') return { object, value: undefined }
      throw new TextError(`${this.#slice(target)} is ${object}: it has no ${name}`, key.from)
    }
    return { object, value: (object as Record<string, unknown>)[name] }
  }

  #call(node: Node, scope: Scope): unknown {
    const [callee, list] = childrenOf(node)
    if (!callee || list?.name !== 'ArgList') throw refused('This call', node)
    const { object, value } =
      callee.name === 'MemberExpression'
        ? this.#member(callee, scope)
        : { object: undefined, value: this.expression(callee, scope) }
    if (typeof value !== 'function') {
      throw new TextError(`${this.#slice(callee)} is not a function`, callee.to - 1)
    }
    return value.apply(object, this.#list(childrenOf(list), scope))
  }

  #arrow(node: Node, scope: Scope): unknown {
    const parts = childrenOf(node)
    const [head] = parts
    const body = parts.at(-1)
    if (!head || !body || head.name === 'async') throw refused('An async function', node)
    const parameters =
      head.name === 'ParamList' ? childrenOf(head).filter(({ name }) => !/^[(),]$/.test(name)) : [head]
    return (...values: readonly unknown[]): unknown => {
      let inner = scope
      for (const [index, parameter] of parameters.entries())
        inner = { ...inner, ...this.#bound(parameter, values[index]) }
      return body.name === 'Block' ? this.#block(body, inner) : this.expression(body, inner)
    }
  }

  /** What a parameter's names stand for: `eb`, or `{ eb, fn: count }`. */
  #bound(parameter: Node, value: unknown): Scope {
    if (parameter.name === 'VariableDefinition') return { [this.#slice(parameter)]: value }
    if (parameter.name !== 'ObjectPattern') throw refused('This parameter', parameter)
    const properties = childrenOf(parameter).filter(({ name }) => name === 'PatternProperty')
    return Object.fromEntries(
      properties.map((property) => {
        const [key, , target] = childrenOf(property)
        if (!key) throw refused('This parameter', property)
        const name = this.#slice(key)
        if (closed.has(name) || name.startsWith('__')) throw refused(`.${name}`, key)
        return [target ? this.#slice(target) : name, (value as Record<string, unknown>)[name]]
      }),
    )
  }

  #block(body: Node, scope: Scope): unknown {
    let inner = scope
    for (const node of childrenOf(body).filter(({ name }) => !/^[{}]$/.test(name))) {
      const { name, value } = this.statement(node)
      const result = this.expression(value, inner)
      if (node.name === 'ReturnStatement') return result
      if (name) inner = { ...inner, [name]: result }
    }
    return undefined
  }

  #unary(node: Node, scope: Scope): unknown {
    const [operator, operand] = childrenOf(node)
    const value = this.#of(operand, scope, node)
    switch (operator && this.#slice(operator)) {
      case '-':
        return typeof value === 'bigint' ? -value : -Number(value)
      case '+':
        return Number(value)
      case '!':
        return !value
      default:
        throw refused('This operator', node)
    }
  }

  #binary(node: Node, scope: Scope): unknown {
    const [left, operator, right] = childrenOf(node)
    if (!left || !operator || !right) throw refused('This', node)
    const sign = this.#slice(operator)
    const one = this.expression(left, scope)
    if (sign === '&&') return one && this.expression(right, scope)
    if (sign === '||') return one || this.expression(right, scope)
    if (sign === '??') return one ?? this.expression(right, scope)
    const apply = Object.hasOwn(arithmetic, sign) ? arithmetic[sign] : undefined
    if (!apply) throw refused(`The operator ${sign}`, operator)
    return apply(one as number, this.expression(right, scope) as number)
  }
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => unknown>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '===': (left, right) => left === right,
  '!==': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}
