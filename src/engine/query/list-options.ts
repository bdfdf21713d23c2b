/** The options of list and findFirst, read into a shape, its values and what builds the statement. */

import { invalid } from '../../protocol/error.ts'
import type { FieldModel } from '../model.ts'
import { isPlainObject, quoteName } from '../values/plain-object.ts'
import { decodeCursor } from './cursor.ts'
import { parseFilter } from './filter.ts'
import { type Include, parseInclude, type ReadContext } from './include.ts'
import { after } from './keyset.ts'
import type { Names } from './names.ts'
import { readFlag } from './operators.ts'
import type { Build, Shape } from './shape.ts'
import { parseSort, type SortKey } from './sort.ts'
import { forbiddenField } from './visibility.ts'

export interface ListQuery {
  readonly shape: Shape
  /** The part of the shape's key that the filter made; its values are the first ones. */
  readonly filterKey: string
  readonly filter: Build | undefined
  readonly keys: readonly SortKey[]
  /** True when a page can be continued by a cursor: it then has every key, and the caller may read them all. */
  readonly continues: boolean
  readonly select: readonly FieldModel[]
  /** Every result once, and not every row. */
  readonly distinct: boolean
  /** What the rows bring along. */
  readonly include: readonly Include[]
  /** Rows behind the cursor. */
  readonly behind: Build | undefined
  readonly limitSlot: Build
  readonly offsetSlot: Build | undefined
  readonly limit: number
  /** From 1; undefined when the list is not paged by number. */
  readonly page: number | undefined
  readonly total: boolean
}

const listNames: ReadonlySet<string> = new Set([
  'filter',
  'sort',
  'select',
  'limit',
  'page',
  'cursor',
  'count',
  'include',
  'distinct',
])
const firstNames: ReadonlySet<string> = new Set(['filter', 'sort', 'select', 'include'])

export function parseListOptions(names: Names, context: ReadContext, options: unknown): ListQuery {
  const given = readOptions(options, listNames)
  const { list, maximum, counted } = context.rowLimits(names.access.entity)
  const limit = given.limit === undefined ? list : readWhole(given.limit, 'limit', maximum)
  const page =
    given.page === undefined
      ? undefined
      : readWhole(given.page, 'page', Math.floor(Number.MAX_SAFE_INTEGER / limit))
  if (page !== undefined && given.cursor !== undefined) {
    throw invalid('cursor', 'cannot be used together with page')
  }
  const total = page !== undefined || (given.count !== undefined && readFlag(given.count, 'count'))
  context.complexity.add('row', 'limit', Math.min(limit, counted))
  // One row more than asked for tells whether there are more.
  return assemble(names, context, given, { limit, fetched: limit + 1, paged: true, page, total })
}

export function parseFirstOptions(names: Names, context: ReadContext, options: unknown): ListQuery {
  return assemble(names, context, readOptions(options, firstNames), {
    limit: 1,
    fetched: 1,
    paged: false,
    page: undefined,
    total: false,
  })
}

/** Every row: for operations whose contract is the whole. */
export function parseAllOptions(names: Names, context: ReadContext, options: unknown): ListQuery {
  // SQLite takes a negative limit for none.
  const extent: Extent = {
    limit: Number.POSITIVE_INFINITY,
    fetched: Number.MAX_SAFE_INTEGER,
    paged: false,
    page: undefined,
    total: false,
  }
  return assemble(names, context, readOptions(options, firstNames), extent)
}

interface Extent {
  readonly limit: number
  /** Rows that the statement asks for. */
  readonly fetched: number
  /** False for a result that nobody asks the next page of. */
  readonly paged: boolean
  readonly page: number | undefined
  readonly total: boolean
}

function assemble(
  names: Names,
  context: ReadContext,
  given: Readonly<Record<string, unknown>>,
  { limit, fetched, paged, page, total }: Extent,
): ListQuery {
  const { shape } = context
  const { entity } = names.access
  const filter = parseFilter(context, given.filter, 'filter')
  const filterKey = shape.key
  shape.key += ';'
  const distinct = given.distinct !== undefined && readFlag(given.distinct, 'distinct')
  const select = parseSelect(names, given.select, shape)
  if (distinct) refuseIndistinct(given, select, shape)
  shape.key += ';'
  const keys = parseSort(names, given.sort, shape, distinct ? { tieBreak: select } : {})
  if (distinct) refuseUnselected(keys, select)
  shape.key += ';'
  const include = parseInclude(names, context, given.include)
  shape.key += ';'
  const unreadable = keys.find(({ field }) => !names.access.canRead(field))
  const continues = paged && (distinct || entity.primaryKey.length > 0) && !unreadable
  // Whoever makes up a cursor over a key that they may not read could find its values by halving.
  if (unreadable && given.cursor !== undefined && given.cursor !== null) {
    throw forbiddenField(entity, unreadable.field, 'list')
  }
  const behind =
    given.cursor === undefined || given.cursor === null
      ? undefined
      : after(keys, decodeCursor(entity, keys, given.cursor, context.dialect.holds), shape)
  const limitSlot = shape.slot(fetched)
  const offset = page === undefined || page === 1 ? undefined : (page - 1) * limit
  if (offset !== undefined) shape.key += 'o'
  const offsetSlot = offset === undefined ? undefined : shape.slot(offset)
  return {
    shape,
    filterKey,
    filter,
    keys,
    continues,
    select,
    distinct,
    include,
    behind,
    limitSlot,
    offsetSlot,
    limit,
    page,
    total,
  }
}

/**
 * @param path where the options stand in the request, for those that are not the call's own
 * @throws DBALError VALIDATION_ERROR for an option that is not among `known`
 */
export function readOptions(
  options: unknown,
  known: ReadonlySet<string>,
  path?: string,
): Readonly<Record<string, unknown>> {
  if (options === undefined || options === null) return {}
  if (!isPlainObject(options)) throw invalid(path ?? 'options', 'must be an object')
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      const at = name.length > 60 ? `${name.slice(0, 60)}…` : name
      throw invalid(
        path === undefined ? at : `${path}.${at}`,
        `${quoteName(name)} is not an option (${[...known].join(', ')})`,
      )
    }
  }
  return options
}

/** Rows that are the same in what was selected are one: nothing else of them can be told, sorted by or brought along. */
function refuseIndistinct(
  given: Readonly<Record<string, unknown>>,
  select: readonly FieldModel[],
  shape: Shape,
): void {
  if (given.select === undefined || given.select === null)
    throw invalid('distinct', 'needs select: the fields whose values are listed once')
  const json = select.findIndex(({ data }) => data.type === 'json')
  if (json >= 0) throw invalid(`select[${json}]`, 'is json, which distinct does not compare')
  if (given.include !== undefined && given.include !== null)
    throw invalid('include', 'cannot be used together with distinct')
  shape.key += 'D'
}

function refuseUnselected(keys: readonly SortKey[], select: readonly FieldModel[]): void {
  const key = keys.find(({ field }) => !select.includes(field))
  if (key) throw invalid(`sort.${key.field.name}`, 'is not selected, which distinct needs')
}

/** The fields of a result; all that the caller may read when none is named. */
export function parseSelect(
  names: Names,
  select: unknown,
  shape: Shape,
  path = 'select',
): readonly FieldModel[] {
  if (select === undefined || select === null) return names.access.readable
  const fields = parseFieldList(names, select, path)
  if (fields.length === 0) throw invalid(path, 'names no field')
  for (const field of fields) shape.key += `${field.index}.`
  return fields
}

export function parseFieldList(names: Names, list: unknown, path: string): FieldModel[] {
  if (!Array.isArray(list)) throw invalid(path, 'must be a list of field names')
  const fields: FieldModel[] = []
  for (const [at, name] of list.entries()) {
    const field = names.field(name, `${path}[${at}]`)
    if (fields.includes(field)) throw invalid(`${path}[${at}]`, 'is named twice')
    fields.push(field)
  }
  return fields
}

/** A whole number from 1. */
export function readWhole(value: unknown, path: string, maximum: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw invalid(path, 'must be a whole number from 1')
  if ((value as number) > maximum) throw invalid(path, `must be at most ${maximum}`)
  return value as number
}
