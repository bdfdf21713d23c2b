import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Connection, Driver } from '../../drivers/driver.ts'
import { openNodeSqlite } from '../../drivers/node-sqlite.ts'
import { loadSqlite, openSqliteWasm } from '../../drivers/sqlite-wasm.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { Migration } from '../../schema/migration.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { rollbackMigrations } from '../migrate/migrator.ts'
import { type PrepareOptions, prepareDatabase } from '../migrate/prepare.ts'
import { EntityModel } from '../model.ts'
import { runSync, type Work } from '../work.ts'
import { definitionsOf, namesOf, wordIndexOf } from './definition.ts'
import { Refresh } from './refresh.ts'

const fields = {
  id: f.id(),
  title: f.string({ required: true }),
  body: f.text(),
  shelfId: f.uuid({ references: 'Shelf.id', onDelete: 'cascade' }),
}
const Shelf = { fields: { id: f.id() } }
const searched = (search: readonly string[]) =>
  defineSchema({ Shelf, Paper: { fields, search } }) as SchemaData
const plain = searched([])
const byTitle = searched(['title'])
const byBoth = searched(['title', 'body'])

const wasmBinary = readFileSync(
  createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'),
)
const sqlite3 = await loadSqlite({ wasmBinary })

const drivers: readonly (readonly [string, () => Promise<Driver>])[] = [
  ['node:sqlite', async () => openNodeSqlite(':memory:')],
  ['sqlite-wasm', () => openSqliteWasm({ sqlite3, storage: { kind: 'memory' } })],
]

const id = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`

async function setup(open: () => Promise<Driver>) {
  const driver = await open()
  onTestFinished(() => void driver.close())
  const connection = (await driver.acquire()) as Connection
  const query = (
    sql: string,
    columns: readonly ('text' | 'integer' | 'any')[] = [],
    values: unknown[] = [],
  ) =>
    (connection.execute({ sql, columns, once: true }, values as never, 0) as { values: readonly unknown[] })
      .values
  const run = <T>(work: Work<T>) => runSync(work, connection, { at: 0 })
  const options = (schema: SchemaData, migrations: readonly Migration[] = []): PrepareOptions => ({
    schema,
    migrations,
    dialect: sqliteDialect,
    wordIndexes: true,
    now: '2026-01-15T10:30:00.000Z',
    onProgress: () => {},
  })
  const prepare = (schema: SchemaData, migrations?: readonly Migration[]) =>
    run(prepareDatabase(options(schema, migrations)))
  const names = namesOf('Paper')
  const refresh = (schema: SchemaData) => {
    query('BEGIN')
    run(new Refresh(new EntityModel('Paper', schema.entities['Paper'] as never, [])).all())
    query('COMMIT')
  }
  return {
    driver,
    query,
    run,
    options,
    prepare,
    add: (number: number, title: string, body: string | null = null, shelf: string | null = null) =>
      query('INSERT INTO Paper VALUES (?, ?, ?, ?)', [], [id(number), title, body, shelf]),
    refresh,
    /** Titles of the rows whose indexed words match, once what waits is worked off. */
    find: (schema: SchemaData, expression: string) => {
      refresh(schema)
      return query(
        `SELECT t.title FROM Paper t JOIN "${names.docs}" d ON d.k0 = t.id WHERE d.doc IN (SELECT rowid FROM "${names.text}" WHERE "${names.text}" MATCH ?) ORDER BY 1`,
        ['text'],
        [expression],
      )
    },
    waiting: () => query(`SELECT k0 FROM "${names.queue}" ORDER BY 1`, ['text']),
    objects: () =>
      query("SELECT name FROM sqlite_schema WHERE name LIKE '\\_dbal\\_search.%' ESCAPE '\\' ORDER BY 1", [
        'text',
      ]),
    /** The index is whole, and has exactly the rows of the table. */
    expectSound: () => {
      query(`INSERT INTO "${names.text}" ("${names.text}") VALUES ('integrity-check')`)
      expect(query('PRAGMA integrity_check', ['text'])).toEqual(['ok'])
      const ids = query('SELECT id FROM Paper ORDER BY 1', ['text'])
      expect(query(`SELECT k0 FROM "${names.docs}" ORDER BY 1`, ['text'])).toEqual(ids)
      expect(query(`SELECT count(*) FROM "${names.text}"`, ['integer'])).toEqual([ids.length])
    },
  }
}

describe.each(drivers)('on %s the index', (_, open) => {
  test('stands as it is defined', async () => {
    const { prepare, query } = await setup(open)
    prepare(byBoth)
    const index = wordIndexOf({ name: 'Paper', data: byBoth.entities['Paper'] as never })
    for (const { type, name, sql } of definitionsOf(index as never)) {
      expect(query('SELECT type, sql FROM sqlite_schema WHERE name = ?', ['text', 'text'], [name])).toEqual([
        type,
        sql,
      ])
    }
  })

  test('follows rows that come, change, go and go with others', async () => {
    const { prepare, query, add, find, expectSound, waiting } = await setup(open)
    prepare(byBoth)
    query('INSERT INTO Shelf VALUES (?)', [], [id(0)])
    add(1, 'amber', 'glass')
    add(2, 'glass', null, id(0))
    add(3, 'stone')
    expect(waiting()).toEqual([id(1), id(2), id(3)])
    expect(find(byBoth, 'glass')).toEqual(['amber', 'glass'])
    expect(waiting()).toEqual([])
    query("UPDATE Paper SET body = 'wood' WHERE title = 'amber'")
    expect(find(byBoth, 'glass')).toEqual(['glass'])
    expect(find(byBoth, 'wood')).toEqual(['amber'])
    query("UPDATE Paper SET shelfId = NULL, body = body WHERE title = 'stone'")
    expect(waiting()).toEqual([])
    query('DELETE FROM Shelf')
    expect(waiting()).toEqual([id(2)])
    expect(find(byBoth, 'glass')).toEqual([])
    expectSound()
    query('INSERT OR REPLACE INTO Paper VALUES (?, ?, NULL, NULL)', [], [id(1), 'iron'])
    query(
      'INSERT INTO Paper VALUES (?, ?, NULL, NULL) ON CONFLICT (id) DO UPDATE SET title = excluded.title',
      [],
      [id(3), 'copper'],
    )
    expect(find(byBoth, 'amber OR stone OR wood')).toEqual([])
    expect(find(byBoth, 'iron OR copper')).toEqual(['copper', 'iron'])
    query('UPDATE Paper SET id = ? WHERE id = ?', [], [id(9), id(3)])
    expect(find(byBoth, 'copper')).toEqual(['copper'])
    query('DELETE FROM Paper WHERE id = ?', [], [id(9)])
    expect(find(byBoth, 'copper')).toEqual([])
    expectSound()
  })

  test('follows nothing that was rolled back, even in part', async () => {
    const { prepare, query, add, find, refresh, expectSound } = await setup(open)
    prepare(byBoth)
    add(1, 'amber')
    expect(find(byBoth, 'amber')).toEqual(['amber'])
    query('BEGIN')
    add(2, 'amber')
    query("UPDATE Paper SET title = 'glass' WHERE id = ?", [], [id(1)])
    query('ROLLBACK')
    query('BEGIN')
    add(3, 'amber three')
    query('SAVEPOINT x')
    add(4, 'amber')
    query('ROLLBACK TO x')
    query('COMMIT')
    expect(find(byBoth, 'amber')).toEqual(['amber', 'amber three'])
    // What was worked off inside of a transaction goes back with it.
    query('BEGIN')
    add(5, 'amber')
    query('ROLLBACK')
    refresh(byBoth)
    expectSound()
  })

  test('is untouched by VACUUM, which may renumber the rows of a table', async () => {
    const { driver, prepare, query, add, find, expectSound } = await setup(open)
    prepare(byBoth)
    for (let number = 1; number <= 60; number++) add(number, `word${number}`)
    expect(find(byBoth, 'word40')).toEqual(['word40'])
    query('DELETE FROM Paper WHERE id < ?', [], [id(40)])
    await driver.vacuum()
    // As if it had given out other numbers.
    query('UPDATE Paper SET rowid = 1000 - rowid')
    expect(find(byBoth, 'word40')).toEqual(['word40'])
    expect(find(byBoth, 'word5')).toEqual([])
    query("UPDATE Paper SET title = 'other' WHERE id = ?", [], [id(41)])
    query('DELETE FROM Paper WHERE id = ?', [], [id(40)])
    expect(find(byBoth, 'other')).toEqual(['other'])
    expect(find(byBoth, 'word40 OR word41')).toEqual([])
    expectSound()
  })

  test('comes to a database that is there, changes with the schema and goes with it', async () => {
    const { prepare, query, add, find, objects, expectSound } = await setup(open)
    prepare(plain)
    expect(objects()).toEqual([])
    for (let number = 1; number <= 25; number++) add(number, `amber ${number}`, 'glass')
    prepare(byTitle)
    expect(find(byTitle, 'amber')).toHaveLength(25)
    expect(find(byTitle, 'glass')).toEqual([])
    expectSound()
    prepare(byBoth)
    expect(find(byBoth, 'c1 : glass')).toHaveLength(25)
    query("UPDATE Paper SET body = 'wood' WHERE id = ?", [], [id(7)])
    expect(find(byBoth, 'wood')).toEqual(['amber 7'])
    prepare(plain)
    expect(objects()).toEqual([])
    query("UPDATE Paper SET body = 'stone' WHERE id = ?", [], [id(7)])
    prepare(byBoth)
    expect(find(byBoth, 'stone')).toEqual(['amber 7'])
  })

  test('is made anew when somebody has changed it', async () => {
    const { prepare, query, add, find, waiting } = await setup(open)
    prepare(byTitle)
    add(1, 'amber')
    for (const spoil of [
      'DROP TRIGGER "_dbal_search.Paper.changed"',
      'DROP TABLE "_dbal_search.Paper.docs"',
      'DROP TABLE "_dbal_search.Paper.text"',
      'DROP TRIGGER "_dbal_search.Paper.added"; CREATE TRIGGER "_dbal_search.Paper.added" AFTER INSERT ON "Paper" BEGIN SELECT 1; END',
    ]) {
      for (const sql of spoil.split('; CREATE').map((part, at) => (at ? `CREATE${part}` : part))) query(sql)
      query("UPDATE Paper SET title = title || 'x'")
      prepare(byTitle)
      expect(waiting()).toEqual([])
      expect(find(byTitle, 'amber*')).toEqual(query('SELECT title FROM Paper', ['text']))
    }
  })

  test('that fits is left alone at an opening', async () => {
    const { prepare, add, waiting } = await setup(open)
    prepare(byTitle)
    add(1, 'amber')
    prepare(byTitle)
    expect(waiting()).toEqual([id(1)])
  })

  test('is brought up to date at an opening when much waits', async () => {
    const { prepare, query, find, waiting, expectSound } = await setup(open)
    prepare(byTitle)
    query(
      `WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
INSERT INTO Paper (id, title) SELECT printf('01890000-0000-7000-8000-%012d', i), 'word' || i FROM n`,
    )
    expect(waiting()).toHaveLength(25_000)
    prepare(byTitle)
    expect(waiting()).toEqual([])
    expect(find(byTitle, 'word24999')).toEqual(['word24999'])
    expectSound()
  })
})

describe('migrations', () => {
  const create: Migration = {
    version: 1,
    name: 'one',
    up: [
      { createEntity: { name: 'Shelf', columns: { id: { type: 'uuid' } }, primaryKey: ['id'], indexes: [] } },
      {
        createEntity: {
          name: 'Paper',
          columns: {
            id: { type: 'uuid' },
            title: { type: 'string' },
            body: { type: 'text', nullable: true },
            shelfId: {
              type: 'uuid',
              nullable: true,
              references: { entity: 'Shelf', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
            },
          },
          primaryKey: ['id'],
          indexes: [{ fields: ['shelfId'] }],
        },
      },
    ],
    down: [{ dropEntity: 'Paper' }, { dropEntity: 'Shelf' }],
  }
  const rename: Migration = {
    version: 2,
    name: 'two',
    up: [
      { renameField: { entity: 'Paper', from: 'body', to: 'text' } },
      "UPDATE Paper SET title = 'changed by the migration'",
    ],
    down: [{ renameField: { entity: 'Paper', from: 'text', to: 'body' } }],
  }
  const { body: _, ...others } = fields
  const renamed: SchemaData = defineSchema({
    Shelf,
    Paper: { fields: { ...others, text: f.text() }, search: ['title', 'text'] },
  })
  const dropped: Migration = {
    version: 3,
    name: 'three',
    up: [{ dropField: { entity: 'Paper', name: 'text' } }],
    down: [{ addField: { entity: 'Paper', name: 'text', column: { type: 'text', nullable: true } } }],
  }
  const open = async () => openNodeSqlite(':memory:')

  test('that somebody wrote say nothing of indexes, and get them', async () => {
    const { prepare, add, find, expectSound } = await setup(open)
    prepare(byBoth, [create])
    add(1, 'amber')
    prepare(renamed, [create, rename])
    expect(find(renamed, 'migration')).toEqual(['changed by the migration'])
    expectSound()
    const last: SchemaData = defineSchema({ Shelf, Paper: { fields: others, search: ['title'] } })
    prepare(last, [create, rename, dropped])
    expect(find(last, 'migration')).toEqual(['changed by the migration'])
    expectSound()
  })

  test('that fail leave the index as it was', async () => {
    const { prepare, query, add, find } = await setup(open)
    prepare(byBoth, [create])
    add(1, 'amber')
    const bad: Migration = { version: 2, name: 'bad', up: ['DELETE FROM Nothing'], down: [] }
    expect(() => prepare(byBoth, [create, bad])).toThrow(expect.objectContaining({ code: 'CONFLICT' }))
    query("UPDATE Paper SET title = 'glass'")
    expect(find(byBoth, 'glass')).toEqual(['glass'])
  })

  test('that are taken back take the index with the table', async () => {
    const { prepare, run, options, objects } = await setup(open)
    prepare(byBoth, [create])
    expect(objects()).not.toEqual([])
    run(rollbackMigrations(options(byBoth, [create]), { to: 0 }))
    expect(objects()).toEqual([])
    prepare(byBoth, [create])
    expect(objects()).not.toEqual([])
  })
})

describe('keys', () => {
  const open = async () => openNodeSqlite(':memory:')
  const entity = (definition: object) =>
    defineSchema({ Word: { search: ['text'], ...definition } as never }) as SchemaData

  test.each<[string, object, readonly (readonly unknown[])[]]>([
    [
      'that are numbers',
      { fields: { id: f.integer({ primary: true }), text: f.string() } },
      [[7], [8], [2 ** 40]],
    ],
    [
      'of two fields',
      {
        fields: { shop: f.string({ primary: true }), code: f.integer({ primary: true }), text: f.string() },
      },
      [
        ['a', 1],
        ['a', 2],
        ['b', 1],
      ],
    ],
    [
      'that do not regard case',
      { fields: { name: f.string({ primary: true, caseInsensitive: true }), text: f.string() } },
      [['Ann'], ['BOB'], ['zoë']],
    ],
  ])('%s', async (_, definition, keys) => {
    const schema = entity(definition)
    const data = schema.entities['Word'] as never
    const { prepare, query, run } = await setup(open)
    prepare(schema)
    const { text, docs } = namesOf('Word')
    const refresh = () => run(new Refresh(new EntityModel('Word', data, [])).all())
    const count = (word: string) =>
      query(`SELECT count(*) FROM "${text}" WHERE "${text}" MATCH ?`, ['integer'], [word])
    for (const key of keys)
      query(`INSERT INTO Word VALUES (${key.map(() => '?').join(', ')}, 'amber')`, [], [...key])
    refresh()
    expect(count('amber')).toEqual([3])
    query("UPDATE Word SET text = 'glass'")
    refresh()
    expect([count('amber'), count('glass')]).toEqual([[0], [3]])
    if (definition && 'fields' in definition && 'name' in (definition.fields as object)) {
      query("UPDATE Word SET name = 'ANN' WHERE name = 'ann'")
      refresh()
      expect(query(`SELECT k0 FROM "${docs}" ORDER BY 1`, ['any'])).toEqual(['ANN', 'BOB', 'zoë'])
    }
    query('DELETE FROM Word')
    refresh()
    expect(count('glass')).toEqual([0])
    expect(query(`SELECT count(*) FROM "${docs}"`, ['integer'])).toEqual([0])
  })
})

describe('a file of somebody else’s', () => {
  const open = async () => openNodeSqlite(':memory:')
  const openForeign = ({ run, options }: Awaited<ReturnType<typeof setup>>) =>
    run(prepareDatabase({ ...options(plain), foreign: true }))

  test('may bring indexes of ours, and keeps them', async () => {
    const file = await setup(open)
    file.prepare(byBoth)
    file.add(1, 'amber')
    expect(openForeign(file)).toMatchObject({ version: 1 })
    file.add(2, 'glass')
    expect(file.waiting()).toEqual([id(1), id(2)])
  })

  test.each<[string, readonly string[]]>([
    [
      'a trigger of ours that does something else',
      [
        'DROP TRIGGER "_dbal_search.Paper.removed"',
        'CREATE TRIGGER "_dbal_search.Paper.removed" AFTER DELETE ON "Paper" BEGIN DELETE FROM Shelf; END',
      ],
    ],
    [
      'a trigger more on a table of an index',
      ['CREATE TRIGGER x AFTER INSERT ON "_dbal_search.Paper.queue" BEGIN DELETE FROM Shelf; END'],
    ],
    ['a part of an index alone', ['DROP TABLE "_dbal_search.Paper.docs"']],
    ['a table under the name of an index', ['CREATE TABLE "_dbal_search.Shelf.docs" (x)']],
    ['a table under a name like one', ['CREATE TABLE "_dbal_search.Shelf.else" (x)']],
  ])('with %s is not opened', async (_, texts) => {
    const file = await setup(open)
    file.prepare(byBoth)
    for (const sql of texts) file.query(sql)
    expect(() => openForeign(file)).toThrow(
      expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining('cannot be trusted') }),
    )
  })
})

test('names that FTS5 keeps for itself are fields like others', async () => {
  const schema = defineSchema({
    rank: { fields: { id: f.id(), rank: f.string(), rowid: f.string() }, search: ['rank', 'rowid'] },
    rank_data: { fields: { id: f.id(), rank: f.string() }, search: ['rank'] },
  }) as SchemaData
  const { prepare, query } = await setup(async () => openNodeSqlite(':memory:'))
  prepare(schema)
  query("INSERT INTO rank VALUES (?, 'a', 'b')", [], [id(1)])
  prepare(schema)
  expect(query('SELECT count(*) FROM "_dbal_search.rank.queue"', ['integer'])).toEqual([1])
})
