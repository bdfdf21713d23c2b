import type { Case, Json, Topic } from '../case.ts'
import { page, user } from '../seeds.ts'

const people = [
  user('alice', 'user', { bio: 'malice in the bio' }),
  user('malice', 'user', { email: 'm@else.example' }),
  user('bob', 'admin', { email: 'alice.cooper@example.com' }),
  user('carol', 'god'),
]

const badQueries: readonly (readonly [name: string, query: Json])[] = [
  ['an empty text', ''],
  ['spaces', '   '],
  ['a number', 7],
  ['null', null],
  ['a list', ['alice']],
  ['an object', { contains: 'alice' }],
]

export const pagesAndSearch: Topic = {
  topic: 'pages by slug and level, search of users',
  cases: [
    {
      name: 'getBySlug gives the page',
      given: [page('home'), page('docs/a')],
      steps: [
        { as: 'god', call: ['PageConfig.getBySlug', 'home'], expect: { $is: '$home' } },
        { as: 'public', call: ['PageConfig.getBySlug', 'docs/a'], expect: { slug: 'docs/a' } },
      ],
    },
    {
      name: 'getBySlug of a slug that is not there is NOT_FOUND',
      given: [page('home')],
      steps: ['nothing', 'HOME', 'home ', '', "home' or '1'='1", '%', null, 7, { ne: '' }, ['home']].map(
        (slug) => ({
          as: 'god',
          call: ['PageConfig.getBySlug', slug] as const,
          error: { code: 'NOT_FOUND', details: { entity: 'PageConfig' } },
        }),
      ),
    },
    {
      name: 'getBySlug of a text that no database holds is NOT_FOUND like every other slug that is not there',
      given: [page('home')],
      steps: ['home\u0000', '\ud800'].map((slug) => ({
        as: 'god',
        call: ['PageConfig.getBySlug', slug] as const,
        error: 'NOT_FOUND',
      })),
    },
    {
      name: 'listByLevel is a list with its options',
      given: [
        page('a', { level: 2 }),
        page('b', { level: 2 }),
        page('c', { level: 2 }),
        page('d', { level: 1 }),
      ],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.listByLevel', 2],
          expect: { data: { $length: 3 }, limit: 20, hasMore: false },
        },
        {
          as: 'god',
          call: ['PageConfig.listByLevel', 2, { limit: 2, sort: { slug: 'desc' }, count: true }],
          expect: { data: { $column: 'slug', $values: ['c', 'b'] }, total: 3, hasMore: true },
          save: 'first',
        },
        {
          as: 'god',
          call: [
            'PageConfig.listByLevel',
            2,
            { limit: 2, sort: { slug: 'desc' }, cursor: '$first.nextCursor' },
          ],
          expect: { data: { $column: 'slug', $values: ['a'] } },
        },
        {
          as: 'god',
          call: ['PageConfig.listByLevel', 2, { page: 2, limit: 2, sort: { slug: 'asc' } }],
          expect: { data: { $column: 'slug', $values: ['c'] }, total: 3 },
        },
        {
          as: 'god',
          call: ['PageConfig.listByLevel', 2, { filter: { slug: 'b' } }],
          expect: { data: { $column: 'slug', $values: ['b'] } },
        },
        { as: 'god', call: ['PageConfig.listByLevel', 5], expect: { data: [] } },
      ],
    },
    {
      name: 'listByLevel is not widened by a filter of its options',
      given: [page('a', { level: 1 }), page('b', { level: 2 })],
      steps: [
        { as: 'god', call: ['PageConfig.listByLevel', 1, { filter: { level: 2 } }], expect: { data: [] } },
        {
          as: 'god',
          call: ['PageConfig.listByLevel', 1, { filter: { or: [{ level: 2 }, { level: 1 }] } }],
          expect: { data: { $column: 'slug', $values: ['a'] } },
        },
      ],
    },
    {
      name: 'listByLevel refuses levels that there are not',
      steps: [0, 6, -1, 1.5, '1', null, true, [1], { gt: 0 }].map((level) => ({
        as: 'god',
        call: ['PageConfig.listByLevel', level] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'listByLevel refuses bad options',
      steps: [
        { as: 'god', call: ['PageConfig.listByLevel', 1, { limit: 101 }], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.listByLevel', 1, { where: {} }], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.listByLevel', 1, 'options'], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'search finds users by a part of username or email',
      given: people,
      steps: [
        {
          as: 'god',
          call: ['User.search', 'lic'],
          expect: {
            $all: [
              { $length: 3 },
              { $holds: [{ username: 'alice' }, { username: 'malice' }, { username: 'bob' }] },
            ],
          },
        },
        {
          as: 'god',
          call: ['User.search', 'cooper'],
          expect: [{ username: 'bob', email: 'alice.cooper@example.com', role: 'admin' }],
        },
        { as: 'god', call: ['User.search', 'else.example'], expect: [{ username: 'malice' }] },
      ],
    },
    {
      name: 'search does not regard case',
      given: people,
      steps: [{ as: 'god', call: ['User.search', 'CAROL'], expect: [{ username: 'carol' }] }],
    },
    {
      name: 'search does not look into other fields',
      given: people,
      steps: [{ as: 'god', call: ['User.search', 'in the bio'], expect: [] }],
    },
    {
      name: 'search of what nobody is called finds nobody',
      given: people,
      steps: [
        'zzz',
        '%',
        '_',
        '*',
        '"',
        "'",
        "' or 1=1 --",
        'alice" OR "bob',
        'NEAR(',
        'username:alice',
        '(',
        '\\',
      ].map((query) => ({
        as: 'god',
        call: ['User.search', query] as const,
        expect: [],
      })),
    },
    {
      name: 'search shows a user their own row only',
      given: people,
      steps: [
        {
          as: '$alice',
          call: ['User.search', 'lic'],
          expect: [{ username: 'alice' }],
          absent: ['malice"', 'bob'],
        },
        { as: '$malice', call: ['User.search', 'bob'], expect: [] },
      ],
    },
    {
      name: 'search of an admin finds who outranks them',
      given: people,
      steps: [{ as: 'admin', call: ['User.search', 'carol'], expect: [{ username: 'carol', role: 'god' }] }],
    },
    {
      name: 'search takes a limit, 20 without one',
      given: [
        {
          as: 'god',
          call: ['User.createMany', { $rows: [25, { username: 'person#', email: 'person#@example.com' }] }],
        },
      ],
      steps: [
        { as: 'god', call: ['User.search', 'person'], expect: { $length: 20 } },
        { as: 'god', call: ['User.search', 'person', 3], expect: { $length: 3 } },
        { as: 'god', call: ['User.search', 'person', 100], expect: { $length: 25 } },
        ...[0, -1, 101, 1.5, '3'].map((limit) => ({
          as: 'god',
          call: ['User.search', 'person', limit] as const,
          error: 'VALIDATION_ERROR',
        })),
      ],
    },
    ...badQueries.map(
      ([name, query]): Case => ({
        name: `search refuses ${name}`,
        given: people,
        steps: [{ as: 'god', call: ['User.search', query], error: 'VALIDATION_ERROR' }],
      }),
    ),
  ],
}
