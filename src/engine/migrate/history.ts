/** What the database says was done to it, and how that compares with what the code knows. */

import type { Statement } from '../../drivers/driver.ts'
import { DBALError } from '../../protocol/error.ts'
import type { Migration, Step } from '../../schema/migration.ts'
import { ask, type Work } from '../work.ts'
import { refuseHalfCopy } from './copy-mark.ts'
import { putMeta } from './engine-tables.ts'
import { checksumOf, migrationConflict, titleOf } from './migration.ts'
import type { MigrationDialect } from './migration-dialect.ts'

export interface Applied extends Migration {
  readonly checksum: string
  readonly appliedAt: string
  /** Made by the engine for a schema that comes without migrations. */
  readonly generated: boolean
}

export interface History {
  /** False where none of the engine's tables stand. */
  readonly exists: boolean
  /** They are those of an earlier version of this package. */
  readonly isOutdated: boolean
  /** Ascending. */
  readonly applied: readonly Applied[]
  /** Canonical JSON of the tables, where migrations were generated. */
  readonly tables: string | null
  /** Hash of the tables and migrations that were last found to fit. */
  readonly checked: string | null
}

const readMeta: Statement = {
  sql: 'SELECT "key", "value" FROM main."_dbal_meta"',
  columns: ['text', 'text'],
  once: true,
}
const readApplied: Statement = {
  sql: 'SELECT "version", "name", "checksum", "up", "down", "appliedAt", "generated" FROM main."_dbal_migrations" ORDER BY "version"',
  columns: ['integer', 'text', 'text', 'text', 'text', 'text', 'boolean'],
  once: true,
}

/** @throws DBALError CONFLICT when the engine's own tables are of a later version of this package, or for half a copy */
export function* readHistory({ inspector, engineVersion }: MigrationDialect): Work<History> {
  if (!(yield* inspector.hasEngineTables()))
    return { exists: false, isOutdated: false, applied: [], tables: null, checked: null }
  const meta = new Map<string, string>()
  const { values } = yield* ask(readMeta, [])
  for (let at = 0; at < values.length; at += 2) meta.set(values[at] as string, values[at + 1] as string)
  refuseHalfCopy(meta)
  const version = Number(meta.get('engine') ?? 0)
  if (version > engineVersion) {
    throw newerDatabase(
      `The database was written by a later version of this package (its tables are of version ${version}, this one knows ${engineVersion}); update the package`,
      version,
    )
  }
  return {
    exists: true,
    isOutdated: version < engineVersion,
    applied: yield* readMigrations(),
    tables: meta.get('tables') ?? null,
    checked: meta.get('checked') ?? null,
  }
}

export function* readMigrations(): Work<Applied[]> {
  const { values } = yield* ask(readApplied, [])
  const applied: Applied[] = []
  for (let at = 0; at < values.length; at += 7) {
    const version = values[at] as number
    const name = values[at + 1] as string
    applied.push({
      version,
      name,
      checksum: values[at + 2] as string,
      up: parseSteps(values[at + 3] as string),
      down: parseSteps(values[at + 4] as string),
      appliedAt: values[at + 5] as string,
      generated: values[at + 6] as boolean,
    })
  }
  return applied
}

const parseSteps = (text: string) => JSON.parse(text) as readonly Step[]

/**
 * The migrations still to apply.
 * @param migrations the code's, in order
 * @throws DBALError CONFLICT when the code's migrations are no continuation of what was applied
 */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly Applied[],
): readonly Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]))
  const latest = applied.at(-1)?.version ?? 0
  const newest = migrations.at(-1)?.version ?? 0
  for (const done of applied) {
    const migration = known.get(done.version)
    if (!migration) {
      if (done.version > newest) {
        throw newerDatabase(
          `The database is at version ${latest}, newer than this code, which knows ${newest}; update the app`,
          latest,
        )
      }
      throw migrationConflict(
        `${titleOf(done)} was applied to this database but is missing from the code; put it back`,
        { version: done.version },
      )
    }
    if (checksumOf(migration) !== done.checksum) {
      throw migrationConflict(
        `${titleOf(migration)} is not the one that was applied to this database ("${done.name}"); restore it and write a new migration for the change`,
        { version: done.version },
      )
    }
  }
  const done = new Set(applied.map(({ version }) => version))
  const pending = migrations.filter(({ version }) => !done.has(version))
  const late = pending.find(({ version }) => version < latest)
  if (late) {
    throw migrationConflict(
      `${titleOf(late)} comes too late: the database is already at version ${latest}; give it the number ${newest + 1}`,
      { version: late.version },
    )
  }
  return pending
}

function newerDatabase(message: string, version: number): DBALError<'CONFLICT'> {
  return new DBALError('CONFLICT', message, { constraint: 'version', reason: message, version })
}

const record: Statement = {
  sql: 'INSERT INTO main."_dbal_migrations" ("version", "name", "checksum", "up", "down", "appliedAt", "generated") VALUES (?, ?, ?, ?, ?, ?, ?)',
  columns: [],
  once: true,
}
const forget: Statement = {
  sql: 'DELETE FROM main."_dbal_migrations" WHERE "version" = ?',
  columns: [],
  once: true,
}
const forgetMeta: Statement = {
  sql: 'DELETE FROM main."_dbal_meta" WHERE "key" = ?',
  columns: [],
  once: true,
}

export function* recordMigration(migration: Migration, generated: boolean, now: string): Work<void> {
  const { version, name, up, down } = migration
  yield* ask(record, [
    version,
    name,
    checksumOf(migration),
    JSON.stringify(up),
    JSON.stringify(down),
    now,
    generated ? 1 : 0,
  ])
}

export function* forgetMigration(version: number): Work<void> {
  yield* ask(forget, [version])
}

/** @param value null removes it */
export function* writeMeta(key: 'tables' | 'checked', value: string | null): Work<void> {
  yield* value === null ? ask(forgetMeta, [key]) : ask(putMeta, [key, value])
}
