/**
 * A query's operation node tree as text, its values beside it (src/protocol/kysely.ts). The text holds everything but the
 * values, so it is at the same time the name of the query's shape: two trees have one text only where they differ in
 * nothing but values.
 *
 * Nothing is checked here that the engine checks: any tree goes through. Refused is only what cannot be sent.
 */

import { copyArguments } from '../client/arguments.ts'
import { invalid } from '../protocol/error.ts'

export interface EncodedQuery {
  readonly tree: string
  readonly params: readonly unknown[]
}

/** Far beyond the engine's limits, far from the end of the stack. Only a node that holds itself gets here. */
const deepest = 1_000

/**
 * Takes the values as they are now: what the caller does to them later does not change the query.
 * @throws DBALError VALIDATION_ERROR for undefined as a value, functions, symbols, and what is nested too deep
 */
export function encodeQuery(query: object): EncodedQuery {
  const writer = new TreeWriter()
  const tree = writer.write(query)
  return { tree, params: copyArguments(writer.params) }
}

type Properties = Readonly<Record<string, unknown>>

class TreeWriter {
  readonly params: unknown[] = []
  /** The clause in which it stands, for errors. */
  #clause = ''

  write(query: object): string {
    return this.#object(query as Properties, 0)
  }

  #any(item: unknown, depth: number): string {
    switch (typeof item) {
      case 'string':
        return JSON.stringify(item)
      case 'boolean':
        return item ? 'true' : 'false'
      case 'number':
        if (!Number.isFinite(item)) throw this.#refusal(`${item} cannot be part of a query`)
        return String(item)
      case 'bigint':
        return this.#bigint(item)
      case 'object':
        if (item === null) return 'null'
        if (depth > deepest) throw this.#refusal('is nested too deep, or holds itself')
        return Array.isArray(item) ? this.#list(item, depth) : this.#object(item as Properties, depth)
      default:
        throw this.#refusal(`a ${typeof item} cannot be part of a query`)
    }
  }

  #list(list: readonly unknown[], depth: number): string {
    let text = '['
    for (let at = 0; at < list.length; at++) {
      if (at > 0) text += ','
      text += this.#any(list[at], depth + 1)
    }
    return `${text}]`
  }

  #object(node: Properties, depth: number): string {
    if (node['kind'] === 'ValueNode' && !node['immediate']) return this.#value(node['value'])
    if (node['kind'] === 'PrimitiveValueListNode') return this.#values(node['values'])
    if (Object.prototype.toString.call(node) !== '[object Object]')
      throw this.#refusal('only plain objects can be part of a query')
    let text = ''
    for (const key of Object.keys(node)) {
      const item = node[key]
      // Absent; an immediate value alone is never left out.
      if (item === undefined && node['kind'] !== 'ValueNode') continue
      if (depth === 0) this.#clause = key
      text += `${text ? ',' : ''}${JSON.stringify(key)}:${this.#any(item, depth + 1)}`
    }
    return `{${text}}`
  }

  #value(value: unknown): string {
    this.params.push(this.#given(value))
    return `{"kind":"ValueNode","param":${this.params.length - 1}}`
  }

  #values(values: unknown): string {
    if (!Array.isArray(values)) throw this.#refusal('a list of values must be an array')
    const param = this.params.length
    for (const value of values) this.params.push(this.#given(value))
    return `{"kind":"PrimitiveValueListNode","param":${param},"count":${values.length}}`
  }

  #given(value: unknown): unknown {
    // Taken for null it would find nothing, left out it would find everything.
    if (value === undefined)
      throw this.#refusal('undefined is not a value; leave the condition out, or compare with null')
    if (typeof value === 'function' || typeof value === 'symbol')
      throw this.#refusal(`a ${typeof value} is not a value`)
    return value
  }

  /** Kysely prints it as its digits, as it prints a number. */
  #bigint(value: bigint): string {
    if (value < Number.MIN_SAFE_INTEGER || value > Number.MAX_SAFE_INTEGER)
      throw this.#refusal('a bigint of this size must be a value, not a literal')
    return String(value)
  }

  #refusal(message: string): Error {
    return invalid(this.#clause, message)
  }
}
