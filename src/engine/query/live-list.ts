/** A filter query as the source of a live result. */

import { invalid } from '../../protocol/error.ts'
import type { Principal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import type { Policy } from '../access/policy.ts'
import type { Result, RowSource, Source } from '../live/source.ts'
import type { EntityModel, Model } from '../model.ts'
import { equalityKey } from '../values/equality-key.ts'
import { isPlainObject } from '../values/plain-object.ts'
import type { Work } from '../work.ts'
import { type Caller, variableValue } from './binding.ts'
import { type Equality, type FilterTest, filterTest, type Truth } from './filter-js.ts'
import { Names } from './names.ts'
import type { Queries } from './queries.ts'
import { relatedEntities } from './related-entities.ts'
import { Shape } from './shape.ts'
import { parseSort, type SortKey } from './sort.ts'
import { forbiddenField, guardOf } from './visibility.ts'

export interface ListSourceOptions {
  readonly entity: EntityModel
  readonly query: unknown
  readonly policy: Policy
  /** Whose rows: rules may name them. */
  readonly principal: Principal
  readonly model: Model
  readonly queries: Pick<Queries, 'list'>
  /** A file of somebody else's making: collations, triggers and types are not known. */
  readonly foreign: boolean
}

/** @throws DBALError FORBIDDEN, VALIDATION_ERROR; what else is wrong with the query is said when it runs */
export function listSource({
  entity,
  query,
  policy,
  principal,
  model,
  queries,
  foreign,
}: ListSourceOptions): Source {
  const access = policy.entity(entity)
  const guard = guardOf(access, 'read', 'live')
  if (!isPlainObject(query)) throw invalid('query', 'must be an object')
  // A result that is no row has no key that a change could name.
  if (query.distinct === true) throw invalid('distinct', 'cannot be used in a live query')
  const keys = parseSort(new Names(access, 'live'), query.sort, new Shape(''))
  const unreadable = entity.primaryKey.find((field) => !access.canRead(field))
  // Without its key a row could not be told from others.
  if (unreadable) throw forbiddenField(entity, unreadable, 'live')
  const key = entity.primaryKey.map(({ name }) => name)
  const isOpaque = foreign || entity.data.kind === 'view'
  const select = selectOf(query.select, key, keys, entity)
  let rows: ListRows | undefined
  let watches: ReadonlySet<string> | undefined
  return {
    // Both are made after the first run, which says what is wrong with the query.
    get watches() {
      watches ??= relatedEntities(entity, query, model, (other) => policy.entity(other))
      return isOpaque ? null : watches
    },
    key,
    unsent: new Set(select?.filter((name) => !key.includes(name) && !isNamed(query.select, name))),
    get rows() {
      rows ??= new ListRows(access, query, keys, guard, principal)
      return isOpaque || key.length === 0 ? null : rows
    },
    *run(caller): Work<Result> {
      const page = yield* queries.list(access, select ? { ...query, select } : query, caller)
      return { rows: page.data, isWhole: !page.hasMore, limit: page.limit }
    },
  }
}

/** With any other option (relations that are included, say) a row in hand is not all of what is shown. */
const keptOptions: ReadonlySet<string> = new Set([
  'filter',
  'sort',
  'select',
  'limit',
  'page',
  'cursor',
  'count',
])

class ListRows implements RowSource {
  readonly entity: string
  readonly isKept: boolean
  readonly keys: readonly SortKey[]
  readonly json: ReadonlySet<string>
  readonly equality: Equality | null
  readonly #guard: Guard
  readonly #filter: FilterTest

  constructor(
    access: EntityAccess,
    query: Row,
    keys: readonly SortKey[],
    guard: Guard,
    principal: Principal,
  ) {
    const { entity } = access
    const { relations, isTimed } = guard
    this.#guard = guard
    this.entity = entity.name
    this.keys = keys
    this.json = new Set(entity.fields.filter(({ data }) => data.type === 'json').map(({ name }) => name))
    this.#filter = filterTest(entity, query.filter)
    this.equality = narrowest(entity, [...this.#filter.equalities, ...ruledEqualities(guard, principal)])
    const isFirstPage = (query.cursor ?? null) === null && (query.page ?? 1) === 1
    const isPlain = entity.fields.every(({ data }) => data.type !== 'any')
    const isDecided = this.#filter.isExact && relations.length === 0 && !isTimed
    const isKnown = Object.keys(query).every((name) => keptOptions.has(name) || query[name] === undefined)
    this.isKept = isDecided && isFirstPage && isPlain && isKnown
  }

  verdict(row: Row, caller: Caller): Truth {
    const found = this.#filter.test(row)
    if (found === false || found === null) return false
    if (this.#guard.relations.length > 0) return undefined
    return this.#guard.check(row, caller) === true ? found : false
  }
}

/** What the rule fixes: one's own rows, mostly. A value that the caller does not have, or one that changes with time, fixes nothing. */
export function ruledEqualities({ fixed }: Guard, principal: Principal): readonly Equality[] {
  return fixed.flatMap(({ field, operand }) => {
    if (operand.kind === 'variable' && operand.name === 'now') return []
    const value =
      operand.kind === 'literal' ? operand.value : variableValue(operand.name, { principal, now: '' })
    const key = equalityKey(field.data, value)
    return key === null || field.data.type === 'any' ? [] : [{ field, keys: [key] }]
  })
}

/** The key before a reference before anything else: the fewer rows have a value, the fewer are looked at in vain. */
export function narrowest(entity: EntityModel, equalities: readonly Equality[]): Equality | null {
  const rank = ({ field }: Equality) =>
    entity.primaryKey.includes(field) || field.data.unique ? 0 : field.data.references ? 1 : 2
  return [...equalities].sort((left, right) => rank(left) - rank(right))[0] ?? null
}

/** Every result has the key, and the fields that its order needs; undefined where all fields are selected anyway. */
function selectOf(
  select: unknown,
  key: readonly string[],
  keys: readonly SortKey[],
  entity: EntityModel,
): readonly string[] | undefined {
  // What is no list, or longer than all fields, is left as it is: the query refuses it.
  if (!Array.isArray(select) || select.length > entity.fields.length) return undefined
  return [...new Set([...key, ...select, ...keys.map(({ field }) => field.name)])]
}

const isNamed = (select: unknown, name: string) => Array.isArray(select) && select.includes(name)
