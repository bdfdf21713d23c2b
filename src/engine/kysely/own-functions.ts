/**
 * Functions of Kysely's queries that other databases than SQLite have under the same name and otherwise. A dialect prints
 * them by a name of ours, and takes them with values whose text, or whose parts, it knows to be the same.
 */

import type { ColumnType } from '../../drivers/driver.ts'

/** A mere value of the query's is whatever it is. */
export type ArgumentType = ColumnType | 'value'

const isOf =
  (...types: readonly ArgumentType[]) =>
  (type: ArgumentType | undefined) =>
    type !== undefined && types.includes(type)

const isInstant = isOf('datetime')
const isText = isOf('text', 'datetime')
/** Of a number with a fraction the text is each database's own. */
const hasText = isOf('text', 'datetime', 'integer', 'bigint', 'boolean', 'value')
const isWhole = isOf('integer', 'bigint', 'boolean')

type Rule = (types: readonly ArgumentType[]) => boolean

const instant: Rule = (types) => types.length === 1 && isInstant(types[0])
const texts: Rule = (types) => types.every(hasText)

const rules: Readonly<Record<string, Rule>> = {
  'function date': instant,
  'function time': instant,
  'function datetime': instant,
  'function unixepoch': instant,
  'function strftime': (types) => types.length === 2 && hasText(types[0]) && isInstant(types[1]),
  'function substr': ([first]) => isText(first),
  'function substring': ([first]) => isText(first),
  'function concat': texts,
  'function concat_ws': texts,
  'function iif': (types) => types.length === 3,
  'aggregate group_concat': texts,
  'aggregate string_agg': texts,
  'cast text': texts,
  'cast integer': ([type]) => isWhole(type),
  'cast real': ([type]) => isWhole(type) || isOf('number')(type),
}

/** What a dialect may have of these, for its list. */
export const ownFunctions: readonly string[] = Object.keys(rules)

/** Whether a part, with arguments of these types, means elsewhere what it means in SQLite. */
export function meansTheSame(part: string, types: readonly ArgumentType[]): boolean {
  const rule = Object.hasOwn(rules, part) ? rules[part] : undefined
  return rule === undefined || rule(types)
}

/** The name under which a dialect prints it. */
export const ownName = (name: string): string =>
  Object.hasOwn(rules, `function ${name}`) ? `kysely ${name === 'substring' ? 'substr' : name}` : name
