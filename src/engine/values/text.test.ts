import fc from 'fast-check'
import { expect, it } from 'vitest'
import { afterPrefix, asciiLower, codePointLength, fitsInBytes, utf8Length } from './text.ts'

const text = fc.string({ unit: 'binary' })

it('lengths agree with the platform', () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(codePointLength(each)).toBe(Array.from(each).length)
      expect(utf8Length(each)).toBe(new TextEncoder().encode(each).length)
      for (const bytes of [0, 5, utf8Length(each) - 1, utf8Length(each), each.length * 3]) {
        expect(fitsInBytes(each, bytes)).toBe(utf8Length(each) <= bytes)
      }
    }),
  )
})

it('folds ASCII letters only', () => {
  expect(asciiLower('AZaz@[Äİ\u212a')).toBe('azaz@[Äİ\u212a')
})

it.each([
  ['', false, undefined],
  ['a', false, 'b'],
  ['ab', false, 'ac'],
  ['a\u{10ffff}', false, 'b'],
  ['\u{10ffff}\u{10ffff}', false, undefined],
  ['\ud7ff', false, '\ue000'],
  ['\uffff', false, '\u{10000}'],
  ['@', false, 'A'],
  ['@', true, '['],
  ['z', true, '{'],
])('after %j comes %j', (prefix, folded, expected) => {
  expect(afterPrefix(prefix, folded)).toBe(expected)
})
