/** INSERT: every row is written as `create` writes it; what stands in the way of a row is looked at before. */

import type { SelectQueryNode } from 'kysely'
import { DBALError, invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityAccess } from '../access/access.ts'
import type { RowChange } from '../call.ts'
import { written } from '../operations/entity.ts'
import type { Tools } from '../operations/operation.ts'
import { type EntityCall, insertRow, proposedRow, refuseReadOnly } from '../operations/write.ts'
import { bind, type Compiled, compileNode } from '../query/binding.ts'
import { ask, askWithin, type Work } from '../work.ts'
import { fitted, type Given, givenValue, refuseUnwritable, uniqueNames } from './assignment.ts'
import { boundParams, rulesOf } from './bound.ts'
import type { Place } from './expression.ts'
import { type OnConflict, onConflictOf } from './on-conflict.ts'
import type { WritePlan } from './plan.ts'
import { returnedRow, returningOf } from './returning.ts'
import type { Rewrite } from './rewrite.ts'
import { Scope } from './scope.ts'
import { selectQuery } from './select.ts'
import { columnName, get, isKind, list, type Node, read, shown, tableName, unsupported } from './tree.ts'
import { leadingWith } from './with.ts'

const known = ['into', 'columns', 'values', 'returning', 'onConflict', 'with', 'orAction', 'defaultValues']
const refused = ['onDuplicateKey', 'replace', 'explain', 'endModifiers', 'top', 'output']

/** Rows as the query gives them, before they are validated. */
type Rows = (call: EntityCall, tools: Tools, params: readonly unknown[]) => Work<readonly Row[]>

export function insertPlan(
  given: Node,
  rewrite: Rewrite,
  tools: Tools,
): Pick<WritePlan, 'returning' | 'run'> {
  const tree = read(given, 'InsertQueryNode', known, refused)
  const name = tableName(get(tree, 'into'))
  const clause = leadingWith(tree, rewrite)
  const access = rewrite.access(name, 'create')
  refuseReadOnly(access.entity)
  const columns = list(tree, 'columns').map(columnName)
  uniqueNames(columns)
  const place: Place = { rewrite, scope: new Scope(null), with: clause.with }
  const rows = rowsOf(tree, columns, access, place, clause.node, tools)
  const returning = returningOf(get(tree, 'returning'), access, name)
  const conflict = get(tree, 'onConflict')
  const onConflict = conflict === undefined ? null : onConflictOf(conflict, columns, access, place, tools)
  const skipsTwins = ignores(get(tree, 'orAction')) || onConflict?.kind === 'skipAny'
  return {
    returning: returning.map((one) => one.name),
    *run(call, tools, params) {
      const own: EntityCall = { ...call, entity: access.entity, access }
      refuseUnwritable(own, 'create', columns)
      const changes: RowChange[] = []
      const returned: Row[] = []
      const given = yield* rows(own, tools, params)
      for (const [at, row] of given.entries()) {
        const path = given.length > 1 ? `[${at}]` : ''
        const change = yield* writeRow(own, tools, row, path, onConflict, skipsTwins, params)
        if (!change) continue
        changes.push(change)
        if (returning.length > 0)
          returned.push(yield* returnedRow(own, tools, change.after as Row, returning))
      }
      return { changes: written(changes), affected: changes.length, returned }
    },
  }
}

/** Null for a row that is skipped. */
function* writeRow(
  call: EntityCall,
  tools: Tools,
  row: Row,
  path: string,
  onConflict: OnConflict | null,
  skipsTwins: boolean,
  params: readonly unknown[],
): Work<RowChange | null> {
  // A row that may not be created is refused even where it would be skipped or become an update.
  const proposed = yield* proposedRow(call, tools, row, path)
  if (onConflict?.kind === 'onKey') {
    const there = yield* onConflict.find(call, tools, proposed)
    if (there) return yield* onConflict.resolve(call, tools, proposed, there, params)
  }
  try {
    return yield* insertRow(call, tools, proposed)
  } catch (error) {
    const isTwin =
      error instanceof DBALError && error.is('CONFLICT') && error.details?.constraint === 'unique'
    if (skipsTwins && isTwin) return null
    throw error
  }
}

/** `or ignore` skips rows whose unique key is taken, and nothing else: bad rows are never ignored. */
function ignores(orAction: unknown): boolean {
  if (orAction === undefined) return false
  const action = get(read(orAction, 'OrActionNode', ['action']), 'action')
  if (action === 'abort') return false
  if (action === 'ignore') return true
  throw unsupported(`insert or ${shown(String(action))}`)
}

function rowsOf(
  tree: Node,
  columns: readonly string[],
  access: EntityAccess,
  place: Place,
  withNode: SelectQueryNode['with'] | null,
  tools: Tools,
): Rows {
  const values = get(tree, 'values')
  if (get(tree, 'defaultValues') === true) {
    if (values !== undefined || columns.length > 0) throw invalid('query', 'inserts defaults and values')
    // biome-ignore lint/correctness/useYield: nothing to ask
    return function* () {
      return [{}]
    }
  }
  const select = isKind(values, 'ParensNode') ? get(read(values, 'ParensNode', ['node']), 'node') : values
  if (isKind(select, 'SelectQueryNode')) return selectedRows(select, columns, access, place, withNode, tools)
  if (withNode) throw unsupported('WITH in front of an insert of values')
  const items = list(read(values, 'ValuesNode', ['values']), 'values')
  if (items.length === 0) throw invalid('query', 'inserts no rows')
  if (items.length > tools.limits.maxManyRows)
    throw invalid('query', `inserts more than ${tools.limits.maxManyRows} rows`)
  const rows = items.map((item) => valueRow(item, columns, place))
  const computed = rows.flat().flatMap((one) => (one?.kind === 'expression' ? [one.expression] : []))
  const compiled = computed.length > 0 ? compileValues(computed, tools) : null
  return function* (call, { limits }, params) {
    const bound = compiled ? boundParams(params, rulesOf(place.rewrite, place.rewrite.params), limits) : []
    const found = compiled ? (yield* ask(compiled.statement, bind(compiled, bound, call.caller))).values : []
    let at = 0
    return rows.map((cells) => {
      const row: Row = {}
      cells.forEach((cell, index) => {
        const name = columns[index] as string
        if (cell?.kind === 'param') row[name] = params[cell.param]
        else if (cell?.kind === 'literal') row[name] = cell.value
        else if (cell) row[name] = fitted(found[at++], access.entity.field(name))
      })
      return row
    })
  }
}

/** Undefined where the row leaves the column to its default. */
function valueRow(item: unknown, columns: readonly string[], place: Place): (Given | undefined)[] {
  const cells = isKind(item, 'PrimitiveValueListNode') ? primitives(item, place) : expressions(item, place)
  if (cells.length !== columns.length)
    throw invalid('query', `gives ${cells.length} values for ${columns.length} columns`)
  return cells
}

function primitives(item: Node, place: Place): Given[] {
  const { param, count } = read(item, 'PrimitiveValueListNode', ['param', 'count'])
  if (typeof param !== 'number' || typeof count !== 'number' || !(count >= 0 && count <= 5_000))
    throw invalid('query', 'has a list of values that is none')
  return Array.from({ length: count }, (_, at) => ({
    kind: 'param' as const,
    param: place.rewrite.slot(param + at).index,
  }))
}

function expressions(item: unknown, place: Place): (Given | undefined)[] {
  return list(read(item, 'ValueListNode', ['values']), 'values').map((cell) => {
    if (!isKind(cell, 'DefaultInsertValueNode')) return givenValue(cell, place)
    read(cell, 'DefaultInsertValueNode', [])
    return undefined
  })
}

function compileValues(computed: readonly { node: unknown; type: string }[], tools: Tools): Compiled {
  const node = {
    kind: 'SelectQueryNode',
    selections: computed.map((one) => ({ kind: 'SelectionNode', selection: one.node })),
  } as SelectQueryNode
  return compileNode(
    node,
    computed.map(({ type }) => type as 'any'),
    tools.dialect.createCompiler(),
  )
}

function selectedRows(
  select: unknown,
  columns: readonly string[],
  access: EntityAccess,
  place: Place,
  withNode: SelectQueryNode['with'] | null,
  tools: Tools,
): Rows {
  const { node, outputs } = selectQuery(select, place.rewrite, null, place.with)
  if (withNode && node.with) throw unsupported('WITH in front of an insert and in its select')
  if (outputs.length !== columns.length)
    throw invalid('query', `selects ${outputs.length} columns for ${columns.length}`)
  const compiled = compileNode(
    withNode ? { ...node, with: withNode } : node,
    outputs.map(({ type }) => type),
    tools.dialect.createCompiler(),
  )
  return function* (call, { limits }, params) {
    const bound = boundParams(params, rulesOf(place.rewrite, place.rewrite.params), limits)
    const { values, width } = yield* askWithin(limits, compiled.statement, bind(compiled, bound, call.caller))
    if (values.length > limits.maxManyRows * width)
      throw invalid('query', `inserts more than ${limits.maxManyRows} rows`)
    const rows: Row[] = []
    for (let at = 0; at < values.length; at += width) {
      const row: Row = {}
      columns.forEach((name, column) => {
        row[name] = fitted(values[at + column], access.entity.field(name))
      })
      rows.push(row)
    }
    return rows
  }
}
