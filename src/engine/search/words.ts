/**
 * Texts as words, the way SQLite's tokenizer `unicode61 remove_diacritics 2` takes them apart: letters and digits make
 * words, all else divides them; letter case and diacritics do not count. The index does it in the database; this is for
 * what a person typed and for marking words in a text.
 */

export interface Word {
  /** Without case and diacritics, as words are compared. */
  readonly folded: string
  /** Where it stands in the text. */
  readonly start: number
  readonly end: number
}

const word = /[\p{L}\p{N}\p{Co}](?:[\p{L}\p{N}\p{Co}]|[\u0300-\u036f])*/gu
const marks = /[\u0300-\u036f]+/g
const latin = /^\p{Script=Latin}/u

export function* wordsOf(text: string): Generator<Word> {
  for (const match of text.matchAll(word)) {
    yield { folded: fold(match[0]), start: match.index, end: match.index + match[0].length }
  }
}

/**
 * Letter by letter; a ς is a σ, as every other Σ. Marks that stand by themselves go; of letters
 * that have one built in only Latin ones lose it: и and й are different letters.
 */
export function fold(text: string): string {
  let folded = ''
  for (const letter of text) {
    const lower = letter === 'ς' ? 'σ' : letter.toLowerCase()
    folded += (latin.test(lower) ? lower.normalize('NFD') : lower).replace(marks, '')
  }
  return folded
}

/**
 * Scripts that part words by spaces, and whose letters SQLite's tokenizer knows as such. In others (Chinese, Japanese,
 * Thai, …) a whole sentence would be one word.
 */
const indexable =
  /^(?:[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Georgian}\p{N}]|[\u0300-\u036f])*$/u

export function isIndexable(word: string): boolean {
  return indexable.test(word)
}
