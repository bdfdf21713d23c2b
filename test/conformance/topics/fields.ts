/** One case for each field and each end of what it takes: on create and, where it is refused, on update too. */

import type { CallStep, Case, Json, Topic } from '../case.ts'
import { page, script, user } from '../seeds.ts'

interface Field {
  readonly field: string
  readonly required?: true
  readonly takes?: readonly (readonly [name: string, value: Json, stored?: Json])[]
  readonly refuses?: readonly (readonly [name: string, value: Json])[]
}

interface Entity {
  readonly entity: string
  readonly given?: readonly CallStep[]
  /** A row that is taken; the field in question stands in place of its own. */
  readonly row: { readonly [field: string]: Json }
  readonly fields: readonly Field[]
}

const times = (text: string, count: number): Json => ({ $repeat: [text, count] })

const notText: Field['refuses'] = [
  ['a number', 7],
  ['a boolean', true],
  ['a list', ['abc']],
  ['an object', { abc: 1 }],
]
const notNull = ['null', null] as const
const notWhole: Field['refuses'] = [
  ['a text', '3'],
  ['a fraction', 2.5],
  ['NaN', { $number: 'NaN' }],
  ['infinity', { $number: 'Infinity' }],
  ['a boolean', true],
  ['a number that is not exact', 9007199254740992],
]
const notFlag: Field['refuses'] = [
  ['1', 1],
  ['0', 0],
  ['a text', 'true'],
]
const notUuid: Field['refuses'] = [
  ['a text that is no UUID', 'abc'],
  ['an empty text', ''],
  ['a number', 7],
  ['a UUID with a digit too many', '01890000-0000-7000-8000-0000000000a20'],
  ['a UUID in braces', '{01890000-0000-7000-8000-0000000000a2}'],
]
const flag = (field: string): Field => ({
  field,
  takes: [
    ['true', true],
    ['false', false],
  ],
  refuses: [...notFlag, notNull],
})
const name = (field: string, most: number): Field => ({
  field,
  required: true,
  takes: [
    ['1 character', 'x'],
    [`${most} characters`, times('x', most)],
    [`${most} characters beyond the basic plane`, times('😀', most)],
  ],
  refuses: [
    ['an empty text', ''],
    [`${most + 1} characters`, times('x', most + 1)],
    [`${most + 1} characters beyond the basic plane`, times('😀', most + 1)],
    ...notText,
    notNull,
  ],
})
const text = (field: string): Field => ({
  field,
  takes: [
    ['null', null],
    ['an empty text', ''],
    ['100,000 characters', times('é', 100_000)],
  ],
  refuses: [...notText, ['2 MB', times('x', 2_000_000)], ['half of a surrogate pair', '\ud800']],
})
const json = (field: string): Field => ({
  field,
  takes: [['an object', { a: [1] }]],
  refuses: [
    ['a value of 2 MB', { text: times('x', 2_000_000) }],
    ['__proto__ as a key deep inside', { a: [{ ['__proto__']: { isAdmin: true } }] }],
    ['NaN inside', { a: { $number: 'NaN' } }],
    ['half of a surrogate pair inside', { a: '\udc00' }],
    ['2,000 levels', { $nest: ['a', 2_000, 1] }],
  ],
})

const allGlobals =
  'assert error ipairs next pairs pcall select tonumber tostring type unpack xpcall string table math bit32 print log'.split(
    ' ',
  )

const entities: readonly Entity[] = [
  {
    entity: 'User',
    row: { username: 'alice', email: 'alice@example.com' },
    fields: [
      {
        field: 'username',
        required: true,
        takes: [
          ['3 characters', 'abc'],
          ['50 characters', times('x', 50)],
          ['letters of both cases, digits, underscore and hyphen', 'aZ09_-'],
          ['underscores alone', '___'],
        ],
        refuses: [
          ['2 characters', 'ab'],
          ['51 characters', times('x', 51)],
          ['an empty text', ''],
          ['a space', 'two words'],
          ['a dot', 'first.last'],
          ['a letter outside ASCII', 'jürgen'],
          ['a line break at the end', 'alice\n'],
          ['a quote', "o'neill"],
          ['digits of another script', '١٢٣٤'],
          ['a NUL', 'ali\u0000ce'],
          ...notText,
          notNull,
        ],
      },
      {
        field: 'email',
        required: true,
        takes: [
          ['an address', 'a.b+c@mail.example.org'],
          [
            '255 characters',
            {
              $concat: [
                times('a', 64),
                '@',
                times('b', 63),
                '.',
                times('c', 63),
                '.',
                times('d', 58),
                '.com',
              ],
            },
          ],
        ],
        refuses: [
          [
            '256 characters',
            {
              $concat: [
                times('a', 64),
                '@',
                times('b', 63),
                '.',
                times('c', 63),
                '.',
                times('d', 59),
                '.com',
              ],
            },
          ],
          ['no at sign', 'alice.example.com'],
          ['two at signs', 'alice@home@example.com'],
          ['nothing before the at sign', '@example.com'],
          ['nothing behind the at sign', 'alice@'],
          ['a space', 'ali ce@example.com'],
          ['a line break at the end', 'alice@example.com\n'],
          ['a name before the address', 'Alice <alice@example.com>'],
          ['an empty text', ''],
          ...notText,
          notNull,
        ],
      },
      {
        field: 'role',
        takes: ['user', 'admin', 'god', 'supergod'].map((role) => [role, role] as const),
        refuses: [
          ['public', 'public'],
          ['system', 'system'],
          ['another case', 'Admin'],
          ['an empty text', ''],
          ['a space behind it', 'admin '],
          ['a name that every object has', 'constructor'],
          ['a number', 3],
          ['a list', ['admin']],
          notNull,
        ],
      },
      {
        field: 'profilePicture',
        takes: [
          ['null', null],
          ['an empty text', ''],
          ['2048 characters', times('x', 2048)],
          ['2048 characters beyond the basic plane', times('😀', 2048)],
        ],
        refuses: [
          ['2049 characters', times('x', 2049)],
          ['2049 characters beyond the basic plane', times('😀', 2049)],
          ...notText,
        ],
      },
      text('bio'),
    ],
  },
  {
    entity: 'PageConfig',
    row: { slug: 'home', title: 'Home', level: 1 },
    fields: [
      {
        field: 'slug',
        required: true,
        takes: [
          ['1 character', 'x'],
          ['255 characters', times('x', 255)],
          ['letters, digits, hyphens and slashes', '/a-b/c9/'],
        ],
        refuses: [
          ['256 characters', times('x', 256)],
          ['an empty text', ''],
          ['an upper-case letter', 'Home'],
          ['an underscore', 'a_b'],
          ['a space', 'a b'],
          ['a dot', 'a.b'],
          ['a letter outside ASCII', 'über'],
          ['a line break at the end', 'home\n'],
          ['a percent sign', 'a%b'],
          ...notText,
          notNull,
        ],
      },
      name('title', 255),
      text('description'),
      {
        field: 'icon',
        takes: [
          ['null', null],
          ['255 characters', times('x', 255)],
        ],
        refuses: [['256 characters', times('x', 256)], ...notText],
      },
      {
        field: 'level',
        required: true,
        takes: [1, 2, 3, 4, 5].map((level) => [String(level), level] as const),
        refuses: [['0', 0], ['6', 6], ['-1', -1], ...notWhole, notNull],
      },
      json('layout'),
      flag('isPublished'),
      {
        field: 'sortOrder',
        takes: [
          ['0', 0],
          ['the largest exact number', 9007199254740991],
        ],
        refuses: [['-1', -1], ...notWhole, notNull],
      },
    ],
  },
  {
    entity: 'ComponentNode',
    given: [page('home')],
    row: { pageId: '$home.id', type: 'Box' },
    fields: [
      { field: 'pageId', required: true, refuses: [...notUuid, notNull] },
      { field: 'parentId', takes: [['null', null]], refuses: notUuid },
      name('type', 100),
      {
        field: 'order',
        takes: [
          ['0', 0],
          ['1000000', 1_000_000],
        ],
        refuses: [['-1', -1], ...notWhole, notNull],
      },
      json('props'),
    ],
  },
  {
    entity: 'Workflow',
    given: [user('owner')],
    row: { name: 'nightly', trigger: 'manual', steps: [], createdBy: '$owner.id' },
    fields: [
      name('name', 255),
      text('description'),
      {
        field: 'trigger',
        required: true,
        takes: ['manual', 'schedule', 'event', 'webhook'].map((trigger) => [trigger, trigger] as const),
        refuses: [
          ['a value that is none', 'cron'],
          ['another case', 'Manual'],
          ['an empty text', ''],
          ['a number', 0],
          notNull,
        ],
      },
      json('triggerConfig'),
      { ...json('steps'), required: true },
      flag('isActive'),
      { field: 'createdBy', required: true, refuses: [...notUuid, notNull] },
    ],
  },
  {
    entity: 'LuaScript',
    given: [user('owner')],
    row: { name: 'greet', code: 'return 1', createdBy: '$owner.id' },
    fields: [
      name('name', 255),
      text('description'),
      { field: 'code', required: true, takes: [['an empty script', '']], refuses: [...notText, notNull] },
      flag('isSandboxed'),
      {
        field: 'allowedGlobals',
        takes: [
          ['none', []],
          ['all 18', allGlobals],
          ...allGlobals.map((global) => [global, [global]] as const),
        ],
        refuses: [
          ['os', ['os']],
          ['a name that is not on the list beside one that is', ['print', 'require']],
          ['another case', ['Print']],
          ['a text', 'print'],
          ['an object', { print: true }],
          ['a number inside', [1]],
          ['a list inside', [['print']]],
          notNull,
        ],
      },
      {
        field: 'timeoutMs',
        takes: [
          ['100', 100],
          ['30000', 30_000],
        ],
        refuses: [['99', 99], ['30001', 30_001], ['0', 0], ['-1', -1], ...notWhole, notNull],
      },
      { field: 'createdBy', required: true, refuses: [...notUuid, notNull] },
    ],
  },
  {
    entity: 'InstalledPackage',
    given: [user('owner')],
    row: { name: 'charts', version: '1.0.0', author: 'somebody', manifest: {} },
    fields: [
      name('name', 255),
      {
        field: 'version',
        required: true,
        takes: [
          ['zeros', '0.0.0'],
          ['numbers of several digits', '10.200.3000'],
        ],
        refuses: [
          ['two numbers', '1.0'],
          ['four numbers', '1.0.0.0'],
          ['a letter before it', 'v1.0.0'],
          ['a suffix', '1.0.0-beta'],
          ['a line break at the end', '1.0.0\n'],
          ['digits of another script', '١.٠.٠'],
          ['an empty text', ''],
          ['a number', 1],
          notNull,
        ],
      },
      text('description'),
      name('author', 255),
      { ...json('manifest'), required: true },
      flag('isInstalled'),
      {
        field: 'installedAt',
        takes: [
          ['null', null],
          ['the form that is stored', '2026-01-15T10:30:00.123Z'],
          ['a date alone, which is midnight UTC', '2026-01-15', '2026-01-15T00:00:00.000Z'],
          ['a date alone in basic format', '20260115', '2026-01-15T00:00:00.000Z'],
          ['no fraction', '2026-01-15T10:30:00Z', '2026-01-15T10:30:00.000Z'],
          ['no seconds', '2026-01-15T10:30Z', '2026-01-15T10:30:00.000Z'],
          ['basic format', '20260115T103000Z', '2026-01-15T10:30:00.000Z'],
          ['an offset to the east', '2026-01-15T10:30:00+05:45', '2026-01-15T04:45:00.000Z'],
          ['an offset to the west over midnight', '2026-01-15T22:30:00-03:00', '2026-01-16T01:30:00.000Z'],
          ['an offset of hours alone', '2026-01-15T10:30:00+02', '2026-01-15T08:30:00.000Z'],
          ['microseconds', '2026-01-15T10:30:00.123456Z', '2026-01-15T10:30:00.123Z'],
          ['one digit of a second', '2026-01-15T10:30:00.5Z', '2026-01-15T10:30:00.500Z'],
          ['a comma before the fraction', '2026-01-15T10:30:00,250Z', '2026-01-15T10:30:00.250Z'],
          ['the leap day of a leap year', '2024-02-29', '2024-02-29T00:00:00.000Z'],
          ['the day before the epoch', '1969-12-31T23:59:59.999Z'],
          ['a week date', '2026-W03-4', '2026-01-15T00:00:00.000Z'],
          ['an ordinal date', '2026-015', '2026-01-15T00:00:00.000Z'],
        ],
        refuses: [
          ['words', 'yesterday'],
          ['an empty text', ''],
          ['a number', 1_768_473_000_000],
          ['a day that does not exist', '2026-02-30'],
          ['the leap day of another year', '2026-02-29'],
          ['a month that does not exist', '2026-13-01'],
          ['an hour that does not exist', '2026-01-15T25:00:00Z'],
          ['a minute that does not exist', '2026-01-15T10:60:00Z'],
          ['a space in place of the T', '2026-01-15 10:30:00'],
          ['the form of another country', '15/01/2026'],
          ['a line break at the end', '2026-01-15T10:30:00.000Z\n'],
          ['a year of five digits', '12026-01-15T10:30:00.000Z'],
          ['a boolean', true],
        ],
      },
      { field: 'installedBy', takes: [['null', null]], refuses: notUuid },
    ],
  },
]

/** Whoever may write every value. */
const as = 'supergod'

function casesOf(
  { entity, given = [], row }: Entity,
  { field, required, takes = [], refuses = [] }: Field,
): Case[] {
  const issue = {
    code: 'VALIDATION_ERROR',
    details: { issues: [{ path: { $pattern: `^${field}(\\b|$)` } }] },
  }
  const { [field]: _, ...others } = row
  const missing: Case = {
    name: `${entity}.${field} must be given`,
    given,
    steps: [{ as, call: [`${entity}.create`, others], error: issue }],
  }
  return [
    ...(required ? [missing] : []),
    ...takes.map(
      ([name, value, stored = value]): Case => ({
        name: `${entity}.${field} takes ${name}`,
        given,
        steps: [
          {
            as,
            call: [`${entity}.create`, { ...row, [field]: value }],
            expect: { [field]: { $value: stored } },
            save: 'made',
          },
          {
            as,
            call: [`${entity}.update`, '$made.id', { [field]: value }],
            expect: { [field]: { $value: stored } },
          },
          { as, call: [`${entity}.read`, '$made.id'], expect: { [field]: { $value: stored } } },
        ],
      }),
    ),
    ...refuses.map(
      ([name, value]): Case => ({
        name: `${entity}.${field} refuses ${name}`,
        given: [...given, { as, call: [`${entity}.create`, row], save: 'made' }],
        steps: [
          { as, call: [`${entity}.update`, '$made.id', { [field]: value }], error: issue },
          { as, call: [`${entity}.read`, '$made.id'], expect: { $is: '$made' } },
          { as, call: [`${entity}.delete`, '$made.id'] },
          { as, call: [`${entity}.create`, { ...row, [field]: value }], error: issue },
        ],
      }),
    ),
  ]
}

const sandboxed: readonly Case[] = [
  {
    name: 'LuaScript.isSandboxed false is for god and supergod, who are the ones to write scripts',
    given: [user('owner')],
    steps: [
      script('plain', 'owner', { isSandboxed: false }),
      {
        as: 'supergod',
        call: ['LuaScript.update', '$plain.id', { isSandboxed: true }],
        expect: { isSandboxed: true },
      },
      {
        as: 'supergod',
        call: ['LuaScript.update', '$plain.id', { isSandboxed: false }],
        expect: { isSandboxed: false },
      },
      { as: 'admin', call: ['LuaScript.update', '$plain.id', { isSandboxed: true }], error: 'FORBIDDEN' },
    ],
  },
]

export const fields: Topic = {
  topic: 'fields and their limits',
  cases: [
    ...entities.flatMap((entity) => entity.fields.flatMap((field) => casesOf(entity, field))),
    ...sandboxed,
  ],
}
