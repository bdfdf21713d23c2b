/** Filters, sorts and aggregates that MySQL prints otherwise than MariaDB: what SQLite gives, MySQL gives. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { sqliteDialect } from '../../src/engine/dialect.ts'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { openTestEngine } from '../support/engine.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'

const schema = defineSchema({
  Note: {
    fields: {
      id: f.id(),
      title: f.string({ max: 400, caseInsensitive: true }),
      body: f.text(),
      amount: f.number(),
      data: f.json(),
    },
    rules: [{ roles: ['god'], operations: ['create', 'read', 'update', 'delete'] }],
  },
})

/** Texts that would be SQL, an escape or the end of something, somewhere. */
const texts = [
  `'; drop table "Note"; --`,
  `\\'; drop table "Note"; #`,
  'back\\slash\\',
  '"quoted" `so` /* and */ -- so',
  '100%_|a||b',
  'a\r\nb\tc',
  'Ä ä ß ŻŁ İı 🐘',
  'trailing  ',
  '',
  '{"a":1}',
  '0',
]
const rows = [
  ...texts.map((text, at) => ({
    title: text,
    body: `${text}${at}`,
    amount: at / 3,
    data: { text, at, big: 9007199254740991, flag: at % 2 === 0, list: [text, { at }], none: null },
  })),
  {
    title: 'ABC',
    body: 'x',
    amount: null,
    data: { list: [{ b: 1, aa: [2, 'x'] }], object: { b: 1, aa: 2 } },
  },
  {
    title: 'abc',
    body: 'X',
    amount: -1e-7,
    data: { list: [{ aa: [2, 'x'], b: 1 }], object: { aa: 2, b: 1 } },
  },
  { title: 'Abd', body: 'é', amount: 1e21, data: { text: 'Text', flag: 1, at: '1', list: [], object: {} } },
  { title: null, body: null, amount: 0, data: ['first', 2, [null]] },
  { title: 'scalar', body: 's', amount: 5, data: 'first' },
  { title: 'null', body: 'n', amount: 5, data: null },
]

const filters: readonly object[] = [
  ...texts.flatMap((text) => [
    { title: { eq: text } },
    { body: { contains: text } },
    { 'data.text': { eq: text } },
    { 'data.list[0]': { in: [text, 'x'] } },
    { 'data.text': { startsWith: text.slice(0, 3) } },
    { title: { like: `%${text.slice(1)}` } },
  ]),
  { title: { eq: 'aBC' } },
  { title: { in: ['ABC', 'abd'] } },
  { title: { gt: 'abc' } },
  { title: { ilike: 'AB_' } },
  { 'data.object': { eq: { b: 1, aa: 2 } } },
  { 'data.object': { ne: { b: 1, aa: 2 } } },
  { 'data.object': { eq: { aa: 2, b: 1 } } },
  { 'data.object': { eq: {} } },
  { 'data.object': { in: [{}, { b: 1, aa: 2 }] } },
  { 'data.object': { notIn: [{}, { b: 1, aa: 2 }] } },
  { 'data.object': { in: Array.from({ length: 80 }, (_, at) => (at === 79 ? { aa: 2, b: 1 } : { at })) } },
  { 'data.list': { eq: [{ b: 1, aa: [2, 'x'] }] } },
  { 'data.list[0]': { ne: { b: 1, aa: [2, 'x'] } } },
  { 'data.list': { eq: [] } },
  { 'data.list': { isNull: true } },
  { 'data.none': { isNull: true } },
  { 'data.text': { isNull: false } },
  { 'data.text': { ne: 'Text' } },
  { 'data.flag': { eq: true } },
  { 'data.flag': { ne: true } },
  { 'data.flag': { eq: 1 } },
  { 'data.at': { eq: 1 } },
  { 'data.at': { eq: '1' } },
  { 'data.at': { gt: 3 } },
  { 'data.at': { between: [2, 4.5] } },
  { 'data.at': { in: [1, 2.5, 3] } },
  { 'data.at': { in: Array.from({ length: 80 }, (_, at) => at * 2) } },
  { 'data.big': { eq: 9007199254740991 } },
  { 'data[0]': { eq: 'first' } },
  { 'data[2][0]': { isNull: true } },
  { 'data.text[0]': { isNull: true } },
  { amount: { in: [1 / 3, 2 / 3, 1e21] } },
  { amount: { eq: -1e-7 } },
  { amount: { gt: 2.5 } },
  { amount: { lte: 1 } },
]

describe.skipIf(noMysql)('queries on MySQL', () => {
  let server: TestMysqlServer
  const opened: Awaited<ReturnType<typeof openTestEngine>>[] = []

  beforeAll(async () => {
    server = await startMysql()
    opened.push(
      await openTestEngine({
        schema,
        migrations: [],
        driver: openNodeSqlite(':memory:'),
        dialect: sqliteDialect,
      }),
      await openTestEngine({ schema, migrations: [], driver: await server.open(), dialect: mysqlDialect }),
    )
    for (const { as } of opened)
      for (const [at, row] of rows.entries())
        await as('god').call('create', 'Note', {
          id: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
          ...row,
        })
  })
  afterAll(async () => {
    for (const { engine } of opened) await engine.close()
    await server?.stop()
  })

  /** Of SQLite and of MySQL. */
  const both = async (method: 'list' | 'aggregate', options: object) =>
    await Promise.all(
      opened.map(async ({ as }) => {
        try {
          return await as('god').call(method, 'Note', options as never)
        } catch (error) {
          return { code: (error as { code: string }).code }
        }
      }),
    )

  test('stores every text and every JSON as it was written', async () => {
    const [wanted, given] = await both('list', { sort: { id: 'asc' }, limit: 100 })
    expect(JSON.stringify(given)).toBe(JSON.stringify(wanted))
  })

  test.each(filters.map((filter) => [JSON.stringify(filter).slice(0, 100), filter] as const))(
    '%s',
    async (_, filter) => {
      const [wanted, given] = await both('list', { filter, sort: { id: 'asc' }, select: ['id'], limit: 100 })
      expect(given).toEqual(wanted)
      expect(wanted).not.toHaveProperty('code')
    },
  )

  test.each([
    { sort: { title: 'asc', id: 'asc' }, limit: 100, select: ['id'] },
    { sort: { title: 'desc', id: 'desc' }, limit: 100, select: ['id'] },
    { sort: { body: 'asc', id: 'asc' }, limit: 100, select: ['id'] },
    { sort: { amount: 'desc', id: 'asc' }, limit: 3, page: 2, select: ['id'] },
  ])('%j', async (options) => {
    const [wanted, given] = await both('list', options)
    expect(given).toEqual(wanted)
    expect(wanted).not.toHaveProperty('code')
  })

  test.each([
    { count: true, min: ['title', 'body', 'amount'], max: ['title', 'body', 'amount'], sum: ['amount'] },
    { groupBy: ['title'], count: true, sort: { title: 'asc' } },
  ])('%j', async (options) => {
    const [wanted, given] = await both('aggregate', options)
    expect(given).toEqual(wanted)
    expect(wanted).not.toHaveProperty('code')
  })
})
