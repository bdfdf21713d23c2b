/** The contract of drivers on PostgreSQL, in its SQL; `driver.cases.ts` says the same of SQLite. */

import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../test/support/postgres.ts'
import type {
  ColumnType,
  Connection,
  Driver,
  DriverErrorKind,
  PacketConnection,
  ResultSet,
  SqlValue,
  Statement,
} from './driver.ts'
import { DriverError } from './driver.ts'
import { openPostgres, type PostgresOptions } from './postgres.ts'

let server: TestPostgres
let driver: Driver
let connection: Connection
let options: PostgresOptions

beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())
beforeEach(async () => {
  options = { ...server.options, schema: server.freshSchema() }
  driver = await openPostgres(options)
  connection = await driver.acquire()
})
afterEach(async () => {
  connection.release()
  await driver.close()
})

const execute = async (
  statement: Statement,
  parameters: readonly SqlValue[] = [],
  deadline = 0,
): Promise<ResultSet> => connection.execute(statement, parameters, deadline)
const run = (sql: string, parameters: readonly SqlValue[] = []) => execute({ sql, columns: [] }, parameters)
const query = async (sql: string, columns: readonly ColumnType[], parameters: readonly SqlValue[] = []) =>
  (await execute({ sql, columns }, parameters)).values
async function failureOf(action: Promise<unknown>): Promise<DriverError> {
  const thrown = await action.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(DriverError)
  return thrown as DriverError
}

describe('values', () => {
  beforeEach(() =>
    run(
      'create table v (id bigint generated always as identity, t text collate "C", i bigint, s smallint, r double precision, b bytea, f boolean, j json, k jsonb, n numeric)',
    ),
  )

  test.each<[ColumnType, string, SqlValue, unknown]>([
    ['text', 't', 'plain', 'plain'],
    ['text', 't', '', ''],
    ['text', 't', '\uFEFFmark', '\uFEFFmark'],
    ['text', 't', 'Grüße, 日本語, 🐘👩‍👩‍👧', 'Grüße, 日本語, 🐘👩‍👩‍👧'],
    ['text', 't', "'; drop table v; --\\", "'; drop table v; --\\"],
    ['text', 't', null, null],
    ['integer', 'i', 0, 0],
    ['integer', 'i', -1, -1],
    ['integer', 'i', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['integer', 'i', Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
    ['integer', 'i', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
    ['integer', 'i', 12n, 12],
    ['integer', 'f', 't', 1],
    ['bigint', 'i', 5, 5n],
    ['bigint', 'i', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
    ['bigint', 'i', -9_223_372_036_854_775_808n, -9_223_372_036_854_775_808n],
    ['number', 'r', 1, 1],
    ['number', 'r', -0.1, -0.1],
    ['number', 'r', 1e300, 1e300],
    ['number', 'r', 5e-324, 5e-324],
    ['number', 'r', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['boolean', 's', 1, true],
    ['boolean', 's', 0, false],
    ['boolean', 'f', 'f', false],
    ['boolean', 's', null, null],
    ['json', 't', '{"a":[1,null,"ü"]}', { a: [1, null, 'ü'] }],
    ['json', 'j', '{"a":[1,null,"ü"]}', { a: [1, null, 'ü'] }],
    ['json', 'k', '[true]', [true]],
    ['bytes', 'b', Uint8Array.of(0, 255, 128, 0), Uint8Array.of(0, 255, 128, 0)],
    ['bytes', 'b', new Uint8Array(0), new Uint8Array(0)],
    ['bytes', 'b', Uint8Array.of(9, 1, 2, 9).subarray(1, 3), Uint8Array.of(1, 2)],
    ['any', 't', 'text', 'text'],
    ['any', 'i', 7, 7],
    ['any', 'r', 7.5, 7.5],
    ['any', 'n', '12345678901234567890', 12345678901234567890n],
    ['any', 'n', '0.5', 0.5],
    ['any', 'f', 't', 1],
    ['any', 'b', Uint8Array.of(1), Uint8Array.of(1)],
  ])('%s in column %s: %o comes back as %o', async (type, column, stored, expected) => {
    await run(`insert into v (${column}) values (?)`, [stored])
    expect(await query(`select ${column} from v`, [type])).toStrictEqual([expected])
  })

  test('whatever text, number or bigint is stored comes back', async () => {
    const insert: Statement = {
      sql: 'insert into v (t, r, i) values (?, ?, ?) returning t, r, i',
      columns: ['text', 'number', 'bigint'],
    }
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.includes('\0')),
        fc.double({ noNaN: true }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        async (text, number, bigint) => {
          expect((await execute(insert, [text, number, bigint])).values).toEqual([text, number + 0, bigint])
        },
      ),
      { numRuns: 50 },
    )
  })

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['a bigint beyond 64 bits', 2n ** 63n],
    ['undefined', undefined],
    ['a boolean', true],
    ['an object', {}],
  ])('%s is refused as a parameter', async (_, value) => {
    expect((await failureOf(query('select ?::text', ['any'], [value as SqlValue]))).kind).toBe('type')
  })

  test('text that is not JSON is refused in a json column', async () => {
    expect((await failureOf(query("select '{'", ['json']))).kind).toBe('type')
  })
})

describe('statements', () => {
  beforeEach(() => run('create table t (id text primary key, n bigint)'))

  test('the schema is where `main` stands, and nowhere else', async () => {
    await run(`insert into main.t values ('main.t ?', 1)`)
    await run(`insert into "main"."t" values (?, 2) /* main.t ? */ -- main.t ?`, ['b'])
    expect(await query(`select t.id as "main" from main."t" as t order by t."n"`, ['text'])).toEqual([
      'main.t ?',
      'b',
    ])
    expect(await query('select $a$ main.t ? $a$', ['text'])).toEqual([' main.t ? '])
    expect(await query('select current_schema()', ['text'])).toEqual([options.schema])
  })

  test('changes are counted, with RETURNING and without, and not for anything else', async () => {
    expect((await run("insert into t values ('a', 1), ('b', 2), ('c', 3)")).changes).toBe(3)
    expect((await run('update t set n = n + 1 where n > 1')).changes).toBe(2)
    expect(await execute({ sql: 'delete from t where n = 1 returning id', columns: ['text'] })).toEqual({
      width: 1,
      values: ['a'],
      changes: 1,
    })
    expect((await run("with k as (select 'd') insert into t (id) select * from k")).changes).toBe(1)
    expect((await execute({ sql: 'select 1', columns: ['integer'] })).changes).toBe(0)
    expect((await run('begin')).changes).toBe(0)
  })

  test('a statement is prepared once and bound anew each time; one marked once is not kept', async () => {
    const insert: Statement = { sql: 'insert into t values (?, ?)', columns: [] }
    const count = async () => (await driver.stats()).preparedStatements
    const before = await count()
    for (let n = 0; n < 20; n++) await execute(insert, [`id${n}`, n % 2 ? n : null])
    expect(await count()).toBe(before + 1)
    expect(await query('select count(*) from pg_prepared_statements', ['integer'])).toEqual([3])
    await execute({ sql: 'select 1', columns: ['integer'], once: true })
    expect(await count()).toBe(before + 2)
  })

  test('a statement that failed runs again', async () => {
    const insert: Statement = { sql: 'insert into t values (?, ?)', columns: [] }
    await execute(insert, ['a', 1])
    expect((await failureOf(execute(insert, ['a', 2]))).kind).toBe('unique')
    await execute(insert, ['b', 2])
    expect(await query('select n from t order by id', ['integer'])).toEqual([1, 2])
  })

  test.each(['outside of a transaction', 'inside of one'])(
    'a prepared statement survives another type of its column, %s',
    async (where) => {
      const read: Statement = { sql: 'select n from t where id = ?', columns: ['any'] }
      await run("insert into t values ('a', 1)")
      expect((await execute(read, ['a'])).values).toEqual([1])
      await run('alter table t alter n type text')
      if (where === 'inside of one') await run('begin')
      expect((await execute(read, ['a'])).values).toEqual(['1'])
      if (where === 'inside of one') await run('commit')
    },
  )

  test('the statements used least recently are dropped beyond the bound, and work when they come again', async () => {
    const small = await openPostgres({ ...options, cacheStatements: 2 })
    const own = await small.acquire()
    const statements = [1, 2, 3].map((n): Statement => ({ sql: `select ${n}`, columns: ['integer'] }))
    for (const at of [0, 1, 2, 0, 2, 1]) {
      expect((await own.execute(statements[at] as Statement, [], 0)).values).toEqual([at + 1])
      expect((await small.stats()).preparedStatements).toBeLessThanOrEqual(2)
    }
    const kept = await own.execute(
      { sql: 'select count(*) from pg_prepared_statements', columns: ['integer'], once: true },
      [],
      0,
    )
    expect(kept.values).toEqual([2])
    own.release()
    await small.close()
  })

  test('a text of several statements is refused and none of it runs', async () => {
    expect((await failureOf(run("insert into t values ('a', 1); drop table t"))).kind).toBe('syntax')
    expect(await query('select count(*) from t', ['integer'])).toEqual([0])
  })

  test('a text without a statement is refused, and so are types for another number of columns', async () => {
    expect((await failureOf(run('  -- nothing'))).kind).toBe('syntax')
    expect((await failureOf(query('select 1, 2', ['integer']))).kind).toBe('other')
    expect((await failureOf(query("insert into t values ('x', 1)", ['integer']))).kind).toBe('other')
  })
})

describe('failures', () => {
  beforeEach(async () => {
    await run('create table p (id text primary key, n bigint not null check (n < 10), u text unique)')
    await run('create table c (id bigint primary key, pid text references p (id) on delete restrict)')
    await run('create table d (pid text references p (id) deferrable initially deferred)')
    await run(
      "create function five() returns trigger language plpgsql as $$ begin raise exception 'not five'; end $$",
    )
    await run('create trigger guard before update on p for each row when (new.n = 5) execute function five()')
    await run("insert into p values ('a', 1, 'u')")
    await run("insert into c values (1, 'a')")
  })

  const failures: [DriverErrorKind, string][] = [
    ['unique', "insert into p values ('a', 1, null)"],
    ['unique', "insert into p values ('b', 1, 'u')"],
    ['notNull', "insert into p values ('b', null, null)"],
    ['check', "insert into p values ('b', 10, null)"],
    ['type', "insert into p values ('b', 'text', null)"],
    ['type', "insert into c values ('9223372036854775808', null)"],
    ['foreignKey', "insert into c values (2, 'nobody')"],
    ['foreignKey', "delete from p where id = 'a'"],
    ['trigger', 'update p set n = 5'],
    ['syntax', 'selec 1'],
    ['syntax', 'select * from nowhere'],
    ['syntax', 'select "nowhere"'],
    ['type', 'select 1 / 0'],
    ['other', 'commit'],
  ]
  test.each(failures)('%s: %s', async (kind, sql) => {
    const failure = await failureOf(run(sql))
    expect(failure).toMatchObject({ kind, rolledBack: false })
    expect(await query('select count(*) from p', ['integer'])).toEqual([1])
  })

  test.each(failures.slice(0, -1))(
    'in a transaction it takes back itself alone: %s: %s',
    async (kind, sql) => {
      await run('begin')
      await run("insert into p values ('x', 1, null)")
      expect(await failureOf(run(sql))).toMatchObject({ kind, rolledBack: false })
      expect(await failureOf(run(sql))).toMatchObject({ kind, rolledBack: false })
      await run("insert into p values ('y', 1, null)")
      await run('commit')
      expect(await query('select id from p order by id', ['text'])).toEqual(['a', 'x', 'y'])
    },
  )

  test('a deferred foreign key fails at the commit and takes the transaction with it', async () => {
    await run('begin')
    await run("insert into d values ('nobody')")
    expect(await failureOf(run('commit'))).toMatchObject({ kind: 'foreignKey', rolledBack: true })
    await run('rollback')
    expect(await query('select count(*) from d', ['integer'])).toEqual([0])
  })

  test('of two transactions that wait for each other one is told to begin again', async () => {
    const other = await driver.acquire()
    const say = (sql: string) => other.execute({ sql, columns: [] }, [], 0)
    await run("insert into p values ('b', 1, null)")
    await run('begin')
    await say('begin')
    await run("update p set n = 2 where id = 'a'")
    await say("update p set n = 2 where id = 'b'")
    const both = await Promise.allSettled([
      run("update p set n = 3 where id = 'b'"),
      say("update p set n = 3 where id = 'a'"),
    ])
    const lost = both.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(lost).toEqual([expect.objectContaining({ kind: 'busy', code: '40P01', rolledBack: true })])
    other.release()
  })

  test('a connection that the server ends is not used again', async () => {
    await run('begin')
    const [pid] = await query('select pg_backend_pid()', ['integer'])
    const other = await driver.acquire()
    await other.execute({ sql: 'select pg_terminate_backend(?::int)', columns: ['any'] }, [pid as number], 0)
    other.release()
    expect(await failureOf(run("insert into p values ('z', 1, null)"))).toMatchObject({
      kind: 'io',
      rolledBack: true,
    })
    expect(await failureOf(run('select 1'))).toMatchObject({ kind: 'io' })
    connection.release()
    connection = await driver.acquire()
    expect(await query('select count(*) from p', ['integer'])).toEqual([1])
  })
})

describe('transactions', () => {
  beforeEach(() => run('create table t (n bigint unique)'))
  const rows = () => query('select n from t order by n', ['integer'])
  const insert = (n: number) => run('insert into t values (?)', [n])

  test('a rollback leaves nothing, a commit everything', async () => {
    await run('begin')
    await insert(1)
    await run('rollback')
    expect(await rows()).toEqual([])
    await run('begin')
    await insert(2)
    await run('commit')
    expect(await rows()).toEqual([2])
  })

  test('savepoints are rolled back alone, whatever fails between them', async () => {
    await run('begin')
    await insert(1)
    await run('savepoint s0')
    await failureOf(insert(1))
    await insert(2)
    await failureOf(insert(2))
    await run('savepoint s1')
    await insert(3)
    await failureOf(insert(3))
    await run('release savepoint s1')
    await failureOf(insert(3))
    await run('rollback to savepoint s0')
    await failureOf(insert(1))
    await run('release savepoint s0')
    await insert(4)
    await run('commit')
    expect(await rows()).toEqual([1, 4])
  })

  test('a ROLLBACK without a transaction does nothing, ROLLBACK TO fails', async () => {
    expect(await run('rollback')).toEqual({ width: 0, values: [], changes: 0 })
    expect((await failureOf(run('rollback to elsewhere'))).rolledBack).toBe(false)
  })

  test('a savepoint that is not there ends the transaction, and says so', async () => {
    await run('begin')
    await insert(1)
    expect((await failureOf(run('release savepoint elsewhere'))).rolledBack).toBe(true)
    expect((await failureOf(run('commit'))).kind).toBe('other')
    expect(await rows()).toEqual([])
  })

  describe('in one packet', () => {
    const of = (sql: string, ...parameters: readonly SqlValue[]) => ({
      statement: { sql, columns: [] },
      parameters,
    })
    const add = { sql: 'insert into t values (?)', columns: [] }
    const adding = (n: number) => ({ statement: add, parameters: [n] })
    const packet = (...all: Parameters<PacketConnection['executeAll']>[0]) =>
      (connection as PacketConnection).executeAll(all, 0)

    test('all is done in its order, and the last one answers', async () => {
      const read = {
        sql: 'select n, n::text as text from t order by 1',
        columns: ['integer', 'text'] as const,
      }
      for (let turn = 0; turn < 3; turn++) {
        const given = [of('begin'), of('delete from t'), adding(1), adding(2), of('savepoint s0'), adding(3)]
        expect(await packet(...given, { statement: read, parameters: [] })).toEqual({
          width: 2,
          values: [1, '1', 2, '2', 3, '3'],
          changes: 0,
        })
        await failureOf(insert(1))
        await run('rollback to savepoint s0')
        expect((await packet(adding(4), of('update t set n = n + 10'))).changes).toBe(3)
        await packet(of('commit'))
        expect(await rows()).toEqual([11, 12, 14])
      }
    })

    test.each<[string, readonly ReturnType<typeof of>[], DriverErrorKind]>([
      ['a row', [adding(2), adding(1), adding(3), of('commit')], 'unique'],
      ['the first', [adding(1), adding(3)], 'unique'],
      ['the last', [adding(3), of('insert into nowhere values (1)')], 'syntax'],
      ['a value', [adding(3), of('insert into t values (?)', Number.NaN)], 'type'],
    ])('%s that fails ends the transaction, and nothing behind it is run', async (_, all, kind) => {
      await insert(1)
      for (let turn = 0; turn < 2; turn++) {
        await run('begin')
        await insert(7)
        expect(await failureOf(packet(...all))).toMatchObject({ kind, rolledBack: true })
        expect(await rows()).toEqual([1])
        expect((await failureOf(run('commit'))).kind).toBe('other')
      }
      await packet(of('begin'), adding(2), of('commit'))
      expect(await rows()).toEqual([1, 2])
    })

    test('a savepoint that nothing was changed behind is what a failure goes back to', async () => {
      await run('begin')
      await insert(1)
      await run('savepoint s0')
      expect(await failureOf(packet(adding(2), adding(1)))).toMatchObject({ rolledBack: false })
      await packet(adding(2), adding(3))
      expect(await failureOf(packet(adding(4), adding(3)))).toMatchObject({ rolledBack: true })
      expect(await rows()).toEqual([])
    })

    test('a deferred constraint fails at its commit', async () => {
      await run('create table d (n bigint references t (n) deferrable initially deferred)')
      const wrong = [of('begin'), of('insert into d values (5)'), of('commit')]
      expect(await failureOf(packet(...wrong))).toMatchObject({ kind: 'foreignKey', rolledBack: true })
      expect(await query('select count(*) from d', ['integer'])).toEqual([0])
    })

    test('a deadline stops it', async () => {
      const all = [of('begin'), adding(1), of('select pg_sleep(60)')]
      const stopped = (connection as PacketConnection).executeAll(all, driver.now() + 50)
      expect(await failureOf(stopped)).toMatchObject({
        kind: 'interrupted',
        rolledBack: true,
      })
      expect(await rows()).toEqual([])
    })
  })

  test('releasing the connection rolls back what is open', async () => {
    await run('begin')
    await insert(1)
    connection.release()
    connection = await driver.acquire()
    expect(await rows()).toEqual([])
  })
})

describe('deadlines', () => {
  const endless = 'with recursive n(x) as (select 1 union all select x + 1 from n)'

  test('a query that works without end is stopped, and the connection goes on', async () => {
    const count: Statement = { sql: `${endless} select count(*) from n`, columns: ['integer'] }
    for (let turn = 0; turn < 3; turn++) {
      expect((await failureOf(execute(count, [], driver.now() + 50))).kind).toBe('interrupted')
      expect(await query('select 1', ['integer'])).toEqual([1])
    }
  })

  test('a write that is stopped takes back itself alone', async () => {
    await run('create table t (n bigint)')
    await run('begin')
    await run('insert into t values (1)')
    const write: Statement = { sql: `${endless} insert into t select x from n`, columns: [] }
    expect(await failureOf(execute(write, [], driver.now() + 50))).toMatchObject({
      kind: 'interrupted',
      rolledBack: false,
    })
    await run('commit')
    expect(await query('select n from t', ['integer'])).toEqual([1])
  })

  test('a wait for a lock is stopped too', async () => {
    await run('create table t (n bigint)')
    const other = await driver.acquire()
    await other.execute({ sql: 'begin', columns: [] }, [], 0)
    await other.execute({ sql: 'lock table main.t', columns: [] }, [], 0)
    expect(
      (await failureOf(execute({ sql: 'select n from t', columns: ['integer'] }, [], driver.now() + 50)))
        .kind,
    ).toBe('interrupted')
    other.release()
  })

  test('one that has passed runs nothing, but transactions end whatever it is', async () => {
    const past = driver.now() - 1
    await execute({ sql: 'begin', columns: [] }, [], past)
    expect((await failureOf(execute({ sql: 'select 1', columns: ['integer'] }, [], past))).kind).toBe(
      'interrupted',
    )
    await execute({ sql: 'rollback', columns: [] }, [], past)
  })
})

describe('opening and closing', () => {
  test('a server that is not there, a password that is wrong and a database that is not known are refused', async () => {
    const wrong: PostgresOptions[] = [{ port: 1 }, { password: 'wrong' }, { database: 'nowhere' }]
    const kinds: DriverErrorKind[] = []
    for (const more of wrong) {
      const error = await openPostgres({ ...options, ...more }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(DriverError)
      kinds.push((error as DriverError).kind)
    }
    expect(kinds).toEqual(['io', 'cantOpen', 'cantOpen'])
  })

  test('a database of another encoding is refused', async () => {
    await run("create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0")
    await expect(openPostgres({ ...options, database: 'latin' })).rejects.toMatchObject({ kind: 'cantOpen' })
  })

  test('a schema may have any name', async () => {
    const odd = await openPostgres({ ...options, schema: 'My "odd" \\ schema' })
    const own = await odd.acquire()
    await own.execute({ sql: 'create table main.t (n bigint)', columns: [] }, [], 0)
    expect((await own.execute({ sql: 'select current_schema()', columns: ['text'] }, [], 0)).values).toEqual([
      'My "odd" \\ schema',
    ])
    own.release()
    await odd.close()
  })

  test('stats, checks and upkeep', async () => {
    await run('create table t (n bigint references t2)').catch(() => {})
    await run('create table p (id bigint primary key)')
    await run('create table c (pid bigint)')
    await run('insert into c values (7)')
    const { sizeBytes, pageSize, pageCount, cacheBytes } = await driver.stats()
    expect([sizeBytes, pageSize, pageCount, cacheBytes].every((value) => value > 0)).toBe(true)
    expect(await driver.checkIntegrity()).toEqual([])
    await run('alter table c add constraint "to p" foreign key (pid) references p not valid')
    expect(await driver.checkIntegrity()).toEqual([expect.stringContaining('to p')])
    await driver.analyze()
    await driver.vacuum()
    expect(driver.exportFile).toBeUndefined()
  })

  test('closing is safe twice, and nothing works after it', async () => {
    const closed = await openPostgres(options)
    await closed.close()
    await closed.close()
    for (const action of [
      () => closed.acquire(),
      () => closed.stats(),
      () => closed.checkIntegrity(),
      () => closed.vacuum(),
    ]) {
      await expect((async () => action())()).rejects.toMatchObject({ kind: 'other', code: 21 })
    }
  })
})
