/** Full-text search on PostgreSQL: it finds what SQLite's index finds, in that order, and its index follows by itself. */

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Driver } from '../src/drivers/driver.ts'
import { postgresDialect } from '../src/engine/postgres/dialect.ts'
import { type Row, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import type { Migration } from '../src/schema/migration.ts'
import type { SchemaData } from '../src/schema/schema.ts'
import { openTestEngine, type TestCaller } from './support/engine.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())

const shelf = { fields: { id: f.id(), name: f.string() } }
const paper = {
  id: f.id(),
  title: f.string({ required: true, caseInsensitive: true }),
  body: f.text(),
  shelfId: f.uuid({ references: 'Shelf.id', onDelete: 'cascade' }),
}
const library = defineSchema({ Shelf: shelf, Paper: { fields: paper, search: ['title', 'body'] } })

const id = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`

const search = async (caller: TestCaller, query: string, options: object = {}): Promise<Row[]> =>
  unpackRows((await caller.call('search', 'Paper', query, { limit: 100, ...options })) as never)
const titles = async (caller: TestCaller, query: string) =>
  (await search(caller, query)).map(({ title }) => title)

async function openOn(schema: string, data: SchemaData = library, migrations: readonly Migration[] = []) {
  const driver = await server.open({ schema })
  const opened = await openTestEngine({
    schema: data,
    migrations,
    driver,
    dialect: postgresDialect,
    sandbox: 'disabled',
  })
  return { ...opened, god: opened.as('supergod'), driver }
}

async function ask(driver: Driver, sql: string, column = true): Promise<readonly unknown[]> {
  const connection = await driver.acquire()
  try {
    return (await connection.execute({ sql, columns: column ? ['text'] : [], once: true }, [], 0)).values
  } finally {
    connection.release()
  }
}

const indexes = (driver: Driver) =>
  ask(
    driver,
    `select relname from pg_class where relname like '\\_dbal\\_search\\_%' and relnamespace = current_schema()::regnamespace`,
  )

/** Letters as SQLite's table of 2012 has them, too: it knows no capitals of Georgian and no accent on Æ. */
const words = [
  ...[
    'amber',
    'ambers',
    'Amber',
    'glass',
    'été',
    'ETE',
    'e\u0301te\u0301',
    'Zoë',
    'x',
    'x1',
    '12',
    '½',
    'Łódź',
    'ŁÓDŹ',
  ],
  ...[
    'ΣΊΣΥΦΟΣ',
    'σίσυφος',
    'Ёж',
    'ёж',
    'Еж',
    'йод',
    'ЙОД',
    'Æther',
    'æther',
    'ǅur',
    'ǆur',
    'ﬁsh',
    'Straße',
    'STRASSE',
  ],
  ...[
    'İzmir',
    'ılık',
    'Հայ',
    'հայ',
    'ⴰ',
    'ქართული',

    'שלום',
    'مرحبا',
    'Åse',
    '\u212bse',
    'Việt',
    'ấ',
    'K',
    '\u212a',
  ],
  ...['東京', '東', '한국', '🐘', 'Ωmega', '\u2126mega', 'ſet', 'naïve', 'coöp', 'q'.repeat(600)],
]
const dividers = [
  ' ',
  '-',
  ', ',
  ' @ ',
  '\n',
  '_',
  '—',
  '…',
  '·',
  '’',
  '.',
  '\u00a0',
  '€',
  '¿',
  '„',
  '/',
  '\t',
  '\u200b',
]
const text = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...dividers)), { maxLength: 7 })
  .map((parts) => parts.flat().join(''))
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '', '', '-'),
      fc.constantFrom('', '"'),
      fc.array(fc.constantFrom(...words.filter((word) => word.length < 100), 'am', 'zo', 'é', 'стру'), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom('', '*'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .chain((terms) =>
    fc
      .constantFrom('', ' ')
      .map(
        (end) =>
          terms
            .map(
              ([sign, quote, parts, star]) =>
                `${sign}${quote}${parts.join(quote ? ' ' : '.')}${quote}${star}`,
            )
            .join(' ') + end,
      ),
  )

describe('on PostgreSQL', () => {
  test('a search finds what it finds on SQLite, in the same order, with the same snippets', async () => {
    const here = await openOn(server.freshSchema())
    const there = await openTestEngine({ schema: library, sandbox: 'disabled' })
    const both = [here.god, there.as('supergod')] as const
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, fc.option(text, { nil: null })), { minLength: 1, maxLength: 12 }),
        fc.array(query, { minLength: 1, maxLength: 6 }),
        async (rows, queries) => {
          const papers = rows.map(([title, body], at) => ({ id: id(at), title: `${title}.`, body }))
          for (const god of both) {
            await god.call('deleteMany', 'Paper', { id: { ne: id(999) } })
            await god.call('createMany', 'Paper', papers)
          }
          for (const one of queries) {
            const [found, wanted] = await Promise.all(
              both.map((god) => search(god, one, { snippets: { words: 4 }, select: ['id'] })),
            )
            expect(found, one).toEqual(wanted)
          }
        },
      ),
      { numRuns: process.env['DBAL_LONG'] ? 2_000 : 40 },
    )
    await here.engine.close()
    await there.engine.close()
  }, 600_000)

  test('the index follows every write in its transaction, whoever writes', async () => {
    const { god, engine, driver } = await openOn(server.freshSchema())
    await god.call('create', 'Shelf', { id: id(7), name: 'a' })
    const [, found, , none] = await god.send(
      { method: 'create', params: ['Paper', { title: 'amber', shelfId: id(7) }] },
      { method: 'search', params: ['Paper', 'amber'] },
      { method: 'delete', params: ['Shelf', id(7)] },
      { method: 'search', params: ['Paper', 'amber'] },
    )
    const count = (reply: unknown) => unpackRows((reply as { result: never }).result).length
    expect([count(found), count(none)]).toEqual([1, 0])
    await god.call('create', 'Paper', { title: 'one' })
    await god.send({ method: 'transaction.begin', params: [{}], transaction: 1 })
    await god.send({ method: 'create', params: ['Paper', { title: 'amber two' }], transaction: 1 })
    const [inside] = await god.send({ method: 'search', params: ['Paper', 'two'], transaction: 1 })
    expect(count(inside)).toBe(1)
    await god.send({ method: 'transaction.rollback', params: [], transaction: 1 })
    expect(await titles(god, 'two')).toEqual([])
    await ask(driver, `update main."Paper" set "title" = 'Three' where "title" = 'one'`, false)
    expect(await titles(god, 'three')).toEqual(['Three'])
    expect(await titles(god, 'one')).toEqual([])
    expect(await god.call('getCapabilities')).toMatchObject({ fullTextSearch: 'tsvector' })
    await engine.close()
  })

  test('a search is answered by the index, and texts of more words than it holds are found too', async () => {
    const { god, engine, driver } = await openOn(server.freshSchema())
    await god.call(
      'createMany',
      'Paper',
      Array.from({ length: 400 }, (_, at) => ({ title: `number ${at} of them` })),
    )
    const body = Array.from({ length: 170_000 }, (_, at) => `w${at}`).join(' ')
    await ask(
      driver,
      `insert into main."Paper" ("id", "title", "body") values ('${id(1)}', 'long', '${body} last words')`,
      false,
    )
    expect(await titles(god, '"last words"')).toEqual(['long'])
    expect(await titles(god, 'number 77 ')).toEqual(['number 77 of them'])
    const [name] = await indexes(driver)
    const [definition] = await ask(driver, `select pg_get_indexdef('"${name}"'::regclass)`)
    const vector = /USING gin \((.*)\)$/.exec(String(definition))?.[1]
    await ask(driver, 'analyze', false)
    const plan = await ask(
      driver,
      `explain select 1 from main."Paper" as "t" where ${vector?.replace(/"?(title|body)"?/g, '"t"."$1"')} @@ cast('(''number'' & ''77'':*) | ''*''' as tsquery)`,
    )
    expect(plan.join('\n')).toContain(`Bitmap Index Scan on ${name}`)
    await engine.close()
  })

  test('the index goes with the fields that it is over, through migrations and schemas', async () => {
    const schema = server.freshSchema()
    const table = (name: string) => ({
      name,
      columns: {
        id: { type: 'uuid' as const },
        title: { type: 'string' as const },
        text: { type: 'text' as const, nullable: true as const },
      },
      primaryKey: ['id'],
      indexes: [],
    })
    const initial: Migration = {
      version: 1,
      name: 'a',
      up: [{ createEntity: table('Paper') }],
      down: [{ dropEntity: 'Paper' }],
    }
    const fields = { id: f.id(), title: f.string({ required: true }), text: f.text() }
    const first = defineSchema({ Paper: { fields, search: ['title', 'text'] } })
    const opened = await openOn(schema, first, [initial])
    await opened.god.call('create', 'Paper', { title: 'Fog', text: 'of war' })
    const [before] = await indexes(opened.driver)
    await opened.engine.close()

    const { text, ...rest } = fields
    const renamed = defineSchema({ Paper: { fields: { ...rest, body: text }, search: ['title', 'body'] } })
    const rename: Migration = {
      version: 2,
      name: 'b',
      up: [
        { renameField: { entity: 'Paper', from: 'text', to: 'body' } },
        { rebuildEntity: JSON.parse(JSON.stringify(table('Paper')).replace('"text":', '"body":')) },
      ],
      down: [{ renameField: { entity: 'Paper', from: 'body', to: 'text' } }],
    }
    const second = await openOn(schema, renamed, [initial, rename])
    expect(await titles(second.god, 'war')).toEqual(['Fog'])
    const after = await indexes(second.driver)
    expect(after).toHaveLength(1)
    expect(after).not.toContain(before)
    await second.god.call('migrations.rollback', 1)
    await second.engine.close()

    const none = await openOn(schema, defineSchema({ Paper: { fields } }), [initial])
    expect(await indexes(none.driver)).toEqual([])
    await none.engine.close()
  })
})
