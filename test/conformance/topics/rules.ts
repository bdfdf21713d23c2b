/** Rules of an app's own: the language of row filters, checks, field rules, hidden fields, expiry. */

import type { CallStep, Case, Json, Rule, Topic } from '../case.ts'
import { nobody } from '../seeds.ts'

const everything = ['create', 'read', 'update', 'delete']
const gods: readonly Rule[] = [
  { entity: 'Box', roles: ['god', 'supergod'], operations: everything },
  { entity: 'Item', roles: ['god', 'supergod'], operations: everything },
]
const uma = {
  id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  role: 'user',
  username: 'uma',
  email: 'uma@example.com',
}

const make = (entity: string, save: string, row: { [field: string]: Json }): CallStep => ({
  as: 'god',
  call: [`${entity}.create`, row],
  save,
})

const items = [
  make('Box', 'low', { name: 'low', level: 1 }),
  make('Box', 'high', { name: 'high', level: 9 }),
  make('Item', 'a', {
    name: 'a',
    word: 'uma',
    label: 'Red',
    level: 1,
    amount: 0.5,
    isOpen: true,
    at: '2020-01-01',
    ownerId: uma.id,
    boxId: '$low.id',
  }),
  make('Item', 'b', {
    name: 'b',
    word: 'user',
    label: 'RED',
    level: 2,
    amount: -1,
    isOpen: false,
    at: '2999-01-01',
    ownerId: nobody,
    boxId: '$high.id',
  }),
  make('Item', 'c', { name: 'c', word: "it's", label: 'blue', level: 3, amount: 2, isOpen: true }),
  make('Item', 'd', { name: 'd', word: 'a%b', level: 4 }),
  make('Item', 'e', { name: 'e', word: 'uma@example.com', label: 'green', level: null }),
]

/** A row filter, and the items that a user sees under it. */
const filters: readonly (readonly [filter: string, names: string])[] = [
  ['level = 2', 'b'],
  ['level != 2', 'acd'],
  ['level < 2', 'a'],
  ['level <= 2', 'ab'],
  ['level > 2', 'cd'],
  ['level >= 2', 'bcd'],
  ['2 <= level', 'bcd'],
  ['level in (1, 4, 7)', 'ad'],
  ['level not in (1, 4)', 'bc'],
  ['level is null', 'e'],
  ['level is not null', 'abcd'],
  ['level = null', ''],
  ['level != null', ''],
  ['not level = 2', 'acd'],
  ['not (level = 2 or level is null)', 'acd'],
  ['level = 1 or level = 2 and isOpen = false', 'ab'],
  ['(level = 1 or level = 2) and isOpen = false', 'b'],
  ['NOT level IN (1, 2) AND level IS NOT NULL', 'cd'],
  ['level not in (1, null)', ''],
  ['level in (1, null)', 'a'],
  ['isOpen = true', 'ac'],
  ['isOpen != true', 'b'],
  ['not isOpen = true', 'b'],
  ['isOpen = true or isOpen is null', 'acde'],
  ['amount = 0.5', 'a'],
  ['amount < -0.5', 'b'],
  ['amount > 1e0', 'c'],
  ["word = 'uma'", 'a'],
  ["word = 'it''s'", 'c'],
  ["word like 'uma%'", 'ae'],
  ["word like 'u_a'", 'a'],
  ["word like 'UMA'", ''],
  ["word not like '%a%'", 'bc'],
  ["label = 'red'", 'ab'],
  ["label like 'RE%'", 'ab'],
  ["at < '2026-01-01T00:00:00.000Z'", 'a'],
  ['at > $now', 'b'],
  ['at <= $now', 'a'],
  ['ownerId = $user.id', 'a'],
  ['ownerId != $user.id', 'b'],
  ['word = $user.username', 'a'],
  ['word = $user.email', 'e'],
  ['word = $user.role', 'b'],
  ['level <= $user.level', 'ab'],
  ['level in ($user.level, 4)', 'bd'],
  ['box.level = 9', 'b'],
  ['box.level <= 5 or level = 4', 'ad'],
  ['box.level is null', 'cde'],
  ["box.name in ('low', 'high') and level < 2", 'a'],
  ['"level" = 1', 'a'],
  // Values without a column beside them, and one that no column of whole numbers holds.
  ['level < 2.5', 'ab'],
  ['level = 1.5', ''],
  ['10 > 9 and level = 1', 'a'],
  ["'a' > 'B' and level = 1", 'a'],
  ["'a' in ('b', 'a') and 'ab' like 'a_' and level = 1", 'a'],
  ['null is null and level = 1', 'a'],
  ['1 is not null and true != false and level = 1', 'a'],
  ['null = null or level in (null, 1)', 'a'],
]

const truths: Case[] = filters.map(([rowFilter, names]) => ({
  name: `row filter: ${rowFilter}`,
  schema: 'shelf',
  rules: [...gods, { entity: 'Item', roles: ['user'], operations: ['read', 'update'], rowFilter }],
  given: items,
  steps: [
    {
      as: uma,
      call: ['Item.list', { sort: { name: 'asc' } }],
      expect: { data: { $column: 'name', $values: [...names] } },
    },
    { as: uma, call: ['Item.count'], expect: names.length },
    // The row after a write is looked at by the same filter, in another way.
    ...[...'abcde'].map((name) => ({
      as: uma,
      call: ['Item.update', `$${name}.id`, { name: `${name}${name}` }] as const,
      ...(names.includes(name) ? {} : { error: 'NOT_FOUND' }),
    })),
    {
      as: 'god',
      call: ['Item.count', { name: { in: [...names].map((name) => name + name) } }],
      expect: names.length,
    },
  ],
}))

/** Filters that are refused when the rules are loaded, with a word of the message. */
const wrong: readonly (readonly [name: string, rowFilter: string])[] = [
  ['an unknown field', 'colour = 1'],
  ['a field in another case', 'Level = 1'],
  ['an unknown variable', 'level = $user.rank'],
  ['a variable of nothing', 'level = $admin'],
  ['an unknown operator', 'level == 1'],
  ['an operator of another language', 'level === 1'],
  ['an unknown relation', 'shelf.level = 1'],
  ['an unknown field of a relation', 'box.colour = 1'],
  ['two relations deep', 'box.owner.level = 1'],
  ['a function', "lower(name) = 'a'"],
  ['a subquery', 'level in (select level from Item)'],
  ['a second statement', 'level = 1; drop table Item'],
  ['an SQL comment', 'level = 1 -- and isOpen = true'],
  ['a text that does not end', "name = 'a"],
  ['a bracket that does not close', '(level = 1'],
  ['a bracket too many', 'level = 1)'],
  ['nothing after and', 'level = 1 and'],
  ['nothing at all', ''],
  ['a lone field', 'isOpen'],
  ['an empty list', 'level in ()'],
  ['a number compared with a text', "level = 'one'"],
  ['an order of booleans', 'isOpen > true'],
  ['__proto__ as a field', '__proto__ = 1'],
  ['constructor as a field', 'constructor = 1'],
]

const refusals: Case[] = wrong.map(([name, rowFilter]) => ({
  name: `rules are refused when they are loaded: ${name}`,
  schema: 'shelf',
  rules: [...gods, { entity: 'Item', roles: ['user'], operations: ['read'], rowFilter }],
  refused: { code: 'VALIDATION_ERROR', details: { issues: { $each: { message: { $kind: 'text' } } } } },
  steps: [],
}))

const mine = '01890000-0000-7000-8000-0000000000a2'
const drafts = [
  make('Post', 'mine', { title: 'mine', state: 'draft', ownerId: mine }),
  make('Post', 'open', { title: 'open', state: 'open', ownerId: nobody }),
  make('Post', 'hidden', { title: 'hidden', state: 'draft', ownerId: nobody }),
]

const person = make('Person', 'ann', {
  name: 'Ann',
  email: 'ann@example.com',
  salary: 5000,
  pin: 'pin-1234',
  born: '1990',
})

/** Ways of asking for a field that one may not read. */
const asking = (field: string): readonly (readonly [path: string, ...params: Json[]])[] => [
  ['Person.list', { filter: { [field]: '1' } }],
  ['Person.list', { filter: { or: [{ name: 'x' }, { not: { [field]: { isNull: true } } }] } }],
  ['Person.list', { sort: { [field]: 'asc' } }],
  ['Person.list', { select: ['name', field] }],
  ['Person.findFirst', { filter: { [field]: { ne: null } } }],
  ['Person.count', { [field]: { isNull: false } }],
  ['Person.aggregate', { groupBy: [field] }],
  ['Person.aggregate', { min: [field] }],
  ['Person.aggregate', { count: true, filter: { [field]: null } }],
  ['Person.aggregate', { groupBy: ['name'], having: { [`max.${field}`]: { ne: null } } }],
  ['Person.aggregate', { groupBy: ['name'], sort: { [`max.${field}`]: 'asc' } }],
]

const fieldRules: Case[] = [
  {
    name: 'a result has the fields that the role reads, and no others',
    schema: 'people',
    given: [person],
    steps: [
      {
        as: 'public',
        call: ['Person.list', {}],
        expect: { data: [{ $is: { id: '$ann.id', name: 'Ann' } }] },
        absent: ['example.com', '5000'],
      },
      { as: 'public', call: ['Person.read', '$ann.id'], expect: { $is: { id: '$ann.id', name: 'Ann' } } },
      { as: 'public', call: ['Person.findFirst', {}], expect: { $keys: ['id', 'name'] } },
      { as: 'user', call: ['Person.read', '$ann.id'], expect: { $keys: ['id', 'name', 'email'] } },
      {
        as: 'admin',
        call: ['Person.read', '$ann.id'],
        expect: { $keys: ['id', 'name', 'email', 'salary', 'born'] },
      },
    ],
  },
  ...['email', 'salary'].map(
    (field): Case => ({
      name: `who does not read ${field} does not filter, sort, select or aggregate by it`,
      schema: 'people',
      given: [person],
      steps: asking(field).map((call) => ({
        as: 'public',
        call,
        error: { code: 'FORBIDDEN', details: { entity: 'Person', field } },
        absent: ['5000', 'ann@'],
      })),
    }),
  ),
  {
    name: 'who reads a field filters and sorts by it',
    schema: 'people',
    given: [person],
    steps: [
      { as: 'user', call: ['Person.count', { email: 'ann@example.com' }], expect: 1 },
      {
        as: 'user',
        call: ['Person.list', { sort: { email: 'asc' }, select: ['email'] }],
        expect: { data: [{ $is: { email: 'ann@example.com' } }] },
      },
      {
        as: 'user',
        call: ['Person.list', { sort: { salary: 'asc' } }],
        error: { code: 'FORBIDDEN', details: { field: 'salary' } },
      },
    ],
  },
  {
    name: 'a field that the role does not write is FORBIDDEN, with the field, on create and on update',
    schema: 'people',
    given: [person],
    steps: [
      {
        as: 'user',
        call: ['Person.create', { name: 'Bob', salary: 1 }],
        error: { code: 'FORBIDDEN', details: { entity: 'Person', operation: 'create', field: 'salary' } },
      },
      {
        as: 'user',
        call: ['Person.update', '$ann.id', { salary: 1 }],
        error: { code: 'FORBIDDEN', details: { entity: 'Person', operation: 'update', field: 'salary' } },
      },
      {
        as: 'user',
        call: ['Person.updateMany', { name: 'Ann' }, { salary: 1 }],
        error: { code: 'FORBIDDEN', details: { field: 'salary' } },
      },
      {
        as: 'user',
        call: ['Person.createMany', [{ name: 'Bob' }, { name: 'Carl', salary: 1 }]],
        error: { code: 'FORBIDDEN', details: { field: 'salary' } },
      },
      {
        as: 'user',
        call: ['Person.update', '$ann.id', { name: 'Anna' }],
        expect: { $is: { id: '$ann.id', name: 'Anna', email: 'ann@example.com' } },
      },
      {
        as: 'user',
        call: ['Person.create', { name: 'Bob', email: 'bob@example.com' }],
        expect: { $keys: ['id', 'name', 'email'] },
      },
    ],
  },
  {
    name: 'a hidden field is in no result, for nobody, and is stored all the same',
    schema: 'people',
    given: [person],
    steps: ['public', 'user', 'admin', 'god', 'supergod'].flatMap((as) => [
      { as, call: ['Person.list', {}] as const, absent: ['pin'] },
      {
        as,
        call: ['Person.read', '$ann.id'] as const,
        expect: { pin: { $absent: true } },
        absent: ['pin-1234'],
      },
    ]),
  },
  {
    name: 'a hidden field is FORBIDDEN in filters, sorts, selections and aggregates, to everybody',
    schema: 'people',
    given: [person],
    steps: ['public', 'user', 'supergod'].flatMap((as) =>
      asking('pin').map((call) => ({ as, call, error: { code: 'FORBIDDEN', details: { field: 'pin' } } })),
    ),
  },
  {
    name: 'a hidden value stands neither in the audit log nor in its export',
    schema: 'people',
    given: [person, { as: 'admin', call: ['Person.update', '$ann.id', { pin: 'pin-5678' }] }],
    steps: [
      { as: 'supergod', call: ['audit.list', {}], absent: ['pin-1234', 'pin-5678'] },
      { as: 'supergod', call: ['audit.export', {}], absent: ['pin-1234', 'pin-5678'] },
    ],
  },
  {
    name: 'live queries show and take the fields that the role reads',
    schema: 'people',
    given: [person],
    steps: [
      {
        as: 'public',
        watch: ['Person', {}],
        save: 'feed',
        expect: [{ $is: { id: '$ann.id', name: 'Ann' } }],
      },
      { as: 'admin', call: ['Person.update', '$ann.id', { salary: 1 }], events: { feed: [] } },
      {
        as: 'admin',
        call: ['Person.update', '$ann.id', { name: 'Anna', email: 'x@y.z' }],
        events: { feed: [{ changed: [{ $is: { id: '$ann.id', name: 'Anna' } }] }] },
      },
      {
        as: 'public',
        watch: ['Person', { sort: { salary: 'asc' } }],
        save: 'other',
        error: { code: 'FORBIDDEN', details: { field: 'salary' } },
      },
    ],
  },
  {
    name: 'an immutable field is taken once',
    schema: 'people',
    given: [person],
    steps: [
      { as: 'admin', call: ['Person.read', '$ann.id'], expect: { born: '1990' } },
      {
        as: 'admin',
        call: ['Person.update', '$ann.id', { born: '1991' }],
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'born' }] } },
      },
    ],
  },
]

const rowRules: Case[] = [
  {
    name: 'several rules of a role widen each other',
    schema: 'posts',
    given: drafts,
    steps: [
      {
        as: 'user',
        call: ['Post.list', { sort: { title: 'asc' } }],
        expect: { data: { $column: 'title', $values: ['mine', 'open'] } },
      },
      { as: 'public', call: ['Post.list', {}], expect: { data: { $column: 'title', $values: ['open'] } } },
      { as: 'admin', call: ['Post.count'], expect: 3 },
    ],
  },
  {
    name: 'a row that one may see and not write is NOT_FOUND to an update and to a delete',
    schema: 'posts',
    given: drafts,
    steps: [
      {
        as: 'user',
        call: ['Post.update', '$open.id', { title: 'x' }],
        error: { code: 'NOT_FOUND', details: { entity: 'Post', id: '$open.id' } },
      },
      { as: 'user', call: ['Post.delete', '$open.id'], error: 'NOT_FOUND' },
      {
        as: 'user',
        call: ['Post.updateMany', { title: { in: ['open', 'mine', 'hidden'] } }, { title: 'x' }],
        expect: { count: 1 },
      },
      {
        as: 'user',
        call: ['Post.deleteMany', { title: { in: ['open', 'x', 'hidden'] } }],
        expect: { count: 1 },
      },
      { as: 'admin', call: ['Post.count'], expect: 2 },
    ],
  },
  {
    name: 'create of a row that the filter does not let in is FORBIDDEN',
    schema: 'posts',
    steps: [
      {
        as: 'user',
        call: ['Post.create', { title: 'x', ownerId: nobody }],
        error: { code: 'FORBIDDEN', details: { entity: 'Post', operation: 'create' } },
      },
      {
        as: 'user',
        call: [
          'Post.createMany',
          [
            { title: 'x', ownerId: mine },
            { title: 'y', ownerId: nobody },
          ],
        ],
        error: 'FORBIDDEN',
      },
      { as: 'user', call: ['Post.create', { title: 'x', ownerId: mine }], expect: { title: 'x' } },
    ],
  },
  {
    name: 'an update that gives one’s row away is FORBIDDEN',
    schema: 'posts',
    given: drafts,
    steps: [
      { as: 'user', call: ['Post.update', '$mine.id', { ownerId: nobody }], error: 'FORBIDDEN' },
      { as: 'user', call: ['Post.updateMany', { title: 'mine' }, { ownerId: nobody }], error: 'FORBIDDEN' },
      { as: 'god', call: ['Post.read', '$mine.id'], expect: { ownerId: mine } },
    ],
  },
  {
    name: 'no two rules are joined into a third: one’s own draft does not become another’s open post',
    schema: 'posts',
    given: drafts,
    steps: [
      {
        as: 'user',
        call: ['Post.update', '$mine.id', { ownerId: nobody, state: 'open' }],
        error: 'FORBIDDEN',
      },
    ],
  },
  {
    name: 'check looks at the row after the write, on create and on update',
    schema: 'posts',
    given: [...drafts, make('Post', 'closed', { title: 'closed', state: 'closed', ownerId: nobody })],
    steps: [
      {
        as: 'admin',
        call: ['Post.create', { title: 'x', state: 'closed', ownerId: nobody }],
        error: { code: 'FORBIDDEN', details: { entity: 'Post', operation: 'create' } },
      },
      {
        as: 'admin',
        call: ['Post.create', { title: 'x', state: 'open', ownerId: nobody }],
        expect: { state: 'open' },
      },
      {
        as: 'admin',
        call: ['Post.update', '$open.id', { state: 'closed' }],
        error: { code: 'FORBIDDEN', details: { entity: 'Post', operation: 'update' } },
      },
      { as: 'admin', call: ['Post.update', '$closed.id', { title: 'y' }], error: 'FORBIDDEN' },
      // Nothing would be other than it is: still the row may not be left so, or a guess at a value would be answered.
      { as: 'admin', call: ['Post.update', '$closed.id', { title: 'closed' }], error: 'FORBIDDEN' },
      {
        as: 'admin',
        call: ['Post.updateMany', { title: 'closed' }, { title: 'closed' }],
        error: 'FORBIDDEN',
      },
      { as: 'admin', call: ['Post.update', '$closed.id', { state: 'draft' }], expect: { state: 'draft' } },
      {
        as: 'admin',
        call: [
          'Post.upsert',
          { where: { id: '$open.id' }, create: { title: 'x', ownerId: nobody }, update: { state: 'closed' } },
        ],
        error: 'FORBIDDEN',
      },
      { as: 'admin', call: ['Post.delete', '$open.id'], error: 'FORBIDDEN' },
    ],
  },
  {
    name: 'an upsert does not tell of a row that is hidden',
    schema: 'posts',
    given: drafts,
    steps: [
      {
        as: 'user',
        call: [
          'Post.upsert',
          { where: { id: '$hidden.id' }, create: { title: 'x', ownerId: mine }, update: { title: 'x' } },
        ],
        error: 'CONFLICT',
        absent: ['"hidden"'],
      },
    ],
  },
  {
    name: 'without a rule nobody may do anything',
    schema: 'shelf',
    rules: [],
    steps: ['public', 'user', 'admin', 'god', 'supergod'].flatMap((as) => [
      { as, call: ['Item.list', {}] as const, error: 'FORBIDDEN' },
      { as, call: ['Item.create', { name: 'x' }] as const, error: 'FORBIDDEN' },
    ]),
  },
  {
    name: 'rules for an entity that there is not are refused',
    schema: 'shelf',
    rules: [...gods, { entity: 'Nothing', roles: ['user'], operations: ['read'] }],
    refused: { code: 'VALIDATION_ERROR' },
    steps: [],
  },
  {
    name: 'rules for a role that there is not are refused',
    schema: 'shelf',
    rules: [...gods, { entity: 'Item', roles: ['root'], operations: ['read'] }],
    refused: { code: 'VALIDATION_ERROR' },
    steps: [],
  },
  {
    name: 'rules for an operation that there is not are refused',
    schema: 'shelf',
    rules: [...gods, { entity: 'Item', roles: ['user'], operations: ['list'] }],
    refused: { code: 'VALIDATION_ERROR' },
    steps: [],
  },
  {
    name: 'rules for a field that there is not are refused',
    schema: 'shelf',
    rules: [
      ...gods,
      { entity: 'Item', roles: ['user'], operations: ['read'], fields: { read: ['id', 'colour'] } },
    ],
    refused: { code: 'VALIDATION_ERROR' },
    steps: [],
  },
  {
    name: 'a refused filter is named with its rule, line and column',
    schema: 'shelf',
    rules: [
      ...gods,
      { entity: 'Item', roles: ['user'], operations: ['read'], rowFilter: 'level = 1\n  and colour = 2' },
    ],
    refused: {
      code: 'VALIDATION_ERROR',
      details: {
        issues: [
          {
            path: { $pattern: '^Item\\.rules\\[1\\]\\.rowFilter$' },
            message: { $pattern: 'line 2.*column 7.*colour|colour.*line 2.*column 7' },
          },
        ],
      },
    },
    steps: [],
  },
]

const expired = '2001-01-01T00:00:00.000Z'
const future = '2999-01-01T00:00:00.000Z'
const notice = (text: string, expiresAt: string | null) => make('Notice', text, { text, expiresAt })

const expiry: Case[] = [
  {
    name: 'an expired row is in no result',
    schema: 'notices',
    given: [
      notice('old', future),
      notice('new', future),
      notice('ever', null),
      { as: 'god', call: ['Notice.update', '$old.id', { expiresAt: expired }] },
    ],
    steps: [
      {
        as: 'god',
        call: ['Notice.list', { sort: { text: 'asc' } }],
        expect: { data: { $column: 'text', $values: ['ever', 'new'] } },
      },
      {
        as: 'god',
        call: ['Notice.read', '$old.id'],
        error: { code: 'NOT_FOUND', details: { entity: 'Notice', id: '$old.id' } },
      },
      { as: 'god', call: ['Notice.count'], expect: 2 },
      { as: 'god', call: ['Notice.findFirst', { filter: { text: 'old' } }], expect: null },
      { as: 'god', call: ['Notice.aggregate', { count: true }], expect: [{ count: 2 }] },
    ],
  },
  {
    name: 'an expired row is not written to',
    schema: 'notices',
    given: [notice('old', future), { as: 'god', call: ['Notice.update', '$old.id', { expiresAt: expired }] }],
    steps: [
      { as: 'god', call: ['Notice.update', '$old.id', { expiresAt: future }], error: 'NOT_FOUND' },
      { as: 'god', call: ['Notice.delete', '$old.id'], error: 'NOT_FOUND' },
      {
        as: 'god',
        call: ['Notice.updateMany', { text: 'old' }, { expiresAt: future }],
        expect: { count: 0 },
      },
      { as: 'god', call: ['Notice.deleteMany', { text: 'old' }], expect: { count: 0 } },
    ],
  },
  {
    name: 'a live query loses a row that expires with a write',
    schema: 'notices',
    given: [notice('old', future)],
    steps: [
      { as: 'public', watch: ['Notice', {}], save: 'feed', expect: [{ text: 'old' }] },
      {
        as: 'god',
        call: ['Notice.update', '$old.id', { expiresAt: expired }],
        events: { feed: [{ rows: [], removed: ['$old.id'] }] },
      },
    ],
  },
]

const big = { $bigint: '9007199254740993' }
const least = { $bigint: '-9223372036854775808' }
const most = { $bigint: '9223372036854775807' }
const entry = (
  account: string,
  number: number,
  amount: Json,
  more: { [field: string]: Json } = {},
): CallStep => ({
  as: 'god',
  call: ['Entry.create', { account, number, amount, ...more }],
  save: `${account}${number}`,
})

const numbersAndKeys: Case[] = [
  {
    name: 'long whole numbers cross unharmed',
    schema: 'ledger',
    given: [entry('a', 1, big), entry('a', 2, least), entry('a', 3, most)],
    steps: [
      {
        as: 'god',
        call: ['Entry.list', { sort: { amount: 'asc' } }],
        expect: {
          data: [{ amount: { $value: least } }, { amount: { $value: big } }, { amount: { $value: most } }],
        },
      },
      { as: 'god', call: ['Entry.count', { amount: big }], expect: 1 },
      { as: 'god', call: ['Entry.count', { amount: { gt: { $bigint: '9007199254740992' } } }], expect: 2 },
      {
        as: 'god',
        call: ['Entry.aggregate', { max: ['amount'] }],
        expect: [{ max: { amount: { $value: most } } }],
      },
    ],
  },
  {
    name: 'a sum of long whole numbers is exact, also beyond 64 bits',
    schema: 'ledger',
    given: [entry('a', 1, most), entry('a', 2, most), entry('b', 1, big)],
    steps: [
      {
        as: 'god',
        call: ['Entry.aggregate', { groupBy: ['account'], sum: ['amount'] }],
        expect: [
          { account: 'a', sum: { amount: { $value: { $bigint: '18446744073709551614' } } } },
          { account: 'b', sum: { amount: { $value: big } } },
        ],
      },
    ],
  },
  {
    name: 'whole numbers of more than 64 bits are refused',
    schema: 'ledger',
    steps: [
      {
        as: 'god',
        call: ['Entry.create', { account: 'a', number: 1, amount: { $bigint: '9223372036854775808' } }],
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'amount' }] } },
      },
      {
        as: 'god',
        call: ['Entry.create', { account: 'a', number: 1, amount: 1.5 }],
        error: 'VALIDATION_ERROR',
      },
      {
        as: 'god',
        call: ['Entry.create', { account: 'a', number: 1, amount: 'many' }],
        error: 'VALIDATION_ERROR',
      },
    ],
  },
  {
    name: 'numbers keep every digit of a double',
    schema: 'ledger',
    given: [
      entry('a', 1, null, { share: 0.1 }),
      entry('a', 2, null, { share: 1.7976931348623157e308 }),
      entry('a', 3, null, { share: 5e-324 }),
      entry('a', 4, null, { share: -123456.789 }),
    ],
    steps: [
      {
        as: 'god',
        call: ['Entry.list', { sort: { number: 'asc' }, select: ['share'] }],
        expect: { data: { $column: 'share', $values: [0.1, 1.7976931348623157e308, 5e-324, -123456.789] } },
      },
      ...['NaN', 'Infinity', '-Infinity'].map((text) => ({
        as: 'god',
        call: ['Entry.create', { account: 'b', number: 1, share: { $number: text } }] as const,
        error: 'VALIDATION_ERROR',
      })),
    ],
  },
  {
    name: 'a key of two fields is an object of them',
    schema: 'ledger',
    given: [entry('a', 1, 5), entry('a', 2, 6), entry('b', 1, 7)],
    steps: [
      {
        as: 'god',
        call: ['Entry.read', { account: 'a', number: 2 }],
        expect: { amount: { $value: { $bigint: '6' } } },
      },
      {
        as: 'god',
        call: ['Entry.update', { account: 'a', number: 2 }, { amount: 8 }],
        expect: { account: 'a', number: 2, amount: { $value: { $bigint: '8' } } },
      },
      { as: 'god', call: ['Entry.delete', { account: 'b', number: 1 }], expect: true },
      {
        as: 'god',
        call: ['Entry.createMany', [{ account: 'c', number: 1 }]],
        expect: { count: 1, ids: [{ account: 'c', number: 1 }] },
      },
      {
        as: 'god',
        call: ['Entry.create', { account: 'a', number: 1 }],
        error: { code: 'CONFLICT', details: { entity: 'Entry', constraint: 'unique' } },
      },
    ],
  },
  {
    name: 'a part of a key, or another shape of it, is NOT_FOUND',
    schema: 'ledger',
    given: [entry('a', 1, 5)],
    steps: [
      { account: 'a' },
      { account: 'a', number: 9 },
      { account: 'a', number: '1' },
      { account: 'a', number: 1, extra: 1 },
      'a',
      ['a', 1],
      null,
    ].map((id) => ({ as: 'god', call: ['Entry.read', id] as const, error: 'NOT_FOUND' })),
  },
  {
    name: 'a cursor goes over a key of two fields',
    schema: 'ledger',
    given: [entry('b', 1, 1), entry('a', 2, 1), entry('a', 1, 1)],
    steps: [
      {
        as: 'god',
        call: ['Entry.list', { limit: 2, sort: { amount: 'desc' } }],
        expect: {
          data: [
            { account: 'a', number: 1 },
            { account: 'a', number: 2 },
          ],
        },
        save: 'first',
      },
      {
        as: 'god',
        call: ['Entry.list', { limit: 2, sort: { amount: 'desc' }, cursor: '$first.nextCursor' }],
        expect: { data: [{ account: 'b', number: 1 }], hasMore: false },
      },
    ],
  },
]

export const rules: Topic = {
  topic: 'rules, hidden fields, expiry of an own schema',
  cases: [...truths, ...refusals, ...rowRules, ...fieldRules, ...expiry, ...numbersAndKeys],
}
