/** What MySQL defines in its own way: literals in CHECKs and defaults, unique keys that are too long, renamed fields. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SqlValue } from '../../src/drivers/driver.ts'
import { migrate, rollbackMigrations } from '../../src/engine/migrate/migrator.ts'
import { prepareDatabase } from '../../src/engine/migrate/prepare.ts'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'
import type { Change, Migration, NamedTable } from '../../src/schema/migration.ts'
import { MigratedDatabase } from '../migration-steps.cases.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'

const words = ["it's", 'a\\b', '`kind`', '"', "\\'"]
const table: NamedTable = {
  name: 'Thing',
  columns: {
    id: { type: 'uuid' },
    kind: { type: 'enum', values: words, default: "it's" },
    note: { type: 'text', default: "\\'`note`" },
    about: { type: 'text', nullable: true, unique: true },
    label: { type: 'text', caseInsensitive: true, nullable: true, unique: true },
    first: { type: 'string', max: 255 },
    second: { type: 'string', max: 255 },
    third: { type: 'string', max: 255 },
    fourth: { type: 'string', max: 255, nullable: true },
  },
  primaryKey: ['id'],
  indexes: [
    { fields: ['first', 'second', 'third', 'fourth'], unique: true },
    { fields: ['fourth', 'third', 'second', 'first'] },
  ],
}
const creation: Migration = {
  version: 1,
  name: 'start',
  up: [{ createEntity: table }],
  down: [{ dropEntity: 'Thing' }],
}
const renamed = ['kind', 'note', 'about', 'label', 'first']
const renaming = (there: boolean): Change[] =>
  renamed.map((name) => ({
    renameField: {
      entity: 'Thing',
      ...(there ? { from: name, to: `${name}2` } : { from: `${name}2`, to: name }),
    },
  }))
const second: Migration = { version: 2, name: 'names', up: renaming(true), down: renaming(false) }

describe.skipIf(noMysql)('definitions of MySQL', () => {
  let server: TestMysqlServer
  beforeAll(async () => {
    server = await startMysql()
  })
  afterAll(() => server?.stop())

  test('hold what they say, also after fields got other names and their own again', async () => {
    const driver = await server.open({ poolSize: 1 })
    const connection = await driver.acquire()
    const database = new MigratedDatabase(connection, mysqlDialect)
    const long = 'x'.repeat(5_000)
    let rows = 0
    const insert = async (suffix: string, values: Readonly<Record<string, SqlValue>>) => {
      const all = { first: String(++rows), second: '', third: '', ...values }
      const names = Object.keys(all).map((name) => `"${renamed.includes(name) ? name + suffix : name}"`)
      const id = String(rows).padStart(36, '0')
      await database.query(
        `insert into main."Thing" ("id", ${names.join(', ')}) values (?, ${names.map(() => '?').join(', ')})`,
        [],
        [id, ...Object.values(all)],
      )
      const [kind, note] = await database.query(
        `select "kind${suffix}", "note${suffix}" from main."Thing" where "id" = '${id}'`,
        ['text', 'text'],
      )
      return [kind, note]
    }
    const holds = async (suffix: string) => {
      expect(await insert(suffix, {})).toEqual(["it's", "\\'`note`"])
      for (const kind of words) expect((await insert(suffix, { kind }))[0]).toBe(kind)
      await expect(insert(suffix, { kind: 'its' })).rejects.toMatchObject({ kind: 'check' })
      const about = `${long}${suffix}${rows}`
      await insert(suffix, { about, label: `${about}é` })
      await insert(suffix, { about: `${about} `, label: `${about}É` })
      await expect(insert(suffix, { about })).rejects.toMatchObject({ kind: 'unique' })
      await expect(insert(suffix, { label: `${about.toUpperCase()}é` })).rejects.toMatchObject({
        kind: 'unique',
      })
      const key = { first: `${'f'.repeat(200)}${rows}`, second: 's'.repeat(255), third: 't'.repeat(255) }
      await insert(suffix, key)
      await insert(suffix, key)
      await insert(suffix, { ...key, fourth: 'é' })
      await insert(suffix, { ...key, fourth: 'É' })
      await expect(insert(suffix, { ...key, fourth: 'é' })).rejects.toMatchObject({ kind: 'unique' })
    }
    await database.run(prepareDatabase(database.options(creation)))
    await holds('')
    await database.run(migrate(database.options(creation, second)))
    await holds('2')
    await database.run(rollbackMigrations(database.options(creation, second), { to: 1 }))
    await holds('')
    connection.release()
    await driver.close()
  })
})
