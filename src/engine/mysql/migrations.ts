/** What migrations need to know of MariaDB and MySQL. */

import type { MigrationDialect } from '../migrate/migration-dialect.ts'
import { ddlOf } from './ddl.ts'
import { engineTablesOf } from './engine-tables.ts'
import { inspectorOf } from './inspect.ts'
import { referencesOf } from './references.ts'
import { renaming } from './renaming.ts'
import { type MysqlServer, mysql } from './server.ts'

export function migrationsOf(server: MysqlServer): MigrationDialect {
  /** A server's locks have names of its own, over all its databases. */
  const lockName = `concat('dbal:', ${server.hash('database()')})`
  return {
    name: 'mysql',
    ddl: ddlOf(server),
    inspector: inspectorOf(server),
    engineTables: engineTablesOf(server),
    // 1 — first. 2 — _dbal_substr, _dbal_strftime.
    engineVersion: 2,
    isTransactional: false,
    switchesForeignKeys: false,
    apartReferences: referencesOf(server),
    ...(server === mysql && { renameColumnTexts: renaming }),
    lock: {
      take: { sql: `select get_lock(${lockName}, 86400)`, columns: ['any'], once: true },
      give: { sql: `select release_lock(${lockName})`, columns: ['any'], once: true },
    },
  }
}
