/**
 * The driver over a client with Prisma's methods and manners, on a PostgreSQL. With the path of a generated client in
 * DBAL_PRISMA_CLIENT (and `@prisma/adapter-pg` beside it) the same tests run over that one.
 */

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../test/support/postgres.ts'
import type { ColumnType, Connection, Driver, DriverErrorKind, SqlValue, Statement } from './driver.ts'
import { DriverError } from './driver.ts'
import { openPrisma, type PrismaLike, type PrismaQueries } from './prisma.ts'

interface TestClient {
  readonly client: PrismaLike
  end(): Promise<void>
}

type Options = TestPostgres['options'] & { readonly schema: string }

/** What Prisma 7 does with the driver adapter for `pg`, as far as raw queries show it. */
function fakeClient(options: Options): TestClient {
  const { schema, poolSize: _, ...config } = options
  const pool = new pg.Pool({ ...config, max: 4, options: `-c search_path=${schema}` })
  // A connection that its server ends while nobody uses it.
  pool.on('error', () => {})
  // The server says farewell to connections that are being ended when it stops.
  pool.on('connect', (client) => client.on('error', () => {}))
  const over = (queryable: pg.Pool | pg.PoolClient): PrismaQueries => {
    const run = async (sql: string, values: readonly unknown[]) => {
      try {
        return await queryable.query({
          text: sql,
          values: values.map(sent),
          types: { getTypeParser: () => received },
        })
      } catch (error) {
        throw failure(error)
      }
    }
    return {
      async $queryRawUnsafe(sql, ...values) {
        const { rows, fields } = await run(sql, values)
        if (fields?.some(({ dataTypeID }) => dataTypeID === 2278))
          throw Object.assign(new Error("Failed to deserialize column of type 'void'"), { code: 'P2010' })
        return rows.map((row) =>
          Object.fromEntries(
            fields.map(({ name, dataTypeID }) => [name, prismaValue(row[name], dataTypeID)]),
          ),
        )
      },
      $executeRawUnsafe: async (sql, ...values) => (await run(sql, values)).rowCount ?? 0,
    }
  }
  return {
    client: {
      ...over(pool),
      async $transaction(work, { timeout = 5_000 } = {}) {
        const own = await pool.connect()
        let timer: NodeJS.Timeout | undefined
        try {
          await own.query('begin')
          const late = new Promise<never>((_, reject) => {
            timer = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'P2028' })), timeout)
          })
          const result = await Promise.race([work(over(own)), late])
          await own.query('commit').catch((error) => {
            throw Object.assign(new Error('commit'), { cause: { originalCode: error.code } })
          })
          return result
        } catch (error) {
          await own.query('rollback')
          throw error
        } finally {
          clearTimeout(timer)
          own.release()
        }
      },
    },
    end: () => pool.end(),
  }
}

const sent = (value: unknown) =>
  typeof value === 'bigint' || typeof value === 'number'
    ? String(value)
    : value instanceof Uint8Array
      ? Buffer.from(value)
      : value
const received = (text: string) => text

function prismaValue(text: string | null, type: number): unknown {
  if (text === null) return null
  switch (type) {
    case 16:
      return text === 't'
    case 17:
      return Uint8Array.from(Buffer.from(text.slice(2), 'hex'))
    case 20:
      return BigInt(text)
    case 21:
    case 23:
      return Number(text)
    case 700:
    case 701:
    case 1700:
      // An infinity is lost, and so are the last digits of a large sum.
      return Number.isFinite(Number(text)) ? Number(text) : null
    case 114:
    case 3802:
      return JSON.parse(text)
    default:
      return text
  }
}

function failure(error: unknown): Error {
  const { code, message } = error as { code?: string; message: string }
  return Object.assign(new Error(`Raw query failed. Code: \`${code}\`. Message: \`${message}\``), {
    code: 'P2010',
    meta: {
      driverAdapterError: {
        name: 'DriverAdapterError',
        cause: { originalCode: code, originalMessage: message },
      },
    },
  })
}

async function realClient(path: string, { schema, poolSize: _, ...config }: Options): Promise<TestClient> {
  const { PrismaClient } = await import(/* @vite-ignore */ pathToFileURL(path).href)
  const adapter = createRequire(path).resolve('@prisma/adapter-pg')
  const { PrismaPg } = await import(/* @vite-ignore */ pathToFileURL(adapter).href)
  const client = new PrismaClient({
    adapter: new PrismaPg({ ...config, max: 4, options: `-c search_path=${schema}` }),
  })
  return { client, end: () => client.$disconnect() }
}

const real = process.env['DBAL_PRISMA_CLIENT']
const clients = {
  'a client of the same form': fakeClient,
  ...(real && { Prisma: (options: Options) => realClient(real, options) }),
}

describe.each(Object.entries(clients))('Prisma on PostgreSQL: %s', (_, makeClient) => {
  let server: TestPostgres
  let driver: Driver
  let connection: Connection
  let opened: TestClient

  beforeAll(async () => {
    server = await startPostgres()
  }, 60_000)
  afterAll(() => server?.stop())
  beforeEach(async () => {
    const schema = server.freshSchema()
    // The schema is the app's: it is there before the driver is.
    await (await server.open({ schema })).close()
    opened = await makeClient({ ...server.options, schema })
    driver = await openPrisma(opened.client)
    connection = await driver.acquire()
  })
  afterEach(async () => {
    connection.release()
    await driver.close()
    await opened.end()
  })

  const execute = async (statement: Statement, parameters: readonly SqlValue[] = [], deadline = 0) =>
    await connection.execute(statement, parameters, deadline)
  const run = (sql: string, parameters: readonly SqlValue[] = []) => execute({ sql, columns: [] }, parameters)
  const query = async (sql: string, columns: readonly ColumnType[], parameters: readonly SqlValue[] = []) =>
    (await execute({ sql, columns }, parameters)).values
  async function failureOf(action: () => unknown): Promise<DriverError> {
    try {
      await action()
    } catch (error) {
      expect(error).toBeInstanceOf(DriverError)
      return error as DriverError
    }
    throw new Error('Nothing failed')
  }

  describe('values', () => {
    beforeEach(() =>
      run(
        'create table v (id bigint primary key, t text, i bigint, s smallint, r double precision, b bytea, x jsonb)',
      ),
    )

    test.each<[ColumnType, string, SqlValue, unknown]>([
      ['text', 't', '', ''],
      ['text', 't', String.raw`a\'b"c\\ $1 ? --`, String.raw`a\'b"c\\ $1 ? --`],
      ['text', 't', '\uFEFFmark', '\uFEFFmark'],
      ['text', 't', '2026-01-15T10:30:00.000Z', '2026-01-15T10:30:00.000Z'],
      ['text', 't', 'Grüße, 日本語, 🐘👩‍👩‍👧', 'Grüße, 日本語, 🐘👩‍👩‍👧'],
      ['text', 't', null, null],
      ['integer', 'i', 0, 0],
      ['integer', 'i', -2_147_483_649, -2_147_483_649],
      ['integer', 'i', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      ['integer', 'i', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
      ['integer', 's', 1, 1],
      ['bigint', 'i', 5, 5n],
      ['bigint', 'i', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
      ['bigint', 'i', -9_223_372_036_854_775_808n, -9_223_372_036_854_775_808n],
      ['bigint', 'i', null, null],
      ['number', 'r', 1, 1],
      ['number', 'r', -0.1, -0.1],
      ['number', 'r', 5e-324, 5e-324],
      ['number', 'r', 1.7976931348623157e308, 1.7976931348623157e308],
      ['number', 'r', Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      ['number', 'r', null, null],
      ['boolean', 's', 1, true],
      ['boolean', 's', 0, false],
      ['boolean', 's', null, null],
      ['datetime', 't', '2026-01-15T10:30:00.000Z', '2026-01-15T10:30:00.000Z'],
      ['json', 't', '{"a":[1,null,"ü"]}', { a: [1, null, 'ü'] }],
      ['json', 't', '"text"', 'text'],
      ['json', 't', null, null],
      ['bytes', 'b', Uint8Array.of(0, 255, 128, 0), Uint8Array.of(0, 255, 128, 0)],
      ['bytes', 'b', new Uint8Array(0), new Uint8Array(0)],
      ['bytes', 'b', null, null],
      ['any', 't', 'text', 'text'],
      ['any', 'i', 7, 7],
      ['any', 'i', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
      ['any', 'r', 7.5, 7.5],
      ['any', 'x', '"7"', '7'],
      ['any', 'x', '7', 7],
    ])('%s in column %s: %o comes back as %o', async (type, column, stored, expected) => {
      await run(`insert into v (id, ${column}) values (1, ?)`, [stored])
      expect(await query(`select ${column} from v`, [type])).toStrictEqual([expected])
      expect(await query(`select ${column}, ${column} from v order by id`, [type, type])).toStrictEqual([
        expected,
        expected,
      ])
    })

    test('whatever text, number or bigint is stored comes back', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.includes('\0')),
          fc.double({ noNaN: true }),
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          async (text, number, bigint) => {
            const sql =
              'insert into v (id, t, r, i) values (0, ?, ?, ?) on conflict (id) do update set t = excluded.t, r = excluded.r, i = excluded.i returning t, r, i'
            expect(await query(sql, ['text', 'number', 'bigint'], [text, number, bigint])).toEqual([
              text,
              number + 0,
              bigint,
            ])
          },
        ),
        { numRuns: 40 },
      )
    })

    test('columns keep their order whatever their names, and rows theirs', async () => {
      const sql = 'select 2 as "10", 1 as "9", n, n from generate_series(1, 3) as n order by n desc'
      expect(await query(sql, ['integer', 'integer', 'integer', 'integer'])).toEqual([
        2, 1, 3, 3, 2, 1, 2, 2, 2, 1, 1, 1,
      ])
    })

    test('a sum beyond 2^53 loses nothing', async () => {
      await run('insert into v (id, i) values (1, 9007199254740993), (2, 9007199254740992)')
      expect(await query('select sum(i) from v', ['bigint'])).toEqual([18_014_398_509_481_985n])
    })

    test.each<[string, unknown]>([
      ['NaN', Number.NaN],
      ['a bigint beyond 64 bits', 2n ** 63n],
      ['undefined', undefined],
      ['a boolean', true],
      ['an object', {}],
    ])('%s is refused as a parameter', async (_, value) => {
      expect((await failureOf(() => query('select ?::text', ['text'], [value as SqlValue]))).kind).toBe(
        'type',
      )
    })
  })

  describe('statements', () => {
    beforeEach(() => run('create table t (id text primary key, n bigint)'))

    test('changes are counted, with returning and without, and not for anything else', async () => {
      expect((await run("insert into t values ('a', 1), ('b', 2), ('c', 3)")).changes).toBe(3)
      expect((await run('update t set n = n + 1 where n > 1')).changes).toBe(2)
      expect(await execute({ sql: 'delete from t where n = 1 returning id', columns: ['text'] })).toEqual({
        width: 1,
        values: ['a'],
        changes: 1,
      })
      const nested =
        'with k as (select 3 as n) update t set n = 4 where n in (select n from k) returning id, n'
      expect(await execute({ sql: nested, columns: ['text', 'integer'] })).toEqual({
        width: 2,
        values: ['b', 4],
        changes: 1,
      })
      expect(
        (await execute({ sql: 'with k as (select 1) select * from k', columns: ['integer'] })).changes,
      ).toBe(0)
      expect((await run('create table other (a int)')).changes).toBe(0)
      expect((await run('/* why */ -- and why\n delete from t')).changes).toBe(2)
    })

    test('main is the schema of the connections', async () => {
      await run('insert into main."t" values (?, ?)', ['a', 1])
      expect(await query('select "n" from "main"."t"', ['integer'])).toEqual([1])
      expect(await query('select current_schema()', ['text'])).toEqual([expect.stringMatching(/^test_/)])
    })

    test.each([
      "insert into t values ('a', 1); drop table t",
      'select 1) select 1; drop table t; --',
      "select '1') as x from t; drop table t; select (1",
      String.raw`select E'\''; drop table t; select '' ''`,
      '  -- nothing',
      '',
    ])('a text that is not one statement is refused, and none of it runs: %s', async (sql) => {
      expect((await failureOf(() => run(sql))).kind).toBe('syntax')
      expect((await failureOf(() => query(sql, ['text']))).kind).toBe('syntax')
      expect(await query('select count(*) from t', ['integer'])).toEqual([0])
    })

    test('parameters are bound, never text', async () => {
      const hostile = "'); drop table t; --"
      await run('insert into t values (?, ?)', [hostile, 1])
      expect(await query('select id from t where id = ?', ['text'], [hostile])).toEqual([hostile])
    })

    test('types for more columns than there are are refused, and so are parameters too many', async () => {
      expect((await failureOf(() => query('select 1', ['integer', 'integer']))).kind).toBe('syntax')
      expect((await failureOf(() => run('insert into t values (?, ?)', ['a', 1, 2]))).code).toBe('08P01')
    })

    test('more rows or bytes than may be read are refused', async () => {
      const statement: Statement = {
        sql: 'select n, n from generate_series(1, 10) as n',
        columns: ['integer', 'integer'],
      }
      const reading = (rows: number, bytes: number) => async () =>
        await connection.execute(statement, [], 0, { rows, bytes })
      expect((await failureOf(reading(9, 1_000))).kind).toBe('tooManyRows')
      expect((await failureOf(reading(10, 10))).kind).toBe('tooManyBytes')
      expect((await reading(10, 1_000)()).values).toHaveLength(20)
    })
  })

  describe('failures', () => {
    beforeEach(async () => {
      await run('create table p (id text primary key, n int not null check (n < 10), u text unique)')
      await run('create table c (id int primary key, pid text references p (id) on delete restrict)')
      await run("insert into p values ('a', 1, 'u')")
      await run("insert into c values (1, 'a')")
    })

    test.each<[DriverErrorKind, string]>([
      ['unique', "insert into p values ('a', 1, null)"],
      ['notNull', "insert into p values ('b', null, null)"],
      ['check', "insert into p values ('b', 10, null)"],
      ['type', "insert into p values ('b', 'text', null)"],
      ['foreignKey', "insert into c values (2, 'nobody')"],
      ['foreignKey', "delete from p where id = 'a'"],
      ['syntax', 'selec 1'],
      ['syntax', 'select * from nowhere'],
      ['type', 'select 1 / 0'],
      ['other', 'commit'],
    ])('%s: %s', async (kind, sql) => {
      const failed = await failureOf(() => run(sql))
      expect(failed).toMatchObject({ kind, rolledBack: false })
      expect(await query('select count(*) from p', ['integer'])).toEqual([1])
    })
  })

  describe('transactions', () => {
    beforeEach(() => run('create table t (n int unique)'))
    const rows = async () => await query('select n from t order by n', ['integer'])

    test('a rollback leaves nothing, a commit everything', async () => {
      await run('begin')
      await run('insert into t values (1)')
      await run('rollback')
      expect(await rows()).toEqual([])
      await run('begin; select pg_advisory_xact_lock(1, 2)')
      await run('insert into t values (2)')
      await run('commit')
      expect(await rows()).toEqual([2])
    })

    test('a savepoint is rolled back alone', async () => {
      await run('begin')
      await run('insert into t values (1)')
      await run('savepoint a')
      await run('insert into t values (2)')
      await run('savepoint b')
      await run('insert into t values (3)')
      await run('release savepoint b')
      await run('rollback to savepoint a')
      await run('release savepoint a')
      await run('insert into t values (4)')
      await run('commit')
      expect(await rows()).toEqual([1, 4])
    })

    test('a failed statement in a transaction takes back itself alone', async () => {
      await run('begin')
      await run('insert into t values (1)')
      for (let time = 0; time < 3; time++) {
        expect(await failureOf(() => run('insert into t values (2), (1)'))).toMatchObject({
          kind: 'unique',
          rolledBack: false,
        })
        expect((await failureOf(() => query('select 1 / 0', ['integer']))).rolledBack).toBe(false)
        await run('savepoint s0')
        expect((await failureOf(() => run('insert into t values (1)'))).rolledBack).toBe(false)
        await run('release savepoint s0')
        await run('insert into t values (?)', [10 + time])
      }
      await run('commit')
      expect(await rows()).toEqual([1, 10, 11, 12])
    })

    test('nobody else sees what is not committed', async () => {
      const other = await driver.acquire()
      await run('begin')
      await run('insert into t values (1)')
      expect(
        (await other.execute({ sql: 'select count(*) from t', columns: ['integer'] }, [], 0)).values,
      ).toEqual([0])
      await run('commit')
      other.release()
      expect(await rows()).toEqual([1])
    })

    test('a deferred foreign key fails at the commit, and all is rolled back', async () => {
      await run('create table d (n int references t (n) deferrable initially deferred)')
      await run('begin')
      await run('insert into d values (9)')
      expect(await failureOf(() => run('commit'))).toMatchObject({ kind: 'foreignKey', rolledBack: true })
      await run('rollback')
      expect(await query('select count(*) from d', ['integer'])).toEqual([0])
    })

    test('releasing the connection rolls back what is open', async () => {
      await run('begin')
      await run('insert into t values (1)')
      connection.release()
      expect((await failureOf(() => run('select 1'))).code).toBe(21)
      connection = await driver.acquire()
      expect(await rows()).toEqual([])
    })

    test('a rollback without a transaction does nothing', async () => {
      expect(await run('rollback')).toEqual({ width: 0, values: [], changes: 0 })
    })

    test('a snapshot is one', async () => {
      const other = await driver.acquire()
      await run('begin isolation level repeatable read read only')
      expect(await rows()).toEqual([])
      await other.execute({ sql: 'insert into t values (1)', columns: [] }, [], 0)
      expect(await rows()).toEqual([])
      expect((await failureOf(() => run('insert into t values (2)'))).kind).toBe('readOnly')
      await run('rollback')
      other.release()
    })

    test('a lock of a session is held until it is given back', async () => {
      const lock = {
        sql: 'select pg_advisory_lock(7, hashtext(current_schema()))',
        columns: ['any'],
        once: true,
      } as const
      const unlock = { ...lock, sql: lock.sql.replace('_lock', '_unlock') }
      const other = await driver.acquire()
      await execute(lock)
      const free = 'select pg_try_advisory_xact_lock(7, hashtext(current_schema()))'
      const asked = async () => (await other.execute({ sql: free, columns: ['boolean'] }, [], 0)).values
      expect(await asked()).toEqual([false])
      await execute(unlock)
      expect(await asked()).toEqual([true])
      other.release()
    })
  })

  describe('deadlines', () => {
    test('a statement of a transaction is stopped, and the transaction goes on', async () => {
      await run('create table t (n int)')
      await run('begin')
      await run('insert into t values (1)')
      const slow: Statement = { sql: 'select pg_sleep(20)', columns: ['text'] }
      expect(await failureOf(() => execute(slow, [], driver.now() + 60))).toMatchObject({
        kind: 'interrupted',
        rolledBack: false,
      })
      await run('insert into t values (2)')
      expect(await query("select pg_sleep(0.2)::text || 'done'", ['text'])).toEqual(['done'])
      await run('commit')
      expect(await query('select count(*) from t', ['integer'])).toEqual([2])
    })

    test('a deadline that has passed stops a statement before it begins, but not the end of a transaction', async () => {
      const past = driver.now() - 1
      expect((await failureOf(() => execute({ sql: 'select 1', columns: ['integer'] }, [], past))).kind).toBe(
        'interrupted',
      )
      await execute({ sql: 'begin', columns: [] }, [], past)
      await execute({ sql: 'rollback', columns: [] }, [], past)
    })
  })

  test('upkeep', async () => {
    await run('create table t (n int)')
    await driver.analyze()
    await driver.vacuum()
    expect(await driver.checkIntegrity()).toEqual([])
    const stats = await driver.stats()
    expect(stats.sizeBytes).toBeGreaterThan(0)
    expect(stats.cacheBytes).toBeGreaterThan(0)
  })

  test('closing is safe twice, leaves the client to the app, and nothing works after it', async () => {
    await driver.close()
    await driver.close()
    expect((await failureOf(() => driver.acquire())).code).toBe(21)
    expect((await failureOf(() => driver.stats())).code).toBe(21)
    expect(await opened.client.$queryRawUnsafe('select 1 as one')).toEqual([{ one: 1 }])
  })
})

test('what is no client is refused', async () => {
  await expect(openPrisma({} as PrismaLike)).rejects.toMatchObject({ kind: 'cantOpen', code: 'client' })
})
