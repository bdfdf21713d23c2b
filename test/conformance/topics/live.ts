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
    {
      name: 'see a related row open and close what a rule shows by it',
      schema: 'shelf',
      rules: [
        { entity: 'Box', roles: ['god'], operations: ['create', 'read', 'update', 'delete'] },
        { entity: 'Item', roles: ['god'], operations: ['create', 'read', 'update', 'delete'] },
        { entity: 'Item', roles: ['user'], operations: ['read'], rowFilter: 'box.level <= $user.level' },
      ],
      given: [
        { as: 'god', call: ['Box.create', { name: 'low', level: 1 }], save: 'low' },
        { as: 'god', call: ['Box.create', { name: 'high', level: 5 }], save: 'high' },
        { as: 'god', call: ['Item.create', { name: 'a', boxId: '$low.id' }], save: 'a' },
        { as: 'god', call: ['Item.create', { name: 'b', boxId: '$high.id' }], save: 'b' },
      ],
      steps: [
        {
          as: 'user',
          watch: ['Item', { sort: { name: 'asc' } }],
          save: 'feed',
          expect: { $column: 'name', $values: ['a'] },
        },
        {
          as: 'god',
          call: ['Box.update', '$high.id', { level: 2 }],
          events: {
            feed: [{ rows: { $column: 'name', $values: ['a', 'b'] }, added: [{ name: 'b' }], removed: [] }],
          },
        },
        {
          as: 'god',
          call: ['Box.update', '$low.id', { level: 3 }],
          events: { feed: [{ rows: { $column: 'name', $values: ['b'] }, removed: ['$a.id'] }] },
        },
        { as: 'god', call: ['Box.update', '$low.id', { name: 'other' }], events: { feed: [] } },
        {
          as: 'god',
          call: ['Item.update', '$a.id', { boxId: '$high.id' }],
          events: { feed: [{ rows: { $column: 'name', $values: ['a', 'b'] }, added: [{ name: 'a' }] }] },
        },
      ],
    },
    {
      name: 'see rows that a cascade takes with it',
      given: [page('a'), page('b')],
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.create', { pageId: '$a.id', type: 'one' }],
          save: 'one',
        },
        { as: 'god', call: ['ComponentNode.create', { pageId: '$b.id', type: 'two' }], save: 'two' },
        {
          as: 'god',
          call: ['ComponentNode.create', { pageId: '$b.id', parentId: '$two.id', type: 'three' }],
          save: 'three',
        },
        {
          as: 'god',
          watch: ['ComponentNode', { sort: { type: 'asc' } }],
          save: 'all',
          expect: { $length: 3 },
        },
        { as: 'god', watch: ['ComponentNode', { filter: { pageId: '$b.id' } }], save: 'own' },
        {
          as: 'god',
          call: ['PageConfig.delete', '$a.id'],
          events: { all: [{ removed: ['$one.id'], rows: { $length: 2 } }], own: [] },
        },
        {
          as: 'god',
          call: ['ComponentNode.delete', '$two.id'],
          events: { all: [{ rows: [], removed: { $length: 2 } }], own: [{ rows: [] }] },
        },
      ],
    },
    {
      name: 'tell of a write to many rows once',
      given: [page('a'), page('b'), page('c')],
      steps: [
        { as: 'god', watch: ['PageConfig', bySlug], save: 'feed' },
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 1 }, { title: 'New' }],
          events: { feed: [{ changed: { $length: 3 }, added: [], removed: [], moved: [] }] },
        },
        {
          as: 'god',
          call: ['PageConfig.deleteMany', { slug: { in: ['a', 'c'] } }],
          events: { feed: [{ rows: [{ slug: 'b' }], removed: { $length: 2 } }] },
        },
      ],
    },
    {
      name: 'fill a list up again when a row leaves it, and move what was written',
      given: [page('a'), page('b'), page('c'), page('d')],
      steps: [
        {
          as: 'god',
          watch: ['PageConfig', { ...bySlug, limit: 3 }],
          save: 'feed',
          expect: { $column: 'slug', $values: ['a', 'b', 'c'] },
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$a.id', { slug: 'bb' }],
          events: {
            feed: [
              {
                rows: { $column: 'slug', $values: ['b', 'bb', 'c'] },
                moved: [{ id: '$a.id', from: 0, to: 1 }],
                changed: [{ slug: 'bb' }],
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
                rows: { $column: 'slug', $values: ['b', 'c', 'd'] },
                added: [{ slug: 'd' }],
                removed: ['$a.id'],
              },
            ],
          },
        },
        { as: 'god', call: ['PageConfig.update', '$a.id', { title: 'far behind' }], events: { feed: [] } },
      ],
    },
    {
      name: 'show a later page as rows before it come and go',
      given: [page('b'), page('c'), page('d')],
      steps: [
        {
          as: 'god',
          watch: ['PageConfig', { ...bySlug, limit: 1, page: 2 }],
          save: 'feed',
          expect: { $column: 'slug', $values: ['c'] },
        },
        {
          ...page('a'),
          events: { feed: [{ rows: [{ slug: 'b' }], added: [{ slug: 'b' }], removed: ['$c.id'] }] },
        },
        { as: 'god', call: ['PageConfig.delete', '$a.id'], events: { feed: [{ rows: [{ slug: 'c' }] }] } },
      ],
    },
    {
      name: 'say nothing of fields that the role may not read, and nothing when only these change',
      schema: 'people',
      given: [
        {
          as: 'god',
          call: ['Person.create', { name: 'Ann', email: 'secret@example.com', salary: 7, pin: 'hidden' }],
          save: 'ann',
        },
      ],
      steps: [
        {
          as: 'public',
          watch: ['Person', {}],
          save: 'feed',
          expect: [{ $is: { id: '$ann.id', name: 'Ann' } }],
          absent: ['secret@example.com', 'hidden'],
        },
        {
          as: 'god',
          call: ['Person.update', '$ann.id', { salary: 8, email: 'x@example.com' }],
          events: { feed: [] },
        },
        {
          as: 'god',
          call: ['Person.update', '$ann.id', { salary: 9, name: 'Anna' }],
          events: { feed: [{ changed: [{ $is: { id: '$ann.id', name: 'Anna' } }] }] },
        },
        {
          as: 'public',
          watch: ['Person', { filter: { salary: 9 } }],
          save: 'no',
          error: { code: 'FORBIDDEN', details: { field: 'salary' } },
        },
        { as: 'public', watch: ['Person', { sort: { email: 'asc' } }], save: 'nor', error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'find rows without regard to case, and by keys of several fields',
      schema: 'ledger',
      given: [
        {
          as: 'god',
          call: [
            'Entry.create',
            { account: 'ann', number: 1, amount: { $bigint: '9007199254740993' }, label: 'One' },
          ],
        },
      ],
      steps: [
        {
          as: 'god',
          watch: ['Entry', { filter: { label: 'ONE' } }],
          save: 'label',
          expect: [{ label: 'One', number: 1 }],
        },
        {
          as: { id: '01890000-0000-7000-8000-0000000000b1', role: 'user', username: 'ann' },
          watch: ['Entry', {}],
          save: 'own',
        },
        {
          as: 'god',
          call: ['Entry.create', { account: 'bob', number: 1, label: 'two' }],
          events: { label: [], own: [] },
        },
        {
          as: 'god',
          call: ['Entry.update', { account: 'ann', number: 1 }, { label: 'oNe' }],
          events: { label: [{ changed: [{ label: 'oNe' }] }], own: [{ changed: { $length: 1 } }] },
        },
        {
          as: 'god',
          call: ['Entry.update', { account: 'ann', number: 1 }, { label: 'none' }],
          events: {
            label: [{ removed: [{ account: 'ann', number: 1 }], rows: [] }],
            own: [{ changed: { $length: 1 } }],
          },
        },
      ],
    },
    {
      name: 'follow an upsert, a tree that is sorted anew and a row that comes back',
      given: [page('a')],
      steps: [
        { as: 'god', call: ['ComponentNode.create', { pageId: '$a.id', type: 'x', order: 0 }], save: 'x' },
        { as: 'god', call: ['ComponentNode.create', { pageId: '$a.id', type: 'y', order: 1 }], save: 'y' },
        {
          as: 'god',
          watch: ['ComponentNode', { filter: { pageId: '$a.id' }, sort: { order: 'asc' } }],
          save: 'nodes',
          expect: { $column: 'type', $values: ['x', 'y'] },
        },
        {
          as: 'god',
          call: [
            'ComponentNode.reorder',
            [
              { id: '$x.id', order: 1 },
              { id: '$y.id', order: 0 },
            ],
          ],
          events: { nodes: [{ rows: { $column: 'type', $values: ['y', 'x'] }, changed: { $length: 2 } }] },
        },
        { as: 'god', watch: ['PageConfig', { filter: { slug: 'b' } }], save: 'page', expect: [] },
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'b' }, create: { title: 'B', level: 1 }, update: { title: 'other' } },
          ],
          save: 'b',
          events: { page: [{ added: [{ title: 'B' }] }], nodes: [] },
        },
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'b' }, create: { title: 'B', level: 1 }, update: { title: 'other' } },
          ],
          events: { page: [{ changed: [{ title: 'other' }] }] },
        },
        { as: 'god', call: ['PageConfig.delete', '$b.id'], events: { page: [{ removed: ['$b.id'] }] } },
        { ...page('b'), events: { page: [{ added: [{ slug: 'b' }] }] } },
      ],
    },
  ],
}
