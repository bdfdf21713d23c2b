/**
 * The engine's statements have `main` for the schema with the application's tables; which database that is, the driver's
 * options say. It is not looked for in strings, other quoted names and comments.
 */

import type { Parameter } from './values.ts'

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

/** Values that go into columns as they are: each has the type of its column, whatever it was the first time. */
const plainWrite =
  /^(?:insert into [^?']+ values \((?:\?, )*\?\)(?:, \((?:\?, )*\?\))*[^?']*|update [^?']+ set (?:"[^"?']+" = \?, )*"[^"?']+" = \? where (?:"[^"?']+" = \? and )*"[^"?']+" = \?)$/i

/**
 * MySQL settles the type of a parameter when a statement is run for the first time, and reads what comes later as of that
 * type: after a number every text is a number, and the number of most texts is 0. So a statement is another one for each
 * combination of types, by a comment that tells them.
 */
export function textForTypes(sql: string, parameters: readonly Parameter[]): string {
  if (parameters.length === 0 || plainWrite.test(sql)) return sql
  return `${sql} /*${parameters
    .map(typeLetter)
    .join('')
    .replace(/(.)\1+/g, (run, letter: string) => letter + run.length)}*/`
}

function typeLetter(value: Parameter): string {
  if (value === null) return 'n'
  if (typeof value === 'string') return 's'
  if (typeof value === 'number') return 'd'
  return value instanceof Uint8Array ? 'b' : 'i'
}

export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
