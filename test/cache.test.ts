/** Results of reads that are kept: given when nothing can have changed them, and to nobody else. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keepResults } from '../src/engine/cache/result-cache.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { openTestEngine, type TestCaller } from './support/engine.ts'
import { callers, heldIsFresh, owner, schemaOf } from './support/live-model.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const schema = defineSchema({
  Note: {
    fields: {
      id: f.id(),
      text: f.string({ required: true }),
      ownerId: f.uuid(),
      teamId: f.uuid({ references: 'Team.id', onDelete: 'cascade' }),
    },
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
    ],
  },
  Team: { fields: { id: f.id(), name: f.string() }, rules: [{ roles: ['god'], operations: all }] },
  Ticket: {
    fields: { id: f.id(), text: f.string(), endsAt: f.datetime() },
    ttl: 'endsAt',
    rules: [{ roles: ['god'], operations: all }],
  },
  Later: {
    fields: { id: f.id(), at: f.datetime() },
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user'], operations: ['read'], rowFilter: 'at <= $now' },
    ],
  },
})

async function setup(maxBytes = 1_000_000) {
  const looks: boolean[] = []
  const open = await openTestEngine({
    schema,
    keepResults: keepResults({ maxBytes, onLook: (isKept) => looks.push(isKept) }),
  })
  const god = open.as('god')
  /** Whether each of the calls since the last time was answered with what was kept. */
  const looked = () => looks.splice(0)
  return { ...open, god, looked }
}

const userId = (n: number) => `00000000-0000-7000-8000-00000000000${n}`

describe('a result', () => {
  it('is kept until a change can concern it', async () => {
    const { god, looked, engine } = await setup()
    const make = async (text: string) => (await god.call('create', 'Note', { text })) as { id: string }
    const [a, b] = [await make('a'), await make('b')]
    const reads = [
      ['list', 'Note', { filter: { text: 'a' } }],
      ['count', 'Note', { text: 'a' }],
      ['findFirst', 'Note', { filter: { text: 'a' } }],
      ['aggregate', 'Note', { count: true, filter: { text: 'a' } }],
      ['read', 'Note', a.id],
    ] as const
    const readAll = async () => {
      const results: unknown[] = []
      for (const [method, ...params] of reads) results.push(await god.call(method, ...params))
      return results
    }
    const first = await readAll()
    expect(looked()).toEqual([false, false, false, false, false])
    expect(await readAll()).toEqual(first)
    expect(looked()).toEqual([true, true, true, true, true])
    // None of its business, before and after.
    await god.call('update', 'Note', b.id, { text: 'c' })
    await god.call('create', 'Team', { name: 'a' })
    await readAll()
    expect(looked()).toEqual([true, true, true, true, true])
    await god.call('update', 'Note', b.id, { text: 'a' })
    expect((await readAll())[1]).toBe(2)
    expect(looked()).toEqual([false, false, false, false, true])
    await god.call('delete', 'Note', a.id)
    await expect(readAll()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await engine.close()
  })

  it('is nobody else’s', async () => {
    const { god, looked, as, engine } = await setup()
    await god.call('create', 'Note', { text: 'mine', ownerId: userId(1) })
    const [one, other] = [as('user', { userId: userId(1) }), as('user', { userId: userId(2) })]
    expect(await one.call('count', 'Note')).toBe(1)
    expect(await other.call('count', 'Note')).toBe(0)
    expect(await god.call('count', 'Note')).toBe(1)
    await expect(as('public').call('count', 'Note')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(looked()).toEqual([false, false, false])
    // The same user, by another connection.
    expect(await as('user', { userId: userId(1) }).call('count', 'Note')).toBe(1)
    expect(looked()).toEqual([true])
    await engine.close()
  })

  it('is dropped with what it includes, and with what foreign keys do', async () => {
    const { god, engine } = await setup()
    const team = (await god.call('create', 'Team', { name: 'old' })) as { id: string }
    await god.call('create', 'Note', { text: 'a', teamId: team.id })
    const list = async () =>
      JSON.stringify(await god.call('list', 'Note', { include: { team: true }, filter: { text: 'a' } }))
    expect(await list()).toContain('old')
    await god.call('update', 'Team', team.id, { name: 'new' })
    expect(await list()).toContain('new')
    expect(await god.call('count', 'Note')).toBe(1)
    await god.call('delete', 'Team', team.id)
    expect(await god.call('count', 'Note')).toBe(0)
    await engine.close()
  })

  it('that the time alone can change is not kept', async () => {
    const { god, looked, as, clock, engine } = await setup()
    const endsAt = new Date(clock.now() + 10_000).toISOString()
    await god.call('create', 'Ticket', { text: 'a', endsAt })
    await god.call('create', 'Later', { at: endsAt })
    const user = as('user')
    expect([await god.call('count', 'Ticket'), await user.call('count', 'Later')]).toEqual([1, 0])
    clock.at += 20_000
    expect([await god.call('count', 'Ticket'), await user.call('count', 'Later')]).toEqual([0, 1])
    expect(looked()).toEqual([])
    // To whom the time is nothing.
    await god.call('count', 'Later')
    expect(looked()).toEqual([false])
    await engine.close()
  })

  it('stands behind no write of the same frame, batch or transaction', async () => {
    const { god, engine } = await setup()
    const count = { method: 'count', params: ['Note'] }
    const create = { method: 'create', params: ['Note', { text: 'x' }] }
    expect(await god.call('count', 'Note')).toBe(0)
    const replies = await god.send(create, count)
    expect(replies.at(-1)).toMatchObject({ result: 1 })
    expect(await god.call('batch', [create, count])).toMatchObject([{}, 2])
    await god.send({ method: 'transaction.begin', params: [], transaction: 1 })
    await god.send({ ...create, transaction: 1 })
    expect(await god.send({ ...count, transaction: 1 })).toMatchObject([{ result: 3 }])
    await god.send({ method: 'transaction.rollback', params: [], transaction: 1 })
    expect(await god.call('count', 'Note')).toBe(2)
    await engine.close()
  })

  it('makes room for others, and one that is too large takes none', async () => {
    const { god, looked, engine } = await setup(30_000)
    for (let at = 0; at < 30; at++) await god.call('count', 'Note', { text: `${at}` })
    looked()
    await god.call('count', 'Note', { text: '29' })
    await god.call('count', 'Note', { text: '0' })
    expect(looked()).toEqual([true, false])
    await god.call('create', 'Note', { text: 'x'.repeat(255) })
    for (let at = 0; at < 20; at++) await god.call('create', 'Note', { text: 'x'.repeat(200) })
    looked()
    await god.call('list', 'Note')
    await god.call('list', 'Note')
    expect(looked()).toEqual([])
    await engine.close()
  })
})

it('a result that was kept is the one that a transaction would read', { timeout: 300_000 }, async () => {
  let hits = 0
  const onLook = (isKept: boolean) => {
    if (isKept) hits++
  }
  await fc.assert(
    heldIsFresh(async (isTree) => {
      const { as, engine, incidents } = await openTestEngine({
        schema: schemaOf(isTree),
        keepResults: keepResults({ maxBytes: 1_000_000, onLook }),
      })
      const world = Object.fromEntries(callers.map((role) => [role, as(role, { userId: owner })])) as Record<
        (typeof callers)[number],
        TestCaller
      >
      return {
        writers: world,
        watchers: world,
        keepsResults: true,
        mostEvents: 1,
        settle: (check) => check(),
        incidents,
        end: () => engine.close(),
      }
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? (process.env['DBAL_LONG'] ? 5_000 : 15)) },
  )
  expect(hits).toBeGreaterThan(0)
})
