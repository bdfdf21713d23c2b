/**
 * Everything that reads. A call is taken apart into its shape and its values in one walk; the statement of a shape is
 * built and printed once and kept, so a call of a known shape costs a lookup and a bind.
 */

import type { ResultSet, SqlValue } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { RuleOperation } from '../../protocol/operations.ts'
import type { PackedRows, Row } from '../../protocol/rows.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import type { Dialect } from '../dialect.ts'
import type { Source } from '../live/source.ts'
import type { EntityModel, FieldModel } from '../model.ts'
import { wordIndexOf } from '../search/definition.ts'
import { Refresh } from '../search/refresh.ts'
import { nothingFound, parseSearch, searchPlan, withSnippets } from '../search/search.ts'
import { readKey } from '../values/key.ts'
import { ask, askWithin, type ResultLimits, type Work } from '../work.ts'
import { aggregateNode, groupRows, parseAggregate } from './aggregate.ts'
import { bind, type Caller, type Compiled } from './binding.ts'
import { Complexity } from './complexity.ts'
import { parseFilter } from './filter.ts'
import { type Include, parseInclude, type ReadContext } from './include.ts'
import { Included } from './included.ts'
import {
  type ListQuery,
  parseAllOptions,
  parseFirstOptions,
  parseListOptions,
  parseSelect,
  readOptions,
} from './list-options.ts'
import { columnAt, countNode, countOf, cursorBehind, distinctNode, listPlan } from './list-plan.ts'
import { type ListSourceOptions, listSource } from './live-list.ts'
import { type Denials, Names } from './names.ts'
import { and, columnOf, columnOfField, compare, slotNode } from './nodes.ts'
import { type Plan, Plans } from './plans.ts'
import { cut, rowAt, rowsOf } from './result.ts'
import { rowLimitsOf } from './row-limits.ts'
import { type Build, Shape } from './shape.ts'
import { guardOf, visible } from './visibility.ts'
import { WriteStatements } from './write-statements.ts'

export interface ListPage {
  readonly data: PackedRows
  /** Rows that match the filter; with `page`, and with `count: true`. */
  readonly total?: number
  readonly page?: number
  readonly limit: number
  readonly hasMore: boolean
  /** Absent after the last row, and where the sort has a key that the caller may not read. */
  readonly nextCursor?: string
}

/** The rows that an update or delete is about. */
export type WriteTarget = { readonly id: unknown } | { readonly filter: unknown }

interface ReadPlan {
  readonly plan: Plan
  readonly include: readonly Include[]
}

/** A limit of bytes would tell how long values are that the caller may not read. */
const rowsOnly = ({ maxResultRows }: ResultLimits): ResultLimits => ({
  maxResultRows,
  maxResultBytes: Number.POSITIVE_INFINITY,
})

const readOptionNames: ReadonlySet<string> = new Set(['select', 'include'])

export class Queries {
  /** The statements of single-row writes. */
  readonly writes: WriteStatements
  readonly #dialect: Dialect
  readonly #limits: Limits
  readonly #hasWordIndexes: boolean
  readonly #plans: Plans
  readonly #included: Included
  /** Plans of reads by id without options: the hottest path, so it has no key to build. */
  readonly #byId = new WeakMap<EntityAccess, ReadPlan>()
  readonly #refreshes = new WeakMap<EntityModel, Refresh>()

  /** @param hasWordIndexes entities with search fields have an index of their words; else a search compares texts */
  constructor(dialect: Dialect, limits: Limits, hasWordIndexes = false) {
    this.#dialect = dialect
    this.#limits = limits
    this.#hasWordIndexes = hasWordIndexes
    this.#plans = new Plans(dialect, limits)
    this.#included = new Included(this.#plans, dialect, limits)
    this.writes = new WriteStatements(dialect, limits)
  }

  /**
   * The row as the caller may see it; null when there is none, it is hidden from the caller, or the id is malformed.
   * @param denials here and below: told when `permissive` lets a relation through that no rule allows
   * @throws DBALError FORBIDDEN, VALIDATION_ERROR
   */
  *readById(
    access: EntityAccess,
    id: unknown,
    caller: Caller,
    options?: unknown,
    denials?: Denials,
  ): Work<Row | null> {
    const isPlain = options === undefined || options === null
    const { plan, include } = isPlain ? this.#planById(access) : this.#planOf(access, options, denials)
    const key = this.#encodeKey(access.entity, id)
    if (!key) return null
    const result = yield* ask(plan.compiled.statement, bind(plan.compiled, key, caller))
    return yield* this.#only(plan, result, include, caller)
  }

  /**
   * The first row of a list; null when there is none.
   * @throws DBALError FORBIDDEN, VALIDATION_ERROR
   */
  *first(access: EntityAccess, options: unknown, caller: Caller, denials?: Denials): Work<Row | null> {
    const guard = guardOf(access, 'read', 'findFirst')
    const names = new Names(access, 'findFirst', denials)
    const query = parseFirstOptions(names, this.#context(names, this.#shape('o', access)), options)
    const plan = listPlan(this.#plans, access.entity, guard, query)
    const result = yield* this.#run(plan.compiled, query.shape.values, caller)
    return yield* this.#only(plan, result, query.include, caller)
  }

  /** @throws DBALError FORBIDDEN, VALIDATION_ERROR */
  *list(access: EntityAccess, options: unknown, caller: Caller, denials?: Denials): Work<ListPage> {
    const guard = guardOf(access, 'read', 'list')
    const names = new Names(access, 'list', denials)
    const query = parseListOptions(names, this.#context(names, this.#shape('l', access)), options)
    const plan = listPlan(this.#plans, access.entity, guard, query)
    const result = yield* this.#run(plan.compiled, query.shape.values, caller)
    const total = query.total
      ? yield* this.#count(access, guard, query, query.shape.values, caller)
      : undefined
    const hasMore = result.values.length > query.limit * result.width
    const nextCursor = hasMore ? cursorBehind(access.entity, plan, query, result, this.#dialect) : undefined
    return {
      data: yield* this.#pack(plan, result, query, caller),
      ...(total !== undefined && { total }),
      ...(query.page !== undefined && { page: query.page }),
      limit: query.limit,
      hasMore,
      ...(nextCursor !== undefined && { nextCursor }),
    }
  }

  /**
   * What a full-text search finds, best first: see the search room. With an index it must run inside of a transaction
   * that may write, because what changed since the last search is added to the index first.
   */
  *search(
    access: EntityAccess,
    text: unknown,
    options: unknown,
    caller: Caller,
    denials?: Denials,
  ): Work<PackedRows> {
    const guard = guardOf(access, 'read', 'search')
    const names = new Names(access, 'search', denials)
    const { schemaName, words } = this.#dialect
    const hasIndex = this.#hasWordIndexes && wordIndexOf(access.entity) !== undefined
    const place = { schemaName, hasIndex, words: hasIndex ? words : undefined }
    const context = this.#context(names, this.#shape('s', access))
    const query = parseSearch(names, context, place, text, options)
    if (!query) return nothingFound(names)
    if (query.match.usesIndex) yield* this.#refresh(access.entity).all()
    const plan = searchPlan(this.#plans, access, guard, place.schemaName, query)
    const result = yield* this.#run(plan.compiled, query.shape.values, caller)
    return withSnippets(yield* this.#pack(plan, result, query, caller), plan, query, result)
  }

  /** Whether a search of the entity has an index to bring up to date. */
  hasWordIndex(entity: EntityModel): boolean {
    return this.#hasWordIndexes && !this.#dialect.words && wordIndexOf(entity) !== undefined
  }

  #refresh(entity: EntityModel): Refresh {
    const refresh = this.#refreshes.get(entity) ?? new Refresh(entity)
    this.#refreshes.set(entity, refresh)
    return refresh
  }

  /** A list as the source of a live result: see live-list.ts. */
  live(options: Omit<ListSourceOptions, 'queries'>): Source {
    return listSource({ ...options, queries: this })
  }

  /** Every row that matches, without pages: for operations whose result is the whole, such as a tree. */
  *all(access: EntityAccess, filter: unknown, sort: unknown, caller: Caller): Work<PackedRows> {
    const guard = guardOf(access, 'read', 'list')
    const names = new Names(access, 'list')
    const query = parseAllOptions(names, this.#context(names, this.#shape('o', access)), { filter, sort })
    const plan = listPlan(this.#plans, access.entity, guard, query)
    const { values } = yield* ask(plan.compiled.statement, bind(plan.compiled, query.shape.values, caller))
    return { fields: plan.fields, values }
  }

  *count(access: EntityAccess, filter: unknown, caller: Caller, denials?: Denials): Work<number> {
    const guard = guardOf(access, 'read', 'count')
    const names = new Names(access, 'count', denials)
    const shape = this.#shape('l', access)
    const condition = parseFilter(this.#context(names, shape), filter, 'filter')
    return yield* this.#count(
      access,
      guard,
      { filter: condition, filterKey: shape.key, select: [], distinct: false },
      shape.values,
      caller,
    )
  }

  /** One row a group; see aggregate.ts. */
  *aggregate(access: EntityAccess, options: unknown, caller: Caller, denials?: Denials): Work<Row[]> {
    const guard = guardOf(access, 'read', 'aggregate')
    const names = new Names(access, 'aggregate', denials)
    const query = parseAggregate(names, this.#context(names, this.#shape('a', access)), options)
    const { compiled } = this.#plans.of(query.shape.key, () => {
      const where = [...visible([guard]), ...(query.filter ? [query.filter()] : [])]
      const columns = query.results.flatMap((result) => result.columns)
      const selected = this.#plans.select(
        access.entity,
        columns.map(({ node }) => node()),
        where,
      )
      const node = aggregateNode(query, selected)
      return {
        compiled: this.#plans.compile(
          node,
          columns.map(({ type }) => type),
        ),
        fields: [],
      }
    })
    const { values } = yield* this.#run(compiled, query.shape.values, caller)
    return groupRows(query, values)
  }

  /**
   * The rows that a write is about, with all their columns, hidden ones too: those that the operation's guard and every
   * extra guard let pass and that the target names. None for a malformed id. Runs in the transaction of the write.
   * @throws DBALError VALIDATION_ERROR for a filter without a single condition, however it is dressed
   */
  *selectForWrite(
    access: EntityAccess,
    operation: RuleOperation,
    target: WriteTarget,
    extra: readonly Guard[],
    caller: Caller,
  ): Work<Row[]> {
    const { entity } = access
    const byFilter = 'filter' in target
    const name = byFilter && operation !== 'read' ? `${operation}Many` : operation
    const guards = [guardOf(access, operation, name), ...extra]
    const shape = this.#shape(`w${operation}`, access)
    for (const guard of extra) shape.key += `${this.#plans.numberOf(guard)},`
    const where = byFilter
      ? parseFilter(this.#context(new Names(access, name), shape), target.filter, 'filter')
      : this.#keyCondition(entity, target.id, shape)
    if (!where) {
      if (byFilter) throw invalid('filter', 'has no condition and would match every row')
      return []
    }
    const plan = this.#plans.of(shape.key, () =>
      this.#plans.read(entity, entity.fields, [...visible(guards), where()]),
    )
    return rowsOf(plan.fields, yield* this.#run(plan.compiled, shape.values, caller, rowsOnly(this.#limits)))
  }

  /** How many compiled reads are kept. */
  get keptPlans(): number {
    return this.#plans.size
  }

  #run(
    compiled: Compiled,
    values: readonly SqlValue[],
    caller: Caller,
    limits: ResultLimits = this.#limits,
  ): Work<ResultSet> {
    return askWithin(limits, compiled.statement, bind(compiled, values, caller))
  }

  #context(names: Names, shape: Shape): ReadContext {
    return {
      shape,
      dialect: this.#dialect,
      maxValueBytes: this.#limits.maxValueBytes,
      maxListItems: this.#limits.maxManyRows,
      maxNodes: this.#limits.maxFilterNodes,
      maxDepth: this.#limits.maxFilterDepth,
      complexity: new Complexity(this.#limits.maxComplexity),
      shapeFor: (access) => this.#shape('i', access),
      rowLimits: (entity) => rowLimitsOf(entity, this.#limits),
      resolve: (name, path) => names.subject(name, path),
    }
  }

  #shape(kind: string, access: EntityAccess): Shape {
    return new Shape(`${kind}${this.#plans.numberOf(access)}.`)
  }

  #encodeKey(entity: EntityModel, id: unknown): SqlValue[] | undefined {
    const key = readKey(entity, id)
    return key?.map((value, at) =>
      this.#dialect.encode((entity.primaryKey[at] as FieldModel).data.type, value),
    )
  }

  #keyCondition(entity: EntityModel, id: unknown, shape: Shape): Build | undefined {
    const key = this.#encodeKey(entity, id)
    if (!key) return undefined
    shape.key += 'k'
    const slots = key.map((value) => shape.slot(value))
    return () =>
      and(entity.primaryKey.map((field, at) => compare(columnOfField(field), '=', (slots[at] as Build)())))
  }

  #planById(access: EntityAccess): ReadPlan {
    let read = this.#byId.get(access)
    if (!read) {
      read = { plan: this.#planReading(access, access.readable, []), include: [] }
      this.#byId.set(access, read)
    }
    return read
  }

  #planOf(access: EntityAccess, options: unknown, denials: Denials | undefined): ReadPlan {
    const given = readOptions(options, readOptionNames)
    const shape = this.#shape('r', access)
    const names = new Names(access, 'read', denials)
    const fields = parseSelect(names, given.select, shape)
    shape.key += ';'
    const include = parseInclude(names, this.#context(names, shape), given.include)
    return { plan: this.#plans.of(shape.key, () => this.#planReading(access, fields, include)), include }
  }

  #planReading(access: EntityAccess, fields: readonly FieldModel[], include: readonly Include[]): Plan {
    const key = access.entity.primaryKey.map((field, at) => compare(columnOfField(field), '=', slotNode(at)))
    const columns = [...fields]
    const localColumns = include.map(({ subject }) => columnAt(columns, subject.local))
    const plan = this.#plans.read(access.entity, columns, [...visible([guardOf(access, 'read')]), ...key])
    const { compiled } = plan
    const statement = { ...compiled.statement, single: access.entity.data.kind !== 'view' }
    return {
      compiled: { ...compiled, statement },
      fields: fields.map(({ name }) => name),
      localColumns,
    }
  }

  /** The one row of a result with what it brings along; null when there is none. */
  *#only(plan: Plan, result: ResultSet, include: readonly Include[], caller: Caller): Work<Row | null> {
    if (result.values.length === 0) return null
    const row = rowAt(plan.fields, result.values, 0)
    if (include.length === 0) return row
    const { localColumns = [] } = plan
    const related = yield* this.#included.of(include, { result, localColumns, count: 1 }, caller)
    for (const [at, { name }] of include.entries()) row[name] = related[at]?.[0]
    return row
  }

  /** The rows of a page: what they bring along stands behind their fields. */
  *#pack(
    plan: Plan,
    result: ResultSet,
    { include, limit }: Pick<ListQuery, 'include' | 'limit'>,
    caller: Caller,
  ): Work<PackedRows> {
    const { fields, localColumns = [] } = plan
    const values = cut(result, fields.length, limit)
    if (include.length === 0) return { fields, values }
    const count = values.length / fields.length
    const related = yield* this.#included.of(include, { result, localColumns, count }, caller)
    const packed: unknown[] = []
    for (let row = 0; row < count; row++) {
      for (let column = 0; column < fields.length; column++) packed.push(values[row * fields.length + column])
      for (const column of related) packed.push(column[row])
    }
    return { fields: [...fields, ...include.map(({ name }) => name)], values: packed }
  }

  *#count(
    access: EntityAccess,
    guard: Guard,
    { filter, filterKey, select, distinct }: Pick<ListQuery, 'filter' | 'filterKey' | 'select' | 'distinct'>,
    values: readonly SqlValue[],
    caller: Caller,
  ): Work<number> {
    const key = distinct
      ? `n${filterKey}D${select.map(({ index }) => `${index}.`).join('')}`
      : `n${filterKey}`
    const { compiled } = this.#plans.of(key, () => {
      const where = [...visible([guard]), ...(filter ? [filter()] : [])]
      const node = distinct
        ? countOf(
            distinctNode(
              this.#plans.select(
                access.entity,
                select.map(({ name }) => columnOf(name)),
                where,
              ),
            ),
          )
        : this.#plans.select(access.entity, [countNode], where)
      return { compiled: this.#plans.compile(node, ['integer']), fields: ['count'] }
    })
    return (yield* this.#run(compiled, values, caller)).values[0] as number
  }
}
