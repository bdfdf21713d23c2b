/** Input that means harm: each is refused with a clear error or taken as the plain text that it is, and nothing else happens. */

import type { Case, Json, Topic } from '../case.ts'
import { nobody, page, user } from '../seeds.ts'

const attacks: readonly (readonly [name: string, text: string])[] = [
  ['a second statement', 'x\'; drop table "User"; --'],
  ['a tautology', "' or '1'='1"],
  ['a union', "' union select passwordHash from Credential --"],
  ['a comment', '*/ or 1=1 /*'],
  ['a double quote', 'a" or "1"="1'],
  ['a backslash', "\\' or 1=1 --"],
  ['a bound parameter', '?1 :name @name #name'],
  ['a wildcard', '%'],
  ['a glob', '*[a-z]?'],
  ['a byte order mark and other invisible characters', '\ufeff\u200b\u2028'],
  ['a template', '#{process.exit(1)} {{7*7}} <script>alert(1)</script>'],
]

const alive = [
  { as: 'god', call: ['User.count'] as const, expect: 1 },
  { as: 'admin', call: ['checkIntegrity'] as const, expect: { ok: true } },
]

/** In a value it is text. */
const asValues: Case[] = attacks.map(([name, text]) => ({
  name: `${name} is stored, found and given back as the text that it is`,
  given: [user('alice')],
  steps: [
    {
      as: 'god',
      call: ['PageConfig.create', { slug: 'a', title: text, level: 1, layout: { text } }],
      expect: { title: text, layout: { text } },
      save: 'a',
    },
    { as: 'god', call: ['PageConfig.create', { slug: 'b', title: 'other', level: 1 }] },
    {
      as: 'god',
      call: ['PageConfig.list', { filter: { title: text } }],
      expect: { data: { $column: 'slug', $values: ['a'] } },
    },
    { as: 'god', call: ['PageConfig.count', { title: { in: [text] } }], expect: 1 },
    { as: 'god', call: ['PageConfig.count', { title: { contains: text } }], expect: 1 },
    { as: 'god', call: ['PageConfig.count', { title: { startsWith: text } }], expect: 1 },
    { as: 'god', call: ['PageConfig.count', { 'layout.text': text }], expect: 1 },
    { as: 'god', call: ['PageConfig.count', { title: { ne: text } }], expect: 1 },
    {
      as: 'god',
      call: ['PageConfig.updateMany', { title: text }, { title: `${text} ` }],
      expect: { count: 1 },
    },
    ...alive,
  ],
}))

/** As a name it is no name. */
const asNames: Case[] = attacks.map(([name, text]) => ({
  name: `${name} is the name of nothing`,
  given: [user('alice'), page('home')],
  steps: [
    {
      as: 'god',
      call: ['PageConfig.create', { slug: 'a', title: 'A', level: 1, [text]: 1 }],
      error: 'VALIDATION_ERROR',
    },
    { as: 'god', call: ['PageConfig.update', '$home.id', { [text]: 1 }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.count', { [text]: 1 }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.count', { level: { [text]: 1 } }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.list', { sort: { [text]: 'asc' } }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.list', { sort: { slug: text } }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.list', { select: [text] }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.list', { cursor: text }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.list', { [text]: 1 }], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.aggregate', { sum: [text] }], error: 'VALIDATION_ERROR' },
    {
      as: 'god',
      call: ['PageConfig.aggregate', { groupBy: ['level'], having: { [text]: 1 } }],
      error: 'VALIDATION_ERROR',
    },
    {
      as: 'god',
      call: ['PageConfig.aggregate', { groupBy: ['level'], sort: { [`sum.${text}`]: 'asc' } }],
      error: 'VALIDATION_ERROR',
    },
    { as: 'god', call: ['batch', [{ method: text, params: ['User'] }]], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['batch', [{ method: 'list', params: [text] }]], error: 'VALIDATION_ERROR' },
    { as: 'god', call: ['PageConfig.read', text], error: 'NOT_FOUND' },
    { as: 'god', call: ['PageConfig.getBySlug', text], error: 'NOT_FOUND' },
    ...alive,
  ],
}))

/** A JSON path is a path, never a piece of SQL: these are no paths, and those lead to nothing. */
const noPaths = ['layout.a"b', 'layout.[0]', 'layout..', 'layout.', `layout.${'x'.repeat(5_000)}`]
const deadPaths = ["layout.a') or 1=1 --", "layout.a'b", 'layout.$', 'layout.*', 'layout.#-1']

const jsonPaths: Case[] = [...noPaths, ...deadPaths].map((path) => ({
  name: `a JSON path is no SQL: ${path.length > 40 ? 'of 5,000 characters' : path}`,
  given: [user('alice'), page('a', { layout: { a: 1, list: [1] } }), page('b', { layout: { b: 2 } })],
  steps: [
    {
      as: 'god',
      call: ['PageConfig.deleteMany', { [path]: 1 }],
      ...(noPaths.includes(path) ? { error: 'VALIDATION_ERROR' } : { expect: { count: 0 } }),
    },
    {
      as: 'god',
      call: ['PageConfig.count', { not: { [path]: 1 } }],
      ...(noPaths.includes(path) ? { error: 'VALIDATION_ERROR' } : { expect: { $least: 0, $most: 2 } }),
    },
    ...alive,
  ],
}))

const poison = (key: string): Json => ({ [key]: { isAdmin: true, role: 'supergod' } })

const tooMany: readonly (readonly [path: string, ...params: Json[]])[] = [
  ['PageConfig.create', { slug: 'a', title: 'A', level: 1 }, {}],
  ['PageConfig.createMany', [], {}],
  ['PageConfig.read', '$home.id', {}, {}],
  ['PageConfig.update', '$home.id', { title: 'x' }, {}],
  ['PageConfig.updateMany', { slug: 'home' }, { title: 'x' }, {}],
  ['PageConfig.delete', '$home.id', {}],
  ['PageConfig.deleteMany', { slug: 'home' }, {}],
  ['PageConfig.upsert', { where: { slug: 'a' }, create: { title: 'A', level: 1 }, update: {} }, {}],
  ['PageConfig.list', {}, {}],
  ['PageConfig.findFirst', {}, {}],
  ['PageConfig.count', {}, {}],
  ['PageConfig.aggregate', { count: true }, {}],
  ['PageConfig.getBySlug', 'home', {}],
  ['PageConfig.listByLevel', 1, {}, {}],
  ['ComponentNode.getTree', '$home.id', {}],
  ['ComponentNode.reorder', [], {}],
  ['ComponentNode.move', '$home.id', null, 0, {}],
  ['User.search', 'x', 5, {}],
  ['Credential.verify', 'alice', 'x', {}],
  ['Credential.set', { username: 'alice', password: 'Correct-horse7' }, {}],
]

const tooFew: readonly (readonly [path: string, ...params: Json[]])[] = [
  ['PageConfig.create'],
  ['PageConfig.createMany'],
  ['PageConfig.read'],
  ['PageConfig.update', '$home.id'],
  ['PageConfig.updateMany', { slug: 'home' }],
  ['PageConfig.delete'],
  ['PageConfig.deleteMany'],
  ['PageConfig.upsert'],
  ['PageConfig.aggregate'],
  ['PageConfig.getBySlug'],
  ['PageConfig.listByLevel'],
  ['ComponentNode.getTree'],
  ['ComponentNode.reorder'],
  ['ComponentNode.move', '$home.id'],
  ['User.search'],
  ['Credential.verify', 'alice'],
  ['Credential.set'],
]

const notRows: readonly Json[] = [null, 'row', 7, true, [], [{ slug: 'a', title: 'A', level: 1 }]]

export const hostile: Topic = {
  topic: 'hostile input',
  cases: [
    ...asValues,
    ...asNames,
    ...jsonPaths,
    ...['__proto__', 'constructor', 'prototype'].map(
      (key): Case => ({
        name: `${key} is never a name`,
        given: [user('alice'), page('home')],
        steps: [
          {
            as: 'god',
            call: ['PageConfig.create', { slug: 'a', title: 'A', level: 1, ...(poison(key) as object) }],
            error: 'VALIDATION_ERROR',
          },
          {
            as: 'god',
            call: ['PageConfig.create', { slug: 'a', title: 'A', level: 1, [key]: 1 }],
            error: 'VALIDATION_ERROR',
          },
          {
            as: 'god',
            call: ['PageConfig.createMany', [{ slug: 'a', title: 'A', level: 1, [key]: null }]],
            error: 'VALIDATION_ERROR',
          },
          {
            as: 'god',
            call: ['PageConfig.update', '$home.id', { [key]: { level: 5 } }],
            error: 'VALIDATION_ERROR',
          },
          {
            as: 'god',
            call: ['PageConfig.updateMany', { slug: 'home' }, poison(key)],
            error: 'VALIDATION_ERROR',
          },
          { as: 'god', call: ['PageConfig.list', { [key]: { filter: {} } }], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['PageConfig.list', { filter: { [key]: 1 } }], error: 'VALIDATION_ERROR' },
          {
            as: 'god',
            call: ['PageConfig.list', { filter: { or: [{ [key]: 1 }] } }],
            error: 'VALIDATION_ERROR',
          },
          { as: 'god', call: ['PageConfig.list', { sort: { [key]: 'asc' } }], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['PageConfig.list', { select: [key] }], error: 'VALIDATION_ERROR' },
          {
            as: 'god',
            call: ['PageConfig.list', { filter: { [`layout.${key}`]: 1 } }],
            ...(key === '__proto__' ? { error: 'VALIDATION_ERROR' } : { expect: { data: [] } }),
          },
          { as: 'god', call: ['PageConfig.aggregate', { groupBy: [key] }], error: 'VALIDATION_ERROR' },
          {
            as: 'god',
            call: ['PageConfig.upsert', { where: { [key]: 1 }, create: {}, update: {} }],
            error: 'VALIDATION_ERROR',
          },
          { as: 'god', call: ['batch', [{ method: key, params: ['User'] }]], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['batch', [{ method: 'list', params: [key] }]], error: 'VALIDATION_ERROR' },
          { as: 'admin', call: ['audit.list', { filter: { [key]: 1 } }], error: 'VALIDATION_ERROR' },
          { as: 'public', call: ['User.list', {}], error: 'FORBIDDEN' },
          ...alive,
        ],
      }),
    ),
    ...(['toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'then', 'length'] as const).map(
      (key): Case => ({
        name: `what every object has is no field: ${key}`,
        given: [page('home')],
        steps: [
          {
            as: 'god',
            call: ['PageConfig.update', '$home.id', { [key]: 1 }],
            error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: key }] } },
          },
          { as: 'god', call: ['PageConfig.count', { [key]: 1 }], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['PageConfig.list', { sort: { [key]: 'asc' } }], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['PageConfig.list', { select: [key] }], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['PageConfig.list', { [key]: 1 }], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['batch', [{ method: key, params: ['User'] }]], error: 'VALIDATION_ERROR' },
        ],
      }),
    ),
    ...tooMany.map(
      ([path, ...params]): Case => ({
        name: `too many parameters: ${path}`,
        given: [user('alice'), page('home')],
        steps: [{ as: 'god', call: [path, ...params], error: 'VALIDATION_ERROR' }],
      }),
    ),
    ...tooFew.map(
      ([path, ...params]): Case => ({
        name: `too few parameters: ${path}`,
        given: [user('alice'), page('home')],
        steps: [{ as: 'god', call: [path, ...params], error: 'VALIDATION_ERROR' }],
      }),
    ),
    ...notRows.map(
      (row): Case => ({
        name: `a row that is none: ${JSON.stringify(row)}`,
        given: [page('home')],
        steps: [
          { as: 'god', call: ['PageConfig.create', row], error: 'VALIDATION_ERROR' },
          { as: 'god', call: ['PageConfig.update', '$home.id', row], error: 'VALIDATION_ERROR' },
          {
            as: 'god',
            call: ['PageConfig.upsert', { where: { slug: 'x' }, create: row, update: {} }],
            error: 'VALIDATION_ERROR',
          },
        ],
      }),
    ),
    {
      name: 'texts of 2 MB are refused wherever they stand',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.create', { slug: 'a', title: { $repeat: ['x', 2_000_000] }, level: 1 }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { filter: { title: { like: { $repeat: ['%a', 1_000_000] } } } }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { filter: { title: { contains: { $repeat: ['a', 2_000_000] } } } }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { cursor: { $repeat: ['a', 2_000_000] } }],
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['PageConfig.getBySlug', { $repeat: ['a', 2_000_000] }], error: 'NOT_FOUND' },
        { as: 'god', call: ['PageConfig.read', { $repeat: ['a', 2_000_000] }], error: 'NOT_FOUND' },
        { as: 'public', call: ['Credential.verify', { $repeat: ['a', 2_000_000] }, 'x'], expect: false },
        { as: 'public', call: ['Credential.verify', 'alice', { $repeat: ['a', 2_000_000] }], expect: false },
      ],
    },
    {
      name: 'an error does not say back a text of 2 MB',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { title: { $repeat: ['x', 2_000_000] } }],
          error: 'VALIDATION_ERROR',
          absent: ['x'.repeat(1_000)],
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { [`y${'y'.repeat(20_000)}`]: 1 }],
          error: 'VALIDATION_ERROR',
          absent: ['y'.repeat(1_000)],
        },
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { [`z${'z'.repeat(20_000)}`]: 'asc' } }],
          error: 'VALIDATION_ERROR',
          absent: ['z'.repeat(1_000)],
        },
      ],
    },
    {
      name: 'texts that no text of a database can be are refused, and are no id',
      given: [page('home')],
      steps: ['a\u0000b', '\ud800', 'x\udc00'].flatMap((text) => [
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { title: text }] as const,
          error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'title' }] } },
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { layout: { a: [text] } }] as const,
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['PageConfig.count', { title: text }] as const, error: 'VALIDATION_ERROR' },
        { as: 'god', call: ['PageConfig.read', text] as const, error: 'NOT_FOUND' },
      ]),
    },
    {
      name: 'values that are nested without end are refused',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { layout: { $nest: ['a', 5_000, 1] } }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { filter: { $nest: ['and', 5_000, { level: 1 }] } }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'god',
          call: ['PageConfig.list', { filter: { $nest: ['not', 500, { level: 1 }] } }],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
    {
      name: 'a pattern that is hard to match is answered',
      given: [page('home', { title: 'a'.repeat(200) })],
      steps: [
        { as: 'god', call: ['PageConfig.count', { title: { like: `${'%a'.repeat(12)}%b` } }], expect: 0 },
      ],
    },
    {
      name: 'the engine’s own tables are no entities',
      steps: [
        '_dbal_audit',
        '_dbal_meta',
        '_dbal_migrations',
        '_dbal_outcomes',
        '_dbal_attempts',
        'sqlite_master',
        'sqlite_schema',
        'main.User',
        '"User"',
        'user',
        'USER',
      ].flatMap((entity) =>
        ['list', 'count'].map((method) => ({
          as: 'supergod',
          call: ['batch', [{ method, params: [entity] }]] as const,
          error: 'VALIDATION_ERROR',
        })),
      ),
    },
    {
      name: 'a hash or a token cannot be guessed at through any entity',
      given: [
        user('alice'),
        { as: 'supergod', call: ['Credential.set', { username: 'alice', password: 'Correct-horse7' }] },
      ],
      steps: [
        {
          as: 'supergod',
          call: ['Credential.list', { filter: { passwordHash: { startsWith: '$$argon2' } } }],
          error: 'FORBIDDEN',
          absent: ['argon2id'],
        },
        { as: 'supergod', call: ['User.list', { filter: { passwordHash: 'x' } }], error: 'VALIDATION_ERROR' },
        {
          as: 'supergod',
          call: ['User.list', { select: ['username', 'passwordHash'] }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'supergod',
          call: ['User.create', { username: 'bob', email: 'bob@example.com', passwordHash: 'x' }],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'supergod',
          call: ['User.create', { username: 'bob', email: 'bob@example.com', password: 'Correct-horse7' }],
          error: 'VALIDATION_ERROR',
          absent: ['Correct-horse7'],
        },
      ],
    },
    {
      name: 'ids of another kind reach nothing',
      given: [user('alice'), page('home')],
      steps: [
        { as: 'god', call: ['PageConfig.read', '$alice.id'], error: 'NOT_FOUND' },
        { as: 'god', call: ['PageConfig.delete', { ne: nobody }], error: 'NOT_FOUND' },
        { as: 'god', call: ['PageConfig.update', { in: ['$home.id'] }, { title: 'x' }], error: 'NOT_FOUND' },
        { as: 'god', call: ['PageConfig.read', { id: '$home.id' }], error: 'NOT_FOUND' },
        { as: 'god', call: ['PageConfig.read', ['$home.id']], error: 'NOT_FOUND' },
      ],
    },
    {
      name: 'a second client of the same identity sees the same, and one of another does not',
      given: [user('alice'), user('bob')],
      steps: [
        { as: '$alice', call: ['User.list', {}], expect: { data: [{ username: 'alice' }] } },
        {
          as: { id: '$alice.id', role: 'user', username: 'other' },
          call: ['User.list', {}],
          expect: { data: [{ username: 'alice' }] },
        },
        {
          as: { id: '$bob.id', role: 'user', username: 'alice' },
          call: ['User.list', {}],
          expect: { data: [{ username: 'bob' }] },
        },
      ],
    },
  ],
}
