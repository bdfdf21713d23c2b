/** What of Kysely's queries works on which database: the table of docs/guide/databases.md, row by row. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'

import { sqliteDialect } from '../../src/engine/dialect.ts'
import { mariaDbDialect } from '../../src/engine/mysql/dialect.ts'

import { postgresDialect } from '../../src/engine/postgres/dialect.ts'
import { sql } from '../../src/kysely/index.ts'
import { noMariaDb, startMariaDb, type TestMariaDb } from '../support/mariadb.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  type Db,
  documented,
  failed,
  growing,
  type Opened,
  openOn,
  outcomeOf,
  owners,
  parts,
  resultsOf,
} from './databases.cases.ts'

describe.skipIf(noMariaDb)('Kysely on each database', () => {
  let postgres: TestPostgres
  let mariaDb: TestMariaDb
  const opened: Record<string, Opened> = {}

  beforeAll(async () => {
    ;[postgres, mariaDb] = await Promise.all([startPostgres(), startMariaDb()])
    for (const [name, driver, dialect] of [
      ['SQLite', openNodeSqlite(':memory:'), sqliteDialect],
      ['PostgreSQL', await postgres.open(), postgresDialect],
      ['MariaDB', await mariaDb.open(), mariaDbDialect],
    ] as const)
      opened[name] = await openOn(driver, dialect)
  }, 60_000)
  afterAll(async () => {
    for (const { close } of Object.values(opened)) await close()
    await Promise.all([postgres?.stop(), mariaDb?.stop()])
  })

  const on = (name: string) => opened[name] as Opened

  test('collects into JSON no row that the caller may not see', async () => {
    const [first] = parts['`jsonArrayFrom`, `jsonObjectFrom`, `jsonBuildObject`'] as [
      (db: Db) => Promise<unknown>,
    ]
    for (const { user, reset } of Object.values(opened)) {
      await reset()
      expect(await first(user)).toEqual([
        { name: owners[0]?.name, pets: [{ name: 'Mia', weight: 4 }] },
        { name: 'Bén', pets: [{ name: 'Tom', weight: 5 }] },
        { name: 'Cleo', pets: [] },
      ])
    }
  })

  test('refuses letters of strftime that have no like', async () => {
    for (const name of ['PostgreSQL', 'MariaDB']) {
      const week = on(name)
        .db.selectFrom('Owner')
        .select((eb) => eb.fn<string>('strftime', [eb.val('%W'), 'joined']).as('a'))
      await expect(week.execute(), name).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
  })

  test('orders and adds values of the query’s own by their types, or refuses it', async () => {
    const queries: Record<string, (db: Db) => { execute(): Promise<unknown> }> = {
      less: (db) => db.selectNoFrom((eb) => eb(eb.val(10), '<', eb.val(9)).as('a')),
      between: (db) => db.selectNoFrom((eb) => eb.between(eb.val(10), eb.val(9), eb.val(11)).as('a')),
      plus: (db) => db.selectNoFrom((eb) => eb(eb.val(10), '+', eb.val(2.5)).as('a')),
    }
    const wanted = { less: 0, between: 1, plus: 12.5 }
    for (const [name, query] of Object.entries(queries)) {
      const a = wanted[name as keyof typeof wanted]
      for (const database of ['SQLite', 'MariaDB'])
        expect(await query(on(database).db).execute(), `${name} on ${database}`).toEqual([{ a }])
      await expect(query(on('PostgreSQL').db).execute(), name).rejects.toMatchObject({
        code: 'CAPABILITY_NOT_SUPPORTED',
      })
    }
    // Where one has a type, the other has it too.
    const literal = on('PostgreSQL').db.selectNoFrom((eb) => eb(eb.lit<number>(10), '<', eb.val(9)).as('a'))
    expect(await literal.execute()).toEqual([{ a: 0 }])
    // A whole-number column takes no fraction there; it is refused and never cut.
    const fraction = (name: string) =>
      on(name).db.selectFrom('Pet').select('name').where('weight', '>', 4.5).orderBy('weight')
    for (const name of ['SQLite', 'MariaDB']) expect(await fraction(name).execute(), name).toHaveLength(2)
    await expect(fraction('PostgreSQL').execute()).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  test('compares text of the query’s own by code point, wherever it went before', async () => {
    const queries: ((db: Db) => { execute(): Promise<unknown> })[] = [
      (db) =>
        db
          .selectFrom(db.selectNoFrom((eb) => eb.val('none').as('t')).as('d'))
          .select((eb) => eb('t', '>', 'ÉA').as('a')),
      (db) => db.selectNoFrom((eb) => eb(eb.fn.coalesce(eb.val('none'), eb.val('x')), '>', 'ÉA').as('a')),
      (db) =>
        db
          .with('c', (made) =>
            made.selectNoFrom((eb) => eb.case().when(eb.lit(1), '=', eb.lit(1)).then('none').end().as('t')),
          )
          .selectFrom('c')
          .select((eb) => eb('t', '>', 'ÉA').as('a')),
    ]
    for (const [at, query] of queries.entries())
      for (const database of ['SQLite', 'MariaDB', 'PostgreSQL'])
        expect(await query(on(database).db).execute(), `${at} on ${database}`).toEqual([{ a: 0 }])
  })

  test('makes columns of a recursive query as wide as what comes into them, or refuses it', async () => {
    const wanted = await resultsOf(on('SQLite'), growing)
    expect(wanted.map(failed)).toEqual(growing.map(() => undefined))
    expect(await resultsOf(on('MariaDB'), growing)).toEqual(wanted)
    const fromNull = on('MariaDB')
      .db.withRecursive('n(x)', (cte) =>
        cte
          .selectNoFrom(sql.lit(null).as('x'))
          .unionAll(cte.selectFrom('n').select('n.x').where('n.x', '<', 5)),
      )
      .selectFrom('n')
      .select('x')
    await expect(fromNull.execute()).rejects.toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED' })
    // It would round every fraction that follows.
    const fromValue = on('MariaDB')
      .db.withRecursive('n(x)', (cte) =>
        cte
          .selectNoFrom((eb) => eb.val(1).as('x'))
          .unionAll(
            cte
              .selectFrom('n')
              .select((eb) => eb('n.x', '+', 0.5).as('x'))
              .where('n.x', '<', 3),
          ),
      )
      .selectFrom('n')
      .select('x')
    await expect(fromValue.execute()).rejects.toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED' })
  })

  test('is what the table says', async () => {
    const rows: Record<string, string>[] = []
    for (const [part, queries] of Object.entries(parts)) {
      const wanted = await resultsOf(on('SQLite'), queries)
      expect(wanted.map(failed), part).toEqual(queries.map(() => undefined))
      const row: Record<string, string> = { part }
      for (const name of ['PostgreSQL', 'MariaDB']) {
        const results = await resultsOf(on(name), queries)
        const outcome = outcomeOf(results)
        if (outcome === 'yes') expect.soft(results, `${part} on ${name}`).toEqual(wanted)
        row[name] = outcome
      }
      rows.push(row)
    }
    // The column of MySQL is held by test/mysql.
    expect(documented().map(({ MySQL: _, ...row }) => row)).toEqual(rows)
  }, 120_000)
})
