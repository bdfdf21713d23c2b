import type { Case, Json, Topic } from '../case.ts'
import { nobody, node, pack, page, script, user, workflow } from '../seeds.ts'

const stamps = { id: { $kind: 'uuid7' }, createdAt: { $kind: 'datetime' }, updatedAt: { $kind: 'datetime' } }

/** The least that each entity takes, and the whole row that comes of it. */
const entities: readonly { entity: string; input: Json; row: { [field: string]: Json }; patch: Json }[] = [
  {
    entity: 'User',
    input: { username: 'alice', email: 'alice@example.com' },
    row: { username: 'alice', email: 'alice@example.com', role: 'user', profilePicture: null, bio: null },
    patch: { bio: 'changed' },
  },
  {
    entity: 'PageConfig',
    input: { slug: 'home', title: 'Home', level: 2 },
    row: {
      slug: 'home',
      title: 'Home',
      description: null,
      icon: null,
      level: 2,
      layout: { $is: {} },
      isPublished: true,
      sortOrder: 0,
    },
    patch: { title: 'Changed' },
  },
  {
    entity: 'ComponentNode',
    input: { pageId: '$start.id', type: 'Box' },
    row: { pageId: '$start.id', parentId: null, type: 'Box', order: 0, props: { $is: {} } },
    patch: { type: 'Text' },
  },
  {
    entity: 'Workflow',
    input: { name: 'nightly', trigger: 'schedule', steps: [{ run: 'backup' }], createdBy: '$owner.id' },
    row: {
      name: 'nightly',
      description: null,
      trigger: 'schedule',
      triggerConfig: { $is: {} },
      steps: [{ run: 'backup' }],
      isActive: true,
      createdBy: '$owner.id',
    },
    patch: { isActive: false },
  },
  {
    entity: 'LuaScript',
    input: { name: 'greet', code: 'return "hello"', createdBy: '$owner.id' },
    row: {
      name: 'greet',
      description: null,
      code: 'return "hello"',
      isSandboxed: true,
      allowedGlobals: [],
      timeoutMs: 5000,
      createdBy: '$owner.id',
    },
    patch: { timeoutMs: 100 },
  },
  {
    entity: 'InstalledPackage',
    input: { name: 'charts', version: '1.2.3', author: 'somebody', manifest: { entry: 'index' } },
    row: {
      name: 'charts',
      version: '1.2.3',
      description: null,
      author: 'somebody',
      manifest: { $is: { entry: 'index' } },
      isInstalled: false,
      installedAt: null,
      installedBy: null,
    },
    patch: { isInstalled: true },
  },
]

const given = [user('owner'), page('start')]
const copyWith = (input: Json, more: { [field: string]: Json }): Json => ({ ...(input as object), ...more })

const everyEntity: Case[] = entities.flatMap(({ entity, input, row, patch }) => [
  {
    name: `${entity}: create gives the whole row with its defaults, and nothing else`,
    given,
    steps: [
      {
        as: 'god',
        call: [`${entity}.create`, input],
        expect: { $all: [{ ...row, ...stamps }, { $keys: [...Object.keys(row), ...Object.keys(stamps)] }] },
      },
    ],
  },
  {
    name: `${entity}: read gives what create gave`,
    given,
    steps: [
      { as: 'god', call: [`${entity}.create`, input], save: 'made' },
      { as: 'god', call: [`${entity}.read`, '$made.id'], expect: { $is: '$made' } },
    ],
  },
  {
    name: `${entity}: update changes the fields that are given and keeps the others`,
    given,
    steps: [
      { as: 'god', call: [`${entity}.create`, input], save: 'made' },
      {
        as: 'god',
        call: [`${entity}.update`, '$made.id', patch],
        expect: { ...row, ...(patch as object), id: '$made.id', createdAt: '$made.createdAt' },
        save: 'changed',
      },
      { as: 'god', call: [`${entity}.read`, '$made.id'], expect: { $is: '$changed' } },
    ],
  },
  {
    name: `${entity}: delete gives true, and the row is gone`,
    given,
    steps: [
      { as: 'god', call: [`${entity}.create`, input], save: 'made' },
      { as: 'god', call: [`${entity}.delete`, '$made.id'], expect: true },
      {
        as: 'god',
        call: [`${entity}.read`, '$made.id'],
        error: { code: 'NOT_FOUND', details: { entity, id: '$made.id' } },
      },
      { as: 'god', call: [`${entity}.delete`, '$made.id'], error: 'NOT_FOUND' },
      { as: 'god', call: [`${entity}.update`, '$made.id', patch], error: 'NOT_FOUND' },
    ],
  },
  {
    name: `${entity}: an unknown field is refused and named`,
    given,
    steps: [
      {
        as: 'god',
        call: [`${entity}.create`, copyWith(input, { colour: 'red' })],
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'colour' }] } },
      },
      { as: 'god', call: [`${entity}.create`, input], save: 'made' },
      {
        as: 'god',
        call: [`${entity}.update`, '$made.id', { colour: 'red' }],
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'colour' }] } },
      },
    ],
  },
  {
    name: `${entity}: createdAt, updatedAt and a change of id are refused`,
    given,
    steps: [
      ...['createdAt', 'updatedAt'].map((field) => ({
        as: 'god',
        call: [`${entity}.create`, copyWith(input, { [field]: '2026-01-15T10:30:00.000Z' })] as const,
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: field }] } },
      })),
      { as: 'god', call: [`${entity}.create`, input], save: 'made' },
      ...['createdAt', 'updatedAt', 'id'].map((field) => ({
        as: 'god',
        call: [`${entity}.update`, '$made.id', { [field]: `$made.${field}` }] as const,
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: field }] } },
      })),
    ],
  },
  {
    name: `${entity}: a UUID of the caller becomes the id, and is taken only once`,
    given,
    steps: [
      {
        as: 'god',
        call: [`${entity}.create`, copyWith(input, { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' })],
        expect: { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' },
      },
      {
        as: 'god',
        call: [`${entity}.create`, copyWith(input, { id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479' })],
        error: { code: 'CONFLICT', details: { entity, constraint: 'unique' } },
      },
    ],
  },
  {
    name: `${entity}: an id that is no UUID is refused`,
    given,
    steps: ['x', '', 7, null, 'f47ac10b-58cc-4372-a567-0e02b2c3d47'].map((id) => ({
      as: 'god',
      call: [`${entity}.create`, copyWith(input, { id })],
      error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'id' }] } },
    })),
  },
])

const accessors = ['users', 'pageConfigs', 'componentNodes', 'workflows', 'luaScripts', 'installedPackages']

const jsonValues: readonly (readonly [name: string, value: Json])[] = [
  ['an empty object', {}],
  ['a list', [1, 'two', null, [3]]],
  ['an empty list', []],
  ['a text', 'plain'],
  ['a text that looks like JSON', '{"a":1}'],
  ['a number', -12.5],
  ['zero', 0],
  ['true', true],
  ['false', false],
  ['nested objects', { a: { b: { c: [{ d: null }] } } }],
  ['keys with dots, quotes and brackets', { 'a.b': 1, 'c"d': 2, "e'f": 3, '$[0]': 4, '': 5 }],
  ['characters beyond the basic plane', { '😀': '𝒳 and é' }],
  ['constructor and prototype as keys', { constructor: 1, prototype: { constructor: 2 } }],
  ['numbers at the ends of doubles', [1e308, 5e-324, 9007199254740991, 0.1]],
]

const jsonCases: Case[] = jsonValues.map(([name, value]) => ({
  name: `a json field takes and gives ${name}`,
  steps: [
    {
      as: 'god',
      call: ['PageConfig.create', { slug: 'a', title: 'A', level: 1, layout: value }],
      expect: { layout: { $is: value } },
      save: 'a',
    },
    { as: 'god', call: ['PageConfig.read', '$a.id'], expect: { layout: { $is: value } } },
    { as: 'god', call: ['PageConfig.list', {}], expect: { data: [{ layout: { $is: value } }] } },
  ],
}))

const texts: readonly (readonly [name: string, value: string])[] = [
  ['an empty text', ''],
  ['quotes, backslashes and semicolons', `it's "quoted" \\ ; -- /* */`],
  ['line breaks and tabs', 'a\r\nb\tc\n'],
  ['characters beyond the basic plane', '😀𝒳👩‍👩‍👧'],
  ['composed and decomposed accents, each as it came', 'é e\u0301'],
  ['right-to-left text and marks', 'שלום \u202eabc'],
  ['spaces at both ends', '  a  '],
  ['a text that looks like a number', '0012.50'],
  ['a text that looks like null', 'null'],
]

const textCases: Case[] = texts.map(([name, value]) => ({
  name: `a text field keeps ${name}`,
  steps: [
    {
      as: 'god',
      call: ['User.create', { username: 'alice', email: 'alice@example.com', bio: value }],
      expect: { bio: value },
      save: 'alice',
    },
    { as: 'god', call: ['User.read', '$alice.id'], expect: { bio: value } },
    { as: 'god', call: ['User.count', { bio: value }], expect: 1 },
  ],
}))

export const createReadUpdateDelete: Topic = {
  topic: 'create, read, update, delete',
  cases: [
    ...everyEntity,
    ...accessors.map((accessor) => ({
      name: `client.${accessor} is the entity's accessor`,
      steps: [
        {
          as: 'god',
          call: [`${accessor}.list`, {}],
          expect: { $is: { data: [], limit: accessor === 'componentNodes' ? 50 : 20, hasMore: false } },
        },
      ] as const,
    })),
    ...jsonCases,
    ...textCases,
    {
      name: 'read and update of an id that was never used are NOT_FOUND with entity and id',
      steps: [
        {
          as: 'god',
          call: ['PageConfig.read', nobody],
          error: { code: 'NOT_FOUND', details: { entity: 'PageConfig', id: nobody } },
        },
        {
          as: 'god',
          call: ['PageConfig.update', nobody, { title: 'x' }],
          error: { code: 'NOT_FOUND', details: { entity: 'PageConfig', id: nobody } },
        },
        {
          as: 'god',
          call: ['PageConfig.delete', nobody],
          error: { code: 'NOT_FOUND', details: { entity: 'PageConfig', id: nobody } },
        },
      ],
    },
    ...(['read', 'update', 'delete'] as const).map((operation) => ({
      name: `a malformed id in ${operation} is NOT_FOUND`,
      given: [page('home')],
      steps: ['x', '', 0, 1, null, true, {}, [], '$home.slug', "' or '1'='1", { $repeat: ['9', 5000] }].map(
        (id) => ({
          as: 'god',
          call: [`PageConfig.${operation}`, id, ...(operation === 'update' ? [{ title: 'x' }] : [])] as const,
          error: 'NOT_FOUND',
        }),
      ) as never,
    })),
    {
      name: 'createdAt and updatedAt are equal at first, and an update moves updatedAt alone',
      steps: [
        page('home'),
        { as: 'god', call: ['PageConfig.read', '$home.id'], expect: { createdAt: '$home.updatedAt' } },
        // Takes longer than the millisecond that a clock may stand still.
        {
          as: 'god',
          call: ['PageConfig.createMany', { $rows: [400, { slug: 'p-#', title: 't #', level: 1 }] }],
        },
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { title: 'Other' }],
          expect: { createdAt: '$home.createdAt' },
        },
        {
          as: 'god',
          call: ['PageConfig.count', { slug: 'home', updatedAt: { gt: '$home.updatedAt' } }],
          expect: 1,
        },
      ],
    },
    {
      name: 'booleans come as booleans',
      steps: [
        page('a', { isPublished: false }),
        page('b', { isPublished: true }),
        {
          as: 'god',
          call: ['PageConfig.list', { sort: { slug: 'asc' } }],
          expect: { data: [{ isPublished: false }, { isPublished: true }] },
        },
        {
          as: 'god',
          call: ['PageConfig.aggregate', { groupBy: ['isPublished'] }],
          expect: [{ isPublished: false }, { isPublished: true }],
        },
      ],
    },
    {
      name: 'an update writes several fields at once',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.update',
            '$home.id',
            {
              slug: 'start',
              title: 'Start',
              level: 3,
              icon: 'house',
              layout: { columns: 2 },
              isPublished: false,
              sortOrder: 9,
              description: 'd',
            },
          ],
          expect: {
            slug: 'start',
            title: 'Start',
            level: 3,
            icon: 'house',
            layout: { $is: { columns: 2 } },
            isPublished: false,
            sortOrder: 9,
            description: 'd',
          },
        },
      ],
    },
    {
      name: 'an update replaces a json value whole',
      given: [page('home', { layout: { a: 1, b: 2 } })],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { layout: { b: 3 } }],
          expect: { layout: { $is: { b: 3 } } },
        },
      ],
    },
    {
      name: 'an update sets a nullable field back to null',
      given: [user('alice', 'user', { bio: 'x', profilePicture: 'y' })],
      steps: [
        {
          as: 'god',
          call: ['User.update', '$alice.id', { bio: null, profilePicture: null }],
          expect: { bio: null, profilePicture: null },
        },
      ],
    },
    {
      name: 'an update to null of a field that is not nullable is refused',
      given: [
        page('home'),
        user('owner'),
        workflow('w', 'owner'),
        script('s', 'owner'),
        pack('p'),
        node('n', 'home'),
      ],
      steps: [
        ['PageConfig', 'home', 'title'],
        ['PageConfig', 'home', 'layout'],
        ['PageConfig', 'home', 'isPublished'],
        ['Workflow', 'w', 'trigger'],
        ['Workflow', 'w', 'createdBy'],
        ['LuaScript', 's', 'code'],
        ['InstalledPackage', 'p', 'version'],
        ['ComponentNode', 'n', 'pageId'],
        ['User', 'owner', 'username'],
      ].map(([entity, name, field]) => ({
        as: 'god',
        call: [`${entity}.update`, `$${name}.id`, { [field as string]: null }],
        error: { code: 'VALIDATION_ERROR', details: { issues: [{ path: field }] } },
      })) as never,
    },
    {
      name: 'several wrong fields are all named',
      steps: [
        {
          as: 'god',
          call: ['PageConfig.create', { slug: 'BAD', level: 9, colour: 'red' }],
          error: {
            code: 'VALIDATION_ERROR',
            details: {
              issues: {
                $holds: [{ path: 'slug' }, { path: 'level' }, { path: 'title' }, { path: 'colour' }],
              },
            },
          },
        },
      ],
    },
  ],
}
