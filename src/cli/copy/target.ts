/** Where a copy goes: an empty database, or one in which an earlier copy stopped half way. */

import { canonicalJson } from '../../engine/audit/canonical-json.ts'
import { applyMigrations, inTransaction } from '../../engine/migrate/apply.ts'
import { checkTables } from '../../engine/migrate/check.ts'
import { copyMark, markCopy, unmarkCopy } from '../../engine/migrate/copy-mark.ts'
import { createEngineTables } from '../../engine/migrate/engine-tables.ts'
import { forgetMigration, readHistory, recordMigration, writeMeta } from '../../engine/migrate/history.ts'
import type { Work } from '../../engine/work.ts'
import { UsageError } from '../command.ts'
import { printable } from './address.ts'
import { countRows } from './rows.ts'
import type { Side } from './side.ts'
import type { Plan } from './source.ts'

export type TargetState =
  /** Nothing stands in it. */
  | 'empty'
  /** The same migrations have made its tables, and there is no row in them. */
  | 'prepared'
  /** An earlier copy stopped here. */
  | 'half'

const isOwn = (name: string) => /^_dbal_/i.test(name)

/** Of the database itself. */
const isInternal = (name: string) => /^sqlite_/i.test(name)

/** @throws UsageError for a target that is not empty */
export function* targetState(side: Side, plan: Plan): Work<TargetState> {
  const { shown } = side.address
  const { migrations } = side.dialect
  const names = (yield* migrations.inspector.tableNames()).filter((name) => !isInternal(name))
  if (names.length === 0) return 'empty'
  if (names.includes('_dbal_meta') && (yield* copyMark())) return 'half'
  const { exists, applied } = yield* readHistory(migrations)
  if (!exists) throw new UsageError(`${shown} is not empty: it has a table ${printable(names[0] as string)}`)
  const same =
    applied.length === plan.applied.length &&
    applied.every(({ checksum }, index) => checksum === plan.applied[index]?.checksum)
  if (!same)
    throw new UsageError(`${shown} was made by other migrations than the source; give an empty database`)
  yield* checkTables(plan.tables, migrations)
  for (const name of [...Object.keys(plan.tables), '_dbal_audit', '_dbal_tokens'])
    if ((yield* countRows(name)) > 0)
      throw new UsageError(`${shown} is not empty: ${printable(name)} holds rows`)
  return 'prepared'
}

/** Takes away what an earlier copy left. */
export function* clearHalf(side: Side): Work<void> {
  const mark = yield* copyMark()
  const own = (yield* side.dialect.migrations.inspector.tableNames()).filter(
    (name) => isOwn(name) && name !== '_dbal_meta',
  )
  // The mark goes last: until then this is half a copy.
  yield* side.place.clear([...(mark?.tables ?? []), ...own, '_dbal_meta'])
}

/** Makes the tables, where there are none, and marks the database as half a copy. */
export function* prepareTarget(side: Side, plan: Plan, state: TargetState, now: string): Work<void> {
  const { dialect } = side
  const mark = { since: now, tables: Object.keys(plan.tables) }
  if (state === 'prepared') return yield* inTransaction(dialect, () => markCopy(mark))
  yield* inTransaction(dialect, function* () {
    yield* createEngineTables(dialect.migrations)
    yield* markCopy(mark)
  })
  yield* applyMigrations(plan.steps, { dialect, now, onProgress: () => {} }, plan.generated)
}

/** Gives the target the source's history and takes the mark away: from here on it is a whole database. */
export function* finishTarget(side: Side, plan: Plan): Work<void> {
  yield* inTransaction(side.dialect, function* () {
    for (const migration of plan.applied) {
      yield* forgetMigration(migration.version)
      yield* recordMigration(migration, migration.generated, migration.appliedAt)
    }
    yield* writeMeta('tables', plan.generated ? canonicalJson(plan.tables) : null)
    yield* unmarkCopy()
  })
}
