import { describe, expect, test } from 'vitest'
import { DBALClient, DBALError, defineSchema, f, type Schema, type Transport } from '../index.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { KyselyQuery, KyselyResult, UnknownShape } from '../protocol/kysely.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { TransportLost } from '../transport/transport.ts'
import { toKysely } from './index.ts'

const schema = defineSchema({
  Note: {
    fields: {
      id: f.id(),
      text: f.text({ required: true }),
      stars: f.integer({ default: 0 }),
      pin: f.string({ hidden: true }),
      createdAt: f.createdAt(),
    },
  },
  Vault: { fields: { id: f.id() }, system: true },
})

type Answer = (query: KyselyQuery, at: number) => KyselyResult | UnknownShape | DBALError

const noRows = (shape = 7): KyselyResult => ({ shape, rows: { fields: [], values: [] } })

class FakeEngine implements Transport {
  readonly frames: KyselyQuery[][] = []
  answer: Answer = () => noRows()
  readonly #listeners = new Set<(event: Event) => void>()

  async open(): Promise<Ready> {
    return { persistence: 'memory', role: 'leader', rung: 'local', version: 1 }
  }

  async exchange({ requests }: Frame): Promise<readonly Reply[]> {
    for (const { method } of requests) expect(method).toBe('kysely.execute')
    const queries = requests.map(({ params }) => structuredClone(params[0]) as KyselyQuery)
    this.frames.push(queries)
    return requests.map(({ id }, at) => {
      const result = this.answer(queries[at] as KyselyQuery, this.frames.length)
      return result instanceof DBALError ? { id, error: result.toWire() } : { id, result }
    })
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {}

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** What was sent of each query: its shape's number, or its tree. */
  get sent(): (number | 'tree')[] {
    return this.frames.flat().map((query) => ('shape' in query ? query.shape : 'tree'))
  }
}

async function setup(answer?: Answer) {
  const engine = new FakeEngine()
  if (answer) engine.answer = answer
  const client = new DBALClient({ schema, transport: engine })
  await client.ready
  return { engine, client, db: toKysely(client) }
}

describe('queries', () => {
  test('what comes back are rows as objects', async () => {
    const { db, engine } = await setup(() => ({
      shape: 1,
      rows: { fields: ['id', 'text'], values: ['a', 'x', 'b', 'y'] },
    }))
    expect(await db.selectFrom('Note').select(['id', 'text']).where('stars', '>', 3).execute()).toEqual([
      { id: 'a', text: 'x' },
      { id: 'b', text: 'y' },
    ])
    expect(engine.frames[0]).toEqual([{ tree: expect.stringContaining('SelectQueryNode'), params: [3] }])
  })

  test('of a write, the number of rows', async () => {
    const { db } = await setup(() => ({ ...noRows(), affected: 2 }))
    expect((await db.deleteFrom('Note').executeTakeFirst()).numDeletedRows).toBe(2n)
    expect((await db.updateTable('Note').set({ stars: 1 }).executeTakeFirst()).numUpdatedRows).toBe(2n)
    const [inserted] = await db.insertInto('Note').values({ text: 'x' }).execute()
    expect(inserted).toMatchObject({ insertId: undefined, numInsertedOrUpdatedRows: 2n })
  })

  test('those of a tick travel as one frame', async () => {
    const { db, engine } = await setup()
    await Promise.all(
      [1, 2, 3].map((stars) => db.selectFrom('Note').select('id').where('stars', '=', stars).execute()),
    )
    expect(engine.frames.map((frame) => frame.map(({ params }) => params))).toEqual([[[1], [2], [3]]])
  })

  test('values are as they were when the query was executed', async () => {
    const { db, engine } = await setup()
    const values = { text: 'before' }
    const day = new Date(0)
    const done = [
      db.insertInto('Note').values(values).execute(),
      db
        .selectFrom('Note')
        .select('id')
        .where('createdAt', '<', day as never)
        .execute(),
    ]
    values.text = 'after'
    day.setTime(1)
    await Promise.all(done)
    expect(engine.frames.flat().map(({ params }) => params)).toEqual([
      ['before'],
      ['1970-01-01T00:00:00.000Z'],
    ])
  })

  test('undefined as a value is refused before anything is sent', async () => {
    const { db, engine } = await setup()
    const query = db
      .selectFrom('Note')
      .select('id')
      .where('text', '=', undefined as never)
    await expect(query.execute()).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'where' }] },
    })
    expect(engine.frames).toEqual([])
  })

  test("the errors are the engine's", async () => {
    const { db } = await setup(() => new DBALError('FORBIDDEN', 'no', { entity: 'Note' }))
    await expect(db.selectFrom('Note').selectAll().execute()).rejects.toMatchObject({
      name: 'DBALError',
      code: 'FORBIDDEN',
      details: { entity: 'Note' },
    })
  })

  test('a stream hands out the reply in chunks', async () => {
    const { db } = await setup(() => ({ shape: 1, rows: { fields: ['id'], values: [...'abcde'] } }))
    const rows: unknown[] = []
    for await (const row of db.selectFrom('Note').select('id').stream(2)) rows.push(row.id)
    expect(rows).toEqual([...'abcde'])
  })

  test('plugins transform queries and results, the log hears of them', async () => {
    const { client } = await setup(() => ({ shape: 1, rows: { fields: ['id'], values: ['a'] } }))
    const heard: string[] = []
    const db = toKysely(client, {
      log: ({ query }) => void heard.push(query.sql),
      plugins: [
        {
          transformQuery: ({ node }) => node,
          transformResult: async ({ result }) => ({
            ...result,
            rows: result.rows.map(() => ({ id: 'plugin' })),
          }),
        },
      ],
    })
    expect(await db.selectFrom('Note').select('id').execute()).toEqual([{ id: 'plugin' }])
    expect(heard).toEqual([expect.stringContaining('SelectQueryNode')])
  })

  test('a query that another Kysely compiled is sent as its tree', async () => {
    const { db, engine } = await setup()
    const { query, queryId } = db.selectFrom('Note').select('id').where('stars', '=', 4).compile()
    await db.executeQuery({ query, queryId, sql: 'drop table Note', parameters: [] })
    expect(engine.frames.flat()).toEqual([{ tree: expect.not.stringContaining('drop'), params: [4] }])
  })
})

describe('shapes', () => {
  test('a known shape travels as its number, with its own values', async () => {
    const { db, engine } = await setup(() => noRows(42))
    const find = (text: string) => db.selectFrom('Note').select('id').where('text', '=', text).execute()
    await find('a')
    await find('b')
    await db.selectFrom('Note').select('text').execute()
    expect(engine.sent).toEqual(['tree', 42, 'tree'])
    expect(engine.frames[1]).toEqual([[{ shape: 42, params: ['b'] }]].flat())
  })

  test('a number that the engine has forgotten: the tree is sent again, once', async () => {
    const { db, engine } = await setup((query, frame) => {
      if ('shape' in query && query.shape === 1) return { unknownShape: true }
      return { shape: frame, rows: { fields: ['id'], values: ['a'] } }
    })
    const find = () => db.selectFrom('Note').select('id').execute()
    await find()
    expect(await find()).toEqual([{ id: 'a' }])
    await find()
    expect(engine.sent).toEqual(['tree', 1, 'tree', 3])
  })

  test('none outlives its connection', async () => {
    const { db, engine } = await setup()
    const find = () => db.selectFrom('Note').select('id').execute()
    await find()
    engine.emit({ type: 'connection', state: 'lost' })
    await find()
    await find()
    expect(engine.sent).toEqual(['tree', 'tree', 7])
  })

  test('a query in flight when the connection is lost is answered by the next one', async () => {
    const { db, engine } = await setup()
    const find = () => db.selectFrom('Note').select('id').where('stars', '=', 3).execute()
    await find()
    let broken = true
    engine.answer = (query) => {
      if (broken) {
        broken = false
        throw new TransportLost('broken')
      }
      return 'shape' in query ? { unknownShape: true } : { shape: 8, rows: { fields: ['id'], values: ['a'] } }
    }
    expect(await find()).toEqual([{ id: 'a' }])
    expect(engine.sent).toEqual(['tree', 7, 7, 'tree'])
  })

  test('an error leaves the number as it was', async () => {
    const { db, engine } = await setup()
    const find = () => db.selectFrom('Note').select('id').execute()
    await find()
    engine.answer = () => new DBALError('TIMEOUT', 'late')
    // A query that only reads may be tried again by the connection; a statement may be a write, which is not.
    await expect(find()).rejects.toMatchObject({ code: 'TIMEOUT' })
    engine.answer = () => noRows()
    await find()
    expect(engine.sent.filter((sent) => sent === 'tree')).toHaveLength(1)
  })

  test('no more are kept than the engine keeps', async () => {
    let next = 0
    const { db, engine } = await setup(() => noRows(++next))
    const find = (one: number) =>
      db
        .selectFrom('Note')
        .select((eb) => eb.lit(one).as('one'))
        .execute()
    for (let one = 0; one <= 500; one++) await find(one)
    await find(0)
    await find(500)
    expect(engine.sent.slice(-2)).toEqual(['tree', 501])
  })
})

test('a client is asked for, and it must be one of this package', () => {
  expect(() => toKysely({} as never)).toThrow(DBALError)
  expect(() => toKysely(undefined as never)).toThrow('must be a DBALClient')
})

test('destroying it leaves the client open', async () => {
  const { db, client } = await setup()
  await db.selectFrom('Note').select('id').execute()
  await db.destroy()
  await expect(db.selectFrom('Note').select('id').execute()).rejects.toThrow('destroyed')
  await expect(toKysely(client).selectFrom('Note').select('id').execute()).resolves.toEqual([])
})

test('a closed client rejects queries', async () => {
  const { db, client } = await setup()
  await client.close()
  await expect(db.selectFrom('Note').select('id').execute()).rejects.toMatchObject({ code: 'DATABASE_ERROR' })
})

test('introspection tells of the schema, without what nobody reaches', async () => {
  const { db, engine } = await setup()
  const tables = await db.introspection.getTables()
  expect(tables.map(({ name }) => name)).toEqual(['Note'])
  expect(tables[0]).toMatchObject({ isView: false, isForeign: false })
  expect(tables[0]?.columns.map(({ name }) => name)).toEqual(['id', 'text', 'stars', 'createdAt'])
  expect(tables[0]?.columns[2]).toEqual({
    name: 'stars',
    dataType: 'integer',
    isAutoIncrementing: false,
    isNullable: false,
    hasDefaultValue: true,
  })
  expect(await db.introspection.getSchemas()).toEqual([])
  expect(engine.frames).toEqual([])
})

test('a schema that is known at run time only takes any name', async () => {
  const { client } = await setup()
  const db = toKysely(client as unknown as DBALClient<Schema>)
  expect(await db.selectFrom('Order Details').select('Unit Price').execute()).toEqual([])
})
