import { describe, expect, it } from 'vitest'
import { equalityKey } from '../values/equality-key.ts'
import { filterTest } from './filter-js.ts'
import { World } from './world.cases.ts'

const { thing } = new World()
const keysOf = (filter: unknown) =>
  filterTest(thing, filter).equalities.map(({ field, keys }) => [field.name, ...keys])

describe('the equalities of a filter', () => {
  it('are those that must hold for every row', () => {
    expect(keysOf({ rank: 3, and: [{ kind: 'one' }] })).toEqual([
      ['rank', 'n3'],
      ['kind', 'sone'],
    ])
    expect(keysOf({ rank: { in: [1, 2, 1] } })).toEqual([['rank', 'n1', 'n2']])
    expect(keysOf({ or: [{ rank: 3 }, { rank: 4 }], not: { kind: 'one' } })).toEqual([])
  })

  it('are none where a value is null, a range, or one that only the database compares', () => {
    expect(keysOf({ rank: null, size: { gt: 1 }, loose: 'a', props: { eq: 1 }, 'props.a': 1 })).toEqual([])
  })

  it('have one key for values that the database finds equal', () => {
    expect(keysOf({ name: 'ANN', id: '00000000-0000-7000-8000-00000000000A' })).toEqual([
      ['name', 'sann'],
      ['id', 's00000000-0000-7000-8000-00000000000a'],
    ])
    const name = thing.field('name')
    const big = thing.field('big')
    if (!name || !big) throw new Error('no field')
    expect(equalityKey(name.data, 'Ann')).toBe('sann')
    expect(equalityKey(big.data, 3n)).toBe(equalityKey(big.data, 3))
    expect([null, undefined, {}].map((value) => equalityKey(name.data, value))).toEqual([null, null, null])
  })
})

it('leaves patterns over long texts to the database, which can be stopped', () => {
  const { test, isExact } = filterTest(thing, { title: { like: '%a%b%' } })
  expect(isExact).toBe(true)
  expect([test({ title: 'xaxb' }), test({ title: 'a'.repeat(20_000) })]).toEqual([true, undefined])
})

it('asks the database where a row in hand does not tell', () => {
  for (const filter of [
    { loose: 1 },
    { props: { eq: {} } },
    { 'props.a': { eq: [1] } },
    { owner: { left: 1 } },
  ]) {
    const { test, isExact } = filterTest(thing, filter)
    expect([isExact, test({ loose: 1, props: {} })]).toEqual([false, undefined])
    expect(filterTest(thing, { ...filter, rank: 1 }).test({ loose: 1, props: {}, rank: 2 })).toBe(false)
  }
})
