import { describe, expect, test } from 'vitest'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { Migration } from '../../schema/migration.ts'
import { author, blog, post, setupMigrate } from './migrate-setup.cases.ts'
import { migrate, migrationStatus, rollbackMigrations } from './migrator.ts'
import { prepareDatabase } from './prepare.ts'

const table = (name: string): Migration => ({
  version: name.charCodeAt(0) - 64,
  name: `make-${name}`,
  up: [{ createEntity: { name, columns: { id: { type: 'uuid' } }, primaryKey: ['id'], indexes: [] } }],
  down: [{ dropEntity: name }],
})
const migrations = ['A', 'B', 'C'].map(table)
const schema = defineSchema({
  A: { fields: { id: f.id() } },
  B: { fields: { id: f.id() } },
  C: { fields: { id: f.id() } },
})

function setup() {
  const database = setupMigrate()
  const options = database.options(schema, migrations)
  database.run(prepareDatabase(options))
  database.events.length = 0
  const tables = () =>
    database.query(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_dbal%' ESCAPE '\\' ORDER BY 1",
      ['text'],
    )
  return { ...database, options, tables }
}

const refusal = (path: string) =>
  expect.objectContaining({
    code: 'VALIDATION_ERROR',
    details: { issues: [expect.objectContaining({ path })] },
  })

describe('the status', () => {
  test('tells what was applied and what is pending', () => {
    const { run, options } = setup()
    run(rollbackMigrations(options, { steps: 1 }))
    expect(run(migrationStatus(options))).toEqual({
      version: 2,
      latest: 3,
      applied: [
        { version: 1, name: 'make-A', appliedAt: '2026-01-15T10:30:00.000Z', generated: false },
        { version: 2, name: 'make-B', appliedAt: '2026-01-15T10:30:00.000Z', generated: false },
      ],
      pending: [{ version: 3, name: 'make-C' }],
    })
  })

  test('of a schema without migrations tells of the generated ones', () => {
    const { run, options } = setupMigrate()
    run(prepareDatabase(options(blog)))
    expect(run(migrationStatus(options(blog)))).toMatchObject({ version: 1, latest: 1, pending: [] })
  })
})

describe('a rollback', () => {
  test('of so many steps undoes the last ones, the last first', () => {
    const { run, options, tables, events } = setup()
    expect(run(rollbackMigrations(options, { steps: 2 })).version).toBe(1)
    expect(tables()).toEqual(['A'])
    expect(events.map(({ version, state, done, total }) => [version, state, done, total])).toEqual([
      [3, 'started', 0, 2],
      [3, 'applied', 1, 2],
      [2, 'started', 1, 2],
      [2, 'applied', 2, 2],
    ])
  })

  test('to a version keeps that version', () => {
    const { run, options, tables } = setup()
    expect(run(rollbackMigrations(options, { to: 2 })).version).toBe(2)
    expect(tables()).toEqual(['A', 'B'])
    expect(run(rollbackMigrations(options, { to: 0 })).version).toBe(0)
    expect(tables()).toEqual([])
  })

  test('is undone by the next opening', () => {
    const { run, options, tables } = setup()
    run(rollbackMigrations(options, { to: 0 }))
    expect(run(prepareDatabase(options))).toEqual({ version: 3 })
    expect(tables()).toEqual(['A', 'B', 'C'])
  })

  test('goes by what was recorded when the migration was applied', () => {
    const { run, options, tables } = setup()
    run(rollbackMigrations({ ...options, migrations: [...migrations] }, { steps: 1 }))
    expect(tables()).toEqual(['A', 'B'])
  })

  test('that fails leaves the migration applied', () => {
    const database = setupMigrate()
    const options = database.options(schema, [
      ...migrations.slice(0, 2),
      { ...table('C'), down: [{ dropEntity: 'C' }, 'SELEKT'] },
    ])
    database.run(prepareDatabase(options))
    expect(() => database.run(rollbackMigrations(options, { steps: 1 }))).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringMatching(/Migration 3 "make-C", rollback, step 2/),
      }),
    )
    expect(database.run(migrationStatus(options)).version).toBe(3)
  })

  test.each([
    [{ steps: 0 }, 'steps'],
    [{ steps: 4 }, 'steps'],
    [{ steps: 1.5 }, 'steps'],
    [{ to: 4 }, 'to'],
    [{ to: -1 }, 'to'],
  ])('to %j is refused', (target, path) => {
    const { run, options, tables } = setup()
    expect(() => run(rollbackMigrations(options, target))).toThrow(refusal(path))
    expect(tables()).toEqual(['A', 'B', 'C'])
  })

  test('of generated migrations is undone by the next opening too', () => {
    const database = setupMigrate()
    const grown = defineSchema({ Author: { fields: { ...author.fields, bio: f.text() } }, Post: post })
    database.run(prepareDatabase(database.options(blog)))
    database.run(prepareDatabase(database.options(grown)))
    expect(database.run(rollbackMigrations(database.options(grown), { steps: 1 })).version).toBe(1)
    expect(database.query("SELECT name FROM pragma_table_info('Author')", ['text'])).not.toContain('bio')
    expect(database.run(prepareDatabase(database.options(blog)))).toEqual({ version: 1 })
    expect(database.run(migrate(database.options(grown))).version).toBe(2)
    expect(database.query("SELECT name FROM pragma_table_info('Author')", ['text'])).toContain('bio')
    expect(database.run(rollbackMigrations(database.options(grown), { to: 0 })).version).toBe(0)
    expect(database.definitions()).toEqual([])
  })
})

describe('migrating', () => {
  test('goes as far as it is told', () => {
    const { run, options, tables } = setup()
    run(rollbackMigrations(options, { to: 0 }))
    expect(run(migrate(options, 2)).version).toBe(2)
    expect(tables()).toEqual(['A', 'B'])
    expect(run(migrate(options, 2)).version).toBe(2)
    expect(run(migrate(options)).version).toBe(3)
    expect(tables()).toEqual(['A', 'B', 'C'])
    expect(run(migrate(options)).pending).toEqual([])
  })

  test.each([2, 9])('to %i is refused', (to) => {
    const { run, options } = setup()
    expect(() => run(migrate(options, to))).toThrow(refusal('to'))
  })
})
