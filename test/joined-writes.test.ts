/** Writes of several sessions that share a transaction: as if each had come alone, and with fewer commits. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Driver, DriverError } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { joinWrites } from '../src/engine/joined-writes.ts'
import type { Reply } from '../src/protocol/request.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { openTestEngine, type TestCaller } from './support/engine.ts'
import { checkJoined, joinedRounds, joinedSchema } from './support/joined-model.ts'

const schema = defineSchema({
  Note: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, unique: true, max: 20 }),
      count: f.integer({ default: 0, min: 0 }),
    },
    rules: [
      { roles: ['user'], operations: ['create', 'read', 'update'] },
      { roles: ['public'], operations: ['read'] },
      { roles: ['god'], operations: ['create', 'read', 'update', 'delete'] },
    ],
  },
})

type OnCommit = (commit: () => unknown) => unknown

/**
 * SQLite whose commits are counted, and may be made to fail.
 * @param isRemote it answers by promises, as a server does
 */
async function counted(isRemote = false) {
  const state: { commits: number; onCommit: OnCommit; sent: string[] } = {
    commits: 0,
    onCommit: (commit) => commit(),
    sent: [],
  }
  const real = await openNodeSqlite(':memory:')
  const driver: Driver = Object.create(real, {
    acquire: {
      value: async () => {
        const connection = await real.acquire()
        return Object.create(connection, {
          execute: {
            value: (...given: Parameters<typeof connection.execute>) => {
              const run = () => {
                const answer = () => connection.execute(...given)
                return isRemote ? Promise.resolve().then(answer) : answer()
              }
              state.sent.push(given[0].sql)
              if (given[0].sql !== 'commit') return run()
              state.commits++
              return state.onCommit(run)
            },
          },
          release: { value: () => connection.release() },
        })
      },
    },
    synchronous: { value: !isRemote },
    now: { value: () => real.now() },
    close: { value: () => real.close() },
    stats: { value: () => real.stats() },
  })
  return { driver, state }
}

async function open(isRemote = false) {
  const { driver, state } = await counted(isRemote)
  const world = await openTestEngine({ schema, driver, joinWrites: joinWrites(setImmediate) })
  return { ...world, state }
}

const codeOf = (reply: Reply | undefined) => reply && ('error' in reply ? reply.error.code : 'done')

it('take one commit together, and a write that fails fails alone', async () => {
  const world = await open()
  const callers = Array.from({ length: 10 }, () => world.as('user'))
  await Promise.all(callers.map(({ call }) => call('list', 'Note')))
  world.state.commits = 0
  const names = ['a', 'b', 'a', 'c', 'x'.repeat(21), 'd', 'b', 'e', 'f', 'g']
  const codes = await Promise.all(
    callers.map(async ({ send }, at) =>
      codeOf((await send({ method: 'create', params: ['Note', { name: names[at] }] }))[0]),
    ),
  )
  expect(codes).toEqual([
    ...['done', 'done', 'CONFLICT', 'done', 'VALIDATION_ERROR', 'done', 'CONFLICT'],
    ...['done', 'done', 'done'],
  ])
  expect(world.state.commits).toBeLessThan(7)
  expect(await world.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
  await world.engine.close()
})

it('of which none fails take no savepoint, and one statement for the rows of several', async () => {
  const world = await open()
  const callers = Array.from({ length: 9 }, () => world.as('user'))
  await Promise.all(callers.map(({ call }) => call('list', 'Note')))
  world.state.sent.length = 0
  await Promise.all(callers.map(({ call }, at) => call('create', 'Note', { name: `${at}` })))
  const rows = (table: string) =>
    world.state.sent
      .filter((sql) => sql.startsWith('insert') && sql.includes(`"${table}" (`))
      .map((sql) => sql.split('), (').length)
  expect([rows('Note'), rows('_dbal_audit'), rows('_dbal_outcomes')]).toEqual([
    [8, 1],
    [8, 1],
    [8, 1],
  ])
  // Begin, the end of the log, commit.
  expect(world.state.sent).toHaveLength(9)
  await world.engine.close()
})

it('that come alone to a server wait for nothing that tells nothing either, and are refused as ever', async () => {
  const world = await open(true)
  const { call } = world.as('user')
  const sentOf = async (name: string) => {
    world.state.sent.length = 0
    await call('create', 'Note', { name }).catch(({ code }) => world.state.sent.push(code))
    return world.state.sent.map((sql) => /^select|^\S+( into \S+)?/.exec(sql)?.[0])
  }
  await call('list', 'Note')
  const inserts = ['"main"."Note"', 'main."_dbal_audit"', 'main."_dbal_outcomes"'].map(
    (to) => `insert into ${to}`,
  )
  const quick = ['begin', 'select', ...inserts, 'commit']
  expect(await sentOf('a')).toEqual(quick)
  expect((await sentOf('a')).at(-1)).toBe('CONFLICT')
  // Not tried: the one before was in vain.
  expect(await sentOf('b')).toEqual([
    'begin',
    ...inserts.slice(0, 1),
    'select',
    ...inserts.slice(1),
    'commit',
  ])
  expect(await sentOf('c')).toEqual(quick)
  expect(await world.as('supergod').call('audit.verify')).toMatchObject({ ok: true, entries: 3 })
  await world.engine.close()
})

it('take savepoints for a while after something was refused', async () => {
  const world = await open()
  const callers = Array.from({ length: 3 }, () => world.as('user'))
  const savepointsOf = async (...names: string[]) => {
    world.state.sent.length = 0
    await Promise.allSettled(callers.map(({ call }, at) => call('create', 'Note', { name: names[at] })))
    return world.state.sent.filter((sql) => sql === 'savepoint s0').length
  }
  await Promise.all(callers.map(({ call }) => call('list', 'Note')))
  expect(await savepointsOf('a', 'b', 'c')).toBe(0)
  expect(await savepointsOf('d', 'd', 'e')).toBe(3)
  expect(await savepointsOf('f', 'g', 'h')).toBe(3)
  expect(await savepointsOf('i', 'j', 'a')).toBe(3)
  for (const name of ['k', 'l', 'm']) expect(await savepointsOf(name, `${name}${name}`, `${name}1`)).toBe(3)
  expect(await savepointsOf('n', 'o', 'p')).toBe(0)
  expect(await world.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
  await world.engine.close()
})

it('find what was written before them, and not what comes behind', async () => {
  const { driver } = await counted()
  const world = await openTestEngine({ schema: joinedSchema, driver, joinWrites: joinWrites(setImmediate) })
  const callers = [world.as('god'), world.as('god')] as const
  await Promise.all(callers.map(({ call }) => call('list', 'Part')))
  const id = (last: number) => `00000000-0000-7000-8000-00000000000${last}`
  await Promise.all([
    callers[0].call('create', 'Part', { id: id(1), name: 'part', wholeId: id(2) }),
    callers[1].call('create', 'Part', { id: id(2), name: 'whole' }),
  ])
  const { lines } = (await world.as('supergod').call('audit.export')) as { lines: string[] }
  expect(lines.flatMap((line) => JSON.parse(line).rowIds)).toEqual([id(2), id(1)])
  await world.engine.close()
})

it('whose commit fails, or fails after it was made, are answered for what is there', async () => {
  for (const isMade of [false, true]) {
    const world = await open()
    const callers = Array.from({ length: 6 }, () => world.as('user'))
    await Promise.all(callers.map(({ call }) => call('list', 'Note')))
    world.state.onCommit = (commit) => {
      world.state.onCommit = (next) => next()
      if (isMade) commit()
      throw new DriverError('io', 10, 'the answer was lost')
    }
    const rows = await Promise.all(callers.map(({ call }, at) => call('create', 'Note', { name: `${at}` })))
    expect(rows).toHaveLength(6)
    expect(await world.as('god').call('count', 'Note')).toBe(6)
    expect(await world.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
    await world.engine.close()
  }
})

it('keep the order of their caller', async () => {
  const world = await open()
  const { call } = world.as('god')
  const answers = await Promise.all([
    call('create', 'Note', { name: 'one' }),
    call('count', 'Note'),
    call('create', 'Note', { name: 'two' }),
    call('deleteMany', 'Note', { name: 'one' }),
    call('count', 'Note'),
    call('batch', [{ method: 'create', params: ['Note', { name: 'three' }] }]),
    call('count', 'Note'),
  ])
  expect([answers[1], answers[4], answers[6]]).toEqual([1, 1, 2])
  await world.engine.close()
})

const page = (slug: string) => ({ method: 'create', params: ['PageConfig', { slug, title: 'x', level: 1 }] })

it('are not run again when they come late, whoever they are joined with', async () => {
  const world = await openTestEngine({ joinWrites: joinWrites(setImmediate) })
  const [clientId, other] = ['a client', world.as('god')]
  const first = world.as('god', { clientId })
  for (const id of [1, 2]) await first.session.exchange({ ack: id, requests: [{ id, ...page(`p${id}`) }] })
  await first.session.close({ mayReturn: true })
  await other.call('deleteMany', 'PageConfig', { level: 1 })
  const again = world.as('god', { clientId })
  for (const caller of [again, other]) await caller.call('count', 'PageConfig')
  const [[late], rest] = await Promise.all([
    again.session.exchange({ ack: 1, requests: [{ id: 1, ...page('p1') }] }),
    other.send(page('other')),
  ])
  expect([codeOf(late), codeOf(rest[0])]).toEqual(['CONFLICT', 'done'])
  expect(await other.call('count', 'PageConfig')).toBe(1)
  await world.engine.close()
})

it('that wait for a transaction are run as who their caller is by then', async () => {
  const world = await openTestEngine({ joinWrites: joinWrites(setImmediate) })
  const [boss, alice] = [world.as('supergod'), world.as('public')]
  const given = { username: 'alice', email: 'alice@example.com', password: 'Correct-horse-9' }
  const { user } = (await alice.call('auth.register', given)) as { user: { id: string } }
  await boss.call('update', 'User', user.id, { role: 'god' })
  await alice.call('count', 'PageConfig')
  const late = alice.send(page('late'))
  const transaction = 1
  for (const request of [
    { method: 'transaction.begin', params: [] },
    { method: 'update', params: ['User', user.id, { role: 'user' }] },
    { method: 'transaction.commit', params: [] },
  ])
    expect(codeOf((await boss.send({ ...request, transaction }))[0])).toBe('done')
  expect(codeOf((await late)[0])).toBe('FORBIDDEN')
  expect(await boss.call('count', 'PageConfig')).toBe(0)
  await world.engine.close()
})

it('of several sessions of one client are all remembered', async () => {
  const world = await openTestEngine({ joinWrites: joinWrites(setImmediate) })
  const clientId = 'a client'
  const sessions = [1, 2, 3].map(() => world.as('god', { clientId }).session)
  const send = (at: number, id: number) =>
    sessions[at]?.exchange({ ack: 1, requests: [{ id, ...page(`p${id}`) }] }) ?? []
  const alone = [await send(0, 1), await send(1, 2), await send(0, 3)]
  const made = [...alone, ...(await Promise.all([send(0, 4), send(1, 5)]))]
  for (const session of sessions) await session.close({ mayReturn: true })
  const { session } = world.as('god', { clientId })
  for (const [at, replies] of made.entries()) {
    const id = at + 1
    expect(codeOf(replies[0])).toBe('done')
    expect(await session.exchange({ ack: 1, requests: [{ id, ...page(`p${id}`) }] })).toEqual(replies)
  }
  await world.engine.close()
})

interface Step {
  readonly caller: number
  readonly kind: 'create' | 'update' | 'delete' | 'invalid'
  readonly which: number
}

const steps = fc.array(
  fc.array(
    fc.record({
      caller: fc.nat(7),
      kind: fc.constantFrom<Step['kind'][]>('create', 'create', 'update', 'update', 'delete', 'invalid'),
      which: fc.nat(9),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  { minLength: 1, maxLength: 5 },
)

it('of random callers: what is told is there, once; what is listened to and what is recorded agree', {
  timeout: 120_000,
}, async () => {
  const runs = process.env['DBAL_LONG'] ? 2_000 : 60
  let [commits, writes] = [0, 0]
  const check = async (rounds: Step[][]) => {
    const world = await open()
    const callers: TestCaller[] = Array.from({ length: 8 }, (_, at) =>
      world.as(at === 7 ? 'public' : at === 6 ? 'god' : 'user'),
    )
    const watcher = world.as('user')
    const watched = (await watcher.call(
      'live.open',
      'Note',
      { sort: { name: 'asc' }, limit: 100 },
      1,
    )) as unknown
    expect(watched).toBeDefined()
    const model = new Set<string>()
    let id = 100
    for (const round of rounds) {
      const ids = (await watcher.call('list', 'Note', { limit: 100 })) as {
        data: { fields: string[]; values: unknown[] }
      }
      const known = rowsOf(ids.data)
      const sent = round.map((step) => {
        const target = known[step.which % Math.max(known.length, 1)]
        return { step, target, id: ++id, request: requestOf(step, target?.id) }
      })
      const ask = (all: typeof sent) =>
        Promise.all(
          all.map(async ({ step, id: number, request }) => {
            const [reply] = await (callers[step.caller] as TestCaller).session.exchange({
              ack: 0,
              requests: [{ id: number, ...request }],
            })
            return reply as Reply
          }),
        )
      const first = await ask(sent)
      for (const [at, { step, target }] of sent.entries()) {
        const reply = first[at] as Reply
        if ('error' in reply) {
          if (step.kind === 'invalid' && step.caller !== 7) expect(reply.error.code).toBe('VALIDATION_ERROR')
          if (step.caller === 7) expect(reply.error.code).toBe('FORBIDDEN')
          continue
        }
        writes++
        expect(step.kind).not.toBe('invalid')
        expect(step.caller).not.toBe(7)
        if (step.kind === 'create') model.add((reply.result as NoteRow).id)
        else if (step.kind === 'delete') model.delete(target?.id as string)
      }
      const before = await stored(world.as('god'))
      expect(before.map(({ id }) => id).sort()).toEqual([...model].sort())
      // Sent again they are answered, and not run.
      const done = first.filter((reply) => 'result' in reply)
      expect(await ask(sent.filter((_, at) => 'result' in (first[at] as Reply)))).toEqual(done)
      expect(await stored(world.as('god'))).toEqual(before)
    }
    expect(await world.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
    expect(world.incidents).toEqual([])
    commits += world.state.commits
    await world.engine.close()
  }
  await fc.assert(fc.asyncProperty(steps, check), { numRuns: runs })
  expect(writes).toBeGreaterThan(runs)
  expect(commits).toBeGreaterThan(0)
})

it('of random callers are done as if one had come behind the other', { timeout: 120_000 }, async () => {
  let [guarded, joined] = [0, 0]
  await fc.assert(
    fc.asyncProperty(joinedRounds, async (rounds) => {
      const { driver, state } = await counted(rounds.length % 2 === 0)
      const world = await openTestEngine({
        schema: joinedSchema,
        driver,
        joinWrites: joinWrites(setImmediate),
      })
      await checkJoined([world], rounds)
      guarded += state.sent.filter((sql) => sql === 'savepoint s0').length
      joined += state.sent.filter((sql) => /"Note" .* values \([?, ]+\), /.test(sql)).length
      await world.engine.close()
    }),
    { numRuns: process.env['DBAL_LONG'] ? 2_000 : 12 },
  )
  expect(guarded).toBeGreaterThan(0)
  expect(joined).toBeGreaterThan(0)
})

const nameOf = ({ which }: Step) => `note ${which}`

function requestOf(step: Step, id: string | undefined) {
  const target = id ?? '00000000-0000-7000-8000-000000000000'
  switch (step.kind) {
    case 'create':
      return { method: 'create', params: ['Note', { name: nameOf(step) }] }
    case 'update':
      return { method: 'update', params: ['Note', target, { count: step.which }] }
    case 'delete':
      return { method: 'delete', params: ['Note', target] }
    default:
      return { method: 'create', params: ['Note', { name: 'x', count: -1 }] }
  }
}

interface NoteRow {
  readonly id: string
  readonly name: string
  readonly count: number
}

function rowsOf({ fields, values }: { fields: readonly string[]; values: readonly unknown[] }): NoteRow[] {
  return Array.from({ length: values.length / fields.length }, (_, row) =>
    Object.fromEntries(fields.map((name, at) => [name, values[row * fields.length + at]])),
  ) as unknown as NoteRow[]
}

async function stored({ call }: TestCaller): Promise<NoteRow[]> {
  const { data } = (await call('list', 'Note', { sort: { name: 'asc' }, limit: 100 })) as {
    data: { fields: string[]; values: unknown[] }
  }
  return rowsOf(data)
}
