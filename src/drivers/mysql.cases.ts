/** The driver over a real server, MariaDB or MySQL: what `driver.cases.ts` asks of drivers, in MySQL's words and with promises. */

import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestMysqlServer } from '../../test/support/mysql-server.ts'
import type { ColumnType, Connection, Driver, DriverErrorKind, SqlValue, Statement } from './driver.ts'
import { DriverError } from './driver.ts'
import { openMysql } from './mysql.ts'

const endless = 'with recursive n(x) as (select 1 union all select x + 1 from n)'

/** @param missing why there is no such server here */
export function mysqlDriverCases(
  title: string,
  missing: string | undefined,
  start: () => Promise<TestMysqlServer>,
): void {
  describe.skipIf(missing)(title, () => {
    let server: TestMysqlServer
    let driver: Driver
    let connection: Connection

    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server?.stop())
    beforeEach(async () => {
      driver = await server.open()
      connection = await driver.acquire()
    })
    afterEach(() => driver.close())

    const execute = async (statement: Statement, parameters: readonly SqlValue[] = [], deadline = 0) =>
      await connection.execute(statement, parameters, deadline)
    const run = (sql: string, parameters: readonly SqlValue[] = []) =>
      execute({ sql, columns: [] }, parameters)
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
        run('create table v (id bigint primary key, t longtext, i bigint, r double, b longblob)'),
      )

      test.each<[ColumnType, string, SqlValue, unknown]>([
        ['text', 't', 'plain', 'plain'],
        ['text', 't', '', ''],
        ['text', 't', 'a\0b\0', 'a\0b\0'],
        ['text', 't', String.raw`a\'b"c\\`, String.raw`a\'b"c\\`],
        ['text', 't', '\uFEFFmark', '\uFEFFmark'],
        ['text', 't', 'trailing  ', 'trailing  '],
        ['text', 't', 'Grüße, 日本語, 🐘👩‍👩‍👧', 'Grüße, 日本語, 🐘👩‍👩‍👧'],
        ['text', 't', null, null],
        ['integer', 'i', 0, 0],
        ['integer', 'i', -1, -1],
        ['integer', 'i', 2_147_483_648, 2_147_483_648],
        ['integer', 'i', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
        ['integer', 'i', Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
        ['integer', 'i', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
        ['integer', 'i', 12n, 12],
        ['bigint', 'i', 5, 5n],
        ['bigint', 'i', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
        ['bigint', 'i', -9_223_372_036_854_775_808n, -9_223_372_036_854_775_808n],
        ['bigint', 'i', null, null],
        ['number', 'r', 1, 1],
        ['number', 'r', -0.1, -0.1],
        ['number', 'r', 1e300, 1e300],
        ['number', 'r', null, null],
        ['boolean', 'i', 1, true],
        ['boolean', 'i', 0, false],
        ['boolean', 'i', null, null],
        ['datetime', 't', '2026-01-15T10:30:00.000Z', '2026-01-15T10:30:00.000Z'],
        ['json', 't', '{"a":[1,null,"ü"]}', { a: [1, null, 'ü'] }],
        ['json', 't', 'null', null],
        ['json', 't', null, null],
        ['bytes', 'b', Uint8Array.of(0, 255, 128, 0), Uint8Array.of(0, 255, 128, 0)],
        ['bytes', 'b', new Uint8Array(0), new Uint8Array(0)],
        ['bytes', 'b', null, null],
        ['any', 't', 'text', 'text'],
        ['any', 'i', 7, 7],
        ['any', 'r', 7.5, 7.5],
        ['any', 'b', Uint8Array.of(1), Uint8Array.of(1)],
      ])('%s in column %s: %o comes back as %o', async (type, column, stored, expected) => {
        await run(`insert into v (id, ${column}) values (1, ?)`, [stored])
        expect(await query(`select ${column} from v`, [type])).toStrictEqual([expected])
      })

      test('several large values come back whole', async () => {
        const text = 'Ж'.repeat(300_000)
        const bytes = new Uint8Array(3_000_000).map((_, at) => at % 251)
        await run('insert into v (id, t, b) values (?, ?, ?)', [1, text, bytes])
        const [readText, readBytes] = await query('select t, b from v where id = 1', ['text', 'bytes'])
        expect(readText === text).toBe(true)
        expect(Buffer.compare(readBytes as Uint8Array, bytes)).toBe(0)
      })

      test('a view of a larger buffer is stored as that part alone', async () => {
        await run('insert into v (id, b) values (1, ?)', [Uint8Array.of(9, 1, 2, 9).subarray(1, 3)])
        expect(await query('select b from v', ['bytes'])).toStrictEqual([Uint8Array.of(1, 2)])
      })

      test('whatever text, number or bigint is stored comes back', async () => {
        const insert: Statement = { sql: 'insert into v (id, t, r, i) values (?, ?, ?, ?)', columns: [] }
        const read: Statement = {
          sql: 'select t, r, i from v where id = ?',
          columns: ['text', 'number', 'bigint'],
        }
        let id = 0
        await fc.assert(
          fc.asyncProperty(
            fc.string({ unit: 'grapheme', maxLength: 60 }),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
            fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
            async (text, number, bigint) => {
              await execute(insert, [++id, text, number, bigint])
              expect((await execute(read, [id])).values).toEqual([text, number + 0, bigint])
            },
          ),
        )
      })

      test('rows come flat, with their width', async () => {
        await run("insert into v (id, t) values (1, 'a'), (2, 'b')")
        const result = await execute({ sql: 'select id, t from v order by id', columns: ['integer', 'text'] })
        expect(result).toEqual({ width: 2, values: [1, 'a', 2, 'b'], changes: 0 })
      })

      test('sums and means of integers are numbers', async () => {
        await run('insert into v (id, i) values (1, 1), (2, 2)')
        expect(
          await query('select sum(i), avg(i), count(*), max(i) from v', [
            'any',
            'number',
            'integer',
            'bigint',
          ]),
        ).toEqual([3, 1.5, 2, 2n])
      })

      test('a number of rows is bound as an integer', async () => {
        await run('insert into v (id) values (1), (2), (3)')
        expect(await query('select id from v order by id limit ? offset ?', ['integer'], [1, 1])).toEqual([2])
        expect(await query('select 7 div ?', ['number'], [2])).toEqual([3])
      })

      test('text that is not JSON is refused in a json column', async () => {
        expect((await failureOf(() => query("select '{'", ['json']))).kind).toBe('type')
      })

      test.each<[string, unknown]>([
        ['NaN', Number.NaN],
        ['infinity', Number.POSITIVE_INFINITY],
        ['a bigint beyond 64 bits', 2n ** 63n],
        ['undefined', undefined],
        ['a boolean', true],
        ['an object', {}],
      ])('%s is refused as a parameter', async (_, value) => {
        expect((await failureOf(() => query('select ?', ['any'], [value as SqlValue]))).kind).toBe('type')
      })

      test('text compares by code point: case, accents and trailing spaces count', async () => {
        const texts = ['b', 'a ', 'a', 'A', 'ä', 'Z', '\uFFFD', '🐘', 'a\0']
        for (const [id, text] of texts.entries()) await run('insert into v (id, t) values (?, ?)', [id, text])
        const byCodePoint = [...texts].sort((one, other) =>
          Buffer.compare(Buffer.from(one), Buffer.from(other)),
        )
        expect(await query('select t from v order by t', ['text'])).toEqual(byCodePoint)
        for (const text of texts)
          expect(await query('select t from v where t = ?', ['text'], [text])).toEqual([text])
        expect(await query('select ? = ?, ? < ?', ['integer', 'integer'], ['a', 'a ', 'B', 'a'])).toEqual([
          0, 1,
        ])
      })
    })

    describe('statements', () => {
      beforeEach(() => run('create table t (id varchar(40) primary key, n bigint)'))

      test('changes are counted: rows that a write has found, whether they are others now or not', async () => {
        expect((await run("insert into t values ('a', 1), ('b', 2), ('c', 3)")).changes).toBe(3)
        expect((await run('update t set n = n + 1 where n > 1')).changes).toBe(2)
        expect((await run('update t set n = n')).changes).toBe(3)
        expect((await run('update t set n = 0 where n > 99')).changes).toBe(0)
        const returning = driver.server === 'mariadb'
        const removing = `delete from t where n = 1${returning ? ' returning id' : ''}`
        expect(await execute({ sql: removing, columns: returning ? ['text'] : [] })).toEqual({
          width: returning ? 1 : 0,
          values: returning ? ['a'] : [],
          changes: 1,
        })
        expect(
          (await execute({ sql: 'with k as (select 1) select * from k', columns: ['integer'] })).changes,
        ).toBe(0)
        expect((await run('create table other (a int)')).changes).toBe(0)
        expect((await run('/* why */ -- and why\n delete from t')).changes).toBe(2)
      })

      test('a statement is prepared once and bound anew each time', async () => {
        const insert: Statement = { sql: 'insert into t values (?, ?)', columns: [] }
        const before = (await driver.stats()).preparedStatements
        for (let n = 0; n < 30; n++) await execute(insert, [`id${n}`, n % 2 ? n : null])
        expect((await driver.stats()).preparedStatements).toBe(before + 1)
        expect(await query('select count(*), count(n) from t', ['integer', 'integer'])).toEqual([30, 15])
      })

      test('a parameter is of the type that it has now, whatever came before it', async () => {
        await run("insert into t values ('a', 9007199254740993), ('b', 2), ('0', 0)")
        const of = (sql: string) => (value: SqlValue) =>
          execute({ sql, columns: ['text'] }, [value]).then(({ values }) => values)
        // A text that is read as a number is 0, and so is the text of most rows.
        const byText = of('select id from t where id = ? order by id')
        expect(await byText('a')).toEqual(['a'])
        expect(await byText(7)).toEqual([])
        expect(await byText('b')).toEqual(['b'])
        expect(await byText(null)).toEqual([])
        expect(await byText('c')).toEqual([])
        const byNumber = of('select id from t where n = ? order by id')
        expect(await byNumber(1.5)).toEqual([])
        expect(await byNumber(9007199254740993n)).toEqual(['a'])
        expect(await byNumber(2)).toEqual(['b'])
        const compare: Statement = { sql: 'select ? > ?', columns: ['integer'] }
        for (const [one, other, is] of [
          [10, 9, 1],
          ['10', '9', 0],
          ['a', 'B', 1],
          [null, 1, null],
          [0.5, 0.25, 1],
          ['a', 'B', 1],
        ] as const)
          expect((await execute(compare, [one, other])).values).toEqual([is])
        const write: Statement = { sql: 'insert into t values (?, ?)', columns: [] }
        for (const [id, n] of [
          ['x', null],
          ['y', 5],
          ['z', 9007199254740993n],
        ] as const)
          await execute(write, [id, n])
        expect(await query("select n from t where id >= 'x' order by id", ['integer'])).toEqual([
          null,
          5,
          9007199254740993n,
        ])
      })

      test('a statement that failed runs again', async () => {
        const insert: Statement = { sql: 'insert into t values (?, ?)', columns: [] }
        await execute(insert, ['a', 1])
        expect((await failureOf(() => execute(insert, ['a', 2]))).kind).toBe('unique')
        await execute(insert, ['b', 2])
        expect(await query('select n from t order by id', ['integer'])).toEqual([1, 2])
      })

      test('a prepared statement survives a change of the table', async () => {
        const read: Statement = { sql: 'select n from t where id = ?', columns: ['integer'] }
        await run("insert into t values ('a', 1)")
        expect((await execute(read, ['a'])).values).toEqual([1])
        await run('alter table t add column more text first')
        await run('create index by_n on t (n)')
        expect((await execute(read, ['a'])).values).toEqual([1])
      })

      test('the statements used least recently are dropped beyond the bound, and work when they come again', async () => {
        const small = await server.open({ cacheStatements: 2, poolSize: 1 })
        const own = await small.acquire()
        for (const value of [1, 2, 3, 1, 3, 2]) {
          const statement: Statement = { sql: `select ${value} + ?`, columns: ['integer'] }
          expect((await own.execute(statement, [1], 0)).values).toEqual([value + 1])
        }
        own.release()
        expect((await small.stats()).preparedStatements).toBeLessThanOrEqual(2)
        await small.close()
      })

      test('a statement marked once is not kept', async () => {
        const before = (await driver.stats()).preparedStatements
        await execute({ sql: 'select ?', columns: ['integer'], once: true }, [1])
        expect((await driver.stats()).preparedStatements).toBe(before)
      })

      test('a text of several statements is refused and none of it runs', async () => {
        expect((await failureOf(() => run("insert into t values ('a', 1); drop table t"))).kind).toBe(
          'syntax',
        )
        expect(await query('select count(*) from t', ['integer'])).toEqual([0])
      })

      test('types for another number of columns, or parameters, than there are are refused', async () => {
        expect((await failureOf(() => query('select 1, 2', ['integer']))).kind).toBe('other')
        expect((await failureOf(() => run('insert into t values (?, ?)', ['a', 1, 2]))).kind).toBe('other')
        expect((await failureOf(() => run('insert into t values (?, ?)', ['a']))).kind).toBe('other')
        expect(await query('select count(*) from t', ['integer'])).toEqual([0])
      })

      test('a double-quoted name that does not exist is no string', async () => {
        expect((await failureOf(() => query('select "nowhere"', ['text']))).kind).toBe('syntax')
      })

      test('main is the database of the driver, but not in texts and names', async () => {
        await run("insert into main.t values ('main.x', 1)")
        await run('create table named (`main` bigint)')
        await run('insert into "main"."named" values (3)')
        expect(
          await query("select `main`.t.id, 'main.t', named.`main` from main.t, main.named", [
            'text',
            'text',
            'integer',
          ]),
        ).toEqual(['main.x', 'main.t', 3])
      })
    })

    describe('failures', () => {
      beforeEach(async () => {
        await run(
          'create table p (id varchar(40) primary key, n bigint not null check (n < 10), u varchar(40) unique)',
        )
        await run(
          'create table c (id bigint primary key, pid varchar(40), foreign key (pid) references p (id) on delete restrict)',
        )
        await run(
          "create trigger guard before update on p for each row begin if new.n = 5 then signal sqlstate '45000' set message_text = 'not five'; end if; end",
        )
        await run("insert into p values ('a', 1, 'u')")
        await run("insert into c values (1, 'a')")
      })

      test.each<[DriverErrorKind, string]>([
        ['unique', "insert into p values ('a', 1, null)"],
        ['unique', "insert into p values ('b', 1, 'u')"],
        ['notNull', "insert into p values ('b', null, null)"],
        ['notNull', "insert into p (id) values ('b')"],
        ['check', "insert into p values ('b', 10, null)"],
        ['type', "insert into p values ('b', 'text', null)"],
        ['type', "insert into p values ('b', 9223372036854775808, null)"],
        ['tooBig', "insert into p values (repeat('x', 41), 1, null)"],
        ['foreignKey', "insert into c values (2, 'nobody')"],
        ['foreignKey', "delete from p where id = 'a'"],
        ['trigger', 'update p set n = 5'],
        ['syntax', 'selec 1'],
        ['syntax', 'update nowhere set n = 1'],
        ['syntax', 'update p set nothing = 1'],
        ['other', 'commit'],
      ])('%s: %s', async (kind, sql) => {
        const failure = await failureOf(() => run(sql))
        expect(failure.kind).toBe(kind)
        expect(failure.rolledBack).toBe(false)
        expect(await query('select count(*) from p', ['integer'])).toEqual([1])
      })

      test('a division by zero is null, in a write too', async () => {
        await run('insert into c values (2, 1 / 0)')
        expect(await query('select pid from c where id = 2', ['text'])).toEqual([null])
      })
    })

    describe('transactions', () => {
      beforeEach(() => run('create table t (n bigint unique)'))
      const rows = () => query('select n from t order by n', ['integer'])

      test('a rollback leaves nothing, a commit everything', async () => {
        await run('begin')
        await run('insert into t values (1)')
        await run('rollback')
        expect(await rows()).toEqual([])
        await run('start transaction')
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
        expect(await failureOf(() => run('insert into t values (2), (1)'))).toMatchObject({
          kind: 'unique',
          rolledBack: false,
        })
        await run('commit')
        expect(await rows()).toEqual([1])
      })

      test('nobody sees what is not committed', async () => {
        const other = await driver.acquire()
        await run('begin')
        await run('insert into t values (1)')
        const count: Statement = { sql: 'select count(*) from t', columns: ['integer'] }
        expect((await other.execute(count, [], 0)).values).toEqual([0])
        await run('commit')
        expect((await other.execute(count, [], 0)).values).toEqual([1])
        other.release()
      })

      test('releasing the connection rolls back what is open', async () => {
        await run('begin')
        await run('insert into t values (1)')
        connection.release()
        connection = await driver.acquire()
        expect(await rows()).toEqual([])
        await run('begin')
        await run('rollback')
      })

      test('a ROLLBACK without a transaction does nothing, ROLLBACK TO fails', async () => {
        expect(await run('rollback')).toEqual({ width: 0, values: [], changes: 0 })
        expect((await failureOf(() => run('rollback to elsewhere'))).kind).toBe('syntax')
      })

      test('a deadlock ends the transaction of one of the two, and says so', async () => {
        await run('insert into t values (1), (2)')
        const other = await driver.acquire()
        const change = (n: number): Statement => ({ sql: `update t set n = n where n = ${n}`, columns: [] })
        for (const one of [connection, other]) await one.execute({ sql: 'begin', columns: [] }, [], 0)
        await connection.execute(change(1), [], 0)
        await other.execute(change(2), [], 0)
        const results = await Promise.allSettled([
          connection.execute(change(2), [], 0),
          other.execute(change(1), [], 0),
        ])
        const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
        expect(lost).toMatchObject([{ kind: 'busy', rolledBack: true }])
        other.release()
        await run('rollback')
      })

      test('after the end of the connection the transaction is gone, and the pool has another', async () => {
        const [id] = await query('select connection_id()', ['integer'])
        await run('begin')
        await run('insert into t values (1)')
        const other = await driver.acquire()
        await other.execute({ sql: `kill ${id}`, columns: [] }, [], 0)
        other.release()
        expect(await failureOf(() => run('insert into t values (2)'))).toMatchObject({
          kind: 'io',
          rolledBack: true,
        })
        expect((await failureOf(() => run('insert into t values (3)'))).kind).toBe('io')
        connection.release()
        connection = await driver.acquire()
        expect(await rows()).toEqual([])
      })
    })

    describe('limits of what is read', () => {
      const two: Statement = {
        sql: 'with recursive n(x) as (select 1 union all select x + 1 from n where x < 10) select x, x from n',
        columns: ['integer', 'integer'],
      }

      test('as many rows as allowed come, one more is an error', async () => {
        const reading = async (most: { rows: number; bytes: number }) =>
          await connection.execute(two, [], driver.now() + 60_000, most)
        expect((await reading({ rows: 10, bytes: 160 })).values).toHaveLength(20)
        expect((await failureOf(() => reading({ rows: 9, bytes: 160 }))).kind).toBe('tooManyRows')
        expect((await failureOf(() => reading({ rows: 10, bytes: 159 }))).kind).toBe('tooManyBytes')
        expect((await reading({ rows: 10, bytes: 160 })).values).toHaveLength(20)
      })

      test('texts and bytes count their length, nothing counts as a number', async () => {
        const statement: Statement = {
          sql: "select 'twelve chars', x'0102030405', null, 1.5e0",
          columns: ['text', 'bytes', 'text', 'number'],
        }
        const reading = async (bytes: number) =>
          await connection.execute(statement, [], 0, { rows: 1, bytes })
        expect((await reading(33)).values).toHaveLength(4)
        expect((await failureOf(() => reading(32))).kind).toBe('tooManyBytes')
      })

      test('the transaction around it can go on', async () => {
        await run('create table kept (x bigint)')
        await run('begin')
        await run('insert into kept values (1)')
        const failure = await failureOf(() => connection.execute(two, [], 0, { rows: 1, bytes: 1_000 }))
        expect(failure.rolledBack).toBe(false)
        await run('commit')
        expect(await query('select x from kept', ['integer'])).toEqual([1])
      })
    })

    describe('deadlines', () => {
      test('a query that works without end is stopped, and the connection goes on', async () => {
        const count: Statement = { sql: `${endless} select count(*) from n`, columns: ['integer'] }
        for (let round = 0; round < 2; round++)
          expect((await failureOf(() => execute(count, [], driver.now() + 30))).kind).toBe('interrupted')
        expect(await query('select 1', ['integer'])).toEqual([1])
      })

      test('a wait for a lock is stopped, and the transaction can go on', async () => {
        await run('create table t (n bigint primary key)')
        await run('insert into t values (1)')
        const other = await driver.acquire()
        await other.execute({ sql: 'begin', columns: [] }, [], 0)
        await other.execute({ sql: 'update t set n = 2', columns: [] }, [], 0)
        await run('begin')
        await run('insert into t values (5)')
        const change: Statement = { sql: 'update t set n = 3 where n = 1', columns: [] }
        expect(await failureOf(() => execute(change, [], driver.now() + 50))).toMatchObject({
          kind: 'interrupted',
          rolledBack: false,
        })
        await run('commit')
        other.release()
        expect(await query('select n from t order by n', ['integer'])).toEqual([1, 5])
      })

      test('transactions begin and end whatever the deadline, other statements do not begin after it', async () => {
        const past = driver.now() - 1_000
        for (const sql of [
          'begin',
          'savepoint a',
          'rollback to a',
          'release savepoint a',
          'commit',
          'start transaction',
          'rollback',
        ])
          await execute({ sql, columns: [] }, [], past)
        expect(
          (await failureOf(() => execute({ sql: 'select 1', columns: ['integer'] }, [], past))).kind,
        ).toBe('interrupted')
      })
    })

    describe('upkeep', () => {
      test('stats tell the size, checks find nothing in sound tables', async () => {
        await run('create table p (id bigint primary key, t text)')
        await run("insert into p values (1, 'a')")
        const stats = await driver.stats()
        expect(stats.sizeBytes).toBeGreaterThan(0)
        expect(stats.pageSize).toBe(16_384)
        expect(await driver.checkIntegrity()).toEqual([])
        await driver.analyze()
        await driver.vacuum()
      })
    })

    describe('opening and closing', () => {
      test('closing is safe twice, and nothing works after it', async () => {
        await driver.close()
        await driver.close()
        for (const action of [() => driver.acquire(), () => driver.stats(), () => driver.checkIntegrity()])
          expect(await failureOf(action)).toMatchObject({ kind: 'other', code: 21 })
      })

      test('a url says everything', async () => {
        const { port } = server.options
        const other = await openMysql({ url: `mysql://root@127.0.0.1:${port}/named%20so` })
        const own = await other.acquire()
        expect((await own.execute({ sql: 'select database()', columns: ['text'] }, [], 0)).values).toEqual([
          'named so',
        ])
        own.release()
        await other.close()
      })

      test('a server that does not let us in, or is not there, is an error without waiting', async () => {
        const { options } = server
        expect(
          (await failureOf(() => openMysql({ ...options, user: 'nobody', password: 'x', database: 'd' })))
            .kind,
        ).toBe('cantOpen')
        expect((await failureOf(() => openMysql({ ...options, port: 1, database: 'd' }))).kind).toBe('io')
        expect((await failureOf(() => openMysql({ ...options, database: 'a/b' }))).kind).toBe('cantOpen')
      })
    })
  })
}
