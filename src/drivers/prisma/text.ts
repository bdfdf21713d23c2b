/**
 * Texts for Prisma's raw queries. Rows come as objects, in which two columns of one name are one: so a query becomes a
 * part of another one that names its columns by their places. And values come as their text, because Prisma makes an
 * infinity null and a large sum a rounded number.
 */

import { type ColumnType, DriverError, type Statement } from '../driver.ts'
import { postgresText } from '../postgres/text.ts'

export interface PrismaText {
  readonly sql: string
  /** How the columns of a row are called; undefined where they are what the statement itself calls them. */
  readonly names: readonly string[] | undefined
}

export const columnName = (index: number): string => `c${index}`

/**
 * @param schema name of the schema with the tables, quoted
 * @throws DriverError `syntax` for a text that is not one statement
 */
export function prismaText({ sql, columns }: Statement, schema: string, numbered: boolean): PrismaText {
  const text = oneStatement(postgresText(sql, schema, numbered))
  if (columns.length === 0) return { sql: text, names: undefined }
  // PostgreSQL has no place for a write with a WITH of its own inside of another statement.
  if (/^\s*with\b/i.test(text) && /\b(?:insert|update|delete|merge)\b/i.test(withoutQuoted(text)))
    return { sql: text, names: undefined }
  const names = columns.map((_, index) => columnName(index))
  return {
    sql: `with q(${names.join(', ')}) as materialized (${text}\n) select ${columns.map(selected).join(', ')} from q`,
    names,
  }
}

function selected(type: ColumnType, index: number): string {
  const name = columnName(index)
  return type === 'any' || type === 'bytes' ? name : `${name}::text as ${name}`
}

const quoted =
  /(?<![\w$])[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$/g

function withoutQuoted(sql: string): string {
  return sql.replace(quoted, ' ')
}

/** Without parameters the database would run all that stands in a text, and a bracket too many would end the outer query. */
function oneStatement(sql: string): string {
  const bare = withoutQuoted(sql)
  const end = bare.trimEnd().replace(/[\s;]+$/, '')
  let depth = 0
  for (const character of end) {
    if (character === ';') throw new DriverError('syntax', '42601', 'The text holds more than one statement')
    if (character === '(') depth++
    else if (character === ')' && --depth < 0) break
  }
  if (depth !== 0 || /['"]|\/\*|\*\//.test(bare))
    throw new DriverError('syntax', '42601', 'A bracket or a quote of the text has no other half')
  if (end.trim() === '') throw new DriverError('syntax', '42601', 'The text holds no statement')
  return sql.replace(/[\s;]+$/, '')
}
