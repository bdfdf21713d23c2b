/**
 * The values that a step sends. Beside plain JSON a case may write
 *
 * - `'$alice.id'`: a part of a result that an earlier step saved (`'$$…'` is a text that starts with a dollar);
 * - `{ $repeat: [text, times] }`, `{ $concat: [text, …] }`: a long text, or one made of others;
 * - `{ $rows: [times, template] }`: a list of copies, numbered from 1: `'#'` alone is the number, in a longer text it is
 *   four digits;
 * - `{ $nest: [name, times, innermost] }`: objects (or, for `and` and `or`, lists of one object) inside each other;
 * - `{ $number: 'NaN' }`, `{ $bigint: '9007199254740993' }`: numbers that JSON cannot write.
 */

import type { Json } from './case.ts'

export type Saved = ReadonlyMap<string, unknown>

export function makeValue(value: unknown, saved: Saved): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? readReference(value, saved) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => makeValue(item, saved))
  const [name, ...others] = Object.keys(value)
  const maker =
    others.length === 0 && name !== undefined && Object.hasOwn(makers, name) ? makers[name] : undefined
  if (maker) return maker((value as Record<string, unknown>)[name as string] as never, saved)
  const made: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    // An assignment of `__proto__` would set the prototype instead of a member.
    Object.defineProperty(made, key, {
      value: makeValue(item, saved),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return made
}

const makers: { readonly [name: string]: (given: never, saved: Saved) => unknown } = {
  $repeat: ([text, times]: [string, number]) => text.repeat(times),
  $concat: (parts: Json[], saved) => parts.map((part) => makeValue(part, saved)).join(''),
  $rows: ([times, template]: [number, Json], saved) =>
    Array.from({ length: times }, (_, at) => makeValue(numbered(template, at + 1), saved)),
  $nest: ([name, times, innermost]: [string, number, Json], saved) => {
    let nested = makeValue(innermost, saved)
    for (let at = 0; at < times; at++)
      nested = { [name]: name === 'and' || name === 'or' ? [nested] : nested }
    return nested
  },
  $number: (text: string) => Number(text),
  $bigint: (text: string) => BigInt(text),
}

function numbered(template: Json, number: number): Json {
  if (template === '#') return number
  if (typeof template === 'string') return template.replaceAll('#', String(number).padStart(4, '0'))
  if (typeof template !== 'object' || template === null) return template
  if (Array.isArray(template)) return template.map((item) => numbered(item, number))
  return Object.fromEntries(Object.entries(template).map(([name, item]) => [name, numbered(item, number)]))
}

function readReference(text: string, saved: Saved): unknown {
  if (text.startsWith('$$')) return text.slice(1)
  const [name = '', ...path] = text.slice(1).split('.')
  if (!saved.has(name)) throw new Error(`The case names ${text}, and nothing was saved as ${name}`)
  let value = saved.get(name)
  for (const part of path) value = (value as Record<string, unknown> | null | undefined)?.[part]
  if (value === undefined) throw new Error(`The case names ${text}, which is undefined`)
  return value
}
