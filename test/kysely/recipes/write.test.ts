import { describe, expect, test } from 'vitest'
import { ada, ball, ben, bone, cleo, id, mia, openShelter, rex, tom } from './shelter.ts'

const opened = openShelter()
const count = async (table: 'person' | 'pet' | 'toy') => {
  const { n } = await opened.db
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return n
}

describe('INSERT', () => {
  test('one row, with the defaults of the schema', async () => {
    const { db } = opened
    const result = await db
      .insertInto('person')
      .values({ first_name: 'Eli', last_name: 'Reed', age: 40 })
      .executeTakeFirst()
    expect(result.numInsertedOrUpdatedRows).toBe(1n)
    // Keys are made by the engine and are no numbers: ask for them with `returning`.
    expect(result.insertId).toBeUndefined()
    const row = await db
      .selectFrom('person')
      .selectAll()
      .where('first_name', '=', 'Eli')
      .executeTakeFirstOrThrow()
    expect(row).toMatchObject({ gender: 'other', has_garden: false, address: null, mother_id: null })
    expect(row.id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('several rows', async () => {
    const result = await opened.db
      .insertInto('pet')
      .values([
        { name: 'Uma', species: 'dog', owner_id: cleo },
        { name: 'Vic', species: 'hamster', owner_id: cleo },
      ])
      .executeTakeFirst()
    expect(result.numInsertedOrUpdatedRows).toBe(2n)
    expect(await count('pet')).toBe(5)
  })

  test('and what became of them', async () => {
    const { db } = opened
    const person = await db
      .insertInto('person')
      .values({ id: id(50), first_name: 'Flo', has_garden: true, address: { city: 'Kiel' } })
      .returning(['id', 'first_name as name', 'has_garden', 'address'])
      .executeTakeFirstOrThrow()
    expect(person).toEqual({ id: id(50), name: 'Flo', has_garden: true, address: { city: 'Kiel' } })
    const all = await db
      .insertInto('toy')
      .values({ name: 'Car', price: 3, pet_id: tom })
      .returningAll()
      .execute()
    expect(all).toEqual([{ id: expect.any(String), name: 'Car', price: 3, pet_id: tom }])
  })

  test('values that are computed', async () => {
    const row = await opened.db
      .insertInto('person')
      .values(({ selectFrom, fn, val }) => ({
        first_name: fn<string>('upper', [val('gus')]),
        last_name: selectFrom('pet').select('name').where('id', '=', rex),
        age: selectFrom('person').select((eb) => eb.fn.max<number>('age').as('oldest')),
      }))
      .returning(['first_name', 'last_name', 'age'])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ first_name: 'GUS', last_name: 'Rex', age: 61 })
  })

  test('from a select', async () => {
    const { db } = opened
    await db
      .insertInto('toy')
      .columns(['name', 'price', 'pet_id'])
      .expression((eb) =>
        eb
          .selectFrom('pet')
          .select((pet) => ['pet.name', pet.val(1.5).as('price'), 'pet.id'])
          .where('pet.species', '=', 'cat'),
      )
      .execute()
    const toys = await db
      .selectFrom('toy')
      .select(['name', 'price'])
      .where('price', '=', 1.5)
      .orderBy('name')
      .execute()
    expect(toys).toEqual([
      { name: 'Mia', price: 1.5 },
      { name: 'Tom', price: 1.5 },
    ])
  })

  test('on conflict: nothing, or an update', async () => {
    const { db } = opened
    const ignored = await db
      .insertInto('pet')
      .values({ name: 'Rex', species: 'cat', owner_id: ben })
      .onConflict((oc) => oc.column('name').doNothing())
      .executeTakeFirst()
    expect(ignored.numInsertedOrUpdatedRows).toBe(0n)
    const updated = await db
      .insertInto('pet')
      .values({ name: 'Rex', species: 'hamster', owner_id: ben })
      .onConflict((oc) => oc.column('name').doUpdateSet((eb) => ({ owner_id: eb.ref('excluded.owner_id') })))
      .returning(['id', 'species', 'owner_id'])
      .executeTakeFirstOrThrow()
    expect(updated).toEqual({ id: rex, species: 'dog', owner_id: ben })
    const inserted = await db
      .insertInto('pet')
      .values({ name: 'Zoe', species: 'hamster', owner_id: ben })
      .onConflict((oc) => oc.column('name').doUpdateSet({ species: 'cat' }))
      .returning('species')
      .executeTakeFirstOrThrow()
    expect(inserted).toEqual({ species: 'hamster' })
  })

  test('a taken name is a CONFLICT', async () => {
    const again = opened.db.insertInto('pet').values({ name: 'Rex', species: 'dog' })
    await expect(again.execute()).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await count('pet')).toBe(3)
  })
})

describe('UPDATE', () => {
  test('of one row', async () => {
    const { db } = opened
    const { numUpdatedRows } = await db
      .updateTable('person')
      .set({ first_name: 'Adele', last_name: null, has_garden: false })
      .where('id', '=', ada)
      .executeTakeFirst()
    expect(numUpdatedRows).toBe(1n)
    expect(
      await db
        .selectFrom('person')
        .select(['first_name', 'last_name', 'has_garden'])
        .where('id', '=', ada)
        .execute(),
    ).toEqual([{ first_name: 'Adele', last_name: null, has_garden: false }])
  })

  test('with values that are computed', async () => {
    const rows = await opened.db
      .updateTable('person')
      .set((eb) => ({
        age: eb('age', '+', 1),
        last_name: eb
          .selectFrom('pet')
          .select('name')
          .whereRef('pet.owner_id', '=', 'person.id')
          .orderBy('name')
          .limit(1),
      }))
      .where('age', 'is not', null)
      .returning(['first_name', 'last_name', 'age'])
      .execute()
    expect(rows.toSorted((a, b) => (a.first_name < b.first_name ? -1 : 1))).toEqual([
      { first_name: 'Ada', last_name: 'Mia', age: 62 },
      { first_name: 'Ben', last_name: 'Tom', age: 36 },
      { first_name: 'Cleo', last_name: null, age: 36 },
    ])
  })

  test('one column by name', async () => {
    const { db } = opened
    await db
      .updateTable('toy')
      .set('price', (eb) => eb('price', '*', 2))
      .where('id', '=', bone)
      .execute()
    expect(await db.selectFrom('toy').select('price').where('id', '=', bone).execute()).toEqual([
      { price: 4 },
    ])
  })

  test('from another table', async () => {
    const { db } = opened
    await db
      .updateTable('pet')
      .from('person')
      .set((eb) => ({ name: eb('person.first_name', '||', eb.ref('pet.name')) }))
      .whereRef('pet.owner_id', '=', 'person.id')
      .where('pet.id', '=', tom)
      .execute()
    expect(await db.selectFrom('pet').select('name').where('id', '=', tom).execute()).toEqual([
      { name: 'BenTom' },
    ])
  })

  test('of no row', async () => {
    const result = await opened.db
      .updateTable('pet')
      .set({ name: 'X' })
      .where('id', '=', id(99))
      .executeTakeFirst()
    expect(result.numUpdatedRows).toBe(0n)
  })
})

describe('DELETE', () => {
  test('of some rows', async () => {
    const result = await opened.db.deleteFrom('pet').where('species', '=', 'cat').executeTakeFirst()
    expect(result.numDeletedRows).toBe(2n)
    expect(await count('pet')).toBe(1)
  })

  test('and what they were', async () => {
    const rows = await opened.db.deleteFrom('toy').where('price', '<', 3).returningAll().execute()
    expect(rows).toEqual([{ id: bone, name: 'Bone', price: 2, pet_id: rex }])
  })

  test('by a subquery; what refers to them goes with them', async () => {
    await opened.db
      .deleteFrom('pet')
      .where('owner_id', 'in', (eb) => eb.selectFrom('person').select('id').where('first_name', '=', 'Ada'))
      .execute()
    expect(await opened.db.selectFrom('pet').select('id').execute()).toEqual([{ id: tom }])
    expect(await count('toy')).toBe(0)
  })

  test('of a row that others need is a CONFLICT', async () => {
    const { db } = opened
    await expect(db.deleteFrom('person').where('id', '=', ben).execute()).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    expect(await db.selectFrom('pet').select('id').where('id', 'in', [rex, mia, tom]).execute()).toHaveLength(
      3,
    )
    expect(await db.selectFrom('toy').select('id').where('id', '=', ball).execute()).toHaveLength(1)
  })
})
