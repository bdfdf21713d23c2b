/** The functions that a query may call, by their exact names in lower case. What is not here is refused. */

import type { ColumnType } from '../../drivers/driver.ts'

/** `same`: of the type of the arguments, where they agree. */
export type ResultType = ColumnType | 'same'

interface FunctionRule {
  readonly result: ResultType
  /** It can fail on what a row holds: then it must not see rows that the caller may not. */
  readonly raises?: true
  /**
   * It can fail on how much comes of it: more text than the database holds, a sum beyond 64 bits. As `raises`, but for
   * the places that the database reaches only with rows that have passed.
   */
  readonly grows?: true
}

const any: FunctionRule = { result: 'any' }
const text: FunctionRule = { result: 'text' }
const growing: FunctionRule = { result: 'text', grows: true }
const integer: FunctionRule = { result: 'integer' }
const number: FunctionRule = { result: 'number' }
const same: FunctionRule = { result: 'same' }
const raising: FunctionRule = { result: 'any', raises: true }
const json: FunctionRule = { result: 'json', raises: true }

/** printf, zeroblob, randomblob are left out for the memory they can take, the others for what they tell. */
const scalars: Readonly<Record<string, FunctionRule>> = {
  abs: { result: 'same', raises: true },
  ceil: number,
  ceiling: number,
  char: text,
  coalesce: same,
  concat: growing,
  concat_ws: growing,
  date: text,
  datetime: text,
  floor: number,
  hex: growing,
  ifnull: same,
  iif: any,
  instr: integer,
  json,
  json_array: json,
  json_array_length: { result: 'integer', raises: true },
  json_extract: raising,
  json_object: json,
  json_patch: json,
  json_quote: json,
  json_remove: json,
  json_replace: json,
  json_set: json,
  json_insert: json,
  json_type: { result: 'text', raises: true },
  json_valid: integer,
  julianday: number,
  length: integer,
  lower: text,
  ltrim: text,
  max: same,
  min: same,
  mod: number,
  nullif: same,
  octet_length: integer,
  pow: number,
  power: number,
  quote: growing,
  replace: growing,
  round: number,
  rtrim: text,
  sign: integer,
  sqrt: number,
  strftime: growing,
  substr: text,
  substring: text,
  time: text,
  trim: text,
  typeof: text,
  unicode: integer,
  unixepoch: integer,
  upper: text,
}

const aggregates: Readonly<Record<string, FunctionRule>> = {
  avg: number,
  count: integer,
  group_concat: growing,
  json_group_array: json,
  json_group_object: json,
  max: same,
  min: same,
  string_agg: growing,
  sum: { result: 'any', grows: true },
  total: number,
}

/** These need a window. */
const windows: Readonly<Record<string, FunctionRule>> = {
  cume_dist: number,
  dense_rank: integer,
  first_value: same,
  lag: same,
  last_value: same,
  lead: same,
  nth_value: any,
  ntile: integer,
  percent_rank: number,
  rank: integer,
  row_number: integer,
}

const find = (table: Readonly<Record<string, FunctionRule>>, name: string) =>
  Object.hasOwn(table, name) ? table[name] : undefined

export const scalarFunction = (name: string) => find(scalars, name)
export const aggregateFunction = (name: string) => find(aggregates, name)
export const windowFunction = (name: string) => find(windows, name)

/** What stands behind `as` in a cast, in any case of letters, and what comes of it. */
export const castTypes: Readonly<Record<string, ColumnType>> = {
  text: 'text',
  integer: 'integer',
  real: 'number',
  numeric: 'any',
  blob: 'bytes',
}

export const collations: ReadonlySet<string> = new Set(['binary', 'nocase', 'rtrim'])

/** Operators between two values; `in`, `between` and `like` have rules of their own. */
export const binaryOperators: ReadonlyMap<string, ColumnType> = new Map<string, ColumnType>([
  ...['=', '==', '!=', '<>', '>', '>=', '<', '<=', 'is', 'is not'].map(
    (operator) => [operator, 'integer'] as const,
  ),
  ['is distinct from', 'integer'],
  ['is not distinct from', 'integer'],
  ...['+', '-', '*', '/', '%', '&', '|', '<<', '>>'].map((operator) => [operator, 'any'] as const),
  ['||', 'text'],
])

/** Operators that Kysely knows and SQLite, or this engine, does not. */
export const otherOperators: ReadonlySet<string> = new Set([
  ...['match', 'ilike', 'not ilike', 'regexp', '@>', '<@', '^@', '&&', '?', '?&', '?|', '!<', '!>', '<=>'],
  ...['!~', '~', '~*', '!~*', '@@', '@@@', '!!', '<->', '^', '#', '&^', 'between symmetric', 'is json'],
])

export const likeOperators: ReadonlySet<string> = new Set(['like', 'not like'])
