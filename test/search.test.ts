/** Full-text search through the engine's own door: what it finds against an oracle, and that it tells of nobody else's rows. */

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Connection, ResultSet } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import type { EngineOptions } from '../src/engine/engine-options.ts'
import type { Principal } from '../src/protocol/principal.ts'
import { type Row, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema, type EntityRule, withRules } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import type { EntityData } from '../src/schema/schema.ts'
import { nodeSqliteWithoutFts5World } from './conformance/node-worlds.ts'
import { runCase } from './conformance/run.ts'
import { search as conformance } from './conformance/topics/search.ts'
import { openTestEngine, principalOf, type TestCaller } from './support/engine.ts'

const all = ['create', 'read', 'update', 'delete'] as const

const library = defineSchema({
  Shelf: {
    fields: { id: f.id(), name: f.string() },
    rules: [{ roles: ['god'], operations: all }],
  },
  Paper: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      body: f.text(),
      ownerId: f.uuid(),
      level: f.integer({ default: 1 }),
      shelfId: f.uuid({ references: 'Shelf.id', onDelete: 'cascade' }),
    },
    search: ['title', 'body'],
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
    ],
  },
})

const id = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`
const uma: Principal = { ...principalOf('user'), userId: id(1) }

async function open(options: Partial<EngineOptions> = {}) {
  const opened = await openTestEngine({ schema: library, ...options })
  onTestFinished(() => opened.engine.close())
  const god = opened.as('god')
  return { ...opened, god, user: opened.as(uma) }
}

async function search(caller: TestCaller, query: string, options?: unknown): Promise<Row[]> {
  return unpackRows((await caller.call('search', 'Paper', query, options)) as never)
}

const titles = async (caller: TestCaller, query: string, options?: unknown) =>
  (await search(caller, query, options)).map(({ title }) => title)

interface Paper {
  readonly id: string
  readonly title: string
  readonly body: string | null
  readonly ownerId: string
  readonly level: number
}

const vocabulary = ['amber', 'ambers', 'glass', 'Glas', 'été', 'ETE', 'Zoë', 'x1', 'x', '東京', '東', '한국']
const text = fc
  .array(fc.tuple(fc.constantFrom(...vocabulary), fc.constantFrom(' ', '-', ', ', ' @ ', '\n')), {
    maxLength: 6,
  })
  .map((parts) => parts.flat().join(''))
const paper = (number: number): fc.Arbitrary<Paper> =>
  fc.record({
    id: fc.constant(id(100 + number)),
    title: text.filter((title) => title !== ''),
    body: fc.option(text, { nil: null }),
    ownerId: fc.constantFrom(id(1), id(2)),
    level: fc.integer({ min: 1, max: 3 }),
  })
const papers = fc.nat(14).chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => paper(at))))

interface Wanted {
  readonly words: readonly string[]
  readonly form: 'word' | 'prefix' | 'phrase'
  readonly isExcluded: boolean
}
const wanted = (form: Wanted['form'], most: number): fc.Arbitrary<Wanted> =>
  fc.record({
    words: fc.array(fc.constantFrom(...vocabulary, 'a', 'zo', 'é'), { minLength: 1, maxLength: most }),
    form: fc.constant(form),
    isExcluded: fc.boolean().map((flag) => flag && form !== 'prefix'),
  })
const query = fc.array(fc.oneof(wanted('word', 1), wanted('prefix', 1), wanted('phrase', 3)), {
  minLength: 1,
  maxLength: 4,
})

const queryText = (terms: readonly Wanted[]) =>
  `${terms
    .map(({ words, form, isExcluded }) => {
      const word = words.join(' ')
      const bare = form === 'phrase' ? `"${word}"` : form === 'prefix' ? `${word}*` : word
      return isExcluded ? `-${bare}` : bare
    })
    // The space ends the last word.
    .join(' ')} `

/** Naive: splits at what is neither letter nor digit, folds, and compares one by one. */
const plainWords = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

function holds(text: string | null, { words, form }: Omit<Wanted, 'isExcluded'>): boolean {
  if (text === null) return false
  if (words.some((word) => /[東한]/.test(word))) return text.includes(words.join(' '))
  const among = plainWords(text)
  const wanted = words.flatMap(plainWords)
  return among.some((_, at) =>
    wanted.every((word, offset) => {
      const found = among[at + offset]
      return form === 'prefix' ? found?.startsWith(word) : found === word
    }),
  )
}

const holdsAny = ({ title, body }: Paper, term: Wanted) => holds(title, term) || holds(body, term)

function expected(rows: readonly Paper[], terms: readonly Wanted[]): readonly Paper[] {
  const positive = terms.filter(({ isExcluded }) => !isExcluded)
  if (positive.length === 0) return []
  const found = rows.filter(
    (row) =>
      positive.every((term) => holdsAny(row, term)) &&
      !terms.some((term) => term.isExcluded && holdsAny(row, term)),
  )
  return found.sort(
    (left, right) =>
      score(right, positive) - score(left, positive) ||
      length(left) - length(right) ||
      (left.id < right.id ? -1 : 1),
  )
}

const length = ({ title, body }: Paper) => [...title].length + [...(body ?? '')].length

function score({ title, body }: Paper, terms: readonly Wanted[]): number {
  const anywhere = (term: Wanted) => term.words.some((word) => /[東한]/.test(word))
  const inIndex = terms.filter((term) => !anywhere(term))
  const points = (text: string | null) => {
    if (inIndex.length === 0) return terms.every((term) => holds(text, term)) ? 1 : 0
    const whole = inIndex.map((term) => ({ ...term, form: 'word' as const }))
    const inRow = { words: inIndex.flatMap(({ words }) => words), form: 'phrase' as const }
    return (
      (inIndex.every((term) => holds(text, term)) ? 1 : 0) +
      (whole.every((term) => holds(text, term)) ? 2 : 0) +
      (holds(text, inRow) ? 4 : 0)
    )
  }
  return 2 * points(title) + points(body)
}

const rowFilters: readonly (readonly [filter: string | undefined, sees: (row: Paper) => boolean])[] = [
  [undefined, () => true],
  ['ownerId = $user.id', ({ ownerId }) => ownerId === uma.userId],
  ['level <= $user.level', ({ level }) => level <= 2],
  ['body is not null and level != 2', ({ body, level }) => body !== null && level !== 2],
  ["title like 'a%'", ({ title }) => title.startsWith('a')],
]

describe('a search', () => {
  it('finds what a comparison word by word finds, under any rule, after any writes, in this order', async () => {
    await fc.assert(
      fc.asyncProperty(
        papers,
        papers,
        fc.array(fc.nat(13), { maxLength: 4 }),
        fc.array(query, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...rowFilters),
        async (first, changed, removed, queries, [rowFilter, sees]) => {
          const rules: EntityRule[] = [
            { entity: 'Paper', roles: ['god'], operations: all },
            { entity: 'Paper', roles: ['user'], operations: ['read'], ...(rowFilter && { rowFilter }) },
          ]
          const { engine, as } = await openTestEngine({ schema: withRules(library, rules) })
          const [god, user] = [as('god'), as(uma)]
          await god.call('createMany', 'Paper', first)
          const rows = new Map(first.map((row) => [row.id, row]))
          // What is in the index already must follow as well.
          await search(god, 'amber')
          for (const row of changed) {
            const { id: key, ...patch } = row
            await god.call('upsert', 'Paper', { where: { id: key }, create: patch, update: patch })
            rows.set(key, row)
          }
          for (const number of removed) {
            if (rows.delete(id(100 + number))) await god.call('delete', 'Paper', id(100 + number))
          }
          const visible = [...rows.values()].filter(sees)
          for (const terms of queries) {
            const found = await search(user, queryText(terms), { select: ['id'], limit: 100 })
            expect(found.map((row) => row['id'])).toEqual(expected(visible, terms).map((row) => row.id))
          }
          await engine.close()
        },
      ),
      { numRuns: 150 },
    )
  }, 120_000)

  it('tells nothing of rows that the caller does not see, by result, order or snippet', async () => {
    await fc.assert(
      fc.asyncProperty(
        papers,
        papers,
        fc.array(query, { minLength: 1, maxLength: 4 }),
        async (mine, hidden, queries) => {
          const seen = mine.map((row) => ({ ...row, ownerId: uma.userId }))
          const others = hidden.map((row, at) => ({ ...row, id: id(500 + at), ownerId: id(2) }))
          const results: unknown[] = []
          for (const rows of [seen, [...others, ...seen]]) {
            const { engine, as } = await openTestEngine({ schema: library })
            await as('god').call('createMany', 'Paper', rows)
            const found: unknown[] = []
            for (const terms of queries) {
              for (const limit of [100, 2])
                found.push(
                  await search(as(uma), queryText(terms), {
                    limit,
                    snippets: { words: 3 },
                    select: ['id', 'title', 'body', 'ownerId', 'level'],
                  }),
                )
            }
            results.push(found)
            await engine.close()
          }
          expect(results[1]).toEqual(results[0])
        },
      ),
      { numRuns: 80 },
    )
  }, 120_000)
})

describe('a ranking by bm25', () => {
  it('is FORBIDDEN over a field that the role may not read, in whatever option it is named', async () => {
    const schema = withRules(library, [
      { entity: 'Paper', roles: ['god'], operations: all },
      { entity: 'Paper', roles: ['user'], operations: ['read'], fields: { read: ['id', 'title'] } },
    ])
    const { god, user } = await open({ schema })
    await god.call('create', 'Paper', { title: 'amber', body: 'a secret', ownerId: id(1) })
    const forbidden = { code: 'FORBIDDEN', details: { entity: 'Paper', operation: 'search', field: 'body' } }
    for (const [query, options] of [
      ['amber', undefined],
      ['secret', undefined],
      ['-secret amber', {}],
      ['amber', { fields: ['body'] }],
      ['amber', { fields: ['title', 'body'] }],
      ['amber', { fields: ['title'], snippets: { fields: ['body'] } }],
      ['amber', { fields: ['title'], select: ['body'] }],
      ['amber', { fields: ['title'], filter: { body: { contains: 'secret' } } }],
    ] as const)
      await expect(search(user, query, options)).rejects.toMatchObject(forbidden)
    const found = await search(user, 'amber', { fields: ['title'], snippets: true })
    expect(found).toEqual([
      { id: expect.any(String), title: 'amber', _snippets: { title: expect.anything() } },
    ])
    expect(await search(user, 'secret', { fields: ['title'], snippets: true })).toEqual([])
    expect(await search(god, 'secret')).toHaveLength(1)
  })

  it('would tell what hidden rows hold, where ours does not', async () => {
    const ours: unknown[] = []
    const bm25: unknown[] = []
    for (const word of ['amber', 'glass']) {
      const { god, user, driver } = await open()
      await god.call('createMany', 'Paper', [
        { id: id(1), title: 'amber glass glass', ownerId: uma.userId },
        { id: id(2), title: 'amber amber glass', ownerId: uma.userId },
        ...Array.from({ length: 10 }, () => ({ title: word, ownerId: id(2) })),
        ...Array.from({ length: 30 }, () => ({ title: 'stone', ownerId: id(2) })),
      ])
      ours.push((await search(user, 'amber glass')).map((row) => row['id']))
      const [text, docs] = ['"_dbal_search.Paper.text"', '"_dbal_search.Paper.docs"']
      const sql = `SELECT d.k0 FROM ${text} f JOIN ${docs} d ON d.doc = f.rowid WHERE ${text} MATCH 'amber glass' ORDER BY bm25(${text})`
      const connection = await driver.acquire()
      bm25.push((await connection.execute({ sql, columns: ['text'] }, [], 0)).values)
    }
    expect(ours[0]).toEqual(ours[1])
    expect(bm25[0]).not.toEqual(bm25[1])
  })
})

describe('without FTS5', () => {
  it.each(conformance.cases)('$name', async (one) => {
    await runCase(one, nodeSqliteWithoutFts5World)
  })
})

describe('the index', () => {
  it('sees inside of a transaction what the transaction did, and forgets it with a rollback', async () => {
    const { god } = await open()
    await god.call('create', 'Paper', { title: 'amber' })
    await god.send({ method: 'transaction.begin', params: [{}], transaction: 1 })
    const inside = async (method: string, ...params: unknown[]) => {
      const [reply] = await god.send({ method, params, transaction: 1 })
      if (!reply || !('result' in reply)) throw new Error(JSON.stringify(reply))
      return reply.result
    }
    await inside('create', 'Paper', { title: 'amber two' })
    expect(unpackRows((await inside('search', 'Paper', 'amber')) as never)).toHaveLength(2)
    await inside('transaction.rollback')
    expect(await titles(god, 'amber')).toEqual(['amber'])
    expect(await titles(god, 'two')).toEqual([])
    await god.call('create', 'Paper', { title: 'amber three' })
    expect(await titles(god, 'amber')).toEqual(['amber', 'amber three'])
  })

  it('follows cascades, and writes in a frame before the search in it', async () => {
    const { god } = await open()
    await god.call('create', 'Shelf', { id: id(7), name: 'a' })
    const [, found, , none] = await god.send(
      { method: 'create', params: ['Paper', { title: 'amber', shelfId: id(7) }] },
      { method: 'search', params: ['Paper', 'amber'] },
      { method: 'delete', params: ['Shelf', id(7)] },
      { method: 'search', params: ['Paper', 'amber'] },
    )
    const rowsIn = (reply: unknown) => unpackRows((reply as { result: never }).result)
    expect(rowsIn(found)).toHaveLength(1)
    expect(rowsIn(none)).toHaveLength(0)
  })

  it('follows what Kysely’s tree and an import of the same file leave in the tables', async () => {
    const { god, driver } = await open()
    await god.call('create', 'Paper', { title: 'amber' })
    await titles(god, 'amber')
    await god.call('create', 'Paper', { title: 'glass' })
    const file = (await driver.exportFile?.()) as Uint8Array
    const copy = await open({ driver: openNodeSqlite(':memory:', { importFile: file }) })
    expect(await titles(copy.god, 'glass')).toEqual(['glass'])
    expect(await titles(copy.god, 'amber')).toEqual(['amber'])
  })

  it('is not looked for where an entity is a view: parts of its texts are compared', async () => {
    const view = {
      ...library,
      entities: {
        ...library.entities,
        Titles: {
          ...(library.entities['Shelf'] as EntityData),
          accessor: 'titles',
          kind: 'view' as const,
          search: ['name'],
        },
      },
    }
    const table = (name: string, columns: object) => ({
      createEntity: { name, columns, primaryKey: ['id'], indexes: [] },
    })
    const { god } = await open({
      schema: view,
      migrations: [
        {
          version: 1,
          name: 'one',
          up: [
            table('Shelf', { id: { type: 'uuid' }, name: { type: 'string', nullable: true } }),
            {
              createEntity: {
                name: 'Paper',
                primaryKey: ['id'],
                indexes: [],
                columns: {
                  id: { type: 'uuid' },
                  title: { type: 'string' },
                  body: { type: 'text', nullable: true },
                  ownerId: { type: 'uuid', nullable: true },
                  level: { type: 'integer', default: 1 },
                  shelfId: {
                    type: 'uuid',
                    nullable: true,
                    references: { entity: 'Shelf', field: 'id', onDelete: 'cascade', onUpdate: 'noAction' },
                  },
                },
              },
            },
            'CREATE VIEW Titles AS SELECT id, name FROM Shelf',
          ],
          down: [],
        },
      ] as never,
    })
    await god.call('create', 'Shelf', { name: 'amber' })
    expect(unpackRows((await god.call('search', 'Titles', 'mber')) as never)).toMatchObject([
      { name: 'amber' },
    ])
  })

  it('is read and brought up to date without reading any table as a whole', async () => {
    const driver = openNodeSqlite(':memory:')
    const { god } = await open({ driver })
    const connection = (await driver.acquire()) as Connection
    const run: Connection['execute'] = connection.execute.bind(connection)
    const seen = new Set<string>()
    await god.call('create', 'Paper', { title: 'amber' })
    connection.execute = (statement, ...more) => {
      seen.add(statement.sql)
      return run(statement, ...more)
    }
    await titles(god, 'amber -glass', { filter: { level: 1 } })
    const texts = [...seen].filter((sql) => sql.includes('_dbal_search'))
    expect(texts).toHaveLength(8)
    for (const sql of texts) {
      const columns = ['any', 'any', 'any', 'text'] as const
      const { values } = (await run(
        { sql: `EXPLAIN QUERY PLAN ${sql}`, columns, once: true },
        [],
        0,
      )) as ResultSet
      const plan = values.filter((_, at) => at % 4 === 3).join('\n')
      expect(plan, sql).not.toMatch(/SCAN [td]\b|SEARCH [td] .*</)
    }
  })

  it('is no entity: not in the schema, the statistics or a list', async () => {
    const { god } = await open()
    await god.call('create', 'Paper', { title: 'amber' })
    const schema = (await god.call('database.schema')) as { entities: object }
    expect(Object.keys(schema.entities).sort()).toEqual(['Paper', 'Shelf'])
    expect(JSON.stringify(await god.call('stats'))).not.toContain('_dbal_search')
    for (const name of ['_dbal_search.Paper.text', '_dbal_search.Paper.docs', '_dbal_search.Paper.queue'])
      await expect(god.call('list', name, {})).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await god.call('checkIntegrity')).toEqual({ ok: true, problems: [] })
  })

  it('is not needed: without FTS5 parts of words are compared, by the same rules', async () => {
    const driver = openNodeSqlite(':memory:')
    Object.assign(driver.capabilities, { fullTextSearch: false })
    const { god, user } = await open({ driver })
    expect(await god.call('getCapabilities')).toMatchObject({ fullTextSearch: 'like' })
    await god.call('createMany', 'Paper', [
      { title: 'Amber glass', ownerId: id(1) },
      { title: 'glass', body: 'of amber', ownerId: id(1) },
      { title: 'amber', ownerId: id(2) },
    ])
    expect(await titles(god, 'amber')).toEqual(['amber', 'Amber glass', 'glass'])
    expect(await titles(god, 'amber glass')).toEqual(['Amber glass', 'glass'])
    expect(await titles(god, '"amber glass"')).toEqual(['Amber glass'])
    expect(await titles(god, 'amb* -glass')).toEqual(['amber'])
    expect(await titles(god, 'lass', { fields: ['body'] })).toEqual([])
    expect(await titles(user, 'amber')).toEqual(['Amber glass', 'glass'])
    expect(await search(user, 'mber', { select: ['title'], snippets: true, limit: 1 })).toEqual([
      {
        title: 'Amber glass',
        _snippets: {
          title: [
            { text: 'A', hit: false },
            { text: 'mber', hit: true },
            { text: ' glass', hit: false },
          ],
        },
      },
    ])
  })
})
