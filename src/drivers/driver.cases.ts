/** What every driver does alike; the test file beside each driver runs these over its own. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  ColumnType,
  Connection,
  Driver,
  DriverErrorKind,
  ReadLimits,
  ResultSet,
  SqlValue,
  Statement,
} from './driver.ts'
import { DriverError } from './driver.ts'

export interface DriverSetup {
  /** A fresh, empty database. */
  open(options?: {
    cacheStatements?: number
    importFile?: Uint8Array
    now?: () => number
  }): Driver | Promise<Driver>
  /** Why a statement that gives no rows cannot be stopped; absent where it can. */
  readonly cannotStopWithoutRows?: string
}

const endless = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)'

const pageSizeOf = (file: Uint8Array) => new DataView(file.buffer, file.byteOffset).getUint16(16)

export function describeDriver(name: string, setup: DriverSetup): void {
  describe(name, () => {
    let driver: Driver
    let connection: Connection

    beforeEach(async () => {
      driver = await setup.open()
      connection = await driver.acquire()
    })
    afterEach(() => driver.close())

    function execute(statement: Statement, parameters: readonly SqlValue[] = [], deadline = 0): ResultSet {
      const result = connection.execute(statement, parameters, deadline)
      if (result instanceof Promise) throw new Error('This suite is for synchronous drivers')
      return result
    }
    function run(sql: string, parameters: readonly SqlValue[] = []): ResultSet {
      return execute({ sql, columns: [] }, parameters)
    }
    function query(
      sql: string,
      columns: readonly ColumnType[],
      parameters: readonly SqlValue[] = [],
    ): readonly unknown[] {
      return execute({ sql, columns }, parameters).values
    }
    function failureOf(action: () => unknown): DriverError {
      try {
        action()
      } catch (error) {
        expect(error).toBeInstanceOf(DriverError)
        return error as DriverError
      }
      throw new Error('Nothing failed')
    }

    describe('values', () => {
      beforeEach(() => {
        run('CREATE TABLE v (id INTEGER PRIMARY KEY, t TEXT, i INTEGER, r REAL, b BLOB, x ANY) STRICT')
      })

      test.each<[ColumnType, string, SqlValue, unknown]>([
        ['text', 't', 'plain', 'plain'],
        ['text', 't', '', ''],
        ['text', 't', 'a\0b\0', 'a\0b\0'],
        ['text', 't', '\uFEFFmark', '\uFEFFmark'],
        ['text', 't', 'Grüße, 日本語, 🐘👩‍👩‍👧', 'Grüße, 日本語, 🐘👩‍👩‍👧'],
        ['text', 't', null, null],
        ['integer', 'i', 0, 0],
        ['integer', 'i', -1, -1],
        ['integer', 'i', 2_147_483_648, 2_147_483_648],
        ['integer', 'i', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
        ['integer', 'i', Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
        ['integer', 'i', 12n, 12],
        ['integer', 'i', null, null],
        ['bigint', 'i', 5, 5n],
        ['bigint', 'i', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
        ['bigint', 'i', -9_223_372_036_854_775_808n, -9_223_372_036_854_775_808n],
        ['bigint', 'i', 9_007_199_254_740_993n, 9_007_199_254_740_993n],
        ['bigint', 'i', null, null],
        ['number', 'r', 1, 1],
        ['number', 'r', -0.1, -0.1],
        ['number', 'r', 1e300, 1e300],
        ['number', 'r', 5e-324, 5e-324],
        ['number', 'r', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
        ['number', 'r', null, null],
        ['boolean', 'i', 1, true],
        ['boolean', 'i', 0, false],
        ['boolean', 'i', 4_294_967_296, true],
        ['boolean', 'i', null, null],
        ['datetime', 't', '2026-01-15T10:30:00.000Z', '2026-01-15T10:30:00.000Z'],
        ['json', 't', '{"a":[1,null,"ü"]}', { a: [1, null, 'ü'] }],
        ['json', 't', 'null', null],
        ['json', 't', null, null],
        ['bytes', 'b', Uint8Array.of(0, 255, 128, 0), Uint8Array.of(0, 255, 128, 0)],
        ['bytes', 'b', new Uint8Array(0), new Uint8Array(0)],
        ['bytes', 'b', null, null],
        ['any', 'x', 'text', 'text'],
        ['any', 'x', 7, 7],
        ['any', 'x', 7.5, 7.5],
        ['any', 'x', 9_007_199_254_740_992n, 9_007_199_254_740_992n],
        ['any', 'x', Uint8Array.of(1), Uint8Array.of(1)],
        ['any', 'x', null, null],
      ])('%s in column %s: %o comes back as %o', (type, column, stored, expected) => {
        run(`INSERT INTO v (id, ${column}) VALUES (1, ?)`, [stored])
        expect(query(`SELECT ${column} FROM v`, [type])).toStrictEqual([expected])
      })

      test('text of every length comes back, one byte a character or more', () => {
        const insert: Statement = { sql: 'INSERT INTO v (id, t) VALUES (?, ?)', columns: [] }
        for (let length = 0; length < 90; length++) {
          execute(insert, [length * 3, 'abcdefghij'.repeat(9).slice(0, length)])
          execute(insert, [length * 3 + 1, 'é'.repeat(length)])
          execute(insert, [length * 3 + 2, `${'a'.repeat(length)}🐘`])
        }
        const values = query('SELECT t FROM v ORDER BY id', ['text'])
        for (let length = 0; length < 90; length++) {
          expect(values.slice(length * 3, length * 3 + 3)).toEqual([
            'abcdefghij'.repeat(9).slice(0, length),
            'é'.repeat(length),
            `${'a'.repeat(length)}🐘`,
          ])
        }
      })

      test('several large values in one statement come back whole, and small ones after them', () => {
        const text = 'Ж'.repeat(300_000)
        const bytes = new Uint8Array(3_000_000).map((_, at) => at % 251)
        run('INSERT INTO v (id, t, b, x) VALUES (?, ?, ?, ?)', [1, text, bytes, 'after'])
        run('INSERT INTO v (id, t) VALUES (?, ?)', [2, 'small'])
        const [readText, readBytes, readAfter] = query('SELECT t, b, x FROM v WHERE id = 1', [
          'text',
          'bytes',
          'any',
        ])
        expect(readText === text).toBe(true)
        expect(Buffer.compare(readBytes as Uint8Array, bytes)).toBe(0)
        expect(readAfter).toBe('after')
        expect(query('SELECT t FROM v WHERE id = 2', ['text'])).toEqual(['small'])
      })

      test('bytes that were read stay as they are when others are read', () => {
        run('INSERT INTO v (id, b) VALUES (1, ?), (2, ?)', [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)])
        const read: Statement = { sql: 'SELECT b FROM v WHERE id = ?', columns: ['bytes'] }
        const [first] = execute(read, [1]).values
        execute(read, [2])
        expect(first).toStrictEqual(Uint8Array.of(1, 2, 3))
      })

      test('a view of a larger buffer is stored as that part alone', () => {
        run('INSERT INTO v (id, b) VALUES (1, ?)', [Uint8Array.of(9, 1, 2, 9).subarray(1, 3)])
        expect(query('SELECT b FROM v', ['bytes'])).toStrictEqual([Uint8Array.of(1, 2)])
      })

      test('whatever text, number or bigint is stored comes back, bound or read among others', () => {
        const insert: Statement = {
          sql: 'INSERT INTO v (t, r, i) VALUES (?, ?, ?) RETURNING t, r, i',
          columns: ['text', 'number', 'bigint'],
        }
        fc.assert(
          fc.property(
            fc.string({ unit: 'grapheme', maxLength: 60 }),
            fc.double({ noNaN: true }),
            fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
            (text, number, bigint) => {
              // SQLite keeps a whole number of a REAL column as an integer, which has no negative zero.
              expect(execute(insert, [text, number, bigint]).values).toEqual([text, number + 0, bigint])
            },
          ),
        )
      })

      test('rows come flat, with their width', () => {
        run("INSERT INTO v (id, t) VALUES (1, 'a'), (2, 'b')")
        const result = execute({ sql: 'SELECT id, t FROM v ORDER BY id', columns: ['integer', 'text'] })
        expect(result).toEqual({ width: 2, values: [1, 'a', 2, 'b'], changes: 0 })
      })

      test('a whole number is bound as an integer', () => {
        expect(
          query('SELECT typeof(?), typeof(?), typeof(?)', ['text', 'text', 'text'], [1, 1.5, 2 ** 40]),
        ).toEqual(['integer', 'real', 'integer'])
        expect(query('SELECT 7 / ?', ['number'], [2])).toEqual([3])
      })

      test('an integer beyond 2^53 comes as a bigint, with nothing lost', () => {
        run('INSERT INTO v (id, i) VALUES (1, 9007199254740993)')
        expect(query('SELECT i FROM v', ['integer'])).toEqual([9_007_199_254_740_993n])
        expect(query('SELECT i FROM v', ['bigint'])).toEqual([9_007_199_254_740_993n])
      })

      test('text that is not JSON is refused in a json column', () => {
        expect(failureOf(() => query("SELECT '{'", ['json'])).kind).toBe('type')
      })

      test('a value of another type than its column promises comes as it is stored', () => {
        expect(query("SELECT 'x', 'yes', x'01', 5", ['integer', 'boolean', 'text', 'text'])).toEqual([
          'x',
          'yes',
          Uint8Array.of(1),
          5,
        ])
      })

      test.each<[string, unknown]>([
        ['NaN', Number.NaN],
        ['a bigint beyond 64 bits', 2n ** 63n],
        ['undefined', undefined],
        ['a boolean', true],
        ['an object', {}],
      ])('%s is refused as a parameter', (_, value) => {
        expect(failureOf(() => query('SELECT ?', ['any'], [value as SqlValue])).kind).toBe('type')
      })
    })

    describe('statements', () => {
      beforeEach(() => {
        run('CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, n INTEGER) STRICT')
      })

      test('changes are counted, with RETURNING and without, and not for anything else', () => {
        expect(run("INSERT INTO t VALUES ('a', 1), ('b', 2), ('c', 3)").changes).toBe(3)
        expect(run('UPDATE t SET n = n + 1 WHERE n > 1').changes).toBe(2)
        expect(run('UPDATE t SET n = 0 WHERE n > 99').changes).toBe(0)
        expect(execute({ sql: 'DELETE FROM t WHERE n = 1 RETURNING id', columns: ['text'] })).toEqual({
          width: 1,
          values: ['a'],
          changes: 1,
        })
        expect(execute({ sql: 'DELETE FROM t WHERE n = 99 RETURNING id', columns: ['text'] }).changes).toBe(0)
        expect(
          execute({
            sql: 'WITH k AS (SELECT 3 AS n) UPDATE t SET n = 4 WHERE n IN (SELECT n FROM k) RETURNING id',
            columns: ['text'],
          }).changes,
        ).toBe(1)
        expect(run("WITH k AS (SELECT 'd') INSERT INTO t (id) SELECT * FROM k").changes).toBe(1)
        expect(execute({ sql: 'WITH k AS (SELECT 1) SELECT * FROM k', columns: ['integer'] }).changes).toBe(0)
        expect(run('CREATE TABLE other (a)').changes).toBe(0)
        expect(run('/* why */ -- and why\n DELETE FROM t').changes).toBe(3)
        expect(run('BEGIN').changes).toBe(0)
      })

      test('a statement is prepared once and bound anew each time', () => {
        const insert: Statement = { sql: 'INSERT INTO t VALUES (?, ?)', columns: [] }
        const before = (driver.stats() as { preparedStatements: number }).preparedStatements
        for (let n = 0; n < 100; n++) execute(insert, [`id${n}`, n % 2 ? n : null])
        expect((driver.stats() as { preparedStatements: number }).preparedStatements).toBe(before + 1)
        expect(query('SELECT count(*), count(n) FROM t', ['integer', 'integer'])).toEqual([100, 50])
      })

      test('a statement that failed runs again', () => {
        const insert: Statement = { sql: 'INSERT INTO t VALUES (?, ?)', columns: [] }
        execute(insert, ['a', 1])
        expect(failureOf(() => execute(insert, ['a', 2])).kind).toBe('unique')
        execute(insert, ['b', 2])
        expect(query('SELECT n FROM t ORDER BY id', ['integer'])).toEqual([1, 2])
      })

      test('a statement that failed while its rows were read runs again', () => {
        const statement: Statement = { sql: "SELECT json_extract(?, '$')", columns: ['integer'] }
        const read = (text: string) => execute(statement, [text], driver.now() + 60_000).values
        expect(read('1')).toEqual([1])
        expect(failureOf(() => read('no JSON')).kind).toBe('other')
        expect(read('2')).toEqual([2])
      })

      test('a prepared statement survives a change of the schema', () => {
        const read: Statement = { sql: 'SELECT n FROM t WHERE id = ?', columns: ['integer'] }
        run("INSERT INTO t VALUES ('a', 1)")
        expect(execute(read, ['a']).values).toEqual([1])
        run('ALTER TABLE t ADD COLUMN more TEXT')
        run('CREATE INDEX byN ON t (n)')
        expect(execute(read, ['a']).values).toEqual([1])
      })

      test('the statements used least recently are dropped beyond the bound, and work when they come again', async () => {
        const small = await setup.open({ cacheStatements: 2 })
        const own = await small.acquire()
        const [one, two, three] = ['SELECT 1', 'SELECT 2', 'SELECT 3'].map(
          (sql): Statement => ({ sql, columns: ['integer'] }),
        ) as [Statement, Statement, Statement]
        for (const [statement, value] of [
          [one, 1],
          [two, 2],
          [three, 3],
          [one, 1],
          [three, 3],
          [two, 2],
        ] as const) {
          expect(((await own.execute(statement, [], 0)) as ResultSet).values).toEqual([value])
          expect((await small.stats()).preparedStatements).toBeLessThanOrEqual(2)
        }
        await small.close()
      })

      test('a statement marked once is not kept', () => {
        const before = (driver.stats() as { preparedStatements: number }).preparedStatements
        execute({ sql: 'SELECT 1', columns: ['integer'], once: true })
        expect((driver.stats() as { preparedStatements: number }).preparedStatements).toBe(before)
      })

      test('a text of several statements is refused and none of it runs', () => {
        const failure = failureOf(() => run("INSERT INTO t VALUES ('a', 1); DROP TABLE t"))
        expect(failure.kind).toBe('syntax')
        expect(query('SELECT count(*) FROM t', ['integer'])).toEqual([0])
        expect(run("INSERT INTO t VALUES ('a', 1); -- the end\n /* of it */ ;").changes).toBe(1)
      })

      test('a text without a statement is refused', () => {
        expect(failureOf(() => run('  -- nothing')).kind).not.toBe('corrupt')
      })

      test('types for another number of columns than there are are refused', () => {
        expect(failureOf(() => query('SELECT 1, 2', ['integer'])).kind).toBe('other')
        expect(failureOf(() => run('INSERT INTO t VALUES (?, ?)', ['a', 1, 2])).kind).toBe('other')
      })

      test('a double-quoted name that does not exist is no string', () => {
        expect(failureOf(() => query('SELECT "nowhere"', ['text'])).kind).toBe('syntax')
      })
    })

    describe('failures', () => {
      beforeEach(() => {
        run(
          'CREATE TABLE p (id TEXT PRIMARY KEY NOT NULL, n INTEGER NOT NULL CHECK (n < 10), u TEXT UNIQUE) STRICT',
        )
        run('CREATE TABLE c (id INTEGER PRIMARY KEY, pid TEXT REFERENCES p (id) ON DELETE RESTRICT) STRICT')
        run('CREATE TABLE d (pid TEXT REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED) STRICT')
        run(
          "CREATE TRIGGER guard BEFORE UPDATE ON p WHEN new.n = 5 BEGIN SELECT RAISE(ABORT, 'not five'); END",
        )
        run("INSERT INTO p VALUES ('a', 1, 'u')")
        run("INSERT INTO c VALUES (1, 'a')")
      })

      test.each<[DriverErrorKind, string]>([
        ['unique', "INSERT INTO p VALUES ('a', 1, NULL)"],
        ['unique', "INSERT INTO p VALUES ('b', 1, 'u')"],
        ['unique', 'INSERT INTO c VALUES (1, NULL)'],
        ['notNull', "INSERT INTO p VALUES ('b', NULL, NULL)"],
        ['check', "INSERT INTO p VALUES ('b', 10, NULL)"],
        ['type', "INSERT INTO p VALUES ('b', 'text', NULL)"],
        ['type', "INSERT INTO c VALUES ('text', NULL)"],
        ['foreignKey', "INSERT INTO c VALUES (2, 'nobody')"],
        ['foreignKey', "DELETE FROM p WHERE id = 'a'"],
        ['trigger', 'UPDATE p SET n = 5'],
        ['syntax', 'SELEC 1'],
        ['syntax', 'SELECT * FROM nowhere'],
        ['other', "SELECT json_extract('{', '$.a')"],
        ['other', 'COMMIT'],
      ])('%s: %s', (kind, sql) => {
        const failure = failureOf(() => run(sql))
        expect(failure.kind).toBe(kind)
        expect(failure.rolledBack).toBe(false)
        expect(query('SELECT count(*) FROM p', ['integer'])).toEqual([1])
      })

      test('a deferred foreign key fails at the commit and leaves the transaction open', () => {
        run('BEGIN')
        run("INSERT INTO d VALUES ('nobody')")
        const failure = failureOf(() => run('COMMIT'))
        expect(failure).toMatchObject({ kind: 'foreignKey', rolledBack: false })
        run('ROLLBACK')
        expect(query('SELECT count(*) FROM d', ['integer'])).toEqual([0])
      })

      test('REPLACE cannot walk around a trigger against deletes', () => {
        run("CREATE TRIGGER keep BEFORE DELETE ON p BEGIN SELECT RAISE(ABORT, 'kept'); END")
        expect(failureOf(() => run("REPLACE INTO p VALUES ('a', 2, 'u')")).kind).toBe('trigger')
        expect(query('SELECT n FROM p', ['integer'])).toEqual([1])
      })

      test('SQL cannot write into the schema itself', () => {
        run('PRAGMA writable_schema = ON')
        expect(failureOf(() => run("UPDATE sqlite_schema SET sql = 'x'")).kind).toBe('syntax')
      })
    })

    describe('transactions', () => {
      beforeEach(() => {
        run('CREATE TABLE t (n INTEGER) STRICT')
      })
      const rows = () => query('SELECT n FROM t ORDER BY n', ['integer'])

      test('a rollback leaves nothing, a commit everything', () => {
        run('BEGIN IMMEDIATE')
        run('INSERT INTO t VALUES (1)')
        run('ROLLBACK')
        expect(rows()).toEqual([])
        run('BEGIN IMMEDIATE')
        run('INSERT INTO t VALUES (2)')
        run('COMMIT')
        expect(rows()).toEqual([2])
      })

      test('a savepoint is rolled back alone', () => {
        run('BEGIN')
        run('INSERT INTO t VALUES (1)')
        run('SAVEPOINT a')
        run('INSERT INTO t VALUES (2)')
        run('SAVEPOINT b')
        run('INSERT INTO t VALUES (3)')
        run('RELEASE b')
        run('ROLLBACK TO a')
        run('RELEASE a')
        run('INSERT INTO t VALUES (4)')
        run('COMMIT')
        expect(rows()).toEqual([1, 4])
      })

      test('a failed statement in a transaction takes back itself alone', () => {
        run('CREATE UNIQUE INDEX once ON t (n)')
        run('BEGIN')
        run('INSERT INTO t VALUES (1)')
        expect(failureOf(() => run('INSERT INTO t VALUES (2), (1)'))).toMatchObject({
          kind: 'unique',
          rolledBack: false,
        })
        run('COMMIT')
        expect(rows()).toEqual([1])
      })

      test('releasing the connection rolls back what is open', async () => {
        run('BEGIN')
        run('INSERT INTO t VALUES (1)')
        connection.release()
        connection = await driver.acquire()
        expect(rows()).toEqual([])
        expect(failureOf(() => run("INSERT INTO t VALUES ('text')")).rolledBack).toBe(false)
        run('BEGIN')
        run('ROLLBACK')
      })

      test('a ROLLBACK without a transaction does nothing, ROLLBACK TO fails', () => {
        expect(run('ROLLBACK')).toEqual({ width: 0, values: [], changes: 0 })
        expect(failureOf(() => run('ROLLBACK TO elsewhere')).kind).toBe('other')
      })

      test('a failure that ends the transaction says so', () => {
        run(
          "CREATE TRIGGER bad BEFORE INSERT ON t WHEN new.n = 9 BEGIN SELECT RAISE(ROLLBACK, 'all gone'); END",
        )
        run('BEGIN')
        run('INSERT INTO t VALUES (1)')
        expect(failureOf(() => run('INSERT INTO t VALUES (9)'))).toMatchObject({
          kind: 'trigger',
          rolledBack: true,
        })
        run('ROLLBACK')
        expect(rows()).toEqual([])
      })
    })

    describe('limits of what is read', () => {
      const rows =
        'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 10) SELECT x, x FROM n'
      const two: Statement = { sql: rows, columns: ['integer', 'integer'] }
      const reading = (statement: Statement, most: ReadLimits, deadline = 0) =>
        connection.execute(statement, [], deadline, most) as ResultSet

      test('as many rows as allowed come, one more is an error', () => {
        expect(reading(two, { rows: 10, bytes: 160 }).values).toHaveLength(20)
        expect(failureOf(() => reading(two, { rows: 9, bytes: 160 })).kind).toBe('tooManyRows')
        expect(failureOf(() => reading(two, { rows: 10, bytes: 159 })).kind).toBe('tooManyBytes')
        expect(reading(two, { rows: 10, bytes: 160 }, driver.now() + 60_000).values).toHaveLength(20)
      })

      test('texts and bytes count their length, nothing counts as a number', () => {
        const sql = "SELECT 'twelve chars', x'0102030405', NULL, 1.5"
        const statement: Statement = { sql, columns: ['text', 'bytes', 'text', 'number'] }
        expect(reading(statement, { rows: 1, bytes: 33 }).values).toHaveLength(4)
        expect(failureOf(() => reading(statement, { rows: 1, bytes: 32 })).kind).toBe('tooManyBytes')
      })

      test('an endless query ends at its limit', () => {
        const statement: Statement = { sql: `${endless} SELECT x FROM n`, columns: ['integer'] }
        expect(failureOf(() => reading(statement, { rows: 1_000, bytes: 1e6 })).kind).toBe('tooManyRows')
        expect(failureOf(() => reading(statement, { rows: 1e6, bytes: 800 })).kind).toBe('tooManyBytes')
      })

      test('no statement makes a value of any size', () => {
        const length = (bytes: number) => query(`SELECT length(zeroblob(${bytes}) || '')`, ['integer'])
        expect(length(1_000_000)).toHaveLength(1)
        expect(failureOf(() => length(134_217_729)).kind).toBe('tooBig')
      })

      test('the statement and the transaction around it can go on', () => {
        run('CREATE TABLE kept (x INTEGER)')
        run('BEGIN')
        run('INSERT INTO kept VALUES (1)')
        const failure = failureOf(() => reading(two, { rows: 1, bytes: 1_000 }))
        expect(failure.rolledBack).toBe(false)
        expect(execute(two).values).toHaveLength(20)
        run('COMMIT')
        expect(query('SELECT x FROM kept', ['integer'])).toEqual([1])
      })
    })

    describe('deadlines', () => {
      test('a query that gives rows without end is stopped', () => {
        const failure = failureOf(() =>
          execute({ sql: `${endless} SELECT x FROM n`, columns: ['integer'] }, [], driver.now() + 30),
        )
        expect(failure.kind).toBe('interrupted')
        expect(query('SELECT 1', ['integer'])).toEqual([1])
      })

      test.skipIf(setup.cannotStopWithoutRows)(
        'a query that works without end and gives no row is stopped',
        () => {
          const count: Statement = { sql: `${endless} SELECT count(*) FROM n`, columns: ['integer'] }
          expect(failureOf(() => execute(count, [], driver.now() + 30)).kind).toBe('interrupted')
          expect(failureOf(() => execute(count, [], driver.now() + 30)).kind).toBe('interrupted')
        },
      )

      test.skipIf(setup.cannotStopWithoutRows)(
        'a write that is stopped takes its transaction with it, and says so',
        () => {
          run('CREATE TABLE t (n INTEGER)')
          run('BEGIN')
          run('INSERT INTO t VALUES (1)')
          const write: Statement = { sql: `${endless} INSERT INTO t SELECT x FROM n`, columns: [] }
          expect(failureOf(() => execute(write, [], driver.now() + 30))).toMatchObject({
            kind: 'interrupted',
            rolledBack: true,
          })
          run('ROLLBACK')
          expect(query('SELECT count(*) FROM t', ['integer'])).toEqual([0])
        },
      )

      test('a statement that calls the clock function is stopped, and goes on where there is none', () => {
        const { clockFunction } = driver.capabilities
        expect(clockFunction !== undefined).toBe(setup.cannotStopWithoutRows !== undefined)
        if (clockFunction === undefined) return
        const looking = endless.replace('FROM n)', `FROM n WHERE ${clockFunction}(x) AND x < 100000)`)
        const count: Statement = { sql: `${looking} SELECT count(*) FROM n`, columns: ['integer'] }
        expect(execute(count).values).toEqual([100_000])
        expect(failureOf(() => execute(count, [], driver.now() + 1)).kind).toBe('interrupted')
        expect(execute(count).values).toEqual([100_000])
      })

      test('a deadline is over with its statement', () => {
        execute({ sql: 'SELECT 1', columns: ['integer'] }, [], driver.now() + 1)
        const until = performance.now() + 5
        while (performance.now() < until);
        const some = `${endless.replace('FROM n)', 'FROM n WHERE x < 50000)')} SELECT count(*) FROM n`
        expect(query(some, ['integer'])).toEqual([50_000])
      })

      test('transactions begin and end whatever the deadline', () => {
        run('CREATE TABLE t (n INTEGER)')
        const past = driver.now() - 1_000
        const steps = [
          'BEGIN',
          'SAVEPOINT a',
          'ROLLBACK TO a',
          'RELEASE a',
          'COMMIT',
          'BEGIN',
          'ROLLBACK',
        ].map((sql): Statement => ({ sql, columns: [] }))
        // A look at the clock comes after thousands of a statement's steps, over all its runs.
        for (let round = 0; round < 2_000; round++) for (const step of steps) execute(step, [], past)
      })
    })

    describe('upkeep', () => {
      beforeEach(() => {
        run('CREATE TABLE p (id INTEGER PRIMARY KEY, t TEXT)')
        run('CREATE TABLE c (pid INTEGER REFERENCES p (id))')
        run("INSERT INTO p VALUES (1, 'Ü'), (2, 'b')")
      })

      test('stats tell the size', async () => {
        const stats = await driver.stats()
        expect(stats.sizeBytes).toBe(stats.pageSize * stats.pageCount)
        expect(stats.pageCount).toBeGreaterThanOrEqual(3)
        expect(stats.cacheBytes).toBeGreaterThan(0)
        expect(stats.freePages).toBe(0)
        expect(stats.walBytes).toBeGreaterThanOrEqual(0)
        run('DROP TABLE c')
        expect((await driver.stats()).freePages).toBeGreaterThan(0)
        await driver.vacuum()
        expect((await driver.stats()).freePages).toBe(0)
      })

      test('a sound database has no problems, a row without its parent is one', async () => {
        expect(await driver.checkIntegrity()).toEqual([])
        run('PRAGMA foreign_keys = OFF')
        run('INSERT INTO c VALUES (99)')
        expect(await driver.checkIntegrity()).toEqual(['c: row 1 refers to a row that is not in p'])
      })

      test('analyze fills the statistics', async () => {
        run('CREATE INDEX byText ON p (t)')
        await driver.analyze()
        expect(query("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'p'", ['integer'])).toEqual([1])
      })

      test('an exported file opens elsewhere, without a write-ahead log', async () => {
        const bytes = await driver.exportFile?.()
        if (!bytes) throw new Error('No export')
        expect([bytes[18], bytes[19]]).toEqual([1, 1])
        const folder = mkdtempSync(join(tmpdir(), 'dbal-export-'))
        const path = join(folder, 'export.sqlite')
        writeFileSync(path, bytes)
        const elsewhere = new DatabaseSync(path, { readOnly: true })
        expect(elsewhere.prepare('SELECT t FROM p ORDER BY id').all()).toEqual([{ t: 'Ü' }, { t: 'b' }])
        expect(elsewhere.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
        elsewhere.close()
        rmSync(folder, { recursive: true })
      })

      test('nothing is exported in the middle of a transaction', () => {
        run('BEGIN')
        run("INSERT INTO p VALUES (3, 'c')")
        expect(failureOf(() => driver.exportFile?.()).kind).toBe('busy')
      })

      test('an exported file is imported again, and its given bytes are left alone', async () => {
        const bytes = (await driver.exportFile?.()) as Uint8Array
        bytes.fill(2, 18, 20)
        const other = await setup.open({ importFile: bytes })
        expect([bytes[18], bytes[19]]).toEqual([2, 2])
        const own = await other.acquire()
        own.execute({ sql: "INSERT INTO p VALUES (3, 'c')", columns: [] }, [], 0)
        const read = (await own.execute(
          { sql: 'SELECT t FROM p ORDER BY id', columns: ['text'] },
          [],
          0,
        )) as ResultSet
        expect(read.values).toEqual(['Ü', 'b', 'c'])
        const mode = (await own.execute(
          { sql: 'PRAGMA journal_mode', columns: ['text'] },
          [],
          0,
        )) as ResultSet
        expect(mode.values).not.toEqual(['wal'])
        await other.close()
      })

      test.each<[DriverErrorKind, string, (bytes: Uint8Array) => Uint8Array]>([
        ['notADatabase', 'nothing', () => new Uint8Array(0)],
        ['notADatabase', 'text', () => new TextEncoder().encode('name,email\n'.repeat(500))],
        ['notADatabase', 'another header', (bytes) => bytes.fill(0, 0, 4)],
        ['corrupt', 'cut short', (bytes) => bytes.slice(0, bytes.length - 100)],
        ['corrupt', 'a page of noise', (bytes) => bytes.fill(0xa5, bytes.length - pageSizeOf(bytes))],
        ['corrupt', 'pages missing', (bytes) => bytes.slice(0, pageSizeOf(bytes))],
        ['corrupt', 'a page size that cannot be', (bytes) => bytes.fill(3, 16, 18)],
      ])('a file is refused as %s: %s', async (kind, _, damage) => {
        const bytes = damage((await driver.exportFile?.()) as Uint8Array)
        await expect((async () => setup.open({ importFile: bytes }))()).rejects.toMatchObject({
          name: 'DriverError',
          kind,
        })
      })
    })

    describe('closing', () => {
      test('is safe twice, and nothing works after it', async () => {
        const read: Statement = { sql: 'SELECT 1', columns: ['integer'] }
        execute(read)
        run('BEGIN')
        await driver.close()
        await driver.close()
        for (const action of [
          () => execute(read),
          () => run('SELECT 2'),
          () => driver.acquire(),
          () => driver.stats(),
          () => driver.checkIntegrity(),
          () => driver.exportFile?.(),
          () => driver.vacuum(),
        ]) {
          expect(failureOf(action)).toMatchObject({ kind: 'other', code: 21 })
        }
        connection.release()
      })
    })
  })
}
