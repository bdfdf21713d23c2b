import { describe, expect, it } from 'vitest'
import { globPattern } from './glob.ts'
import { matchesLike, maxPatternBytes } from './like.ts'

describe('like', () => {
  it.each([
    ['abc', 'abc', true],
    ['abc', 'ABC', false],
    ['abc', 'a%', true],
    ['abc', '%c', true],
    ['abc', '%b%', true],
    ['abc', 'a_c', true],
    ['abc', 'a_', false],
    ['abc', '', false],
    ['', '', true],
    ['', '%', true],
    ['', '_', false],
    ['abcbc', '%bc', true],
    ['aab', '%ab', true],
    ['abc', 'abcd', false],
    ['abc', 'abc%%', true],
    ['a\u{1f600}b', 'a_b', true],
    ['a%b', 'a\\%b', false],
    ['a*b', 'a*b', true],
    ['axb', 'a*b', false],
    ['a\0b', 'a', true],
    // Two characters that are none, and that SQLite reads as the replacement character.
    ['\uffff', '\ufffe', true],
    ['\uffff', '\ufffd', true],
  ])('%j like %j is %j', (text, pattern, expected) => {
    expect(matchesLike(text, pattern, false)).toBe(expected)
  })

  it('folds ASCII letters where case is ignored', () => {
    expect(matchesLike('ABC', 'a%C', true)).toBe(true)
    expect(matchesLike('É', 'é', true)).toBe(false)
  })

  it('is unknown for a pattern that SQLite would refuse', () => {
    expect(matchesLike('a', '%'.repeat(maxPatternBytes), false)).toBe(true)
    expect(matchesLike('a', '%'.repeat(maxPatternBytes + 1), false)).toBeNull()
    expect(matchesLike('a', 'é'.repeat(maxPatternBytes / 2 + 1), false)).toBeNull()
  })

  it('becomes a GLOB in which only the wildcards of LIKE have a meaning', () => {
    expect(globPattern('a%b_c*d?e[f]g^')).toBe('a*b?c[*]d[?]e[[]f]g^')
  })
})
