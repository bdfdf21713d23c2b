/** The tables of operations. A new operation does not compile here until it is described. */

import {
  builtinOperations,
  type DatabaseOperation,
  databaseOperations,
  type EntityOperation,
  entityOperations,
  type OperationSpec,
} from '../../src/protocol/operations.ts'
import { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'
import { code, table } from './table.ts'

interface OperationText {
  /** What stands in the brackets. */
  readonly takes: string
  readonly gives: string
  readonly notes: string
}

const ofEveryEntity: { readonly [Name in EntityOperation]: OperationText } = {
  create: {
    takes: 'row',
    gives: 'the row',
    notes: 'CONFLICT: a unique key is taken or a reference leads nowhere. FORBIDDEN: `check` refuses the row',
  },
  createMany: {
    takes: 'rows',
    gives: '`{ count, ids }`',
    notes: 'all or none; paths of issues begin with `[2]` for the third row',
  },
  read: { takes: 'id', gives: 'the row', notes: 'NOT_FOUND, a malformed id included' },
  update: {
    takes: 'id, patch',
    gives: 'the row',
    notes: 'NOT_FOUND, CONFLICT. An update to the same values writes nothing',
  },
  updateMany: {
    takes: 'filter, patch',
    gives: '`{ count }`',
    notes: 'all or none. A filter without a condition is a VALIDATION_ERROR',
  },
  delete: { takes: 'id', gives: '`true`', notes: 'NOT_FOUND; CONFLICT when another row needs it' },
  deleteMany: {
    takes: 'filter',
    gives: '`{ count }`',
    notes: 'as `updateMany`; what cascades is not counted',
  },
  upsert: {
    takes: '{ where, create, update }',
    gives: 'the row',
    notes: '`where` names exactly the fields of one unique key; needs `update` as well where the row exists',
  },
  list: {
    takes: 'options?',
    gives: '`{ data, limit, hasMore, nextCursor?, total?, page? }`',
    notes: '[options](client.md#list-options)',
  },
  findFirst: {
    takes: 'options?',
    gives: 'a row or `null`',
    notes: 'options of `list` without `limit`, `page`, `cursor` and `count`',
  },
  count: { takes: 'filter?', gives: 'a number', notes: '' },
  aggregate: {
    takes: 'options',
    gives: 'a list of `{ …group fields, count?, sum?, avg?, min?, max? }`',
    notes: '[options](client.md)',
  },
  search: {
    takes: 'query, options?',
    gives: 'a list of rows, best first',
    notes:
      'of entities with search fields: [full-text search](../guide/search.md). `options` may be the limit alone. An empty text is a VALIDATION_ERROR, one without a word in it finds nothing',
  },
}

type BuiltinTexts = {
  readonly [Entity in keyof typeof builtinOperations]: {
    readonly [Name in keyof (typeof builtinOperations)[Entity]]: OperationText
  }
}

const builtin: BuiltinTexts = {
  Credential: {
    verify: {
      takes: 'username, password',
      gives: 'a boolean',
      notes: '[sign-in attempt](#passwords): RATE_LIMIT_EXCEEDED with `retryAfter`',
    },
    set: {
      takes: '{ username, password, currentPassword? }',
      gives: '`true`',
      notes: '[who may](#passwords); ends that user’s sessions',
    },
    firstLogin: {
      takes: 'username',
      gives: 'a boolean',
      notes: 'whether the password is the one that somebody else has set',
    },
    setFirstLogin: { takes: 'username, value = false', gives: '`true`', notes: 'as `firstLogin`' },
  },
  PageConfig: {
    getBySlug: { takes: 'slug', gives: 'the page', notes: 'NOT_FOUND' },
    listByLevel: {
      takes: 'level, options?',
      gives: 'a page of a list',
      notes: '`level` 1–5; options of `list`',
    },
  },
  ComponentNode: {
    getTree: {
      takes: 'pageId',
      gives: 'the roots, each with `children`',
      notes: 'in order, the whole tree, one query; NOT_FOUND for a page that is unknown or hidden',
    },
    reorder: {
      takes: '[{ id, order }]',
      gives: '`true`',
      notes: 'children of one parent, else VALIDATION_ERROR; an unknown id is NOT_FOUND; all or none',
    },
    move: {
      takes: 'id, newParentId, order',
      gives: 'the node',
      notes:
        '`null` is the root. VALIDATION_ERROR under itself, a descendant, or on another page; siblings are numbered anew on both sides',
    },
  },
}

const ofDatabase: {
  readonly [Name in DatabaseOperation]: OperationText & { readonly who: string; readonly call: string }
} = {
  batch: {
    call: 'client.batch',
    takes: 'calls',
    gives: 'the list of their results',
    who: 'as its calls',
    notes:
      'one transaction, all or none, at most 10,000; the error names the place: `[1].email`. `verify` and `set` of a password and the operations of this table cannot stand in it',
  },
  getCapabilities: {
    call: 'client.capabilities',
    takes: '',
    gives: '[what the storage can do](capabilities.md)',
    who: 'anyone',
    notes: '',
  },
  sql: {
    call: 'client.sql.query',
    takes: 'text, parameters?, { explain }?',
    gives: '`{ columns, rows }`, or `{ plan }`',
    who: 'supergod, where it is switched on',
    notes: '[SQL text](../guide/raw-sql.md): reads only, past all rules; recorded without its literals',
  },
  explain: {
    call: 'client.explain',
    takes: 'a read made by `op`',
    gives: '`{ statements: [{ plan, durationMs, rows }] }`',
    who: 'god, supergod, in development',
    notes: '[plans](../guide/raw-sql.md#plans): carries the read out under the rules',
  },
  'auth.login': {
    call: 'client.auth.login',
    takes: '{ username | email, password }',
    gives: '`{ user, accessToken, refreshToken, expiresAt }`',
    who: 'anyone',
    notes: '[sign-in attempt](../guide/signing-in.md#passwords); UNAUTHORIZED, the same for an unknown user',
  },
  'auth.register': {
    call: 'client.auth.register',
    takes: '{ username, email, password }',
    gives: 'as `login`',
    who: 'anyone, unless registration is closed',
    notes: 'a new user of role `user`, signed in; CONFLICT for a name or address that is taken',
  },
  'auth.refresh': {
    call: 'client.auth.refresh',
    takes: '{ refreshToken }',
    gives: 'as `login`',
    who: 'who has the token',
    notes: 'a new pair; the old one ends. A token used a second time ends its session',
  },
  'auth.resume': {
    call: 'client.auth.resume',
    takes: '{ token, userId? }',
    gives: '`{ user, expiresAt }`',
    who: 'who has the token',
    notes: 'acts for that user from the next call on',
  },
  'auth.logout': {
    call: 'client.auth.logout',
    takes: '',
    gives: '`true`',
    who: 'anyone',
    notes: 'ends the session of this client and its tokens',
  },
  'auth.changePassword': {
    call: 'client.auth.changePassword',
    takes: '{ currentPassword, newPassword }',
    gives: '`true`',
    who: 'who is signed in',
    notes: '[sign-in attempt](../guide/signing-in.md#passwords); every other session of the user ends',
  },
  'auth.requestReset': {
    call: 'client.auth.requestReset',
    takes: '{ username | email }',
    gives: '`true`, whoever it is',
    who: 'anyone',
    notes: 'the host sends the token; CAPABILITY_NOT_SUPPORTED where it has no way to',
  },
  'auth.reset': {
    call: 'client.auth.reset',
    takes: '{ token, password }',
    gives: '`true`',
    who: 'who has the token',
    notes: 'works once; every session of the user ends',
  },
  'auth.me': {
    call: 'client.auth.me',
    takes: '',
    gives: 'the own row',
    who: 'who is signed in',
    notes: 'UNAUTHORIZED for nobody, and for somebody without a row',
  },
  'kysely.execute': {
    call: '`toKysely(client)`',
    takes: '{ tree | shape, params }',
    gives: '`{ shape, rows, affected? }`',
    who: 'as the rules of its tables say',
    notes: 'a query as a tree of operation nodes, under the rules',
  },
  stats: {
    call: 'client.stats',
    takes: '',
    gives: '`{ sizeBytes, pageSize, pageCount, freePages, cacheBytes, preparedStatements, walBytes, rows }`',
    who: 'admin and above',
    notes: '`rows` by entity, counted outside of the rules',
  },
  checkIntegrity: {
    call: 'client.checkIntegrity',
    takes: '',
    gives: '`{ ok, problems }`',
    who: 'admin and above',
    notes: 'SQLite’s own check and that of the foreign keys',
  },
  'transaction.begin': {
    call: 'client.transaction',
    takes: 'work, { mode?, idleTimeout?, timeout? }',
    gives: 'what `work` gives, after the commit',
    who: 'everybody',
    notes: '[transactions](../guide/transactions.md)',
  },
  'transaction.commit': { call: 'the end of `work`', takes: '', gives: '', who: 'everybody', notes: '' },
  'transaction.rollback': {
    call: 'an error in `work`',
    takes: '',
    gives: '',
    who: 'everybody',
    notes: 'that very error is thrown again',
  },
  'transaction.savepoint': {
    call: '`transaction` inside of a transaction',
    takes: '',
    gives: '',
    who: 'everybody',
    notes: '',
  },
  'transaction.release': { call: 'the end of that', takes: '', gives: '', who: 'everybody', notes: '' },
  'transaction.rollbackTo': { call: 'an error in that', takes: '', gives: '', who: 'everybody', notes: '' },
  'live.open': {
    call: 'client.users.live',
    takes: 'query, listener, onError?',
    gives: 'the function that ends it',
    who: 'as `list`',
    notes: '[changes](client.md)',
  },
  'live.select': {
    call: '`liveQuery(query, listener, onError?)` of `@metabuilder/dbal/kysely`',
    takes: '',
    gives: 'the function that ends it',
    who: 'everybody',
    notes: '[changes](client.md), [Kysely](../guide/kysely.md)',
  },
  'live.close': { call: 'that function', takes: '', gives: '', who: 'as `list`', notes: '' },
  'audit.list': {
    call: 'client.audit.list',
    takes: 'options?',
    gives: 'a page of entries, newest first',
    who: 'admin and above',
    notes: '',
  },
  'audit.verify': {
    call: 'client.audit.verify',
    takes: '{ head? }',
    gives: '`{ ok, entries, head, firstBad? }`',
    who: 'admin and above',
    notes: '`firstBad` is `{ seq, reason }`; with an earlier head also that the log only grew since',
  },
  'audit.head': {
    call: 'client.audit.head',
    takes: '',
    gives: '`{ seq, hash, root }`',
    who: 'admin and above',
    notes: '',
  },
  'audit.export': {
    call: 'client.audit.export',
    takes: '{ filter? }',
    gives: 'an async iterable of JSON lines',
    who: 'god and above',
    notes: 'oldest first',
  },
  'migrations.status': {
    call: 'client.migrations.status',
    takes: '',
    gives: '`{ version, latest, applied, pending }`',
    who: 'admin and above',
    notes: '',
  },
  'migrations.migrate': {
    call: 'client.migrations.migrate',
    takes: 'to?',
    gives: 'the status',
    who: 'god and above',
    notes: 'CONFLICT for a history that does not fit',
  },
  'migrations.rollback': {
    call: 'client.migrations.rollback',
    takes: 'to?',
    gives: 'the status',
    who: 'god and above',
    notes: 'without `to` the last one; until it is migrated again, calls on entities are a CONFLICT',
  },
  'database.schema': {
    call: 'client.schema',
    takes: '',
    gives: 'the schema in use, as far as the caller’s role can reach',
    who: 'anyone',
    notes:
      'a property of the client; rules, and entities and fields that no rule lets the role read or write, are told to a supergod only',
  },
  'database.export': {
    call: 'client.export',
    takes: '',
    gives: 'the database as an SQLite file (`Uint8Array`)',
    who: 'god and above',
    notes: 'hidden columns and the audit log are in it',
  },
  'database.analyze': {
    call: 'client.analyze',
    takes: '',
    gives: 'nothing',
    who: 'god and above',
    notes: 'renews the planner’s statistics',
  },
  'database.vacuum': {
    call: 'client.vacuum',
    takes: '',
    gives: 'nothing',
    who: 'god and above',
    notes: 'rewrites the file without its empty pages',
  },
}

export function entityOperationsPart(): string {
  return table(
    ['operation', 'gives', 'rule', 'notes'],
    entries(ofEveryEntity).map(([name, { takes, gives, notes }]) => [
      code(`${name}(${takes})`),
      gives,
      ruleOf(entityOperations[name]),
      notes,
    ]),
  )
}

export function builtinPart(): string {
  return table(
    ['operation', 'gives', 'rule', 'notes'],
    entries(builtin).flatMap(([entity, operations]) =>
      Object.entries<OperationText>(operations).map(([name, { takes, gives, notes }]) => {
        const specs: Readonly<Record<string, OperationSpec>> = builtinOperations[entity]
        const accessor = metabuilderSchema.entities[entity]?.accessor
        return [code(`${accessor}.${name}(${takes})`), gives, ruleOf(specs[name]), notes]
      }),
    ),
  )
}

export function databasePart(): string {
  return table(
    ['method', 'call', 'gives', 'who', 'writes', 'notes'],
    entries(ofDatabase).map(([name, { call, takes, gives, who, notes }]) => [
      code(name),
      call.startsWith('client') && name !== 'database.schema'
        ? code(`${call}(${takes})`)
        : call.startsWith('client')
          ? code(call)
          : call,
      gives,
      who,
      databaseOperations[name].writes ? 'yes' : 'no',
      notes,
    ]),
  )
}

const ruleOf = (spec: OperationSpec | undefined) => (spec?.access ? code(spec.access) : 'its own')

const entries = <T extends object>(object: T) =>
  Object.entries(object) as [keyof T & string, T[keyof T & string]][]
