/** Live queries through the engine's own door: what is sent, when, to whom, and what it costs the database. */

import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { type Driver, DriverError } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { runSync } from '../src/engine/work.ts'
import type { Event } from '../src/protocol/event.ts'
import type { PackedRows, Row } from '../src/protocol/rows.ts'
import { unpackRows } from '../src/protocol/rows.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { introspectSqlite } from '../src/schema/introspect/introspect-sqlite.ts'
import { openTestEngine, principalOf, type TestCaller } from './support/engine.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const start = Date.parse('2026-01-15T10:30:00.000Z')
const page = (slug: string, more: Row = {}) => ({ slug, title: slug, level: 1, ...more })

const liveEvents = ({ events }: TestCaller) => events.filter((event) => event.type === 'live')
const errorsOf = ({ events }: TestCaller) =>
  events.flatMap((event) => (event.type === 'liveError' ? [[event.subscription, event.error.code]] : []))

function wholeOf(event: Event | undefined): Row[] {
  if (event?.type !== 'live' || !('whole' in event)) throw new Error('no whole result')
  return unpackRows(event.whole)
}

/** The statements that touch a table of the schema, while `work` runs. */
async function statementsOf(driver: Driver, table: string, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const connection = await driver.acquire()
  const { execute } = connection
  connection.execute = (statement, parameters, deadline) => {
    if (statement.sql.includes(`"${table}"`)) seen.push(statement.sql)
    return execute.call(connection, statement, parameters, deadline)
  }
  await work()
  connection.execute = execute
  return seen
}

/** One that answers later, as servers do. */
function slowDriver() {
  const quick = openNodeSqlite(':memory:')
  let held: { readonly text: string; readonly reached: (go: () => void) => void } | null = null
  const driver: Driver = {
    ...quick,
    synchronous: false,
    now: () => quick.now(),
    close: () => quick.close(),
    async acquire() {
      const connection = await quick.acquire()
      return {
        ...connection,
        async execute(...given) {
          await Promise.resolve()
          const wanted = held
          if (wanted && given[0].sql.toLowerCase().startsWith(wanted.text)) {
            held = null
            await new Promise<void>((resolve) => wanted.reached(resolve))
          }
          return connection.execute(...given)
        },
        release() {},
      }
    },
  }
  return {
    driver,
    /** Resolves when a statement that begins so is to be run; it waits until the result is called. */
    next: (text: string) =>
      new Promise<() => void>((reached) => {
        held = { text, reached }
      }),
  }
}

describe('an opening', () => {
  it('sends the whole result as the group leaves it, once', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    await god.send(
      { method: 'create', params: ['PageConfig', page('a')] },
      { method: 'live.open', params: ['PageConfig', { sort: { slug: 'asc' } }, 1] },
      { method: 'create', params: ['PageConfig', page('b')] },
      { method: 'updateMany', params: ['PageConfig', { slug: 'a' }, { title: 'A' }] },
    )
    expect(god.events).toHaveLength(1)
    expect(wholeOf(god.events[0]).map(({ title }) => title)).toEqual(['A', 'b'])
  })

  it('of a caller that leaves before its commit is not there: nobody is asked whether it can take more', async () => {
    const { driver, next } = slowDriver()
    const { engine, as } = await openTestEngine({ driver })
    let asked = 0
    const leaving = engine.connect({
      principal: principalOf('god'),
      clientId: 'leaving',
      emit() {},
      isBusy: () => {
        asked++
        return false
      },
    })
    // Held back at its commit, when the query has run already.
    const opening = leaving.exchange({
      ack: 0,
      requests: [
        { id: 1, method: 'create', params: ['PageConfig', page('a')] },
        { id: 2, method: 'live.open', params: ['PageConfig', { sort: { slug: 'asc' }, limit: 1 }, 1] },
      ],
    })
    const go = await next('commit')
    leaving.close()
    go()
    await opening
    const god = as('god')
    for (const slug of ['0', '1', '2']) await god.call('create', 'PageConfig', page(slug))
    await god.call('deleteMany', 'PageConfig', { slug: { in: ['0', '1'] } })
    expect(asked).toBe(0)
  })

  it('sends nothing and is not there when its group is not committed', async () => {
    let isFailing = false
    const driver = openNodeSqlite(':memory:')
    const connection = await driver.acquire()
    const { execute } = connection
    connection.execute = (statement, parameters, deadline) => {
      if (isFailing && statement.sql === 'commit') throw new DriverError('full', 13, 'full')
      return execute.call(connection, statement, parameters, deadline)
    }
    const { as } = await openTestEngine({ driver })
    const [god, other] = [as('god'), as('admin')]
    await other.call('live.open', 'PageConfig', {}, 1)
    isFailing = true
    const replies = await god.send(
      { method: 'create', params: ['PageConfig', page('a')] },
      { method: 'live.open', params: ['PageConfig', {}, 1] },
    )
    isFailing = false
    expect(replies.every((reply) => 'error' in reply)).toBe(true)
    await god.call('create', 'PageConfig', page('b'))
    expect(god.events).toEqual([])
    expect(other.events).toHaveLength(2)
  })

  it('is refused where rows could not be told apart, and over the limit', async () => {
    const schema = defineSchema({
      Note: {
        fields: { id: f.id(), text: f.string() },
        rules: [
          { roles: ['god'], operations: all },
          { roles: ['user'], operations: ['read'], fields: { read: ['text'] } },
        ],
      },
    })
    const { as } = await openTestEngine({ schema, limits: { maxLiveQueries: 2 } })
    await expect(as('user').call('live.open', 'Note', {}, 1)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { field: 'id' },
    })
    const god = as('god')
    const replies = await god.send(
      ...[1, 2, 3, 1].map((id) => ({ method: 'live.open', params: ['Note', {}, id] })),
    )
    expect(replies.map((reply) => 'error' in reply)).toEqual([false, false, true, true])
    await god.call('live.close', 1)
    await god.call('live.open', 'Note', {}, 3)
  })

  it('is refused for a query that would be kept and gone through for every write', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    const open = (count: number) => {
      const slug = { notIn: Array.from({ length: count }, (_, at) => `page-${at}`) }
      return god.call('live.open', 'PageConfig', { filter: { slug } }, 1)
    }
    await open(2_000)
    await expect(open(20_000)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'query' }] },
    })
  })

  it('takes hostile queries as a list does', async () => {
    const { as, incidents } = await openTestEngine()
    const god = as('god')
    let deep: object = {}
    for (let depth = 0; depth < 5_000; depth++) deep = { not: deep }
    const queries: unknown[] = [
      null,
      [],
      'x',
      { filter: deep },
      { filter: { or: 1 } },
      { filter: { ['__proto__x']: 1 } },
      { sort: { layout: 'asc' } },
      { select: [{}] },
      { select: 'id' },
      { limit: -1 },
      { page: 1.5 },
      { cursor: 'x' },
    ]
    for (const query of queries) {
      await expect(god.call('live.open', 'PageConfig', query, 1)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      })
    }
    for (const id of ['1', 1.5, null, {}]) {
      await expect(god.call('live.open', 'PageConfig', {}, id)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      })
    }
    expect(incidents).toEqual([])
    expect(god.events).toEqual([])
  })
})

describe('what a change costs', () => {
  it('is no statement for rows in hand, and for rows that are nobody’s business', async () => {
    const { as, driver } = await openTestEngine()
    const [god, user] = [as('god'), as('user')]
    const a = (await god.call('create', 'PageConfig', page('a'))) as Row
    await god.call('create', 'PageConfig', page('b'))
    await user.call('live.open', 'PageConfig', { sort: { slug: 'asc' } }, 1)
    await user.call('live.open', 'PageConfig', { filter: { slug: 'none' } }, 2)
    const write = (patch: Row) => () => god.call('update', 'PageConfig', a['id'], patch)
    const alone = await statementsOf(driver, 'PageConfig', write({ title: 'x', level: 5 }))
    // Out of the user's sight, back into it, to another place: select and update, as without anybody listening.
    expect(alone).toHaveLength(2)
    expect(await statementsOf(driver, 'PageConfig', write({ level: 1 }))).toHaveLength(2)
    expect(await statementsOf(driver, 'PageConfig', write({ slug: 'z' }))).toHaveLength(2)
    expect(liveEvents(user).slice(2)).toMatchObject([
      { change: { removed: [a['id']] } },
      { change: { added: { values: expect.arrayContaining(['a', 'x']) } } },
      { change: { moved: [{ id: a['id'], from: 0, to: 1 }] } },
    ])
  })

  it('is one more where a row leaves a list that is cut by its limit', async () => {
    const { as, driver } = await openTestEngine()
    const god = as('god')
    const pages = [page('a'), page('b'), page('c')]
    const { ids } = (await god.call('createMany', 'PageConfig', pages)) as { ids: string[] }
    await god.call('live.open', 'PageConfig', { sort: { slug: 'asc' }, limit: 2 }, 1)
    const behind = await statementsOf(driver, 'PageConfig', () =>
      god.call('update', 'PageConfig', ids[2], { slug: 'd' }),
    )
    expect([behind.length, liveEvents(god).length]).toEqual([2, 1])
    const leaving = await statementsOf(driver, 'PageConfig', () => god.call('delete', 'PageConfig', ids[0]))
    expect(leaving.filter((sql) => sql.includes('order by'))).toHaveLength(1)
    expect(liveEvents(god).at(-1)).toMatchObject({
      change: { removed: [ids[0]] },
      places: { removed: [0], added: [1] },
    })
  })

  it('is one query and one event for a bulk write', async () => {
    const { as, driver } = await openTestEngine()
    const god = as('god')
    await god.call('live.open', 'PageConfig', { sort: { slug: 'asc' } }, 1)
    const pages = Array.from({ length: 500 }, (_, n) => page(`p${n}`))
    const reads = (
      await statementsOf(driver, 'PageConfig', () => god.call('createMany', 'PageConfig', pages))
    ).filter((sql) => sql.includes('order by'))
    expect(reads).toHaveLength(1)
    expect(liveEvents(god)).toHaveLength(2)
  })
})

describe('rows that other rows take with them', () => {
  it('leave live results; those of other parents are not looked at', async () => {
    const { as, driver } = await openTestEngine()
    const god = as('god')
    const [one, two] = [
      (await god.call('create', 'PageConfig', page('one'))) as Row,
      (await god.call('create', 'PageConfig', page('two'))) as Row,
    ]
    const node = (pageId: unknown) => ({ pageId, type: 'text' })
    await god.call('createMany', 'ComponentNode', [node(one['id']), node(one['id']), node(two['id'])])
    await god.call('live.open', 'ComponentNode', { filter: { pageId: one['id'] } }, 1)
    await god.call('live.open', 'ComponentNode', { filter: { type: 'text' } }, 2)
    await god.call('delete', 'PageConfig', one['id'])
    const changes = liveEvents(god).slice(2)
    expect(changes.map((event) => event.subscription).sort()).toEqual([1, 2])
    for (const event of changes) expect('change' in event && event.change.removed).toHaveLength(2)
    const renamed = await statementsOf(driver, 'ComponentNode', () =>
      god.call('update', 'PageConfig', two['id'], { title: 'x' }),
    )
    expect(renamed).toEqual([])
    const three = (await god.call('create', 'PageConfig', page('three'))) as Row
    const deleted = await statementsOf(driver, 'ComponentNode', () =>
      god.call('delete', 'PageConfig', three['id']),
    )
    // Whether the page had components, and nothing else.
    expect(deleted).toHaveLength(1)
  })
})

describe('rows that expire', () => {
  const anHour = 3_600_000
  const schema = defineSchema({
    Offer: {
      fields: { id: f.id(), name: f.string(), until: f.datetime() },
      ttl: 'until',
      rules: [{ roles: ['god', 'user'], operations: all }],
    },
  })
  const open = async () => {
    const timers: { at: number; run: () => void }[] = []
    const clock = {
      at: start,
      now: () => clock.at,
      after: (milliseconds: number, run: () => void) => {
        const timer = { at: clock.at + milliseconds, run }
        timers.push(timer)
        return () => void timers.splice(timers.indexOf(timer), 1)
      },
    }
    const opened = await openTestEngine({ schema, clock, limits: { ttlSweepMs: anHour } })
    // The sweep that follows the opening: the next one is out of the way.
    timers.shift()?.run()
    await expect.poll(() => timers.length).toBe(1)
    const due = () => timers.filter(({ at }) => at < start + anHour)
    const pass = (milliseconds: number) => {
      clock.at += milliseconds
      for (const timer of timers.filter(({ at }) => at <= clock.at)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.run()
      }
    }
    return { ...opened, timers, due, pass }
  }
  const offer = (name: string, inMs: number | null) => ({
    name,
    until: inMs === null ? null : new Date(start + inMs).toISOString(),
  })

  it('leave live results at their instant, without a write', async () => {
    const { as, pass, due } = await open()
    const god = as('god')
    await god.call('createMany', 'Offer', [offer('a', 1_000), offer('b', 5_000), offer('c', null)])
    await god.call('live.open', 'Offer', { sort: { name: 'asc' } }, 1)
    expect(due().map(({ at }) => at - start)).toEqual([1_000])
    pass(999)
    expect(god.events).toHaveLength(1)
    pass(1)
    expect(god.events).toHaveLength(2)
    expect(god.events[1]).toMatchObject({ places: { removed: [0] } })
    expect(due().map(({ at }) => at - start)).toEqual([5_000])
    // A row that expires before all others moves the instant.
    await god.call('create', 'Offer', offer('d', 2_000))
    expect(due().map(({ at }) => at - start)).toEqual([2_000])
    pass(10_000)
    expect(god.events.at(-1)).toMatchObject({ places: { removed: [0, 2] } })
    expect(due()).toEqual([])
  })

  it('keep no timer of an engine that is closed, or to which nobody listens', async () => {
    const { as, engine, timers, due, pass } = await open()
    const god = as('god')
    await god.call('create', 'Offer', offer('a', 1_000))
    expect(due()).toEqual([])
    await god.call('live.open', 'Offer', {}, 1)
    await god.call('live.close', 1)
    pass(1_000)
    expect(due()).toEqual([])
    await god.call('create', 'Offer', offer('b', 5_000))
    await god.call('live.open', 'Offer', {}, 1)
    expect(due()).toHaveLength(1)
    await engine.close()
    expect(timers).toEqual([])
  })
})

describe('a caller that is slow', () => {
  it('is sent what it missed as one change when it can take more, and the others do not wait', async () => {
    const { engine, as } = await openTestEngine()
    const god = as('god')
    const events: Event[] = []
    const slow = { isBusy: false }
    const session = engine.connect({
      principal: principalOf('admin'),
      clientId: 'slow',
      emit: (event) => events.push(event),
      isBusy: () => slow.isBusy,
    })
    const request = { id: 1, method: 'live.open', params: ['PageConfig', { sort: { slug: 'asc' } }, 1] }
    await session.exchange({ ack: 1, requests: [request] })
    await god.call('live.open', 'PageConfig', {}, 1)
    slow.isBusy = true
    const first = (await god.call('create', 'PageConfig', page('a'))) as Row
    await god.call('create', 'PageConfig', page('b'))
    await god.call('delete', 'PageConfig', first['id'])
    expect([events.length, god.events.length]).toEqual([1, 4])
    slow.isBusy = false
    await session.resume()
    await session.resume()
    expect(events.slice(1)).toMatchObject([{ places: { added: [0], removed: [] } }])
    await god.call('create', 'PageConfig', page('c'))
    expect(events).toHaveLength(3)
  })
})

describe('a caller that becomes another', () => {
  it('sees what its new role may see, and hears where it may see nothing', async () => {
    const { as } = await openTestEngine()
    const [god, caller] = [as('god'), as('user')]
    await god.call('create', 'PageConfig', page('a'))
    await god.call('create', 'PageConfig', page('b', { level: 3 }))
    await caller.call('live.open', 'PageConfig', { sort: { slug: 'asc' } }, 1)
    await caller.call('live.open', 'User', {}, 2)
    caller.session.become(principalOf('admin'), null)
    await god.call('count', 'User')
    expect(wholeOf(liveEvents(caller)[2]).map(({ slug }) => slug)).toEqual(['a', 'b'])
    caller.session.become(principalOf('public'), null)
    await god.call('count', 'User')
    expect(errorsOf(caller)).toEqual([[2, 'FORBIDDEN']])
    expect(wholeOf(liveEvents(caller).at(-1)).map(({ slug }) => slug)).toEqual(['a'])
    await god.call('create', 'PageConfig', page('c'))
    expect(liveEvents(caller).at(-1)).toMatchObject({ places: { added: [1] } })
  })
})

describe('what cannot go on', () => {
  it('ends alone', async () => {
    const { as, driver, incidents } = await openTestEngine()
    const god = as('god')
    await god.call('live.open', 'PageConfig', { limit: 1, page: 2 }, 1)
    await god.call('live.open', 'PageConfig', {}, 2)
    const connection = await driver.acquire()
    const { execute } = connection
    connection.execute = (statement, parameters, deadline) => {
      if (statement.sql.includes('offset')) throw new DriverError('interrupted', 9, 'interrupted')
      return execute.call(connection, statement, parameters, deadline)
    }
    await god.call('create', 'PageConfig', page('a'))
    connection.execute = execute
    expect(errorsOf(god)).toEqual([[1, 'TIMEOUT']])
    await god.call('create', 'PageConfig', page('b'))
    expect(
      liveEvents(god)
        .slice(2)
        .map((event) => event.subscription),
    ).toEqual([2, 2])
    expect(incidents).toEqual([])
  })

  it('ends alone where its host cannot send, and the write stands', async () => {
    const { engine, as, incidents } = await openTestEngine()
    const god = as('god')
    const broken = { isBroken: false, sent: 0 }
    const session = engine.connect({
      principal: principalOf('admin'),
      clientId: 'broken',
      emit: () => {
        broken.sent++
        if (broken.isBroken) throw new Error('the socket is gone')
      },
    })
    await session.exchange({
      ack: 1,
      requests: [{ id: 1, method: 'live.open', params: ['PageConfig', {}, 1] }],
    })
    await god.call('live.open', 'PageConfig', {}, 1)
    broken.isBroken = true
    await god.call('create', 'PageConfig', page('a'))
    await god.call('create', 'PageConfig', page('b'))
    expect([broken.sent, liveEvents(god).length, incidents.length]).toEqual([2, 3, 1])
  })

  it('ends when the database is rolled back, as calls do, and can be opened again', async () => {
    const schema = defineSchema({
      Note: { fields: { id: f.id(), text: f.string() }, rules: [{ roles: ['god'], operations: all }] },
    })
    const columns = { id: { type: 'uuid' }, text: { type: 'string', nullable: true } } as const
    const { as } = await openTestEngine({
      schema,
      migrations: [
        {
          version: 1,
          name: 'notes',
          up: [{ createEntity: { name: 'Note', columns, primaryKey: ['id'], indexes: [] } }],
          down: [{ dropEntity: 'Note' }],
        },
      ],
    })
    const god = as('god')
    await god.call('live.open', 'Note', {}, 1)
    await god.call('migrations.rollback')
    expect(errorsOf(god)).toEqual([[1, 'CONFLICT']])
    await expect(god.call('live.open', 'Note', {}, 1)).rejects.toMatchObject({ code: 'CONFLICT' })
    await god.call('migrations.migrate')
    await god.call('live.open', 'Note', {}, 1)
    await god.call('create', 'Note', { text: 'a' })
    expect(liveEvents(god)).toHaveLength(3)
  })
})

it('a row that only the database can judge is asked for there', async () => {
  const { as } = await openTestEngine()
  const god = as('god')
  const long = 'x'.repeat(20_000)
  await god.call('live.open', 'PageConfig', { filter: { description: { like: '%y%z%' } } }, 1)
  const first = (await god.call('create', 'PageConfig', page('a', { description: `${long}yz` }))) as Row
  await god.call('create', 'PageConfig', page('b', { description: `${long}zy` }))
  await god.call('update', 'PageConfig', first['id'], { description: 'yz' })
  await god.call('update', 'PageConfig', first['id'], { description: long })
  expect(liveEvents(god).slice(1)).toMatchObject([
    { places: { added: [0] } },
    { places: { changed: [0] } },
    { places: { removed: [0] } },
  ])
})

it('what the engine writes for itself is heard like any other write', async () => {
  const { as } = await openTestEngine()
  const god = as('god')
  await god.call('live.open', 'User', {}, 1)
  const account = { username: 'alice', email: 'alice@example.com', password: 'Abcdef1!' }
  await as('public').call('auth.register', account)
  expect(liveEvents(god)).toHaveLength(2)
})

it('what is sent is nobody else’s to change', async () => {
  const { as } = await openTestEngine()
  const god = as('god')
  await god.call('live.open', 'PageConfig', {}, 1)
  const layout = { columns: [1] }
  await god.call('create', 'PageConfig', page('a', { layout }))
  layout.columns.push(2)
  const [, event] = liveEvents(god)
  if (!event || !('change' in event)) throw new Error('no change')
  const [added] = unpackRows(event.change.added as PackedRows)
  expect(added?.['layout']).toEqual({ columns: [1] })
})

it('in a file of somebody else’s, lists and views follow what its triggers do, each row beside its equal', async () => {
  const db = new DatabaseSync(':memory:')
  for (const statement of [
    'create table item (id integer primary key, kind text collate rtrim)',
    'create table log (line text)',
    "create trigger note after insert on item begin insert into log values ('new'); end",
    'create view kinds as select kind, count(*) as total from item group by kind',
  ]) {
    db.exec(statement)
  }
  const driver = openNodeSqlite(':memory:', { importFile: db.serialize() })
  const schema = runSync(introspectSqlite(), await driver.acquire(), { at: 0 })
  const { as } = await openTestEngine({ schema, driver, foreign: true, sandbox: 'disabled' })
  const caller = as('supergod')
  await caller.call('live.open', 'kinds', {}, 1)
  await caller.call('live.open', 'log', { select: ['line'] }, 2)
  await caller.call('live.open', 'item', { filter: { kind: 'a' } }, 3)
  await caller.call('create', 'item', { kind: 'a' })
  await caller.call('create', 'item', { kind: 'a ' })
  const heard = liveEvents(caller).slice(3)
  expect(heard.filter(({ subscription }) => subscription === 1)).toMatchObject([
    { change: { added: { values: ['a', 1] } } },
    { change: { added: { values: ['a', 2] }, removed: [0] } },
  ])
  expect(heard.filter(({ subscription }) => subscription === 2)).toMatchObject([
    { places: { added: [0] } },
    { places: { added: [1] } },
  ])
  // In this collation 'a' and 'a ' are equal, which only the database knows.
  expect(heard.filter(({ subscription }) => subscription === 3)).toHaveLength(2)
})
