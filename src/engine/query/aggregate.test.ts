import { describe, expect, it } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import { columnOf, compare, literal } from './nodes.ts'
import { caller, id, World } from './world.cases.ts'

function setup(): World {
  const world = new World()
  const most = 2n ** 63n - 1n
  world.insert(
    world.thing,
    {
      id: id(1),
      kind: 'one',
      name: 'x',
      rank: 1,
      size: 10,
      big: most,
      ratio: 0.5,
      at: '2026-01-01T00:00:00.000Z',
    },
    {
      id: id(2),
      kind: 'one',
      name: 'X',
      rank: 2,
      size: null,
      big: most,
      ratio: 1.5,
      at: '2026-01-02T00:00:00.000Z',
    },
    { id: id(3), kind: 'two', name: 'y', rank: 4, size: 30, big: -3n, ratio: null, at: null },
    { id: id(4), kind: null, name: null, rank: 8, size: 2 ** 53 - 1, big: null, ratio: null, at: null },
  )
  return world
}

const aggregate = (world: World, options: unknown, access = world.open) =>
  world.run(world.queries.aggregate(access, options, caller))

describe('aggregate', () => {
  const world = setup()

  it('gives one row a group, with the fields of the group and the results', () => {
    expect(
      aggregate(world, {
        groupBy: ['kind'],
        count: true,
        sum: ['size', 'big'],
        avg: ['rank'],
        min: ['at'],
        max: ['at', 'id'],
      }),
    ).toEqual([
      {
        kind: null,
        count: 1,
        sum: { size: 2 ** 53 - 1, big: null },
        avg: { rank: 8 },
        min: { at: null },
        max: { at: null, id: id(4) },
      },
      {
        kind: 'one',
        count: 2,
        sum: { size: 10, big: 2n ** 64n - 2n },
        avg: { rank: 1.5 },
        min: { at: '2026-01-01T00:00:00.000Z' },
        max: { at: '2026-01-02T00:00:00.000Z', id: id(2) },
      },
      {
        kind: 'two',
        count: 1,
        sum: { size: 30, big: -3n },
        avg: { rank: 4 },
        min: { at: null },
        max: { at: null, id: id(3) },
      },
    ])
  })

  it('gives one row without groups, also over no rows', () => {
    expect(aggregate(world, { count: true, sum: ['rank'] })).toEqual([{ count: 4, sum: { rank: 15 } }])
    expect(
      aggregate(world, { filter: { rank: 99 }, count: true, sum: ['rank', 'big'], min: ['name'] }),
    ).toEqual([{ count: 0, sum: { rank: null, big: null }, min: { name: null } }])
  })

  it('groups without regard to case where the field has none, and lists distinct values', () => {
    expect(aggregate(world, { groupBy: ['name'] }).map(({ name }) => String(name).toLowerCase())).toEqual([
      'null',
      'x',
      'y',
    ])
  })

  it('filters by the rules and the filter before it groups', () => {
    const access = world.access({ guard: (t) => compare(columnOf('rank', t), '<', literal(8)) })
    expect(
      aggregate(world, { filter: { size: { isNull: false } }, groupBy: ['kind'], count: true }, access),
    ).toEqual([
      { kind: 'one', count: 1 },
      { kind: 'two', count: 1 },
    ])
    expect(world.last.sql).toBe(
      'select "t"."kind", count(*) from "main"."Thing" as "t" where ("t"."rank" < 8 and "t"."size" is not null) ' +
        'group by "t"."kind" order by "t"."kind"',
    )
  })

  it('names results in having and sort, whether they were asked for or not', () => {
    const base = { groupBy: ['kind'], sum: ['rank'] }
    expect(aggregate(world, { ...base, having: { count: { gt: 1 } } })).toEqual([
      { kind: 'one', sum: { rank: 3 } },
    ])
    expect(aggregate(world, { ...base, having: { 'sum.rank': { gte: 4 }, not: { kind: null } } })).toEqual([
      { kind: 'two', sum: { rank: 4 } },
    ])
    expect(
      aggregate(world, { ...base, sort: { 'sum.rank': 'desc' }, limit: 2 }).map(({ kind }) => kind),
    ).toEqual([null, 'two'])
    expect(
      aggregate(world, { ...base, sort: [{ count: 'desc' }, { kind: 'desc' }] }).map(({ kind }) => kind),
    ).toEqual(['one', 'two', null])
    expect(aggregate(world, { groupBy: ['kind'], having: { 'sum.big': { gt: 1e18 } } })).toEqual([
      { kind: 'one' },
    ])
    expect(aggregate(world, { count: true, having: { count: 3 } })).toEqual([])
  })

  it.each<[unknown, string]>([
    [{}, ''],
    [undefined, ''],
    [{ count: 1 }, 'count'],
    [{ groupBy: 'kind' }, 'groupBy'],
    [{ groupBy: ['props'] }, 'groupBy[0]'],
    [{ groupBy: ['nope'] }, 'groupBy[0]'],
    [{ groupBy: ['kind', 'kind'] }, 'groupBy[1]'],
    [{ sum: ['title'] }, 'sum'],
    [{ avg: ['at'] }, 'avg'],
    [{ min: ['props'] }, 'min'],
    [{ max: ['flag'] }, 'max'],
    [{ count: true, having: { nope: 1 } }, 'having.nope'],
    [{ count: true, having: { kind: 'one' } }, 'having.kind'],
    [{ count: true, having: { 'sum.title': 1 } }, 'having.sum.title'],
    [{ count: true, having: { 'sum.x"); drop table "Thing': 1 } }, 'having.sum.x"); drop table "Thing'],
    [{ count: true, having: { count: 'many' } }, 'having.count'],
    [{ count: true, having: { 'median.rank': 1 } }, 'having.median.rank'],
    [{ count: true, sort: { rank: 'asc' } }, 'sort.rank'],
    [{ count: true, limit: 0 }, 'limit'],
    [{ count: true, page: 1 }, 'page'],
  ])('refuses %j', (options, path) => {
    try {
      aggregate(world, options)
    } catch (error) {
      const { code, details } = error as DBALError<'VALIDATION_ERROR'>
      expect([code, details?.issues[0]?.path]).toEqual(['VALIDATION_ERROR', path])
      return
    }
    throw new Error('Nothing was thrown')
  })

  it('refuses fields that may not be read, wherever they are named', () => {
    const access = world.access({ unreadable: ['size'] })
    const uses = [
      { groupBy: ['size'] },
      { sum: ['size'] },
      { max: ['secret'] },
      { count: true, filter: { size: 1 } },
      { count: true, having: { 'sum.size': 1 } },
      { count: true, sort: { 'min.size': 'asc' } },
    ]
    for (const options of uses) {
      expect(() => aggregate(world, options, access)).toThrow(
        expect.objectContaining({
          code: 'FORBIDDEN',
          details: expect.objectContaining({ operation: 'aggregate' }),
        }),
      )
    }
  })

  it('refuses to put a result where a field of the group has its name', () => {
    const access = world.access({}, world.model.entity('Overview'))
    expect(() => aggregate(world, { groupBy: ['count'], count: true }, access)).toThrow(
      'groupBy[0]: has the name of the result "count"; leave out one of them',
    )
    expect(aggregate(world, { groupBy: ['count'], max: ['rank'] }, access)).toHaveLength(4)
    // In having and sort the field comes first.
    expect(aggregate(world, { groupBy: ['count'], having: { count: 30 } }, access)).toEqual([{ count: 30 }])
  })
})
