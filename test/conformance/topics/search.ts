/**
 * Full-text search: what a query means, whom a search shows what, and that it follows every write. What needs an index of
 * words is a topic of its own: a backend without one (`fullTextSearch: 'like'`) compares parts of texts.
 */

import type { CallStep, Case, Json, Topic } from '../case.ts'
import { user } from '../seeds.ts'

const people = [
  user('alice', 'user', { bio: 'malice in the bio' }),
  user('malice', 'user', { email: 'm@else.example' }),
  user('bob', 'admin', { email: 'alice.cooper@example.com' }),
  user('carol', 'god'),
]

const badQueries: readonly (readonly [name: string, query: Json])[] = [
  ['an empty text', ''],
  ['spaces', '   '],
  ['a number', 7],
  ['null', null],
  ['a list', ['alice']],
  ['an object', { contains: 'alice' }],
  ['half of a surrogate pair', 'a\ud800'],
  ['a NUL', 'a\u0000'],
  ['more than 256 characters', 'a'.repeat(257)],
  ['more than 16 words', 'a b c d e f g h i j k l m n o p q'],
]

const note = (save: string, title: string, more: { [field: string]: Json } = {}): CallStep => ({
  as: 'god',
  call: ['Paper.create', { title, ...more }],
  save,
})

const uma = { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479', role: 'user' }

const papers = [
  note('fog', 'The fog of war', { body: 'Nothing is seen in it.' }),
  note('war', 'War and peace', { body: 'A long book. The fog is in the last part.' }),
  note('zurich', 'Züge nach Zürich', { body: 'Die Bahn fährt täglich; Ankunft 12:30.' }),
  note('tokyo', '東京タワー', { body: '東京の塔。' }),
  note('peace', 'Peace', { body: null }),
]

/** A query over titles and bodies, and the titles found, best first. */
const found: readonly (readonly [query: string, titles: readonly string[]])[] = [
  ['fog', ['The fog of war', 'War and peace']],
  ['FOG', ['The fog of war', 'War and peace']],
  ['war', ['The fog of war', 'War and peace']],
  ['peace', ['Peace', 'War and peace']],
  ['fog war', ['The fog of war', 'War and peace']],
  ['"fog of war"', ['The fog of war']],
  ['"of fog"', []],
  ['fog -book', ['The fog of war']],
  ['fog -"of war"', ['War and peace']],
  ['-book fog', ['The fog of war']],
  ['no', ['The fog of war']],
  ['noth', ['The fog of war']],
  ['noth* fog', ['The fog of war']],
  ['"is se"*', ['The fog of war']],
  ['12:30', ['Züge nach Zürich']],
  ['12', ['Züge nach Zürich']],
  ['東京', ['東京タワー']],
  ['タワー', ['東京タワー']],
  ['京の塔', ['東京タワー']],
  ['東京 fog', []],
  ['fog -東京', ['The fog of war', 'War and peace']],
]

/** The same with an index: whole words, without regard to case and diacritics. */
const foundByWords: typeof found = [
  ['no ', []],
  ['noth fog', []],
  ['"noth"', []],
  ['zuge', ['Züge nach Zürich']],
  ['ZÜRICH', ['Züge nach Zürich']],
  ['faehrt', []],
  ['ace', []],
  ['wa fog', []],
  ['fog zu', []],
]

const finds = ([query, titles]: (typeof found)[number]): Case => ({
  name: `finds with ${query}`,
  schema: 'papers',
  given: papers,
  steps: [{ as: 'god', call: ['Paper.search', query], expect: { $column: 'title', $values: [...titles] } }],
})

export const search: Topic = {
  topic: 'full-text search',
  cases: [
    {
      name: 'finds users by what their username or email is made of',
      given: people,
      steps: [
        {
          as: 'god',
          call: ['User.search', 'cooper'],
          expect: [{ username: 'bob', email: 'alice.cooper@example.com', role: 'admin' }],
        },
        { as: 'god', call: ['User.search', 'coop'], expect: [{ username: 'bob' }] },
        { as: 'god', call: ['User.search', 'else.example'], expect: [{ username: 'malice' }] },
        { as: 'god', call: ['User.search', 'alice@example.com'], expect: [{ username: 'alice' }] },
      ],
    },
    {
      name: 'does not regard case',
      given: people,
      steps: [{ as: 'god', call: ['User.search', 'CAROL'], expect: [{ username: 'carol' }] }],
    },
    {
      name: 'does not look into other fields',
      given: people,
      steps: [{ as: 'god', call: ['User.search', 'in the bio'], expect: [] }],
    },
    {
      name: 'of what nobody is called finds nobody, whatever signs are in it',
      given: people,
      steps: [
        'zzz',
        '%',
        '_',
        '*',
        '-',
        '"',
        '""',
        "'",
        "' or 1=1 --",
        'alice" OR "bob',
        'alice OR bob',
        'alice NOT bob zzz',
        'NEAR(',
        'NEAR(alice bob, 3)',
        'username:alice',
        '{username}:alice',
        '^ alice zzz',
        '(',
        '\\',
        '-alice',
        '-alice -"bob"',
        '!?… €',
      ].map((query) => ({ as: 'god', call: ['User.search', query] as const, expect: [] })),
    },
    {
      name: 'shows a user their own row only',
      given: people,
      steps: [
        {
          as: '$alice',
          call: ['User.search', 'alice'],
          expect: [{ username: 'alice' }],
          absent: ['malice"', 'bob'],
        },
        { as: '$malice', call: ['User.search', 'bob'], expect: [] },
      ],
    },
    {
      name: 'of an admin finds who outranks them',
      given: people,
      steps: [{ as: 'admin', call: ['User.search', 'carol'], expect: [{ username: 'carol', role: 'god' }] }],
    },
    {
      name: 'takes a limit, 20 without one, as a number or as an option',
      given: [
        {
          as: 'god',
          call: ['User.createMany', { $rows: [25, { username: 'person-#', email: 'person-#@example.com' }] }],
        },
      ],
      steps: [
        { as: 'god', call: ['User.search', 'person'], expect: { $length: 20 } },
        { as: 'god', call: ['User.search', 'person', 3], expect: { $length: 3 } },
        { as: 'god', call: ['User.search', 'person', 100], expect: { $length: 25 } },
        { as: 'god', call: ['User.search', 'person', { limit: 7 }], expect: { $length: 7 } },
        ...[0, -1, 101, 1.5, '3', { limit: 101 }, { limit: '3' }].map((limit) => ({
          as: 'god',
          call: ['User.search', 'person', limit] as const,
          error: 'VALIDATION_ERROR',
        })),
      ],
    },
    ...badQueries.map(
      ([name, query]): Case => ({
        name: `refuses ${name}`,
        given: people,
        steps: [{ as: 'god', call: ['User.search', query], error: 'VALIDATION_ERROR' }],
      }),
    ),
    {
      name: 'refuses options that there are not, and what they do not take',
      schema: 'papers',
      given: papers,
      steps: [
        { where: {} },
        { sort: { title: 'asc' } },
        { page: 1 },
        { fields: [] },
        { fields: ['title', 'title'] },
        { fields: ['ownerId'] },
        { fields: ['nothing'] },
        { fields: 'title' },
        { select: [] },
        { select: ['nothing'] },
        { filter: 'title' },
        { snippets: 'title' },
        { snippets: { words: 0 } },
        { snippets: { words: 101 } },
        { snippets: { fields: ['ownerId'] } },
        { snippets: { fields: ['body'] }, fields: ['title'] },
        { snippets: { marks: ['<b>', '</b>'] } },
      ].map((options) => ({
        as: 'god',
        call: ['Paper.search', 'fog', options as unknown as Json] as const,
        error: 'VALIDATION_ERROR',
      })),
    },
    {
      name: 'is refused for an entity without search fields',
      steps: [{ as: 'god', call: ['PageConfig.search', 'home'], error: 'VALIDATION_ERROR' }],
    },
    ...found.map(finds),
    {
      name: 'looks into the fields that are named',
      schema: 'papers',
      given: papers,
      steps: [
        {
          as: 'god',
          call: ['Paper.search', 'fog', { fields: ['title'] }],
          expect: { $column: 'title', $values: ['The fog of war'] },
        },
        {
          as: 'god',
          call: ['Paper.search', 'fog', { fields: ['body'] }],
          expect: { $column: 'title', $values: ['War and peace'] },
        },
        {
          as: 'god',
          call: ['Paper.search', 'fog', { fields: ['body', 'title'] }],
          expect: { $column: 'title', $values: ['War and peace', 'The fog of war'] },
        },
      ],
    },
    {
      name: 'takes a filter and a selection',
      schema: 'papers',
      given: papers,
      steps: [
        {
          as: 'god',
          call: ['Paper.search', 'fog', { filter: { title: { startsWith: 'War' } }, select: ['title'] }],
          expect: { $is: [{ title: 'War and peace' }] },
        },
      ],
    },
    {
      name: 'shows where it was found',
      schema: 'papers',
      given: papers,
      steps: [
        {
          as: 'god',
          call: ['Paper.search', '"fog of" war', { select: ['title'], snippets: true }],
          expect: {
            $is: [
              {
                title: 'The fog of war',
                _snippets: {
                  title: [
                    { text: 'The ', hit: false },
                    { text: 'fog of', hit: true },
                    { text: ' ', hit: false },
                    { text: 'war', hit: true },
                  ],
                },
              },
            ],
          },
        },
        {
          as: 'god',
          call: ['Paper.search', 'fog book', { select: ['title'], snippets: { fields: ['body'], words: 4 } }],
          expect: {
            $is: [
              {
                title: 'War and peace',
                _snippets: {
                  body: [
                    { text: '…', hit: false },
                    { text: 'long ', hit: false },
                    { text: 'book', hit: true },
                    { text: '. The ', hit: false },
                    { text: 'fog', hit: true },
                    { text: '…', hit: false },
                  ],
                },
              },
            ],
          },
        },
      ],
    },
    {
      name: 'follows create, update, upsert and delete at once, and what did not happen not at all',
      schema: 'papers',
      given: papers,
      steps: [
        { as: 'god', call: ['Paper.search', 'fog'], expect: { $length: 2 } },
        { as: 'god', call: ['Paper.update', '$fog.id', { title: 'The mist of war' }] },
        { as: 'god', call: ['Paper.search', 'fog'], expect: [{ title: 'War and peace' }] },
        { as: 'god', call: ['Paper.search', 'mist'], expect: [{ title: 'The mist of war' }] },
        {
          as: 'god',
          call: [
            'Paper.upsert',
            { where: { id: '$war.id' }, create: { title: 'x' }, update: { body: 'Clear sky.' } },
          ],
        },
        { as: 'god', call: ['Paper.search', 'fog'], expect: [] },
        { as: 'god', call: ['Paper.search', 'sky'], expect: [{ title: 'War and peace' }] },
        { as: 'god', call: ['Paper.deleteMany', { title: { contains: 'war' } }] },
        { as: 'god', call: ['Paper.search', 'war'], expect: [{ title: 'War and peace' }] },
        {
          as: 'god',
          call: ['Paper.createMany', [{ title: 'snow' }, { title: 1 }]],
          error: 'VALIDATION_ERROR',
        },
        { as: 'god', call: ['Paper.search', 'snow'], expect: [] },
        {
          as: 'god',
          call: [
            'batch',
            [
              { method: 'create', params: ['Paper', { title: 'snow' }] },
              { method: 'search', params: ['Paper', 'snow'] },
            ],
          ],
        },
        { as: 'god', call: ['Paper.search', 'snow'], expect: [{ title: 'snow' }] },
      ],
    },
    {
      name: 'follows what foreign keys remove',
      schema: 'papers',
      given: [
        { as: 'god', call: ['Shelf.create', { name: 'a' }], save: 'shelf' },
        note('one', 'amber', { shelfId: '$shelf.id' }),
        note('two', 'amber'),
      ],
      steps: [
        { as: 'god', call: ['Paper.search', 'amber'], expect: { $length: 2 } },
        { as: 'god', call: ['Shelf.delete', '$shelf.id'] },
        { as: 'god', call: ['Paper.search', 'amber'], expect: [{ id: '$two.id' }] },
      ],
    },
    {
      name: 'keeps to the rows of the caller, and hidden ones change nothing in its result',
      schema: 'papers',
      given: [
        note('a', 'amber glass', { ownerId: uma.id, body: 'glass' }),
        note('b', 'glass', { ownerId: uma.id, body: 'amber amber amber' }),
        ...['c', 'd', 'e', 'f'].map((name) => note(name, `amber ${name}`, { body: 'amber' })),
      ],
      steps: [
        {
          as: uma,
          call: ['Paper.search', 'amber', { select: ['title'] }],
          expect: { $is: [{ title: 'amber glass' }, { title: 'glass' }] },
        },
        {
          as: uma,
          call: ['Paper.search', 'amber', { select: ['title'], limit: 1 }],
          expect: { $is: [{ title: 'amber glass' }] },
        },
        { as: 'public', call: ['Paper.search', 'amber'], error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'over a field that the role may not read is FORBIDDEN, over the others it is not',
      schema: 'papers',
      given: papers,
      steps: [
        {
          as: 'admin',
          call: ['Paper.search', 'fog'],
          error: { code: 'FORBIDDEN', details: { entity: 'Paper', operation: 'search', field: 'body' } },
        },
        { as: 'admin', call: ['Paper.search', 'fog', { fields: ['body'] }], error: 'FORBIDDEN' },
        {
          as: 'admin',
          call: ['Paper.search', 'fog', { fields: ['title'], snippets: { fields: ['body'] } }],
          error: 'FORBIDDEN',
        },
        {
          as: 'admin',
          call: ['Paper.search', 'fog', { fields: ['title'], snippets: true }],
          expect: [{ title: 'The fog of war' }],
          absent: ['Nothing is seen'],
        },
        {
          as: 'admin',
          call: ['Paper.search', 'fog', { fields: ['title'], select: ['body'] }],
          error: 'FORBIDDEN',
        },
        {
          as: 'admin',
          call: ['Paper.search', 'fog', { fields: ['title'], filter: { body: { contains: 'x' } } }],
          error: 'FORBIDDEN',
        },
      ],
    },
    {
      name: 'does not show rows that have expired',
      schema: 'papers',
      given: [
        note('old', 'amber', { goneAt: '2020-01-01T00:00:00Z' }),
        note('new', 'amber', { goneAt: '2999-01-01T00:00:00Z' }),
      ],
      steps: [{ as: 'god', call: ['Paper.search', 'amber'], expect: [{ id: '$new.id' }] }],
    },
  ],
}

export const searchByWords: Topic = {
  topic: 'full-text search by an index of words',
  cases: [
    {
      name: 'finds users by words of username or email, and by the beginning of the last word',
      given: people,
      steps: [
        { as: 'god', call: ['User.search', 'alice'], expect: [{ username: 'alice' }, { username: 'bob' }] },
        { as: 'god', call: ['User.search', 'ali'], expect: [{ username: 'alice' }, { username: 'bob' }] },
        { as: 'god', call: ['User.search', 'ali '], expect: [] },
        { as: 'god', call: ['User.search', 'lic'], expect: [] },
      ],
    },
    ...foundByWords.map(finds),
    {
      name: 'shows where it was found, as it is written there',
      schema: 'papers',
      given: papers,
      steps: [
        {
          as: 'god',
          call: ['Paper.search', 'zuge nac', { select: ['id'], snippets: { fields: ['title'] } }],
          expect: [
            {
              _snippets: {
                title: [
                  { text: 'Züge', hit: true },
                  { text: ' ', hit: false },
                  { text: 'nach', hit: true },
                  { text: ' Zürich', hit: false },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
}
