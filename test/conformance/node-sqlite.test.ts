/**
 * Every case on node:sqlite, with every message held to the description (AsyncAPI, OpenAPI): what the engine has carried
 * out, the description takes. And the other way round: what the description refuses, the engine has refused.
 */

import { describe, expect, onTestFinished, test } from 'vitest'
import { metabuilderMigrations } from '../../migrations/index.ts'
import type { SignedIn } from '../../src/engine/auth/sign-in.ts'
import type { EngineOptions } from '../../src/engine/engine-options.ts'
import type { PasswordReset } from '../../src/engine/passwords.ts'
import { DBALError } from '../../src/protocol/error.ts'
import { entityOperations } from '../../src/protocol/operations.ts'
import type { Actor } from '../../src/protocol/principal.ts'
import type { Reply } from '../../src/protocol/request.ts'
import { asSent } from '../support/described.ts'
import { openTestEngine } from '../support/engine.ts'
import { everyCase } from './every-case.ts'
import { builtinDescribed, carriedOut, observe, observedWorld, takeProblems } from './observed-world.ts'

everyCase('node:sqlite', observedWorld, () => expect(takeProblems().slice(0, 20)).toEqual([]))

/** A caller whose calls are looked at too. */
async function observedEngine(options: Partial<EngineOptions> = {}) {
  const sent: PasswordReset[] = []
  const { engine, as } = await openTestEngine({
    migrations: metabuilderMigrations,
    sendReset: (reset) => sent.push(reset),
    ...options,
  })
  onTestFinished(() => engine.close())
  const description = builtinDescribed()
  const caller = (role: Actor) => {
    const { send } = as(role)
    return async (method: string, params: readonly unknown[], transaction?: number) => {
      const request = { id: ++lastId, method, params, ...(transaction !== undefined && { transaction }) }
      const [reply] = await send(request)
      if (!reply) throw new Error('no reply')
      observe(description, request, asSent(request), reply)
      return reply
    }
  }
  return { caller, sent, description }
}

let lastId = 0

const resultOf = <T>(reply: Reply): T => {
  if ('error' in reply) throw DBALError.fromWire(reply.error)
  return reply.result as T
}

const allPages = JSON.stringify({
  kind: 'SelectQueryNode',
  from: {
    kind: 'FromNode',
    froms: [
      {
        kind: 'TableNode',
        table: {
          kind: 'SchemableIdentifierNode',
          identifier: { kind: 'IdentifierNode', name: 'PageConfig' },
        },
      },
    ],
  },
  selections: [{ kind: 'SelectionNode', selection: { kind: 'SelectAllNode' } }],
})

describe('what no case does', () => {
  test('signing in and out', async () => {
    const { caller, sent } = await observedEngine()
    const call = caller('public')
    const [password, other] = ['Correct-horse-9', 'Battery-staple-7']
    const account = { username: 'reader', email: 'reader@example.com', password }
    const { refreshToken } = resultOf<SignedIn>(await call('auth.register', [account]))
    resultOf(await call('auth.me', []))
    resultOf(await call('auth.refresh', [{ refreshToken }]))
    resultOf(await call('auth.changePassword', [{ currentPassword: password, newPassword: other }]))
    resultOf(await call('auth.logout', []))
    resultOf(await call('auth.requestReset', [{ username: 'reader' }]))
    resultOf(await call('auth.reset', [{ token: sent[0]?.token, password }]))
    const signedIn = resultOf<SignedIn>(await call('auth.login', [{ email: account.email, password }]))
    resultOf(await call('auth.resume', [{ token: signedIn.accessToken, userId: signedIn.user['id'] }]))
    expect(takeProblems()).toEqual([])
  })

  test('transactions, the schema, an entity of each operation', async () => {
    const { caller } = await observedEngine()
    const call = caller('god')
    const begun = call('transaction.begin', [{ mode: 'immediate', timeout: 1_000 }], 1)
    for (const [method, ...params] of [
      ['transaction.savepoint', 'a'],
      ['create', 'User', { username: 'ann', email: 'ann@example.com' }],
      ['transaction.rollbackTo', 'a'],
      ['transaction.release', 'a'],
      ['transaction.commit'],
    ])
      resultOf(await call(method as string, params, 1))
    resultOf(await begun)
    resultOf(await call('transaction.begin', [], 2))
    resultOf(await call('transaction.rollback', [], 2))
    resultOf(await call('live.select', [{ tree: allPages, params: [] }, 1]))
    resultOf(await caller('supergod')('database.schema', []))
    resultOf(await caller('public')('database.schema', []))
    expect(takeProblems()).toEqual([])
  })

  test('SQL text and plans', async () => {
    const { caller } = await observedEngine({ sandbox: 'permissive', rawSql: true, explain: true })
    const call = caller('supergod')
    resultOf(await call('sql', ['select id, role from User where role = ?', ['god']]))
    resultOf(await call('sql', ['select id from User', [], { explain: true }]))
    resultOf(await call('explain', [{ method: 'list', params: ['User', { limit: 2 }] }]))
    resultOf(await call('explain', [{ method: 'kysely.execute', params: [{ tree: allPages, params: [] }] }]))
    expect(takeProblems()).toEqual([])
  })

  test('with them every operation was carried out', () => {
    const { operations } = builtinDescribed()
    const generic = (key: string) =>
      (key.split('.').at(-1) as string) in entityOperations ? key.replace(/^.*\./, '*.') : key
    const done = new Set([...carriedOut].map(generic))
    const ofSockets = ['session.open', 'session.close', 'session.ping']
    expect([...new Set(operations.map(generic))].filter((key) => !done.has(key))).toEqual(ofSockets)
  })
})

const page = { slug: 'a', title: 'A', level: 1 }

/** Calls that a god may make, and which of them are as they should be. */
const samples: readonly (readonly [isTaken: boolean, method: string, ...params: unknown[]])[] = [
  [true, 'create', 'PageConfig', page],
  [true, 'create', 'PageConfig', { ...page, slug: 'b', layout: { $bigint: 1, more: [] }, description: null }],
  [false, 'create', 'PageConfig', { ...page, slug: 'B' }],
  [false, 'create', 'PageConfig', { ...page, slug: 'c'.repeat(256) }],
  [false, 'create', 'PageConfig', { ...page, slug: 'd', level: 6 }],
  [false, 'create', 'PageConfig', { ...page, slug: 'd', level: '1' }],
  [false, 'create', 'PageConfig', { ...page, slug: 'd', layout: null }],
  [false, 'create', 'PageConfig', { ...page, slug: 'd', author: 'x' }],
  [false, 'create', 'PageConfig', { slug: 'd', level: 1 }],
  [false, 'create', 'PageConfig', { ...page, slug: 'd', createdAt: '2026-01-15T10:30:00.000Z' }],
  [false, 'create', 'PageConfig', page, {}],
  [false, 'create', 'PageConfig', [page]],
  [false, 'create', 'User', { username: 'ann', email: 'a@example.com', role: 'king' }],
  [false, 'createMany', 'PageConfig', page],
  [true, 'upsert', 'PageConfig', { where: { slug: 'e' }, create: { title: 'E', level: 2 }, update: {} }],
  [false, 'upsert', 'PageConfig', { where: { title: 'E' }, create: {}, update: {} }],
  [false, 'upsert', 'PageConfig', { where: { slug: 'e' }, create: page }],
  [true, 'list', 'PageConfig'],
  [true, 'list', 'PageConfig', null],
  [
    true,
    'list',
    'PageConfig',
    { filter: { level: { between: [1, 3] }, 'layout.columns[0].width': { gt: 2 } } },
  ],
  [true, 'list', 'PageConfig', { filter: { or: [{ slug: 'a' }, { not: { title: { ilike: 'a%' } } }] } }],
  [true, 'list', 'PageConfig', { filter: { createdAt: { gte: '2026-01-15' } } }],
  [true, 'list', 'PageConfig', { sort: [{ level: 'desc' }, { slug: 'asc' }], select: ['id'], count: true }],
  [true, 'list', 'PageConfig', { include: { componentNodes: { filter: { type: 'text' }, limit: 3 } } }],
  [true, 'list', 'PageConfig', { filter: { componentNodes: { some: { parent: null } } } }],
  [true, 'list', 'PageConfig', { select: ['level'], distinct: true }],
  [false, 'list', 'PageConfig', { filter: { level: { like: '1' } } }],
  [false, 'list', 'PageConfig', { filter: { level: [1] } }],
  [false, 'list', 'PageConfig', { filter: { level: { in: 1 } } }],
  [false, 'list', 'PageConfig', { filter: { level: { between: [1] } } }],
  [false, 'list', 'PageConfig', { filter: { slug: { isNull: 1 } } }],
  [false, 'list', 'PageConfig', { filter: { 'slug.x': 1 } }],
  [false, 'list', 'PageConfig', { filter: { 'layout.': 1 } }],
  [false, 'list', 'PageConfig', { filter: { or: { slug: 'a' } } }],
  [false, 'list', 'PageConfig', { filter: { componentNodes: { type: 'text' } } }],
  [false, 'list', 'PageConfig', { sort: { layout: 'asc' } }],
  [false, 'list', 'PageConfig', { sort: { level: 'down' } }],
  [false, 'list', 'PageConfig', { select: [] }],
  [false, 'list', 'PageConfig', { select: ['id', 'id'] }],
  [false, 'list', 'PageConfig', { limit: 0 }],
  [false, 'list', 'PageConfig', { offset: 1 }],
  [false, 'list', 'PageConfig', { include: { pages: true } }],
  [false, 'list', 'Nothing'],
  [
    true,
    'aggregate',
    'PageConfig',
    { groupBy: ['level'], count: true, max: ['slug'], having: { count: { gt: 0 } } },
  ],
  [true, 'aggregate', 'PageConfig', { avg: ['level'], sort: { 'avg.level': 'desc' } }],
  [false, 'aggregate', 'PageConfig', { sum: ['slug'] }],
  [false, 'aggregate', 'PageConfig', { groupBy: ['layout'] }],
  [false, 'aggregate', 'PageConfig', { count: true, having: { total: 1 } }],
  [true, 'search', 'User', 'ann', { snippets: true, limit: 3 }],
  [false, 'search', 'User', ''],
  [false, 'search', 'PageConfig', 'a'],
  [true, 'listByLevel', 'PageConfig', 1, { limit: 3 }],
  [false, 'listByLevel', 'PageConfig', 6],
  [false, 'reorder', 'ComponentNode', [{ id: 'x', order: -1 }]],
  [true, 'batch', [{ method: 'count', params: ['User'] }]],
  [false, 'batch', [{ method: 'audit.list', params: [] }]],
  [true, 'audit.list', { filter: { role: 'god', code: null }, sort: { seq: 'asc' }, limit: 100 }],
  [false, 'audit.list', { limit: 101 }],
  [false, 'audit.list', { filter: { code: 'NO_CODE' } }],
  [false, 'audit.verify', { head: { seq: 1, hash: 'x' } }],
  [false, 'migrations.migrate', -1],
  [true, 'migrations.status'],
  [false, 'live.open', 'User', {}, 'one'],
  [false, 'auth.login', { username: 'a', email: 'b', password: 'c' }],
  [false, 'auth.login', { username: 'a' }],
  [false, 'kysely.execute', { tree: '{}', shape: 1, params: [] }],
  [false, 'kysely.execute', { tree: '{}' }],
  [false, 'nothing'],
]

test('samples are taken and refused by both', async () => {
  const { caller, description } = await observedEngine()
  const call = caller('god')
  const different: string[] = []
  for (const [isTaken, method, ...params] of samples) {
    const reply = await call(method, params)
    const key = description.operationOf({ method, params })
    const problem = key && description.problemOf(`${key}.request`, asSent({ id: 1, method, params }))
    const verdicts = [!('error' in reply), key !== undefined && problem === undefined]
    if (verdicts.some((verdict) => verdict !== isTaken))
      different.push(
        `${method} ${JSON.stringify(params)}: engine ${verdicts[0]}, description ${verdicts[1]} ${JSON.stringify('error' in reply && reply.error.message)} ${problem}`,
      )
  }
  expect(different).toEqual([])
  expect(takeProblems()).toEqual([])
})
