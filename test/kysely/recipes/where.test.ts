import { describe, expect, test } from 'vitest'
import { openShelter } from './shelter.ts'

const opened = openShelter()

describe('WHERE', () => {
  const names = async (query: { execute(): Promise<{ first_name: string }[]> }) =>
    (await query.execute()).map(({ first_name }) => first_name)
  const persons = () => opened.db.selectFrom('person').select('first_name').orderBy('first_name')

  test('one condition, and several', async () => {
    expect(await names(persons().where('first_name', '=', 'Ada').where('age', '>', 40))).toEqual(['Ada'])
    expect(await names(persons().where('age', '!=', 35))).toEqual(['Ada'])
    expect(await names(persons().where('last_name', 'is', null))).toEqual(['Dora'])
    expect(await names(persons().where('first_name', 'like', '%e%'))).toEqual(['Ben', 'Cleo'])
    expect(await names(persons().where((eb) => eb.between('age', 30, 40)))).toEqual(['Ben', 'Cleo'])
    expect(await names(persons().where('has_garden', '=', true))).toEqual(['Ada'])
  })

  test('in a list, in an empty list, in a subquery', async () => {
    expect(await names(persons().where('first_name', 'in', ['Ada', 'Dora']))).toEqual(['Ada', 'Dora'])
    expect(await names(persons().where('first_name', 'in', []))).toEqual([])
    expect(await names(persons().where('first_name', 'not in', []))).toHaveLength(4)
    expect(
      await names(
        persons().where('id', 'in', (eb) =>
          eb
            .selectFrom('pet')
            .select('owner_id')
            .where('species', '=', 'cat')
            .$castTo<{ owner_id: string }>(),
        ),
      ),
    ).toEqual(['Ada', 'Ben'])
  })

  test('an object of conditions', async () => {
    expect(await names(persons().where((eb) => eb.and({ last_name: 'Moss', age: 35 })))).toEqual(['Ben'])
  })

  test('or', async () => {
    const either = persons().where((eb) =>
      eb.or([eb('first_name', '=', 'Ada'), eb('first_name', '=', 'Cleo')]),
    )
    expect(await names(either)).toEqual(['Ada', 'Cleo'])
    const chained = persons().where((eb) =>
      eb.or([eb('last_name', '=', 'Moss').and('age', '<', 40), eb('age', 'is', null)]),
    )
    expect(await names(chained)).toEqual(['Ben', 'Dora'])
  })

  test('conditions that are added when they are asked for', async () => {
    let query = persons()
    for (const [column, value] of [
      ['last_name', 'Moss'],
      ['age', undefined],
    ] as const) {
      if (value !== undefined) query = query.where(column, '=', value)
    }
    expect(await names(query)).toEqual(['Ada', 'Ben'])
  })

  test('not, exists, subqueries compared', async () => {
    const petOwners = persons().where(({ exists, selectFrom }) =>
      exists(selectFrom('pet').select('pet.id').whereRef('pet.owner_id', '=', 'person.id')),
    )
    expect(await names(petOwners)).toEqual(['Ada', 'Ben'])
    expect(await names(persons().where(({ not, eb }) => not(eb('gender', '=', 'woman'))))).toEqual([
      'Ben',
      'Dora',
    ])
    expect(
      await names(
        persons().where('age', '<', (eb) =>
          eb.selectFrom('person as p').select((of) => of.fn.max('p.age').as('oldest')),
        ),
      ),
    ).toEqual(['Ben', 'Cleo'])
  })

  test('columns compared; tuples', async () => {
    expect(await names(persons().whereRef('first_name', '<', 'last_name'))).toEqual(['Ada', 'Ben', 'Cleo'])
    const pairs = persons().where(({ eb, refTuple, tuple }) =>
      eb(refTuple('first_name', 'last_name'), 'in', [tuple('Ada', 'Moss'), tuple('Cleo', 'Moss')]),
    )
    expect(await names(pairs)).toEqual(['Ada'])
  })
})
