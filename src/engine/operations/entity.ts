/** The operations of every entity. */

import { type Issue, invalid, invalidAll } from '../../protocol/error.ts'
import { entityOperations } from '../../protocol/operations.ts'
import type { Row } from '../../protocol/rows.ts'
import { forbidden } from '../authorize.ts'
import { answer, type Outcome, type RowChange } from '../call.ts'
import { uniqueKeys } from '../conflict.ts'
import type { Denials } from '../query/names.ts'
import type { Work } from '../work.ts'
import type { Operation } from './operation.ts'
import {
  asEntityCall,
  createRow,
  deleteRow,
  type EntityCall,
  notFound,
  readPatch,
  refuseReadOnly,
  updateRow,
  visibleRow,
} from './write.ts'

/** What `permissive` let a query look at although no rule allows it: the audit log tells of it. */
class PermittedDenials implements Denials {
  #wouldDeny = false

  note(): void {
    this.#wouldDeny = true
  }

  answer(result: unknown): Outcome {
    return this.#wouldDeny ? { ...answer(result), wouldDeny: true } : answer(result)
  }
}

const create: Operation = {
  spec: entityOperations.create,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    const change = yield* createRow(call, tools, call.params[0], '')
    return { result: yield* visibleRow(call, tools, change.after as Row), changes: [change] }
  },
}

const createMany: Operation = {
  spec: entityOperations.createMany,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    const inputs = call.params[0]
    if (!Array.isArray(inputs)) throw invalid('', 'createMany takes a list of rows')
    if (inputs.length > tools.limits.maxManyRows) {
      throw invalid(
        '',
        `at most ${tools.limits.maxManyRows} rows fit in one call, ${inputs.length} were given`,
      )
    }
    const changes: RowChange[] = []
    for (let index = 0; index < inputs.length; index++) {
      changes.push(yield* createRow(call, tools, inputs[index], `[${index}]`))
    }
    return { result: { count: changes.length, ids: changes.map(({ id }) => id) }, changes, bulk: true }
  },
}

const read: Operation = {
  spec: entityOperations.read,
  arity: [1, 2],
  isOneStatement: ({ params: [, options] }) => !names(options, 'include'),
  *run(given, tools) {
    const call = asEntityCall(given)
    const [id, options] = call.params
    const denials = new PermittedDenials()
    const row = yield* tools.queries.readById(call.access, id, call.caller, options, denials)
    if (!row) throw notFound(call.entity, id)
    return denials.answer(row)
  },
}

const update: Operation = {
  spec: entityOperations.update,
  arity: [2, 2],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [id, input] = call.params
    const values = readPatch(call, tools, input, '')
    const [before] = yield* tools.queries.selectForWrite(call.access, 'update', { id }, [], call.caller)
    if (!before) throw notFound(call.entity, id)
    const change = yield* updateRow(call, tools, before, values)
    return { result: yield* visibleRow(call, tools, change.after as Row), changes: written([change]) }
  },
}

const updateMany: Operation = {
  spec: entityOperations.updateMany,
  arity: [2, 2],
  *run(given, tools) {
    const call = asEntityCall(given)
    const [filter, input] = call.params
    const values = readPatch(call, tools, input, 'patch')
    const within = call.access.escalation?.reachable('update', Object.keys(values))
    const rows = yield* tools.queries.selectForWrite(
      call.access,
      'update',
      { filter },
      within ? [within] : [],
      call.caller,
    )
    const changes: RowChange[] = []
    for (const before of rows) changes.push(yield* updateRow(call, tools, before, values))
    return { result: { count: changes.length }, changes: written(changes), bulk: true }
  },
}

const remove: Operation = {
  spec: entityOperations.delete,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    refuseReadOnly(call.entity)
    const [id] = call.params
    const [before] = yield* tools.queries.selectForWrite(call.access, 'delete', { id }, [], call.caller)
    if (!before) throw notFound(call.entity, id)
    return { result: true, changes: [yield* deleteRow(call, tools, before)] }
  },
}

const deleteMany: Operation = {
  spec: entityOperations.deleteMany,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    refuseReadOnly(call.entity)
    const within = call.access.escalation?.reachable('delete', [])
    const rows = yield* tools.queries.selectForWrite(
      call.access,
      'delete',
      { filter: call.params[0] },
      within ? [within] : [],
      call.caller,
    )
    const changes: RowChange[] = []
    for (const before of rows) {
      // A cascade inside one entity (a tree) may have taken the row with its parent already; deleting it again is no error.
      changes.push(yield* deleteRow(call, tools, before))
    }
    return { result: { count: changes.length }, changes, bulk: true }
  },
}

const upsert: Operation = {
  spec: entityOperations.upsert,
  arity: [1, 1],
  *run(given, tools) {
    const call = asEntityCall(given)
    const { where, create: input, update: patch } = readUpsert(call)
    const [before] = yield* tools.queries.selectForWrite(
      call.access,
      'read',
      { filter: where },
      [],
      call.caller,
    )
    let change: RowChange
    let wouldDeny = false
    if (before) {
      wouldDeny = call.access.strict?.guard('update') === null
      if (!call.access.guard('update')) throw forbidden(call.entity.name, 'update')
      const values = readPatch(call, tools, patch, 'update')
      const id = call.entity.idOf(before)
      const [writable] = yield* tools.queries.selectForWrite(call.access, 'update', { id }, [], call.caller)
      if (!writable) throw notFound(call.entity, id)
      change = yield* updateRow(call, tools, writable, values)
    } else {
      change = yield* createRow(call, tools, { ...where, ...input }, 'create')
    }
    const result = yield* visibleRow(call, tools, change.after as Row)
    return { result, changes: written([change]), wouldDeny }
  },
}

function readUpsert(call: EntityCall): { where: Row; create: Row; update: Row } {
  const options = call.params[0]
  const issues: Issue[] = []
  if (!isRow(options)) throw invalid('', 'upsert takes { where, create, update }')
  for (const name of Object.keys(options)) {
    if (name !== 'where' && name !== 'create' && name !== 'update') {
      issues.push({ path: name, message: 'is not an option of upsert' })
    }
  }
  for (const name of ['where', 'create', 'update']) {
    if (!isRow(options[name])) issues.push({ path: name, message: 'must be an object' })
  }
  if (issues.length > 0) throw invalidAll(issues)
  const where = options['where'] as Row
  const fields = Object.keys(where).sort()
  const unique = uniqueKeys(call.entity).some(
    (key) => key.length === fields.length && [...key].sort().every((name, index) => name === fields[index]),
  )
  if (!unique) throw invalid('where', `must name exactly the fields of a unique key of ${call.entity.name}`)
  for (const name of fields) {
    const value = where[name]
    if (
      value === null ||
      value === undefined ||
      (typeof value === 'object' && !(value instanceof Uint8Array))
    ) {
      throw invalid(`where.${name}`, 'must be a value')
    }
  }
  return { where, create: options['create'] as Row, update: options['update'] as Row }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Changes that changed something: an update to the same values is no write. */
export function written(changes: readonly RowChange[]): readonly RowChange[] {
  return changes.filter(
    ({ kind, entity, before, after }) =>
      kind !== 'update' || entity.fields.some(({ name }) => before?.[name] !== after?.[name]),
  )
}

const names = (options: unknown, ...parts: readonly string[]): boolean =>
  typeof options === 'object' && options !== null && parts.some((part) => part in options)

const list: Operation = {
  spec: entityOperations.list,
  arity: [0, 1],
  // The count of a page is one of its own.
  isOneStatement: ({ params: [options] }) => !names(options, 'include', 'page', 'count'),
  *run(given, tools) {
    const call = asEntityCall(given)
    const denials = new PermittedDenials()
    return denials.answer(yield* tools.queries.list(call.access, call.params[0] ?? {}, call.caller, denials))
  },
}

const findFirst: Operation = {
  spec: entityOperations.findFirst,
  arity: [0, 1],
  isOneStatement: ({ params: [options] }) => !names(options, 'include'),
  *run(given, tools) {
    const call = asEntityCall(given)
    const denials = new PermittedDenials()
    return denials.answer(yield* tools.queries.first(call.access, call.params[0] ?? {}, call.caller, denials))
  },
}

const count: Operation = {
  spec: entityOperations.count,
  arity: [0, 1],
  isOneStatement: () => true,
  *run(given, tools): Work<Outcome> {
    const call = asEntityCall(given)
    const denials = new PermittedDenials()
    return denials.answer(yield* tools.queries.count(call.access, call.params[0] ?? {}, call.caller, denials))
  },
}

const aggregate: Operation = {
  spec: entityOperations.aggregate,
  arity: [1, 1],
  isOneStatement: () => true,
  *run(given, tools) {
    const call = asEntityCall(given)
    const denials = new PermittedDenials()
    return denials.answer(yield* tools.queries.aggregate(call.access, call.params[0], call.caller, denials))
  },
}

const search: Operation = {
  spec: entityOperations.search,
  arity: [1, 2],
  // It may have to bring the index up to date first.
  writes: ({ entity }, { queries }) => entity !== null && queries.hasWordIndex(entity),
  *run(given, tools) {
    const call = asEntityCall(given)
    const [text, options] = call.params
    const denials = new PermittedDenials()
    return denials.answer(yield* tools.queries.search(call.access, text, options, call.caller, denials))
  },
}

export const everyEntity: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    create,
    createMany,
    read,
    update,
    updateMany,
    delete: remove,
    deleteMany,
    upsert,
    list,
    findFirst,
    count,
    aggregate,
    search,
  }),
)
