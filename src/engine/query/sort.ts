/** `{ createdAt: 'desc' }`, or a list of such objects, to the keys that rows are ordered by. */

import { type OperationNode, OrderByItemNode, OrderByNode, RawNode } from 'kysely'
import { invalid } from '../../protocol/error.ts'
import type { FieldModel } from '../model.ts'
import { isPlainObject } from '../values/plain-object.ts'
import type { Names } from './names.ts'
import { columnOfField } from './nodes.ts'
import type { Shape } from './shape.ts'

export interface SortKey {
  readonly field: FieldModel
  readonly descending: boolean
}

export interface SortOptions {
  /** Where the option stands in the request. */
  readonly path?: string
  /** Default: the primary key. */
  readonly tieBreak?: readonly FieldModel[]
}

/**
 * The keys asked for and, as tie-break, fields that tell rows apart and are not among them.
 * @throws DBALError VALIDATION_ERROR, FORBIDDEN
 */
export function parseSort(
  names: Names,
  sort: unknown,
  shape: Shape,
  { path: at = 'sort', tieBreak = names.access.entity.primaryKey }: SortOptions = {},
): readonly SortKey[] {
  const keys: SortKey[] = []
  for (const { name, descending, path } of sortEntries(sort, at)) {
    const field = names.field(name, path)
    if (field.data.type === 'json') throw invalid(path, 'is json, which has no order')
    if (keys.some((key) => key.field === field)) throw invalid(path, 'is named twice')
    keys.push({ field, descending })
    shape.key += `${descending ? 'd' : 'a'}${field.index}.`
  }
  return withTieBreak(keys, tieBreak)
}

function withTieBreak(keys: SortKey[], tieBreak: readonly FieldModel[]): readonly SortKey[] {
  for (const field of tieBreak) {
    if (!keys.some((key) => key.field === field)) keys.push({ field, descending: false })
  }
  return keys
}

/** More than any sensible order has. */
const mostSortKeys = 64

export interface SortEntry {
  readonly name: string
  readonly descending: boolean
  readonly path: string
}

export function sortEntries(sort: unknown, path = 'sort'): SortEntry[] {
  if (sort === undefined || sort === null) return []
  if (!Array.isArray(sort)) return entriesOf(sort, path)
  if (sort.length > mostSortKeys) throw invalid(path, `may have at most ${mostSortKeys} keys`)
  return Array.from(sort).flatMap((item, at) => entriesOf(item, `${path}[${at}]`))
}

function entriesOf(sort: unknown, path: string): SortEntry[] {
  if (!isPlainObject(sort))
    throw invalid(path, "must be an object such as { createdAt: 'desc' }, or a list of them")
  return Object.keys(sort).map((name) => {
    const direction = sort[name]
    const at = `${path}.${name.length > 60 ? `${name.slice(0, 60)}…` : name}`
    if (direction !== 'asc' && direction !== 'desc') throw invalid(at, "must be 'asc' or 'desc'")
    return { name, descending: direction === 'desc', path: at }
  })
}

/** Nulls come first ascending and last descending: SQLite's own order, so that an index serves it. */
export function orderBy(
  keys: readonly { readonly node: OperationNode; readonly descending: boolean }[],
): OrderByNode {
  return OrderByNode.create(
    keys.map(({ node, descending }) =>
      OrderByItemNode.create(node, descending ? RawNode.createWithSql('desc') : undefined),
    ),
  )
}

export function orderByKeys(keys: readonly SortKey[]): OrderByNode {
  return orderBy(keys.map(({ field, descending }) => ({ node: columnOfField(field), descending })))
}
