import { describe, expect, test } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { Migration } from '../../schema/migration.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { runSync } from '../work.ts'
import { compareTables } from './diff.ts'
import { createEngineTables, dropUnusedEngineTables } from './engine-tables.ts'
import { author, blog, ids, killAfter, type MigrateSetup, post, setupMigrate } from './migrate-setup.cases.ts'
import { sqliteMigrations } from './migration-dialect.ts'
import { migrationStatus } from './migrator.ts'
import { prepareDatabase } from './prepare.ts'
import { tablesOf } from './table.ts'

const open = ({ run, options }: MigrateSetup, schema: SchemaData, migrations?: readonly Migration[]) =>
  run(prepareDatabase(options(schema, migrations)))

const empty = defineSchema({ Author: author })
const createBlog: Migration = {
  version: 1,
  name: 'blog',
  up: compareTables({}, tablesOf(blog)).additions,
  down: [{ dropEntity: 'Post' }, { dropEntity: 'Author' }],
}
const addIcon: Migration = {
  version: 2,
  name: 'icon',
  up: [{ addField: { entity: 'Post', name: 'icon', column: { type: 'string', nullable: true } } }],
  down: [{ dropField: { entity: 'Post', name: 'icon' } }],
}
const blogWithIcon = defineSchema({ Author: author, Post: { fields: { ...post.fields, icon: f.string() } } })

const conflict = (constraint: 'migration' | 'version', message: RegExp) =>
  expect.objectContaining({
    code: 'CONFLICT',
    message: expect.stringMatching(message),
    details: expect.objectContaining({ constraint }),
  } satisfies Partial<DBALError>)

/** Expects a refusal that leaves the file as it was, to the byte. */
function expectRefusal(setup: MigrateSetup, work: () => unknown, error: unknown): void {
  const before = setup.bytes()
  expect(work).toThrow(error as Error)
  expect(Buffer.compare(setup.bytes(), before)).toBe(0)
}

describe('a schema with migrations', () => {
  test('has them all applied at the first opening, each told of', () => {
    const setup = setupMigrate()
    expect(open(setup, blogWithIcon, [addIcon, createBlog])).toEqual({ version: 2 })
    expect(setup.events).toEqual([
      { type: 'migration', version: 1, name: 'blog', state: 'started', done: 0, total: 2 },
      { type: 'migration', version: 1, name: 'blog', state: 'applied', done: 1, total: 2 },
      { type: 'migration', version: 2, name: 'icon', state: 'started', done: 1, total: 2 },
      { type: 'migration', version: 2, name: 'icon', state: 'applied', done: 2, total: 2 },
    ])
    expect(setup.query('SELECT icon FROM Post', ['text'])).toEqual([])
  })

  test('is only looked at when it is opened again', () => {
    const setup = setupMigrate()
    open(setup, blog, [createBlog])
    const before = setup.bytes()
    setup.events.length = 0
    expect(open(setup, blog, [createBlog])).toEqual({ version: 1 })
    expect(setup.events).toEqual([])
    expect(Buffer.compare(setup.bytes(), before)).toBe(0)
  })

  test('costs three questions when nothing is new', () => {
    const { connection, run, options } = setupMigrate()
    run(prepareDatabase(options(blog, [createBlog])))
    runSync(prepareDatabase(options(blog, [createBlog])), killAfter(connection, 3), { at: 0 })
  })

  test('gets what is new at a later opening', () => {
    const setup = setupMigrate()
    open(setup, blog, [createBlog])
    setup.query('INSERT INTO Author VALUES (?, ?, ?)', [], [ids[0], 'Ann', '2026-01-01T00:00:00.000Z'])
    expect(open(setup, blogWithIcon, [createBlog, addIcon])).toEqual({ version: 2 })
    expect(setup.query('SELECT name FROM Author', ['text'])).toEqual(['Ann'])
  })

  test.each<[string, readonly Migration[], 'migration' | 'version', RegExp]>([
    [
      'was changed',
      [{ ...createBlog, down: [] }, addIcon],
      'migration',
      /Migration 1 "blog" is not the one that was applied/,
    ],
    [
      'was renamed',
      [createBlog, { ...addIcon, name: 'other' }],
      'migration',
      /Migration 2 "other" is not the one .*\("icon"\)/,
    ],
    ['is missing', [addIcon], 'migration', /Migration 1 "blog" was applied to this database but is missing/],
    ['is newer than the code', [createBlog], 'version', /version 2, newer than this code, which knows 1/],
    ['is newer than the code', [], 'migration', /made by migrations .*but the code brings none/],
  ])('is refused, and the file left as it is, when one %s', (_, migrations, constraint, message) => {
    const setup = setupMigrate()
    open(setup, blogWithIcon, [createBlog, addIcon])
    expectRefusal(setup, () => open(setup, blogWithIcon, migrations), conflict(constraint, message))
  })

  test('is refused, and the file left as it is, when one comes too late', () => {
    const setup = setupMigrate()
    const tenth: Migration = { version: 10, name: 'tenth', up: [], down: [] }
    const late: Migration = { version: 3, name: 'late', up: [], down: [] }
    open(setup, blogWithIcon, [createBlog, addIcon, tenth])
    expectRefusal(
      setup,
      () => open(setup, blogWithIcon, [createBlog, addIcon, late, tenth]),
      conflict(
        'migration',
        /Migration 3 "late" comes too late: the database is already at version 10; give it the number 11/,
      ),
    )
  })

  test.each<[string, readonly Migration[], RegExp]>([
    [
      'two have one number',
      [createBlog, { ...addIcon, version: 1 }],
      /Two migrations have the number 1: "blog" and "icon"/,
    ],
    [
      'one has no whole number',
      [{ ...createBlog, version: 1.5 }],
      /has the number 1.5; it must be a whole number from 1/,
    ],
    ['one has the number 0', [{ ...createBlog, version: 0 }], /has the number 0/],
    ['one has a text for a number', [{ ...createBlog, version: '1' as never }], /has the number 1/],
  ])('is refused when %s', (_, migrations, message) => {
    const setup = setupMigrate()
    expectRefusal(setup, () => open(setup, blog, migrations), conflict('migration', message))
  })

  test('is refused, with the difference named, when they lead elsewhere', () => {
    const setup = setupMigrate()
    expect(() => open(setup, blogWithIcon, [createBlog])).toThrow(
      conflict('migration', /The migrations do not lead to the schema: Post.icon has no column/),
    )
    expect(() => open(setup, blogWithIcon, [createBlog])).toThrow(conflict('migration', /Post.icon/))
    expect(open(setup, blogWithIcon, [createBlog, addIcon])).toEqual({ version: 2 })
  })

  test('leaves no trace of a migration that fails', () => {
    const setup = setupMigrate()
    open(setup, blog, [createBlog])
    const before = setup.definitions()
    const bad: Migration = {
      version: 2,
      name: 'bad',
      up: ['CREATE TABLE Extra (a); CREATE TABLE Author (a)'],
      down: [],
    }
    setup.events.length = 0
    expect(() => open(setup, blog, [createBlog, bad])).toThrow(
      conflict('migration', /Migration 2 "bad", step 1: .*already/),
    )
    expect(setup.definitions()).toEqual(before)
    expect(setup.events.map(({ state }) => state)).toEqual(['started', 'failed'])
    expect(setup.query('PRAGMA foreign_keys', ['integer'])).toEqual([1])
    expect(open(setup, blog, [createBlog])).toEqual({ version: 1 })
  })
})

test('a database of a later version of the package is refused and left as it is', () => {
  const setup = setupMigrate()
  open(setup, blog)
  setup.query("UPDATE _dbal_meta SET value = '99' WHERE key = 'engine'")
  expectRefusal(setup, () => open(setup, blogWithIcon), conflict('version', /later version of this package/))
})

describe('a schema without migrations', () => {
  test('makes its tables at the first opening, by a recorded migration', () => {
    const setup = setupMigrate()
    expect(open(setup, blog)).toEqual({ version: 1 })
    expect(setup.run(migrationStatus(setup.options(blog))).applied).toMatchObject([
      { version: 1, name: 'initial', generated: true },
    ])
    expect(setup.definitions()).toHaveLength(3)
  })

  test('is only looked at when it is opened again', () => {
    const setup = setupMigrate()
    open(setup, blog)
    const before = setup.bytes()
    expect(open(setup, blog)).toEqual({ version: 1 })
    expect(Buffer.compare(setup.bytes(), before)).toBe(0)
  })

  test('may be empty', () => {
    const setup = setupMigrate()
    const nothing = { name: 'nothing', entities: {} }
    expect(open(setup, nothing)).toEqual({ version: 0 })
    expect(open(setup, nothing)).toEqual({ version: 0 })
    expect(open(setup, blog)).toEqual({ version: 1 })
  })

  test('may grow by entities, by fields that rows can do without, and by indexes', () => {
    const setup = setupMigrate()
    open(setup, empty)
    setup.query('INSERT INTO Author VALUES (?, ?, ?)', [], [ids[0], 'Ann', '2026-01-01T00:00:00.000Z'])
    const grown = defineSchema({
      Author: {
        fields: {
          ...author.fields,
          bio: f.text(),
          rank: f.integer({ default: 3 }),
          nick: f.string({ unique: true }),
          mentorId: f.uuid({ references: 'Author.id' }),
        },
        indexes: [['name', 'rank'], { fields: ['name', 'bio'], unique: true }],
      },
      Post: post,
    })
    expect(open(setup, grown)).toEqual({ version: 2 })
    expect(setup.run(migrationStatus(setup.options(grown))).applied[1]?.name).toBe(
      'add-Author-bio-and-6-more',
    )
    expect(setup.query('SELECT bio, rank FROM Author', ['text', 'integer'])).toEqual([null, 3])
    const fresh = setupMigrate()
    open(fresh, grown)
    const columns = ({ query }: MigrateSetup) =>
      query('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(\'Author\')', [
        'text',
        'text',
        'integer',
        'text',
        'integer',
      ])
    expect(columns(setup)).toEqual(columns(fresh))
    const indexes = ({ query }: MigrateSetup) =>
      query("SELECT sql FROM sqlite_schema WHERE type = 'index' ORDER BY name", ['text'])
    expect(indexes(setup)).toEqual(indexes(fresh))
    expect(open(setup, grown)).toEqual({ version: 2 })
  })

  test('may change what does not stand in the database', () => {
    const setup = setupMigrate()
    open(setup, blog)
    const changed = defineSchema({
      Author: { ...author, accessor: 'writers', rules: [{ roles: ['user'], operations: ['read'] }] },
      Post: { fields: { ...post.fields, title: f.string({ required: true, pattern: '^(a|b)' }) } },
    })
    expect(open(setup, changed)).toEqual({ version: 1 })
  })

  test('may change a default, which is the work of the engine', () => {
    const setup = setupMigrate()
    const ranked = (rank: number) =>
      defineSchema({ A: { fields: { id: f.id(), rank: f.integer({ default: rank }) } } })
    open(setup, ranked(1))
    expect(open(setup, ranked(2))).toEqual({ version: 1 })
    expect(open(setup, ranked(2))).toEqual({ version: 1 })
  })

  const authorWith = (fields: object) =>
    defineSchema({ Author: { fields: { ...author.fields, ...fields } }, Post: post } as never)
  test.each<[string, SchemaData, RegExp]>([
    [
      'an entity less',
      empty,
      /the entity Post is in the database but no longer in the schema.*\{"dropEntity":"Post"\}/,
    ],
    [
      'a field less',
      defineSchema({
        Author: author,
        Post: { fields: { id: post.fields.id, authorId: post.fields.authorId } },
      }),
      /the field Post.title is in the database but no longer in the schema.*dropField/,
    ],
    [
      'a required field more',
      authorWith({ mail: f.string({ required: true }) }),
      /the new field Author.mail takes no null and has no default.*addField.*fill/,
    ],
    [
      'another type',
      authorWith({ name: f.integer({ required: true, max: 50 }) }),
      /the type of Author.name has changed.*rebuildEntity/,
    ],
    [
      'another length',
      authorWith({ name: f.string({ required: true, max: 60 }) }),
      /the maximum of Author.name has changed/,
    ],
    [
      'several facets changed',
      authorWith({ name: f.string({ min: 2, pattern: '^[a-z]+$', caseInsensitive: true }) }),
      /whether null is a value and the comparison of letter case and the minimum and the maximum and the pattern of Author.name/,
    ],
    [
      'another reference',
      defineSchema({
        Author: author,
        Post: { fields: { ...post.fields, authorId: f.uuid({ references: 'Author.id' }) } },
      }),
      /the reference of Post.authorId has changed/,
    ],
    [
      'another key',
      defineSchema({
        Author: author,
        Post: {
          fields: { ...post.fields, id: f.uuid({ required: true }), title: f.string({ primary: true }) },
        },
      }),
      /the primary key of Post has changed/,
    ],
  ])('is refused, and the file left as it is, with %s', (_, schema, message) => {
    const setup = setupMigrate()
    open(setup, blog)
    expectRefusal(setup, () => open(setup, schema), conflict('migration', message))
  })

  test('is refused when a value of an enum, an index or a uniqueness goes', () => {
    const schema = (values: readonly string[], unique: boolean, indexes: readonly (readonly string[])[]) =>
      defineSchema({
        A: {
          fields: { id: f.id(), kind: f.enum(values, { required: true }), nick: f.string({ unique }) },
          indexes,
        },
      })
    const setup = setupMigrate()
    open(setup, schema(['a', 'b'], true, [['kind']]))
    expect(() => open(setup, schema(['a'], true, [['kind']]))).toThrow(
      conflict('migration', /the list of values of A.kind/),
    )
    expect(() => open(setup, schema(['a', 'b'], false, [['kind']]))).toThrow(
      conflict('migration', /A.nick is no longer unique.*dropIndex/),
    )
    expect(() => open(setup, schema(['a', 'b'], true, []))).toThrow(
      conflict('migration', /an index of A over kind is in the database/),
    )
    expect(() => open(setup, schema(['a'], false, []))).toThrow(conflict('migration', /\(and 2 more\)/))
  })

  test('becoming unique is refused while rows are not', () => {
    const schema = (unique: boolean) =>
      defineSchema({ A: { fields: { id: f.id(), nick: f.string({ unique }) } } })
    const setup = setupMigrate()
    open(setup, schema(false))
    setup.query('INSERT INTO A VALUES (?, ?), (?, ?)', [], [ids[0], 'x', ids[1], 'x'])
    expect(() => open(setup, schema(true))).toThrow(
      conflict('migration', /add-index", step 1: rows that exist are not unique/),
    )
    expect(open(setup, schema(false))).toEqual({ version: 1 })
    setup.query('DELETE FROM A')
    expect(open(setup, schema(true))).toEqual({ version: 2 })
  })

  test('does not take over a table that was there before', () => {
    const setup = setupMigrate()
    setup.query('CREATE TABLE author (id)')
    expectRefusal(
      setup,
      () => open(setup, blog),
      conflict('migration', /holds a table Author that was not made from this schema/),
    )
  })
})

describe('an app that began without migrations', () => {
  test('keeps its databases when it gets them', () => {
    const setup = setupMigrate()
    open(setup, blog)
    setup.query('INSERT INTO Author VALUES (?, ?, ?)', [], [ids[0], 'Ann', '2026-01-01T00:00:00.000Z'])
    expect(open(setup, blogWithIcon, [createBlog, addIcon])).toEqual({ version: 2 })
    expect(setup.run(migrationStatus(setup.options(blogWithIcon, [createBlog, addIcon])))).toMatchObject({
      version: 2,
      applied: [
        { version: 1, name: 'blog', generated: false },
        { version: 2, name: 'icon', generated: false },
      ],
      pending: [],
    })
    expect(setup.query('SELECT name FROM Author', ['text'])).toEqual(['Ann'])
    expect(open(setup, blogWithIcon, [createBlog, addIcon])).toEqual({ version: 2 })
  })

  test.each<[string, readonly Migration[]]>([
    [
      'lead elsewhere',
      [
        {
          version: 1,
          name: 'x',
          up: [
            {
              createEntity: { name: 'X', columns: { id: { type: 'uuid' } }, primaryKey: ['id'], indexes: [] },
            },
          ],
          down: [],
        },
      ],
    ],
    ['are SQL', [{ version: 1, name: 'x', up: ['CREATE TABLE Author (id)'], down: [] }]],
  ])('is refused when they %s', (_, migrations) => {
    const setup = setupMigrate()
    open(setup, blog)
    expectRefusal(
      setup,
      () => open(setup, blog, migrations),
      conflict('migration', /no first part of the migrations leads to the same tables/),
    )
  })
})

describe('a foreign file', () => {
  test('keeps its tables as they are', () => {
    const setup = setupMigrate()
    setup.query('CREATE TABLE Author (whatever)')
    const before = setup.definitions()
    const options = { ...setup.options(blog), foreign: true }
    expect(setup.run(prepareDatabase(options))).toEqual({ version: 0 })
    expect(setup.definitions()).toEqual(before)
    expect(setup.query('SELECT count(*) FROM _dbal_audit', ['integer'])).toEqual([0])
    expect(setup.run(prepareDatabase(options))).toEqual({ version: 0 })
    expect(setup.events).toEqual([])
  })

  test('that was only read is given back without the tables of the engine', () => {
    const setup = setupMigrate()
    setup.query('CREATE TABLE Author (whatever)')
    const names = () => setup.query('SELECT name FROM sqlite_schema', ['text'])
    setup.run(prepareDatabase({ ...setup.options(blog), foreign: true }))
    expect(setup.run(dropUnusedEngineTables(sqliteMigrations))).toBe(true)
    expect(names()).toEqual(['Author'])
    setup.run(createEngineTables(sqliteMigrations))
    setup.query("INSERT INTO _dbal_outcomes VALUES ('client', 0, 0, '[]')")
    expect(setup.run(dropUnusedEngineTables(sqliteMigrations))).toBe(false)
    expect(names()).toContain('_dbal_audit')
  })

  test('that is a database of ours tells its version', () => {
    const setup = setupMigrate()
    open(setup, blog)
    expect(setup.run(prepareDatabase({ ...setup.options(blog), foreign: true }))).toEqual({ version: 1 })
  })
})
