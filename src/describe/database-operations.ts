/** What the operations of the database as a whole take and give. A new one does not compile here until it is described. */

import { DBALErrorCode } from '../protocol/error.ts'
import { defaultLimits } from '../protocol/limits.ts'
import { builtinOperations, type DatabaseOperation, entityOperations } from '../protocol/operations.ts'
import { roles } from '../protocol/principal.ts'
import { maxSqlLength } from '../protocol/sql.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { type DescribedEntity, seenKey } from './entity.ts'
import { isTrue, newPassword, type OperationShape, type Param, pageOf } from './entity-operations.ts'
import {
  anyOf,
  datetime,
  flag,
  listOf,
  objectOf,
  optionsOf,
  refTo,
  refToShared,
  shared,
  text,
  whole,
} from './names.ts'
import { listOptionsKey, orNothing } from './options.ts'
import { instant } from './values.ts'

const optional = (name: string, schema: JsonSchema): Param => ({ name, schema, optional: true })
const textOrNull: JsonSchema = { type: ['string', 'null'] }
const hash: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' }
const actors = [...roles, 'system']

const auditFilter = optionsOf({
  entity: textOrNull,
  operation: text,
  userId: textOrNull,
  username: textOrNull,
  role: { type: 'string', enum: actors },
  success: flag,
  code: { type: ['string', 'null'], enum: [...Object.keys(DBALErrorCode), null] },
  requestId: { type: ['string', 'integer', 'null'] },
  rowId: anyOf({ type: ['string', 'number', 'object'] }),
  from: instant,
  to: instant,
})

const applied = objectOf({ version: whole(1), name: text, appliedAt: datetime, generated: flag })

/** Schemas that several operations share. */
export const databaseComponents: Readonly<Record<string, JsonSchema>> = {
  [shared('AuditFilter')]: auditFilter,
  [shared('AuditEntry')]: objectOf({
    seq: whole(1),
    at: datetime,
    userId: textOrNull,
    username: textOrNull,
    role: { type: 'string', enum: actors },
    sessionId: textOrNull,
    guest: textOrNull,
    entity: textOrNull,
    operation: text,
    rowIds: { type: 'array' },
    rowCount: whole(0),
    rowsDigest: textOrNull,
    success: flag,
    code: { type: ['string', 'null'], enum: [...Object.keys(DBALErrorCode), null] },
    durationMs: { type: 'number' },
    changes: { description: 'By field: the value before and after.', type: ['object', 'array', 'null'] },
    requestId: { type: ['string', 'integer', 'null'] },
    prevHash: hash,
    hash,
  }),
  [shared('AuditHead')]: objectOf({ seq: whole(0), hash, root: hash }),
  [shared('MigrationStatus')]: objectOf({
    version: whole(0),
    latest: whole(0),
    applied: listOf(applied),
    pending: listOf(objectOf({ version: whole(1), name: text })),
  }),
  [shared('PackedRows')]: objectOf(
    { fields: listOf(text), values: { type: 'array' } },
    { description: 'Rows in one flat list: as many values for each as there are fields.' },
  ),
  [shared('PlanNode')]: objectOf(
    { detail: text, children: listOf(refToShared('PlanNode')) },
    { description: 'A step of the plan, in the words of the database.' },
  ),
  [shared('Call')]: objectOf(
    {
      method: { type: 'string', enum: methodsOfEntities() },
      params: { type: 'array', description: 'As the parameters of the operation of that name.', minItems: 1 },
    },
    { description: 'An operation of an entity.' },
  ),
}

function methodsOfEntities(): string[] {
  return [
    ...Object.keys(entityOperations),
    ...Object.values(builtinOperations).flatMap((own) => Object.keys(own)),
  ]
}

const plan = listOf(refToShared('PlanNode'))
const status = refToShared('MigrationStatus')
const to = optional('to', { type: ['integer', 'null'], minimum: 0 })
const milliseconds = (maximum: number): JsonSchema => ({ type: ['number', 'null'], minimum: 1, maximum })
const savepoint: Param = { name: 'name', schema: { type: 'string', minLength: 1, maxLength: 100 } }

const nameOrEmail = (more: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  oneOf: [objectOf({ username: text, ...more }), objectOf({ email: text, ...more })],
})

/** @param user who is signed in, as they see themselves */
function signedIn(user: JsonSchema): JsonSchema {
  return objectOf({ user, accessToken: text, refreshToken: text, expiresAt: datetime })
}

type ShapeOf = (entities: readonly DescribedEntity[]) => OperationShape

const user = (entities: readonly DescribedEntity[]): JsonSchema =>
  entities.some(({ name }) => name === 'User') ? refTo(seenKey('User')) : { type: 'object' }

const simple =
  (summary: string, result: JsonSchema, ...params: readonly Param[]): ShapeOf =>
  () => ({ summary, params, result })

export const ofDatabase: { readonly [Name in DatabaseOperation]: ShapeOf } = {
  batch: simple(
    'Several calls in one transaction, all or none; gives the list of their results',
    { type: 'array' },
    {
      name: 'calls',
      schema: listOf(refToShared('Call'), { maxItems: defaultLimits.maxFrameRequests }),
    },
  ),
  'transaction.begin': simple(
    'Opens a transaction under the number that the request carries; answered when it has its turn',
    isTrue,
    optional(
      'options',
      orNothing(
        optionsOf({
          mode: { type: ['string', 'null'], enum: ['deferred', 'immediate', 'exclusive', null] },
          idleTimeout: milliseconds(defaultLimits.maxTransactionIdleMs),
          timeout: milliseconds(defaultLimits.maxTransactionMs),
        }),
      ),
    ),
  ),
  'transaction.commit': simple('Ends it and keeps what it did', isTrue),
  'transaction.rollback': simple('Ends it and undoes what it did', isTrue),
  'transaction.savepoint': simple('Marks a point inside of a transaction', isTrue, savepoint),
  'transaction.release': simple('Forgets that point', isTrue, savepoint),
  'transaction.rollbackTo': simple('Undoes what was done since that point', isTrue, savepoint),
  getCapabilities: simple('What the storage in use can do', {
    type: 'object',
    additionalProperties: { type: ['boolean', 'string'] },
  }),
  stats: simple(
    'Sizes, and rows by entity',
    objectOf({
      sizeBytes: whole(0),
      pageSize: whole(0),
      pageCount: whole(0),
      freePages: whole(0),
      cacheBytes: whole(0),
      preparedStatements: whole(0),
      walBytes: whole(0),
      rows: { type: 'object', additionalProperties: whole(0) },
    }),
  ),
  checkIntegrity: simple(
    'Looks whether the storage is sound',
    objectOf({ ok: flag, problems: listOf(text) }),
  ),
  'auth.login': (entities) => ({
    summary: 'Signs in; the connection acts for that user from then on',
    params: [{ name: 'credentials', schema: nameOrEmail({ password: text }) }],
    result: signedIn(user(entities)),
  }),
  'auth.register': (entities) => ({
    summary: 'Makes a user and signs in',
    params: [{ name: 'account', schema: objectOf({ username: text, email: text, password: newPassword }) }],
    result: signedIn(user(entities)),
  }),
  'auth.refresh': (entities) => ({
    summary: 'A new pair of tokens; the old one ends',
    params: [{ name: 'options', schema: objectOf({ refreshToken: text }) }],
    result: signedIn(user(entities)),
  }),
  'auth.resume': (entities) => ({
    summary: 'Acts for the user of an access token from then on',
    params: [{ name: 'options', schema: objectOf({ token: text, userId: text }, { optional: ['userId'] }) }],
    result: objectOf({ user: user(entities), expiresAt: datetime }),
  }),
  'auth.logout': simple('Ends the session and its tokens', isTrue),
  'auth.changePassword': simple('Sets one’s own password; every other session ends', isTrue, {
    name: 'options',
    schema: objectOf({ currentPassword: text, newPassword }),
  }),
  'auth.requestReset': simple('Has a token sent that sets a new password', isTrue, {
    name: 'who',
    schema: nameOrEmail({}),
  }),
  'auth.reset': simple('Sets a password by such a token, which works once', isTrue, {
    name: 'options',
    schema: objectOf({ token: text, password: newPassword }),
  }),
  'auth.me': (entities) => ({ summary: 'The own row', params: [], result: user(entities) }),
  'kysely.execute': simple(
    'A query as the operation node tree of Kysely, under the rules of its tables',
    anyOf(
      objectOf(
        { shape: { type: 'integer' }, rows: refToShared('PackedRows'), affected: whole(0) },
        { optional: ['affected'] },
      ),
      objectOf({ unknownShape: isTrue }, { description: 'Nothing was run: send the tree.' }),
    ),
    {
      name: 'query',
      schema: anyOf(
        objectOf({ tree: text, params: { type: 'array' } }),
        objectOf({ shape: { type: 'integer' }, params: { type: 'array' } }),
      ),
    },
  ),
  sql: simple(
    'A statement of SQL that reads, past all rules; where the daemon takes it, from a supergod',
    anyOf(objectOf({ rows: refToShared('PackedRows') }), objectOf({ plan })),
    { name: 'text', schema: { type: 'string', maxLength: maxSqlLength } },
    optional('parameters', orNothing({ type: 'array' })),
    optional('options', orNothing(optionsOf({ explain: flag }))),
  ),
  explain: simple(
    'Carries out a read under the rules and tells how; in development, to god and supergod',
    objectOf({ statements: listOf(objectOf({ plan, durationMs: { type: 'number' }, rows: whole(0) })) }),
    {
      name: 'read',
      schema: anyOf(
        refToShared('Call'),
        objectOf({ method: { type: 'string', enum: ['kysely.execute'] }, params: { type: 'array' } }),
      ),
    },
  ),
  'live.open': (entities) => ({
    summary:
      'Opens a live query under the client’s number for it; its rows and their changes come as notifications',
    params: [
      { name: 'entity', schema: { type: 'string', enum: entities.map(({ name }) => name) } },
      {
        name: 'options',
        schema: anyOf(...entities.map(({ name }) => refTo(listOptionsKey(name)))),
      },
      { name: 'subscription', schema: { type: 'integer' } },
    ],
    result: isTrue,
  }),
  'live.select': simple(
    'Opens a live query of a select of Kysely',
    isTrue,
    { name: 'query', schema: objectOf({ tree: text, params: { type: 'array' } }) },
    { name: 'subscription', schema: { type: 'integer' } },
  ),
  'live.close': simple('Ends a live query', isTrue, { name: 'subscription', schema: { type: 'number' } }),
  'audit.list': simple(
    'A page of the audit log, newest first',
    pageOf(refToShared('AuditEntry')),
    optional(
      'options',
      orNothing(
        optionsOf({
          filter: refToShared('AuditFilter'),
          sort: objectOf({ seq: { type: 'string', enum: ['asc', 'desc'] } }),
          limit: whole(1, 100),
          page: whole(1, 1_000_000_000),
          cursor: text,
          count: flag,
        }),
      ),
    ),
  ),
  'audit.verify': simple(
    'Recomputes the chain of hashes; with an earlier head also whether the log only grew since',
    objectOf(
      {
        ok: flag,
        entries: whole(0),
        head: refToShared('AuditHead'),
        firstBad: objectOf({ seq: whole(1), reason: text }),
      },
      { optional: ['firstBad'] },
    ),
    optional(
      'options',
      orNothing(
        optionsOf({
          head: orNothing(objectOf({ seq: whole(0), hash, root: hash }, { optional: ['root'] })),
        }),
      ),
    ),
  ),
  'audit.head': simple(
    'The state of the log at this moment',
    refToShared('AuditHead'),
    optional('options', {}),
  ),
  'audit.export': simple(
    'Entries of the log as lines of JSON, oldest first; "next" is the "after" of the next part',
    objectOf({ lines: listOf(text), next: whole(1) }, { optional: ['next'] }),
    optional(
      'options',
      orNothing(
        optionsOf({
          filter: refToShared('AuditFilter'),
          after: whole(0),
          limit: whole(1, 5_000),
        }),
      ),
    ),
  ),
  'migrations.status': simple('Which migrations were applied, and which wait', status, to),
  'migrations.migrate': simple('Applies migrations, up to a version', status, to),
  'migrations.rollback': simple('Undoes migrations down to a version, or the last one', status, to),
  'database.schema': simple(
    'The schema in use, as far as the caller’s role can reach',
    objectOf({ name: text, entities: { type: 'object', additionalProperties: { type: 'object' } } }),
  ),
  'database.export': simple('The database as a file of SQLite', refToShared('Bytes')),
  'database.analyze': simple('Renews the statistics of the planner', isTrue),
  'database.vacuum': simple('Rewrites the file without its empty pages', isTrue),
}
