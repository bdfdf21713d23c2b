import { describe, expect, test } from 'vitest'
import type { Migration } from '../../schema/migration.ts'
import { runSync } from '../work.ts'
import { applyMigrations } from './apply.ts'
import { blog, ids, Killed, killAfter, setupMigrate, temporaryFile } from './migrate-setup.cases.ts'
import { rollbackMigrations } from './migrator.ts'
import { prepareDatabase } from './prepare.ts'

const table = (name: string): Migration['up'][number] => ({
  createEntity: { name, columns: { id: { type: 'uuid' } }, primaryKey: ['id'], indexes: [] },
})
const migrations: readonly Migration[] = [
  { version: 1, name: 'one', up: [table('A'), table('B')], down: [{ dropEntity: 'B' }, { dropEntity: 'A' }] },
  {
    version: 2,
    name: 'two',
    up: [table('C'), "INSERT INTO A (id) VALUES (printf('%036d', 1))"],
    down: [{ dropEntity: 'C' }, 'DELETE FROM A'],
  },
]
const nothing = { name: 'nothing', entities: {} }

/** The tables that must stand at each version. */
const tablesAt = [[], ['A', 'B'], ['A', 'B', 'C']]

describe('a process that ends anywhere', () => {
  test('while it opens leaves whole migrations, and the next opening goes on', () => {
    let killed = true
    for (let count = 0; killed; count++) {
      const path = temporaryFile()
      const first = setupMigrate(path)
      try {
        runSync(prepareDatabase(first.options(nothing, migrations)), killAfter(first.connection, count), {
          at: 0,
        })
        killed = false
      } catch (error) {
        expect(error).toBeInstanceOf(Killed)
      }
      // What a process that is gone has not committed is rolled back by the next one.
      first.connection.release()
      const second = setupMigrate(path)
      expectWhole(second.query)
      expect(second.run(prepareDatabase(second.options(nothing, migrations)))).toEqual({ version: 2 })
      expectWhole(second.query)
      expect(second.query('SELECT count(*) FROM A', ['integer'])).toEqual([1])
      expect(count).toBeLessThan(100)
    }
  })

  test('while it rolls back leaves whole migrations', () => {
    let killed = true
    for (let count = 0; killed; count++) {
      const path = temporaryFile()
      const first = setupMigrate(path)
      first.run(prepareDatabase(first.options(nothing, migrations)))
      try {
        const work = rollbackMigrations(first.options(nothing, migrations), { to: 0 })
        runSync(work, killAfter(first.connection, count), { at: 0 })
        killed = false
      } catch (error) {
        expect(error).toBeInstanceOf(Killed)
      }
      first.connection.release()
      const second = setupMigrate(path)
      expectWhole(second.query)
      expect(
        second.run(rollbackMigrations({ ...second.options(nothing, migrations) }, { to: 0 })).version,
      ).toBe(0)
      expect(count).toBeLessThan(100)
    }
  })

  function expectWhole(query: ReturnType<typeof setupMigrate>['query']) {
    const tables = query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", ['text'])
    const version = tables.includes('_dbal_migrations')
      ? Number(query('SELECT coalesce(max(version), 0) FROM _dbal_migrations', ['integer'])[0])
      : 0
    expect(tables.filter((name) => !String(name).startsWith('_dbal_'))).toEqual(tablesAt[version])
  }
})

test('a migration that another process applied meanwhile is not applied again', () => {
  const setup = setupMigrate()
  const options = setup.options(nothing, migrations)
  setup.run(prepareDatabase(options))
  setup.run(applyMigrations(migrations, options, false))
  expect(setup.query('SELECT count(*) FROM A', ['integer'])).toEqual([1])
})

describe('foreign keys', () => {
  const withRows = () => {
    const setup = setupMigrate()
    setup.run(prepareDatabase(setup.options(blog)))
    setup.query('INSERT INTO Author VALUES (?, ?, ?)', [], [ids[0], 'Ann', '2026-01-01T00:00:00.000Z'])
    setup.query('INSERT INTO Post VALUES (?, ?, ?)', [], [ids[1], 'First', ids[0]])
    const apply = (up: Migration['up']) =>
      setup.run(applyMigrations([{ version: 9, name: 'test', up, down: [] }], setup.options(blog), false))
    return { ...setup, apply }
  }

  test('do not cascade while a table is replaced', () => {
    const { apply, query } = withRows()
    apply([
      {
        rebuildEntity: {
          name: 'Author',
          columns: { id: { type: 'uuid' }, name: { type: 'string', max: 100 } },
          primaryKey: ['id'],
          indexes: [],
        },
      },
    ])
    expect(query('SELECT title FROM Post', ['text'])).toEqual(['First'])
    expect(query('SELECT "table" FROM pragma_foreign_key_list(\'Post\')', ['text'])).toEqual(['Author'])
    expect(query('PRAGMA foreign_keys', ['integer'])).toEqual([1])
  })

  test('are checked before the commit', () => {
    const { apply, query } = withRows()
    expect(() => apply(['DELETE FROM Author'])).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: 'Migration 9 "test": a row of Post would refer to a row of Author that does not exist',
      }),
    )
    expect(query('SELECT count(*) FROM Author', ['integer'])).toEqual([1])
    expect(query('PRAGMA foreign_keys', ['integer'])).toEqual([1])
  })

  test('that were off stay off', () => {
    const { apply, query } = withRows()
    query('PRAGMA foreign_keys = OFF')
    apply([])
    expect(query('PRAGMA foreign_keys', ['integer'])).toEqual([0])
  })
})
