/** Which columns of a table are declared COLLATE NOCASE: the one property of a column that no pragma tells. */

const token =
  /\s+|--[^\n]*|\/\*.*?(?:\*\/|$)|'(?:[^']|'')*'|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|([\p{L}\p{N}_$]+)|(.)/gsu

/** Lower-case names of the columns. `sql` is the CREATE TABLE statement as SQLite keeps it. */
export function caseInsensitiveColumns(sql: string): ReadonlySet<string> {
  const found = new Set<string>()
  let depth = 0
  let column: string | undefined
  let before = ''
  for (const [, double, back, bracket, word, symbol] of sql.matchAll(token)) {
    const name = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? bracket ?? word
    if (symbol === '(') depth++
    else if (symbol === ')') depth--
    else if (symbol === ',' && depth === 1) column = undefined
    else if (name !== undefined && depth === 1) {
      if (before === 'COLLATE' && column !== undefined && name.toUpperCase() === 'NOCASE') found.add(column)
      column ??= name.toLowerCase()
    }
    if (name !== undefined || symbol !== undefined) before = word?.toUpperCase() ?? ''
  }
  return found
}
