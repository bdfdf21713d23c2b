/**
 * A file of somebody else's may bring objects under our names: tables with other columns, or triggers that keep the audit
 * log empty while it looks sound. Ours are known to the letter, and nothing else may touch them.
 */

import type { Statement } from '../../drivers/driver.ts'
import { genuineNames } from '../search/indexes.ts'
import { ask, type Work } from '../work.ts'
import { migrationConflict } from './migration.ts'
import type { MigrationDialect } from './migration-dialect.ts'

const objects: Statement = {
  sql: `SELECT "name", "sql" FROM main.sqlite_schema
WHERE "sql" IS NOT NULL AND (substr("name", 1, 6) COLLATE NOCASE = '_dbal_' OR substr("tbl_name", 1, 6) COLLATE NOCASE = '_dbal_'
  OR ("type" IN ('trigger', 'view') AND instr(lower("sql"), '_dbal_') > 0))`,
  columns: ['text', 'text'],
  once: true,
}

/** Must run before anything of ours is read or written. @throws DBALError CONFLICT naming the object */
export function* refuseImposters({ engineTables }: MigrationDialect): Work<void> {
  const ours = new Set(engineTables.map((text) => text.replace('IF NOT EXISTS ', '')))
  const indexes = yield* genuineNames()
  const { values } = yield* ask(objects, [])
  for (let at = 0; at < values.length; at += 2) {
    if (ours.has(values[at + 1] as string) || indexes.has(values[at] as string)) continue
    throw migrationConflict(
      `The file has an object ${JSON.stringify(values[at])} that stands in the place of this package's own or touches it; it cannot be trusted`,
    )
  }
}
