/**
 * A filter object as a test of a row in hand: the twin of `filter.ts`, for live queries, which look at rows that changed
 * before they ask the database. `filter.property.test.ts` holds the two together. What a row alone does not tell
 * (relations, whole json values, columns without a type) is `undefined`: the database must be asked.
 *
 * Only for filters that `parseFilter` has taken: what is wrong with one is said there.
 */

import type { Row } from '../../protocol/rows.ts'
import { type Comparable, comparableOf, compareValues } from '../access/compare.ts'
import { matchesLike } from '../access/like.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { equalityKey } from '../values/equality-key.ts'
import { isPlainObject } from '../values/plain-object.ts'
import { readerOf } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { asciiLower } from '../values/text.ts'
import { parseJsonPath } from './json-path.ts'

/** Null is unknown as in SQL; undefined is not to be told from the row. */
export type Truth = boolean | null | undefined
export type RowTest = (row: Row) => Truth

export interface FilterTest {
  readonly test: RowTest
  /** False when `test` gives undefined for what most rows hold. */
  readonly isExact: boolean
  /** Fields that a row must have one of some values in to be found. */
  readonly equalities: readonly Equality[]
}

export interface Equality {
  readonly field: FieldModel
  /** As `equalityKey` gives them. */
  readonly keys: readonly string[]
}

export function filterTest(entity: EntityModel, filter: unknown): FilterTest {
  const compiler = new Compiler(entity)
  const test = filter === undefined || filter === null ? undefined : compiler.object(filter, true)
  return { test: test ?? (() => true), isExact: compiler.isExact, equalities: compiler.equalities }
}

/** Longer lists are not worth an entry for each of their values. */
const mostEqualities = 64

class Compiler {
  isExact = true
  readonly equalities: Equality[] = []
  readonly #entity: EntityModel

  constructor(entity: EntityModel) {
    this.#entity = entity
  }

  /** @param always true where the object must hold for a row to be found */
  object(filter: unknown, always: boolean): RowTest | undefined {
    const given = filter as Row
    return all(Object.keys(given).map((name) => this.#entry(name, given[name], always)))
  }

  #entry(name: string, value: unknown, always: boolean): RowTest | undefined {
    switch (name) {
      case 'and':
        return all((value as unknown[]).map((item) => this.object(item, always)))
      case 'or':
        return any((value as unknown[]).map((item) => this.object(item, false)))
      case 'not': {
        const term = this.object(value, false)
        return term && negate(term)
      }
      default:
        return this.#tests(name, value, always)
    }
  }

  #tests(name: string, value: unknown, always: boolean): RowTest | undefined {
    const field = this.#entity.field(name)
    const json = field ? undefined : parseJsonPath(this.#entity, name, name)
    if (!field && !json) return this.#undecided()
    const tests = isPlainObject(value) ? Object.entries(value) : [['eq', value] as const]
    return all(
      tests.map(([operator, operand]) => {
        if (json) return this.#json(json.field.name, json.parts, operator, operand)
        if (always) this.#noteEquality(field as FieldModel, operator, operand)
        return this.#field(field as FieldModel, operator, operand)
      }),
    )
  }

  #field(field: FieldModel, operator: string, operand: unknown): RowTest {
    const { name, data } = field
    const isNull = nullTest(operator, operand)
    if (isNull !== undefined) return (row) => (stored(row[name]) === null) === isNull
    if (data.type === 'any' || data.type === 'json') return this.#undecided()
    const reader = readerOf(data.type === 'email' ? 'string' : data.type, 0)
    const holds = comparison(operator, operand, data.caseInsensitive, (value) => {
      const read = reader(value)
      return read instanceof Refusal ? undefined : comparableOf(read)
    })
    if (!holds) return this.#undecided()
    return (row) => holds(stored(row[name]))
  }

  #json(column: string, parts: readonly (string | number)[], operator: string, operand: unknown): RowTest {
    const isNull = nullTest(operator, operand)
    if (isNull !== undefined) return (row) => (dig(row[column], parts) === null) === isNull
    const kind = typeof (Array.isArray(operand) ? operand[0] : operand)
    const list = Array.isArray(operand) && (operator === 'in' || operator === 'notIn') && operand.length === 0
    const isScalar = kind === 'string' || kind === 'number' || kind === 'boolean'
    const isListed = operator === 'in' || operator === 'notIn' || operator === 'between'
    if (list) return () => operator === 'notIn'
    // An array is a whole value here, not a list of operands.
    if (!isScalar || (Array.isArray(operand) && !isListed)) return this.#undecided()
    const holds = comparison(operator, operand, false, scalar)
    if (!holds) return this.#undecided()
    const otherwise = operator === 'ne' || operator === 'notIn'
    return (row) => {
      const value = dig(row[column], parts)
      if (value === null) return null
      return typeof value === kind ? holds(comparableOf(value)) : otherwise
    }
  }

  #undecided(): RowTest {
    this.isExact = false
    return () => undefined
  }

  #noteEquality(field: FieldModel, operator: string, operand: unknown): void {
    const values = operator === 'eq' ? [operand] : operator === 'in' ? (operand as unknown[]) : undefined
    if (!values || values.length > mostEqualities) return
    const reader = readerOf(field.data.type === 'email' ? 'string' : field.data.type, 0)
    const keys = values.map((value) => equalityKey(field.data, reader(value)))
    if (keys.every((key) => key !== null) && field.data.type !== 'any' && field.data.type !== 'json')
      this.equalities.push({ field, keys: [...new Set(keys)] })
  }
}

type Holds = (value: Comparable | null) => Truth

/** Undefined for an operator or value that is none of those known here. */
function comparison(
  operator: string,
  operand: unknown,
  folded: boolean,
  read: (value: unknown) => Comparable | null | undefined,
): Holds | undefined {
  if (operator === 'in' || operator === 'notIn') return membership(operator === 'in', operand, folded, read)
  if (operator === 'between') {
    const [from, to] = (operand as unknown[]).map(read)
    if (!isValue(from) || !isValue(to)) return undefined
    return known((value) => compareValues(value, from, folded) >= 0 && compareValues(value, to, folded) <= 0)
  }
  const text = typeof operand === 'string' ? textTest(operator, operand, folded) : undefined
  if (text) return known((value) => (typeof value === 'string' ? text(value) : undefined))
  const sign = signs[operator]
  const value = read(operand)
  if (!sign || !isValue(value)) return undefined
  return known((other) => sign(compareValues(other, value, folded)))
}

function membership(
  wanted: boolean,
  operand: unknown,
  folded: boolean,
  read: (value: unknown) => Comparable | null | undefined,
): Holds | undefined {
  const items = Array.from(operand as unknown[], read)
  if (!items.every(isValue)) return undefined
  if (items.length === 0) return () => !wanted
  // A list may be long, and is asked about every row that somebody writes.
  if (!folded && items.every((item) => typeof item === 'string')) {
    const texts = new Set<Comparable>(items)
    return known((value) => texts.has(value) === wanted)
  }
  return known((value) => items.some((item) => compareValues(value, item, folded) === 0) === wanted)
}

const signs: { readonly [operator: string]: ((order: number) => boolean) | undefined } = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
}

/** A pattern over a longer text is left to the database, which can be stopped. In UTF-16 units. */
const longestText = 10_000

const matches = (text: string, pattern: string, folded: boolean): Truth =>
  text.length > longestText ? undefined : matchesLike(text, pattern, folded)

/** As text-match.ts has it in SQL: what an index serves there is a range by prefix, exact to the character. */
function textTest(
  operator: string,
  operand: string,
  folded: boolean,
): ((value: string) => Truth) | undefined {
  const fold = folded ? asciiLower : (text: string) => text
  const part = fold(operand)
  switch (operator) {
    case 'startsWith':
      return (value) => fold(value).startsWith(part)
    case 'endsWith':
      return (value) => fold(value).endsWith(part)
    case 'contains':
      return (value) => fold(value).includes(part)
    case 'ilike':
      return (value) => matches(value, operand, true)
    case 'like': {
      if (folded) return (value) => matches(value, operand, true)
      const wildcard = operand.search(/[%_]/)
      const prefix = wildcard < 0 ? operand : operand.slice(0, wildcard)
      if (prefix === '') return (value) => matches(value, operand, false)
      if (operand === `${prefix}%`) return (value) => value.startsWith(prefix)
      return (value) => value.startsWith(prefix) && matches(value, operand, false)
    }
    default:
      return undefined
  }
}

/** Whether the operator asks for null (true) or for a value (false); undefined when it asks for neither. */
function nullTest(operator: string, operand: unknown): boolean | undefined {
  if (operator === 'isNull') return operand as boolean
  if (operand !== null) return undefined
  return operator === 'eq' ? true : operator === 'ne' ? false : undefined
}

/** A column's value: NaN is stored as null. */
function stored(value: unknown): Comparable | null {
  return typeof value === 'object' && !(value instanceof Uint8Array)
    ? (value as null)
    : comparableOf(value ?? null)
}

function scalar(value: unknown): Comparable | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? (comparableOf(value) as Comparable)
    : undefined
}

function dig(value: unknown, parts: readonly (string | number)[]): unknown {
  let at = value
  for (const part of parts) {
    if (typeof at !== 'object' || at === null) return null
    if (Array.isArray(at) !== (typeof part === 'number') || !Object.hasOwn(at, part)) return null
    at = (at as Row)[part]
  }
  return at ?? null
}

function isValue(value: Comparable | null | undefined): value is Comparable {
  return value !== null && value !== undefined
}

/** A comparison with null is unknown. */
function known(test: (value: Comparable) => Truth): Holds {
  return (value) => (value === null ? null : test(value))
}

/** Of parts without a condition nothing is asked. */
function all(terms: readonly (RowTest | undefined)[]): RowTest | undefined {
  const tests = terms.filter((term) => term !== undefined)
  if (tests.length < 2) return tests[0]
  return (row) => {
    let result: Truth = true
    for (const test of tests) {
      const truth = test(row)
      if (truth === false) return false
      if (truth === undefined || (truth === null && result === true)) result = truth
    }
    return result
  }
}

function any(terms: readonly (RowTest | undefined)[]): RowTest | undefined {
  const both = all(terms.map((term) => term && negate(term)))
  return both && negate(both)
}

function negate(test: RowTest): RowTest {
  return (row) => {
    const truth = test(row)
    return typeof truth === 'boolean' ? !truth : truth
  }
}
