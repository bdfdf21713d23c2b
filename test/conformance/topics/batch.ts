import type { Topic } from '../case.ts'
import { page, user } from '../seeds.ts'

const create = (slug: string, more = {}) => ({
  method: 'create',
  params: ['PageConfig', { slug, title: slug, level: 1, ...more }],
})

export const batch: Topic = {
  topic: 'batch',
  cases: [
    {
      name: 'gives the results in the order of the calls',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'batch',
            [
              create('a'),
              { method: 'read', params: ['PageConfig', '$home.id'] },
              { method: 'count', params: ['PageConfig'] },
              { method: 'delete', params: ['PageConfig', '$home.id'] },
              { method: 'list', params: ['PageConfig', { sort: { slug: 'asc' } }] },
            ],
          ],
          expect: [{ slug: 'a' }, { slug: 'home' }, 2, true, { data: [{ slug: 'a' }] }],
        },
      ],
    },
    {
      name: 'of no calls gives no results',
      steps: [{ as: 'god', call: ['batch', []], expect: { $is: [] } }],
    },
    {
      name: 'stores nothing when its last call is invalid',
      steps: [
        { as: 'god', call: ['batch', [create('a'), create('b'), create('C')]], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.count'], expect: 0 },
      ],
    },
    {
      name: 'stores nothing when a call is a CONFLICT',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'batch',
            [
              create('a'),
              { method: 'update', params: ['PageConfig', '$home.id', { title: 'x' }] },
              create('home'),
            ],
          ],
          error: { code: 'CONFLICT', details: { fields: ['slug'] } },
        },
        { as: 'god', call: ['PageConfig.list', {}], expect: { data: [{ title: 'home' }] } },
      ],
    },
    {
      name: 'stores nothing when a row is NOT_FOUND',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'batch',
            [
              { method: 'delete', params: ['PageConfig', '$home.id'] },
              { method: 'delete', params: ['PageConfig', '$home.id'] },
            ],
          ],
          error: 'NOT_FOUND',
        },
        { as: 'god', call: ['PageConfig.count'], expect: 1 },
      ],
    },
    {
      name: 'stores nothing when a call is FORBIDDEN',
      given: [user('alice')],
      steps: [
        {
          as: '$alice',
          call: ['batch', [{ method: 'update', params: ['User', '$alice.id', { bio: 'x' }] }, create('a')]],
          error: 'FORBIDDEN',
        },
        { as: 'god', call: ['User.read', '$alice.id'], expect: { bio: null } },
      ],
    },
    {
      name: 'shows each call what the calls before it wrote',
      steps: [
        {
          as: 'god',
          call: [
            'batch',
            [
              create('a', { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' }),
              {
                method: 'create',
                params: ['ComponentNode', { pageId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', type: 'Box' }],
              },
              { method: 'getTree', params: ['ComponentNode', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'] },
            ],
          ],
          expect: [{ slug: 'a' }, { type: 'Box' }, [{ type: 'Box', children: [] }]],
        },
      ],
    },
    {
      name: 'holds each call to the rules',
      given: [page('secret', { level: 5 }), page('open')],
      steps: [
        {
          as: 'public',
          call: [
            'batch',
            [
              { method: 'list', params: ['PageConfig', {}] },
              { method: 'count', params: ['PageConfig'] },
            ],
          ],
          expect: [{ data: [{ slug: 'open' }] }, 1],
          absent: ['secret'],
        },
        {
          as: 'public',
          call: [
            'batch',
            [
              { method: 'count', params: ['PageConfig'] },
              { method: 'read', params: ['PageConfig', '$secret.id'] },
            ],
          ],
          error: 'NOT_FOUND',
        },
      ],
    },
    {
      name: 'refuses a method that there is not',
      steps: ['nothing', '', 'toString', 'constructor', '__proto__', 'drop table User'].map((method) => ({
        as: 'god',
        call: ['batch', [create('a'), { method, params: ['PageConfig'] }]] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'refuses an entity that there is not',
      steps: [
        'Nothing',
        '',
        'user',
        'users',
        'constructor',
        '__proto__',
        'sqlite_master',
        '_dbal_audit',
        'User"; drop table "User',
        null,
        7,
      ].map((entity) => ({
        as: 'god',
        call: ['batch', [{ method: 'list', params: [entity, {}] }]] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'refuses an operation of another entity',
      steps: [
        ['getTree', 'User', 'x'],
        ['search', 'PageConfig', 'x'],
        ['getBySlug', 'User', 'x'],
        ['verify', 'User', 'alice', 'x'],
      ].map(([method, ...params]) => ({
        as: 'god',
        call: ['batch', [{ method: method as string, params }]] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'refuses what is no list of calls',
      steps: [{ method: 'count', params: ['User'] }, 'count', null, 7].map((calls) => ({
        as: 'god',
        call: ['batch', calls] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'refuses calls that are none',
      steps: [
        null,
        'count',
        7,
        [],
        {},
        { method: 'count' },
        { method: 'count', params: {} },
        { method: 7, params: [] },
        { params: ['User'] },
      ].map((one) => ({
        as: 'god',
        call: ['batch', [create('a'), one]] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'refuses a batch inside a batch',
      steps: [
        {
          as: 'god',
          call: ['batch', [{ method: 'batch', params: [[create('a')]] }]],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'refuses too many and too few parameters of a call',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['batch', [{ method: 'read', params: ['PageConfig'] }]],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['batch', [{ method: 'delete', params: ['PageConfig', '$home.id', true] }]],
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['batch', [{ method: 'list', params: [] }]], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'takes operations of one entity, and unpacks what each gives',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'batch',
            [
              { method: 'getBySlug', params: ['PageConfig', 'home'] },
              { method: 'search', params: ['User', 'x'] },
            ],
          ],
          expect: [{ slug: 'home' }, []],
        },
      ],
    },
  ],
}
