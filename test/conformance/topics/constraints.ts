import type { Case, Json, Topic } from '../case.ts'
import {
  credential,
  nobody,
  node,
  otherPassword,
  pack,
  page,
  password,
  script,
  user,
  workflow,
} from '../seeds.ts'

const taken = (entity: string, fields: readonly string[]): Json => ({ entity, fields, constraint: 'unique' })

/** A unique key of an entity: rows that clash with the seed, and rows that do not. */
const uniques: readonly {
  name: string
  entity: string
  given: NonNullable<Case['given']>
  fields: readonly string[]
  clash: Json
  free: Json
}[] = [
  {
    name: 'User.username',
    entity: 'User',
    given: [user('alice')],
    fields: ['username'],
    clash: { username: 'alice', email: 'x@example.com' },
    free: { username: 'alice2', email: 'x@example.com' },
  },
  {
    name: 'User.username in another case',
    entity: 'User',
    given: [user('alice')],
    fields: ['username'],
    clash: { username: 'ALICE', email: 'x@example.com' },
    free: { username: 'ALIC', email: 'x@example.com' },
  },
  {
    name: 'User.email',
    entity: 'User',
    given: [user('alice')],
    fields: ['email'],
    clash: { username: 'carl', email: 'alice@example.com' },
    free: { username: 'bob', email: 'alice@example.org' },
  },
  {
    name: 'User.email in another case',
    entity: 'User',
    given: [user('alice')],
    fields: ['email'],
    clash: { username: 'carl', email: 'Alice@Example.COM' },
    free: { username: 'bob', email: 'lice@example.com' },
  },
  {
    name: 'PageConfig.slug',
    entity: 'PageConfig',
    given: [page('home')],
    fields: ['slug'],
    clash: { slug: 'home', title: 'x', level: 2 },
    free: { slug: 'home2', title: 'home', level: 1 },
  },
  {
    name: 'Workflow.name',
    entity: 'Workflow',
    given: [user('owner'), workflow('w', 'owner')],
    fields: ['name'],
    clash: { name: 'w', trigger: 'event', steps: [], createdBy: '$owner.id' },
    free: { name: 'W', trigger: 'event', steps: [], createdBy: '$owner.id' },
  },
  {
    name: 'LuaScript.name',
    entity: 'LuaScript',
    given: [user('owner'), script('s', 'owner')],
    fields: ['name'],
    clash: { name: 's', code: 'return 2', createdBy: '$owner.id' },
    free: { name: 's ', code: 'return 2', createdBy: '$owner.id' },
  },
  {
    name: 'InstalledPackage (name, version)',
    entity: 'InstalledPackage',
    given: [pack('p', '1.0.0')],
    fields: ['name', 'version'],
    clash: { name: 'p', version: '1.0.0', author: 'x', manifest: {} },
    free: { name: 'p', version: '1.0.1', author: 'x', manifest: {} },
  },
]

/** A reference to a row that is not there. */
const references: readonly { entity: string; field: string; row: { [field: string]: Json } }[] = [
  { entity: 'ComponentNode', field: 'pageId', row: { pageId: '$home.id', type: 'Box' } },
  { entity: 'ComponentNode', field: 'parentId', row: { pageId: '$home.id', type: 'Box' } },
  {
    entity: 'Workflow',
    field: 'createdBy',
    row: { name: 'w', trigger: 'manual', steps: [], createdBy: '$owner.id' },
  },
  { entity: 'LuaScript', field: 'createdBy', row: { name: 's', code: 'return 1', createdBy: '$owner.id' } },
  {
    entity: 'InstalledPackage',
    field: 'installedBy',
    row: { name: 'p', version: '1.0.0', author: 'x', manifest: {} },
  },
]

export const constraints: Topic = {
  topic: 'uniqueness and foreign keys',
  cases: [
    ...uniques.flatMap(({ name, entity, given, fields, clash, free }): Case[] => [
      {
        name: `${name} is unique: create`,
        given,
        steps: [
          {
            as: 'supergod',
            call: [`${entity}.create`, clash],
            error: { code: 'CONFLICT', details: taken(entity, fields) },
          },
          { as: 'supergod', call: [`${entity}.create`, free] },
        ],
      },
      {
        name: `${name} is unique: update`,
        given: [...given, { as: 'supergod', call: [`${entity}.create`, free], save: 'other' }],
        steps: [
          {
            as: 'supergod',
            call: [
              `${entity}.update`,
              '$other.id',
              Object.fromEntries(
                fields.map((field) => [field, (clash as Record<string, Json>)[field] as Json]),
              ),
            ],
            error: { code: 'CONFLICT', details: taken(entity, fields) },
          },
          { as: 'supergod', call: [`${entity}.read`, '$other.id'], expect: { $is: '$other' } },
        ],
      },
      {
        name: `${name} is unique: createMany stores nothing of a list with a clash`,
        given,
        steps: [
          {
            as: 'supergod',
            call: [`${entity}.createMany`, [free, clash]],
            error: { code: 'CONFLICT', details: taken(entity, fields) },
          },
          {
            as: 'supergod',
            call: [`${entity}.createMany`, [free, free]],
            error: { code: 'CONFLICT', details: { entity, constraint: 'unique' } },
          },
          { as: 'supergod', call: [`${entity}.createMany`, [free]], expect: { count: 1 } },
        ],
      },
    ]),
    {
      name: 'a unique value can be taken again when its row is gone',
      given: [page('home')],
      steps: [
        { as: 'god', call: ['PageConfig.delete', '$home.id'] },
        { as: 'god', call: ['PageConfig.create', { slug: 'home', title: 'x', level: 1 }] },
      ],
    },
    {
      name: 'a row may be written to its own unique values',
      given: [user('alice')],
      steps: [
        {
          as: 'god',
          call: ['User.update', '$alice.id', { username: 'alice', bio: 'x' }],
          expect: { bio: 'x' },
        },
        {
          as: 'god',
          call: ['User.update', '$alice.id', { username: 'ALICE' }],
          expect: { username: 'ALICE' },
        },
      ],
    },
    {
      name: 'a conflict tells neither the other row nor its values',
      given: [user('alice', 'user', { bio: 'private words' })],
      steps: [
        {
          as: 'admin',
          call: ['User.create', { username: 'Alice', email: 'y@example.com' }],
          error: 'CONFLICT',
          absent: ['private words', '$alice.id'],
        },
      ],
    },
    ...references.flatMap(({ entity, field, row }): Case[] => [
      {
        name: `${entity}.${field} must lead to a row: create`,
        given: [page('home'), user('owner')],
        steps: [
          {
            as: 'god',
            call: [`${entity}.create`, { ...row, [field]: nobody }],
            error: { code: 'CONFLICT', details: { entity, fields: [field], constraint: 'foreignKey' } },
          },
        ],
      },
      {
        name: `${entity}.${field} must lead to a row: update`,
        given: [page('home'), user('owner'), { as: 'god', call: [`${entity}.create`, row], save: 'made' }],
        steps: [
          {
            as: 'god',
            call: [`${entity}.update`, '$made.id', { [field]: nobody }],
            error:
              field === 'pageId'
                ? 'CONFLICT'
                : { code: 'CONFLICT', details: { entity, fields: [field], constraint: 'foreignKey' } },
          },
          { as: 'god', call: [`${entity}.read`, '$made.id'], expect: { $is: '$made' } },
        ],
      },
    ]),
    {
      name: 'a user who owns a workflow cannot be deleted, and the conflict says so',
      given: [user('owner'), workflow('w', 'owner')],
      steps: [
        {
          as: 'god',
          call: ['User.delete', '$owner.id'],
          error: {
            code: 'CONFLICT',
            message: { $pattern: 'Workflow' },
            details: { entity: { $kind: 'text' }, constraint: 'foreignKey' },
          },
        },
        {
          as: 'god',
          call: ['User.deleteMany', { username: 'owner' }],
          error: { code: 'CONFLICT', message: { $pattern: 'Workflow' } },
        },
        { as: 'god', call: ['Workflow.delete', '$w.id'] },
        { as: 'god', call: ['User.delete', '$owner.id'], expect: true },
      ],
    },
    {
      name: 'a user who owns a script cannot be deleted, and the conflict says so',
      given: [user('owner'), script('s', 'owner')],
      steps: [
        {
          as: 'god',
          call: ['User.delete', '$owner.id'],
          error: {
            code: 'CONFLICT',
            message: { $pattern: 'LuaScript' },
            details: { constraint: 'foreignKey' },
          },
        },
        { as: 'god', call: ['LuaScript.update', '$s.id', { createdBy: '$owner.id', name: 't' }] },
        { as: 'god', call: ['User.delete', '$owner.id'], error: 'CONFLICT' },
      ],
    },
    {
      name: 'one user of many who is needed keeps all of a deleteMany',
      given: [user('owner'), user('other'), workflow('w', 'owner')],
      steps: [
        { as: 'god', call: ['User.deleteMany', { role: 'user' }], error: 'CONFLICT' },
        { as: 'god', call: ['User.count', {}], expect: 2 },
      ],
    },
    {
      name: 'a user who goes leaves null in installedBy',
      given: [user('owner'), pack('p', '1.0.0', { installedBy: '$owner.id' })],
      steps: [
        { as: 'god', call: ['User.delete', '$owner.id'], expect: true },
        { as: 'god', call: ['InstalledPackage.read', '$p.id'], expect: { installedBy: null } },
      ],
    },
    {
      name: 'a page takes its whole tree with it',
      given: [
        page('home'),
        page('other'),
        node('a', 'home'),
        node('b', 'home', { parentId: '$a.id' }),
        node('c', 'home', { parentId: '$b.id' }),
        node('d', 'other'),
      ],
      steps: [
        { as: 'god', call: ['PageConfig.delete', '$home.id'], expect: true },
        {
          as: 'god',
          call: ['ComponentNode.list', {}],
          expect: { data: { $column: 'type', $values: ['d'] } },
        },
      ],
    },
    {
      name: 'a component takes its descendants with it, and nothing else',
      given: [
        page('home'),
        node('a', 'home'),
        node('b', 'home', { parentId: '$a.id' }),
        node('c', 'home', { parentId: '$b.id' }),
        node('d', 'home'),
      ],
      steps: [
        { as: 'god', call: ['ComponentNode.delete', '$a.id'], expect: true },
        {
          as: 'god',
          call: ['ComponentNode.list', {}],
          expect: { data: { $column: 'type', $values: ['d'] } },
        },
      ],
    },
    {
      name: 'a user takes the credential along',
      given: [user('alice'), credential('alice')],
      steps: [
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: true },
        { as: 'god', call: ['User.delete', '$alice.id'], expect: true },
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: false },
        user('alice'),
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: false },
      ],
    },
    {
      name: 'a user who is renamed keeps the credential under the new name',
      given: [user('alice'), credential('alice')],
      steps: [
        {
          as: 'god',
          call: ['User.update', '$alice.id', { username: 'alicia' }],
          expect: { username: 'alicia' },
        },
        { as: 'public', call: ['Credential.verify', 'alicia', password], expect: true },
        { as: 'public', call: ['Credential.verify', 'alice', password], expect: false },
        {
          as: 'supergod',
          call: ['Credential.set', { username: 'alicia', password: otherPassword }],
          expect: true,
        },
        { as: 'public', call: ['Credential.verify', 'alicia', otherPassword], expect: true },
      ],
    },
    {
      name: 'foreign keys and checks hold after all of it',
      given: [
        user('owner'),
        page('home'),
        node('a', 'home'),
        node('b', 'home', { parentId: '$a.id' }),
        pack('p', '1.0.0', { installedBy: '$owner.id' }),
      ],
      steps: [
        { as: 'god', call: ['PageConfig.delete', '$home.id'] },
        { as: 'god', call: ['User.delete', '$owner.id'] },
        { as: 'admin', call: ['checkIntegrity'], expect: { $is: { ok: true, problems: [] } } },
      ],
    },
  ],
}
