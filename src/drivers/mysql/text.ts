/**
 * The engine's statements have `main` for the schema with the application's tables; which database that is, the driver's
 * options say. It is not looked for in strings, other quoted names and comments.
 */

const piece =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_][\w$]*|\./g

const names: ReadonlySet<string> = new Set(['main', '"main"', '`main`'])

/** The engine's own way to write a row whether it is there or not; MySQL has another, which names no key. */
const upsert =
  / on conflict \("\w+"(?:, "\w+")*\) do update set ("\w+" = excluded\."\w+"(?:, "\w+" = excluded\."\w+")*)$/i

/** @param database the name, quoted */
export function mysqlText(text: string, database: string): string {
  const sql = text.replace(
    upsert,
    (_, assignments: string) =>
      ` on duplicate key update ${assignments.replace(/excluded\.("\w+")/gi, 'values($1)')}`,
  )
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
