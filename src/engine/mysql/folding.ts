/**
 * MySQL has no collation that disregards the case of ASCII letters alone, and `lower` knows every alphabet. The bytes of
 * the text are therefore read as Hebrew, a character set of one byte a character whose only letters with case are those
 * of ASCII, and come back as they were.
 */

/** What a column of the engine's compares by: code points, letter case and trailing spaces included. */
export const byCodePoint = 'collate utf8mb4_nopad_bin'

export const foldingBegins = 'convert(cast(lower(convert(cast('
/** The same, to capital letters. */
export const raisingBegins = 'convert(cast(upper(convert(cast('
export const foldingEnds = ` as binary) using hebrew)) as binary) using utf8mb4) ${byCodePoint}`

/** The column, hidden from `select *`, that stands for another one with its case folded. */
export const foldedName = (column: string): string => `${column}~folded`
