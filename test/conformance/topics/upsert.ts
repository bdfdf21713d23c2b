import type { Case, Json, Topic } from '../case.ts'
import { nobody, pack, page, user } from '../seeds.ts'

const badWheres: readonly (readonly [name: string, where: Json])[] = [
  ['nothing', {}],
  ['a field that is not unique', { title: 'home' }],
  ['a unique field and another', { slug: 'home', level: 1 }],
  ['two unique keys', { slug: 'home', id: nobody }],
  ['an unknown field', { colour: 'red' }],
  ['an operator in place of a value', { slug: { in: ['home'] } }],
  ['null', { slug: null }],
  ['a text', 'home'],
  ['a list', [{ slug: 'home' }]],
  ['__proto__', { ['__proto__']: 'home' }],
]

export const upsert: Topic = {
  topic: 'upsert',
  cases: [
    {
      name: 'creates the row that is not there, with the fields of where',
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'Home', level: 1 }, update: { title: 'Changed' } },
          ],
          expect: { slug: 'home', title: 'Home', id: { $kind: 'uuid7' } },
        },
        { as: 'god', call: ['PageConfig.count'], expect: 1 },
      ],
    },
    {
      name: 'updates the row that is there',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'New', level: 1 }, update: { title: 'Changed' } },
          ],
          expect: { id: '$home.id', title: 'Changed', createdAt: '$home.createdAt' },
        },
        { as: 'god', call: ['PageConfig.count'], expect: 1 },
      ],
    },
    {
      name: 'twice the same upsert is one row',
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'Home', level: 1 }, update: { sortOrder: 1 } },
          ],
          expect: { sortOrder: 0 },
          save: 'made',
        },
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'Home', level: 1 }, update: { sortOrder: 1 } },
          ],
          expect: { sortOrder: 1, id: '$made.id' },
        },
      ],
    },
    {
      name: 'goes by the id',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            {
              where: { id: '$home.id' },
              create: { slug: 'x', title: 'x', level: 1 },
              update: { title: 'By id' },
            },
          ],
          expect: { id: '$home.id', title: 'By id' },
        },
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { id: nobody }, create: { slug: 'x', title: 'x', level: 1 }, update: {} },
          ],
          expect: { id: nobody, slug: 'x' },
        },
      ],
    },
    {
      name: 'goes by a key of two fields',
      given: [pack('charts', '1.0.0')],
      steps: [
        {
          as: 'god',
          call: [
            'InstalledPackage.upsert',
            {
              where: { name: 'charts', version: '1.0.0' },
              create: { author: 'x', manifest: {} },
              update: { isInstalled: true },
            },
          ],
          expect: { id: '$charts.id', isInstalled: true },
        },
        {
          as: 'god',
          call: [
            'InstalledPackage.upsert',
            {
              where: { name: 'charts', version: '2.0.0' },
              create: { author: 'x', manifest: {} },
              update: {},
            },
          ],
          expect: { version: '2.0.0' },
        },
        {
          as: 'god',
          call: [
            'InstalledPackage.upsert',
            {
              where: { name: 'charts' },
              create: { version: '3.0.0', author: 'x', manifest: {} },
              update: {},
            },
          ],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'goes by a username without regard to case',
      given: [user('alice')],
      steps: [
        {
          as: 'god',
          call: [
            'User.upsert',
            { where: { username: 'ALICE' }, create: { email: 'x@example.com' }, update: { bio: 'x' } },
          ],
          expect: { id: '$alice.id', bio: 'x' },
        },
      ],
    },
    {
      name: 'validates what it creates, and stores nothing bad',
      steps: [
        {
          as: 'god',
          call: ['PageConfig.upsert', { where: { slug: 'home' }, create: { level: 1 }, update: {} }],
          error: {
            code: 'VALIDATION_ERROR',
            details: { issues: { $holds: [{ path: { $pattern: 'title' } }] } },
          },
        },
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'NOT A SLUG' }, create: { title: 'x', level: 1 }, update: {} },
          ],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'validates what it updates, and changes nothing bad',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'x', level: 1 }, update: { level: 9 } },
          ],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'x', level: 1 }, update: { colour: 'red' } },
          ],
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['PageConfig.read', '$home.id'], expect: { $is: '$home' } },
      ],
    },
    {
      name: 'an update that takes the key of another row is a CONFLICT',
      given: [page('home'), page('other')],
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'x', level: 1 }, update: { slug: 'other' } },
          ],
          error: { code: 'CONFLICT', details: { fields: ['slug'] } },
        },
      ],
    },
    {
      name: 'a creation that takes another key of another row is a CONFLICT',
      given: [user('alice')],
      steps: [
        {
          as: 'god',
          call: [
            'User.upsert',
            { where: { username: 'bob' }, create: { email: 'alice@example.com' }, update: {} },
          ],
          error: { code: 'CONFLICT', details: { fields: ['email'] } },
        },
      ],
    },
    ...badWheres.map(
      ([name, where]): Case => ({
        name: `where must be a unique key; refused: ${name}`,
        given: [page('home')],
        steps: [
          {
            as: 'god',
            call: [
              'PageConfig.upsert',
              { where, create: { slug: 'new', title: 'x', level: 1 }, update: { title: 'x' } },
            ],
            error: 'VALIDATION_ERROR',
          },
        ],
      }),
    ),
    {
      name: 'where, create and update must all be given, and nothing else',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.upsert', { where: { slug: 'home' }, update: {} }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.upsert', { where: { slug: 'home' }, create: { title: 'x', level: 1 } }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.upsert', { create: { slug: 'x', title: 'x', level: 1 }, update: {} }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.upsert', { where: { slug: 'home' }, create: {}, update: {}, select: ['id'] }],
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['PageConfig.upsert', null], error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.upsert'], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'is FORBIDDEN to a role that may not create, also when the row is there and may be updated',
      given: [user('alice'), page('home')],
      steps: [
        {
          as: '$alice',
          call: [
            'User.upsert',
            { where: { username: 'alice' }, create: { email: 'x@example.com' }, update: { bio: 'x' } },
          ],
          error: 'FORBIDDEN',
        },
        {
          as: 'admin',
          call: [
            'PageConfig.upsert',
            { where: { slug: 'home' }, create: { title: 'x', level: 1 }, update: { title: 'x' } },
          ],
          error: 'FORBIDDEN',
        },
      ],
    },
  ],
}
