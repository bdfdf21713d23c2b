/** What migrations need to know of MariaDB. */

import type { MigrationDialect } from '../migrate/migration-dialect.ts'
import { mysqlDdl } from './ddl.ts'
import { mysqlEngineTables } from './engine-tables.ts'
import { mysqlInspector, mysqlReferences } from './inspect.ts'

/** A server's locks have names of its own, over all its databases. */
const lockName = "concat('dbal:', md5(database()))"

export const mysqlMigrations: MigrationDialect = {
  name: 'mysql',
  ddl: mysqlDdl,
  inspector: mysqlInspector,
  engineTables: mysqlEngineTables,
  // 1 — first. 2 — _dbal_substr, _dbal_strftime.
  engineVersion: 2,
  isTransactional: false,
  switchesForeignKeys: false,
  apartReferences: mysqlReferences,
  lock: {
    take: { sql: `select get_lock(${lockName}, 86400)`, columns: ['any'], once: true },
    give: { sql: `select release_lock(${lockName})`, columns: ['any'], once: true },
  },
}
