import type { Case, Json, Topic } from '../case.ts'
import { node, page, user } from '../seeds.ts'

const three = [page('a', { level: 1 }), page('b', { level: 2 }), page('c', { level: 2 })]

/** Filters without a single condition, however they are dressed. */
const empty: readonly (readonly [name: string, filter: Json])[] = [
  ['{}', {}],
  ['null', null],
  ['and of nothing', { and: [] }],
  ['or of nothing', { or: [] }],
  ['and of empty filters', { and: [{}, {}] }],
  ['or of an empty filter', { or: [{}] }],
  ['not of nothing', { not: {} }],
  ['an empty filter deep inside', { and: [{ or: [{ and: [{}] }] }, { not: { and: [] } }] }],
  ['a field without an operator', { level: {} }],
]

export const manyForms: Topic = {
  topic: 'createMany, updateMany, deleteMany',
  cases: [
    {
      name: 'createMany gives the count and the ids in the order of the rows',
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.createMany',
            [
              { slug: 'b', title: 'B', level: 1 },
              { slug: 'a', title: 'A', level: 1 },
            ],
          ],
          expect: { $all: [{ count: 2, ids: { $each: { $kind: 'uuid7' } } }, { $keys: ['count', 'ids'] }] },
          save: 'made',
        },
        { as: 'god', call: ['PageConfig.read', '$made.ids.0'], expect: { slug: 'b' } },
        { as: 'god', call: ['PageConfig.read', '$made.ids.1'], expect: { slug: 'a' } },
      ],
    },
    {
      name: 'createMany of no rows stores nothing',
      steps: [{ as: 'god', call: ['PageConfig.createMany', []], expect: { $is: { count: 0, ids: [] } } }],
    },
    {
      name: 'createMany takes defaults and ids of the caller row by row',
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.createMany',
            [
              { slug: 'a', title: 'A', level: 1, id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' },
              { slug: 'b', title: 'B', level: 1, sortOrder: 3 },
            ],
          ],
          expect: { ids: ['f47ac10b-58cc-4372-a567-0e02b2c3d479', { $kind: 'uuid7' }] },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { slug: 'asc' } }],
          expect: {
            data: [
              { sortOrder: 0, isPublished: true },
              { sortOrder: 3, isPublished: true },
            ],
          },
        },
      ],
    },
    {
      name: 'createMany with one bad row stores none, and names the row and the field',
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.createMany',
            [
              { slug: 'a', title: 'A', level: 1 },
              { slug: 'b', title: 'B', level: 1 },
              { slug: 'c', title: 'C', level: 9 },
            ],
          ],
          error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: '[2].level' }] } },
        },
        { as: 'god', call: ['PageConfig.count'], expect: 0 },
      ],
    },
    {
      name: 'createMany with a reference to nothing stores none',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'ComponentNode.createMany',
            [
              { pageId: '$home.id', type: 'a' },
              { pageId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', type: 'b' },
            ],
          ],
          error: 'CONFLICT',
        },
        { as: 'god', call: ['ComponentNode.count'], expect: 0 },
      ],
    },
    ...[{ slug: 'a', title: 'A', level: 1 }, 'rows', null, 7, { length: 1 }].map(
      (rows): Case => ({
        name: `createMany refuses ${JSON.stringify(rows)}, which is no list`,
        steps: [{ as: 'god', call: ['PageConfig.createMany', rows], error: 'VALIDATION_ERROR' }],
      }),
    ),
    {
      name: 'createMany refuses rows that are no objects',
      steps: [null, 'row', 7, [], true].map((row) => ({
        as: 'god',
        call: ['PageConfig.createMany', [{ slug: 'a', title: 'A', level: 1 }, row]] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'createMany stores a thousand rows',
      steps: [
        {
          as: 'god',
          call: ['PageConfig.createMany', { $rows: [1_000, { slug: 'p-#', title: 'no #', level: 1 }] }],
          expect: { count: 1_000, ids: { $length: 1_000 } },
        },
        { as: 'god', call: ['PageConfig.count'], expect: 1_000 },
      ],
    },
    {
      name: 'createMany by a role without create is FORBIDDEN, also of no rows',
      steps: [
        { as: 'admin', call: ['PageConfig.createMany', []], error: 'FORBIDDEN' },
        {
          as: 'admin',
          call: ['PageConfig.createMany', [{ slug: 'a', title: 'A', level: 1 }]],
          error: 'FORBIDDEN',
        },
      ],
    },
    {
      name: 'updateMany changes the rows of the filter and gives their count',
      given: three,
      steps: [
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 2 }, { title: 'x', isPublished: false }],
          expect: { $is: { count: 2 } },
        },
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { slug: 'asc' } }],
          expect: {
            data: [
              { title: 'a', isPublished: true },
              { title: 'x', isPublished: false },
              { title: 'x', isPublished: false },
            ],
          },
        },
      ],
    },
    {
      name: 'updateMany of a filter that finds nothing counts 0',
      given: three,
      steps: [
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 5 }, { title: 'x' }],
          expect: { $is: { count: 0 } },
        },
      ],
    },
    {
      name: 'updateMany to one value of a unique field changes none',
      given: three,
      steps: [
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 2 }, { slug: 'same' }],
          error: { code: 'CONFLICT', details: { fields: ['slug'] } },
        },
        { as: 'god', call: ['PageConfig.count', { slug: 'same' }], expect: 0 },
      ],
    },
    {
      name: 'updateMany with a bad patch changes none, whatever the filter finds',
      given: three,
      steps: [
        { as: 'god', call: ['PageConfig.updateMany', { level: 2 }, { level: 9 }], error: 'VALIDATION_ERROR' },
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 5 }, { colour: 'red' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 2 }, { id: '$a.id' }],
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['PageConfig.updateMany', { level: 2 }, 'title'], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.updateMany', { level: 2 }, []], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'deleteMany deletes the rows of the filter and gives their count',
      given: three,
      steps: [
        { as: 'god', call: ['PageConfig.deleteMany', { level: 2 }], expect: { $is: { count: 2 } } },
        { as: 'god', call: ['PageConfig.list', {}], expect: { data: { $column: 'slug', $values: ['a'] } } },
        { as: 'god', call: ['PageConfig.deleteMany', { level: 2 }], expect: { $is: { count: 0 } } },
      ],
    },
    {
      name: 'deleteMany of a parent and its child takes both',
      given: [page('home'), node('a', 'home'), node('b', 'home', { parentId: '$a.id' })],
      steps: [
        { as: 'god', call: ['ComponentNode.deleteMany', { pageId: '$home.id' }], expect: { count: 2 } },
        { as: 'god', call: ['ComponentNode.count'], expect: 0 },
      ],
    },
    ...empty.flatMap(([name, filter]): Case[] => [
      {
        name: `updateMany refuses an empty filter: ${name}`,
        given: three,
        steps: [
          { as: 'god', call: ['PageConfig.updateMany', filter, { title: 'x' }], error: 'VALIDATION_ERROR' },
        ],
      },
      {
        name: `deleteMany refuses an empty filter: ${name}`,
        given: three,
        steps: [{ as: 'god', call: ['PageConfig.deleteMany', filter], error: 'VALIDATION_ERROR' }],
      },
    ]),
    {
      name: 'without any filter the many-forms are refused',
      given: three,
      steps: [
        { as: 'god', call: ['PageConfig.deleteMany'], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.updateMany'], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.createMany'], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'createMany of users keeps all when one would outrank the caller',
      given: [user('anna', 'admin')],
      steps: [
        {
          as: '$anna',
          call: [
            'User.createMany',
            [
              { username: 'one', email: 'one@example.com' },
              { username: 'two', email: 'two@example.com', role: 'god' },
            ],
          ],
          error: 'FORBIDDEN',
        },
        { as: '$anna', call: ['User.count'], expect: 1 },
      ],
    },
  ],
}
