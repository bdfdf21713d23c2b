/** `client.transaction` through the public client: isolation among three callers, and every way to an end. */

import { afterEach, describe, expect, it } from 'vitest'
import type { Driver } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { DBALClient, DBALError, defineSchema, f } from '../src/index.ts'
import type { Event } from '../src/protocol/event.ts'
import { serveCaller } from '../src/serve/serve-caller.ts'
import { LocalTransport } from '../src/transport/local.ts'
import { TransportLost } from '../src/transport/transport.ts'
import { openTestEngine, principalOf, type TestEngine } from './support/engine.ts'

const schema = defineSchema({
  Account: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, unique: true }),
      amount: f.integer({ default: 0 }),
    },
    rules: [{ roles: ['god'], operations: ['create', 'read', 'update', 'delete'] }],
  },
})
type Client = DBALClient<typeof schema>

const opened: TestEngine[] = []
const clients: Client[] = []

async function setup() {
  const made = await openTestEngine({ schema })
  opened.push(made)
  const [one, two, three] = [connect(made), connect(made), connect(made)]
  await Promise.all(clients.map((client) => client.accounts.count()))
  return { ...made, one, two, three }
}

function connect({ engine }: Pick<TestEngine, 'engine'>): Client {
  const clientId = crypto.randomUUID()
  const client = new DBALClient({
    schema,
    transport: new LocalTransport({ connect: (emit) => served(engine, clientId, emit) }),
  })
  clients.push(client)
  return client
}

function served(engine: TestEngine['engine'], clientId: string, emit: (event: Event) => void) {
  return serveCaller({
    engine,
    principal: principalOf('god'),
    clientId,
    maxFrameRequests: 10_000,
    emit,
    report: () => 'incident',
  })
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const { engine, clock } of opened.splice(0)) {
    await engine.close()
    expect(clock.waiting).toBe(0)
  }
})

const total = async (client: Client) =>
  (await client.accounts.list({ limit: 100 })).data.reduce((sum, { amount }) => sum + (amount ?? 0), 0)
const tick = () => new Promise((resolve) => setTimeout(resolve, 0))

describe('a transaction', () => {
  it('gives what its work gives, and keeps what it did', async () => {
    const { one, two } = await setup()
    const id = await one.transaction(async (tx) => {
      const row = await tx.accounts.create({ name: 'cash', amount: 5 })
      expect(await tx.entity('Account').read(row.id)).toEqual(row)
      const [more, count] = await tx.batch([tx.accounts.op.create({ name: 'bank' }), tx.accounts.op.count()])
      expect([more.name, count]).toEqual(['bank', 2])
      return row.id
    })
    expect(await two.accounts.read(id)).toMatchObject({ name: 'cash' })
  })

  it('throws what its work throws, that very error, and leaves nothing', async () => {
    const { one, two } = await setup()
    const error = new RangeError('no')
    const failed = one.transaction(async (tx) => {
      await tx.accounts.create({ name: 'cash' })
      throw error
    })
    expect(await failed.catch((thrown) => thrown)).toBe(error)
    expect(await two.accounts.count()).toBe(0)
    expect(await two.audit.list()).toMatchObject({ data: [] })
  })

  it('takes work that is no promise, or throws at once', async () => {
    const { one } = await setup()
    expect(await one.transaction(() => 5)).toBe(5)
    await expect(
      one.transaction(() => {
        throw new TypeError('at once')
      }),
    ).rejects.toThrow('at once')
  })

  it('refuses its tx after the end, and says so', async () => {
    const { one } = await setup()
    let kept: Parameters<Parameters<typeof one.transaction>[0]>[0] | undefined
    await one.transaction(async (tx) => {
      kept = tx
    })
    for (const late of [kept?.accounts.count(), kept?.batch([]), kept?.transaction(async () => {})])
      await expect(late).rejects.toMatchObject({ code: 'CONFLICT', details: { reason: 'transaction' } })
  })

  it('keeps what was called but not awaited', async () => {
    const { one } = await setup()
    await one.transaction(async (tx) => {
      void tx.accounts.create({ name: 'cash' })
    })
    expect(await one.accounts.count()).toBe(1)
  })

  it('has no live lists', async () => {
    const { one } = await setup()
    const failed = one.transaction(async (tx) => {
      tx.accounts.live({}, () => {})
    })
    await expect(failed).rejects.toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED' })
  })

  it('refuses options that make no sense', async () => {
    const { one } = await setup()
    await expect(one.transaction(async () => {}, { timeout: -1 })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })
})

describe('three callers at once', () => {
  it('lose no update, and see no half of one', async () => {
    const { one, two, three } = await setup()
    const [cash, bank] = await Promise.all(
      ['cash', 'bank'].map((name) => one.accounts.create({ name, amount: 100 })),
    )
    const move = (client: Client, amount: number) =>
      client.transaction(async (tx) => {
        const from = await tx.accounts.read(cash?.id as string)
        await tx.accounts.update(from.id, { amount: (from.amount ?? 0) - amount })
        await tick()
        const to = await tx.accounts.read(bank?.id as string)
        await tx.accounts.update(to.id, { amount: (to.amount ?? 0) + amount })
      })
    const seen: number[] = []
    let isDone = false
    const watching = (async () => {
      while (!isDone) {
        seen.push(await total(three))
        await tick()
      }
    })()
    const moves = async (client: Client, amount: number) => {
      for (let turn = 0; turn < 10; turn++) await move(client, amount)
    }
    await Promise.all([moves(one, 1), moves(two, 2), moves(three, 3)])
    isDone = true
    await watching
    expect(seen.length).toBeGreaterThan(3)
    expect(new Set(seen)).toEqual(new Set([200]))
    expect(await one.accounts.read(cash?.id as string)).toMatchObject({ amount: 100 - 10 * (1 + 2 + 3) })
    expect(await one.audit.verify()).toMatchObject({ ok: true })
  })

  it('have their turns in the order in which they asked', async () => {
    const { one, two, three } = await setup()
    const order: string[] = []
    const turn = (client: Client, name: string) =>
      client.transaction(async (tx) => {
        order.push(`${name} begins`)
        await tx.accounts.create({ name })
        await tick()
        order.push(`${name} ends`)
      })
    await Promise.all([turn(one, 'a'), turn(two, 'b'), turn(three, 'c')])
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  it('of one client alike: what it asks besides waits, and does not stand in the way', async () => {
    const { one } = await setup()
    let outside: Promise<number> | undefined
    await one.transaction(async (tx) => {
      const inside = tx.accounts.create({ name: 'cash' })
      outside = one.accounts.count()
      await inside
      await tx.accounts.create({ name: 'bank' })
    })
    expect(await outside).toBe(2)
    const [first, second] = await Promise.all([
      one.transaction((tx) => tx.accounts.count()),
      one.transaction((tx) => tx.accounts.count()),
    ])
    expect([first, second]).toEqual([2, 2])
  })
})

describe('a transaction in a transaction', () => {
  it('is undone alone, and its error may be caught', async () => {
    const { one } = await setup()
    await one.transaction(async (tx) => {
      await tx.accounts.create({ name: 'outer' })
      const failed = tx.transaction(async (inner) => {
        await inner.accounts.create({ name: 'inner' })
        await inner.transaction((innermost) => innermost.accounts.create({ name: 'innermost' }))
        throw new RangeError('inner')
      })
      await expect(failed).rejects.toThrow(RangeError)
      expect(await tx.accounts.count()).toBe(1)
      expect(await tx.transaction((inner) => inner.accounts.create({ name: 'kept' }))).toMatchObject({
        name: 'kept',
      })
    })
    const { data } = await one.accounts.list({ sort: { name: 'asc' } })
    expect(data.map(({ name }) => name)).toEqual(['kept', 'outer'])
  })

  it('waits for its sister', async () => {
    const { one } = await setup()
    await one.transaction(async (tx) => {
      const failed = tx.transaction(async (inner) => {
        await inner.accounts.create({ name: 'first' })
        await tick()
        throw new RangeError('first')
      })
      const kept = tx.transaction((inner) => inner.accounts.create({ name: 'second' }))
      await expect(failed).rejects.toThrow(RangeError)
      await kept
    })
    const { data } = await one.accounts.list()
    expect(data.map(({ name }) => name)).toEqual(['second'])
  })

  it('refuses its tx after its end', async () => {
    const { one } = await setup()
    const failed = one.transaction(async (tx) => {
      const inner = await tx.transaction(async (own) => own)
      await inner.accounts.count()
    })
    await expect(failed).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('no trace is left', () => {
  it('by one that ran out of time', async () => {
    const { one, two, clock } = await setup()
    const failed = one.transaction(
      async (tx) => {
        await tx.accounts.create({ name: 'cash' })
        clock.pass(1_000)
      },
      { idleTimeout: 1_000 },
    )
    await expect(failed).rejects.toMatchObject({ code: 'TIMEOUT', details: { reason: 'idleTimeout' } })
    expect(await two.accounts.count()).toBe(0)
  })

  it('by one that waits for its own client: it runs out of time, and the call goes on', async () => {
    const { one, clock } = await setup()
    const failed = one.transaction(async (tx) => {
      await tx.accounts.create({ name: 'cash' })
      const count = one.accounts.count()
      await tick()
      clock.pass(5_000)
      expect(await count).toBe(0)
      await tx.accounts.count()
    })
    await expect(failed).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('by one whose client closes', async () => {
    const { one, two } = await setup()
    let closing: Promise<void> | undefined
    const failed = one.transaction(async (tx) => {
      await tx.accounts.create({ name: 'cash' })
      closing = one.close()
      await closing
    })
    await expect(failed).rejects.toBeInstanceOf(DBALError)
    expect(await two.accounts.count()).toBe(0)
  })

  it('by one whose engine is gone: a retryable error, and trying again does it once', async () => {
    const driver = kept(openNodeSqlite(':memory:'))
    let engine = await openTestEngine({ schema, driver })
    opened.push(engine)
    let dies = false
    const client = new DBALClient({
      schema,
      transport: new LocalTransport({
        connect(emit) {
          const caller = served(engine.engine, 'client-1', emit)
          return {
            async exchange(frame) {
              const replies = await caller.exchange(frame)
              if (!dies) return replies
              dies = false
              // Nobody ends the session of a worker that was killed; its connection rolls back.
              await (await driver.acquire()).release()
              engine = await openTestEngine({ schema, driver })
              opened.push(engine)
              throw new TransportLost('the worker is gone')
            },
          }
        },
      }),
    })
    clients.push(client)
    const work = (kill: boolean) =>
      client.transaction(async (tx) => {
        await tx.accounts.create({ name: 'cash' })
        dies = kill
        await tx.accounts.create({ name: 'bank' })
      })
    await expect(work(true)).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      retryable: true,
      details: { reason: 'transaction' },
    })
    expect(await client.accounts.count()).toBe(0)
    await work(false)
    expect(await client.accounts.count()).toBe(2)
    // The reply to a commit is lost: it is asked for again, and was committed.
    await client.transaction(async (tx) => {
      await tx.accounts.create({ name: 'more' })
      dies = true
    })
    expect(await client.accounts.count()).toBe(3)
  })
})

function kept(driver: Driver): Driver {
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'close') return () => {}
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
