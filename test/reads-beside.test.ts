/**
 * Reads over a server with a pool: beside each other and beside writes, in the order of their caller, each of one state of the
 * database.
 */

import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { postgresDialect } from '../src/engine/postgres/dialect.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { Random } from './kysely/support/random.ts'
import { openTestEngine, type TestEngine } from './support/engine.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'
import { begin } from './support/transactions.ts'

const everything = ['create', 'read', 'update', 'delete'] as const
const schema = defineSchema({
  Note: {
    fields: { id: f.id(), text: f.string(), count: f.integer({ default: 0 }) },
    rules: [{ roles: ['user', 'god'], operations: everything }],
  },
  Part: {
    fields: { id: f.id(), noteId: f.uuid({ references: 'Note.id', onDelete: 'cascade' }) },
    rules: [{ roles: ['user', 'god'], operations: everything }],
  },
  Slow: {
    fields: { id: f.id() },
    rules: [{ roles: ['user'], operations: everything }],
  },
  Secret: {
    fields: { id: f.id(), text: f.string() },
    rules: [{ roles: ['god'], operations: everything }],
  },
})

let server: TestPostgres
let other: pg.Client
let name: string
let world: TestEngine
beforeAll(async () => {
  server = await startPostgres()
  const { port, password } = server.options
  other = new pg.Client({ host: '127.0.0.1', port, user: 'dbal', password, database: 'postgres' })
  await other.connect()
})
beforeEach(async () => {
  name = server.freshSchema()
  world = await openTestEngine({
    schema,
    driver: await server.open({ schema: name, poolSize: 5 }),
    dialect: postgresDialect,
  })
  return () => world.engine.close()
})
afterAll(async () => {
  await other?.end()
  await server?.stop()
})

/** Whoever reads `Slow` waits until it is called. */
async function lock(): Promise<() => Promise<unknown>> {
  await other.query(`begin; lock table ${name}."Slow" in access exclusive mode`)
  const unlock = () => other.query('rollback')
  onTestFinished(async () => void (await unlock()))
  return unlock
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 50))

it('wait for the end of an open transaction, as over SQLite', async () => {
  const [writer, reader] = [world.as('user'), world.as('user')]
  expect(await reader.call('count', 'Note')).toBe(0)
  const transaction = await begin(writer)
  await transaction.call('create', 'Note', { text: 'new' })
  const read = reader.call('count', 'Note')
  const first = await Promise.race([read, soon().then(() => 'nothing yet')])
  expect(first).toBe('nothing yet')
  await transaction.commit()
  expect(await read).toBe(1)
})

it('a commit that comes twice while it is at work has one answer', async () => {
  const caller = world.as('user')
  const transaction = await begin(caller)
  await transaction.call('create', 'Note', { text: 'once' })
  const commit = { method: 'transaction.commit', params: [], transaction: transaction.number, id: 900 }
  const once = () => caller.session.exchange({ ack: 0, requests: [commit] })
  expect(await Promise.all([once(), once()])).toEqual([
    [{ id: 900, result: true }],
    [{ id: 900, result: true }],
  ])
  expect(await caller.call('count', 'Note')).toBe(1)
})

it('that are slow hold up nobody but their own caller', async () => {
  const [slow, quick] = [world.as('user'), world.as('user')]
  // What a caller has done before is looked up with its first request, in turn with everything.
  await slow.call('count', 'Part')
  const unlock = await lock()
  const log: string[] = []
  const read = slow.call('list', 'Slow').then(() => void log.push('slow read'))
  const behind = slow.call('create', 'Part', {}).then(() => void log.push('write behind it'))
  await soon()
  await quick.call('create', 'Part', {})
  expect(await quick.call('count', 'Part')).toBe(1)
  expect(log).toEqual([])
  await unlock()
  await Promise.all([read, behind])
  expect(log).toEqual(['slow read', 'write behind it'])
})

it('leave a connection for a write, however many there are', async () => {
  const callers = Array.from({ length: 30 }, () => world.as('user'))
  await Promise.all(callers.map(({ call }) => call('count', 'Part')))
  const unlock = await lock()
  const reads = callers.map(({ call }) => call('count', 'Slow'))
  await soon()
  await world.as('user').call('create', 'Part', {})
  await unlock()
  expect(await Promise.all(reads)).toEqual(reads.map(() => 0))
})

it('that are refused stand in the audit log before the refusal is heard', async () => {
  await expect(world.as('user').call('list', 'Secret')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(JSON.stringify(await world.as('supergod').call('audit.list', {}))).toContain('FORBIDDEN')
})

it('are of one state of the database, page and total, all reads of a frame', async () => {
  const [writer, reader] = [world.as('god'), world.as('user')]
  const note = (await writer.call('create', 'Note', { text: 'with parts' })) as { id: string }
  let isOver = false
  const writing = (async () => {
    for (let round = 0; round < 60; round++) {
      await writer.call('batch', [
        { method: 'create', params: ['Note', { text: `${round}` }] },
        { method: 'create', params: ['Part', { noteId: note.id }] },
      ])
      await writer.call('deleteMany', round % 2 ? 'Part' : 'Note', { id: { ne: note.id } })
    }
    isOver = true
  })()
  const found = { reads: 0, parts: 0 }
  while (!isOver) {
    const page = (await reader.call('list', 'Note', { page: 1, limit: 100 })) as {
      data: { values: unknown[]; fields: unknown[] }
      total: number
    }
    expect(page.data.values.length / page.data.fields.length).toBe(page.total)
    const replies = await reader.send(
      { method: 'count', params: ['Note'] },
      { method: 'count', params: ['Part'] },
      { method: 'list', params: ['Note', { page: 1, limit: 100 }] },
      { method: 'list', params: ['Part', { page: 1, limit: 100 }] },
    )
    const [notes, parts, ofNotes, ofParts] = replies.map((reply) =>
      'result' in reply ? reply.result : reply,
    )
    expect([ofNotes, ofParts]).toMatchObject([{ total: notes }, { total: parts }])
    found.reads++
    found.parts += parts as number
  }
  await writing
  expect(found.reads).toBeGreaterThan(5)
})

it('of many callers at once see exactly what their caller has written before', async () => {
  const random = new Random(7)
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      const caller = world.as('user')
      const { id } = (await caller.call('create', 'Note', { text: 'own' })) as { id: string }
      let count = 0
      const answers: Promise<unknown>[] = []
      for (let step = 0; step < 60; step++) {
        const expected = count
        if (random.chance(0.3)) answers.push(caller.call('update', 'Note', id, { count: ++count }))
        else
          answers.push(
            caller.call('read', 'Note', id).then((row) => expect(row).toMatchObject({ count: expected })),
          )
        if (random.chance(0.2)) await soon()
      }
      await Promise.all(answers)
    }),
  )
})
