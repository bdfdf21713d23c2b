/** Migrations on demand: what stands, further forward, and back. All of it runs outside of any transaction. */

import { invalid } from '../../protocol/error.ts'
import type { Work } from '../work.ts'
import { applyMigrations } from './apply.ts'
import { type Applied, pendingMigrations, readHistory } from './history.ts'
import { orderMigrations } from './migration.ts'
import { checkResult, followWordIndexes, type PrepareOptions, prepareBySchema, versionOf } from './prepare.ts'
import { revertApplied } from './revert.ts'

export interface MigrationStatus {
  /** Of the last applied migration; 0 without any. */
  readonly version: number
  /** The highest number that the code knows; that of the database where migrations are generated. */
  readonly latest: number
  readonly applied: readonly {
    readonly version: number
    readonly name: string
    readonly appliedAt: string
    readonly generated: boolean
  }[]
  readonly pending: readonly { readonly version: number; readonly name: string }[]
}

export function* migrationStatus(options: PrepareOptions): Work<MigrationStatus> {
  const migrations = orderMigrations(options.migrations)
  const history = yield* readHistory(options.dialect.migrations)
  const version = versionOf(history)
  const pending = migrations.length > 0 ? pendingMigrations(migrations, history.applied) : []
  return {
    version,
    latest: migrations.at(-1)?.version ?? version,
    applied: history.applied.map(({ version, name, appliedAt, generated }) => ({
      version,
      name,
      appliedAt,
      generated,
    })),
    pending: pending.map(({ version, name }) => ({ version, name })),
  }
}

/**
 * Applies what is pending, up to and including `to`; all of it when `to` is undefined.
 * @throws DBALError VALIDATION_ERROR for a number that no migration has or that lies behind
 */
export function* migrate(options: PrepareOptions, to?: number): Work<MigrationStatus> {
  const migrations = orderMigrations(options.migrations)
  const history = yield* readHistory(options.dialect.migrations)
  const version = versionOf(history)
  if (to !== undefined && to < version)
    throw invalid('to', `is behind the database, which is at ${version}; roll back instead`)
  if (to !== undefined && to !== version && !migrations.some((migration) => migration.version === to)) {
    throw invalid('to', `${to} is the number of no migration`)
  }
  if (migrations.length === 0) {
    yield* prepareBySchema(options, history)
    yield* followWordIndexes(options)
    return yield* migrationStatus(options)
  }
  const pending = pendingMigrations(migrations, history.applied)
  const wanted = to === undefined ? pending : pending.filter((migration) => migration.version <= to)
  yield* applyMigrations(wanted, options, false)
  if (wanted.length === pending.length) yield* checkResult(options, migrations, history)
  yield* followWordIndexes(options)
  return yield* migrationStatus(options)
}

/** How far back: so many migrations, or to a version, which stays applied; 0 is before the first. */
export type RollbackTarget = { readonly steps: number } | { readonly to: number }

/**
 * Undoes the last migrations by the way back that was recorded when they were applied. Rows of tables and values of fields
 * that this removes are lost. The next opening applies them again.
 * @throws DBALError VALIDATION_ERROR for a target that is not behind the database
 */
export function* rollbackMigrations(options: PrepareOptions, target: RollbackTarget): Work<MigrationStatus> {
  const history = yield* readHistory(options.dialect.migrations)
  const undone = chooseUndone(history.applied, target)
  yield* revertApplied(undone, history, options)
  yield* followWordIndexes(options)
  return yield* migrationStatus(options)
}

/** The last one first. */
function chooseUndone(applied: readonly Applied[], target: RollbackTarget): readonly Applied[] {
  const last = [...applied].reverse()
  if ('steps' in target) {
    const { steps } = target
    if (!Number.isSafeInteger(steps) || steps < 1 || steps > last.length) {
      throw invalid(
        'steps',
        `must be a whole number from 1 to ${last.length}, the number of applied migrations`,
      )
    }
    return last.slice(0, steps)
  }
  const { to } = target
  if (to !== 0 && !applied.some(({ version }) => version === to))
    throw invalid('to', `${to} is no applied migration`)
  return last.filter(({ version }) => version > to)
}
