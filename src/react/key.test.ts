import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { writeKey } from './key.ts'

test('two questions have one key only if they are the same', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.jsonValue(), (one, other) => {
      expect(writeKey(one) === writeKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
  )
})

test.each([
  [{ a: undefined }, {}],
  [{ a: undefined }, { a: null }],
  [[Number.NaN], [null]],
  [[Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]],
  [[1n], [1]],
  [[1n], ['1']],
  [{ sort: { a: 'asc', b: 'asc' } }, { sort: { b: 'asc', a: 'asc' } }],
  [[new Uint8Array([1, 2])], [new Uint8Array([1, 3])]],
])('%o is not %o', (one, other) => {
  expect(writeKey(one)).not.toBe(writeKey(other))
})

test('an instant is the text that it is sent as', () => {
  expect(writeKey([new Date(0)])).toBe(writeKey(['1970-01-01T00:00:00.000Z']))
})

test.each([
  ['a function', [() => 1]],
  ['a symbol', [Symbol('a')]],
])('%s is refused', (_, key) => {
  expect(() => writeKey(key)).toThrow(DBALError)
})

test('what holds itself is refused', () => {
  const ring: { self?: unknown } = {}
  ring.self = ring
  expect(() => writeKey(ring)).toThrow('holds itself')
})
