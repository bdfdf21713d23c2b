/**
 * MySQL has no collation that disregards the case of ASCII letters alone, and `lower` knows every alphabet. The bytes of
 * the text are therefore read as Hebrew, a character set of one byte a character whose only letters with case are those
 * of ASCII, and come back as they were.
 */

export interface Folding {
  /** What a column of the engine's compares by: code points, letter case and trailing spaces included. */
  readonly byCodePoint: string
  readonly begins: string
  /** The same, to capital letters. */
  readonly raisingBegins: string
  readonly ends: string
}

const foldingBy = (collation: string): Folding => ({
  byCodePoint: `collate ${collation}`,
  begins: 'convert(cast(lower(convert(cast(',
  raisingBegins: 'convert(cast(upper(convert(cast(',
  ends: ` as binary) using hebrew)) as binary) using utf8mb4) collate ${collation}`,
})

export const mariaDbFolding = foldingBy('utf8mb4_nopad_bin')
export const mysql8Folding = foldingBy('utf8mb4_0900_bin')

/** The column, hidden from `select *`, that stands for another one with its case folded. */
export const foldedName = (column: string): string => `${column}~folded`
