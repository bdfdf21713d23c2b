import type { Case, Json, Topic } from '../case.ts'
import { page, user } from '../seeds.ts'

const pages = [
  page('a', { level: 1, sortOrder: 10, icon: 'x' }),
  page('b', { level: 1, sortOrder: 20, icon: null }),
  page('c', { level: 2, sortOrder: 30, icon: 'x' }),
  page('d', { level: 2, sortOrder: 1, icon: null, isPublished: false }),
  page('e', { level: 3, sortOrder: 5, icon: 'y' }),
]

const results: readonly (readonly [name: string, options: Json, rows: Json])[] = [
  ['count of all', { count: true }, [{ count: 5 }]],
  ['count of a filter', { count: true, filter: { level: { lte: 2 } } }, [{ count: 4 }]],
  [
    'sum, avg, min and max',
    { sum: ['sortOrder'], avg: ['sortOrder'], min: ['sortOrder'], max: ['sortOrder'] },
    [{ sum: { sortOrder: 66 }, avg: { sortOrder: 13.2 }, min: { sortOrder: 1 }, max: { sortOrder: 30 } }],
  ],
  [
    'several fields of one function',
    { max: ['sortOrder', 'level', 'slug'] },
    [{ max: { sortOrder: 30, level: 3, slug: 'e' } }],
  ],
  [
    'groups',
    { groupBy: ['level'], count: true },
    [
      { level: 1, count: 2 },
      { level: 2, count: 2 },
      { level: 3, count: 1 },
    ],
  ],
  [
    'groups of two fields',
    { groupBy: ['level', 'isPublished'], count: true },
    [
      { level: 1, isPublished: true, count: 2 },
      { level: 2, isPublished: false, count: 1 },
      { level: 2, isPublished: true, count: 1 },
      { level: 3, isPublished: true, count: 1 },
    ],
  ],
  ['groups without a function', { groupBy: ['level'] }, [{ level: 1 }, { level: 2 }, { level: 3 }]],
  [
    'null is a group',
    { groupBy: ['icon'], count: true },
    [
      { icon: null, count: 2 },
      { icon: 'x', count: 2 },
      { icon: 'y', count: 1 },
    ],
  ],
  [
    'having over a count',
    { groupBy: ['level'], count: true, having: { count: { gt: 1 } } },
    [
      { level: 1, count: 2 },
      { level: 2, count: 2 },
    ],
  ],
  [
    'having over a sum',
    { groupBy: ['level'], sum: ['sortOrder'], having: { 'sum.sortOrder': { gte: 31 } } },
    [{ level: 2, sum: { sortOrder: 31 } }],
  ],
  [
    'having over a result that is not asked for',
    { groupBy: ['level'], having: { 'max.sortOrder': { lt: 10 } } },
    [{ level: 3 }],
  ],
  [
    'having with or',
    { groupBy: ['level'], having: { or: [{ count: 1 }, { 'min.sortOrder': 1 }] } },
    [{ level: 2 }, { level: 3 }],
  ],
  [
    'sort by a result',
    { groupBy: ['level'], sum: ['sortOrder'], sort: { 'sum.sortOrder': 'asc' } },
    [
      { level: 3, sum: { sortOrder: 5 } },
      { level: 1, sum: { sortOrder: 30 } },
      { level: 2, sum: { sortOrder: 31 } },
    ],
  ],
  [
    'sort by count, then by field',
    { groupBy: ['level'], count: true, sort: [{ count: 'asc' }, { level: 'desc' }] },
    [
      { level: 3, count: 1 },
      { level: 2, count: 2 },
      { level: 1, count: 2 },
    ],
  ],
  ['limit', { groupBy: ['level'], sort: { level: 'desc' }, limit: 2 }, [{ level: 3 }, { level: 2 }]],
  ['a filter that finds nothing counts 0', { count: true, filter: { level: 5 } }, [{ count: 0 }]],
  [
    'a filter that finds nothing has no groups',
    { groupBy: ['level'], count: true, filter: { level: 5 } },
    [],
  ],
  [
    'avg, min and max of nothing are null',
    { avg: ['sortOrder'], min: ['sortOrder'], max: ['sortOrder'], filter: { level: 5 } },
    [{ avg: { sortOrder: null }, min: { sortOrder: null }, max: { sortOrder: null } }],
  ],
]

const refused: readonly (readonly [name: string, options: Json])[] = [
  ['nothing asked for', {}],
  ['an unknown field to group by', { groupBy: ['colour'] }],
  ['a text to group by', { groupBy: 'level' }],
  ['json to group by', { groupBy: ['layout'] }],
  ['the sum of a text', { sum: ['title'] }],
  ['the average of a date', { avg: ['createdAt'] }],
  ['the sum of a boolean', { sum: ['isPublished'] }],
  ['the least json', { min: ['layout'] }],
  ['an unknown field to sum', { sum: ['colour'] }],
  ['having over an unknown result', { groupBy: ['level'], having: { 'median.sortOrder': 1 } }],
  ['having over a field that is not in the group', { groupBy: ['level'], having: { slug: 'a' } }],
  ['a sort by a field that is not in the group', { groupBy: ['level'], sort: { slug: 'asc' } }],
  ['an unknown option', { groupBy: ['level'], where: {} }],
  ['a limit below 1', { groupBy: ['level'], limit: 0 }],
  ['count that is no boolean', { count: 'yes' }],
  ['SQL as a field', { sum: ['sortOrder) from User --'] }],
  ['a list of options', [{ count: true }]],
]

export const aggregates: Topic = {
  topic: 'aggregates',
  cases: [
    ...results.map(
      ([name, options, rows]): Case => ({
        name,
        given: pages,
        steps: [{ as: 'god', call: ['PageConfig.aggregate', options], expect: { $is: rows } }],
      }),
    ),
    ...refused.map(
      ([name, options]): Case => ({
        name: `refused: ${name}`,
        given: [page('a')],
        steps: [{ as: 'god', call: ['PageConfig.aggregate', options], error: 'VALIDATION_ERROR' }],
      }),
    ),
    {
      name: 'an aggregate counts only rows that the caller may see',
      given: [...pages, page('top', { level: 5, sortOrder: 1000 })],
      steps: [
        {
          as: 'public',
          call: ['PageConfig.aggregate', { count: true, sum: ['sortOrder'] }],
          expect: [{ $is: { count: 2, sum: { sortOrder: 30 } } }],
        },
        {
          as: 'user',
          call: ['PageConfig.aggregate', { groupBy: ['level'], count: true }],
          expect: {
            $is: [
              { level: 1, count: 2 },
              { level: 2, count: 2 },
            ],
          },
        },
        {
          as: 'admin',
          call: ['PageConfig.aggregate', { max: ['level'] }],
          expect: { $is: [{ max: { level: 3 } }] },
        },
        {
          as: 'god',
          call: ['PageConfig.aggregate', { max: ['sortOrder'] }],
          expect: { $is: [{ max: { sortOrder: 1000 } }] },
        },
      ],
    },
    {
      name: 'groups by an enum, with the least text of each',
      given: [user('alice', 'user', { bio: 'A' }), user('bob', 'admin', { bio: 'B' })],
      steps: [
        {
          as: 'god',
          call: ['User.aggregate', { groupBy: ['role'], count: true, min: ['username'] }],
          expect: {
            $is: [
              { role: 'admin', count: 1, min: { username: 'bob' } },
              { role: 'user', count: 1, min: { username: 'alice' } },
            ],
          },
        },
      ],
    },
  ],
}
