import { describe, expect, it } from 'vitest'
import { comparableOf, compareValues } from './compare.ts'

const order = (left: unknown, right: unknown, ignoreCase = false) =>
  Math.sign(compareValues(comparableOf(left) as never, comparableOf(right) as never, ignoreCase))

describe('values as they are compared', () => {
  it('takes booleans as 0 and 1, and NaN as the null that SQLite stores for it', () => {
    expect(comparableOf(true)).toBe(1)
    expect(comparableOf(false)).toBe(0)
    expect(comparableOf(Number.NaN)).toBeNull()
    expect(comparableOf(null)).toBeNull()
  })

  it('takes a lone surrogate as the replacement character that is stored for it', () => {
    expect(comparableOf('\ud800')).toBe('\ufffd')
  })

  it('refuses what no field that can be compared holds', () => {
    expect(() => comparableOf(undefined)).toThrow(TypeError)
    expect(() => comparableOf({})).toThrow(TypeError)
  })
})

describe('order', () => {
  it('puts numbers before texts before bytes', () => {
    expect(order(9, '1')).toBe(-1)
    expect(order('z', Uint8Array.of(0))).toBe(-1)
    expect(order(Uint8Array.of(0), 10n)).toBe(1)
  })

  it('compares numbers and bigints by their exact values', () => {
    expect(order(2 ** 53, 2n ** 53n + 1n)).toBe(-1)
    expect(order(5, 5n)).toBe(0)
    expect(order(1.5, 1n)).toBe(1)
  })

  it('compares bytes one by one, the shorter first', () => {
    expect(order(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(-1)
    expect(order(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(-1)
    expect(order(Uint8Array.of(7), Uint8Array.of(7))).toBe(0)
  })

  it('compares texts by code point, not by UTF-16 unit', () => {
    expect(order('\uffff', '\u{10000}')).toBe(-1)
    expect(order('\u{1f600}', '\ue000')).toBe(1)
    expect(order('\u{1f600}', '\u{1f601}')).toBe(-1)
    expect(order('a', 'ab')).toBe(-1)
    expect(order('B', 'a')).toBe(-1)
  })

  it('folds ASCII letters only where case is ignored', () => {
    expect(order('aBc', 'AbC', true)).toBe(0)
    expect(order('É', 'é', true)).not.toBe(0)
    // Letters are folded to lower case: "_" stands before "z", not behind "Z".
    expect(order('_', 'Z', true)).toBe(-1)
  })

  it('stops at a NUL in the same place where case is ignored, and then compares lengths in bytes', () => {
    expect(order('a\0b', 'A\0c', true)).toBe(0)
    expect(order('a\0é', 'a\0bc', true)).toBe(0)
    expect(order('a\0b', 'a\0b')).toBe(0)
    expect(order('a\0b', 'a\0c')).toBe(-1)
  })
})
