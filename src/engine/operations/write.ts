/** What create, update and delete share: one row written, checked before and after, its conflicts explained. */

import { DriverError } from '../../drivers/driver.ts'
import { DBALError, invalid } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import type { Relation } from '../../schema/schema.ts'
import type { EntityAccess, Guard } from '../access/access.ts'
import { forbidden } from '../authorize.ts'
import type { AllowedCall, RowChange } from '../call.ts'
import { scanLua } from '../lua/scan.ts'
import type { EntityModel } from '../model.ts'
import { bind, type Caller, type Compiled } from '../query/binding.ts'
import { ask, tell, type Work } from '../work.ts'
import { followedBy } from './followed.ts'
import type { Tools } from './operation.ts'
import { checkTree } from './tree.ts'

/** An entity call: `entity` and `access` are there. */
export interface EntityCall extends AllowedCall {
  readonly entity: EntityModel
  readonly access: EntityAccess
}

export function asEntityCall(call: AllowedCall): EntityCall {
  return call as EntityCall
}

/**
 * A row as it would be created: validated, filled up, and allowed by the rules.
 * @param input the caller's row, not yet validated; `path` is where it stands in the parameters
 */
export function* proposedRow(call: EntityCall, tools: Tools, input: unknown, path: string): Work<Row> {
  const { entity, access, caller } = call
  refuseReadOnly(entity)
  const row = tools.validators.create(entity, input, path)
  refuseFields(call, 'create', Object.keys(input as Row))
  access.escalation?.refuseValues(caller, 'create', null, row)
  scanCode(entity, row)
  fillGenerated(entity, row, caller.now, () => tools.ids.next(Date.parse(caller.now)))
  yield* checkAfter(call, 'create', access.check('create'), row, tools)
  yield* checkTree(entity, null, row, tools, caller, (parent) => sees(call, parent, tools))
  return row
}

/** @param input the caller's row, not yet validated; `path` is where it stands in the parameters */
export function* createRow(call: EntityCall, tools: Tools, input: unknown, path: string): Work<RowChange> {
  return yield* insertRow(call, tools, yield* proposedRow(call, tools, input, path))
}

/** @param row made by `proposedRow` */
export function* insertRow(call: EntityCall, tools: Tools, row: Row): Work<RowChange> {
  const { entity, caller } = call
  const statement = tools.queries.writes.insert(entity)
  const { values } = yield* execute(
    call,
    tools,
    statement,
    entity.fields.map((field) => row[field.name]),
    {
      entity,
      operation: 'create',
      row,
    },
  )
  // Keys that the database itself makes (rowid tables of foreign files) come back from the statement.
  if (values.length > 0)
    for (const [index, field] of entity.primaryKey.entries()) row[field.name] = values[index]
  yield* readComputed(entity, row, tools, caller)
  return { entity, kind: 'create', id: entity.idOf(row), before: null, after: row }
}

/** What the database has worked out from the rest of a row that was just written. */
function* readComputed(entity: EntityModel, row: Row, tools: Tools, caller: Caller): Work<void> {
  const computed = entity.fields.filter(({ data }) => data.generated === 'computed')
  if (computed.length === 0) return
  const equal = Object.fromEntries(entity.primaryKey.map(({ name }) => [name, row[name]]))
  const stored = yield* tools.lookup.row(entity, { equal }, caller)
  for (const { name } of computed) row[name] = stored?.[name] ?? null
}

/** @param values the validated patch */
export function* updateRow(call: EntityCall, tools: Tools, before: Row, values: Row): Work<RowChange> {
  const { entity, access, caller } = call
  access.escalation?.refuseTarget(caller, 'update', before)
  access.escalation?.refuseValues(caller, 'update', before, values)
  const id = entity.idOf(before)
  const changed = Object.keys(values).filter((name) => !same(before[name], values[name]))
  const after: Row = { ...before }
  for (const name of changed) after[name] = values[name]
  const isSame = changed.length === 0
  const stamp = entity.fields.find((field) => field.data.generated === 'updatedAt')
  if (stamp && !isSame) {
    after[stamp.name] = caller.now
    changed.push(stamp.name)
  }
  // Of a row that stays as it is too: else a refusal would tell that a value, unreadable perhaps, is another one.
  yield* checkAfter(call, 'update', access.check('update'), after, tools)
  yield* checkPairs(call, before, after, tools)
  if (isSame) return { entity, kind: 'update', id, before, after }
  yield* checkTree(entity, before, after, tools, caller, (parent) => sees(call, parent, tools))
  const foreseen = yield* foresee({ entity, kind: 'update', id, before, after }, tools, caller)
  const fields = entity.fields.filter((field) => changed.includes(field.name))
  const statement = tools.queries.writes.updateByKey(entity, fields)
  yield* execute(
    call,
    tools,
    statement,
    [...fields.map((field) => after[field.name]), ...entity.primaryKey.map((field) => before[field.name])],
    { entity, operation: 'update', row: after },
    [...fields, ...entity.primaryKey].map((field) => field.data.type),
  )
  yield* readComputed(entity, after, tools, caller)
  return { ...foreseen, id: entity.idOf(after) }
}

export function* deleteRow(call: EntityCall, tools: Tools, before: Row): Work<RowChange> {
  call.access.escalation?.refuseTarget(call.caller, 'delete', before)
  return yield* removeRow(call, tools, before)
}

/** Whoever asks for it: of a call its rules have been asked before. */
export function* removeRow(
  by: Pick<EntityCall, 'entity' | 'caller'>,
  tools: Tools,
  before: Row,
): Work<RowChange> {
  const { entity, caller } = by
  const gone: RowChange = { entity, kind: 'delete', id: entity.idOf(before), before, after: null }
  const change = yield* foresee(gone, tools, caller)
  yield* execute(
    by,
    tools,
    tools.queries.writes.deleteByKey(entity),
    entity.primaryKey.map((field) => before[field.name]),
    { entity, operation: 'delete', row: before },
    entity.primaryKey.map((field) => field.data.type),
  )
  return change
}

/** What foreign keys will do, for the audit log and for live queries, which are spared a look where that is nothing. */
function* foresee(change: RowChange, tools: Tools, caller: Caller): Work<RowChange> {
  if (!tools.audit && !tools.isListenedTo()) return change
  const followed = yield* followedBy(change, tools, caller)
  if (followed.length > 0) return { ...change, followed }
  return change.kind === 'delete' ? { ...change, isAlone: true } : change
}

/** Validates a patch and refuses fields that the role may not write. */
export function readPatch(call: EntityCall, tools: Tools, input: unknown, path: string): Row {
  refuseReadOnly(call.entity)
  const values = tools.validators.update(call.entity, input, path)
  refuseFields(call, 'update', Object.keys(values))
  scanCode(call.entity, values)
  return values
}

/**
 * The row as the caller may see it: readable fields only, and only the key where the role reads nothing or the row
 * is out of its sight after the write.
 */
export function* visibleRow(call: EntityCall, tools: Tools, row: Row): Work<Row> {
  const { entity, access } = call
  const fields = (yield* sees(call, row, tools)) ? access.readable : entity.primaryKey
  const visible: Row = {}
  for (const field of fields) visible[field.name] = row[field.name]
  return visible
}

function* sees({ access, caller }: EntityCall, row: Row, tools: Tools): Work<boolean> {
  const guard = access.guard('read')
  return guard !== null && (yield* passes(guard, row, tools, caller))
}

export function notFound(entity: EntityModel, id: unknown): DBALError<'NOT_FOUND'> {
  return new DBALError('NOT_FOUND', `There is no such ${entity.name}`, { entity: entity.name, id })
}

export function refuseReadOnly(entity: EntityModel): void {
  if (entity.data.kind === 'view') throw invalid('entity', `${entity.name} is a view and cannot be written`)
}

/** @throws DBALError MALICIOUS_CODE_DETECTED, VALIDATION_ERROR for what does not parse */
function scanCode(entity: EntityModel, values: Row): void {
  for (const { name, data } of entity.fields) {
    const code = values[name]
    if (data.scan === 'lua' && typeof code === 'string') scanLua(code, name)
  }
}

/** @throws DBALError FORBIDDEN for a field that the role may not write */
export function refuseFields(
  call: EntityCall,
  operation: 'create' | 'update',
  names: readonly string[],
): void {
  for (const name of names) {
    const field = call.entity.field(name)
    if (field && !call.access.canWrite(operation, field, call.caller))
      throw forbidden(call.entity.name, operation, name)
  }
}

function fillGenerated(entity: EntityModel, row: Row, now: string, newId: () => string): void {
  for (const field of entity.fields) {
    const { generated } = field.data
    if (generated === 'id') row[field.name] ??= newId()
    else if (generated === 'createdAt' || generated === 'updatedAt') row[field.name] = now
  }
}

/** @throws DBALError FORBIDDEN when the row after the write is not one that the rules allow */
function* checkAfter(
  call: EntityCall,
  operation: 'create' | 'update',
  guard: Guard | null,
  row: Row,
  tools: Tools,
): Work<void> {
  if (!guard || !(yield* passes(guard, row, tools, call.caller))) throw forbidden(call.entity.name, operation)
}

/** With several rules of different filters, one rule must allow the change as a whole. */
function* checkPairs(call: EntityCall, before: Row, after: Row, tools: Tools): Work<void> {
  const { updatePairs } = call.access
  if (!updatePairs) return
  for (const pair of updatePairs) {
    const whole =
      (yield* passes(pair.before, before, tools, call.caller)) &&
      (yield* passes(pair.after, after, tools, call.caller))
    if (whole) return
  }
  throw forbidden(call.entity.name, 'update')
}

function* passes(guard: Guard, row: Row, tools: Tools, caller: Caller): Work<boolean> {
  if (guard.everyRow) return true
  if (guard.relations.length === 0) return guard.check(row, caller) === true
  const withRelated: Row = { ...row }
  for (const relation of guard.relations) {
    withRelated[relation.name] = yield* related(relation, row, tools, caller)
  }
  return guard.check(withRelated, caller) === true
}

function* execute(
  { caller }: Pick<EntityCall, 'caller'>,
  tools: Tools,
  compiled: Compiled,
  values: readonly unknown[],
  attempted: { entity: EntityModel; operation: 'create' | 'update' | 'delete'; row: Row },
  types = attempted.entity.fields.map((field) => field.data.type),
) {
  const encoded = values.map((value, index) => tools.dialect.encode(types[index] ?? 'any', value))
  try {
    const { statement } = compiled
    return yield* (statement.columns.length > 0 ? ask : tell)(statement, bind(compiled, encoded, caller))
  } catch (error) {
    if (error instanceof DriverError && isConstraint(error)) {
      throw yield* tools.conflicts.explain(error, attempted, caller)
    }
    throw error
  }
}

const isConstraint = ({ kind }: DriverError) =>
  kind === 'unique' || kind === 'foreignKey' || kind === 'notNull' || kind === 'check' || kind === 'type'

function same(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return left.length === right.length && left.every((byte, index) => byte === right[index])
  }
  return JSON.stringify(left) === JSON.stringify(right)
}

/** The row that a relation leads to, whoever may see it: a rule may look at what its subject may not. */
function* related(relation: Relation, row: Row, tools: Tools, caller: Caller): Work<Row | null> {
  const value = row[relation.localField]
  if (value === null || value === undefined) return null
  const equal = { [relation.foreignField]: value }
  return yield* tools.lookup.row(tools.model.entity(relation.entity), { equal }, caller)
}
