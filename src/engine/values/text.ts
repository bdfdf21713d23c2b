/** Lengths and ASCII folding of strings, the way the database counts and compares. */

/** Length in Unicode code points. */
export function codePointLength(text: string): number {
  let length = text.length
  for (let at = 0; at < text.length - 1; at++) {
    if (isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1))) {
      length--
      at++
    }
  }
  return length
}

/** Length in bytes of UTF-8. The text must be well formed. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    // The two halves of a pair add one each: four bytes for two units.
    if (unit >= 0x800 && !(unit >= 0xd800 && unit <= 0xdfff)) bytes += 2
    else if (unit >= 0x80) bytes += 1
  }
  return bytes
}

/** True when the text takes at most so many bytes of UTF-8; counts only when the length leaves a doubt. */
export function fitsInBytes(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || (text.length <= bytes && utf8Length(text) <= bytes)
}

/** Folds A–Z only, like SQLite's NOCASE collation and lower(). */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/**
 * The least text that is greater than every text with this prefix, by code point; undefined when there is none.
 * With `folded`, the prefix is in lower case and the order is that of NOCASE, in which A–Z do not occur.
 */
export function afterPrefix(prefix: string, folded: boolean): string | undefined {
  const points = Array.from(prefix)
  while (points.length > 0) {
    const next = nextCodePoint((points.pop() as string).codePointAt(0) as number, folded)
    if (next !== undefined) return points.join('') + String.fromCodePoint(next)
  }
  return undefined
}

function nextCodePoint(point: number, folded: boolean): number | undefined {
  const next = point + 1
  if (next > 0x10ffff) return undefined
  if (next >= 0xd800 && next <= 0xdfff) return 0xe000
  return folded && next >= 0x41 && next <= 0x5a ? 0x5b : next
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
