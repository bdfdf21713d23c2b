import { expect, test } from 'vitest'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { sqliteDialect } from '../src/engine/dialect.ts'
import { tablesAfter } from '../src/engine/migrate/change.ts'
import { createTexts, sqliteDdl } from '../src/engine/migrate/ddl.ts'
import { compareTables } from '../src/engine/migrate/diff.ts'
import { checksumOf, orderMigrations } from '../src/engine/migrate/migration.ts'
import { migrationStatus, rollbackMigrations } from '../src/engine/migrate/migrator.ts'
import { prepareDatabase } from '../src/engine/migrate/prepare.ts'
import { tablesOf } from '../src/engine/migrate/table.ts'
import { runSync, type Work } from '../src/engine/work.ts'
import { metabuilderSchema } from '../src/schema/metabuilder/index.ts'
import { metabuilderMigrations } from './index.ts'

const options = {
  schema: metabuilderSchema,
  migrations: metabuilderMigrations,
  dialect: sqliteDialect,
  now: '2026-01-15T10:30:00.000Z',
  onProgress: () => {},
}

async function setup() {
  const driver = openNodeSqlite(':memory:')
  const connection = await driver.acquire()
  const run = <T>(work: Work<T>) => runSync(work, connection, { at: 0 })
  const definitions = () =>
    connection.execute(
      {
        sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '\\_dbal\\_%' ESCAPE '\\' ORDER BY 1",
        columns: ['text'],
        once: true,
      },
      [],
      0,
    )
  return { driver, connection, run, definitions: async () => (await definitions()).values }
}

test('the migrations lead to exactly the definitions of the schema', async () => {
  const migrated = await setup()
  migrated.run(prepareDatabase(options))
  const made = await setup()
  for (const sql of createTexts(tablesOf(metabuilderSchema), sqliteDdl)) {
    await made.connection.execute({ sql, columns: [], once: true }, [], 0)
  }
  expect(await migrated.definitions()).toEqual(await made.definitions())
  expect(await migrated.definitions()).not.toHaveLength(0)
})

test('the described changes lead to exactly the tables of the schema', () => {
  const tables = tablesAfter(
    {},
    metabuilderMigrations.flatMap(({ up }) => up),
  )
  expect(compareTables(tables ?? {}, tablesOf(metabuilderSchema))).toEqual({
    additions: [],
    removals: [],
    differences: [],
  })
})

test('the way back leaves nothing of the schema', async () => {
  const { run, definitions } = await setup()
  run(prepareDatabase(options))
  expect(run(rollbackMigrations(options, { to: 0 }))).toMatchObject({ version: 0, applied: [] })
  expect(await definitions()).toEqual([])
  expect(run(prepareDatabase(options))).toEqual({ version: metabuilderMigrations.length })
  expect(run(migrationStatus(options)).pending).toEqual([])
})

test('released migrations are not changed', () => {
  expect(orderMigrations(metabuilderMigrations)).toEqual(metabuilderMigrations)
  expect(
    metabuilderMigrations.map((migration) => [migration.version, migration.name, checksumOf(migration)]),
  ).toEqual([[1, 'initial', '66790d247e34fb5f3927f2a36623de5b06aedb033d27a94380943934bc565b11']])
})
