import { describe, expect, test } from 'vitest'
import { ada, openShelter } from './shelter.ts'

const opened = openShelter()

describe('CTE', () => {
  test('one after the other', async () => {
    const rows = await opened.db
      .with('mosses', (db) =>
        db.selectFrom('person').where('last_name', '=', 'Moss').select(['id', 'first_name', 'age']),
      )
      .with('old_mosses', (db) => db.selectFrom('mosses').select(['id', 'first_name']).where('age', '>', 40))
      .selectFrom(['mosses', 'old_mosses'])
      .select(['mosses.first_name as any', 'old_mosses.first_name as old'])
      .orderBy('any')
      .execute()
    expect(rows).toEqual([
      { any: 'Ada', old: 'Ada' },
      { any: 'Ben', old: 'Ada' },
    ])
  })

  test('under the name of a table', async () => {
    const rows = await opened.db
      .with('pet', (db) => db.selectFrom('pet').selectAll().where('species', '=', 'dog'))
      .selectFrom('pet')
      .select('name')
      .execute()
    expect(rows).toEqual([{ name: 'Rex' }])
  })

  test('recursive', async () => {
    const rows = await opened.db
      .withRecursive('descendants', (db) =>
        db
          .selectFrom('person')
          .where('person.id', '=', ada)
          .select((eb) => ['person.id', 'person.first_name', eb.lit<number>(0).as('depth')])
          .unionAll(
            db
              .selectFrom('person')
              .innerJoin('descendants', 'descendants.id', 'person.mother_id')
              .select((eb) => [
                'person.id',
                'person.first_name',
                eb('descendants.depth', '+', 1).$castTo<number>().as('depth'),
              ])
              .$castTo<{ id: string; first_name: string; depth: number }>(),
          ),
      )
      .selectFrom('descendants')
      .select(['first_name', 'depth'])
      .orderBy('depth')
      .execute()
    expect(rows).toEqual([
      { first_name: 'Ada', depth: 0 },
      { first_name: 'Ben', depth: 1 },
      { first_name: 'Dora', depth: 2 },
    ])
  })

  test('for a write', async () => {
    const { db } = opened
    const { numDeletedRows } = await db
      .with('cats', (own) => own.selectFrom('pet').select('id').where('species', '=', 'cat'))
      .deleteFrom('pet')
      .where('id', 'in', (eb) => eb.selectFrom('cats').select('cats.id'))
      .executeTakeFirst()
    expect(numDeletedRows).toBe(2n)
  })
})
