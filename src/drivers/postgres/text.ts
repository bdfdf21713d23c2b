/**
 * The engine's statements have `?` for parameters and `main` for the schema with the application's tables. PostgreSQL
 * numbers its parameters, and the schema is the driver's to choose. Neither is looked for in strings, quoted names other
 * than that of the schema, comments and dollar quotes.
 */

const piece =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|\?|[A-Za-z_][\w$]*|\./g

/** @param numbered false for a text without parameters, where `?` is somebody's operator */
export function postgresText(sql: string, schema: string, numbered: boolean): string {
  let number = 0
  let behindDot = false
  return sql.replace(piece, (found: string, _tag: string | undefined, at: number) => {
    const qualified = behindDot
    behindDot = found === '.'
    if (found === '?') return numbered ? `$${++number}` : found
    if ((found === 'main' || found === '"main"') && !qualified && sql[at + found.length] === '.')
      return schema
    return found
  })
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
