/**
 * What a person types, read into terms:
 *
 *     ann lee            both words, anywhere; the last one also as the beginning of a word
 *     "ann lee"          the words next to each other, in this order
 *     ann*               words that begin so
 *     -bob  -"ann lee"   not these
 *
 * Every text is a query; nothing in it can be a fault of syntax.
 */

import { invalid } from '../../protocol/error.ts'
import { longestPattern } from '../query/text-match.ts'
import { readText } from '../values/read.ts'
import { Refusal } from '../values/refusal.ts'
import { codePointLength } from '../values/text.ts'
import { isIndexable, wordsOf } from './words.ts'

export interface Term {
  /** One word or, in quotes or with signs between them (`ann@example.com`), several next to each other; as typed. */
  readonly words: readonly string[]
  /** The same as they are compared. */
  readonly folded: readonly string[]
  /** As it was typed, without quotes and signs around it. */
  readonly text: string
  /** The last word may go on. */
  readonly isPrefix: boolean
  readonly isExcluded: boolean
  /** False for a script whose words the index cannot tell apart: the text itself is looked for, anywhere. */
  readonly isIndexed: boolean
}

/** Each is a look into the index, several of which a ranking takes. */
const mostTerms = 16

/** A term: an optional sign, then quotes or what reaches to the next space or quote; `*` behind either. */
const term = /(-?)(?:"([^"]*)(?:"|$)(\*?)|([^\s"]+))/gu

/**
 * @returns terms to look for and to exclude; none to look for when there is no word in the text
 * @throws DBALError VALIDATION_ERROR for what is no text, is empty, longer than 256 characters or of more than 16 terms
 */
export function readSearchText(given: unknown): readonly Term[] {
  const read = readText(given)
  if (read instanceof Refusal) throw invalid('query', read.message)
  if (read.trim() === '') throw invalid('query', 'must be a text that is not empty')
  if (codePointLength(read) > longestPattern)
    throw invalid('query', `must have at most ${longestPattern} characters`)
  const terms: Term[] = []
  for (const match of read.matchAll(term)) {
    const one = readTerm(match, read)
    if (one) terms.push(one)
  }
  if (terms.length > mostTerms) throw invalid('query', `must have at most ${mostTerms} words and phrases`)
  return terms
}

/** Undefined for what has no word in it. */
function readTerm(match: RegExpExecArray, whole: string): Term | undefined {
  const [given, sign, quoted, star, bare] = match
  const text = quoted ?? bare ?? ''
  const words = [...wordsOf(text)]
  const [first, last] = [words[0], words.at(-1)]
  if (!first || !last) return undefined
  const isExcluded = sign === '-'
  // The word that is being typed, which has nothing behind it yet.
  const isTyped =
    bare !== undefined &&
    !isExcluded &&
    match.index + given.length === whole.length &&
    last.end === text.length
  return {
    words: words.map(({ start, end }) => text.slice(start, end)),
    folded: words.map(({ folded }) => folded),
    text: text.slice(first.start, last.end),
    isPrefix: isTyped || star === '*' || (bare?.endsWith('*') ?? false),
    isExcluded,
    isIndexed: words.every(({ start, end }) => isIndexable(text.slice(start, end))),
  }
}
