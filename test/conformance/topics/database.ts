import type { Topic } from '../case.ts'
import { page } from '../seeds.ts'

const names =
  'transactions nestedTransactions joins fullTextSearch ttl jsonQueries aggregations relations migrations schemaIntrospection connectionPooling readReplicas liveQueries rawSql backup pointInTimeRestore multiTab persistence'.split(
    ' ',
  )

const latest = 1

export const database: Topic = {
  topic: 'capabilities, migrations, the database as a whole',
  cases: [
    {
      name: 'capabilities names every one, as a boolean or a level, to everybody',
      steps: ['public', 'user', 'admin', 'god', 'supergod'].map((as) => ({
        as,
        call: ['capabilities'] as const,
        expect: { $keys: names },
      })),
    },
    {
      name: 'capabilities are true to an SQLite file of one process',
      steps: [
        {
          as: 'public',
          call: ['capabilities'],
          expect: {
            jsonQueries: true,
            aggregations: true,
            migrations: true,
            schemaIntrospection: true,
            connectionPooling: false,
            readReplicas: false,
            pointInTimeRestore: false,
            persistence: { $pattern: '^(memory|opfs|indexeddb)$' },
          },
        },
      ],
    },
    {
      name: 'SQL text is taken from nobody unless the host says so',
      steps: [
        ...(['public', 'user', 'admin', 'god', 'supergod'] as const).map((as) => ({
          as,
          call: ['sql.query', 'select 1'] as const,
          error: { code: 'CAPABILITY_NOT_SUPPORTED', details: { capability: 'rawSql' } },
        })),
        { as: 'supergod', call: ['capabilities'], expect: { rawSql: false, ttl: 'sweep' } },
      ],
    },
    {
      name: 'stats counts rows by entity, for admin and above',
      given: [page('a'), page('b')],
      steps: [
        {
          as: 'admin',
          call: ['stats'],
          expect: {
            rows: { PageConfig: 2, User: 0 },
            sizeBytes: { $least: 1 },
            pageSize: { $least: 512 },
            pageCount: { $least: 1 },
          },
        },
        { as: 'public', call: ['stats'], error: 'FORBIDDEN' },
        { as: 'user', call: ['stats'], error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'checkIntegrity finds nothing, for admin and above',
      given: [page('a')],
      steps: [
        { as: 'admin', call: ['checkIntegrity'], expect: { $is: { ok: true, problems: [] } } },
        { as: 'public', call: ['checkIntegrity'], error: 'FORBIDDEN' },
        { as: 'user', call: ['checkIntegrity'], error: 'FORBIDDEN' },
      ],
    },
    {
      name: 'analyze and vacuum are for god and above, and lose nothing',
      given: [page('a')],
      steps: [
        ...['analyze', 'vacuum'].flatMap((path) => [
          ...['public', 'user', 'admin'].map((as) => ({ as, call: [path] as const, error: 'FORBIDDEN' })),
          { as: 'god', call: [path] as const },
        ]),
        { as: 'god', call: ['PageConfig.count'], expect: 1 },
        { as: 'god', call: ['checkIntegrity'], expect: { ok: true } },
      ],
    },
    {
      name: 'export is for god and above, and loses nothing',
      given: [page('a')],
      steps: [
        ...['public', 'user', 'admin'].map((as) => ({ as, call: ['export'] as const, error: 'FORBIDDEN' })),
        { as: 'god', call: ['export'] },
        { as: 'god', call: ['PageConfig.count'], expect: 1 },
      ],
    },
    {
      name: 'the migrations of the package are applied on opening',
      steps: [
        {
          as: 'admin',
          call: ['migrations.status'],
          expect: {
            version: latest,
            latest,
            pending: [],
            applied: [{ version: 1, name: { $kind: 'text' }, appliedAt: { $kind: 'datetime' } }],
          },
        },
      ],
    },
    {
      name: 'migrations: status is for admin and above, migrate and rollback for god and above',
      steps: [
        ...['public', 'user'].map((as) => ({ as, call: ['migrations.status'] as const, error: 'FORBIDDEN' })),
        ...['public', 'user', 'admin'].flatMap((as) =>
          ['migrations.migrate', 'migrations.rollback'].map((path) => ({
            as,
            call: [path] as const,
            error: 'FORBIDDEN',
          })),
        ),
        { as: 'god', call: ['migrations.migrate'], expect: { version: latest, pending: [] } },
      ],
    },
    {
      name: 'rollback takes the tables away, migrate brings them back empty, and calls in between are refused',
      given: [page('home')],
      steps: [
        {
          as: 'god',
          call: ['migrations.rollback', 0],
          expect: { version: 0, latest, applied: [], pending: [{ version: 1 }] },
        },
        { as: 'god', call: ['migrations.migrate'], expect: { version: latest, pending: [] } },
        { as: 'god', call: ['PageConfig.count'], expect: 0 },
        {
          as: 'god',
          call: ['PageConfig.create', { slug: 'home', title: 'Home', level: 1 }],
          expect: { slug: 'home' },
        },
      ],
    },
    {
      name: 'migrate and rollback refuse versions that there are not',
      steps: [
        ...[99, -1, 1.5, '1', 'latest', true].flatMap((version) =>
          ['migrations.migrate', 'migrations.rollback'].map((path) => ({
            as: 'god',
            call: [path, version] as const,
            error: 'VALIDATION_ERROR',
          })),
        ),
        { as: 'god', call: ['migrations.status'], expect: { version: latest } },
      ],
    },
  ],
}
