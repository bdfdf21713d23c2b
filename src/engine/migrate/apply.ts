/** Migrations done and undone, each in a transaction of its own together with its record. */

import type { Statement } from '../../drivers/driver.ts'
import type { Event } from '../../protocol/event.ts'
import type { Migration } from '../../schema/migration.ts'
import type { Dialect } from '../dialect.ts'
import { removeTriggers } from '../search/indexes.ts'
import { whole } from '../transaction.ts'
import { ask, type Work } from '../work.ts'
import { forgetMigration, readMigrations, recordMigration } from './history.ts'
import { clearJournal, type Direction, type Progress, progressOf } from './journal.ts'
import { checksumOf, migrationConflict, titleOf } from './migration.ts'
import { runSteps } from './steps.ts'

export type MigrationEvent = Extract<Event, { readonly type: 'migration' }>

export interface ApplyOptions {
  readonly dialect: Dialect
  readonly now: string
  readonly onProgress: (event: MigrationEvent) => void
}

/**
 * Must run outside of any transaction.
 * @param also further work in each migration's transaction
 */
export function* applyMigrations(
  migrations: readonly Migration[],
  options: ApplyOptions,
  generated: boolean,
  also?: () => Work<void>,
): Work<void> {
  yield* each(migrations, options, function* (migration) {
    // Another process may have been faster between our look and our lock.
    const done = (yield* readMigrations()).find(({ version }) => version === migration.version)
    if (done?.checksum === checksumOf(migration)) return
    const { dialect } = options
    const progress = yield* progressIn(dialect, migration, 'up')
    yield* runSteps(migration.up, dialect.migrations, titleOf(migration), progress)
    yield* checkForeignKeys(titleOf(migration), dialect)
    yield* ending(progress, dialect, function* () {
      yield* recordMigration(migration, generated, options.now)
      if (also) yield* also()
    })
  })
}

/** Undefined where the transaction around a migration keeps it whole. */
function* progressIn(
  { migrations }: Dialect,
  migration: Migration,
  direction: Direction,
): Work<Progress | undefined> {
  if (migrations.isTransactional) return undefined
  return yield* progressOf(migration, direction)
}

/** The record of a migration, in one transaction at least with the end of its progress. */
function* ending(progress: Progress | undefined, dialect: Dialect, record: () => Work<void>): Work<void> {
  if (!progress) return yield* record()
  yield* whole(dialect.transaction, function* () {
    yield* record()
    yield* clearJournal()
  })
}

/** @param migrations as they were applied, the last one first; `also` is further work in each one's transaction */
export function* revertMigrations(
  migrations: readonly Migration[],
  options: ApplyOptions,
  also: (migration: Migration) => Work<void>,
): Work<void> {
  yield* each(migrations, options, function* (migration) {
    const title = `${titleOf(migration)}, rollback`
    const progress = yield* progressIn(options.dialect, migration, 'down')
    yield* runSteps(migration.down, options.dialect.migrations, title, progress)
    yield* checkForeignKeys(title, options.dialect)
    yield* ending(progress, options.dialect, function* () {
      yield* forgetMigration(migration.version)
      yield* also(migration)
    })
  })
}

function* each(
  migrations: readonly Migration[],
  { dialect, onProgress }: ApplyOptions,
  run: (migration: Migration) => Work<void>,
): Work<void> {
  if (migrations.length === 0) return
  const total = migrations.length
  yield* withoutForeignKeys(dialect, function* () {
    for (const [index, migration] of migrations.entries()) {
      const { version, name } = migration
      const tell = (state: MigrationEvent['state'], done: number) =>
        onProgress({ type: 'migration', version, name, state, done, total })
      tell('started', index)
      try {
        yield* inTransaction(dialect, function* () {
          if (dialect.name === 'sqlite') yield* removeTriggers()
          yield* run(migration)
        })
      } catch (error) {
        tell('failed', index)
        throw error
      }
      tell('applied', index + 1)
    }
  })
}

export function* inTransaction<T>(dialect: Dialect, work: () => Work<T>): Work<T> {
  if (!dialect.migrations.isTransactional) return yield* work()
  return yield* whole(dialect.transaction, work)
}

const foreignKeys: Statement = { sql: 'PRAGMA foreign_keys', columns: ['integer'], once: true }
const foreignKeysOff: Statement = { sql: 'PRAGMA foreign_keys = OFF', columns: [], once: true }
const foreignKeysOn: Statement = { sql: 'PRAGMA foreign_keys = ON', columns: [], once: true }

/**
 * Replacing a table drops the old one, and with foreign keys enforced SQLite would first delete its rows and all that
 * cascades from them; deferring the constraints does not prevent that. The switch has no effect inside a transaction,
 * hence around it; each migration is checked as a whole before its commit instead.
 */
function* withoutForeignKeys({ migrations }: Dialect, work: () => Work<void>): Work<void> {
  if (!migrations.switchesForeignKeys) return yield* work()
  const enforced = (yield* ask(foreignKeys, [])).values[0] === 1
  if (!enforced) return yield* work()
  yield* ask(foreignKeysOff, [])
  try {
    yield* work()
  } finally {
    yield* ask(foreignKeysOn, [])
  }
}

const orphan: Statement = {
  sql: 'SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1',
  columns: ['text', 'text'],
  once: true,
}

function* checkForeignKeys(title: string, { migrations }: Dialect): Work<void> {
  if (!migrations.switchesForeignKeys) return
  const [table, parent] = (yield* ask(orphan, [])).values
  if (table === undefined) return
  throw migrationConflict(
    `${title}: a row of ${String(table)} would refer to a row of ${String(parent)} that does not exist`,
    {
      entity: String(table),
    },
  )
}
