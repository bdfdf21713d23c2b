/** What a json field takes: plain JSON and nothing that would change on its way through text. */

import type { JsonValue } from '../../schema/schema.ts'
import { Refusal } from './refusal.ts'
import { fitsInBytes } from './text.ts'

/** Nesting of arrays and objects. SQLite's own parser stops at 1,000. */
const maxDepth = 100

/** @returns the value itself, or why it cannot be stored */
export function readJson(value: unknown, maxBytes: number): unknown {
  const weighed = weigh(value, 0)
  if (weighed instanceof Refusal) return weighed
  // The weight is an upper bound of the text's bytes; only a large value is written out to be measured exactly.
  if (weighed <= maxBytes || fitsInBytes(JSON.stringify(value), maxBytes)) return value
  return new Refusal(`takes more than ${maxBytes} bytes as JSON`)
}

/** An upper bound of the bytes as JSON text. */
function weigh(value: unknown, depth: number): number | Refusal {
  switch (typeof value) {
    case 'string':
      return weighString(value)
    case 'number':
      return Number.isFinite(value) ? 25 : new Refusal('must be plain JSON: this number is not finite')
    case 'boolean':
      return 5
    case 'object':
      if (value === null) return 4
      if (depth >= maxDepth) return new Refusal(`is nested more than ${maxDepth} deep, or contains itself`)
      return Array.isArray(value) ? weighArray(value, depth) : weighObject(value, depth)
    default:
      return new Refusal(`must be plain JSON: ${typeof value} is not`)
  }
}

function weighString(text: string): number | Refusal {
  if (!text.isWellFormed()) return new Refusal('holds half of a surrogate pair')
  // SQLite ends a JSON string's value at a NUL.
  if (text.includes('\0')) return new Refusal('holds a NUL character')
  // An escaped control character takes six bytes, everything else at most three a unit.
  return text.length * 6 + 2
}

function weighArray(list: readonly unknown[], depth: number): number | Refusal {
  let weight = 2
  for (let at = 0; at < list.length; at++) {
    const item = weigh(list[at], depth + 1)
    if (item instanceof Refusal) return new Refusal(item.message, `[${at}]${item.at}`)
    weight += item + 1
  }
  return weight
}

function weighObject(value: object, depth: number): number | Refusal {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null)
    return new Refusal('must be plain JSON: this is no plain object')
  let weight = 2
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return new Refusal('has a key that is never one: __proto__')
    const name = weighString(key)
    if (name instanceof Refusal) return new Refusal(`has a key that ${name.message}`)
    const descriptor = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor
    if (descriptor.get || descriptor.set)
      return new Refusal('must be plain JSON: this is an accessor', continuation(key))
    const item = weigh(descriptor.value, depth + 1)
    if (item instanceof Refusal) return new Refusal(item.message, `${continuation(key)}${item.at}`)
    weight += name + item + 2
  }
  return weight
}

function continuation(key: string): string {
  return /^[\w$-]{1,40}$/.test(key) ? `.${key}` : '[…]'
}

/** A default is shared by all rows of a schema, so each row gets its own copy. */
export function copyJson(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]))
}
