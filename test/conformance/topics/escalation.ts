import type { Case, Topic } from '../case.ts'
import { nobody, page, user } from '../seeds.ts'

const ranks = ['user', 'admin', 'god', 'supergod'] as const
const writers = ['admin', 'god', 'supergod'] as const
const rankOf = (role: string) => ranks.indexOf(role as 'user')

/** One of every rank beside the callers. */
const people = [user('lea', 'user'), user('ada', 'admin'), user('gus', 'god'), user('sam', 'supergod')]
const personOf: { readonly [role: string]: string } = {
  user: 'lea',
  admin: 'ada',
  god: 'gus',
  supergod: 'sam',
}

const creations: Case[] = writers.flatMap((caller) =>
  ranks.map((role): Case => {
    const input = { username: 'newcomer', email: 'newcomer@example.com', role }
    const isAllowed = rankOf(role) <= rankOf(caller)
    return {
      name: `${caller} ${isAllowed ? 'creates' : 'does not create'} a user of role ${role}`,
      steps: isAllowed
        ? [
            { as: caller, call: ['User.create', input], expect: { role } },
            {
              as: caller,
              call: ['User.createMany', [{ ...input, username: 'second', email: 'second@example.com' }]],
              expect: { count: 1 },
            },
          ]
        : [
            {
              as: caller,
              call: ['User.create', input],
              error: { code: 'FORBIDDEN', details: { entity: 'User' } },
            },
            {
              as: caller,
              call: ['User.createMany', [{ username: 'low', email: 'low@example.com' }, input]],
              error: 'FORBIDDEN',
            },
            {
              as: caller,
              call: [
                'User.upsert',
                { where: { username: 'newcomer' }, create: { email: 'n@example.com', role }, update: {} },
              ],
              error: 'FORBIDDEN',
            },
          ],
    }
  }),
)

const changes: Case[] = writers.flatMap((caller) =>
  ranks.flatMap((target): Case[] => {
    const isAllowed = rankOf(target) <= rankOf(caller)
    const id = `$${personOf[target]}.id`
    return [
      {
        name: `${caller} ${isAllowed ? 'changes' : 'does not change'} a user of role ${target}`,
        given: people,
        steps: [
          isAllowed
            ? { as: caller, call: ['User.update', id, { bio: 'changed' }], expect: { bio: 'changed' } }
            : {
                as: caller,
                call: ['User.update', id, { bio: 'changed' }],
                error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'update' } },
              },
          ...(isAllowed
            ? []
            : ([
                {
                  as: caller,
                  call: [
                    'User.upsert',
                    {
                      where: { id },
                      create: { username: 'x12', email: 'x@example.com' },
                      update: { bio: 'changed' },
                    },
                  ],
                  error: 'FORBIDDEN',
                },
              ] as const)),
        ],
      },
      {
        name: `${caller} ${isAllowed ? 'deletes' : 'does not delete'} a user of role ${target}`,
        given: people,
        steps: [
          isAllowed
            ? { as: caller, call: ['User.delete', id], expect: true }
            : {
                as: caller,
                call: ['User.delete', id],
                error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'delete' } },
              },
        ],
      },
    ]
  }),
)

const grants: Case[] = writers.flatMap((caller) =>
  ranks.map((role): Case => {
    const isAllowed = rankOf(role) <= rankOf(caller)
    return {
      name: `${caller} ${isAllowed ? 'grants' : 'does not grant'} the role ${role}`,
      given: people,
      steps: isAllowed
        ? [{ as: caller, call: ['User.update', '$lea.id', { role }], expect: { role } }]
        : [
            {
              as: caller,
              call: ['User.update', '$lea.id', { role }],
              error: { code: 'FORBIDDEN', details: { entity: 'User' } },
            },
            { as: caller, call: ['User.updateMany', { username: 'lea' }, { role }], error: 'FORBIDDEN' },
            {
              as: caller,
              call: [
                'User.upsert',
                { where: { username: 'lea' }, create: { email: 'x@example.com' }, update: { role } },
              ],
              error: 'FORBIDDEN',
            },
            {
              as: caller,
              call: ['batch', [{ method: 'update', params: ['User', '$lea.id', { role }] }]],
              error: 'FORBIDDEN',
            },
            { as: caller, call: ['User.read', '$lea.id'], expect: { role: 'user' } },
          ],
    }
  }),
)

const ownRole: Case[] = ranks.map((role) => ({
  name: `${role} does not write their own role, not even to what it is`,
  given: [user('self', role)],
  steps: [
    ...ranks.map((wanted) => ({
      as: '$self',
      call: ['User.update', '$self.id', { role: wanted }] as const,
      error: { code: 'FORBIDDEN', details: { entity: 'User', field: 'role' } },
    })),
    {
      as: '$self',
      call: ['User.update', '$self.id', { bio: 'x', role }] as const,
      error: { code: 'FORBIDDEN', details: { field: 'role' } },
    },
    { as: '$self', call: ['User.read', '$self.id'] as const, expect: { role, bio: null } },
  ],
}))

export const escalation: Topic = {
  topic: 'no escalation',
  cases: [
    ...creations,
    ...changes,
    ...grants,
    ...ownRole,
    {
      name: 'an admin does not delete their own row',
      given: [user('anna', 'admin')],
      steps: [
        {
          as: '$anna',
          call: ['User.delete', '$anna.id'],
          error: { code: 'FORBIDDEN', details: { entity: 'User', operation: 'delete' } },
        },
        { as: '$anna', call: ['User.update', '$anna.id', { bio: 'mine' }], expect: { bio: 'mine' } },
      ],
    },
    ...(['god', 'supergod'] as const).map(
      (role): Case => ({
        name: `${role} may delete their own row`,
        given: [user('self', role)],
        steps: [{ as: '$self', call: ['User.delete', '$self.id'], expect: true }],
      }),
    ),
    {
      name: 'updateMany of an admin leaves out who outranks them, and does not count them',
      given: people,
      steps: [
        {
          as: '$ada',
          call: ['User.updateMany', { username: { in: ['lea', 'ada', 'gus', 'sam'] } }, { bio: 'x' }],
          expect: { $is: { count: 2 } },
        },
        {
          as: 'god',
          call: ['User.list', { filter: { bio: 'x' }, sort: { username: 'asc' } }],
          expect: { data: { $column: 'username', $values: ['ada', 'lea'] } },
        },
      ],
    },
    {
      name: 'updateMany with a role leaves the caller’s own row alone, and does not count it',
      given: [user('anna', 'admin'), user('ada', 'admin'), user('lea')],
      steps: [
        {
          as: '$anna',
          call: ['User.updateMany', { role: { in: ['admin', 'user'] } }, { role: 'user' }],
          expect: { count: { $least: 1, $most: 2 } },
        },
        {
          as: 'god',
          call: ['User.list', { sort: { username: 'asc' } }],
          expect: {
            data: [
              { username: 'ada', role: 'user' },
              { username: 'anna', role: 'admin' },
              { username: 'lea', role: 'user' },
            ],
          },
        },
      ],
    },
    {
      name: 'deleteMany of an admin leaves out who outranks them, and their own row',
      given: people,
      steps: [
        {
          as: '$ada',
          call: ['User.deleteMany', { createdAt: { gt: '2000-01-01' } }],
          expect: { $is: { count: 1 } },
        },
        {
          as: 'god',
          call: ['User.list', { sort: { username: 'asc' } }],
          expect: { data: { $column: 'username', $values: ['ada', 'gus', 'sam'] } },
        },
      ],
    },
    {
      name: 'deleteMany of a god takes their own row, and leaves out who outranks them',
      given: people,
      steps: [
        {
          as: '$gus',
          call: ['User.deleteMany', { createdAt: { gt: '2000-01-01' } }],
          expect: { $is: { count: 3 } },
        },
        {
          as: 'supergod',
          call: ['User.list', {}],
          expect: { data: { $column: 'username', $values: ['sam'] } },
        },
      ],
    },
    {
      name: 'updateMany of a user reaches their own row alone',
      given: [user('alice'), user('bob')],
      steps: [
        {
          as: '$alice',
          call: ['User.updateMany', { role: 'user' }, { bio: 'x' }],
          expect: { $is: { count: 1 } },
        },
        {
          as: '$alice',
          call: ['User.updateMany', { username: 'bob' }, { bio: 'y' }],
          expect: { $is: { count: 0 } },
        },
        { as: 'god', call: ['User.read', '$bob.id'], expect: { bio: null } },
        { as: '$alice', call: ['User.deleteMany', { username: 'alice' }], error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'a user does not write a role through updateMany, upsert or batch',
      given: [user('alice')],
      steps: [
        {
          as: '$alice',
          call: ['User.updateMany', { username: 'alice' }, { role: 'god' }],
          error: 'FORBIDDEN',
        },
        {
          as: '$alice',
          call: ['User.upsert', { where: { username: 'alice' }, create: {}, update: { role: 'god' } }],
          error: 'FORBIDDEN',
        },
        {
          as: '$alice',
          call: ['batch', [{ method: 'update', params: ['User', '$alice.id', { role: 'god' }] }]],
          error: 'FORBIDDEN',
        },
        { as: 'god', call: ['User.read', '$alice.id'], expect: { role: 'user' } },
      ],
    },
    {
      name: 'nobody takes the place of another by writing an id',
      given: [user('alice'), user('bob')],
      steps: [
        { as: '$alice', call: ['User.update', '$alice.id', { id: '$bob.id' }], error: 'VALIDATION_ERROR' },
        { as: 'supergod', call: ['User.update', '$alice.id', { id: nobody }], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'who is demoted in the app loses the rights with the next client',
      given: [user('gina', 'god'), page('top', { level: 5 })],
      steps: [
        { as: '$gina', call: ['PageConfig.read', '$top.id'], expect: { slug: 'top' } },
        { as: 'supergod', call: ['User.update', '$gina.id', { role: 'user' }], save: 'gina' },
        { as: '$gina', call: ['PageConfig.read', '$top.id'], error: 'NOT_FOUND' },
      ],
    },
  ],
}
