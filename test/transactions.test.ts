/** Interactive transactions through the engine's own door: isolation, order, ends, limits, records. */

import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, type Driver, DriverError, type Statement } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import type { EngineOptions } from '../src/engine/engine-options.ts'
import { openTestEngine, type TestCaller, type TestEngine } from './support/engine.ts'
import { begin, callInside, resultOf, transactionOf } from './support/transactions.ts'

const user = (name: string) => ({ username: name, email: `${name}@example.com` })
const create = (name: string) => ['create', 'User', user(name)] as const

const opened: TestEngine[] = []

async function setup(options: Partial<EngineOptions> = {}) {
  const made = await openTestEngine(options)
  opened.push(made)
  const [one, two, three] = ['god', 'god', 'god'].map((role) => made.as(role as 'god'))
  // What was recorded for a session is read before its first call; afterwards it is known when what is asked for.
  for (const caller of [one, two, three]) await caller?.call('getCapabilities')
  return { ...made, one: one as TestCaller, two: two as TestCaller, three: three as TestCaller }
}

/** Whether it has settled by now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  for (let turn = 0; turn < 20; turn++) await null
  const open = {}
  return (await Promise.race([promise.catch(() => null), Promise.resolve(open)])) === open
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: { code: string }) => error.code,
  )

afterEach(async () => {
  for (const { engine, clock, incidents } of opened.splice(0)) {
    await engine.close()
    expect(clock.waiting).toBe(0)
    expect(incidents).toEqual([])
  }
})

describe('a transaction', () => {
  it('shows its own writes inside, and to others only after the commit', async () => {
    const { one, two } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    expect(await tx.call('count', 'User')).toBe(1)
    const outside = two.call('count', 'User')
    const sameCaller = one.call('count', 'User')
    expect(await isPending(outside)).toBe(true)
    expect(await isPending(sameCaller)).toBe(true)
    expect(await tx.commit()).toBe(true)
    expect(await outside).toBe(1)
    expect(await sameCaller).toBe(1)
  })

  it('leaves nothing after a rollback', async () => {
    const { one, two } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    await tx.call('batch', [{ method: 'create', params: ['User', user('bob')] }])
    expect(await tx.rollback()).toBe(true)
    expect(await two.call('count', 'User')).toBe(0)
    expect(await two.call('audit.list')).toMatchObject({ data: { values: [] } })
  })

  it.each(['deferred', 'immediate', 'exclusive'])('can be %s', async (mode) => {
    const { one } = await setup()
    const tx = await begin(one, { mode })
    expect(await tx.call('count', 'User')).toBe(0)
    await tx.call(...create('alice'))
    await tx.commit()
    expect(await one.call('count', 'User')).toBe(1)
  })

  it('undoes a failed write alone', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    expect(await codeOf(tx.call(...create('alice')))).toBe('CONFLICT')
    await tx.call(...create('bob'))
    await tx.commit()
    expect(await one.call('count', 'User')).toBe(2)
    expect(await one.call('audit.verify')).toMatchObject({ ok: true })
  })

  it('runs a whole frame in order', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    const replies = await one.send(
      { method: 'create', params: ['User', user('alice')], transaction: tx.number },
      { method: 'count', params: ['User'], transaction: tx.number },
      { method: 'transaction.commit', params: [], transaction: tx.number },
      { method: 'count', params: ['User'], transaction: tx.number },
    )
    expect(replies.map((reply) => ('error' in reply ? reply.error.code : reply.result))).toEqual([
      expect.objectContaining({ username: 'alice' }),
      1,
      true,
      'DATABASE_ERROR',
    ])
  })

  it('may be asked for its first calls before it has its turn', async () => {
    const { one, two } = await setup()
    const first = await begin(one)
    const sent = two.send(
      { method: 'transaction.begin', params: [], transaction: 7 },
      { method: 'create', params: ['User', user('bob')], transaction: 7 },
      { method: 'transaction.commit', params: [], transaction: 7 },
    )
    expect(await isPending(sent)).toBe(true)
    await first.commit()
    expect((await sent).map((reply) => 'result' in reply)).toEqual([true, true, true])
    expect(await one.call('count', 'User')).toBe(1)
  })

  it('lets calls that are not part of it in the same frame run before', async () => {
    const { one } = await setup()
    const replies = await one.send(
      { method: 'transaction.begin', params: [], transaction: 1 },
      { method: 'count', params: ['User'] },
    )
    expect(replies).toHaveLength(2)
    await callInside(one, 1, 'transaction.commit')
  })
})

describe('who waits', () => {
  it('gets a turn in the order in which it came, transactions and calls alike', async () => {
    const { one, two, three } = await setup()
    const order: string[] = []
    const tx = await begin(one)
    const note = (name: string) => () => void order.push(name)
    const second = begin(two)
    const secondEnded = second.then(async (own) => {
      order.push('transaction of two')
      await own.call(...create('bob'))
      await own.commit()
    })
    const read = three.call('count', 'User').then(note('read'))
    const third = begin(three).then(async (own) => {
      order.push('transaction of three')
      await own.rollback()
    })
    const write = two.call(...create('dora')).then(note('write'))
    expect(await isPending(second)).toBe(true)
    await tx.commit()
    await Promise.all([secondEnded, read, third, write])
    expect(order).toEqual(['transaction of two', 'read', 'transaction of three', 'write'])
    expect(await one.call('count', 'User')).toBe(2)
  })

  it('is decided on when its turn comes: a role that was taken away meanwhile counts', async () => {
    const { one, as } = await setup()
    await one.call('create', 'User', user('alice'))
    await one.call('set', 'Credential', { username: 'alice', password: 'Secret-1!' })
    const alice = as('public')
    await alice.call('auth.login', { username: 'alice', password: 'Secret-1!' })
    const { id } = (await alice.call('auth.me')) as { id: string }
    await one.call('update', 'User', id, { role: 'admin' })
    expect(await codeOf(alice.call('audit.head'))).toBe('ok')
    const tx = await begin(one)
    await tx.call('update', 'User', id, { role: 'user' })
    const late = codeOf(alice.call('audit.head'))
    await tx.commit()
    expect(await late).toBe('FORBIDDEN')
  })

  it('is told TIMEOUT when it waited longer than a call may take, and nothing was run', async () => {
    let at = 0
    const { one, two, clock } = await setup({ driver: openNodeSqlite(':memory:', { now: () => at }) })
    const tx = await begin(one, { idleTimeout: 60_000, timeout: 300_000 })
    const write = codeOf(two.call(...create('bob')))
    const turn = codeOf(begin(two))
    at += 30_001
    clock.pass(30_001)
    await tx.commit()
    expect(await write).toBe('TIMEOUT')
    expect(await turn).toBe('TIMEOUT')
    expect(await one.call('count', 'User')).toBe(0)
  })

  it('can step out of the line', async () => {
    const { one, two } = await setup()
    const tx = await begin(one)
    const waiting = codeOf(callInside(two, 5, 'transaction.begin'))
    expect(await callInside(two, 5, 'transaction.rollback')).toBe(true)
    expect(await waiting).toBe('CONFLICT')
    await tx.commit()
    expect(await two.call('count', 'User')).toBe(0)
  })

  it('has at most so many in the line', async () => {
    const { one } = await setup({ limits: { maxTransactions: 2 } })
    const tx = await begin(one)
    const second = begin(one)
    expect(await codeOf(begin(one))).toBe('VALIDATION_ERROR')
    await tx.rollback()
    await (await second).rollback()
  })
})

describe('an end that nobody asked for', () => {
  it('comes after the idle time, and the next call and the commit are told', async () => {
    const { one, two, clock } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    clock.pass(4_000)
    await tx.call(...create('bob'))
    clock.pass(4_999)
    const waiting = two.call('count', 'User')
    expect(await isPending(waiting)).toBe(true)
    clock.pass(1)
    expect(await waiting).toBe(0)
    await expect(tx.call('count', 'User')).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { timeoutMs: 5_000, reason: 'idleTimeout' },
    })
    expect(await codeOf(tx.commit())).toBe('TIMEOUT')
    expect(await codeOf(tx.rollback())).toBe('ok')
  })

  it('comes after the whole time, however busy it is', async () => {
    const { one, clock } = await setup()
    const tx = await begin(one, { timeout: 10_000 })
    for (let turn = 0; turn < 3; turn++) {
      await tx.call(...create(`user${turn}`))
      clock.pass(3_000)
    }
    clock.pass(1_000)
    await expect(tx.call('count', 'User')).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { timeoutMs: 10_000, reason: 'timeout' },
    })
    expect(await one.call('count', 'User')).toBe(0)
  })

  it('comes with the end of its session, and of those who wait', async () => {
    const { one, two, three } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    const second = codeOf(begin(two))
    const third = codeOf(two.call('count', 'User'))
    const read = three.call('count', 'User')
    two.session.close()
    one.session.close()
    expect(await read).toBe(0)
    expect(await second).toBe('DATABASE_ERROR')
    expect(await third).toBe('DATABASE_ERROR')
  })

  it('comes with the end of the engine', async () => {
    const driver = keptOpen(openNodeSqlite(':memory:'))
    const { one, two, engine } = await setup({ driver })
    const tx = await begin(one)
    await tx.call(...create('alice'))
    const waiting = codeOf(begin(two))
    await engine.close()
    expect(await waiting).toBe('DATABASE_ERROR')
    const after = await setup({ driver })
    expect(await after.one.call('count', 'User')).toBe(0)
  })

  it('comes when the storage takes it away, and says why', async () => {
    const broken = { when: (_: string) => false }
    const { one, two } = await setup({
      driver: failing(openNodeSqlite(':memory:'), (sql) => broken.when(sql)),
    })
    const tx = await begin(one)
    await tx.call(...create('alice'))
    broken.when = (sql) => sql.startsWith('insert into "main"."User"')
    expect(await codeOf(tx.call(...create('bob')))).toBe('QUOTA_EXCEEDED')
    broken.when = () => false
    expect(await codeOf(tx.call(...create('carol')))).toBe('QUOTA_EXCEEDED')
    expect(await codeOf(tx.commit())).toBe('QUOTA_EXCEEDED')
    expect(await two.call('count', 'User')).toBe(0)
    await two.call(...create('dora'))
    expect(await two.call('audit.verify')).toMatchObject({ ok: true })
  })

  it('comes when the commit fails', async () => {
    const broken = { when: (_: string) => false }
    const { one, two } = await setup({
      driver: failing(openNodeSqlite(':memory:'), (sql) => broken.when(sql)),
    })
    const tx = await begin(one)
    await tx.call(...create('alice'))
    broken.when = (sql) => sql === 'commit'
    const waiting = two.call('count', 'User')
    expect(await codeOf(tx.commit())).toBe('QUOTA_EXCEEDED')
    expect(await waiting).toBe(0)
  })

  it('comes at once when it cannot begin', async () => {
    const broken = { when: (_: string) => false }
    const { one, two } = await setup({
      driver: failing(openNodeSqlite(':memory:'), (sql) => broken.when(sql)),
    })
    broken.when = (sql) => sql === 'begin immediate'
    expect(await codeOf(begin(one))).toBe('QUOTA_EXCEEDED')
    broken.when = () => false
    await two.call(...create('bob'))
    expect(await two.call('count', 'User')).toBe(1)
  })
})

describe('savepoints', () => {
  it('undo what was done since, and stay', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    await tx.call('transaction.savepoint', 'before')
    await tx.call(...create('bob'))
    await tx.call('transaction.rollbackTo', 'before')
    await tx.call(...create('carol'))
    await tx.call('transaction.rollbackTo', 'before')
    await tx.call(...create('dora'))
    await tx.call('transaction.release', 'before')
    await tx.commit()
    const { data } = (await one.call('list', 'User', {
      sort: { username: 'asc' },
      select: ['username'],
    })) as {
      data: { values: unknown[] }
    }
    expect(data.values).toEqual(['alice', 'dora'])
    expect(await one.call('audit.verify')).toMatchObject({ ok: true, entries: 2 })
  })

  it('of equal names are the latest', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    await tx.call('transaction.savepoint', 'x"; drop table "User')
    await tx.call(...create('alice'))
    await tx.call('transaction.savepoint', 'x"; drop table "User')
    await tx.call(...create('bob'))
    await tx.call('transaction.rollbackTo', 'x"; drop table "User')
    await tx.call('transaction.release', 'x"; drop table "User')
    await tx.commit()
    expect(await one.call('count', 'User')).toBe(1)
  })

  it('go with the one before them', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    await tx.call('transaction.savepoint', 'outer')
    await tx.call('transaction.savepoint', 'inner')
    await tx.call('transaction.release', 'outer')
    expect(await codeOf(tx.call('transaction.release', 'inner'))).toBe('VALIDATION_ERROR')
    await tx.rollback()
  })

  it('are not named by anything but a text, and not nested without end', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    for (const name of [null, 5, '', 'x'.repeat(101), {}, ['a']])
      expect(await codeOf(tx.call('transaction.savepoint', name))).toBe('VALIDATION_ERROR')
    for (let depth = 0; depth < 64; depth++) await tx.call('transaction.savepoint', 'again')
    expect(await codeOf(tx.call('transaction.savepoint', 'again'))).toBe('VALIDATION_ERROR')
    await tx.rollback()
  })
})

describe('live rows', () => {
  it('hear of a transaction once, after its commit', async () => {
    const { one, two } = await setup()
    await two.call('live.open', 'User', {}, 1)
    const before = two.events.length
    const tx = await begin(one)
    await tx.call(...create('alice'))
    await tx.call('transaction.savepoint', 's')
    await tx.call(...create('bob'))
    await tx.call('transaction.rollbackTo', 's')
    await tx.call(...create('carol'))
    expect(two.events).toHaveLength(before)
    await tx.commit()
    expect(two.events.slice(before)).toMatchObject([
      { type: 'live', places: { added: [expect.anything(), expect.anything()] } },
    ])
  })

  it('hear nothing of one that was rolled back', async () => {
    const { one, two } = await setup()
    await two.call('live.open', 'User', {}, 1)
    const before = two.events.length
    const tx = await begin(one)
    await tx.call(...create('alice'))
    await tx.rollback()
    await one.call(...create('bob'))
    expect(two.events.slice(before)).toHaveLength(1)
  })
})

describe('the audit log', () => {
  const denied = ['create', 'Workflow', {}] as const

  it.each(['commit', 'rollback'] as const)('has what was denied after a %s', async (end) => {
    const { as, one } = await setup()
    const admin = as('admin')
    const tx = await begin(admin)
    await tx.call(...create('alice'))
    expect(await codeOf(tx.call(...denied))).toBe('FORBIDDEN')
    await tx[end]()
    const { data } = (await one.call('audit.list')) as { data: { fields: string[]; values: unknown[] } }
    const codes = data.values.filter((_, at) => data.fields[at % data.fields.length] === 'code')
    expect(codes).toEqual(end === 'commit' ? ['FORBIDDEN', null] : ['FORBIDDEN'])
    expect(await one.call('audit.verify')).toMatchObject({ ok: true })
  })

  it.each(['idle', 'session'])('has it after an end by %s too', async (end) => {
    const { as, one, clock } = await setup()
    const admin = as('admin')
    const tx = await begin(admin)
    expect(await codeOf(tx.call(...denied))).toBe('FORBIDDEN')
    if (end === 'idle') clock.pass(5_000)
    else admin.session.close()
    expect(await one.call('audit.head')).toMatchObject({ seq: 1 })
  })
})

describe('at most once', () => {
  it('answers a commit that is sent again after the loss of the engine with its recorded outcome', async () => {
    const driver = keptOpen(openNodeSqlite(':memory:'))
    const before = await setup({ driver })
    const caller = before.as('god', { clientId: 'client-1' })
    const commit = { id: 3, method: 'transaction.commit', params: [], transaction: 1 }
    const send = (from: TestCaller, request: object, ack = 1) =>
      from.session.exchange({ ack, requests: [request as never] })
    await send(caller, { id: 1, method: 'transaction.begin', params: [], transaction: 1 })
    await send(caller, { id: 2, method: 'create', params: ['User', user('alice')], transaction: 1 }, 2)
    const [reply] = await send(caller, commit, 3)
    const after = await setup({ driver })
    const again = after.as('god', { clientId: 'client-1' })
    expect(await send(again, commit, 3)).toEqual([reply])
    expect(await after.one.call('count', 'User')).toBe(1)
    const [unknown] = await send(again, { ...commit, id: 4 }, 4)
    expect(() => resultOf(unknown)).toThrow(
      expect.objectContaining({ code: 'DATABASE_ERROR', retryable: true }),
    )
  })

  it('gives a write in it that is sent again the same reply', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    const request = { id: 900, method: 'create', params: ['User', user('alice')], transaction: tx.number }
    const [first] = await one.session.exchange({ ack: 1, requests: [request] })
    expect(await one.session.exchange({ ack: 1, requests: [request] })).toEqual([first])
    await one.session.exchange({
      ack: 1,
      requests: [{ id: 901, method: 'transaction.commit', params: [], transaction: tx.number }],
    })
    expect(await one.session.exchange({ ack: 1, requests: [request] })).toEqual([first])
    expect(await one.call('count', 'User')).toBe(1)
  })

  it('begins once however often it is asked', async () => {
    const { one, two } = await setup()
    const tx = await begin(two)
    const request = { id: 50, method: 'transaction.begin', params: [], transaction: 9 }
    const both = [1, 2].map(() => one.session.exchange({ ack: 1, requests: [request] }))
    await tx.rollback()
    expect(await Promise.all(both)).toEqual([[{ id: 50, result: true }], [{ id: 50, result: true }]])
    await transactionOf(one, 9).rollback()
  })
})

describe('what is refused', () => {
  it('is the transaction of another session', async () => {
    const { one, two } = await setup()
    const tx = await begin(one)
    const foreign = transactionOf(two, tx.number)
    for (const method of [
      'count',
      'create',
      'transaction.commit',
      'transaction.rollback',
      'transaction.savepoint',
    ])
      expect(await codeOf(foreign.call(method, 'User'))).toBe('DATABASE_ERROR')
    await tx.call(...create('alice'))
    await tx.commit()
  })

  it('is a number that is open already', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    expect(await codeOf(callInside(one, tx.number, 'transaction.begin'))).toBe('VALIDATION_ERROR')
    await tx.rollback()
  })

  it('is a call after the end', async () => {
    const { one } = await setup()
    const tx = await begin(one)
    await tx.commit()
    for (const end of [tx.call('count', 'User'), tx.commit(), tx.rollback()])
      expect(await codeOf(end)).toBe('DATABASE_ERROR')
  })

  it.each([
    5,
    'immediate',
    [],
    { mode: 'serializable' },
    { mode: 'immediate', more: 1 },
    { idleTimeout: 0 },
    { idleTimeout: 60_001 },
    { timeout: 300_001 },
    { timeout: '5' },
    { timeout: Number.NaN },
    { ['__proto__']: { timeout: 1 } },
  ])('is a begin with %j', async (options) => {
    const { one } = await setup()
    expect(await codeOf(begin(one, options as object))).toBe('VALIDATION_ERROR')
    expect(await one.call('count', 'User')).toBe(0)
  })

  it('is a word of a transaction without its number', async () => {
    const { one } = await setup()
    for (const method of ['begin', 'commit', 'rollback'])
      expect(await codeOf(one.call(`transaction.${method}`))).toBe('VALIDATION_ERROR')
    expect(await codeOf(one.call('batch', [{ method: 'transaction.begin', params: [] }]))).toBe(
      'VALIDATION_ERROR',
    )
  })

  it.each([
    ['verify', 'Credential', 'alice', 'Secret-1!'],
    ['set', 'Credential', { username: 'alice', password: 'Secret-1!' }],
    ['live.open', 'User', {}, 1],
    ['auth.logout'],
    ['auth.me'],
    ['stats'],
    ['database.vacuum'],
    ['database.export'],
    ['migrations.migrate'],
    ['transaction.begin2'],
  ])('is %s inside', async (method, ...params) => {
    const { one } = await setup()
    const tx = await begin(one)
    await tx.call(...create('alice'))
    expect(await codeOf(tx.call(method, ...params))).toBe(
      method === 'transaction.begin2' ? 'VALIDATION_ERROR' : 'CAPABILITY_NOT_SUPPORTED',
    )
    await tx.commit()
    expect(await one.call('count', 'User')).toBe(1)
  })
})

it('work on the file as a whole waits for the end of a transaction', async () => {
  const { one, two } = await setup()
  const tx = await begin(one)
  await tx.call(...create('alice'))
  const work = ['database.vacuum', 'database.export', 'database.analyze', 'checkIntegrity', 'stats'].map(
    (method) => two.call(method),
  )
  expect(await isPending(Promise.race(work))).toBe(true)
  await tx.rollback()
  await Promise.all(work)
  expect(await two.call('count', 'User')).toBe(0)
})

it('a sign-in waits for the end of a transaction', async () => {
  const { one, two } = await setup()
  await one.call(...create('alice'))
  const tx = await begin(one)
  const set = two.call('set', 'Credential', { username: 'alice', password: 'Secret-1!' })
  await tx.call(...create('bob'))
  await tx.rollback()
  expect(await set).toBe(true)
  expect(await two.call('verify', 'Credential', 'alice', 'Secret-1!')).toBe(true)
})

/** The driver, but statements that `when` names find the disk full, and SQLite has rolled back. */
function failing(driver: Driver, when: (sql: string) => boolean): Driver {
  return overConnection(driver, (connection) => ({
    execute(statement: Statement, parameters, deadline) {
      if (!when(statement.sql)) return connection.execute(statement, parameters, deadline)
      connection.execute({ sql: 'rollback', columns: [], once: true }, [], 0)
      throw new DriverError('full', 13, 'database or disk is full', { rolledBack: true })
    },
    release: () => connection.release(),
  }))
}

function overConnection(driver: Driver, wrap: (connection: Connection) => Connection): Driver {
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'acquire') return () => wrap(target.acquire() as Connection)
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** An engine that is gone, and one that comes after it over the same database. */
function keptOpen(driver: Driver): Driver {
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'close') return () => {}
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
