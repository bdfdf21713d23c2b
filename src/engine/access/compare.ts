/**
 * Order and equality of values in hand, exactly as SQLite has them for stored ones: numbers before texts before bytes,
 * texts by code point (JavaScript would compare UTF-16 units), NOCASE folding ASCII letters only.
 */

import { asciiLower, utf8Length } from '../values/text.ts'

/** A value of a row, a variable or a literal. Booleans count as 0 and 1, as they are stored. */
export type Comparable = number | bigint | string | Uint8Array

/** The value as it is compared; null where it is none. `undefined` is not let through: a missing field is not a null. */
export function comparableOf(value: unknown): Comparable | null {
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0
    case 'number':
      // SQLite stores NaN as null.
      return Number.isNaN(value) ? null : value
    case 'bigint':
      return value
    case 'string':
      return value.toWellFormed()
    default:
      if (value === null || value instanceof Uint8Array) return value
      throw new TypeError('A rule was asked about a value that cannot be compared')
  }
}

/** Negative, zero or positive, as `left` stands before, with or after `right`. */
export function compareValues(left: Comparable, right: Comparable, ignoreCase: boolean): number {
  if (typeof left === 'string' && typeof right === 'string') {
    return ignoreCase ? compareFolded(asciiLower(left), asciiLower(right)) : compareTexts(left, right)
  }
  const ranks = rankOf(left) - rankOf(right)
  if (ranks !== 0) return ranks
  if (left instanceof Uint8Array) return compareBytes(left, right as Uint8Array)
  // Numbers and bigints compare by their exact values.
  return left < right ? -1 : left > right ? 1 : 0
}

function rankOf(value: Comparable): number {
  return typeof value === 'string' ? 1 : value instanceof Uint8Array ? 2 : 0
}

function compareTexts(left: string, right: string): number {
  const at = firstDifference(left, right)
  const [a, b] = [left.charCodeAt(at), right.charCodeAt(at)]
  // Past the end of one: the shorter stands first.
  if (Number.isNaN(a) || Number.isNaN(b)) return left.length - right.length
  return codePointOrder(a) - codePointOrder(b)
}

/** SQLite's NOCASE stops at a NUL that both have in the same place, and then compares lengths in bytes. */
function compareFolded(left: string, right: string): number {
  const nul = left.slice(0, firstDifference(left, right)).indexOf('\0')
  return nul < 0 ? compareTexts(left, right) : utf8Length(left) - utf8Length(right)
}

function firstDifference(left: string, right: string): number {
  let at = 0
  while (at < left.length && at < right.length && left.charCodeAt(at) === right.charCodeAt(at)) at++
  return at
}

/** Units of surrogate pairs (code points from U+10000) must stand after U+E000 to U+FFFF. */
function codePointOrder(unit: number): number {
  return isSurrogate(unit) ? unit + 0x1_0000 : unit
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const shared = Math.min(left.length, right.length)
  for (let at = 0; at < shared; at++) {
    const difference = (left[at] as number) - (right[at] as number)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
