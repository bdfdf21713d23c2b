import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { SortKey } from './sort.ts'
import { caller, id, World } from './world.cases.ts'

const world = new World()
const key = (name: string, descending = false) => ({ field: world.thing.field(name), descending }) as SortKey

describe('a cursor', () => {
  const keys = [key('title'), key('big', true), key('blob'), key('ratio'), key('size'), key('id')]
  const values = [
    'é😀"\\\u007f',
    2n ** 63n - 1n,
    Uint8Array.of(0, 255),
    Number.NEGATIVE_INFINITY,
    null,
    id(1),
  ]
  const cursor = encodeCursor(world.thing, keys, values) as string

  it('gives back what it was made of', () => {
    expect(decodeCursor(world.thing, keys, cursor)).toEqual(values)
    expect(cursor).toMatch(/^[\w-]+$/)
  })

  it('is refused when a single character differs', () => {
    for (let at = 0; at < cursor.length; at++) {
      for (const other of ['A', 'z', '0', '_', '=', ' ', 'é']) {
        if (other === cursor[at]) continue
        const changed = cursor.slice(0, at) + other + cursor.slice(at + 1)
        expect(() => decodeCursor(world.thing, keys, changed)).toThrow('is not a cursor of this list')
      }
      expect(() => decodeCursor(world.thing, keys, cursor.slice(0, at))).toThrow(
        'is not a cursor of this list',
      )
    }
  })

  it('is refused by another entity and another order', () => {
    const others = [
      keys.slice(1),
      [...keys].reverse(),
      [key('title', true), ...keys.slice(1)],
      [...keys, key('rank')],
    ]
    for (const other of others) expect(() => decodeCursor(world.thing, other, cursor)).toThrow('cursor')
    expect(() => decodeCursor(world.pair, keys, cursor)).toThrow('cursor')
  })

  it.each([
    undefined,
    null,
    5,
    {},
    [],
    '',
    'x',
    'AAAA',
    '=',
    "' or 1=1 --",
    'A'.repeat(100_000),
    '__proto__',
  ])('is not %j', (bad) => {
    expect(() => decodeCursor(world.thing, keys, bad)).toThrow('is not a cursor of this list')
  })

  it('is not made for a key too long to send back', () => {
    expect(encodeCursor(world.thing, keys, ['x'.repeat(20_000), ...values.slice(1)])).toBeUndefined()
  })
})

it('a list refuses the cursor of another sort, before it asks the database', () => {
  world.insert(world.thing, { id: id(1), rank: 1 }, { id: id(2), rank: 2 })
  const list = (options: object) =>
    world.run(world.queries.list(world.access(), { limit: 1, ...options }, caller))
  const { nextCursor } = list({ sort: { rank: 'asc' } })
  const asked = world.asked.length
  expect(() => list({ sort: { rank: 'desc' }, cursor: nextCursor })).toThrow(
    'cursor: is not a cursor of this list',
  )
  expect(() => list({ cursor: nextCursor })).toThrow('cursor: is not a cursor of this list')
  expect(world.asked).toHaveLength(asked)
  expect(list({ sort: { rank: 'asc' }, cursor: nextCursor }).data.values).toContain(id(2))
})

it('base64url is canonical', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'abcd']) expect(decodeBase64url(encodeBase64url(text))).toBe(text)
  expect(encodeBase64url('hello?>')).toBe('aGVsbG8_Pg')
  // Unused bits, a lone digit, bytes above 127, foreign digits.
  for (const bad of ['YR', 'A', 'YWJjA', '____', 'YQ==', 'YQ+/', 'YQ\u0141'])
    expect(decodeBase64url(bad)).toBeUndefined()
})
