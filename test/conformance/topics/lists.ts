import type { Case, Json, Topic } from '../case.ts'
import { node, page, user } from '../seeds.ts'

const many = (count: number): Case['steps'][number] => ({
  as: 'god',
  call: [
    'PageConfig.createMany',
    { $rows: [count, { slug: 'p-#', title: 'no #', level: 1, sortOrder: '#' }] },
  ],
})

/** Four pages for orders: two share a level, two have no icon. */
const four = [
  page('a', { level: 2, icon: 'x', title: 'beta' }),
  page('b', { level: 1, icon: null, title: 'Alpha' }),
  page('c', { level: 2, icon: null, title: 'alpha' }),
  page('d', { level: 1, icon: 'b', title: 'Über' }),
]

const orders: readonly (readonly [name: string, sort: Json, slugs: readonly string[]])[] = [
  ['ascending', { slug: 'asc' }, ['a', 'b', 'c', 'd']],
  ['descending', { slug: 'desc' }, ['d', 'c', 'b', 'a']],
  ['by two fields of one object', { level: 'asc', slug: 'desc' }, ['d', 'b', 'c', 'a']],
  ['by a list of fields', [{ level: 'desc' }, { slug: 'asc' }], ['a', 'c', 'b', 'd']],
  ['nulls first, ascending', [{ icon: 'asc' }, { slug: 'asc' }], ['b', 'c', 'd', 'a']],
  ['nulls last, descending', [{ icon: 'desc' }, { slug: 'asc' }], ['a', 'd', 'b', 'c']],
  [
    'texts by code point: capitals before small letters, letters outside ASCII last',
    { title: 'asc' },
    ['b', 'c', 'a', 'd'],
  ],
]

const badOptions: readonly (readonly [name: string, options: Json, path: string])[] = [
  ['a limit over the maximum', { limit: 101 }, 'limit'],
  ['a limit of 0', { limit: 0 }, 'limit'],
  ['a limit below 0', { limit: -1 }, 'limit'],
  ['a limit that is no whole number', { limit: 1.5 }, 'limit'],
  ['a limit that is a text', { limit: '10' }, 'limit'],
  ['a limit of infinity', { limit: { $number: 'Infinity' } }, 'limit'],
  ['page 0', { page: 0 }, 'page'],
  ['a page below 0', { page: -1 }, 'page'],
  ['a page that is a text', { page: '1' }, 'page'],
  ['a page that is no whole number', { page: 1.5 }, 'page'],
  ['a cursor that is none', { cursor: 'abc' }, 'cursor'],
  ['an empty cursor', { cursor: '' }, 'cursor'],
  ['a number as cursor', { cursor: 5 }, 'cursor'],
  ['an object as cursor', { cursor: { id: 1 } }, 'cursor'],
  ['SQL as cursor', { cursor: "' or 1=1 --" }, 'cursor'],
  ['a cursor of 1 MB', { cursor: { $repeat: ['x', 1_000_000] } }, 'cursor'],
  ['an unknown field to sort by', { sort: { colour: 'asc' } }, 'sort.colour'],
  ['a direction that is none', { sort: { slug: 'up' } }, 'sort.slug'],
  ['SQL as direction', { sort: { slug: 'asc; drop table User' } }, 'sort.slug'],
  ['a number as direction', { sort: { slug: 1 } }, 'sort.slug'],
  ['a text to sort by', { sort: 'slug' }, 'sort'],
  ['SQL as field to sort by', { sort: { 'slug desc, (select 1)': 'asc' } }, 'sort'],
  ['constructor to sort by', { sort: { constructor: 'asc' } }, 'sort.constructor'],
  ['an unknown field to select', { select: ['slug', 'colour'] }, 'select'],
  ['a text to select', { select: 'slug' }, 'select'],
  ['a number to select', { select: [1] }, 'select'],
  ['a star to select', { select: ['*'] }, 'select'],
  ['SQL to select', { select: ['slug", (select 1) as "x'] }, 'select'],
  ['nothing to select', { select: [] }, 'select'],
  ['an unknown option', { where: { slug: 'a' } }, 'where'],
  ['an option of another kind of query', { groupBy: ['slug'] }, 'groupBy'],
  ['options that are a text', 'slug', ''],
  ['options that are a list', [], ''],
  ['count that is no boolean', { count: 1 }, 'count'],
]

export const lists: Topic = {
  topic: 'lists, sorts, pages, cursors, select',
  cases: [
    {
      name: 'a list of an empty entity',
      steps: [
        { as: 'god', call: ['PageConfig.list'], expect: { $is: { data: [], limit: 20, hasMore: false } } },
      ],
    },
    {
      name: 'the default limit is 20',
      given: [many(21)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', {}],
          expect: {
            data: { $length: 20 },
            limit: 20,
            hasMore: true,
            nextCursor: { $kind: 'text' },
            total: { $absent: true },
            page: { $absent: true },
          },
        },
      ],
    },
    {
      name: 'a list that is as long as the limit has no more',
      given: [many(20)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', {}],
          expect: { data: { $length: 20 }, hasMore: false, nextCursor: { $absent: true } },
        },
      ],
    },
    {
      name: 'the maximum limit is 100',
      given: [many(101)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 100 }],
          expect: { data: { $length: 100 }, limit: 100, hasMore: true },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 101 }],
          error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'limit' }] } },
        },
      ],
    },
    {
      name: 'component nodes come 50 at a time, at most 200',
      given: [
        page('home'),
        {
          as: 'god',
          call: ['ComponentNode.createMany', { $rows: [201, { pageId: '$home.id', type: 'n-#' }] }],
        },
      ],
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.list', {}],
          expect: { data: { $length: 50 }, limit: 50, hasMore: true },
        },
        {
          as: 'god',
          call: ['ComponentNode.list', { limit: 200 }],
          expect: { data: { $length: 200 }, limit: 200, hasMore: true },
        },
        { as: 'god', call: ['ComponentNode.list', { limit: 201 }], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'pages are counted from 1 and bring the total',
      given: [many(25)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { page: 1, limit: 10, sort: { slug: 'asc' } }],
          expect: { data: { $length: 10 }, total: 25, page: 1, limit: 10, hasMore: true },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { page: 3, limit: 10, sort: { slug: 'asc' } }],
          expect: {
            data: { $column: 'slug', $values: ['p-0021', 'p-0022', 'p-0023', 'p-0024', 'p-0025'] },
            total: 25,
            page: 3,
            hasMore: false,
          },
        },
      ],
    },
    {
      name: 'a page behind the last one is empty',
      given: [many(5)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { page: 2, limit: 5 }],
          expect: { data: [], total: 5, page: 2, hasMore: false },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { page: 1_000_000_000 }],
          expect: { data: [], total: 5, hasMore: false },
        },
      ],
    },
    {
      name: 'count: true brings the total of the filter, whatever the limit',
      given: [many(7), page('other', { level: 2 })],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { count: true, limit: 2, filter: { level: 1 } }],
          expect: { total: 7, data: { $length: 2 } },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 2, filter: { level: 1 } }],
          expect: { total: { $absent: true } },
        },
      ],
    },
    {
      name: 'a cursor goes on where the page before ended, to the end',
      given: [many(5)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 2, sort: { slug: 'asc' } }],
          expect: { data: { $column: 'slug', $values: ['p-0001', 'p-0002'] }, hasMore: true },
          save: 'first',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 2, sort: { slug: 'asc' }, cursor: '$first.nextCursor' }],
          expect: { data: { $column: 'slug', $values: ['p-0003', 'p-0004'] }, hasMore: true },
          save: 'second',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 2, sort: { slug: 'asc' }, cursor: '$second.nextCursor' }],
          expect: {
            data: { $column: 'slug', $values: ['p-0005'] },
            hasMore: false,
            nextCursor: { $absent: true },
          },
        },
      ],
    },
    {
      name: 'a cursor neither skips nor repeats rows that were added or deleted in between',
      given: [many(4)],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 2, sort: { slug: 'asc' } }], save: 'first' },
        { as: 'god', call: ['PageConfig.create', { slug: 'a', title: 'a', level: 1 }] },
        { as: 'god', call: ['PageConfig.delete', '$first.data.1.id'] },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 9, sort: { slug: 'asc' }, cursor: '$first.nextCursor' }],
          expect: { data: { $column: 'slug', $values: ['p-0003', 'p-0004'] } },
        },
      ],
    },
    {
      name: 'a cursor goes through rows that are equal in the order',
      given: [many(5)],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 3, sort: { level: 'asc' } }], save: 'first' },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 3, sort: { level: 'asc' }, cursor: '$first.nextCursor' }],
          expect: { data: { $length: 2 }, hasMore: false },
          save: 'second',
        },
        {
          as: 'god',
          call: [
            'PageConfig.count',
            {
              id: {
                in: [
                  '$first.data.0.id',
                  '$first.data.1.id',
                  '$first.data.2.id',
                  '$second.data.0.id',
                  '$second.data.1.id',
                ],
              },
            },
          ],
          expect: 5,
        },
      ],
    },
    {
      name: 'a cursor goes over nulls, ascending and descending',
      given: four,
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 1, sort: [{ icon: 'asc' }, { slug: 'asc' }] }],
          expect: { data: [{ slug: 'b' }] },
          save: 'up',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { sort: [{ icon: 'asc' }, { slug: 'asc' }], cursor: '$up.nextCursor' }],
          expect: { data: { $column: 'slug', $values: ['c', 'd', 'a'] } },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 3, sort: [{ icon: 'desc' }, { slug: 'desc' }] }],
          expect: { data: { $column: 'slug', $values: ['a', 'd', 'c'] } },
          save: 'down',
        },
        {
          as: 'god',
          call: [
            'PageConfig.list',
            { sort: [{ icon: 'desc' }, { slug: 'desc' }], cursor: '$down.nextCursor' },
          ],
          expect: { data: { $column: 'slug', $values: ['b'] } },
        },
      ],
    },
    {
      name: 'a cursor of another order is refused',
      given: [many(3)],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 1, sort: { slug: 'asc' } }], save: 'first' },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 1, sort: { slug: 'desc' }, cursor: '$first.nextCursor' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 1, sort: { title: 'asc' }, cursor: '$first.nextCursor' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { limit: 1, cursor: '$first.nextCursor' }],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'a cursor of another entity is refused',
      given: [many(2), page('home'), node('a', 'home')],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 1 }], save: 'first' },
        {
          as: 'god',
          call: ['ComponentNode.list', { cursor: '$first.nextCursor' }],
          error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'cursor' }] } },
        },
      ],
    },
    {
      name: 'a cursor that was changed is refused',
      given: [many(2)],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 1 }], save: 'first' },
        {
          as: 'god',
          call: ['PageConfig.list', { cursor: { $concat: ['$first.nextCursor', 'A'] } }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { cursor: { $concat: ['A', '$first.nextCursor'] } }],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'a cursor and a page together are refused',
      given: [many(2)],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 1 }], save: 'first' },
        {
          as: 'god',
          call: ['PageConfig.list', { page: 1, cursor: '$first.nextCursor' }],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'a cursor shows nobody more than their rules do',
      given: [
        page('open', { level: 1, sortOrder: 1 }),
        page('secret', { level: 5, sortOrder: 2 }),
        page('open-too', { level: 1, sortOrder: 3 }),
      ],
      steps: [
        { as: 'god', call: ['PageConfig.list', { limit: 1, sort: { sortOrder: 'asc' } }], save: 'first' },
        {
          as: 'public',
          call: ['PageConfig.list', { sort: { sortOrder: 'asc' }, cursor: '$first.nextCursor' }],
          expect: { data: { $column: 'slug', $values: ['open-too'] } },
          absent: ['secret'],
        },
      ],
    },
    {
      name: 'a cursor tells nothing of the rows that it does not show',
      given: [
        page('open', { sortOrder: 1 }),
        page('secret', { level: 5, sortOrder: 2 }),
        page('open-too', { sortOrder: 3 }),
      ],
      steps: [
        {
          as: 'public',
          call: ['PageConfig.list', { limit: 1, sort: { sortOrder: 'asc' } }],
          expect: { data: [{ slug: 'open' }], hasMore: true },
          save: 'first',
        },
        {
          as: 'public',
          call: ['PageConfig.list', { limit: 1, sort: { sortOrder: 'asc' }, cursor: '$first.nextCursor' }],
          expect: { data: [{ slug: 'open-too' }], hasMore: false },
        },
      ],
    },
    ...orders.map(
      ([name, sort, slugs]): Case => ({
        name: `sort ${name}`,
        given: four,
        steps: [
          {
            as: 'god',
            call: ['PageConfig.list', { sort }],
            expect: { data: { $column: 'slug', $values: slugs } },
          },
        ],
      }),
    ),
    {
      name: 'usernames sort without regard to case',
      given: [user('bob'), user('Alice'), user('carol'), user('Bert')],
      steps: [
        {
          as: 'god',
          call: ['User.list', { sort: { username: 'asc' } }],
          expect: { data: { $column: 'username', $values: ['Alice', 'Bert', 'bob', 'carol'] } },
        },
      ],
    },
    {
      name: 'characters beyond the basic plane sort behind all of it',
      given: [page('plane', { title: '\uff5e' }), page('beyond', { title: '😀' })],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { title: 'asc' } }],
          expect: { data: { $column: 'slug', $values: ['plane', 'beyond'] } },
        },
      ],
    },
    {
      name: 'rows that are equal in the order come by id, each time the same',
      given: [
        ...['f', 'a', 'c'].map((digit) =>
          page(digit, { id: `${digit.repeat(8)}-58cc-4372-a567-0e02b2c3d479` }),
        ),
      ],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { level: 'asc' } }],
          expect: { data: { $column: 'slug', $values: ['a', 'c', 'f'] } },
        },
        {
          as: 'god',
          call: ['PageConfig.list', {}],
          expect: { data: { $column: 'slug', $values: ['a', 'c', 'f'] } },
        },
      ],
    },
    {
      name: 'sort by json is refused',
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { layout: 'asc' } }],
          error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'sort.layout' }] } },
        },
      ],
    },
    {
      name: 'select gives the fields that are named, and no others',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { select: ['slug', 'level'] }],
          expect: { data: [{ $is: { slug: 'home', level: 1 } }] },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { select: ['title'], sort: { slug: 'asc' }, filter: { level: 1 } }],
          expect: { data: [{ $is: { title: 'home' } }] },
        },
      ],
    },
    {
      name: 'a page of a list of selected fields can be continued',
      given: [many(3)],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.list', { select: ['title'], sort: { slug: 'asc' }, limit: 2 }],
          expect: { data: [{ $is: { title: 'no 0001' } }, { $is: { title: 'no 0002' } }] },
          save: 'first',
        },
        {
          as: 'god',
          call: [
            'PageConfig.list',
            { select: ['title'], sort: { slug: 'asc' }, cursor: '$first.nextCursor' },
          ],
          expect: { data: [{ $is: { title: 'no 0003' } }] },
        },
      ],
    },
    ...badOptions.map(
      ([name, options, path]): Case => ({
        name: `refused: ${name}`,
        given: [page('home')],
        steps: [
          {
            as: 'god',
            call: ['PageConfig.list', options],
            error: {
              code: 'VALIDATION_ERROR',
              details: { issues: { $holds: [{ path: { $pattern: path } }] } },
            },
          },
        ],
      }),
    ),
  ],
}
