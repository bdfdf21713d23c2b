/**
 * `include: { author: true, comments: { filter, sort, limit, select, include } }`: related rows that come along. Each
 * relation is one statement for all rows of its level, under the rules of its own entity.
 */

import { invalid } from '../../protocol/error.ts'
import type { EntityAccess } from '../access/access.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { forbiddenNames, isPlainObject } from '../values/plain-object.ts'
import { type FilterContext, parseFilter } from './filter.ts'
import { parseSelect, readOptions, readWhole } from './list-options.ts'
import type { Names } from './names.ts'
import type { RowLimits } from './row-limits.ts'
import type { Build, Shape } from './shape.ts'
import { parseSort, type SortKey } from './sort.ts'
import type { RelationSubject } from './subject.ts'

export interface ReadContext extends FilterContext {
  /** The shape of a further statement, over another entity. */
  shapeFor(access: EntityAccess): Shape
  rowLimits(entity: EntityModel): RowLimits
}

export interface Include {
  readonly name: string
  readonly subject: RelationSubject
  /** Its first value is the list of keys, put in when they are known. */
  readonly shape: Shape
  readonly keySlot: Build
  readonly filter: Build | undefined
  readonly keys: readonly SortKey[]
  readonly select: readonly FieldModel[]
  /** Rows of each row that they belong to; undefined for all of them. */
  readonly limitSlot: Build | undefined
  readonly include: readonly Include[]
}

const oneNames: ReadonlySet<string> = new Set(['filter', 'select', 'include'])
const manyNames: ReadonlySet<string> = new Set([...oneNames, 'sort', 'limit'])

/** Adds to the shape which fields the statement of this level has to give for it. */
export function parseInclude(
  names: Names,
  context: ReadContext,
  include: unknown,
  path = 'include',
): readonly Include[] {
  if (include === undefined || include === null) return []
  if (!isPlainObject(include)) throw invalid(path, 'must be an object such as { author: true }')
  const includes: Include[] = []
  for (const name of Object.keys(include)) {
    const options = include[name]
    if (options === undefined || options === false) continue
    const at = `${path}.${name.length > 60 ? `${name.slice(0, 60)}…` : name}`
    if (forbiddenNames.has(name)) throw invalid(at, 'is never the name of a relation')
    const one = parseOne(names, context, name, options, at)
    context.shape.key += `${one.subject.local.index}.`
    includes.push(one)
  }
  return includes
}

function parseOne(names: Names, outer: ReadContext, name: string, options: unknown, path: string): Include {
  outer.complexity.add('relation', path)
  const subject = names.related(name, path)
  const isMany = subject.relation.kind === 'many'
  if (options !== true && !isPlainObject(options))
    throw invalid(path, `must be true, or an object of ${[...(isMany ? manyNames : oneNames)].join(', ')}`)
  const given = options === true ? {} : readOptions(options, isMany ? manyNames : oneNames, path)
  const { names: inner, foreign } = subject
  const shape = outer.shapeFor(inner.access)
  const context: ReadContext = { ...outer, shape, resolve: (field, at) => inner.subject(field, at) }
  shape.key += `${foreign.index}${isMany ? 'm' : 'o'}.`
  const keySlot = shape.slot(null)
  const filter = parseFilter(context, given.filter, `${path}.filter`)
  shape.key += ';'
  const keys = isMany ? parseSort(inner, given.sort, shape, { path: `${path}.sort` }) : []
  shape.key += ';'
  const select = parseSelect(inner, given.select, shape, `${path}.select`)
  shape.key += ';'
  const include = parseInclude(inner, context, given.include, `${path}.include`)
  const limit =
    given.limit === undefined ? undefined : readWhole(given.limit, `${path}.limit`, Number.MAX_SAFE_INTEGER)
  if (limit !== undefined) {
    shape.key += 'l'
    context.complexity.add('row', `${path}.limit`, limit)
  }
  const limitSlot = limit === undefined ? undefined : shape.slot(limit)
  return { name, subject, shape, keySlot, filter, keys, select, limitSlot, include }
}
