/** The operators of filters, and which fit the fields of which type. Semantics for callers: docs/guide/queries.md. */

import type { FieldType } from './schema.ts'

const equality = ['eq', 'ne', 'isNull'] as const
const lists = ['in', 'notIn'] as const
const order = ['gt', 'gte', 'lt', 'lte', 'between'] as const
const text = ['like', 'ilike', 'contains', 'startsWith', 'endsWith'] as const

export type TextOperator = (typeof text)[number]
export type FilterOperator = (typeof equality | typeof lists | typeof order | typeof text)[number]

const ordered: readonly FilterOperator[] = [...equality, ...lists, ...order]
const textual: readonly FilterOperator[] = [...ordered, ...text]
const discrete: readonly FilterOperator[] = [...equality, ...lists]

/** The operators that fit a type; all there are for `any`. */
export const operatorsOf: { readonly [Type in FieldType]: readonly FilterOperator[] } = {
  uuid: ordered,
  string: textual,
  text: textual,
  email: textual,
  enum: discrete,
  integer: ordered,
  bigint: ordered,
  number: ordered,
  boolean: discrete,
  datetime: ordered,
  json: equality,
  bytes: ordered,
  any: textual,
}
