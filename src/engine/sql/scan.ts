/**
 * A text as SQLite's tokenizer cuts it, for two purposes: how many values it takes, and what of it may stand in the audit
 * log. Literals and comments can hold what nobody should find there; names and the rest of the sentence say what was asked.
 */

import { DBALError, invalid } from '../../protocol/error.ts'

export interface ScannedSql {
  /** With `?` for every literal, without comments, its blanks one space each. */
  readonly redacted: string
  /** The values that it takes. */
  readonly parameters: number
}

const token = new RegExp(
  [
    String.raw`(?<blank>[\t\n\f\r \ufeff]+|--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<literal>[xX]?'(?:[^']|'')*(?:'|$)|0[xX][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)`,
    String.raw`(?<named>\?\d+|[:@#$][\w$\u0080-\uffff]+)`,
    String.raw`(?<parameter>\?)`,
    String.raw`(?<name>"(?:[^"]|"")*(?:"|$)|\x60(?:[^\x60]|\x60\x60)*(?:\x60|$)|\[[^\]]*(?:\]|$)|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<other>[\s\S])`,
  ].join('|'),
  'gy',
)

/**
 * SQLite compares the columns of such joins and tells its authorizer nothing of it: a guess at a hidden value could be
 * joined with it, and tokens with anything.
 */
const silentJoins = /^(?:natural|using)$/i

/** @throws DBALError VALIDATION_ERROR for a parameter with a name or a number; FORBIDDEN for `natural` and `using` */
export function scanSql(text: string): ScannedSql {
  let redacted = ''
  let parameters = 0
  for (const { 0: whole, groups = {} } of text.matchAll(token)) {
    if (groups['named'] !== undefined)
      throw invalid('sql', `takes its values in order, as ?, and not as ${whole.slice(0, 40)}`)
    if (silentJoins.test(whole)) {
      throw new DBALError(
        'FORBIDDEN',
        `The text may not join by ${whole.toUpperCase()}; write the condition with ON`,
        {
          operation: 'sql',
        },
      )
    }
    if (groups['parameter'] !== undefined) parameters++
    if (groups['blank'] !== undefined) redacted += redacted === '' || redacted.endsWith(' ') ? '' : ' '
    else redacted += groups['literal'] === undefined ? whole : '?'
  }
  return { redacted: redacted.trimEnd(), parameters }
}
