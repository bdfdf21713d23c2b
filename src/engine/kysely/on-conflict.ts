/**
 * ON CONFLICT. The row that holds the key is looked for before the insert, in the same transaction: that one is updated
 * under the rules for updates, and one that the caller cannot update is a plain CONFLICT.
 */

import { AliasNode, FromNode, JoinNode, SelectionNode, type SelectQueryNode, WhereNode } from 'kysely'
import type { SqlValue } from '../../drivers/driver.ts'
import { DBALError, invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import type { RowChange } from '../call.ts'
import { uniqueKeys } from '../conflict.ts'
import type { FieldModel } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import { type EntityCall, readPatch, updateRow } from '../operations/write.ts'
import { bind, type Compiled, compileNode, Slot } from '../query/binding.ts'
import { and, columnOf, compare, slotNode } from '../query/nodes.ts'
import { ask, type Work } from '../work.ts'
import { assignedName, type Given, givenValue, uniqueNames } from './assignment.ts'
import { boundParams, rulesOf } from './bound.ts'
import { nodeFor, type Place } from './expression.ts'
import { addSource, readable, seenBy } from './from.ts'
import { named } from './rewrite.ts'
import { Scope } from './scope.ts'
import { columnName, get, list, read, unsupported } from './tree.ts'
import { patchOf } from './update.ts'

export type OnConflict =
  /** `do nothing` without naming a key: whatever key is taken, the row is skipped. */
  | { readonly kind: 'skipAny' }
  | {
      readonly kind: 'onKey'
      /** The row that holds the key, whoever may see it. */
      find(call: EntityCall, tools: Tools, row: Row): Work<Row | null>
      /** Null for a row that is skipped. */
      resolve(
        call: EntityCall,
        tools: Tools,
        row: Row,
        there: Row,
        params: readonly unknown[],
      ): Work<RowChange | null>
    }

const known = ['columns', 'updates', 'updateWhere', 'doNothing']
const refused = ['constraint', 'indexExpression', 'indexWhere']

/** @param inserted the columns that the insert gives: those of `excluded` */
export function onConflictOf(
  given: unknown,
  inserted: readonly string[],
  access: EntityAccess,
  place: Place,
  tools: Tools,
): OnConflict {
  const node = read(given, 'OnConflictNode', known, refused)
  const key = list(node, 'columns').map(columnName)
  const doesNothing = get(node, 'doNothing') === true
  if (key.length === 0) {
    if (doesNothing) return { kind: 'skipAny' }
    throw invalid('query.onConflict', 'needs the columns of a unique key')
  }
  refuseOtherKeys(key, access)
  const find = finder(key, access)
  if (doesNothing) {
    return { kind: 'onKey', find, resolve: skip }
  }
  return { kind: 'onKey', find, resolve: updater(node, key, inserted, access, place, tools) }
}

// biome-ignore lint/correctness/useYield: nothing to ask
function* skip(): Work<null> {
  return null
}

function refuseOtherKeys(key: readonly string[], { entity }: EntityAccess): void {
  const sorted = [...key].sort()
  const isKey = uniqueKeys(entity).some(
    (one) => one.length === key.length && [...one].sort().every((name, at) => name === sorted[at]),
  )
  if (!isKey) throw invalid('query.onConflict', `must name the columns of a unique key of ${entity.name}`)
}

function finder(key: readonly string[], { entity }: EntityAccess) {
  return function* (call: EntityCall, tools: Tools, row: Row): Work<Row | null> {
    const equal: Row = {}
    for (const name of key) {
      const value = row[name]
      // Null is no key, and what is no plain value is for the validator to refuse.
      if (
        value === null ||
        value === undefined ||
        (typeof value === 'object' && !(value instanceof Uint8Array))
      )
        return null
      equal[name] = value
    }
    return yield* tools.lookup.row(entity, { equal }, call.caller)
  }
}

function updater(
  node: ReturnType<typeof read>,
  key: readonly string[],
  inserted: readonly string[],
  access: EntityAccess,
  place: Place,
  tools: Tools,
) {
  const { rewrite } = place
  const { entity } = access
  const updates = list(node, 'updates').map((one) => read(one, 'ColumnUpdateNode', ['column', 'value']))
  const names = updates.map((one) => assignedName(get(one, 'column')))
  if (names.length === 0) throw invalid('query.onConflict', 'sets nothing')
  uniqueNames(names)
  const allowed = rewrite.access(entity.name, 'update')
  const within = allowed.escalation?.reachable('update', names)
  const guards = [allowed.guard('update') as Guard, ...(within ? [within] : [])]
  const fields = inserted.flatMap((name) => entity.field(name) ?? [])
  const scope = new Scope(null)
  const seen = addSource(
    scope,
    rewrite,
    seenBy(allowed, guards, rewrite),
    readable(allowed),
    entity.name,
    allowed,
  )
  // Behind the caller's own values come those of the row that was to be inserted, then the key of the one that is there.
  const offset = rewrite.params
  const proposed = addSource(scope, rewrite, slots(fields, offset), outputs(fields), 'excluded', null)
  const inside: Place = { rewrite, scope, with: place.with, isFlat: true }
  const values: Given[] = updates.map((one) => givenValue(one['value'], inside))
  const expressions = values.flatMap((one) => (one.kind === 'expression' ? [one.expression] : []))
  const updateWhere = get(node, 'updateWhere')
  const condition =
    updateWhere === undefined
      ? null
      : nodeFor(get(read(updateWhere, 'WhereNode', ['where']), 'where'), inside)
  const target = scope.sources[0]?.name as string
  const keys = entity.primaryKey.filter((field) => allowed.readable.includes(field))
  if (keys.length < entity.primaryKey.length) throw unsupported('on conflict where the key may not be read')
  const byKey = and(
    keys.map((field, at) =>
      compare(columnOf(field.name, target), '=', slotNode(offset + fields.length + at)),
    ),
  )
  const select: SelectQueryNode = {
    kind: 'SelectQueryNode',
    from: FromNode.create([seen]),
    joins: [JoinNode.create('CrossJoin', proposed)],
    selections: [columnOf(keys[0]?.name ?? '', target), ...expressions.map((one) => one.node)].map((one) =>
      SelectionNode.create(one as never),
    ),
    where: WhereNode.create(condition ? and([byKey, condition]) : byKey),
  }
  const compiled: Compiled = compileNode(
    select,
    ['any', ...expressions.map(({ type }) => type)],
    tools.dialect.createCompiler(),
  )
  return function* (
    call: EntityCall,
    tools: Tools,
    row: Row,
    there: Row,
    params: readonly unknown[],
  ): Work<RowChange | null> {
    const bound: SqlValue[] = [
      ...boundParams(params, rulesOf(rewrite, rewrite.params), tools.limits),
      ...fields.map((field) => tools.dialect.encode(field.data.type, row[field.name])),
      ...keys.map((field) => tools.dialect.encode(field.data.type, there[field.name])),
    ]
    const found = yield* ask(compiled.statement, bind(compiled, bound, call.caller))
    if (found.values.length === 0) {
      if (condition) return null
      throw new DBALError('CONFLICT', `Another ${entity.name} has this ${key.join(', ')} already`, {
        entity: entity.name,
        fields: key,
        constraint: 'unique',
      })
    }
    const own: EntityCall = { ...call, access: allowed }
    const patch = patchOf(names, values, params, found.values.slice(1), (name) => entity.field(name))
    return yield* updateRow(own, tools, there, readPatch(own, tools, patch, 'onConflict'))
  }
}

const outputs = (fields: readonly FieldModel[]) =>
  fields.map((field) => ({ name: field.name, type: field.column, field }))

/** The row that was to be inserted, as a table of one row. */
const slots = (fields: readonly FieldModel[], offset: number): SelectQueryNode => ({
  kind: 'SelectQueryNode',
  selections: fields.map((field, at) =>
    SelectionNode.create(
      AliasNode.create(
        { kind: 'ValueNode', value: new Slot(offset + at) } as never,
        named(field.name),
      ) as never,
    ),
  ),
})
