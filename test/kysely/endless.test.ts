/**
 * Queries that go round for ever without giving a row. `node:sqlite` can be stopped between two rows only, so the engine
 * has it look at the clock wherever a query goes round. The clock here goes on by one with each look: a query that looks
 * too seldom comes to its end, which is not far, and fails its test.
 */

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import type { Kysely } from '../../src/kysely/index.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import type { TestCaller } from '../support/engine.ts'
import { type Database, openDatabase } from './support/database.ts'
import type { Any } from './support/scope.ts'

const schema = defineSchema({
  Author: {
    fields: { id: f.integer({ primary: true }), name: f.string({ default: '' }) },
    rules: [
      { roles: ['user'], operations: ['read'] },
      { roles: ['god'], operations: ['create'] },
    ],
  },
  Post: {
    fields: {
      id: f.integer({ primary: true }),
      authorId: f.integer({ references: 'Author.id', onDelete: 'cascade' }),
      size: f.integer({ default: 1 }),
    },
    rules: [
      { roles: ['user'], operations: ['read', 'update', 'delete'] },
      { roles: ['god'], operations: ['create'] },
    ],
  },
})

let database: Database
let db: Kysely<Any>
let user: TestCaller
beforeAll(async () => {
  let looks = 0
  const driver = openNodeSqlite(':memory:', { now: () => ++looks })
  database = await openDatabase(schema, undefined, { driver, limits: { queryTimeoutMs: 100 } })
  const god = database.engine.as('god')
  await god.call('create', 'Author', { id: 1 })
  for (let first = 0; first < 60; first += 20) {
    const posts = Array.from({ length: 20 }, (_, at) => ({ id: first + at, authorId: 1 }))
    await god.call('createMany', 'Post', posts)
  }
  db = database.kysely('user')
  user = database.engine.as('user')
})
afterAll(() => database.close())

const numbers = JSON.stringify(Array.from({ length: 60 }, (_, at) => at))
const counting = () =>
  db.withRecursive('c(n)', (with_: Any) =>
    with_.selectNoFrom(sql.lit(1).as('n')).unionAll(
      with_
        .selectFrom('c')
        .select((eb: Any) => eb('n', '+', eb.lit(1)).as('n'))
        .where('n', '<', 200_000),
    ),
  )
const count = (eb: Any) => eb.fn.countAll().as('count')
const numbered = (name: string) => (eb: Any) => eb.fn('json_each', [eb.val(numbers)]).as(name)
const below = (...names: string[]) => {
  const sum = (eb: Any) =>
    names.slice(1).reduce((left, name) => eb(left, '+', eb.ref(name)), eb.ref(names[0]))
  return (eb: Any) => eb(sum(eb), '<', 0)
}

describe('is stopped at its deadline', () => {
  const three = () => db.selectFrom(['Post as a', 'Post as b', 'Post as c'])
  it.each<[string, () => Any]>([
    ['a recursion', () => counting().selectFrom('c').select(count)],
    ['a recursion whose end nothing passes', () => counting().selectFrom('c').select('n').where('n', '<', 0)],
    [
      'tables side by side',
      () =>
        three()
          .select(count)
          .where(below('a.size', 'b.size', 'c.size')),
    ],
    [
      'joins that nothing passes',
      () =>
        db
          .selectFrom('Post as a')
          .innerJoin('Post as b', (join: Any) => join.onTrue())
          .leftJoin('Post as c', (join: Any) => join.on(below('a.size', 'b.size', 'c.size')))
          .where('c.id', 'is not', null)
          .select(count),
    ],
    [
      'an outer join that nothing passes',
      () =>
        db
          .selectFrom('Post as a')
          .innerJoin('Post as b', (join: Any) => join.onTrue())
          .rightJoin('Post as c', (join: Any) => join.on(below('a.size', 'b.size', 'c.size')))
          .select(count),
    ],
    [
      'lists in JSON',
      () =>
        db
          .selectFrom([numbered('a'), numbered('b'), numbered('c')])
          .select(count)
          .where(below('a.value', 'b.value', 'c.value')),
    ],
    [
      'one long list in JSON, of which every row can take long',
      () =>
        db
          .selectFrom((eb: Any) =>
            eb.fn('json_tree', [eb.val(JSON.stringify(Array(40_000).fill(1)))]).as('a'),
          )
          .select((eb: Any) => eb.fn.sum(eb.fn('length', ['a.fullkey'])).as('length')),
    ],
    [
      'subqueries inside of each other',
      () =>
        db
          .selectFrom('Post as a')
          .select(count)
          .where(({ exists, selectFrom }: Any) =>
            exists(
              selectFrom('Post as b')
                .select('b.id')
                .where((inner: Any) =>
                  inner.exists(
                    inner
                      .selectFrom('Post as c')
                      .select('c.id')
                      .where(below('a.size', 'b.size', 'c.size')),
                  ),
                ),
            ),
          ),
    ],
    [
      'a subquery of a delete',
      () =>
        db.deleteFrom('Post').where((eb: Any) =>
          eb.exists(
            eb
              .selectFrom(['Post as b', 'Post as c'])
              .select('b.id')
              .where(below('Post.size', 'b.size', 'c.size')),
          ),
        ),
    ],
    [
      'further tables of an update',
      () =>
        db
          .updateTable('Post')
          .from(['Post as b', 'Post as c'])
          .set({ size: 2 })
          .where(below('Post.size', 'b.size', 'c.size')),
    ],
  ])('%s', async (_, query) => {
    await expect(query().execute()).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('relations in a filter', async () => {
    const chain = (depth: number): object =>
      depth === 0 ? { size: 9 } : { author: { posts: { some: chain(depth - 1) } } }
    await expect(user.call('count', 'Post', chain(2))).rejects.toMatchObject({ code: 'TIMEOUT' })
    await expect(user.call('deleteMany', 'Post', chain(2))).rejects.toMatchObject({ code: 'TIMEOUT' })
  })
})

it('looks at the clock where something is worked out for every row of one table, and not for its rows alone', async () => {
  const { driver } = database.engine
  const connection = await driver.acquire()
  const { execute } = connection
  const asked: string[] = []
  connection.execute = (statement, ...more) => {
    asked.push(statement.sql)
    return execute.call(connection, statement, ...more)
  }
  const looks = async (query: Any) => {
    asked.length = 0
    await query.limit(1).execute()
    return asked.join().includes(driver.capabilities.clockFunction as string)
  }
  const authors = () => db.selectFrom('Author')
  expect(await looks(authors().select('id').where('name', '=', 'x').orderBy('name'))).toBe(false)
  expect(await looks(authors().select((eb: Any) => eb.fn('lower', ['name']).as('n')))).toBe(true)
  expect(await looks(authors().select('id').where('name', 'like', '%x%'))).toBe(true)
  const inside = authors().select((eb: Any) => eb.ref('name', '->>$').at(0).as('n'))
  expect(await looks(inside.where('id', '<', 0))).toBe(true)
  connection.execute = execute
})

it('gives what it gave before where it is in time', async () => {
  const rows = await db
    .selectFrom('Post as a')
    .leftJoin('Post as b', (join: Any) => join.onRef('b.id', '=', 'a.id').on('b.id', '<', 2))
    .select(['a.id', 'b.id as other'])
    .where('a.id', 'in', [1, 2])
    .orderBy('a.id')
    .execute()
  expect(rows).toEqual([
    { id: 1, other: 1 },
    { id: 2, other: null },
  ])
})
