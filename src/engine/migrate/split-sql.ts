/**
 * A text of several SQL statements, cut at the semicolons that end them: not at those in strings, quoted names, comments,
 * or inside the body of a trigger.
 */

/** @throws SyntaxError for a string, name or comment that never ends */
export function splitSql(text: string): string[] {
  const statements: string[] = []
  let words: string[] = []
  let start = 0
  let depth = 0
  for (const token of tokens(text)) {
    if (token.kind === 'word') {
      words.push(token.text.toUpperCase())
      if (isTrigger(words)) depth += nesting(words)
    } else if (token.kind === 'semicolon' && depth === 0) {
      if (words.length > 0) statements.push(text.slice(start, token.end - 1).trim())
      start = token.end
      words = []
    }
  }
  if (words.length > 0) statements.push(text.slice(start).trim())
  return statements
}

interface Token {
  readonly kind: 'word' | 'semicolon'
  readonly text: string
  readonly end: number
}

/** Only what the cut depends on: words (quoted ones count as a word of no meaning) and semicolons. */
function* tokens(text: string): Generator<Token> {
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    const closing = closings[char]
    if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end + 1
    } else if (text.startsWith('/*', at)) {
      at = endOf(text, '*/', at + 2, at)
    } else if (closing !== undefined) {
      at = endOfQuoted(text, closing, at)
      yield { kind: 'word', text: '', end: at }
    } else if (char === ';') {
      at++
      yield { kind: 'semicolon', text: char, end: at }
    } else {
      const [word] = /^[\p{L}\p{N}_$]+/u.exec(text.slice(at, at + 256)) ?? []
      at += word?.length ?? 1
      // Signs are words of no meaning: a statement may consist of nothing else that counts.
      if (word !== undefined || !/\s/.test(char)) yield { kind: 'word', text: word ?? '', end: at }
    }
  }
}

const closings: { readonly [opening: string]: string | undefined } = {
  "'": "'",
  '"': '"',
  '`': '`',
  '[': ']',
}

function endOf(text: string, closing: string, from: number, start: number): number {
  const end = text.indexOf(closing, from)
  if (end < 0) throw new SyntaxError(`What begins with ${text.slice(start, start + 12)} never ends`)
  return end + closing.length
}

/** A doubled quote stands for itself; a bracket cannot be doubled. */
function endOfQuoted(text: string, closing: string, start: number): number {
  let at = endOf(text, closing, start + 1, start)
  while (closing !== ']' && text[at] === closing) at = endOf(text, closing, at + 1, start)
  return at
}

/** CREATE [TEMP | TEMPORARY] TRIGGER. */
function isTrigger([first, second, third]: readonly string[]): boolean {
  if (first !== 'CREATE') return false
  return second === 'TRIGGER' || ((second === 'TEMP' || second === 'TEMPORARY') && third === 'TRIGGER')
}

/** CASE … END nests like BEGIN … END. */
function nesting(words: readonly string[]): number {
  const last = words[words.length - 1]
  return last === 'BEGIN' || last === 'CASE' ? 1 : last === 'END' ? -1 : 0
}
