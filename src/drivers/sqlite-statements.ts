/** What a driver reads off the text of a statement; the statement's first word decides. */

import { DriverError } from './driver.ts'

export interface StatementTraits {
  /** Begins or ends a transaction or savepoint: its deadline is ignored, for half an ending helps nobody. */
  readonly control: boolean
  /** `ROLLBACK` of the whole transaction, not `ROLLBACK TO`. */
  readonly rollsBack: boolean
  /** An INSERT, UPDATE or DELETE; undefined after WITH, where the text alone does not tell. */
  readonly changesRows: boolean | undefined
}

/** A comment has one end: two ways to read a text are four for two comments, and so on. */
const blankOrComment = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*(?:\*/|$))`
const firstWord = new RegExp(`^${blankOrComment}*(\\w+)`)
const nothingMore = new RegExp(`^(?:${blankOrComment}|;)*$`)
/**
 * The longest text, value or row that a statement can make, in bytes: SQLite's own limit would let one query take a
 * gigabyte, several times over. Beyond the largest that a query gives (`maxResultBytes`).
 */
export const longestValue = 134_217_728

const controlWords = new Set(['begin', 'commit', 'end', 'rollback', 'savepoint', 'release'])
const changeWords = new Set(['insert', 'update', 'delete', 'replace'])

export function traitsOf(sql: string): StatementTraits {
  const word = firstWord.exec(sql)?.[1]?.toLowerCase() ?? ''
  return {
    control: controlWords.has(word),
    rollsBack: word === 'rollback' && /^\s*rollback(\s+transaction)?[\s;]*$/i.test(sql),
    changesRows: word === 'with' ? undefined : changeWords.has(word),
  }
}

/** Both SQLite interfaces prepare the first statement of a text and would leave the rest unrun. */
export function refuseMoreStatements(rest: string): void {
  if (!nothingMore.test(rest)) throw new DriverError('syntax', 1, 'The text holds more than one statement')
}

export function refuseOtherWidth(actual: number, expected: number): void {
  if (actual !== expected) {
    throw new DriverError(
      'other',
      1,
      `The statement has ${actual} result columns, and ${expected} types were given`,
    )
  }
}
