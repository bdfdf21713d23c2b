/**
 * What a filter means, written a second time and plainly: three-valued logic over rows in hand. The property tests hold
 * the SQL of this room against it.
 */

import type { Row } from '../../protocol/rows.ts'
import type { EntityModel, FieldModel } from '../model.ts'

type Truth = boolean | null
type Tests = Record<string, unknown>

export function matches(entity: EntityModel, filter: unknown, row: Row): boolean {
  return all(entity, filter as Tests, row) === true
}

function all(entity: EntityModel, filter: Tests, row: Row): Truth {
  return and(
    Object.entries(filter).map(([name, value]): Truth => {
      if (name === 'and') return and((value as Tests[]).map((part) => all(entity, part, row)))
      if (name === 'or')
        return (
          (value as Tests[]).every(isEmpty) || or((value as Tests[]).map((part) => all(entity, part, row)))
        )
      if (name === 'not') return isEmpty(value as Tests) || negate(all(entity, value as Tests, row))
      const field = entity.field(name)
      if (field) return tests(field, value, row[name])
      const [column, ...path] = name.split(/[.[\]]+/).filter((part) => part !== '')
      return jsonTests(value, dig(row[column as string], path))
    }),
  )
}

function isEmpty(filter: Tests): boolean {
  return Object.entries(filter).every(([name, value]) => {
    if (name === 'and' || name === 'or') return (value as Tests[]).every(isEmpty)
    if (name === 'not') return isEmpty(value as Tests)
    return isPlain(value) && Object.keys(value).length === 0
  })
}

function isPlain(value: unknown): value is Tests {
  if (typeof value !== 'object' || value === null) return false
  return [Object.prototype, null].includes(Object.getPrototypeOf(value))
}

function tests(field: FieldModel, value: unknown, stored: unknown): Truth {
  if (!isPlain(value)) return test(field, 'eq', value, stored)
  return and(Object.entries(value).map(([operator, operand]) => test(field, operator, operand, stored)))
}

function test(field: FieldModel, operator: string, operand: unknown, stored: unknown): Truth {
  const fold = field.data.caseInsensitive ? lower : same
  if (operator === 'isNull') return (stored === null) === operand
  if (operand === null) return operator === 'eq' ? stored === null : stored !== null
  if (operator === 'in' || operator === 'notIn') {
    const list = operand as unknown[]
    if (list.length === 0) return operator === 'notIn'
    if (stored === null) return null
    return list.some((item) => order(fold(stored), fold(item)) === 0) === (operator === 'in')
  }
  if (stored === null) return null
  if (field.data.type === 'json') return (text(stored) === text(operand)) === (operator === 'eq')
  if (typeof operand === 'string' && typeof stored === 'string') {
    const textual = textTest(operator, operand, stored, fold)
    if (textual !== undefined) return textual
  }
  return ordered(operator, operand, (item) => order(fold(stored), fold(item)))
}

function ordered(operator: string, operand: unknown, against: (operand: unknown) => number): Truth {
  switch (operator) {
    case 'eq':
      return against(operand) === 0
    case 'ne':
      return against(operand) !== 0
    case 'gt':
      return against(operand) > 0
    case 'gte':
      return against(operand) >= 0
    case 'lt':
      return against(operand) < 0
    case 'lte':
      return against(operand) <= 0
    case 'between': {
      const [from, to] = operand as [unknown, unknown]
      return against(from) >= 0 && against(to) <= 0
    }
    default:
      throw new Error(`Unknown operator ${operator}`)
  }
}

function textTest(
  operator: string,
  operand: string,
  stored: string,
  fold: (value: unknown) => unknown,
): Truth | undefined {
  const [text, part] = [fold(stored) as string, fold(operand) as string]
  if (operator === 'contains') return text.includes(part)
  if (operator === 'startsWith') return text.startsWith(part)
  if (operator === 'endsWith') return text.endsWith(part)
  if (operator === 'like') return like(text, part)
  if (operator === 'ilike') return like(lower(stored) as string, lower(operand) as string)
  return undefined
}

function like(text: string, pattern: string): boolean {
  const source = Array.from(pattern, (mark) =>
    mark === '%' ? '[^]*' : mark === '_' ? '[^]' : mark.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&'),
  )
  return new RegExp(`^${source.join('')}$`, 'u').test(text)
}

function jsonTests(value: unknown, stored: unknown): Truth {
  if (!isPlain(value)) return jsonTest('eq', value, stored)
  return and(Object.entries(value).map(([operator, operand]) => jsonTest(operator, operand, stored)))
}

function jsonTest(operator: string, operand: unknown, stored: unknown): Truth {
  if (operator === 'isNull') return (stored === null) === operand
  if (operand === null) return operator === 'eq' ? stored === null : stored !== null
  if (operator === 'in' || operator === 'notIn') {
    const list = operand as unknown[]
    if (list.length === 0) return operator === 'notIn'
    if (stored === null) return null
    const found = list.some((item) => kind(item) === kind(stored) && text(item) === text(stored))
    return found === (operator === 'in')
  }
  if (stored === null) return null
  const operands = operator === 'between' ? (operand as unknown[]) : [operand]
  if (operands.some((item) => kind(item) !== kind(stored))) return operator === 'ne'
  if (kind(stored) === 'object') return (text(stored) === text(operand)) === (operator === 'eq')
  if (typeof operand === 'string' && typeof stored === 'string') {
    const textual = textTest(operator, operand, stored, same)
    if (textual !== undefined) return textual
  }
  return ordered(operator, operand, (item) => order(stored, item))
}

const kind = (value: unknown) => typeof value
const text = (value: unknown) => JSON.stringify(value)
const same = (value: unknown) => value
const lower = (value: unknown) =>
  typeof value === 'string' ? value.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : value

function dig(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return null
    at = (at as Record<string, unknown>)[part]
  }
  return at ?? null
}

/** SQLite's order of two stored values: numbers, then texts by code point, then bytes. */
export function order(left: unknown, right: unknown): number {
  if (typeof left === 'boolean' || typeof right === 'boolean') return Number(left) - Number(right)
  const ranks = rank(left) - rank(right)
  if (ranks !== 0) return ranks
  const [a, b] = typeof left === 'string' ? [Array.from(left), Array.from(right as string)] : [left, right]
  if (Array.isArray(a) || a instanceof Uint8Array) {
    const [list, other] = [a, b] as [ArrayLike<string | number>, ArrayLike<string | number>]
    for (let at = 0; at < Math.min(list.length, other.length); at++) {
      const difference = codePoint(list[at]) - codePoint(other[at])
      if (difference !== 0) return difference
    }
    return list.length - other.length
  }
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

const codePoint = (item: string | number | undefined) =>
  typeof item === 'string' ? (item.codePointAt(0) as number) : (item as number)

function rank(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return 0
  return typeof value === 'string' ? 1 : 2
}

function and(terms: readonly Truth[]): Truth {
  return terms.includes(false) ? false : terms.includes(null) ? null : true
}

function or(terms: readonly Truth[]): Truth {
  return terms.includes(true) ? true : terms.includes(null) ? null : false
}

function negate(term: Truth): Truth {
  return term === null ? null : !term
}
