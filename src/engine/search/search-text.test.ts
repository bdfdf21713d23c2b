import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSearchText } from './search-text.ts'

const read = (text: unknown) =>
  readSearchText(text).map(
    ({ folded, isPrefix, isExcluded, isIndexed }) =>
      `${isExcluded ? '-' : ''}${folded.join('+')}${isPrefix ? '*' : ''}${isIndexed ? '' : ' anywhere'}`,
  )

describe('a text is read into terms:', () => {
  test.each<[string, readonly string[]]>([
    ['ann', ['ann*']],
    ['ann ', ['ann']],
    ['ann lee', ['ann', 'lee*']],
    ['  Ann\tLEE\n', ['ann', 'lee']],
    ['"ann lee"', ['ann+lee']],
    ['"ann lee', ['ann+lee']],
    ['"ann lee"*', ['ann+lee*']],
    ['ann* lee ', ['ann*', 'lee']],
    ['ann** ', ['ann*']],
    ['-bob ann', ['-bob', 'ann*']],
    ['ann -bob', ['ann', '-bob']],
    ['ann -bo*', ['ann', '-bo*']],
    ['ann -"bob lee"', ['ann', '-bob+lee']],
    ['ann - bob ', ['ann', 'bob']],
    ['well-known ', ['well+known']],
    ['ann@example.com', ['ann+example+com*']],
    ['ann@', ['ann']],
    ['(ann)', ['ann']],
    ['Zoë', ['zoe*']],
    ['ann"lee"', ['ann', 'lee']],
    ['OR AND NOT NEAR(a b)', ['or', 'and', 'not', 'near+a', 'b']],
    ['title:ann {c0}:x ^y ', ['title+ann', 'c0+x', 'y']],
    ['東京', ['東京* anywhere']],
    ['-東京 "a 東"', ['-東京 anywhere', 'a+東 anywhere']],
    ['…', []],
    ['* " - "', []],
    ['"" -""', []],
  ])('%j', (text, terms) => {
    expect(read(text)).toEqual(terms)
  })
})

test.each([undefined, null, 3, {}, [], '', ' ', '\t\n', 'a\0', '\ud800', 'a'.repeat(257)])(
  '%j is refused',
  (text) => {
    expect(() => readSearchText(text)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
  },
)

test('bounds count characters and terms', () => {
  expect(readSearchText(`${'😀'.repeat(255)}a`)).toHaveLength(1)
  expect(readSearchText('a '.repeat(16))).toHaveLength(16)
  expect(() => readSearchText('a '.repeat(17))).toThrow('at most 16 words')
})

test('every text that is not refused gives words of letters and digits alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab1é東 "*-:(){}^+\'\\'), maxLength: 40 }), (text) => {
      if (text.trim() === '') return
      for (const { words } of readSearchText(text)) {
        expect(words.length).toBeGreaterThan(0)
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}]+$/u)
      }
    }),
  )
})
