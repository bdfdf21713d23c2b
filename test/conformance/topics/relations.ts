import type { Case, Json, Rule, Topic } from '../case.ts'
import { nobody, node, page, user, workflow } from '../seeds.ts'

const box = (name: string, level: number | null): Case['steps'][number] => ({
  as: 'god',
  call: ['Box.create', { name, level }],
  save: name,
})

const item = (
  name: string,
  boxName: string | null,
  more: { readonly [field: string]: Json } = {},
): Case['steps'][number] => ({
  as: 'god',
  call: ['Item.create', { name, boxId: boxName === null ? null : `$${boxName}.id`, ...more }],
  save: name,
})

/** Two boxes with things in them, an empty one, and a thing in no box. */
const shelves = [
  box('low', 1),
  box('high', 5),
  box('bare', 2),
  item('cup', 'low', { level: 1, word: 'red' }),
  item('jar', 'low', { level: 4 }),
  item('lid', 'high', { level: 2, word: 'red' }),
  item('key', null, { level: 9 }),
]

const everything = ['create', 'read', 'update', 'delete'] as const
const rules: readonly Rule[] = [
  { entity: 'Box', roles: ['god'], operations: everything },
  { entity: 'Item', roles: ['god'], operations: everything },
  { entity: 'Box', roles: ['user'], operations: ['read'], rowFilter: 'level < 5' },
  {
    entity: 'Item',
    roles: ['user'],
    operations: ['read'],
    rowFilter: 'level < 4',
    fields: { read: ['id', 'name', 'boxId', 'level'] },
  },
  { entity: 'Item', roles: ['admin'], operations: ['read'], fields: { read: ['id', 'name'] } },
  { entity: 'Box', roles: ['admin'], operations: ['read'] },
]

const names = (...list: readonly string[]): Json => ({ data: list.map((name) => ({ name })) })

const filters: readonly (readonly [name: string, filter: Json, found: readonly string[]])[] = [
  ['a condition over the one row that a reference names', { box: { level: 1 } }, ['cup', 'jar']],
  ['null: no such row', { box: null }, ['key']],
  ['not null', { not: { box: null } }, ['cup', 'jar', 'lid']],
  ['a condition over the way there and back', { box: { items: { some: { name: 'jar' } } } }, ['cup', 'jar']],
  ['beside others', { word: 'red', box: { level: { gt: 1 } } }, ['lid']],
  ['inside of or', { or: [{ box: null }, { box: { name: 'high' } }] }, ['key', 'lid']],
]

const quantifiers: readonly (readonly [name: string, filter: Json, found: readonly string[]])[] = [
  ['some: at least one meets it', { items: { some: { word: 'red' } } }, ['high', 'low']],
  ['some of nothing: there is any', { items: { some: {} } }, ['high', 'low']],
  ['none: not one meets it', { items: { none: { word: 'red' } } }, ['bare']],
  ['none of nothing: there is not any', { items: { none: {} } }, ['bare']],
  ['every: all that there are meet it', { items: { every: { level: { lt: 3 } } } }, ['bare', 'high']],
  ['every: what is unknown is not met', { items: { every: { word: 'red' } } }, ['bare', 'high']],
  ['two of them at once', { items: { some: {}, none: { level: 4 } } }, ['high']],
]

const bad: readonly (readonly [name: string, options: Json, path: string])[] = [
  ['an include of what is no relation', { include: { owner: true } }, 'include.owner'],
  ['an include of a field', { include: { name: true } }, 'include.name'],
  ['an include that is a list', { include: ['box'] }, 'include'],
  ['an include that is a number', { include: { box: 1 } }, 'include.box'],
  ['an unknown option inside', { include: { box: { page: 1 } } }, 'include.box.page'],
  ['a limit of one row', { include: { box: { limit: 1 } } }, 'include.box.limit'],
  [
    'a filter inside over no field',
    { include: { box: { filter: { colour: 1 } } } },
    'include.box.filter.colour',
  ],
  ['SQL as name of a relation', { include: { 'box" --': true } }, 'include.box" --'],
  ['constructor as name of a relation', { include: { constructor: true } }, 'include.constructor'],
  ['a filter over a relation without a condition', { filter: { box: {} } }, 'filter.box'],
  ['a filter over a relation that is a text', { filter: { box: 'low' } }, 'filter.box'],
  ['a filter over a relation with an unknown field', { filter: { box: { colour: 1 } } }, 'filter.box.colour'],
  [
    'more relations than a query may have',
    { include: deep(6) },
    'include.box.include.items.include.box.include.items.include.box.include.items.include.box.include.items.include.box.include.items',
  ],
  ['distinct without select', { distinct: true }, 'distinct'],
  [
    'distinct sorted by what is not selected',
    { distinct: true, select: ['word'], sort: { name: 'asc' } },
    'sort.name',
  ],
  ['distinct with include', { distinct: true, select: ['word'], include: { box: true } }, 'include'],
  ['distinct that is no boolean', { distinct: 1, select: ['word'] }, 'distinct'],
]

function deep(levels: number): Json {
  const inner = levels === 1 ? {} : { include: deep(levels - 1) }
  return { box: { include: { items: inner } } }
}

export const relations: Topic = {
  topic: 'relations: include, filters over them, distinct',
  cases: [
    {
      name: 'include brings one row or null, and lists of rows',
      schema: 'shelf',
      given: shelves,
      steps: [
        {
          as: 'god',
          call: [
            'Item.list',
            { select: ['name'], sort: { name: 'asc' }, include: { box: { select: ['name'] } } },
          ],
          expect: {
            data: {
              $is: [
                { name: 'cup', box: { name: 'low' } },
                { name: 'jar', box: { name: 'low' } },
                { name: 'key', box: null },
                { name: 'lid', box: { name: 'high' } },
              ],
            },
          },
        },
        {
          as: 'god',
          call: [
            'Box.list',
            { select: ['name'], sort: { name: 'asc' }, include: { items: { select: ['name'] } } },
          ],
          expect: {
            data: {
              $is: [
                { name: 'bare', items: [] },
                { name: 'high', items: [{ name: 'lid' }] },
                { name: 'low', items: [{ name: 'cup' }, { name: 'jar' }] },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'include nests, filters, sorts and limits for each row by itself',
      schema: 'shelf',
      given: [...shelves, item('pan', 'high', { level: 8 })],
      steps: [
        {
          as: 'god',
          call: [
            'Box.list',
            {
              select: ['name'],
              sort: { name: 'asc' },
              include: {
                items: {
                  filter: { level: { gt: 1 } },
                  sort: { level: 'desc' },
                  limit: 1,
                  select: ['name'],
                  include: { box: { select: ['level'] } },
                },
              },
            },
          ],
          expect: {
            data: {
              $is: [
                { name: 'bare', items: [] },
                { name: 'high', items: [{ name: 'pan', box: { level: 5 } }] },
                { name: 'low', items: [{ name: 'jar', box: { level: 1 } }] },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'read and findFirst take include',
      schema: 'shelf',
      given: shelves,
      steps: [
        {
          as: 'god',
          call: ['Item.read', '$cup.id', { select: ['name'], include: { box: { select: ['name'] } } }],
          expect: { $is: { name: 'cup', box: { name: 'low' } } },
        },
        {
          as: 'god',
          call: ['Box.findFirst', { filter: { name: 'high' }, include: { items: true } }],
          expect: { name: 'high', items: [{ name: 'lid', level: 2 }] },
        },
        { as: 'god', call: ['Box.read', nobody, { include: { items: true } }], error: 'NOT_FOUND' },
      ],
    },
    {
      name: 'included rows and fields stand under the rules of their own entity',
      schema: 'shelf',
      rules,
      given: shelves,
      steps: [
        {
          as: 'user',
          call: ['Box.list', { select: ['name'], sort: { name: 'asc' }, include: { items: true } }],
          expect: {
            data: {
              $is: [
                { name: 'bare', items: [] },
                { name: 'low', items: [{ id: '$cup.id', name: 'cup', level: 1, boxId: '$low.id' }] },
              ],
            },
          },
          absent: ['jar', 'red'],
        },
        {
          as: 'user',
          call: ['Item.list', { filter: { name: 'lid' }, select: ['name'], include: { box: true } }],
          expect: { data: { $is: [{ name: 'lid', box: null }] } },
          absent: ['high'],
        },
      ],
    },
    {
      name: 'hidden rows are none in a filter over a relation',
      schema: 'shelf',
      rules,
      given: shelves,
      steps: [
        {
          as: 'user',
          call: ['Item.list', { filter: { box: null }, select: ['name'] }],
          expect: names('lid'),
        },
        { as: 'user', call: ['Box.count', { items: { some: { level: 4 } } }], expect: 0 },
        { as: 'user', call: ['Box.count', { items: { every: { level: { lt: 4 } } } }], expect: 2 },
        { as: 'user', call: ['Item.count', { box: { level: { gte: 5 } } }], expect: 0 },
      ],
    },
    {
      name: 'a relation that tells of a field out of sight is FORBIDDEN',
      schema: 'shelf',
      rules,
      given: shelves,
      steps: [
        {
          as: 'admin',
          call: ['Item.list', { include: { box: true } }],
          error: { code: 'FORBIDDEN', details: { entity: 'Item', field: 'boxId' } },
        },
        {
          as: 'admin',
          call: ['Box.list', { include: { items: true } }],
          error: { code: 'FORBIDDEN', details: { entity: 'Item', field: 'boxId' } },
        },
        { as: 'admin', call: ['Box.count', { items: { none: {} } }], error: 'FORBIDDEN' },
        {
          as: 'user',
          call: ['Box.list', { filter: { items: { some: { word: 'red' } } } }],
          error: { code: 'FORBIDDEN', details: { entity: 'Item', field: 'word' } },
        },
        { as: 'user', call: ['Box.list', { include: { items: { select: ['word'] } } }], error: 'FORBIDDEN' },
        {
          as: 'user',
          call: ['Box.list', { include: { items: { sort: { word: 'asc' } } } }],
          error: 'FORBIDDEN',
        },
      ],
    },
    {
      name: 'an entity that no rule opens to the role is FORBIDDEN behind a relation, and recorded',
      given: [page('home'), node('Button', 'home')],
      steps: [
        {
          as: 'admin',
          call: ['PageConfig.list', { include: { componentNodes: true } }],
          error: { code: 'FORBIDDEN', details: { entity: 'ComponentNode' } },
          audit: [{ entity: 'PageConfig', operation: 'list', success: false, code: 'FORBIDDEN' }],
        },
        { as: 'admin', call: ['PageConfig.count', { componentNodes: { none: {} } }], error: 'FORBIDDEN' },
        {
          as: 'god',
          call: ['PageConfig.list', { include: { componentNodes: { select: ['type'] } } }],
          expect: { data: [{ slug: 'home', componentNodes: [{ type: 'Button' }] }] },
        },
      ],
    },
    {
      name: 'what is kept for the system is behind no relation, for nobody',
      given: [user('ann')],
      steps: [
        { as: 'supergod', call: ['User.list', { include: { sessions: true } }], error: 'FORBIDDEN' },
        { as: 'supergod', call: ['User.list', { include: { credentials: true } }], error: 'FORBIDDEN' },
        {
          as: 'supergod',
          call: ['User.count', { credentials: { some: { firstLogin: true } } }],
          error: 'FORBIDDEN',
        },
      ],
    },
    {
      name: 'relations of the built-in schema have the names of the reference',
      given: [user('ann', 'admin'), workflow('mail', 'ann')],
      steps: [
        {
          as: 'god',
          call: [
            'Workflow.list',
            {
              filter: { createdByUser: { username: 'ANN' } },
              select: ['name'],
              include: { createdByUser: { select: ['role'] } },
            },
          ],
          expect: { data: { $is: [{ name: 'mail', createdByUser: { role: 'admin' } }] } },
        },
        {
          as: 'god',
          call: ['User.list', { filter: { workflows: { some: { name: 'mail' } } }, select: ['username'] }],
          expect: { data: { $is: [{ username: 'ann' }] } },
        },
      ],
    },
    ...filters.map(
      ([name, filter, found]): Case => ({
        name: `filter: ${name}`,
        schema: 'shelf',
        given: shelves,
        steps: [
          {
            as: 'god',
            call: ['Item.list', { filter, sort: { name: 'asc' }, select: ['name'] }],
            expect: names(...found),
          },
        ],
      }),
    ),
    ...quantifiers.map(
      ([name, filter, found]): Case => ({
        name: `filter: ${name}`,
        schema: 'shelf',
        given: shelves,
        steps: [
          {
            as: 'god',
            call: ['Box.list', { filter, sort: { name: 'asc' }, select: ['name'] }],
            expect: names(...found),
          },
        ],
      }),
    ),
    {
      name: 'filters over relations choose rows for updateMany and deleteMany',
      schema: 'shelf',
      given: shelves,
      steps: [
        {
          as: 'god',
          call: ['Item.updateMany', { box: { name: 'low' } }, { word: 'blue' }],
          expect: { count: 2 },
        },
        { as: 'god', call: ['Item.deleteMany', { box: null }], expect: { count: 1 } },
        { as: 'god', call: ['Item.count', { word: 'blue' }], expect: 2 },
        { as: 'god', call: ['Item.count'], expect: 3 },
      ],
    },
    {
      name: 'distinct lists each combination once, with its total and its pages',
      schema: 'shelf',
      given: shelves,
      steps: [
        {
          as: 'god',
          call: ['Item.list', { distinct: true, select: ['word'], count: true, limit: 1 }],
          expect: { data: { $is: [{ word: null }] }, total: 2, hasMore: true },
          save: 'first',
        },
        {
          as: 'god',
          call: ['Item.list', { distinct: true, select: ['word'], limit: 1, cursor: '$first.nextCursor' }],
          expect: { data: { $is: [{ word: 'red' }] }, hasMore: false },
        },
      ],
    },
    {
      name: 'a live list follows what it includes',
      schema: 'shelf',
      rules,
      given: shelves,
      steps: [
        {
          as: 'user',
          watch: [
            'Box',
            { sort: { name: 'asc' }, select: ['name'], include: { items: { select: ['name'] } } },
          ],
          save: 'boxes',
          expect: [
            { name: 'bare', items: [] },
            { name: 'low', items: [{ name: 'cup' }] },
          ],
        },
        {
          as: 'god',
          call: ['Item.update', '$cup.id', { name: 'mug' }],
          events: { boxes: [{ changed: [{ name: 'low', items: [{ name: 'mug' }] }] }] },
        },
        { as: 'god', call: ['Item.update', '$jar.id', { name: 'pot' }], events: { boxes: [] } },
        {
          as: 'god',
          call: ['Item.update', '$jar.id', { level: 0 }],
          events: { boxes: [{ changed: [{ name: 'low', items: [{ name: 'mug' }, { name: 'pot' }] }] }] },
        },
      ],
    },
    ...bad.map(
      ([name, options, path]): Case => ({
        name: `refused: ${name}`,
        schema: 'shelf',
        steps: [
          {
            as: 'god',
            call: ['Item.list', options],
            error: { code: 'VALIDATION_ERROR', details: { issues: [{ path }] } },
          },
        ],
      }),
    ),
  ],
}
