/** A piece of a text round the words that were found in it, marked. Made of fields that the caller may read, and of nothing else. */

import type { Term } from './search-text.ts'
import { type Word, wordsOf } from './words.ts'

/** Characters one after another; `hit` where they were looked for. */
export interface SnippetPart {
  readonly text: string
  readonly hit: boolean
}

/** How much of a text is looked at: a hit behind it is found, but not shown. Characters (UTF-16). */
const lookedAt = 200_000
/** Of all texts of one search together; of each that comes when it is used up, this much is looked at yet. */
const lookedAtTogether = 2_000_000
const lookedAtAnyway = 2_000

/** Hits of a term in a text: what is shown has far fewer words. */
const mostHits = 1_000

/** How much of the texts of one search may be looked at yet: nothing can stop this work once it has begun. */
export class Looked {
  #left = lookedAtTogether

  at(text: string): string {
    const most = Math.max(Math.min(this.#left, lookedAt), lookedAtAnyway)
    this.#left -= Math.min(text.length, most)
    return text.slice(0, most)
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

/**
 * @param most words in the piece
 * @returns undefined for a text without a hit
 */
export function snippetOf(
  whole: string,
  terms: readonly Term[],
  most: number,
  looked = new Looked(),
): readonly SnippetPart[] | undefined {
  const text = looked.at(whole)
  const words = [...wordsOf(text)]
  const hits = joined(
    unlike(terms).flatMap((term) => {
      if (term.isExcluded) return []
      const found = term.isIndexed ? wordHits(words, term) : textHits(text, term)
      return firstOf(found, mostHits)
    }),
  )
  if (hits.length === 0) return undefined
  const { start, end } = bestWindow(text, words, hits, most)
  const parts: SnippetPart[] = []
  const add = (from: number, to: number, hit: boolean) => {
    if (to > from) parts.push({ text: text.slice(from, to), hit })
  }
  if (start > 0) parts.push({ text: '…', hit: false })
  let at = start
  for (const hit of hits) {
    if (hit.end <= start || hit.start >= end) continue
    add(at, Math.max(hit.start, start), false)
    add(Math.max(hit.start, start), Math.min(hit.end, end), true)
    at = Math.min(hit.end, end)
  }
  add(at, end, false)
  if (end < whole.length) parts.push({ text: '…', hit: false })
  return parts
}

function firstOf(spans: Generator<Span>, most: number): readonly Span[] {
  const first: Span[] = []
  for (const span of spans) {
    first.push(span)
    if (first.length === most) break
  }
  return first
}

/** The same term once, however often it was typed. */
function unlike(terms: readonly Term[]): readonly Term[] {
  const byKey = new Map(
    terms.map((term) => [`${term.isExcluded} ${term.isPrefix} ${term.folded.join(' ')} ${term.text}`, term]),
  )
  return [...byKey.values()]
}

function* wordHits(words: readonly Word[], { folded: wanted, isPrefix }: Term): Generator<Span> {
  const last = wanted.length - 1
  for (let at = 0; at + last < words.length; at++) {
    const fits = wanted.every((word, offset) => {
      const { folded } = words[at + offset] as Word
      return isPrefix && offset === last ? folded.startsWith(word) : folded === word
    })
    if (fits) yield { start: (words[at] as Word).start, end: (words[at + last] as Word).end }
  }
}

/** What is no word to the index was looked for anywhere. */
function* textHits(text: string, { text: wanted }: Term): Generator<Span> {
  const [among, lower] = [text.toLowerCase(), wanted.toLowerCase()]
  // Lower case may be longer than what it is of; then the places would not fit.
  if (among.length !== text.length) return
  for (let at = among.indexOf(lower); at >= 0; at = among.indexOf(lower, at + lower.length)) {
    yield { start: at, end: at + lower.length }
  }
}

/** In order, those that touch made one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((left, right) => left.start - right.start || left.end - right.end)
  const out: Span[] = []
  for (const span of sorted) {
    const last = out.at(-1)
    if (last && span.start < last.end)
      out[out.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
    else out.push(span)
  }
  return out
}

/** As many words as asked for, with the most hits among them, and a few before the first of these. */
function bestWindow(text: string, words: readonly Word[], hits: readonly Span[], most: number): Span {
  if (words.length <= most) return { start: 0, end: text.length }
  const hitWords = wordsAt(words, hits)
  let best = { from: hitWords[0] as number, count: 0 }
  let behind = 0
  for (const [at, from] of hitWords.entries()) {
    while (behind < hitWords.length && (hitWords[behind] as number) < from + most) behind++
    if (behind - at > best.count) best = { from, count: behind - at }
  }
  const lead = Math.floor(most / 4)
  const first = Math.max(0, Math.min(best.from - lead, words.length - most))
  const last = Math.min(first + most, words.length) - 1
  return {
    start: first === 0 ? 0 : (words[first] as Word).start,
    end: last === words.length - 1 ? text.length : (words[last] as Word).end,
  }
}

/** For each hit the word that it begins in, in one walk over both: a text may be all hits. */
function wordsAt(words: readonly Word[], hits: readonly Span[]): readonly number[] {
  let word = 0
  return hits.map((hit) => {
    while (word < words.length && (words[word] as Word).end <= hit.start) word++
    return Math.min(word, words.length - 1)
  })
}
