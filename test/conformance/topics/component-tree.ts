import type { Case, Json, Topic } from '../case.ts'
import { nobody, node, page } from '../seeds.ts'

/** home: a(a1(x), a2), b, c. Orders are given, so that insertion and order differ. */
const tree = [
  page('home'),
  node('c', 'home', { order: 2 }),
  node('a', 'home', { order: 0 }),
  node('b', 'home', { order: 1 }),
  node('a2', 'home', { parentId: '$a.id', order: 1 }),
  node('a1', 'home', { parentId: '$a.id', order: 0 }),
  node('x', 'home', { parentId: '$a1.id', order: 0 }),
]

const get = (expect: Json) => ({ as: 'god', call: ['ComponentNode.getTree', '$home.id'] as const, expect })
/** The tree as types, orders and children. */
const at = (type: string, order: number, children: Json[] = []): Json => ({ type, order, children })
const whole = [at('a', 0, [at('a1', 0, [at('x', 0)]), at('a2', 1)]), at('b', 1), at('c', 2)]

const badMoves: readonly (readonly [name: string, params: readonly Json[], code: string])[] = [
  ['under itself', ['$a.id', '$a.id', 0], 'VALIDATION_ERROR'],
  ['under its child', ['$a.id', '$a1.id', 0], 'VALIDATION_ERROR'],
  ['under its grandchild', ['$a.id', '$x.id', 0], 'VALIDATION_ERROR'],
  ['under a node of another page', ['$a.id', '$stranger.id', 0], 'VALIDATION_ERROR'],
  ['under a node that is not there', ['$a.id', nobody, 0], 'CONFLICT'],
  ['a node that is not there', [nobody, null, 0], 'NOT_FOUND'],
  ['a malformed id', ['x', null, 0], 'NOT_FOUND'],
  ['to a place below 0', ['$a.id', null, -1], 'VALIDATION_ERROR'],
  ['to a place that is no whole number', ['$a.id', null, 0.5], 'VALIDATION_ERROR'],
  ['to a place that is a text', ['$a.id', null, '0'], 'VALIDATION_ERROR'],
  ['under a number', ['$a.id', 7, 0], 'VALIDATION_ERROR'],
]

const badOrders: readonly (readonly [name: string, places: Json, code: string])[] = [
  [
    'of two parents',
    [
      { id: '$a.id', order: 1 },
      { id: '$a1.id', order: 0 },
    ],
    'VALIDATION_ERROR',
  ],
  [
    'of two pages',
    [
      { id: '$a.id', order: 1 },
      { id: '$stranger.id', order: 0 },
    ],
    'VALIDATION_ERROR',
  ],
  [
    'of a node that is not there',
    [
      { id: '$a.id', order: 5 },
      { id: nobody, order: 0 },
    ],
    'NOT_FOUND',
  ],
  [
    'of a malformed id',
    [
      { id: '$a.id', order: 5 },
      { id: 'x', order: 0 },
    ],
    'NOT_FOUND',
  ],
  [
    'of one node twice',
    [
      { id: '$a.id', order: 5 },
      { id: '$a.id', order: 6 },
    ],
    'VALIDATION_ERROR',
  ],
  [
    'below 0',
    [
      { id: '$b.id', order: 7 },
      { id: '$a.id', order: -1 },
    ],
    'VALIDATION_ERROR',
  ],
  ['by a text', [{ id: '$a.id', order: '1' }], 'VALIDATION_ERROR'],
  ['without an order', [{ id: '$a.id' }], 'VALIDATION_ERROR'],
  ['without an id', [{ order: 1 }], 'VALIDATION_ERROR'],
  ['with an unknown member', [{ id: '$a.id', order: 1, type: 'x' }], 'VALIDATION_ERROR'],
  ['that is no list', { id: '$a.id', order: 1 }, 'VALIDATION_ERROR'],
  ['of what is no object', ['$a.id'], 'VALIDATION_ERROR'],
]

export const componentTree: Topic = {
  topic: 'component tree',
  cases: [
    { name: 'comes nested, children in order', given: tree, steps: [get(whole)] },
    {
      name: 'has every field of every node, and its children',
      given: [page('home'), node('a', 'home', { props: { text: 'Hi' } })],
      steps: [
        get([
          {
            $all: [
              {
                id: '$a.id',
                pageId: '$home.id',
                parentId: null,
                type: 'a',
                order: 0,
                props: { $is: { text: 'Hi' } },
                createdAt: '$a.createdAt',
                updatedAt: '$a.updatedAt',
                children: [],
              },
              {
                $keys: [
                  'id',
                  'pageId',
                  'parentId',
                  'type',
                  'order',
                  'props',
                  'createdAt',
                  'updatedAt',
                  'children',
                ],
              },
            ],
          },
        ]),
      ],
    },
    { name: 'of a page without nodes is empty', given: [page('home')], steps: [get([])] },
    {
      name: 'holds the nodes of its page alone',
      given: [...tree, page('other'), node('stranger', 'other')],
      steps: [get(whole)],
    },
    {
      name: 'of an unknown page is NOT_FOUND',
      given: tree,
      steps: [nobody, 'x', null, 7, '$a.id', {}].map((id) => ({
        as: 'god',
        call: ['ComponentNode.getTree', id] as const,
        error: 'NOT_FOUND',
      })),
    },
    {
      name: 'comes whole, however large',
      given: [
        page('home'),
        node('a', 'home'),
        {
          as: 'god',
          call: [
            'ComponentNode.createMany',
            { $rows: [1_500, { pageId: '$home.id', parentId: '$a.id', type: 'n-#', order: '#' }] },
          ],
        },
      ],
      steps: [get([{ type: 'a', children: { $length: 1_500 } }])],
    },
    {
      name: 'is FORBIDDEN to who may not read components, page or no page',
      given: tree,
      steps: ['public', 'user', 'admin'].flatMap((as) =>
        ['$home.id', nobody].map((id) => ({
          as,
          call: ['ComponentNode.getTree', id] as const,
          error: 'FORBIDDEN',
        })),
      ),
    },
    {
      name: 'move among siblings renumbers them from 0',
      given: tree,
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.move', '$c.id', null, 0],
          expect: { id: '$c.id', parentId: null, order: 0, type: 'c' },
        },
        get([at('c', 0), { type: 'a', order: 1 }, at('b', 2)]),
      ],
    },
    {
      name: 'move to another parent renumbers both families',
      given: tree,
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.move', '$b.id', '$a.id', 1],
          expect: { id: '$b.id', parentId: '$a.id', order: 1 },
        },
        get([at('a', 0, [at('a1', 0, [at('x', 0)]), at('b', 1), at('a2', 2)]), at('c', 1)]),
      ],
    },
    {
      name: 'move takes the descendants along',
      given: tree,
      steps: [
        { as: 'god', call: ['ComponentNode.move', '$a1.id', null, 3], expect: { parentId: null, order: 3 } },
        get([at('a', 0, [at('a2', 0)]), at('b', 1), at('c', 2), at('a1', 3, [at('x', 0)])]),
      ],
    },
    {
      name: 'move behind the last place is the last place',
      given: tree,
      steps: [
        { as: 'god', call: ['ComponentNode.move', '$a.id', null, 99], expect: { order: 2 } },
        get([at('b', 0), at('c', 1), { type: 'a', order: 2 }]),
      ],
    },
    {
      name: 'move to where it stands changes nothing',
      given: tree,
      steps: [
        { as: 'god', call: ['ComponentNode.move', '$b.id', null, 1], expect: { order: 1 } },
        get(whole),
      ],
    },
    ...badMoves.map(
      ([name, params, error]): Case => ({
        name: `move is refused, and nothing moves: ${name}`,
        given: [...tree, page('other'), node('stranger', 'other')],
        steps: [{ as: 'god', call: ['ComponentNode.move', ...params], error }, get(whole)],
      }),
    ),
    {
      name: 'move and reorder are FORBIDDEN to who may not write components',
      given: tree,
      steps: ['public', 'user', 'admin'].flatMap((as) => [
        { as, call: ['ComponentNode.move', '$c.id', null, 0] as const, error: 'FORBIDDEN' },
        { as, call: ['ComponentNode.reorder', [{ id: '$c.id', order: 0 }]] as const, error: 'FORBIDDEN' },
      ]),
    },
    {
      name: 'reorder gives true, and each node its place',
      given: tree,
      steps: [
        {
          as: 'god',
          call: [
            'ComponentNode.reorder',
            [
              { id: '$a.id', order: 2 },
              { id: '$b.id', order: 0 },
              { id: '$c.id', order: 1 },
            ],
          ],
          expect: true,
        },
        get([at('b', 0), at('c', 1), { type: 'a', order: 2 }]),
      ],
    },
    {
      name: 'reorder of the children of a node',
      given: tree,
      steps: [
        {
          as: 'god',
          call: [
            'ComponentNode.reorder',
            [
              { id: '$a2.id', order: 0 },
              { id: '$a1.id', order: 1 },
            ],
          ],
          expect: true,
        },
        get([at('a', 0, [at('a2', 0), at('a1', 1, [at('x', 0)])]), at('b', 1), at('c', 2)]),
      ],
    },
    ...badOrders.map(
      ([name, places, error]): Case => ({
        name: `reorder is refused, and nothing moves: ${name}`,
        given: [...tree, page('other'), node('stranger', 'other')],
        steps: [{ as: 'god', call: ['ComponentNode.reorder', places], error }, get(whole)],
      }),
    ),
    {
      name: 'a node is not created under a node of another page',
      given: [page('home'), page('other'), node('a', 'home')],
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.create', { pageId: '$other.id', parentId: '$a.id', type: 'x' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: [
            'ComponentNode.createMany',
            [
              { pageId: '$other.id', type: 'x' },
              { pageId: '$other.id', parentId: '$a.id', type: 'y' },
            ],
          ],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['ComponentNode.create', { pageId: '$home.id', parentId: '$a.id', type: 'x' }],
          expect: { parentId: '$a.id' },
        },
      ],
    },
    {
      name: 'an update makes no cycle and crosses no page',
      given: [...tree, page('other'), node('stranger', 'other')],
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.update', '$a.id', { parentId: '$a.id' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['ComponentNode.update', '$a.id', { parentId: '$x.id' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['ComponentNode.update', '$a.id', { parentId: '$stranger.id' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['ComponentNode.update', '$a1.id', { pageId: '$other.id' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['ComponentNode.updateMany', { id: '$a.id' }, { parentId: '$a1.id' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: [
            'ComponentNode.upsert',
            {
              where: { id: '$a.id' },
              create: { pageId: '$home.id', type: 'x' },
              update: { parentId: '$x.id' },
            },
          ],
          error: 'VALIDATION_ERROR',
        },
        get(whole),
      ],
    },
    {
      name: 'a node whose children stay behind does not go to another page',
      given: [...tree, page('other')],
      steps: [
        {
          as: 'god',
          call: ['ComponentNode.update', '$a.id', { pageId: '$other.id' }],
          error: 'VALIDATION_ERROR',
        },
        get(whole),
      ],
    },
    {
      name: 'a node is not its own parent from the start',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'ComponentNode.create',
            {
              id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
              pageId: '$home.id',
              parentId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
              type: 'x',
            },
          ],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'rows of a parent and its child can be made in one call',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'ComponentNode.createMany',
            [
              { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', pageId: '$home.id', type: 'parent' },
              { pageId: '$home.id', parentId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', type: 'child' },
            ],
          ],
          expect: { count: 2 },
        },
        get([{ type: 'parent', children: [{ type: 'child', children: [] }] }]),
      ],
    },
  ],
}
