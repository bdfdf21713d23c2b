/** Rows that have expired are removed: when, by whom, with what, and what happens if that is cut short. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, it } from 'vitest'
import { metabuilderMigrations } from '../migrations/index.ts'
import { type Connection, type Driver, DriverError, type ResultSet } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { loadSqlite, openSqliteWasm } from '../src/drivers/sqlite-wasm.ts'
import type { EngineOptions } from '../src/engine/engine-options.ts'
import { encodeQuery } from '../src/kysely/encode.ts'
import { type PackedRows, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { metabuilderSchema } from '../src/schema/metabuilder/index.ts'
import { type Any, builder } from './kysely/support/scope.ts'
import { openTestEngine, type TestCaller, type TestEngine } from './support/engine.ts'
import { begin } from './support/transactions.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const rules = [{ roles: ['god', 'admin'], operations: all }] as const
const schema = defineSchema({
  Offer: { fields: { id: f.id(), name: f.string(), until: f.datetime() }, ttl: 'until', rules },
  Answer: {
    fields: {
      id: f.id(),
      offerId: f.uuid({ references: 'Offer.id', onDelete: 'cascade' }),
      text: f.string(),
    },
    rules,
  },
  Order: {
    fields: { id: f.id(), offerId: f.uuid({ references: 'Offer.id', onDelete: 'restrict' }) },
    rules,
  },
  Mark: {
    fields: { id: f.id(), offerId: f.uuid({ references: 'Offer.id', onDelete: 'setNull' }) },
    rules,
  },
})

const wasmBinary = readFileSync(
  createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'),
)
const drivers: readonly [string, () => Promise<Driver>][] = [
  ['node:sqlite', async () => openNodeSqlite(':memory:')],
  [
    'sqlite-wasm',
    async () => openSqliteWasm({ sqlite3: await loadSqlite({ wasmBinary }), storage: { kind: 'memory' } }),
  ],
]

interface Opened extends TestEngine {
  readonly god: TestCaller
  /** Makes offers that end so many milliseconds from now; null is never. */
  readonly offers: (...ends: (number | null)[]) => Promise<readonly string[]>
  /** Lets time go by and what becomes due on the way run to its end. */
  readonly pass: (milliseconds: number) => Promise<void>
  /** What is in the table, expired or not. */
  readonly stored: (table?: string) => readonly string[]
}

const opened: TestEngine[] = []
afterEach(async () => {
  for (const { engine, clock } of opened.splice(0)) {
    await engine.close()
    expect(clock.waiting).toBe(0)
  }
})

async function open(driver: Driver, options: Partial<EngineOptions> = {}): Promise<Opened> {
  const made = await openTestEngine({
    schema,
    driver,
    ...options,
    limits: { ttlSweepRows: 2, ...options.limits },
  })
  opened.push(made)
  const god = made.as('god')
  await god.call('getCapabilities')
  const turn = async () => {
    for (let count = 0; count < 20; count++) await null
  }
  return {
    ...made,
    god,
    async offers(...ends) {
      const rows = ends.map((end, index) => ({
        name: `n${index}`,
        until: end === null ? null : new Date(made.clock.at + end).toISOString(),
      }))
      return ((await god.call('createMany', 'Offer', rows)) as { ids: string[] }).ids
    },
    async pass(milliseconds) {
      const { clock } = made
      const end = clock.at + milliseconds
      for (let next = clock.nextAt; next !== null && next <= end; next = clock.nextAt) {
        clock.pass(next - clock.at)
        await turn()
      }
      clock.pass(end - clock.at)
    },
    stored: (table = 'Offer') => read(driver, `select "id" from "${table}" order by "id"`),
  }
}

function read(driver: Driver, sql: string): readonly string[] {
  const result = (driver.acquire() as Connection).execute({ sql, columns: ['text'], once: true }, [], 0)
  return (result as ResultSet).values as string[]
}

async function entriesOf(caller: TestCaller, filter: object) {
  const { data } = (await caller.call('audit.list', { filter })) as { data: PackedRows }
  return unpackRows(data)
}

describe.each(drivers)('expired rows (%s)', (_, openDriver) => {
  it('are removed by the system, and the log says so', async () => {
    const { god, offers, pass, stored } = await open(await openDriver())
    const [a, b, c, d] = await offers(100, 100, 100, null)
    await pass(1_000)
    expect(stored()).toEqual([d])
    const entries = await entriesOf(god, { operation: 'expire' })
    expect(entries.map(({ rowIds }) => rowIds)).toEqual([[c], [a, b]])
    expect(entries[0]).toMatchObject({
      entity: 'Offer',
      role: 'system',
      userId: null,
      username: null,
      success: true,
      requestId: null,
      changes: null,
    })
    expect(await god.call('audit.verify')).toMatchObject({ ok: true })
  })

  it('take along what foreign keys take along, which is recorded as well', async () => {
    const { god, offers, pass, stored } = await open(await openDriver())
    const [a, b] = await offers(100, null)
    const answer = (offerId: unknown) => god.call('create', 'Answer', { offerId, text: 'yes' })
    const { id } = (await answer(a)) as { id: string }
    const { id: kept } = (await answer(b)) as { id: string }
    const { id: mark } = (await god.call('create', 'Mark', { offerId: a })) as { id: string }
    await god.call('live.open', 'Answer', { sort: { id: 'asc' } }, 1)
    await pass(1_000)
    expect(stored('Answer')).toEqual([kept])
    expect(await god.call('read', 'Mark', mark)).toMatchObject({ offerId: null })
    const entries = await entriesOf(god, { operation: 'cascade' })
    expect(entries).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ entity: 'Answer', role: 'system', rowIds: [id] }),
        expect.objectContaining({
          entity: 'Mark',
          role: 'system',
          rowIds: [mark],
          changes: { offerId: [a, null] },
        }),
      ]),
    )
    expect(god.events).toMatchObject([{ type: 'live' }, { places: { removed: [0], added: [] } }])
  })

  it('that a restricting reference needs stay, and keep no other from going', async () => {
    const { god, offers, pass, stored, incidents } = await open(await openDriver())
    const ids = await offers(100, 100, 100, 100, 100, 100, 100)
    const { id: order } = (await god.call('create', 'Order', { offerId: ids[0] })) as { id: string }
    await god.call('create', 'Order', { offerId: ids[1] })
    await god.call('create', 'Order', { offerId: ids[4] })
    await pass(1_000)
    expect(stored()).toEqual([ids[0], ids[1], ids[4]])
    // Once nothing needs it any more it goes with the next sweep.
    await god.call('delete', 'Order', order)
    await pass(3_600_000)
    expect(stored()).toEqual([ids[1], ids[4]])
    expect(incidents).toEqual([])
  })

  it('are all there after a sweep that was cut off, with no entry for what did not happen', async () => {
    const driver = await openDriver()
    const state = { broken: false }
    const failing = failingAt(driver, (sql) => state.broken && sql === 'commit')
    const { as, god, offers, pass, stored, incidents } = await open(failing)
    const admin = as('admin')
    const user = as('user')
    const ids = await offers(100, 100, 100)
    await admin.call('getCapabilities')
    state.broken = true
    await pass(1_000)
    expect(stored()).toEqual(ids)
    expect(await entriesOf(god, { operation: 'expire' })).toEqual([])
    expect(incidents).toHaveLength(1)
    const told = { type: 'error', error: { code: 'DATABASE_ERROR' } }
    expect([god.events, admin.events, user.events]).toMatchObject([[told], [told], []])
    expect(JSON.stringify(god.events)).not.toContain('n0')
    // It is tried again after the pause.
    state.broken = false
    await pass(58_000)
    expect(stored()).toEqual(ids)
    await pass(2_000)
    expect(stored()).toEqual([])
    expect(await god.call('audit.verify')).toMatchObject({ ok: true })
  })
})

/** Fails statements with what a broken disk gives. */
function failingAt(driver: Driver, isDue: (sql: string) => boolean): Driver {
  const own = driver.acquire() as Connection
  const connection: Connection = {
    execute(statement, parameters, deadline) {
      if (isDue(statement.sql)) throw new DriverError('io', 10, 'disk I/O error')
      return own.execute(statement, parameters, deadline)
    },
    release: () => own.release(),
  }
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'acquire') return () => connection
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

describe('a sweep', () => {
  const fresh = () => open(openNodeSqlite(':memory:'))

  it('begins when the next row ends, and not sooner than the pause after the last one', async () => {
    const { offers, pass, stored, clock } = await fresh()
    const start = clock.at
    await pass(1_000)
    const [a, b, c] = await offers(30_000, 90_000, 92_000)
    await pass(59_000)
    expect(stored()).toEqual([a, b, c])
    await pass(start + 61_001 - clock.at)
    expect(stored()).toEqual([b, c])
    await pass(start + 121_100 - clock.at)
    expect(stored()).toEqual([])
  })

  it('comes sooner for a row that ends sooner than was known', async () => {
    const { offers, pass, stored } = await fresh()
    await offers(3_000_000)
    await pass(100_000)
    const [, soon] = await offers(2_000_000, 10_000)
    expect(stored()).toContain(soon)
    await pass(10_100)
    expect(stored()).not.toContain(soon)
  })

  it('lets calls in between its steps', async () => {
    const { god, offers, clock, stored } = await fresh()
    await offers(...Array.from({ length: 6 }, () => 100))
    clock.pass(1_000)
    expect(stored()).toHaveLength(4)
    await god.call('create', 'Offer', { name: 'between' })
    expect(stored()).toHaveLength(5)
    clock.pass(1)
    expect(stored()).toHaveLength(3)
  })

  it('waits for the end of a transaction that somebody has open', async () => {
    const { god, offers, pass, stored } = await open(openNodeSqlite(':memory:'))
    const [a] = await offers(100)
    const transaction = await begin(god, { idleTimeout: 60_000, timeout: 60_000 })
    await pass(5_000)
    expect(stored()).toEqual([a])
    await transaction.commit()
    await pass(10)
    expect(stored()).toEqual([])
  })

  it('stops with the engine, between two steps', async () => {
    const driver = openNodeSqlite(':memory:')
    const { engine, offers, clock } = await open(driver)
    await offers(...Array.from({ length: 6 }, () => 100))
    clock.pass(1_000)
    for (let count = 0; count < 20; count++) await null
    await engine.close()
    expect(clock.waiting).toBe(0)
    clock.pass(100_000)
  })

  it('leaves a database alone that is rolled back behind its schema', async () => {
    const { as, engine, clock, incidents } = await openTestEngine({
      migrations: metabuilderMigrations,
      schema: metabuilderSchema,
    })
    await as('supergod').call('migrations.rollback')
    clock.pass(10_000)
    expect(incidents).toEqual([])
    await engine.close()
  })

  it('is left to another engine where the host says so', async () => {
    const { offers, pass, stored } = await open(openNodeSqlite(':memory:'), { sweeps: false })
    const ids = await offers(10, 20)
    await pass(10_000_000)
    expect(stored()).toEqual(ids)
  })

  it('what no engine removes is reached on no way', async () => {
    const { god, offers, pass, stored } = await open(openNodeSqlite(':memory:'), { sweeps: false })
    const [old = ''] = await offers(10, null)
    await god.call('create', 'Answer', { offerId: old, text: 'yes' })
    await pass(10_000_000)
    expect(stored()).toHaveLength(2)
    const asked = (query: Any) => god.call('kysely.execute', encodeQuery(query.toOperationNode()))
    expect(await god.call('list', 'Offer', { count: true })).toMatchObject({ total: 1 })
    expect(await god.call('findFirst', 'Offer', { filter: { id: old } })).toBeNull()
    expect(await god.call('count', 'Offer', { id: old })).toBe(0)
    expect(await god.call('aggregate', 'Offer', { count: true })).toEqual([{ count: 1 }])
    expect(await god.call('count', 'Answer', { offer: { name: 'n0' } })).toBe(0)
    expect(await god.call('list', 'Answer', { select: ['text'], include: { offer: true } })).toMatchObject({
      data: { values: ['yes', null] },
    })
    expect(await asked(builder.selectFrom('Offer').select('name'))).toMatchObject({
      rows: { values: ['n1'] },
    })
    expect(await asked(builder.updateTable('Offer').set({ name: 'x' }).where('id', '=', old))).toMatchObject({
      affected: 0,
    })
    await god.call('live.open', 'Offer', { select: ['name'] }, 1)
    expect(god.events.at(-1)).toMatchObject({ whole: { values: [expect.any(String), 'n1'] } })
    for (const method of ['read', 'delete'])
      await expect(god.call(method, 'Offer', old)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const again = { where: { id: old }, create: { name: 'x' }, update: { name: 'x' } }
    await expect(god.call('upsert', 'Offer', again)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(stored()).toHaveLength(2)
  })

  it('has no timer where no entity has a ttl', async () => {
    const { engine, clock } = await openTestEngine({
      schema: defineSchema({ Note: { fields: { id: f.id() } } }),
    })
    expect(clock.waiting).toBe(0)
    await engine.close()
  })
})
