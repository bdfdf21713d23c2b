/**
 * Brings a database to the schema's version at its opening.
 *
 * What must hold:
 * - a database that this code may not open is left as it is, to the byte;
 * - a migration is in the database whole, with its record, or not at all: each has one transaction;
 * - what was interrupted goes on at the next opening where it stopped.
 */

import type { Change, Migration } from '../../schema/migration.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { canonicalJson, sha256Hex } from '../audit/canonical-json.ts'
import type { Dialect } from '../dialect.ts'
import { followSchema } from '../search/indexes.ts'
import { ask, type Work } from '../work.ts'
import { adoptMigrations } from './adopt.ts'
import { applyMigrations, inTransaction, type MigrationEvent } from './apply.ts'
import { checkTables } from './check.ts'
import { compareTables, type Difference, nameOfChanges } from './diff.ts'
import { createEngineTables } from './engine-tables.ts'
import { type History, pendingMigrations, readHistory, writeMeta } from './history.ts'
import { refuseImposters } from './imposters.ts'
import { readJournal } from './journal.ts'
import { checksumOf, migrationConflict, orderMigrations } from './migration.ts'
import type { MigrationDialect } from './migration-dialect.ts'
import { endRollback, refuseInterrupted } from './revert.ts'
import { tablesOf } from './table.ts'
import { storedTables } from './tables-stored.ts'

export interface PrepareOptions {
  readonly schema: SchemaData
  /** Without any, the schema makes its tables itself. */
  readonly migrations: readonly Migration[]
  /** A file of somebody else's making: its tables are taken as they are. Default false. */
  readonly foreign?: boolean
  /** The database can hold word indexes: entities with search fields get one. Default false. */
  readonly wordIndexes?: boolean
  readonly dialect: Dialect
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string
  readonly onProgress: (event: MigrationEvent) => void
}

export interface Prepared {
  /** Of the last applied migration, generated ones included; 0 without any. */
  readonly version: number
}

/**
 * Must run outside of any transaction.
 * @throws DBALError CONFLICT with the constraint `version` for a database newer than the code, `migration` for a history
 * or for tables that do not fit it
 */
export function* prepareDatabase(options: PrepareOptions): Work<Prepared> {
  const { lock } = options.dialect.migrations
  if (!lock) return yield* prepare(options)
  yield* ask(lock.take, [])
  try {
    return yield* prepare(options)
  } finally {
    yield* ask(lock.give, [])
  }
}

function* prepare(options: PrepareOptions): Work<Prepared> {
  const { dialect, foreign } = options
  const migrations = orderMigrations(options.migrations)
  if (foreign) yield* refuseImposters(dialect.migrations)
  let history = yield* readHistory(dialect.migrations)
  if (yield* endRollback(history, options)) history = yield* readHistory(dialect.migrations)
  if (foreign) {
    if (!history.exists) yield* inTransaction(dialect, () => createEngineTables(dialect.migrations))
    return { version: versionOf(history) }
  }
  const prepared =
    migrations.length > 0
      ? yield* prepareByMigrations(options, migrations, history)
      : yield* prepareBySchema(options, history)
  yield* refuseInterrupted(history, options)
  yield* followWordIndexes(options)
  return prepared
}

/** Must run when the tables are as they are to stay. */
export function* followWordIndexes({ schema, dialect, foreign, wordIndexes }: PrepareOptions): Work<void> {
  if (!wordIndexes || foreign) return
  const { words } = dialect
  if (words) yield* inTransaction(dialect, () => words.follow(schema))
  else yield* followSchema(schema, (work) => inTransaction(dialect, work))
}

function* prepareByMigrations(
  options: PrepareOptions,
  migrations: readonly Migration[],
  history: History,
): Work<Prepared> {
  const adopted = adoptMigrations(migrations, history)
  const pending = adopted ? migrations.slice(adopted.length) : pendingMigrations(migrations, history.applied)
  yield* ensureEngineTables(options, history)
  if (adopted) yield* adopted.record(options.dialect, options.now)
  yield* applyMigrations(pending, options, false)
  yield* checkResult(options, migrations, history)
  return { version: (migrations.at(-1) as Migration).version }
}

/** Asks the database only when the schema or the migrations are not those of the last time. */
export function* checkResult(
  { schema, dialect }: Pick<PrepareOptions, 'schema' | 'dialect'>,
  migrations: readonly Migration[],
  history: History,
): Work<void> {
  const tables = tablesOf(schema)
  const fingerprint = sha256Hex(canonicalJson([tables, migrations.map(checksumOf)]))
  if (history.checked === fingerprint) return
  yield* checkTables(tables, dialect.migrations)
  yield* writeMeta('checked', fingerprint)
}

/** Additions to the schema become migrations of their own; anything else is for a person to decide. */
export function* prepareBySchema(options: PrepareOptions, history: History): Work<Prepared> {
  const wanted = tablesOf(options.schema)
  const byHand = history.applied.find(({ generated }) => !generated)
  if (byHand) {
    throw migrationConflict(
      `The database was made by migrations (the last is ${history.applied.at(-1)?.version}), but the code brings none; pass them as "migrations"`,
      { version: byHand.version },
    )
  }
  const text = canonicalJson(wanted)
  if (history.exists && history.tables === text) {
    yield* ensureEngineTables(options, history)
    return { version: versionOf(history) }
  }
  const { additions, removals, differences } = compareTables(storedTables(history), wanted)
  const [first, ...more] = differences
  if (first) throw migrationNeeded(first, more.length)
  const isResumed = history.exists && (yield* readJournal()) !== null
  if (!isResumed) yield* refuseTakenNames(additions, options.dialect.migrations)
  yield* ensureEngineTables(options, history)
  if (additions.length === 0) {
    yield* writeMeta('tables', text)
    return { version: versionOf(history) }
  }
  const version = versionOf(history) + 1
  const migration: Migration = {
    version,
    name: version === 1 ? 'initial' : nameOfChanges(additions),
    up: additions,
    down: removals,
  }
  yield* applyMigrations([migration], options, true, () => writeMeta('tables', text))
  return { version }
}

export function versionOf({ applied }: History): number {
  return applied.at(-1)?.version ?? 0
}

/** They have a version of their own, and come up to it when nothing else speaks against opening the database. */
function* ensureEngineTables({ dialect }: PrepareOptions, history: History): Work<void> {
  if (!history.exists || history.isOutdated)
    yield* inTransaction(dialect, () => createEngineTables(dialect.migrations))
}

/** A table that was there before us is not ours to take over. */
function* refuseTakenNames(additions: readonly Change[], { inspector }: MigrationDialect): Work<void> {
  const taken = new Set((yield* inspector.tableNames()).map((name) => name.toLowerCase()))
  for (const change of additions) {
    if ('createEntity' in change && taken.has(change.createEntity.name.toLowerCase())) {
      const { name } = change.createEntity
      throw migrationConflict(
        `The database holds a table ${name} that was not made from this schema; open such a file with openFile, or write migrations for it`,
        { entity: name },
      )
    }
  }
}

function migrationNeeded({ entity, field, text, step }: Difference, more: number): Error {
  return migrationConflict(
    `The schema no longer fits the database: ${text}${more > 0 ? ` (and ${more} more)` : ''}. ` +
      `Only additions are made unasked; write a migration with the step ${step}`,
    { entity, ...(field === undefined ? {} : { fields: [field] }) },
  )
}
