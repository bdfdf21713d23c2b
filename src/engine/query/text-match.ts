/**
 * like, ilike, contains, startsWith and endsWith in SQLite. The functions glob(), like() and instr() are called in place
 * of the operators GLOB and LIKE: with those SQLite prepares the statement again for every new pattern. What an index can
 * serve, a prefix, is written as a range that every value with the prefix is in.
 */

import type { TextOperator } from '../../schema/filter-operators.ts'
import type { Dialect } from '../dialect.ts'
import { afterPrefix, asciiLower, codePointLength } from '../values/text.ts'
import { and, call, compare, literal } from './nodes.ts'
import type { Build, Shape } from './shape.ts'

export type { TextOperator } from '../../schema/filter-operators.ts'

/**
 * In code points. SQLite cannot be stopped inside one comparison, and compares a pattern with a long text in time that
 * grows with both: this bounds what one comparison can take.
 */
export const longestPattern = 256

/** Of all patterns of one call together: conditions stand side by side for each row, and add up. */
export const longestPatterns = 8 * longestPattern

export interface TextSubject {
  readonly node: Build
  readonly folded: boolean
  readonly dialect: Dialect
  /** False where a value may be no text: a range would then leave out what the functions read as text. */
  readonly ranged: boolean
}

/** Adds the operator's token and values to the shape. The text is well formed, without NUL, of at most `longestPattern`. */
export function matchText(subject: TextSubject, operator: TextOperator, text: string, shape: Shape): Build {
  switch (operator) {
    case 'startsWith':
      return subject.ranged ? range(subject, text, shape) : startsWith(subject, text, shape)
    case 'contains':
      return contains(subject, text, shape)
    case 'endsWith':
      return endsWith(subject, text, shape)
    case 'ilike':
      return like(subject, text, shape)
    case 'like':
      return subject.folded ? like(subject, text, shape) : caseSensitiveLike(subject, text, shape)
    default:
      return operator satisfies never
  }
}

function caseSensitiveLike(subject: TextSubject, pattern: string, shape: Shape): Build {
  const wildcard = pattern.search(/[%_]/)
  const prefix = wildcard < 0 ? pattern : pattern.slice(0, wildcard)
  if (prefix === '' || !subject.ranged) return glob(subject, subject.dialect.pattern(pattern), shape)
  // All of `abc%` is the range; a pattern without a wildcard is left to glob, behind the range for the index.
  if (wildcard >= 0 && pattern.length === wildcard + 1 && pattern.endsWith('%'))
    return range(subject, prefix, shape)
  const within = range(subject, prefix, shape)
  const matching = glob(subject, subject.dialect.pattern(pattern), shape)
  return () => and([within(), matching()])
}

/** From the prefix up to the first text behind all that have it. Exact, in the column's own order. */
function range({ node, folded }: TextSubject, prefix: string, shape: Shape): Build {
  const end = afterPrefix(folded ? asciiLower(prefix) : prefix, folded)
  shape.key += end === undefined ? 'p' : 'P'
  const from = shape.slot(prefix)
  if (end === undefined) return () => compare(node(), '>=', from())
  const to = shape.slot(end)
  return () => and([compare(node(), '>=', from()), compare(node(), '<', to())])
}

/** That the text stands in it, wherever. */
export function contains(subject: Pick<TextSubject, 'node' | 'folded'>, text: string, shape: Shape): Build {
  shape.key += subject.folded ? 'C' : 'c'
  const part = shape.slot(fold(subject, text))
  return () => compare(call('instr', folded(subject), part()), '>', literal(0))
}

function endsWith(subject: TextSubject, text: string, shape: Shape): Build {
  // substr() counts from the end, and everything ends with nothing; a null stays unknown.
  if (text === '') return matchText(subject, 'startsWith', text, shape)
  shape.key += subject.folded ? 'E' : 'e'
  const end = shape.slot(fold(subject, text))
  const start = shape.slot(-codePointLength(text))
  return () => compare(call('substr', folded(subject), start()), '=', end())
}

function like({ node }: TextSubject, pattern: string, shape: Shape): Build {
  shape.key += 'l'
  const slot = shape.slot(pattern)
  return () => call('like', slot(), node())
}

function glob(subject: TextSubject, pattern: string, shape: Shape): Build {
  shape.key += subject.folded ? 'G' : 'g'
  const slot = shape.slot(pattern)
  return () => call('glob', slot(), folded(subject))
}

/** Where there is no order to make a range of: the text's beginning is compared. */
function startsWith(subject: TextSubject, text: string, shape: Shape): Build {
  shape.key += subject.folded ? 'B' : 'b'
  const beginning = shape.slot(fold(subject, text))
  const length = shape.slot(codePointLength(text))
  return () => compare(call('substr', folded(subject), literal(1), length()), '=', beginning())
}

function fold({ folded }: Pick<TextSubject, 'folded'>, text: string): string {
  return folded ? asciiLower(text) : text
}

function folded({ node, folded }: Pick<TextSubject, 'node' | 'folded'>) {
  return folded ? call('lower', node()) : node()
}
