import type { Topic } from '../case.ts'
import { page } from '../seeds.ts'

export const pages: Topic = {
  topic: 'pages by slug and level',
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
  ],
}
