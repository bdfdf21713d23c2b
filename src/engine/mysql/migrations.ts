/** What migrations need to know of MariaDB and MySQL. */

import { DBALError } from '../../protocol/error.ts'
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
    lacking: ({ code }) => lacking(server, code),
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

/** Routines and triggers that the binary log keeps from being made; rights that the user has not. */
function lacking({ title }: MysqlServer, code: number | string): DBALError | undefined {
  const needs =
    code === 1419
      ? 'lets its user make functions and triggers: where it writes a binary log, log_bin_trust_function_creators must be on'
      : denied.has(code)
        ? 'gives its user all rights on this one database (GRANT ALL ON `database`.* TO …)'
        : undefined
  if (needs === undefined) return undefined
  return new DBALError('CAPABILITY_NOT_SUPPORTED', `The engine needs a ${title} that ${needs}`, {
    capability: 'mysql',
  })
}

const denied: ReadonlySet<number | string> = new Set([1044, 1142, 1227, 1370])
