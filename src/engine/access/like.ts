/**
 * `like` in both worlds: `%` is any run of characters, `_` any one, nothing escapes them. It regards case, which SQLite's
 * LIKE does not, so there it becomes GLOB; where case is ignored it is LIKE. Both of SQLite's functions read a text only up
 * to its first NUL and raise an error for a pattern over 50,000 bytes; here a pattern over `maxPatternBytes` makes the
 * condition unknown instead, so that no stored value can make a statement fail.
 */

import { CaseNode, type OperationNode, ParensNode, ValueNode, WhenNode } from 'kysely'
import type { Dialect } from '../dialect.ts'
import { call, compare, literal } from '../query/nodes.ts'
import { asciiLower, utf8Length } from '../values/text.ts'

/** Each byte becomes three at most in a GLOB pattern. */
export const maxPatternBytes = 10_000

/**
 * `subject like pattern` for a pattern that only the database knows.
 * @param textOnly conditions that must hold besides, such as `typeof(x) = 'text'`
 */
export function likeNode(
  subject: OperationNode,
  pattern: OperationNode,
  ignoreCase: boolean,
  dialect: Dialect,
  textOnly: readonly OperationNode[] = [],
): OperationNode {
  const matches = ignoreCase ? like(subject, pattern) : glob(subject, dialect.patternNode(pattern))
  const conditions = [compare(call('octet_length', pattern), '<=', literal(maxPatternBytes)), ...textOnly]
  return ParensNode.create(
    conditions.reduceRight((result, condition) => onlyWhen(condition, result), matches),
  )
}

/** `subject like pattern` for a pattern known now. */
export function likeLiteralNode(
  subject: OperationNode,
  pattern: string,
  ignoreCase: boolean,
  dialect: Dialect,
): OperationNode {
  if (utf8Length(pattern) > maxPatternBytes) return literal(null)
  return ignoreCase
    ? like(subject, ValueNode.create(pattern))
    : glob(subject, ValueNode.create(dialect.pattern(pattern)))
}

/** The same over well-formed strings in hand; null is unknown. */
export function matchesLike(subject: string, pattern: string, ignoreCase: boolean): boolean | null {
  if (utf8Length(pattern) > maxPatternBytes) return null
  const text = charactersOf(subject, ignoreCase)
  const wanted = charactersOf(pattern, ignoreCase)
  let at = 0
  let next = 0
  let star = -1
  let resume = 0
  while (at < text.length) {
    if (wanted[next] === '%') {
      star = next++
      resume = at
    } else if (wanted[next] === '_' || (next < wanted.length && wanted[next] === text[at])) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++resume
    } else return false
  }
  while (wanted[next] === '%') next++
  return next === wanted.length
}

/** As SQLite's functions read a text: up to a NUL, and U+FFFE and U+FFFF as the replacement character. */
function charactersOf(text: string, ignoreCase: boolean): readonly string[] {
  const [visible] = text.split('\0', 1) as [string]
  return Array.from((ignoreCase ? asciiLower(visible) : visible).replace(/[\ufffe\uffff]/g, '\ufffd'))
}

// Functions, not operators: SQLite prepares a statement again whenever the pattern of an operator is bound.
const like = (subject: OperationNode, pattern: OperationNode) => call('like', pattern, subject)

const glob = (subject: OperationNode, pattern: OperationNode) => call('glob', pattern, subject)

const onlyWhen = (condition: OperationNode, result: OperationNode) =>
  CaseNode.cloneWithWhen(CaseNode.create(), WhenNode.cloneWithResult(WhenNode.create(condition), result))
