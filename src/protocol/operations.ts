/**
 * The methods of the protocol. Client and engine both read this table: the client to unpack results, the engine to know
 * what a method needs before it looks at the parameters.
 */

/** The rule operations of a policy. */
export const ruleOperations = ['create', 'read', 'update', 'delete'] as const
export type RuleOperation = (typeof ruleOperations)[number]

/**
 * How a result travels: `row` an object or null · `rows` PackedRows · `page` `{ data: PackedRows, … }` ·
 * `value` as it is.
 */
export type ResultShape = 'row' | 'rows' | 'page' | 'value'

export interface OperationSpec {
  /** The rule that must allow it; null where the operation asks for itself. */
  readonly access: RuleOperation | null
  readonly writes: boolean
  readonly result: ResultShape
}

const spec = (access: RuleOperation | null, writes: boolean, result: ResultShape): OperationSpec => ({
  access,
  writes,
  result,
})

/** Methods of every entity; `params[0]` is the entity. */
export const entityOperations = {
  create: spec('create', true, 'row'),
  createMany: spec('create', true, 'value'),
  read: spec('read', false, 'row'),
  update: spec('update', true, 'row'),
  updateMany: spec('update', true, 'value'),
  delete: spec('delete', true, 'value'),
  deleteMany: spec('delete', true, 'value'),
  upsert: spec('create', true, 'row'),
  list: spec('read', false, 'page'),
  findFirst: spec('read', false, 'row'),
  count: spec('read', false, 'value'),
  aggregate: spec('read', false, 'value'),
  /** Of entities with search fields. */
  search: spec('read', false, 'rows'),
} as const satisfies Record<string, OperationSpec>

export type EntityOperation = keyof typeof entityOperations

/** Methods that belong to one entity of the built-in schema; `params[0]` is the entity here too. */
export const builtinOperations = {
  Credential: {
    verify: spec(null, true, 'value'),
    set: spec(null, true, 'value'),
    firstLogin: spec(null, false, 'value'),
    setFirstLogin: spec(null, true, 'value'),
  },
  PageConfig: {
    getBySlug: spec('read', false, 'row'),
    listByLevel: spec('read', false, 'page'),
  },
  ComponentNode: {
    getTree: spec('read', false, 'value'),
    reorder: spec('update', true, 'value'),
    move: spec('update', true, 'row'),
  },
} as const satisfies Record<string, Record<string, OperationSpec>>

/** Methods of the database as a whole. */
export const databaseOperations = {
  batch: spec(null, true, 'value'),
  /** `{ mode?, idleTimeout?, timeout? }`; opens a transaction under the number that the request carries. */
  'transaction.begin': spec(null, true, 'value'),
  'transaction.commit': spec(null, true, 'value'),
  'transaction.rollback': spec(null, true, 'value'),
  /** The name of a point inside of the transaction, for the two below. */
  'transaction.savepoint': spec(null, true, 'value'),
  'transaction.release': spec(null, true, 'value'),
  'transaction.rollbackTo': spec(null, true, 'value'),
  getCapabilities: spec(null, false, 'value'),
  stats: spec(null, false, 'value'),
  checkIntegrity: spec(null, false, 'value'),
  'auth.login': spec(null, true, 'value'),
  'auth.register': spec(null, true, 'value'),
  'auth.refresh': spec(null, true, 'value'),
  'auth.resume': spec(null, false, 'value'),
  'auth.logout': spec(null, true, 'value'),
  'auth.changePassword': spec(null, true, 'value'),
  'auth.requestReset': spec(null, true, 'value'),
  'auth.reset': spec(null, true, 'value'),
  'auth.me': spec(null, false, 'row'),
  /** The client must not send it again by itself unless it knows it for a read: it counts as a write. */
  'kysely.execute': spec(null, true, 'value'),
  /** Reads, and is recorded in the audit log. */
  sql: spec(null, true, 'value'),
  /** A read of the caller's, as `{ method, params }`: how the database goes about it. */
  explain: spec(null, false, 'value'),
  'live.open': spec(null, false, 'value'),
  /** `{ tree, params }` of a Kysely select, and the caller's number for the subscription. */
  'live.select': spec(null, false, 'value'),
  'live.close': spec(null, false, 'value'),
  'audit.list': spec(null, false, 'page'),
  'audit.verify': spec(null, false, 'value'),
  'audit.head': spec(null, false, 'value'),
  'audit.export': spec(null, false, 'value'),
  'migrations.status': spec(null, false, 'value'),
  'migrations.migrate': spec(null, true, 'value'),
  'migrations.rollback': spec(null, true, 'value'),
  /** The schema in use: for a client that opened a file, or whose host brought its own. */
  'database.schema': spec(null, false, 'value'),
  'database.export': spec(null, false, 'value'),
  'database.analyze': spec(null, false, 'value'),
  'database.vacuum': spec(null, false, 'value'),
} as const satisfies Record<string, OperationSpec>

export type DatabaseOperation = keyof typeof databaseOperations
