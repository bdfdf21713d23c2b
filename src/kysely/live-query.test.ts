import { expect, test, vi } from 'vitest'
import { openTestEngine, principalOf } from '../../test/support/engine.ts'
import { DBALClient, type DBALError, defineSchema, f } from '../index.ts'
import { LocalTransport } from '../transport/local.ts'
import { type Change, liveQuery, toKysely } from './index.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const schema = defineSchema({
  Note: {
    fields: { id: f.id(), title: f.string({ required: true }), rank: f.integer({ default: 0 }) },
    rules: [{ roles: ['user'], operations: all }],
  },
})

interface Shown {
  readonly id: string
  readonly title: string
}

async function setup() {
  const { engine } = await openTestEngine({ schema })
  const transport = new LocalTransport({
    connect: (emit) => engine.connect({ principal: principalOf('user'), clientId: 'one', emit }),
  })
  const client = new DBALClient({ schema, transport })
  await client.ready
  const heard: { rows: readonly Shown[]; change: Change<Shown> }[] = []
  const listen = (rows: readonly Shown[], change: Change<Shown>) => void heard.push({ rows, change })
  return { engine, client, db: toKysely(client), heard, listen }
}

test('rows come at once and after each change; those that stay are the same objects', async () => {
  const { client, db, heard, listen } = await setup()
  const stop = liveQuery(db.selectFrom('Note').select(['id', 'title']).orderBy('rank'), listen)
  const a = await client.notes.create({ title: 'a', rank: 1 })
  expect(heard).toHaveLength(1)
  const b = await client.notes.create({ title: 'b', rank: 2 })
  await client.notes.update(b.id, { rank: 0 })
  expect(heard.map(({ rows }) => rows.map(({ title }) => title).join(''))).toEqual(['a', 'ab', 'ba'])
  expect(heard[1]?.rows[0]).toBe(heard[0]?.rows[0])
  expect(heard[2]?.rows[1]).toBe(heard[0]?.rows[0])
  expect(heard[2]?.change.moved).toHaveLength(1)
  await db.deleteFrom('Note').where('id', '=', a.id).execute()
  expect(heard[3]).toMatchObject({ rows: [{ title: 'b' }], change: { removed: [a.id] } })
  stop()
  stop()
  await client.notes.deleteMany({ title: 'b' })
  expect(heard).toHaveLength(4)
})

test('the query is taken as it was, with the values that it had', async () => {
  const { client, db, heard, listen } = await setup()
  const titles = ['a']
  liveQuery(db.selectFrom('Note').select(['id', 'title']).where('title', 'in', titles), listen)
  titles.push('b')
  await client.notes.create({ title: 'b' })
  expect(heard).toMatchObject([{ rows: [] }])
})

test('a refusal goes to its own listener, else to the client', async () => {
  const { client, db } = await setup()
  const own: DBALError[] = []
  const general: DBALError[] = []
  client.on('error', (error) => general.push(error))
  const unknown = db.selectFrom('Note').select('nothing' as 'title')
  liveQuery(
    unknown,
    () => {},
    (error) => own.push(error),
  )
  liveQuery(unknown, () => {})
  await vi.waitFor(() => expect([own.length, general.length]).toEqual([1, 1]))
  expect(own[0]).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('a count is a row without a key: another one comes, and the one before goes', async () => {
  const { db } = await setup()
  const counts: unknown[] = []
  liveQuery(
    db.selectFrom('Note').select((eb) => eb.fn.countAll<number>().as('n')),
    (rows, { removed }) => counts.push([rows, removed]),
  )
  await db.insertInto('Note').values({ title: 'a' }).execute()
  expect(counts).toEqual([
    [[{ n: 0 }], []],
    [[{ n: 1 }], [0]],
  ])
})

test.each([
  ['a write', ({ db }: Setup) => db.deleteFrom('Note')],
  ['nothing', () => undefined],
  ['a text', () => 'select 1'],
  ['what only looks like a query', () => ({ isSelectQueryBuilder: true, compile: () => ({ sql: '' }) })],
])('%s is refused', async (_, query) => {
  const made = await setup()
  const errors: DBALError[] = []
  try {
    liveQuery(
      query(made) as never,
      () => {},
      (error) => errors.push(error),
    )
    await made.client.notes.count()
  } catch (error) {
    errors.push(error as DBALError)
  }
  expect(errors).toHaveLength(1)
  expect(['VALIDATION_ERROR', 'CAPABILITY_NOT_SUPPORTED']).toContain(errors[0]?.code)
})

type Setup = Awaited<ReturnType<typeof setup>>
