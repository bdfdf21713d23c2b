import { describe, expect, test } from 'vitest'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import { checkTables } from './check.ts'
import { setupMigrate } from './migrate-setup.cases.ts'
import { sqliteMigrations } from './migration-dialect.ts'
import { tablesOf } from './table.ts'

const tables = tablesOf(
  defineSchema({
    Author: { fields: { id: f.id() } },
    Post: {
      fields: {
        id: f.id(),
        slug: f.string({ required: true, unique: true, caseInsensitive: true }),
        rank: f.integer(),
        authorId: f.uuid({ references: 'Author.id', onDelete: 'cascade' }),
      },
      indexes: [['rank', 'slug']],
    },
  }),
)

const authorSql = 'CREATE TABLE Author (id TEXT PRIMARY KEY NOT NULL)'
const sql = {
  id: 'id TEXT PRIMARY KEY NOT NULL',
  slug: 'slug TEXT NOT NULL COLLATE NOCASE UNIQUE',
  rank: 'rank INTEGER',
  authorId: 'authorId TEXT REFERENCES Author ON DELETE CASCADE',
}
const indexSql = 'CREATE INDEX by_rank ON Post (rank, slug)'

function check(columns: Partial<typeof sql> & Record<string, string>, more: readonly string[] = [indexSql]) {
  const { query, run } = setupMigrate()
  for (const text of [
    authorSql,
    `CREATE TABLE Post (${Object.values({ ...sql, ...columns })
      .filter(Boolean)
      .join(', ')})`,
    ...more,
  ])
    query(text)
  run(checkTables(tables, sqliteMigrations))
}

describe('tables made by hand', () => {
  test('are taken when they are what the schema needs', () => {
    expect(() => check({})).not.toThrow()
  })

  test('may have more than the schema needs', () => {
    expect(() =>
      check({ extra: 'extra TEXT', counted: 'counted INTEGER NOT NULL DEFAULT 0' }, [
        indexSql,
        'CREATE INDEX again ON Post (slug, rank)',
        'CREATE TABLE More (a)',
      ]),
    ).not.toThrow()
  })

  test('may have a unique index where a plain one would do', () => {
    expect(() => check({}, ['CREATE UNIQUE INDEX by_rank ON Post (rank, slug)'])).not.toThrow()
  })

  test.each<[string, Record<string, string>, readonly string[] | undefined, RegExp]>([
    ['a missing column', { rank: '' }, [], /Post.rank has no column/],
    ['another type', { rank: 'rank TEXT' }, undefined, /Post.rank has a column of type TEXT, not INTEGER/],
    ['no type', { rank: 'rank' }, undefined, /Post.rank has a column of type none, not INTEGER/],
    [
      'a null that is not taken',
      { rank: 'rank INTEGER NOT NULL' },
      undefined,
      /Post.rank takes null, but its column does not/,
    ],
    [
      'a null that is taken',
      { slug: 'slug TEXT COLLATE NOCASE UNIQUE' },
      undefined,
      /Post.slug takes no null, but its column does/,
    ],
    [
      'letter case regarded',
      { slug: 'slug TEXT NOT NULL UNIQUE' },
      undefined,
      /Post.slug does not regard letter case/,
    ],
    [
      'letter case not regarded',
      { authorId: 'authorId TEXT COLLATE NOCASE REFERENCES Author ON DELETE CASCADE' },
      undefined,
      /Post.authorId regards letter case/,
    ],
    [
      'no foreign key',
      { authorId: 'authorId TEXT' },
      undefined,
      /Post.authorId has no foreign key to Author.id/,
    ],
    [
      'another action',
      { authorId: 'authorId TEXT REFERENCES Author (id)' },
      undefined,
      /no foreign key .* with the schema's actions/,
    ],
    [
      'no uniqueness',
      { slug: 'slug TEXT NOT NULL COLLATE NOCASE' },
      undefined,
      /Post has no unique index over slug/,
    ],
    [
      'a partial uniqueness',
      { slug: 'slug TEXT NOT NULL COLLATE NOCASE' },
      [indexSql, 'CREATE UNIQUE INDEX u ON Post (slug) WHERE rank > 1'],
      /no unique index over slug/,
    ],
    ['no index', {}, [], /Post has no index over rank, slug/],
    [
      'an index in another order',
      {},
      ['CREATE INDEX i ON Post (slug, rank)'],
      /Post has no index over rank, slug/,
    ],
    [
      'an index over an expression',
      {},
      ['CREATE INDEX i ON Post (rank, lower(slug))'],
      /Post has no index over rank, slug/,
    ],
    ['no key', { id: 'id TEXT NOT NULL' }, undefined, /the primary key of Post is not id/],
    [
      'another key',
      { id: 'id TEXT NOT NULL', key: 'PRIMARY KEY (id, slug)' },
      undefined,
      /the primary key of Post is not id/,
    ],
    [
      'a foreign column that must have a value',
      { extra: 'extra TEXT NOT NULL' },
      undefined,
      /a column extra that the schema does not have and that must not be null/,
    ],
  ])('are refused with %s', (_, columns, more, message) => {
    expect(() => check(columns as never, more)).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringMatching(message),
        details: expect.objectContaining({ constraint: 'migration', entity: 'Post' }),
      }),
    )
  })

  test('are refused when one is missing', () => {
    const { run } = setupMigrate()
    expect(() => run(checkTables(tables, sqliteMigrations))).toThrow(/there is no table Author/)
  })
})
