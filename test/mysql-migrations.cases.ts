/** MariaDB and MySQL end the transaction at every definition: what an interrupted migration leaves, and how it goes on. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection, Driver, Statement } from '../src/drivers/driver.ts'
import { DriverError } from '../src/drivers/driver.ts'
import type { Dialect } from '../src/engine/dialect.ts'
import { migrate, rollbackMigrations } from '../src/engine/migrate/migrator.ts'
import { prepareDatabase } from '../src/engine/migrate/prepare.ts'
import { runAsync } from '../src/engine/work.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import type { Migration, NamedTable } from '../src/schema/migration.ts'
import { creation, describeSteps, MigratedDatabase, manifold, second } from './migration-steps.cases.ts'
import type { TestMysqlServer } from './support/mysql-server.ts'

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

const isChange = ({ sql }: Statement) =>
  !/^\s*(?:select|start|commit|rollback|call main._dbal_begin)/i.test(sql)

/** @param killAt of the changes the one behind which the process dies; 0 for none */
function counting(connection: Connection, killAt = 0): Connection & { count(): number } {
  let changes = 0
  return {
    async execute(statement, parameters, deadline, most) {
      if (killAt > 0 && changes >= killAt) {
        // What the server does when the connection ends.
        await connection.execute({ sql: 'rollback', columns: [] }, [], 0)
        throw new DriverError('io', 'killed', 'The process was killed')
      }
      const result = await connection.execute(statement, parameters, deadline, most)
      if (isChange(statement)) changes++
      return result
    },
    release() {},
    count: () => changes,
  }
}

const stateOfMeta = async (database: MigratedDatabase) =>
  await database.query(
    `select concat('version ', version) from main."_dbal_migrations" union all select "key" from main."_dbal_meta" order by 1`,
    ['text'],
  )

export function migrationsThatAreInterrupted(start: () => Promise<TestMysqlServer>, dialect: Dialect): void {
  let server: TestMysqlServer
  beforeAll(async () => {
    server = await start()
  })
  afterAll(() => server?.stop())

  describeSteps(() => server.open({ poolSize: 1 }), dialect)

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
      dialect,
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

  test('of steps of every kind goes on from behind any statement, there and back', {
    timeout: 600_000,
  }, async () => {
    const driver = await server.open({ poolSize: 1 })
    const connection = await driver.acquire()
    const database = new MigratedDatabase(connection, dialect)
    await database.start()
    const options = database.options(creation, second(manifold))
    const there = () => migrate(options)
    const back = () => rollbackMigrations(options, { to: 1 })
    const state = async () => [await database.structure(), await stateOfMeta(database)]
    const [structure, rows] = [await database.structure(), await database.rows()]
    const statements = counting(connection)
    await database.run(there(), statements)
    const wanted = await state()
    await database.run(back(), statements)
    expect([await database.structure(), await database.rows()]).toEqual([structure, rows])
    const here = await state()

    // Of what changes nothing it makes no difference whether it was the last.
    const step = process.env['DBAL_LONG'] ? 1 : 7
    const most = statements.count()
    let interrupted = 0
    for (let killAt = 1; killAt <= most; killAt += step) {
      for (const [direction, goal] of [
        [there, wanted],
        [back, here],
      ] as const) {
        const died = await database.run(direction(), counting(connection, killAt)).then(
          () => false,
          (error: DriverError) => error.code === 'killed',
        )
        if (died) interrupted++
        // A second end, one statement further on.
        if (died) await database.run(direction(), counting(connection, 2)).catch(() => {})
        await database.run(direction()).catch((error: unknown) => {
          // Killed behind its last statement it is done, and there is nothing to take back.
          if ((error as { code?: unknown }).code !== 'VALIDATION_ERROR') throw error
        })
        expect(await state(), `killed at ${killAt}`).toEqual(goal)
      }
      expect(await database.rows(), `killed at ${killAt}`).toEqual(rows)
    }
    expect(interrupted).toBeGreaterThan(most / step - 2)
    connection.release()
    await driver.close()
  })

  test('that was interrupted is ended by the code that has it, and no other opens the database', async () => {
    const driver = await server.open({ poolSize: 1 })
    const connection = await driver.acquire()
    const database = new MigratedDatabase(connection, dialect)
    await database.start()
    const start = await database.structure()
    const newer = database.options(creation, second(manifold))
    await expect(database.run(prepareDatabase(newer), counting(connection, 12))).rejects.toThrow('killed')
    await expect(database.run(prepareDatabase(database.options(creation)))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(
        'Migration 2 was interrupted; open the database with the code that has it',
      ),
    })
    await database.run(prepareDatabase(newer))
    const there = await database.structure()
    // Going back, which the next opening ends before it looks what is to be done.
    const back = rollbackMigrations(newer, { to: 1 })
    await expect(database.run(back, counting(connection, 12))).rejects.toThrow('killed')
    await database.run(prepareDatabase(database.options(creation)))
    expect(await database.structure()).toEqual(start)
    await database.run(migrate(newer))
    const again = rollbackMigrations(newer, { to: 1 })
    await expect(database.run(again, counting(connection, 12))).rejects.toThrow('killed')
    await database.run(prepareDatabase(newer))
    expect(await database.structure()).toEqual(there)
    connection.release()
    await driver.close()
  })

  test('keeps the triggers of a table that it rebuilds', async () => {
    const driver = await server.open({ poolSize: 1 })
    const connection = await driver.acquire()
    const database = new MigratedDatabase(connection, dialect)
    await database.start()
    await database.query(
      `create trigger main."shout" before insert on main."Tag" for each row set new."word" = upper(new."word")`,
    )
    const [, down] = manifold
    const rebuilt = { rebuildEntity: { ...(creation.up[0] as { createEntity: NamedTable }).createEntity } }
    await database.run(migrate(database.options(creation, second([[rebuilt], down]))))
    await database.query('insert into main."Tag" values (?, null)', [], ['blue'])
    expect(await database.query('select "word" from main."Tag" order by 1', ['text'])).toEqual([
      'BLUE',
      'red',
    ])
    connection.release()
    await driver.close()
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
}
