/**
 * `{ filter?, groupBy?, count?, sum?, avg?, min?, max?, having?, sort?, limit? }`: one row a group, with the group's fields
 * and the results. `having` and `sort` name what is in such a row: `role`, `count`, `sum.amount`.
 */

import {
  AggregateFunctionNode,
  CastNode,
  DataTypeNode,
  GroupByItemNode,
  GroupByNode,
  HavingNode,
  LimitNode,
  type OperationNode,
  SelectAllNode,
  type SelectQueryNode,
} from 'kysely'
import type { ColumnType } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { FieldType } from '../../schema/schema.ts'
import type { FieldModel } from '../model.ts'
import { quoteName } from '../values/plain-object.ts'
import { type FilterContext, parseFilter } from './filter.ts'
import { parseFieldList, readOptions, readWhole } from './list-options.ts'
import type { Names } from './names.ts'
import { columnOf, columnOfField, compare, literal } from './nodes.ts'
import { readFlag } from './operators.ts'
import type { Build, Shape } from './shape.ts'
import { orderBy, sortEntries } from './sort.ts'
import { type Subject, subjectOf } from './subject.ts'

const functions = ['sum', 'avg', 'min', 'max'] as const
type AggregateFunction = (typeof functions)[number]

/** A result of a group: what SQL compares and sorts by, and the columns that it is read from. */
interface Result {
  readonly name: string
  readonly subject: Subject
  readonly columns: readonly { readonly node: Build; readonly type: ColumnType }[]
  /** Puts the result into the row, from its columns. */
  readonly store: (row: Row, values: readonly unknown[], at: number) => void
}

export interface AggregateQuery {
  readonly shape: Shape
  readonly filter: Build | undefined
  readonly having: Build | undefined
  readonly groupBy: readonly FieldModel[]
  readonly results: readonly Result[]
  readonly sort: readonly { readonly node: Build; readonly descending: boolean }[]
  readonly limitSlot: Build | undefined
}

const optionNames: ReadonlySet<string> = new Set([
  'filter',
  'groupBy',
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'having',
  'sort',
  'limit',
])

const numeric: ReadonlySet<FieldType> = new Set(['integer', 'bigint', 'number', 'any'])
const unordered: ReadonlySet<FieldType> = new Set(['json', 'boolean', 'bytes'])

export function parseAggregate(names: Names, context: FilterContext, options: unknown): AggregateQuery {
  const given = readOptions(options, optionNames)
  const { shape } = context
  const filter = parseFilter(context, given.filter, 'filter')
  shape.key += ';'
  const groupBy = given.groupBy === undefined ? [] : parseGroupBy(names, given.groupBy)
  const results = groupBy.map(groupResult)
  if (given.count !== undefined && readFlag(given.count, 'count')) results.push(countResult)
  for (const name of functions) {
    if (given[name] === undefined) continue
    for (const field of parseFieldList(names, given[name], name)) {
      context.complexity.add('aggregate', name)
      results.push(functionResult(name, field, name))
    }
  }
  if (results.length === 0)
    throw invalid('', 'aggregate needs at least one of groupBy, count, sum, avg, min, max')
  refuseClash(groupBy, given)
  for (const result of results) shape.key += `${result.subject.key},`
  shape.key += ';'
  const having = parseFilter(
    { ...context, resolve: (name, path) => resolveResult(names, groupBy, name, path) },
    given.having,
    'having',
  )
  shape.key += ';'
  const sort = parseResultSort(names, groupBy, given.sort, shape)
  shape.key += ';'
  const limit =
    given.limit === undefined ? undefined : readWhole(given.limit, 'limit', Number.MAX_SAFE_INTEGER)
  if (limit !== undefined) shape.key += 'l'
  return {
    shape,
    filter,
    having,
    groupBy,
    results,
    sort,
    limitSlot: limit === undefined ? undefined : shape.slot(limit),
  }
}

/** @param selected the statement with its selections and its condition */
export function aggregateNode(query: AggregateQuery, selected: SelectQueryNode): SelectQueryNode {
  const { groupBy, having, sort, limitSlot } = query
  return {
    ...selected,
    ...(groupBy.length > 0 && {
      groupBy: GroupByNode.create(groupBy.map((field) => GroupByItemNode.create(columnOfField(field)))),
    }),
    ...(having && { having: HavingNode.create(having()) }),
    ...(sort.length > 0 && {
      orderBy: orderBy(sort.map(({ node, descending }) => ({ node: node(), descending }))),
    }),
    ...(limitSlot && { limit: LimitNode.create(limitSlot()) }),
  }
}

/** The rows, from the flat values of the results' columns. */
export function groupRows({ results }: Pick<AggregateQuery, 'results'>, values: readonly unknown[]): Row[] {
  const width = results.reduce((columns, result) => columns + result.columns.length, 0)
  const rows: Row[] = []
  for (let at = 0; at < values.length; at += width) {
    const row: Row = {}
    let column = at
    for (const result of results) {
      result.store(row, values, column)
      column += result.columns.length
    }
    rows.push(row)
  }
  return rows
}

function parseGroupBy(names: Names, list: unknown): FieldModel[] {
  const fields = parseFieldList(names, list, 'groupBy')
  for (const [at, { data }] of fields.entries()) {
    if (data.type === 'json') throw invalid(`groupBy[${at}]`, 'is json, which cannot be grouped by')
  }
  return fields
}

/** A field that is called like a result would be overwritten by it. */
function refuseClash(groupBy: readonly FieldModel[], given: Readonly<Record<string, unknown>>): void {
  for (const [at, { name }] of groupBy.entries()) {
    if ((name === 'count' || (functions as readonly string[]).includes(name)) && given[name] !== undefined) {
      throw invalid(`groupBy[${at}]`, `has the name of the result ${quoteName(name)}; leave out one of them`)
    }
  }
}

function groupResult(field: FieldModel): Result {
  const subject = subjectOf(field)
  return {
    name: field.name,
    subject,
    columns: [{ node: subject.node, type: field.column }],
    store: (row, values, at) => {
      row[field.name] = values[at]
    },
  }
}

const countSubject: Subject = {
  kind: 'value',
  type: 'integer',
  folded: false,
  values: undefined,
  key: 'n',
  node: () => AggregateFunctionNode.create('count', [SelectAllNode.create()]),
}

const countResult: Result = {
  name: 'count',
  subject: countSubject,
  columns: [{ node: countSubject.node, type: 'integer' }],
  store: (row, values, at) => {
    row.count = values[at]
  },
}

/** @throws DBALError VALIDATION_ERROR when the function does not fit the field's type */
function functionResult(name: AggregateFunction, field: FieldModel, path: string): Result {
  const { type } = field.data
  const fits = name === 'sum' || name === 'avg' ? numeric.has(type) : !unordered.has(type)
  if (!fits) throw invalid(path, `does not fit ${field.name}, which is ${type}`)
  const subject = functionSubject(name, field)
  const exact = name === 'sum' && type === 'bigint'
  return {
    name: `${name}.${field.name}`,
    subject,
    columns: exact
      ? halves(field)
      : [{ node: subject.node, type: name === 'min' || name === 'max' ? field.column : 'number' }],
    store: (row, values, at) => {
      row[name] ??= {}
      const results = row[name] as Row
      results[field.name] = exact
        ? joinHalves(values[at] as bigint | null, values[at + 1] as bigint | null)
        : values[at]
    },
  }
}

function functionSubject(name: AggregateFunction, field: FieldModel): Subject {
  const own = subjectOf(field)
  const apply = (operand: OperationNode) => AggregateFunctionNode.create(name, [operand])
  const key = `${name}${own.key}`
  if (name === 'min' || name === 'max') return { ...own, key, node: () => apply(own.node()) }
  // A sum of integers that leaves 64 bits is an error in SQLite; a sum of doubles is not.
  const node = () =>
    apply(name === 'sum' ? CastNode.create(own.node(), DataTypeNode.create('real')) : own.node())
  return { kind: 'value', type: 'number', folded: false, values: undefined, key, node }
}

/** A sum of 64-bit integers without loss and without overflow: the upper and the lower 32 bits are summed apart. */
function halves({ name }: FieldModel): Result['columns'] {
  const sum =
    (half: () => OperationNode): Build =>
    () =>
      AggregateFunctionNode.create('sum', [half()])
  return [
    { node: sum(() => compare(columnOf(name), '>>', literal(32))), type: 'bigint' },
    { node: sum(() => compare(columnOf(name), '&', literal(0xffffffff))), type: 'bigint' },
  ]
}

function joinHalves(upper: bigint | null, lower: bigint | null): bigint | null {
  return upper === null || lower === null ? null : (upper << 32n) + lower
}

/** What a name in `having` or `sort` is: a field of the group, `count`, or `sum.amount`. It need not be asked for. */
function resolveResult(names: Names, groupBy: readonly FieldModel[], name: string, path: string): Subject {
  const field = groupBy.find((grouped) => grouped.name === name)
  if (field) return subjectOf(field)
  if (name === 'count') return countSubject
  const dot = name.indexOf('.')
  const called = functions.find((known) => known === name.slice(0, dot))
  if (!called) {
    throw invalid(
      path,
      `${quoteName(name)} is not a result: a field of groupBy, count, or a function of a field such as sum.amount`,
    )
  }
  return functionResult(called, names.field(name.slice(dot + 1), path), path).subject
}

/** As asked for, then by the group's fields, so that the order is always the same. */
function parseResultSort(
  names: Names,
  groupBy: readonly FieldModel[],
  sort: unknown,
  shape: Shape,
): AggregateQuery['sort'] {
  const subjects: Subject[] = []
  const keys: { node: Build; descending: boolean }[] = []
  for (const { name, descending, path } of sortEntries(sort)) {
    const subject = resolveResult(names, groupBy, name, path)
    subjects.push(subject)
    shape.key += `${descending ? 'd' : 'a'}${subject.key}`
    keys.push({ node: subject.node, descending })
  }
  for (const field of groupBy) {
    const subject = subjectOf(field)
    if (!subjects.includes(subject)) keys.push({ node: subject.node, descending: false })
  }
  return keys
}
