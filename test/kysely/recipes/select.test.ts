import { describe, expect, test } from 'vitest'
import { jsonArrayFrom, jsonBuildObject, jsonObjectFrom, sql } from '../../../src/kysely/index.ts'
import { ada, ben, cleo, dora, id, mia, openShelter, rex, tom } from './shelter.ts'

const opened = openShelter()

describe('SELECT', () => {
  test('one column', async () => {
    const rows = await opened.db.selectFrom('person').select('id').where('first_name', '=', 'Cleo').execute()
    expect(rows).toEqual([{ id: cleo }])
  })

  test('a column with its table', async () => {
    const rows = await opened.db
      .selectFrom(['person', 'pet'])
      .select('person.id')
      .where('pet.name', '=', 'Rex')
      .where('person.first_name', '=', 'Ben')
      .execute()
    expect(rows).toEqual([{ id: ben }])
  })

  test('several columns, and null as null', async () => {
    const row = await opened.db
      .selectFrom('person')
      .select(['person.first_name', 'last_name', 'age'])
      .where('id', '=', dora)
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ first_name: 'Dora', last_name: null, age: null })
  })

  test('aliases', async () => {
    const rows = await opened.db
      .selectFrom('person as p')
      .select(['first_name as fn', 'p.last_name as ln'])
      .where('p.age', '>', 60)
      .execute()
    expect(rows).toEqual([{ fn: 'Ada', ln: 'Moss' }])
  })

  test('selections of every sort: subqueries, comparisons, functions', async () => {
    const { db } = opened
    const rows = await db
      .selectFrom('person')
      .select(({ eb, selectFrom, or, val, lit }) => [
        selectFrom('pet')
          .whereRef('person.id', '=', 'pet.owner_id')
          .select('pet.name')
          .orderBy('pet.name')
          .limit(1)
          .as('first_pet'),
        eb('age', '>', 40).as('is_over_40'),
        or([eb('first_name', '=', 'Cleo'), eb('first_name', '=', 'Ada')]).as('is_cleo_or_ada'),
        val('Some value').as('string_value'),
        lit(42).as('literal'),
        eb.fn<string>('upper', ['first_name']).as('loud'),
      ])
      .orderBy('first_name')
      .limit(2)
      .execute()
    expect(rows).toEqual([
      {
        first_pet: 'Mia',
        is_over_40: 1,
        is_cleo_or_ada: 1,
        string_value: 'Some value',
        literal: 42,
        loud: 'ADA',
      },
      {
        first_pet: 'Tom',
        is_over_40: 0,
        is_cleo_or_ada: 0,
        string_value: 'Some value',
        literal: 42,
        loud: 'BEN',
      },
    ])
  })

  test('function calls', async () => {
    const { db } = opened
    const { count } = db.fn
    const rows = await db
      .selectFrom('person')
      .innerJoin('pet', 'pet.owner_id', 'person.id')
      .select([
        'person.first_name',
        count('pet.id').as('pet_count'),
        db.fn.max('pet.name').as('last_name_of_pets'),
        db.fn.agg<number>('count', ['pet.species']).distinct().as('species'),
      ])
      .groupBy('person.id')
      .having(count('pet.id'), '>', 1)
      .execute()
    expect(rows).toEqual([{ first_name: 'Ada', pet_count: 2, last_name_of_pets: 'Rex', species: 2 }])
  })

  test('distinct', async () => {
    const rows = await opened.db
      .selectFrom('person')
      .select('last_name')
      .distinct()
      .orderBy('last_name')
      .execute()
    expect(rows.map(({ last_name }) => last_name)).toEqual([null, 'Field', 'Moss'])
  })

  test('all columns, decoded', async () => {
    const row = await opened.db.selectFrom('person').selectAll().where('id', '=', ada).executeTakeFirst()
    expect(row).toEqual({
      id: ada,
      first_name: 'Ada',
      last_name: 'Moss',
      age: 61,
      gender: 'woman',
      has_garden: true,
      address: { city: 'Ulm', zip: '89073', phones: ['1', '2'] },
      mother_id: null,
    })
  })

  test('all columns of one table', async () => {
    const { db } = opened
    const query = db
      .selectFrom('person')
      .innerJoin('pet', 'person.id', 'pet.owner_id')
      .where('pet.id', '=', tom)
    expect(await query.selectAll('pet').execute()).toEqual([
      { id: tom, name: 'Tom', species: 'cat', owner_id: ben },
    ])
    expect(await query.selectAll('person').select('pet.name as pet').executeTakeFirst()).toMatchObject({
      first_name: 'Ben',
      pet: 'Tom',
    })
  })

  test('a nested list', async () => {
    const rows = await opened.db
      .selectFrom('person')
      .select((eb) => [
        'first_name',
        jsonArrayFrom(
          eb
            .selectFrom('pet')
            .select(['pet.id', 'pet.name'])
            .whereRef('pet.owner_id', '=', 'person.id')
            .orderBy('pet.name'),
        ).as('pets'),
      ])
      .orderBy('first_name')
      .limit(3)
      .execute()
    expect(rows).toEqual([
      {
        first_name: 'Ada',
        pets: [
          { id: mia, name: 'Mia' },
          { id: rex, name: 'Rex' },
        ],
      },
      { first_name: 'Ben', pets: [{ id: tom, name: 'Tom' }] },
      { first_name: 'Cleo', pets: [] },
    ])
  })

  test('a nested object, and a nested list within', async () => {
    const rows = await opened.db
      .selectFrom('person')
      .select((eb) => [
        'id',
        jsonObjectFrom(
          eb
            .selectFrom('pet')
            .select((pet) => [
              'pet.name',
              jsonArrayFrom(
                pet
                  .selectFrom('toy')
                  .select(['toy.name', 'toy.price'])
                  .whereRef('toy.pet_id', '=', 'pet.id')
                  .orderBy('toy.name'),
              ).as('toys'),
            ])
            .whereRef('pet.owner_id', '=', 'person.id')
            .where('pet.species', '=', 'dog'),
        ).as('dog'),
      ])
      .where('first_name', 'in', ['Ada', 'Ben'])
      .orderBy('first_name')
      .execute()
    expect(rows).toEqual([
      {
        id: ada,
        dog: {
          name: 'Rex',
          toys: [
            { name: 'Ball', price: 4.5 },
            { name: 'Bone', price: 2 },
          ],
        },
      },
      { id: ben, dog: null },
    ])
  })

  test('an object of columns', async () => {
    const row = await opened.db
      .selectFrom('person')
      .select((eb) => jsonBuildObject({ first: eb.ref('first_name'), last: eb.ref('last_name') }).as('name'))
      .where('id', '=', ada)
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ name: { first: 'Ada', last: 'Moss' } })
  })

  test('what is in a json column', async () => {
    const { db } = opened
    const rows = await db
      .selectFrom('person')
      .select((eb) => ['first_name', eb.ref('address', '->>').key('city').as('city')])
      .where((eb) => eb.ref('address', '->>').key('city'), '=', 'Ulm')
      .execute()
    expect(rows).toEqual([{ first_name: 'Ada', city: 'Ulm' }])
  })

  test('group by, having, case', async () => {
    const rows = await opened.db
      .selectFrom('person')
      .select((eb) => [
        'last_name',
        eb.fn.countAll<number>().as('persons'),
        eb.fn.sum<number>(eb.case().when('has_garden', '=', true).then(1).else(0).end()).as('gardens'),
        eb.fn.coalesce(eb.fn.avg<number>('age'), eb.val(0)).as('mean_age'),
      ])
      .groupBy('last_name')
      .having((eb) => eb.fn.countAll(), '>=', 1)
      .orderBy('persons', 'desc')
      .orderBy('last_name')
      .execute()
    expect(rows).toEqual([
      { last_name: 'Moss', persons: 2, gardens: 1, mean_age: 48 },
      { last_name: null, persons: 1, gardens: 0, mean_age: 0 },
      { last_name: 'Field', persons: 1, gardens: 0, mean_age: 35 },
    ])
  })

  test('order, nulls last, limit and offset', async () => {
    const { db } = opened
    const ordered = db
      .selectFrom('person')
      .select('first_name')
      .orderBy('age', (order) => order.desc().nullsLast())
      .orderBy('first_name', 'desc')
    const names = async (query: typeof ordered) => (await query.execute()).map(({ first_name }) => first_name)
    expect(await names(ordered)).toEqual(['Ada', 'Cleo', 'Ben', 'Dora'])
    expect(await names(ordered.limit(2).offset(1))).toEqual(['Cleo', 'Ben'])
    expect(await names(ordered.offset(3))).toEqual(['Dora'])
  })

  test('windows', async () => {
    const rows = await opened.db
      .selectFrom('pet')
      .select((eb) => [
        'pet.name',
        eb.fn
          .agg<number>('row_number')
          .over((over) => over.partitionBy('owner_id').orderBy('pet.name'))
          .as('at'),
        eb.fn
          .countAll<number>()
          .over((over) => over.partitionBy('species'))
          .as('of_species'),
      ])
      .orderBy('pet.name')
      .execute()
    expect(rows).toEqual([
      { name: 'Mia', at: 1, of_species: 2 },
      { name: 'Rex', at: 2, of_species: 1 },
      { name: 'Tom', at: 1, of_species: 2 },
    ])
  })

  test('aggregates of some of the rows', async () => {
    const row = await opened.db
      .selectFrom('pet')
      .select((eb) => [
        eb.fn.count<number>('id').filterWhere('species', '=', 'cat').as('cats'),
        eb.fn.count<number>('id').filterWhere('species', '=', 'dog').as('dogs'),
      ])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ cats: 2, dogs: 1 })
  })

  test('union, union all, intersect, except', async () => {
    const { db } = opened
    const persons = db.selectFrom('person').select('first_name as name')
    const pets = db.selectFrom('pet').select('name')
    const names = async (query: { execute(): Promise<{ name: string }[]> }) =>
      (await query.execute()).map(({ name }) => name)
    expect(await names(persons.union(pets).orderBy('name').limit(3))).toEqual(['Ada', 'Ben', 'Cleo'])
    expect(await names(pets.unionAll(pets).orderBy('name'))).toEqual([
      'Mia',
      'Mia',
      'Rex',
      'Rex',
      'Tom',
      'Tom',
    ])
    expect(await names(pets.intersect(pets.where('species', '=', 'dog')))).toEqual(['Rex'])
    expect(await names(pets.except(pets.where('species', '=', 'dog')).orderBy('name'))).toEqual([
      'Mia',
      'Tom',
    ])
  })

  test('from a subquery; without a table; with $if', async () => {
    const { db } = opened
    const cats = await db
      .selectFrom((eb) => eb.selectFrom('pet').selectAll().where('species', '=', 'cat').as('cats'))
      .select('cats.name')
      .orderBy('cats.name')
      .$if(true, (query) => query.limit(1))
      .execute()
    expect(cats).toEqual([{ name: 'Mia' }])
    const scalars = await db
      .selectNoFrom((eb) => [
        eb.selectFrom('pet').select(eb.fn.countAll<number>().as('n')).as('pets'),
        eb.exists(eb.selectFrom('toy').select('id')).as('are_there_toys'),
      ])
      .executeTakeFirstOrThrow()
    expect(scalars).toEqual({ pets: 3, are_there_toys: 1 })
  })

  test('columns chosen at run time', async () => {
    const { db } = opened
    const { ref } = db.dynamic
    const rows = await db
      .selectFrom('person')
      .select([ref<'first_name' | 'age'>('first_name')])
      .orderBy(ref('age'), 'desc')
      .limit(1)
      .execute()
    expect(rows).toEqual([{ first_name: 'Ada' }])
  })

  test('a stream', async () => {
    const names: string[] = []
    for await (const { name } of opened.db.selectFrom('pet').select('name').orderBy('name').stream(2))
      names.push(name)
    expect(names).toEqual(['Mia', 'Rex', 'Tom'])
  })

  test('the values and names of sql templates', async () => {
    const row = await opened.db
      .selectFrom('person')
      .select((eb) => [eb.ref('first_name').as('name')])
      .where(sql.ref('age'), '=', sql.val(61))
      .executeTakeFirst()
    expect(row).toEqual({ name: 'Ada' })
  })

  test('nothing: take first, take first or throw', async () => {
    const none = opened.db.selectFrom('person').selectAll().where('id', '=', id(99))
    expect(await none.execute()).toEqual([])
    expect(await none.executeTakeFirst()).toBeUndefined()
    await expect(none.executeTakeFirstOrThrow()).rejects.toThrow('no result')
  })
})
