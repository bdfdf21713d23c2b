import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { patternChecks } from './pattern-check.ts'

const database = new DatabaseSync(':memory:')
const glob = database.prepare('SELECT ? GLOB ? AS matches')
const matches = (text: string, pattern: string) => glob.get(text, pattern)?.matches === 1

function passes(source: string, text: string): boolean {
  const checks = patternChecks(source)
  if (!checks) throw new Error(`${source} is not understood`)
  return (
    checks.never.every((each) => !matches(text, each)) && checks.always.every((each) => matches(text, each))
  )
}

/** Strings that are mostly near the alphabets of the patterns. */
const texts = fc.string({ unit: fc.constantFrom(...'aAzZ059_-./^]\\[*? ü€😀'), maxLength: 12 })

describe('a repeated class', () => {
  test.each([
    '^[a-zA-Z0-9_-]+$',
    '^[a-z0-9-/]+$',
    '^[a-z]*$',
    '^\\w+$',
    '^\\d*$',
    '^[\\d.]+$',
    '^[\\]\\[]+$',
    '^[a^]+$',
    '^[-^]+$',
    '^\\^+$',
    '^[*?]+$',
    '^\\*+$',
    '^[+-]+$',
    '^[*0-]+$',
    '^[.-/]+$',
    '^[X-a]+$',
  ])('%s is checked exactly', (source) => {
    const regularExpression = new RegExp(source, 'u')
    fc.assert(fc.property(texts, (text) => passes(source, text) === regularExpression.test(text)))
  })
})

describe('a sequence', () => {
  test.each([
    '^\\d+\\.\\d+\\.\\d+$',
    '^[a-z]{2,3}$',
    '^[a-z]{2}$',
    '^[a-z]{2,}-?\\d*$',
    '^a\\/b$',
    '^#[0-9a-f]{6}$',
    '^[A-Z]{0,4}$',
  ])('%s never refuses what the expression takes, and refuses foreign characters', (source) => {
    const regularExpression = new RegExp(source, 'u')
    fc.assert(
      fc.property(fc.oneof(texts, fc.stringMatching(regularExpression)), (text) => {
        if (regularExpression.test(text)) expect(passes(source, text)).toBe(true)
      }),
    )
    expect(passes(source, '1.2.3ü')).toBe(false)
  })

  test('has its rough shape checked', () => {
    const version = '^\\d+\\.\\d+\\.\\d+$'
    expect(passes(version, '1.20.3')).toBe(true)
    for (const text of ['1.2', '1.2.', 'v1.2.3', '']) expect(passes(version, text)).toBe(false)
  })
})

test.each([
  'abc',
  '^abc',
  'abc$',
  '^abc\\$',
  '^$',
  '^(a|b)$',
  '^a|b$',
  '^.+$',
  '^[^a]+$',
  '^[\\s]+$',
  '^\\p{L}+$',
  '^ü+$',
  '^[ü]+$',
  '^[a-ü]+$',
  '^[]$',
  '^[\\w-z]+$',
  '^a+?$',
  '^a{65}$',
  '^[a$',
  '^[a-\\d]$',
  '^a\\n$',
])('%s is left to the validator', (source) => {
  expect(patternChecks(source)).toBeUndefined()
})
