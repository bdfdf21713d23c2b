import type { Topic } from '../case.ts'
import { page, user } from '../seeds.ts'

const bySlug = { sort: { slug: 'asc' } }

export const live: Topic = {
  topic: 'live queries',
  cases: [
    {
      name: 'begin with the rows of the list',
      given: [page('b'), page('a'), page('secret', { level: 5 })],
      steps: [
        {
          as: 'public',
          watch: ['PageConfig', bySlug],
          save: 'feed',
          expect: { $column: 'slug', $values: ['a', 'b'] },
          absent: ['secret'],
        },
      ],
    },
    {
      name: 'begin with no rows where there are none',
      steps: [
        { as: 'public', watch: ['PageConfig', bySlug], save: 'feed', expect: [] },
        {
          ...page('a'),
          events: { feed: [{ rows: { $column: 'slug', $values: ['a'] }, added: [{ slug: 'a' }] }] },
        },
      ],
    },
    {
      name: 'tell of a row that is added, changed, moved and removed',
      given: [page('a'), page('c')],
      steps: [
        { as: 'user', watch: ['PageConfig', bySlug], save: 'feed' },
        {
          ...page('b'),
          events: {
            feed: [
              {
                rows: { $column: 'slug', $values: ['a', 'b', 'c'] },
                added: [{ slug: 'b' }],
                removed: [],
                changed: [],
              },
            ],
          },
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$b.id', { title: 'New' }],
          events: {
            feed: [
              {
                rows: { $column: 'title', $values: ['a', 'New', 'c'] },
                added: [],
                removed: [],
                changed: [{ title: 'New' }],
              },
            ],
          },
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$a.id', { slug: 'z' }],
          events: {
            feed: [
              {
                rows: { $column: 'slug', $values: ['b', 'c', 'z'] },
                changed: [{ slug: 'z' }],
                moved: { $holds: [{ id: '$a.id', from: 0, to: 2 }] },
              },
            ],
          },
        },
        {
          as: 'god',
          call: ['PageConfig.delete', '$b.id'],
          events: {
            feed: [
              { rows: { $column: 'slug', $values: ['c', 'z'] }, removed: ['$b.id'], added: [], changed: [] },
            ],
          },
        },
      ],
    },
    {
      name: 'say nothing of rows that the caller may not see',
      given: [page('open')],
      steps: [
        { as: 'public', watch: ['PageConfig', bySlug], save: 'feed' },
        { ...page('secret', { level: 5 }), events: { feed: [] } },
        { as: 'god', call: ['PageConfig.update', '$secret.id', { title: 'x' }], events: { feed: [] } },
        { as: 'god', call: ['PageConfig.delete', '$secret.id'], events: { feed: [] } },
      ],
    },
    {
      name: 'take a row that leaves the caller’s sight as removed, and one that enters it as added',
      given: [page('a'), page('b', { level: 5 })],
      steps: [
        { as: 'public', watch: ['PageConfig', bySlug], save: 'feed', expect: { $length: 1 } },
        {
          as: 'god',
          call: ['PageConfig.update', '$a.id', { isPublished: false }],
          events: { feed: [{ rows: [], removed: ['$a.id'] }] },
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$b.id', { level: 1 }],
          events: { feed: [{ rows: [{ slug: 'b' }], added: [{ slug: 'b' }] }] },
        },
      ],
    },
    {
      name: 'keep to their filter, sort and limit',
      given: [
        page('a', { sortOrder: 1 }),
        page('b', { sortOrder: 2 }),
        page('c', { sortOrder: 3, level: 2 }),
      ],
      steps: [
        {
          as: 'god',
          watch: ['PageConfig', { filter: { level: 1 }, sort: { sortOrder: 'desc' }, limit: 2 }],
          save: 'feed',
          expect: { $column: 'slug', $values: ['b', 'a'] },
        },
        { as: 'god', call: ['PageConfig.update', '$c.id', { title: 'x' }], events: { feed: [] } },
        {
          ...page('d', { sortOrder: 4 }),
          events: {
            feed: [
              { rows: { $column: 'slug', $values: ['d', 'b'] }, added: [{ slug: 'd' }], removed: ['$a.id'] },
            ],
          },
        },
      ],
    },
    {
      name: 'select what is named',
      given: [page('a')],
      steps: [
        {
          as: 'public',
          watch: ['PageConfig', { select: ['id', 'slug'] }],
          save: 'feed',
          expect: [{ $is: { id: '$a.id', slug: 'a' } }],
        },
      ],
    },
    {
      name: 'say nothing of a write that was refused or changed nothing',
      given: [page('a')],
      steps: [
        { as: 'god', watch: ['PageConfig', bySlug], save: 'feed' },
        {
          as: 'god',
          call: ['PageConfig.create', { slug: 'a', title: 'A', level: 1 }],
          error: 'CONFLICT',
          events: { feed: [] },
        },
        {
          as: 'god',
          call: [
            'batch',
            [
              { method: 'delete', params: ['PageConfig', '$a.id'] },
              { method: 'read', params: ['PageConfig', '$a.id'] },
            ],
          ],
          error: 'NOT_FOUND',
          events: { feed: [] },
        },
        { as: 'god', call: ['PageConfig.update', '$a.id', { title: 'a' }], events: { feed: [] } },
        { as: 'god', call: ['PageConfig.updateMany', { level: 5 }, { title: 'x' }], events: { feed: [] } },
      ],
    },
    {
      name: 'tell of a batch once',
      steps: [
        { as: 'god', watch: ['PageConfig', bySlug], save: 'feed' },
        {
          as: 'god',
          call: [
            'batch',
            [
              { method: 'create', params: ['PageConfig', { slug: 'a', title: 'A', level: 1 }] },
              { method: 'create', params: ['PageConfig', { slug: 'b', title: 'B', level: 1 }] },
            ],
          ],
          events: {
            feed: [{ rows: { $column: 'slug', $values: ['a', 'b'] }, added: [{ slug: 'a' }, { slug: 'b' }] }],
          },
        },
      ],
    },
    {
      name: 'tell a user of their own row only',
      given: [user('alice'), user('bob')],
      steps: [
        {
          as: '$alice',
          watch: ['User', {}],
          save: 'feed',
          expect: { $column: 'username', $values: ['alice'] },
        },
        { as: 'god', call: ['User.update', '$bob.id', { bio: 'x' }], events: { feed: [] } },
        {
          as: 'god',
          call: ['User.update', '$alice.id', { bio: 'x' }],
          events: { feed: [{ changed: [{ username: 'alice', bio: 'x' }] }] },
        },
      ],
    },
    {
      name: 'end when they are ended',
      steps: [
        { as: 'public', watch: ['PageConfig', bySlug], save: 'feed' },
        { unwatch: 'feed' },
        { ...page('a'), events: { feed: [] } },
      ],
    },
    {
      name: 'are FORBIDDEN where reading is',
      steps: [
        {
          as: 'public',
          watch: ['User', {}],
          save: 'a',
          error: { code: 'FORBIDDEN', details: { entity: 'User' } },
        },
        { as: 'admin', watch: ['Workflow', {}], save: 'b', error: 'FORBIDDEN' },
        { as: 'supergod', watch: ['Credential', {}], save: 'c', error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'refuse what a list refuses',
      steps: [
        {
          as: 'god',
          watch: ['PageConfig', { filter: { colour: 'red' } }],
          save: 'a',
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', watch: ['PageConfig', { limit: 101 }], save: 'b', error: 'VALIDATION_ERROR' },
        {
          as: 'god',
          watch: ['PageConfig', { sort: { layout: 'asc' } }],
          save: 'c',
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', watch: ['PageConfig', { nothing: 1 }], save: 'd', error: 'VALIDATION_ERROR' },
      ],
    },
  ],
}
