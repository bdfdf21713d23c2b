/**
 * The engine's statements have `main` for the schema with the application's tables; which database that is, the driver's
 * options say. It is not looked for in strings, other quoted names and comments.
 */

const piece =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w$]*|\./g

const names: ReadonlySet<string> = new Set(['main', '"main"', '`main`'])

/** @param database the name, quoted */
export function mysqlText(sql: string, database: string): string {
  let behindDot = false
  return sql.replace(piece, (found: string, at: number) => {
    const isQualified = behindDot
    behindDot = found === '.'
    return names.has(found) && !isQualified && sql[at + found.length] === '.' ? database : found
  })
}

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
