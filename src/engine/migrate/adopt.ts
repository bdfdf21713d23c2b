/**
 * From generated migrations to written ones: an app that began with a schema alone gets migration files later, and its
 * databases must not be asked to create what they have.
 */

import type { Migration, Tables } from '../../schema/migration.ts'
import type { Dialect } from '../dialect.ts'
import type { Work } from '../work.ts'
import { inTransaction } from './apply.ts'
import { tablesAfter } from './change.ts'
import { sameTables } from './diff.ts'
import { forgetMigration, type History, recordMigration, writeMeta } from './history.ts'
import { migrationConflict } from './migration.ts'

export interface Adoption {
  /** How many of the written migrations the database has already. */
  readonly length: number
  record(dialect: Dialect, now: string): Work<void>
}

/**
 * Undefined where nothing was generated.
 * @throws DBALError CONFLICT when no number of the migrations leads to exactly the tables that were generated
 */
export function adoptMigrations(migrations: readonly Migration[], history: History): Adoption | undefined {
  const { applied } = history
  if (applied.length === 0 || !applied.every(({ generated }) => generated)) return undefined
  const length = matchingLength(migrations, JSON.parse(history.tables ?? '{}') as Tables)
  if (length === undefined) {
    throw migrationConflict(
      'The tables of this database were made from the schema itself, and no first part of the migrations leads to the same tables; ' +
        'generate the first migration from the schema as it was then',
    )
  }
  return {
    length,
    record: (dialect, now) =>
      inTransaction(dialect, function* () {
        for (const { version } of applied) yield* forgetMigration(version)
        for (const migration of migrations.slice(0, length)) yield* recordMigration(migration, false, now)
        yield* writeMeta('tables', null)
      }),
  }
}

function matchingLength(migrations: readonly Migration[], stored: Tables): number | undefined {
  let tables: Tables = {}
  for (const [index, { up }] of migrations.entries()) {
    const after = tablesAfter(tables, up)
    if (!after) return undefined
    if (sameTables(stored, after)) return index + 1
    tables = after
  }
  return undefined
}
