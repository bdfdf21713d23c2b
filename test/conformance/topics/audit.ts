import type { Case, Json, Topic } from '../case.ts'
import { credential, nobody, page, user } from '../seeds.ts'

const god = '01890000-0000-7000-8000-0000000000a4'

const badOptions: readonly Json[] = [
  { limit: 101 },
  { limit: 0 },
  { page: 0 },
  { cursor: 'x' },
  { sort: { at: 'asc' } },
  { sort: 'seq' },
  { filter: { colour: 'red' } },
  { filter: { role: 'root' } },
  { filter: { success: 'yes' } },
  { filter: { code: 'NOTHING' } },
  { filter: { from: 'yesterday' } },
  { where: {} },
  'options',
]

export const audit: Topic = {
  topic: 'audit',
  cases: [
    {
      name: 'a create is one entry: who, what, which row, and each field before and after',
      steps: [
        {
          ...page('home'),
          audit: [
            {
              $all: [
                {
                  at: { $kind: 'datetime' },
                  userId: god,
                  role: 'god',
                  entity: 'PageConfig',
                  operation: 'create',
                  rowIds: ['$home.id'],
                  success: true,
                  code: null,
                  durationMs: { $least: 0 },
                  changes: { slug: [null, 'home'], level: [null, 1] },
                  prevHash: { $kind: 'hash' },
                  hash: { $kind: 'hash' },
                },
                { requestId: { $not: null } },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'an update tells the fields that changed, and no others',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.update', '$home.id', { title: 'New', level: 1 }],
          save: 'changed',
          audit: [
            {
              operation: 'update',
              rowIds: ['$home.id'],
              changes: {
                $is: { title: ['home', 'New'], updatedAt: ['$home.updatedAt', '$changed.updatedAt'] },
              },
            },
          ],
        },
      ],
    },
    {
      name: 'a delete tells what was there',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['PageConfig.delete', '$home.id'],
          audit: [
            { operation: 'delete', rowIds: ['$home.id'], success: true, changes: { slug: ['home', null] } },
          ],
        },
      ],
    },
    {
      name: 'createMany, updateMany and deleteMany name every row',
      steps: [
        {
          as: 'god',
          call: [
            'PageConfig.createMany',
            [
              { slug: 'a', title: 'A', level: 1 },
              { slug: 'b', title: 'B', level: 1 },
            ],
          ],
          save: 'made',
          audit: [
            { operation: 'createMany', rowIds: { $holds: ['$made.ids.0', '$made.ids.1'] }, success: true },
          ],
        },
        {
          as: 'god',
          call: ['PageConfig.updateMany', { level: 1 }, { title: 'x' }],
          audit: [{ operation: 'updateMany', rowIds: { $length: 2 } }],
        },
        {
          as: 'god',
          call: ['PageConfig.deleteMany', { level: 1 }],
          audit: [{ operation: 'deleteMany', rowIds: { $length: 2 } }],
        },
      ],
    },
    {
      name: 'reads leave no entry',
      given: [page('home')],
      steps: [
        { as: 'public', call: ['PageConfig.list', {}], audit: [] },
        { as: 'public', call: ['PageConfig.read', '$home.id'], audit: [] },
        { as: 'public', call: ['PageConfig.count'], audit: [] },
      ],
    },
    {
      name: 'a denied call is one entry of a failure, with its code and no changes',
      given: [user('alice')],
      steps: [
        {
          as: '$alice',
          call: ['User.delete', '$alice.id'],
          error: 'FORBIDDEN',
          audit: [
            {
              userId: '$alice.id',
              username: 'alice',
              role: 'user',
              entity: 'User',
              operation: 'delete',
              success: false,
              code: 'FORBIDDEN',
              changes: null,
            },
          ],
        },
        {
          as: 'public',
          call: ['User.list', {}],
          error: 'FORBIDDEN',
          audit: [
            {
              userId: null,
              username: null,
              role: 'public',
              entity: 'User',
              operation: 'list',
              success: false,
              code: 'FORBIDDEN',
            },
          ],
        },
        {
          as: '$alice',
          call: ['User.update', '$alice.id', { role: 'god' }],
          error: 'FORBIDDEN',
          audit: [{ operation: 'update', success: false, code: 'FORBIDDEN' }],
        },
      ],
    },
    {
      name: 'a denied call into the database as a whole is an entry, too',
      steps: [
        {
          as: 'user',
          call: ['audit.list', {}],
          error: 'FORBIDDEN',
          audit: [{ role: 'user', operation: 'audit.list', success: false, code: 'FORBIDDEN' }],
        },
        {
          as: 'admin',
          call: ['audit.export', {}],
          error: 'FORBIDDEN',
          audit: [{ role: 'admin', operation: 'audit.export', success: false, code: 'FORBIDDEN' }],
        },
      ],
    },
    {
      name: 'sign-in attempts are entries, failed ones as failures',
      given: [user('alice'), credential('alice')],
      steps: [
        {
          as: 'public',
          call: ['Credential.verify', 'alice', 'Correct-horse7'],
          expect: true,
          audit: [{ entity: 'Credential', operation: 'verify', success: true }],
        },
        {
          as: 'public',
          call: ['Credential.verify', 'alice', 'Wrong-guess1'],
          expect: false,
          audit: [{ entity: 'Credential', operation: 'verify', success: false }],
        },
      ],
    },
    {
      name: 'a batch tells of each of its writes',
      steps: [
        {
          as: 'god',
          call: [
            'batch',
            [
              { method: 'create', params: ['PageConfig', { slug: 'a', title: 'A', level: 1 }] },
              { method: 'create', params: ['PageConfig', { slug: 'b', title: 'B', level: 1 }] },
            ],
          ],
          audit: [
            { operation: 'create', changes: { slug: [null, 'a'] } },
            { operation: 'create', changes: { slug: [null, 'b'] } },
          ],
        },
      ],
    },
    {
      name: 'a hidden value is in no image',
      given: [user('alice')],
      steps: [
        {
          ...credential('alice', 'god'),
          audit: {
            $all: [
              { $each: { success: true } },
              {
                $holds: [
                  {
                    entity: 'Credential',
                    changes: { passwordHash: { $not: { $holds: [{ $pattern: 'argon' }] } } },
                  },
                ],
              },
            ],
          } as never,
        },
        { as: 'god', call: ['audit.export', {}], absent: ['argon2', 'Correct-horse7'] },
      ],
    },
    {
      name: 'list gives the newest first, 20 at a time, with pages and cursors',
      given: Array.from({ length: 25 }, (_, at) => page(`p-${at}`)),
      steps: [
        {
          as: 'god',
          call: ['audit.list'],
          expect: { data: { $length: 20 }, limit: 20, hasMore: true },
          save: 'first',
        },
        {
          as: 'god',
          call: ['audit.list', { limit: 2 }],
          expect: { data: [{ changes: { slug: [null, 'p-24'] } }, { changes: { slug: [null, 'p-23'] } }] },
        },
        {
          as: 'god',
          call: ['audit.list', { cursor: '$first.nextCursor' }],
          expect: { data: { $length: 5 }, hasMore: false },
        },
        {
          as: 'god',
          call: ['audit.list', { page: 3, limit: 10 }],
          expect: { data: { $length: 5 }, page: 3, total: 25, hasMore: false },
        },
        {
          as: 'god',
          call: ['audit.list', { sort: { seq: 'asc' }, limit: 1 }],
          expect: { data: [{ seq: 1, changes: { slug: [null, 'p-0'] } }] },
        },
      ],
    },
    {
      name: 'list filters by entity, operation, user, role, success, code, row and time',
      given: [
        page('home'),
        user('alice'),
        { as: '$alice', call: ['User.update', '$alice.id', { bio: 'x' }] },
      ],
      steps: [
        { as: 'user', call: ['User.delete', nobody], error: 'FORBIDDEN' },
        {
          as: 'admin',
          call: ['audit.list', { filter: { entity: 'PageConfig' } }],
          expect: { data: [{ operation: 'create', rowIds: ['$home.id'] }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { operation: 'update' } }],
          expect: { data: [{ userId: '$alice.id' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { userId: '$alice.id' } }],
          expect: { data: [{ operation: 'update' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { username: 'alice' } }],
          expect: { data: [{ operation: 'update' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { role: 'supergod' } }],
          expect: { data: [{ entity: 'User', operation: 'create' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { success: false } }],
          expect: { data: [{ operation: 'delete', code: 'FORBIDDEN' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { code: 'FORBIDDEN' } }],
          expect: { data: [{ role: 'user' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { rowId: '$home.id' } }],
          expect: { data: [{ entity: 'PageConfig' }] },
        },
        {
          as: 'admin',
          call: ['audit.list', { filter: { from: '2000-01-01', to: '2001-01-01' } }],
          expect: { data: [] },
        },
        {
          as: 'admin',
          call: [
            'audit.list',
            { filter: { from: '2000-01-01', to: '9999-01-01', entity: 'User' }, count: true },
          ],
          expect: { total: 3 },
        },
      ],
    },
    ...badOptions.map(
      (options): Case => ({
        name: `list refuses ${JSON.stringify(options)}`,
        steps: [{ as: 'admin', call: ['audit.list', options], error: 'VALIDATION_ERROR' }],
      }),
    ),
    {
      name: 'verify finds an untouched log whole, with its head',
      given: [page('home'), user('alice')],
      steps: [
        { as: 'admin', call: ['audit.head'], expect: { seq: 2, hash: { $kind: 'hash' } }, save: 'head' },
        {
          as: 'admin',
          call: ['audit.verify'],
          expect: { ok: true, entries: 2, head: { $is: '$head' }, firstBad: { $absent: true } },
        },
      ],
    },
    {
      name: 'verify proves that an earlier head is a prefix',
      given: [
        page('home'),
        user('alice'),
        { as: 'admin', call: ['audit.head'], save: 'head' },
        page('other'),
      ],
      steps: [
        { as: 'admin', call: ['audit.verify', { head: '$head' }], expect: { ok: true, entries: 3 } },
        { as: 'admin', call: ['audit.head'], expect: { seq: 3, hash: { $not: '$head.hash' } } },
      ],
    },
    {
      name: 'verify exposes a head that this log never had',
      given: [page('home'), { as: 'admin', call: ['audit.head'], save: 'head' }, page('other')],
      steps: [
        {
          as: 'admin',
          call: ['audit.verify', { head: { seq: 2, hash: '$head.hash', root: '$head.root' } }],
          expect: { ok: false, firstBad: { reason: { $kind: 'text' } } },
        },
        {
          as: 'admin',
          call: ['audit.verify', { head: { seq: 99, hash: '$head.hash', root: '$head.root' } }],
          expect: { ok: false, firstBad: { reason: { $kind: 'text' } } },
        },
        { as: 'admin', call: ['audit.verify', { head: 'x' }], error: 'VALIDATION_ERROR' },
      ],
    },
    {
      name: 'each entry continues the one before',
      given: [
        page('a'),
        page('b'),
        { as: 'admin', call: ['audit.list', { sort: { seq: 'asc' } }], save: 'log' },
      ],
      steps: [
        {
          as: 'admin',
          call: ['audit.list', { sort: { seq: 'asc' } }],
          expect: { data: [{ seq: 1 }, { seq: 2, prevHash: '$log.data.0.hash' }] },
        },
      ],
    },
    {
      name: 'export gives every entry, oldest first, one line of JSON each',
      given: [page('a'), page('b')],
      steps: [
        {
          as: 'god',
          call: ['audit.export'],
          expect: [
            { $pattern: '^\\{.*"slug":\\[null,"a"\\].*\\}$' },
            { $pattern: '^\\{.*"slug":\\[null,"b"\\].*\\}$' },
          ],
        },
        { as: 'god', call: ['audit.export', { filter: { entity: 'User' } }], expect: [] },
      ],
    },
    {
      name: 'export of 1,200 entries is whole',
      given: Array.from({ length: 12 }, (_, at) => ({
        as: 'god',
        call: [
          'batch',
          {
            $rows: [
              100,
              { method: 'create', params: ['PageConfig', { slug: `p-${at}-#`, title: 't', level: 1 }] },
            ],
          },
        ] as const,
      })),
      steps: [{ as: 'god', call: ['audit.export', {}], expect: { $length: 1_200 } }],
    },
    {
      name: 'list, verify and head are for admin and above, export for god and above',
      steps: [
        ...(['public', 'user'] as const).flatMap((as) =>
          ['audit.list', 'audit.verify', 'audit.head', 'audit.export'].map((path) => ({
            as,
            call: [path] as const,
            error: 'FORBIDDEN',
          })),
        ),
        { as: 'admin', call: ['audit.export'], error: 'FORBIDDEN' },
        ...(['admin', 'god', 'supergod'] as const).flatMap((as) =>
          ['audit.list', 'audit.verify', 'audit.head'].map((path) => ({ as, call: [path] as const })),
        ),
        { as: 'god', call: ['audit.export'] },
        { as: 'supergod', call: ['audit.export'] },
      ],
    },
    {
      name: 'an entry shows no value of a row whose field the reader may not read',
      given: [
        user('alice'),
        {
          as: 'god',
          call: [
            'Workflow.create',
            { name: 'secret flow', trigger: 'manual', steps: [], createdBy: '$alice.id' },
          ],
        },
      ],
      steps: [
        {
          as: 'admin',
          call: ['audit.list', { filter: { entity: 'Workflow' } }],
          expect: { data: [{ operation: 'create' }] },
          absent: ['secret flow'],
        },
        {
          as: 'god',
          call: ['audit.list', { filter: { entity: 'Workflow' } }],
          expect: { data: [{ changes: { name: [null, 'secret flow'] } }] },
        },
      ],
    },
    {
      name: 'the log is no entity',
      steps: [
        {
          as: 'supergod',
          call: ['batch', [{ method: 'list', params: ['_dbal_audit', {}] }]],
          error: 'VALIDATION_ERROR',
        },
        {
          as: 'supergod',
          call: ['batch', [{ method: 'deleteMany', params: ['_dbal_audit', { seq: 1 }] }]],
          error: 'VALIDATION_ERROR',
        },
      ],
    },
  ],
}
