/** What of Kysely's queries works on MySQL: its column of the table in docs/guide/databases.md. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { sqliteDialect } from '../../src/engine/dialect.ts'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'
import { sql } from '../../src/kysely/index.ts'
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
} from '../kysely/databases.cases.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'

describe.skipIf(noMysql)('Kysely on MySQL', () => {
  let server: TestMysqlServer
  let sqlite: Opened
  let mysql: Opened

  beforeAll(async () => {
    server = await startMysql()
    sqlite = await openOn(openNodeSqlite(':memory:'), sqliteDialect)
    mysql = await openOn(await server.open(), mysqlDialect)
  })
  afterAll(async () => {
    await sqlite?.close()
    await mysql?.close()
    await server?.stop()
  })

  test('collects into JSON no row that the caller may not see, keys in their order', async () => {
    const [first] = parts['`jsonArrayFrom`, `jsonObjectFrom`, `jsonBuildObject`'] as [
      (db: Db) => Promise<unknown>,
    ]
    await mysql.reset()
    expect(JSON.stringify(await first(mysql.user))).toBe(
      JSON.stringify([
        { name: owners[0]?.name, pets: [{ name: 'Mia', weight: 4 }] },
        { name: 'Bén', pets: [{ name: 'Tom', weight: 5 }] },
        { name: 'Cleo', pets: [] },
      ]),
    )
  })

  test.each(Object.keys(parts))('%s', async (part) => {
    const queries = parts[part] as readonly ((db: Db) => Promise<unknown>)[]
    const results = await resultsOf(mysql, queries)
    const row = documented().find((one) => one.part === part)
    expect(outcomeOf(results)).toBe(row?.['MySQL'])
    if (row?.['MySQL'] === 'yes') expect(results).toEqual(await resultsOf(sqlite, queries))
  })

  test('columns of a recursive query are as wide as what comes into them', async () => {
    const wanted = await resultsOf(sqlite, growing)
    expect(wanted.map(failed)).toEqual(growing.map(() => undefined))
    expect(await resultsOf(mysql, growing)).toEqual(wanted)
    const fromNull = mysql.db
      .withRecursive('n(x)', (cte) =>
        cte
          .selectNoFrom(sql.lit(null).as('x'))
          .unionAll(cte.selectFrom('n').select('n.x').where('n.x', '<', 5)),
      )
      .selectFrom('n')
      .select('x')
    await expect(fromNull.execute()).rejects.toMatchObject({ code: 'CAPABILITY_NOT_SUPPORTED' })
  })

  test('letters of strftime that have no like are refused', async () => {
    const week = mysql.db
      .selectFrom('Owner')
      .select((eb) => eb.fn<string>('strftime', [eb.val('%W'), 'joined']).as('a'))
    await expect(week.execute()).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})
