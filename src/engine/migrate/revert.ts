/** The way back of migrations that were applied, by what was recorded of them. */

import type { Migration } from '../../schema/migration.ts'
import { canonicalJson } from '../audit/canonical-json.ts'
import type { Work } from '../work.ts'
import { type ApplyOptions, revertMigrations } from './apply.ts'
import { tablesAfter } from './change.ts'
import { type Applied, type History, writeMeta } from './history.ts'
import { readJournal } from './journal.ts'
import { migrationConflict, titleOf } from './migration.ts'
import { storedTables } from './tables-stored.ts'

/** @param undone the last one first */
export function* revertApplied(
  undone: readonly Applied[],
  history: History,
  options: ApplyOptions,
): Work<void> {
  let tables = storedTables(history)
  yield* revertMigrations(undone, options, function* (migration: Migration) {
    yield* writeMeta('checked', null)
    const after = history.tables === null ? undefined : tablesAfter(tables, migration.down)
    if (!after) return
    tables = after
    yield* writeMeta('tables', canonicalJson(tables))
  })
}

/**
 * Ends a rollback that was interrupted, where the database cannot take back half of it by itself.
 * @returns whether there was one
 */
export function* endRollback(history: History, options: ApplyOptions): Work<boolean> {
  if (options.dialect.migrations.isTransactional || !history.exists) return false
  const journal = yield* readJournal()
  const applied = history.applied.find(({ version }) => version === journal?.version)
  if (journal?.direction !== 'down' || !applied) return false
  yield* revertApplied([applied], history, options)
  return true
}

/** @throws DBALError CONFLICT when a migration that this code does not have was interrupted */
export function* refuseInterrupted({ applied }: History, options: ApplyOptions): Work<void> {
  if (options.dialect.migrations.isTransactional) return
  const journal = yield* readJournal()
  if (!journal) return
  const { version } = journal
  const known = applied.find((migration) => migration.version === version)
  throw migrationConflict(
    `${known ? titleOf(known) : `Migration ${version}`} was interrupted; open the database with the code that has it, which goes on with it`,
    { version },
  )
}
