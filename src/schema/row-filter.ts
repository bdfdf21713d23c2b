/**
 * The row-filter language: `authorId = $user.id and (level <= $user.level or page.level is null)`.
 * One parser; the back ends (SQL, JavaScript) are in `src/engine/access`. The grammar is in docs/guide/schema.md.
 */

import { type DBALError, invalid } from '../protocol/error.ts'
import { type Relations, relationsOf } from './relations.ts'
import type { FieldData, FieldType, SchemaData } from './schema.ts'

export type RowFilterVariable =
  | 'user.id'
  | 'user.username'
  | 'user.email'
  | 'user.role'
  | 'user.level'
  | 'now'

export type RowFilterOperand =
  /** `path` is `['level']` or, one relation deep, `['page', 'level']`. */
  | { readonly kind: 'field'; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly name: RowFilterVariable }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>='

export type RowFilter =
  | { readonly kind: 'or' | 'and'; readonly terms: readonly RowFilter[] }
  | { readonly kind: 'not'; readonly term: RowFilter }
  | {
      readonly kind: 'compare'
      readonly operator: ComparisonOperator
      readonly left: RowFilterOperand
      readonly right: RowFilterOperand
    }
  | {
      readonly kind: 'in'
      readonly negated: boolean
      readonly operand: RowFilterOperand
      readonly items: readonly RowFilterOperand[]
    }
  | { readonly kind: 'isNull'; readonly negated: boolean; readonly operand: RowFilterOperand }
  | {
      readonly kind: 'like'
      readonly negated: boolean
      readonly operand: RowFilterOperand
      readonly pattern: RowFilterOperand
    }

/** What the names of a row filter mean. */
export interface RowFilterScope {
  /** Where the text stands, for errors: `Post.rules[0].rowFilter`. */
  readonly place: string
  readonly schema: Pick<SchemaData, 'entities'>
  /** The entity whose rows are filtered; must be one of the schema. */
  readonly entity: string
  /** `relationsOf(schema)`, where it is at hand. */
  readonly relations?: Relations
}

export const rowFilterLimits = { length: 4_000, depth: 32 } as const

/** What can be compared with what. `null` goes with everything. */
type Kind = 'text' | 'number' | 'boolean' | 'datetime' | 'opaque' | 'any'

interface Typed {
  readonly operand: RowFilterOperand
  readonly kind: Kind
  readonly at: number
  readonly field?: FieldData
}

interface Token {
  readonly type: 'string' | 'name' | 'quoted' | 'variable' | 'number' | 'symbol' | 'end'
  readonly text: string
  readonly at: number
}

const tokenPattern =
  /(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")+")|(?<variable>\$[\w.]*)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<symbol>[!<>]=|[=<>(),.])/uy

const variableKinds: Readonly<Record<RowFilterVariable, Kind>> = {
  'user.id': 'text',
  'user.username': 'text',
  'user.email': 'text',
  'user.role': 'text',
  'user.level': 'number',
  now: 'datetime',
}

const kinds: { readonly [Type in FieldType]?: Kind } = {
  integer: 'number',
  bigint: 'number',
  number: 'number',
  boolean: 'boolean',
  datetime: 'datetime',
  json: 'opaque',
  bytes: 'opaque',
  any: 'any',
}

/** ISO 8601 UTC with milliseconds, the only form in which instants compare as text. */
export const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/**
 * Parses a row filter and resolves its names.
 * @throws DBALError VALIDATION_ERROR with the place, the line and the column
 */
export function parseRowFilter(text: string, scope: RowFilterScope): RowFilter {
  const { schema, entity } = scope
  const relations = scope.relations ?? relationsOf(schema)
  const fields = schema.entities[entity]?.fields ?? {}

  function fail(at: number, message: string): DBALError {
    const before = text.slice(0, at).split('\n')
    return invalid(
      scope.place,
      `line ${before.length}, column ${(before.at(-1) as string).length + 1}: ${message}`,
    )
  }

  if (text.length > rowFilterLimits.length) {
    throw fail(0, `is longer than ${rowFilterLimits.length} characters`)
  }
  const tokens = tokenize(text, fail)
  let next = 0

  const peek = () => tokens[next] as Token
  const take = () => tokens[next++] as Token
  const isWord = (word: string) => peek().type === 'name' && peek().text.toLowerCase() === word
  const isSymbol = (symbol: string) => peek().type === 'symbol' && peek().text === symbol
  const skip = (found: boolean) => {
    if (found) next++
    return found
  }
  function expect(symbol: string): void {
    if (!skip(isSymbol(symbol))) throw expected(`"${symbol}"`)
  }
  function expected(what: string): DBALError {
    const { type, text: found, at } = peek()
    return fail(at, `expected ${what}, found ${type === 'end' ? 'the end' : found}`)
  }

  function joined(kind: 'or' | 'and', depth: number): RowFilter {
    const term = () => (kind === 'or' ? joined('and', depth) : negation(depth))
    const terms = [term()]
    while (skip(isWord(kind))) terms.push(term())
    return terms.length === 1 ? (terms[0] as RowFilter) : { kind, terms }
  }

  function negation(depth: number): RowFilter {
    if (depth > rowFilterLimits.depth) {
      throw fail(peek().at, `is nested deeper than ${rowFilterLimits.depth} levels`)
    }
    if (skip(isWord('not'))) return { kind: 'not', term: negation(depth + 1) }
    if (!skip(isSymbol('('))) return condition()
    const inner = joined('or', depth + 1)
    expect(')')
    return inner
  }

  function condition(): RowFilter {
    const left = operand()
    if (skip(isWord('is'))) {
      const negated = skip(isWord('not'))
      if (!skip(isWord('null'))) throw expected('null')
      return { kind: 'isNull', negated, operand: left.operand }
    }
    const negated = skip(isWord('not'))
    const { at } = peek()
    if (skip(isWord('in'))) {
      expect('(')
      const items: RowFilterOperand[] = []
      do {
        const item = operand()
        agree('=', left, item)
        items.push(item.operand)
      } while (skip(isSymbol(',')))
      expect(')')
      return { kind: 'in', negated, operand: left.operand, items }
    }
    if (skip(isWord('like'))) {
      const pattern = operand()
      for (const { kind, at } of [left, pattern]) {
        if (kind !== 'text' && kind !== 'any') throw fail(at, '"like" compares text only')
      }
      return { kind: 'like', negated, operand: left.operand, pattern: pattern.operand }
    }
    if (negated) throw expected('"in" or "like" after "not"')
    const operator = peek()
    if (operator.type !== 'symbol' || !/^[!<>]?=$|^[<>]$/.test(operator.text)) {
      throw expected('an operator (= != < <= > >= in, not in, is null, is not null, like)')
    }
    next++
    const right = operand()
    agree(operator.text, left, right, at)
    return {
      kind: 'compare',
      operator: operator.text as ComparisonOperator,
      left: left.operand,
      right: right.operand,
    }
  }

  function operand(): Typed {
    const token = peek()
    const { at } = token
    const literal = (value: string | number | boolean | null, kind: Kind): Typed => {
      next++
      return { operand: { kind: 'literal', value }, kind, at }
    }
    if (token.type === 'string') return literal(token.text.slice(1, -1).replaceAll("''", "'"), 'text')
    if (token.type === 'number') {
      const value = Number(token.text)
      if (!Number.isFinite(value)) throw fail(at, `${token.text} is out of range`)
      return literal(value, 'number')
    }
    if (isWord('null')) return literal(null, 'any')
    if (isWord('true')) return literal(true, 'boolean')
    if (isWord('false')) return literal(false, 'boolean')
    if (token.type === 'variable') {
      const name = token.text.slice(1)
      if (!Object.hasOwn(variableKinds, name)) {
        throw fail(at, `unknown variable ${token.text}; there are $${Object.keys(variableKinds).join(', $')}`)
      }
      next++
      return {
        operand: { kind: 'variable', name: name as RowFilterVariable },
        kind: variableKinds[name as RowFilterVariable],
        at,
      }
    }
    if (token.type === 'name' || token.type === 'quoted') return fieldPath()
    throw expected('a field, a $variable or a value')
  }

  function fieldPath(): Typed {
    const first = peek()
    const name = nameOf(take())
    if (!isSymbol('.')) return field(entity, fields, [name], first.at)
    const relation = relations[entity]?.find((each) => each.name === name)
    if (!relation) throw fail(first.at, `unknown relation "${name}" of ${entity}`)
    if (relation.kind === 'many') {
      throw fail(first.at, `"${name}" is a list; a row filter follows relations to one row only`)
    }
    next++
    const second = peek()
    if (second.type !== 'name' && second.type !== 'quoted') throw expected(`a field of ${relation.entity}`)
    next++
    if (isSymbol('.')) throw fail(peek().at, 'a row filter goes one relation deep')
    const foreign = schema.entities[relation.entity]?.fields ?? {}
    return field(relation.entity, foreign, [name, nameOf(second)], second.at)
  }

  function field(
    owner: string,
    known: Readonly<Record<string, FieldData>>,
    path: readonly string[],
    at: number,
  ): Typed {
    const name = path.at(-1) as string
    if (!Object.hasOwn(known, name)) throw fail(at, `unknown field "${name}" of ${owner}`)
    const data = known[name] as FieldData
    return { operand: { kind: 'field', path }, kind: kinds[data.type] ?? 'text', at, field: data }
  }

  /** Refuses comparisons that no pair of values could answer as the author meant. */
  function agree(operator: string, left: Typed, right: Typed, operatorAt = right.at): void {
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      if (side.kind === 'opaque') throw fail(side.at, 'json and bytes can only be asked "is null"')
      if (side.operand.kind !== 'literal' || typeof side.operand.value !== 'string') continue
      const { value } = side.operand
      if (other.kind === 'datetime' && !instantPattern.test(value)) {
        throw fail(side.at, 'an instant is written as 2026-01-15T10:30:00.000Z')
      }
      if (other.field?.values && !other.field.values.includes(value)) {
        throw fail(side.at, `'${value}' is not one of ${other.field.values.join(', ')}`)
      }
    }
    const alike = (kind: Kind) => (kind === 'datetime' ? 'text' : kind)
    if (left.kind === 'any' || right.kind === 'any') return
    if (alike(left.kind) !== alike(right.kind)) {
      throw fail(right.at, `a ${left.kind} is compared with a ${right.kind}`)
    }
    if (left.kind === 'boolean' && !/^!?=$/.test(operator)) {
      throw fail(operatorAt, 'booleans compare with = and != only')
    }
  }

  const filter = joined('or', 0)
  if (peek().type !== 'end') throw expected('"and", "or" or the end')
  return filter
}

function nameOf({ type, text }: Token): string {
  return type === 'quoted' ? text.slice(1, -1).replaceAll('""', '"') : text
}

function tokenize(text: string, fail: (at: number, message: string) => DBALError): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; ; ) {
    while (/\s/.test(text.charAt(at))) at++
    if (at >= text.length) {
      tokens.push({ type: 'end', text: '', at })
      return tokens
    }
    tokenPattern.lastIndex = at
    const groups = tokenPattern.exec(text)?.groups
    const [type, found] = Object.entries(groups ?? {}).find(([, value]) => value !== undefined) ?? []
    if (type === undefined || found === undefined)
      throw fail(at, `${JSON.stringify(text.charAt(at))} is not understood here`)
    tokens.push({ type: type as Token['type'], text: found, at })
    at += found.length
  }
}
