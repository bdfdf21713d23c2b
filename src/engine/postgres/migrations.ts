/** What migrations need to know of PostgreSQL. */

import type { MigrationDialect } from '../migrate/migration-dialect.ts'
import { postgresDdl } from './ddl.ts'
import { postgresEngineTables } from './engine-tables.ts'
import { postgresInspector, postgresReferences } from './inspect.ts'

export const postgresMigrations: MigrationDialect = {
  name: 'postgres',
  ddl: postgresDdl,
  inspector: postgresInspector,
  engineTables: postgresEngineTables,
  // 1 — first. 2 — _dbal_substr, _dbal_strftime.
  engineVersion: 2,
  isTransactional: true,
  switchesForeignKeys: false,
  apartReferences: postgresReferences,
  lock: {
    take: {
      sql: 'select pg_advisory_lock(1684169069, hashtext(current_schema()))',
      columns: ['any'],
      once: true,
    },
    give: {
      sql: 'select pg_advisory_unlock(1684169069, hashtext(current_schema()))',
      columns: ['any'],
      once: true,
    },
  },
}
