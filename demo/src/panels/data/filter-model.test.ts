import type { EntityData, FieldData } from '@metabuilder/dbal'
import { expect, test } from 'vitest'
import { filterOf, operatorsFor } from './filter-model.ts'

const field = (type: FieldData['type'], more: Partial<FieldData> = {}): FieldData => ({
  type,
  required: false,
  nullable: true,
  unique: false,
  caseInsensitive: false,
  hidden: false,
  immutable: false,
  ...more,
})
const entity = {
  fields: {
    name: field('string'),
    price: field('number'),
    count: field('integer'),
    isOpen: field('boolean'),
    secret: field('string', { hidden: true }),
  },
} as unknown as EntityData

test('nothing asked is no filter', () => {
  expect(filterOf(entity, { conditions: [], isAny: false, search: '  ' })).toBeUndefined()
})

test('values get the type of their field', () => {
  const ask = (name: string, operator: 'eq' | 'in' | 'between', value: string) =>
    filterOf(entity, { conditions: [{ field: name, operator, value }], isAny: false, search: '' })
  expect(ask('price', 'eq', '9.5')).toEqual({ price: { eq: 9.5 } })
  expect(ask('isOpen', 'eq', 'false')).toEqual({ isOpen: { eq: false } })
  expect(ask('count', 'between', '1, 5')).toEqual({ count: { between: [1, 5] } })
  expect(ask('name', 'in', 'a, b')).toEqual({ name: { in: ['a', 'b'] } })
})

test('conditions join by and, or by or; the search is always added', () => {
  const conditions = [
    { field: 'name', operator: 'ilike', value: 'x' },
    { field: 'price', operator: 'isNull', value: '' },
  ] as const
  const parts = [{ name: { ilike: '%x%' } }, { price: { isNull: true } }]
  expect(filterOf(entity, { conditions, isAny: false, search: '' })).toEqual({ and: parts })
  expect(filterOf(entity, { conditions, isAny: true, search: '' })).toEqual({ or: parts })
  expect(filterOf(entity, { conditions, isAny: true, search: 'y' })).toEqual({
    and: [{ or: parts }, { or: [{ name: { ilike: '%y%' } }] }],
  })
})

test('a number is searched in numbers too, and hidden fields never', () => {
  expect(filterOf(entity, { conditions: [], isAny: false, search: '7' })).toEqual({
    or: [{ name: { ilike: '%7%' } }, { price: { eq: 7 } }, { count: { eq: 7 } }],
  })
  expect(filterOf(entity, { conditions: [], isAny: false, search: '7.5' })).toEqual({
    or: [{ name: { ilike: '%7.5%' } }, { price: { eq: 7.5 } }],
  })
})

test('a condition on a field that is not there is left out', () => {
  expect(
    filterOf(entity, {
      conditions: [{ field: 'gone', operator: 'eq', value: '1' }],
      isAny: false,
      search: '',
    }),
  ).toBeUndefined()
})

test('json and bytes can only be asked for null', () => {
  expect(operatorsFor(field('json'))).toEqual(['isNull', 'notNull'])
})
