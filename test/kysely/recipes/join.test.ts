import { describe, expect, test } from 'vitest'
import { ada, openShelter } from './shelter.ts'

const opened = openShelter()

describe('JOIN', () => {
  test('inner, left, and with an alias', async () => {
    const { db } = opened
    expect(
      await db
        .selectFrom('person')
        .innerJoin('pet as p', 'p.owner_id', 'person.id')
        .where('p.name', '=', 'Tom')
        .select(['first_name', 'p.name as pet_name'])
        .execute(),
    ).toEqual([{ first_name: 'Ben', pet_name: 'Tom' }])
    expect(
      await db
        .selectFrom('person')
        .leftJoin('pet', 'pet.owner_id', 'person.id')
        .select(['person.first_name', 'pet.name'])
        .where('pet.id', 'is', null)
        .orderBy('person.first_name')
        .execute(),
    ).toEqual([
      { first_name: 'Cleo', name: null },
      { first_name: 'Dora', name: null },
    ])
  })

  test('right, full, cross', async () => {
    const { db } = opened
    const right = await db
      .selectFrom('pet')
      .rightJoin('person', 'person.id', 'pet.owner_id')
      .select(['person.first_name', 'pet.name'])
      .orderBy('person.first_name')
      .orderBy('pet.name')
      .execute()
    expect(right.map(({ first_name, name }) => `${first_name} ${name}`)).toEqual([
      'Ada Mia',
      'Ada Rex',
      'Ben Tom',
      'Cleo null',
      'Dora null',
    ])
    const full = await db
      .selectFrom('pet')
      .fullJoin('toy', 'toy.pet_id', 'pet.id')
      .select('pet.name')
      .execute()
    expect(full).toHaveLength(4)
    const cross = await db
      .selectFrom('pet')
      .crossJoin('toy')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .execute()
    expect(cross).toEqual([{ n: 6 }])
  })

  test('with conditions of every sort', async () => {
    const rows = await opened.db
      .selectFrom('person')
      .innerJoin('pet', (join) =>
        join
          .onRef('pet.owner_id', '=', 'person.id')
          .on('pet.name', '=', 'Mia')
          .on((eb) => eb.or([eb('person.age', '>', 18), eb('person.age', '<', 100)])),
      )
      .select(['first_name', 'pet.name'])
      .execute()
    expect(rows).toEqual([{ first_name: 'Ada', name: 'Mia' }])
  })

  test('with a subquery', async () => {
    const rows = await opened.db
      .selectFrom('person')
      .innerJoin(
        (eb) =>
          eb.selectFrom('pet').select(['owner_id as owner', 'name']).where('name', '=', 'Mia').as('mias'),
        (join) => join.onRef('mias.owner', '=', 'person.id'),
      )
      .selectAll('mias')
      .execute()
    expect(rows).toEqual([{ owner: ada, name: 'Mia' }])
  })

  test('a table with itself', async () => {
    const rows = await opened.db
      .selectFrom('person as child')
      .innerJoin('person as mother', 'mother.id', 'child.mother_id')
      .select(['child.first_name as child', 'mother.first_name as mother'])
      .orderBy('child')
      .execute()
    expect(rows).toEqual([
      { child: 'Ben', mother: 'Ada' },
      { child: 'Dora', mother: 'Ben' },
    ])
  })
})
