/** MariaDB ends the transaction at every definition: what an interrupted migration leaves, and how it goes on. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection, Driver, Statement } from '../src/drivers/driver.ts'
import { DriverError } from '../src/drivers/driver.ts'
import { prepareDatabase } from '../src/engine/migrate/prepare.ts'
import { mysqlDialect } from '../src/engine/mysql/dialect.ts'
import { runAsync } from '../src/engine/work.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import type { Migration } from '../src/schema/migration.ts'
import { noMariaDb, startMariaDb, type TestMariaDb } from './support/mariadb.ts'

const schema = defineSchema({
  Author: {
    fields: {
      id: f.uuid({ primary: true }),
      name: f.string({ max: 40, unique: true, caseInsensitive: true }),
      about: f.text(),
    },
  },
  Post: {
    fields: {
      id: f.uuid({ primary: true }),
      authorId: f.uuid({ references: 'Author.id', onDelete: 'cascade' }),
      authorName: f.string({ max: 40, caseInsensitive: true, references: 'Author.name', nullable: true }),
      title: f.string({ max: 200 }),
    },
    indexes: [['authorId', 'title']],
  },
})

const definitions: Statement = {
  sql: `select concat(table_name, '.', column_name, ' ', column_type, ' ', is_nullable) from information_schema.columns where table_schema = database()
    union all select concat(table_name, ' index ', index_name, ' ', column_name, coalesce(sub_part, '')) from information_schema.statistics where table_schema = database()
    union all select concat(table_name, ' key ', constraint_name) from information_schema.referential_constraints where constraint_schema = database()
    union all select concat(event_object_table, ' trigger ', trigger_name) from information_schema.triggers where trigger_schema = database()
    union all select concat('version ', version) from main."_dbal_migrations" union all select concat('meta ', "key") from main."_dbal_meta"
    order by 1`,
  columns: ['text'],
  once: true,
}

describe.skipIf(noMariaDb)('a migration on MariaDB', () => {
  let server: TestMariaDb
  beforeAll(async () => {
    server = await startMariaDb()
  })
  afterAll(() => server?.stop())

  async function prepare(driver: Driver, migrations: readonly Migration[] = [], killAt = 0): Promise<number> {
    const connection = await driver.acquire()
    let asked = 0
    const dying: Connection = {
      async execute(statement, parameters, deadline, most) {
        const result = await connection.execute(statement, parameters, deadline, most)
        // The server has done it, and nobody hears of it.
        if (++asked >= killAt && killAt > 0) throw new DriverError('io', 'killed', 'The process was killed')
        return result
      },
      release: () => connection.release(),
    }
    const options = {
      schema,
      migrations,
      dialect: mysqlDialect,
      now: '2026-01-15T10:30:00.000Z',
      onProgress() {},
    }
    try {
      await runAsync(prepareDatabase(options), dying, { at: 0 })
      return asked
    } finally {
      connection.release()
    }
  }
  async function stateOf(driver: Driver): Promise<readonly unknown[]> {
    const connection = await driver.acquire()
    const { values } = await connection.execute(definitions, [], 0)
    connection.release()
    return values
  }
  async function run(driver: Driver, sql: string): Promise<void> {
    const connection = await driver.acquire()
    await connection.execute({ sql, columns: [] }, [], 0)
    connection.release()
  }

  test('that is interrupted behind any statement goes on at the next opening', {
    timeout: 120_000,
  }, async () => {
    const whole = await server.open({ poolSize: 2 })
    const statements = await prepare(whole)
    const wanted = await stateOf(whole)
    expect(wanted).toContain('version 1')
    expect(wanted).not.toContain('meta migrating')
    await whole.close()
    for (let killAt = 2; killAt < statements; killAt += 3) {
      const driver = await server.open({ poolSize: 1 })
      await expect(prepare(driver, [], killAt)).rejects.toThrow()
      await driver.close()
      const again = await server.open({ poolSize: 1, database: `test_${server.lastNumber()}` })
      await prepare(again)
      expect(await stateOf(again), `killed at ${killAt}`).toEqual(wanted)
      await again.close()
    }
  })

  test('whose SQL was interrupted is refused, with the step and what to do', async () => {
    const migrations: Migration[] = [
      {
        version: 1,
        name: 'start',
        up: [{ sql: { mysql: 'CREATE TABLE one (a INT); CREATE TABLE two (a INT)' } }],
        down: [],
      } as Migration,
    ]
    const driver = await server.open({ poolSize: 1 })
    const failure = prepare(driver, [
      {
        ...(migrations[0] as Migration),
        up: [{ sql: { mysql: 'CREATE TABLE one (a INT); CREATE TABLE one (a INT)' } }],
      },
    ])
    await expect(failure).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(prepare(driver, migrations)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('interrupted in step 1'),
    })
    await run(driver, 'drop table main.one')
    await run(driver, `delete from main."_dbal_meta" where "key" = 'migrating'`)
    await expect(prepare(driver, migrations)).rejects.toMatchObject({
      message: expect.stringContaining('Author'),
    })
    expect(await stateOf(driver)).toContain('version 1')
    await driver.close()
  })

  test('is brought about by one of those that open the database at once', async () => {
    const database = server.freshName()
    const drivers = await Promise.all([1, 2, 3].map(() => server.open({ poolSize: 1, database })))
    await Promise.all(drivers.map((driver) => prepare(driver)))
    expect((await stateOf(drivers[0] as Driver)).filter((line) => line === 'version 1')).toHaveLength(1)
    for (const driver of drivers) await driver.close()
  })
})
