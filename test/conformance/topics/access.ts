/** Which rows a role sees and reaches. Which operations it has at all is the access matrix, test/access-matrix.test.ts. */

import type { As, Case, Json, Topic } from '../case.ts'
import { credential, nobody, node, pack, page, script, user, workflow } from '../seeds.ts'

const roles = ['public', 'user', 'admin', 'god', 'supergod'] as const

/** A page of every level, published and not. */
const pages = [1, 2, 3, 4, 5].flatMap((level) => [
  page(`open-${level}`, { level }),
  page(`draft-${level}`, { level, isPublished: false }),
])

const both = (...levels: number[]) => levels.flatMap((level) => [`draft-${level}`, `open-${level}`]).sort()

const seen: { readonly [role: string]: readonly string[] } = {
  public: ['open-1'],
  user: both(1, 2),
  admin: both(1, 2, 3),
  god: both(1, 2, 3, 4, 5),
  supergod: both(1, 2, 3, 4, 5),
}

const everyPage = both(1, 2, 3, 4, 5)

const pageCases: Case[] = roles.flatMap((role): Case[] => {
  const slugs = seen[role] ?? []
  const hidden = everyPage.filter((slug) => !slugs.includes(slug))
  const absent = hidden.map((slug) => `"${slug}"`)
  return [
    {
      name: `${role}: list, count, aggregate and findFirst are about the pages that the level opens`,
      given: pages,
      steps: [
        {
          as: role,
          call: ['PageConfig.list', { limit: 100, sort: { slug: 'asc' } }],
          expect: { data: { $column: 'slug', $values: slugs } },
          absent,
        },
        { as: role, call: ['PageConfig.list', { page: 1, limit: 1 }], expect: { total: slugs.length } },
        { as: role, call: ['PageConfig.count', {}], expect: slugs.length },
        {
          as: role,
          call: ['PageConfig.aggregate', { count: true, max: ['slug'] }],
          expect: [{ count: slugs.length, max: { slug: slugs.at(-1) as string } }],
        },
        {
          as: role,
          call: ['PageConfig.findFirst', { sort: { slug: 'desc' } }],
          expect: { slug: slugs.at(-1) as string },
        },
      ],
    },
    {
      name: `${role}: read and getBySlug find those pages and no others`,
      given: pages,
      steps: [
        ...slugs.flatMap((slug) => [
          { as: role, call: ['PageConfig.read', `$${slug}.id`] as const, expect: { slug } },
          { as: role, call: ['PageConfig.getBySlug', slug] as const, expect: { slug } },
        ]),
        ...hidden.flatMap((slug) => [
          {
            as: role,
            call: ['PageConfig.read', `$${slug}.id`] as const,
            error: { code: 'NOT_FOUND', details: { $is: { entity: 'PageConfig', id: `$${slug}.id` } } },
            absent: [`"${slug}"`],
          },
          { as: role, call: ['PageConfig.getBySlug', slug] as const, error: 'NOT_FOUND' },
        ]),
      ],
    },
    {
      name: `${role}: listByLevel gives the pages of that level which the role may see`,
      given: pages,
      steps: [1, 2, 3, 4, 5].map((level) => ({
        as: role,
        call: ['PageConfig.listByLevel', level, { sort: { slug: 'asc' } }] as const,
        expect: { data: { $column: 'slug', $values: slugs.filter((slug) => slug.endsWith(String(level))) } },
      })),
    },
  ]
})

const god: As = 'god'
const users = [
  user('alice'),
  user('bob'),
  user('anna', 'admin'),
  user('gina', 'god'),
  user('sue', 'supergod'),
]

export const access: Topic = {
  topic: 'rows that a role reaches',
  cases: [
    ...pageCases,
    {
      name: 'a hidden row and an id that was never used get the same answer',
      given: [page('secret', { level: 5 })],
      steps: [
        {
          as: 'user',
          call: ['PageConfig.read', '$secret.id'],
          error: {
            code: 'NOT_FOUND',
            message: 'There is no such PageConfig',
            details: { $is: { entity: 'PageConfig', id: '$secret.id' } },
          },
        },
        {
          as: 'user',
          call: ['PageConfig.read', nobody],
          error: {
            code: 'NOT_FOUND',
            message: 'There is no such PageConfig',
            details: { $is: { entity: 'PageConfig', id: nobody } },
          },
        },
      ],
    },
    {
      name: 'a filter does not open rows that the rules close',
      given: [page('open'), page('secret', { level: 5, title: 'Secret plan' })],
      steps: [
        {
          as: 'public',
          call: ['PageConfig.list', { filter: { or: [{ level: 5 }, { level: { gte: 1 } }] } }],
          expect: { data: { $column: 'slug', $values: ['open'] } },
          absent: ['Secret plan'],
        },
        { as: 'public', call: ['PageConfig.count', { not: { slug: 'open' } }], expect: 0 },
        {
          as: 'public',
          call: ['PageConfig.findFirst', { filter: { title: { startsWith: 'Secret' } } }],
          expect: null,
        },
        {
          as: 'public',
          call: ['PageConfig.aggregate', { min: ['title'], filter: { level: 5 } }],
          expect: [{ min: { title: null } }],
        },
      ],
    },
    {
      name: 'a page that is taken back disappears for public at once',
      given: [page('open')],
      steps: [
        { as: 'public', call: ['PageConfig.count'], expect: 1 },
        { as: 'god', call: ['PageConfig.update', '$open.id', { isPublished: false }] },
        { as: 'public', call: ['PageConfig.count'], expect: 0 },
        { as: 'user', call: ['PageConfig.count'], expect: 1 },
      ],
    },
    {
      name: 'a user sees their own row only',
      given: users,
      steps: [
        {
          as: '$alice',
          call: ['User.list', {}],
          expect: { data: { $column: 'username', $values: ['alice'] } },
          absent: ['bob', 'gina'],
        },
        { as: '$alice', call: ['User.count'], expect: 1 },
        {
          as: '$alice',
          call: ['User.aggregate', { groupBy: ['role'], count: true }],
          expect: { $is: [{ role: 'user', count: 1 }] },
        },
        { as: '$alice', call: ['User.findFirst', { filter: { username: 'bob' } }], expect: null },
        {
          as: '$alice',
          call: ['User.read', '$alice.id'],
          expect: { username: 'alice', email: 'alice@example.com' },
        },
        {
          as: '$alice',
          call: ['User.read', '$bob.id'],
          error: { code: 'NOT_FOUND', details: { entity: 'User', id: '$bob.id' } },
        },
      ],
    },
    {
      name: 'a user who is no row sees no row',
      given: users,
      steps: [
        { as: 'user', call: ['User.list', {}], expect: { data: [] } },
        { as: 'user', call: ['User.read', '$alice.id'], error: 'NOT_FOUND' },
      ],
    },
    {
      name: 'a user updates their own row, and nobody else’s',
      given: users,
      steps: [
        { as: '$alice', call: ['User.update', '$alice.id', { bio: 'mine' }], expect: { bio: 'mine' } },
        {
          as: '$alice',
          call: ['User.update', '$bob.id', { bio: 'mine' }],
          error: { code: 'NOT_FOUND', details: { entity: 'User', id: '$bob.id' } },
        },
        {
          as: '$alice',
          call: ['User.update', nobody, { bio: 'mine' }],
          error: { code: 'NOT_FOUND', details: { entity: 'User', id: nobody } },
        },
        { as: '$alice', call: ['User.update', '$sue.id', { bio: 'mine' }], error: 'NOT_FOUND' },
        { as: god, call: ['User.count', { bio: 'mine' }], expect: 1 },
      ],
    },
    {
      name: 'a user writes username, email, profilePicture and bio of their row',
      given: [user('alice')],
      steps: [
        {
          as: '$alice',
          call: [
            'User.update',
            '$alice.id',
            { username: 'alicia', email: 'alicia@example.com', profilePicture: 'a.png', bio: 'b' },
          ],
          expect: {
            username: 'alicia',
            email: 'alicia@example.com',
            profilePicture: 'a.png',
            bio: 'b',
            role: 'user',
          },
        },
      ],
    },
    {
      name: 'a user creates and deletes nobody, whoever it is about',
      given: users,
      steps: [
        {
          as: '$alice',
          call: ['User.delete', '$alice.id'],
          error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'delete' } },
        },
        {
          as: '$alice',
          call: ['User.delete', '$bob.id'],
          error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'delete' } },
        },
        {
          as: '$alice',
          call: ['User.delete', nobody],
          error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'delete' } },
        },
        {
          as: '$alice',
          call: ['User.create', { username: 'new', email: 'new@example.com' }],
          error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'create' } },
        },
      ],
    },
    {
      name: 'public reaches no user',
      given: users,
      steps: [
        {
          as: 'public',
          call: ['User.read', '$alice.id'],
          error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'read' } },
        },
        { as: 'public', call: ['User.list', {}], error: 'FORBIDDEN' },
        { as: 'public', call: ['User.count'], error: 'FORBIDDEN' },
        { as: 'public', call: ['User.search', 'alice'], error: 'FORBIDDEN' },
        {
          as: 'public',
          call: ['User.create', { username: 'new', email: 'new@example.com' }],
          error: 'FORBIDDEN',
        },
      ],
    },
    {
      name: 'an admin sees every user',
      given: users,
      steps: [
        {
          as: '$anna',
          call: ['User.list', { sort: { username: 'asc' } }],
          expect: { data: { $column: 'username', $values: ['alice', 'anna', 'bob', 'gina', 'sue'] } },
        },
        { as: '$anna', call: ['User.read', '$sue.id'], expect: { role: 'supergod' } },
      ],
    },
    {
      name: 'an admin reads packages and changes none',
      given: [pack('charts')],
      steps: [
        { as: 'admin', call: ['InstalledPackage.list', {}], expect: { data: [{ name: 'charts' }] } },
        { as: 'admin', call: ['InstalledPackage.read', '$charts.id'], expect: { name: 'charts' } },
        {
          as: 'admin',
          call: ['InstalledPackage.update', '$charts.id', { isInstalled: true }],
          error: { code: 'FORBIDDEN', details: { entity: 'InstalledPackage', operation: 'update' } },
        },
        { as: 'admin', call: ['InstalledPackage.delete', '$charts.id'], error: 'FORBIDDEN' },
        { as: 'user', call: ['InstalledPackage.read', '$charts.id'], error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'components, workflows and scripts are for god and above, rows or none',
      given: [user('owner'), page('home'), node('n', 'home'), workflow('w', 'owner'), script('s', 'owner')],
      steps: ['public', 'user', 'admin', '$owner'].flatMap((as) =>
        [
          ['ComponentNode', '$n.id'],
          ['Workflow', '$w.id'],
          ['LuaScript', '$s.id'],
        ].flatMap(([entity, id]) => [
          { as, call: [`${entity}.read`, id as string] as const, error: 'FORBIDDEN' },
          { as, call: [`${entity}.read`, nobody] as const, error: 'FORBIDDEN' },
          { as, call: [`${entity}.list`, {}] as const, error: 'FORBIDDEN' },
        ]),
      ),
    },
    {
      name: 'an operation that the role has nothing of is FORBIDDEN before anything is read of its input',
      given: [page('home')],
      steps: [
        { as: 'public', call: ['PageConfig.create', { slug: 'BAD', level: 99 }], error: 'FORBIDDEN' },
        { as: 'user', call: ['PageConfig.update', '$home.id', { level: 99 }], error: 'FORBIDDEN' },
        { as: 'admin', call: ['PageConfig.delete', 'x'], error: 'FORBIDDEN' },
        { as: 'admin', call: ['PageConfig.deleteMany', {}], error: 'FORBIDDEN' },
      ],
    },
    ...['Credential', 'Session'].map(
      (entity): Case => ({
        name: `${entity} is out of everybody's reach`,
        given: [user('alice'), credential('alice')],
        steps: [...roles, '$alice'].flatMap((as) =>
          (
            [
              ['create', {}],
              ['createMany', [{}]],
              ['read', nobody],
              ['update', nobody, {}],
              ['updateMany', { id: nobody }, {}],
              ['delete', nobody],
              ['deleteMany', { id: nobody }],
              ['upsert', { where: { id: nobody }, create: {}, update: {} }],
              ['list', {}],
              ['findFirst', {}],
              ['count', {}],
              ['aggregate', { count: true }],
            ] as [string, ...Json[]][]
          ).map(([operation, ...params]) => ({
            as,
            call: [`${entity}.${operation}`, ...params] as const,
            error: { code: 'FORBIDDEN', details: { entity } },
          })),
        ),
      }),
    ),
    {
      name: 'what the app says of the caller is taken, a row or not',
      given: [user('alice'), page('top', { level: 4 })],
      steps: [
        {
          as: { id: '$alice.id', role: 'god' },
          call: ['PageConfig.read', '$top.id'],
          expect: { slug: 'top' },
        },
        {
          as: { id: 'somebody else', role: 'god' },
          call: ['PageConfig.read', '$top.id'],
          expect: { slug: 'top' },
        },
      ],
    },
    ...['system', 'root', 'God', '', 'constructor'].map(
      (role): Case => ({
        name: `nobody is of the role ${JSON.stringify(role)}`,
        steps: [{ as: { id: nobody, role }, call: ['PageConfig.list', {}], error: 'VALIDATION_ERROR' }],
      }),
    ),
  ],
}
