/** Migrations as the engine handles them: put in order, recognised, named in messages. The data itself is in the schema room. */

import { DBALError, type ErrorDetails, invalidAll } from '../../protocol/error.ts'
import type { Migration, SqlStep, Step } from '../../schema/migration.ts'
import { Reader } from '../../schema/read.ts'
import { canonicalJson, sha256Hex } from '../audit/canonical-json.ts'
import { checkSteps } from './read-steps.ts'

export type { Migration } from '../../schema/migration.ts'

export function checksumOf({ version, name, up, down }: Migration): string {
  return sha256Hex(canonicalJson({ version, name, up, down }))
}

export function isSql(step: Step): step is SqlStep {
  return typeof step === 'string' || 'sql' in step
}

/** A refusal that stops the open; nothing was written for the migration it names. */
export function migrationConflict(
  message: string,
  details: Omit<ErrorDetails['CONFLICT'], 'constraint'> = {},
  cause?: unknown,
): DBALError<'CONFLICT'> {
  return new DBALError(
    'CONFLICT',
    message,
    { constraint: 'migration', reason: message, ...details },
    { cause },
  )
}

/**
 * The migrations in ascending order.
 * @throws DBALError VALIDATION_ERROR for what is no migration, CONFLICT for a number that is none or that two have
 */
export function orderMigrations(migrations: readonly Migration[]): readonly Migration[] {
  const read = new Reader()
  read.list(migrations, 'migrations', (migration, path) => {
    const { up, down, name } = read.record(migration, path, ['version', 'name', 'up', 'down'])
    read.string(name ?? '', `${path}.name`)
    checkSteps(read, up, `${path}.up`)
    checkSteps(read, down, `${path}.down`)
  })
  if (read.issues.length > 0) throw invalidAll(read.issues)
  const sorted = [...migrations].sort((left, right) => left.version - right.version)
  let previous: Migration | undefined
  for (const migration of sorted) {
    const { version, name } = migration
    if (!Number.isSafeInteger(version) || version < 1) {
      throw migrationConflict(
        `The migration ${JSON.stringify(name)} has the number ${String(version)}; it must be a whole number from 1`,
      )
    }
    if (previous?.version === version) {
      throw migrationConflict(
        `Two migrations have the number ${version}: "${previous.name}" and "${name}"; give the newer one the next free number`,
        { version },
      )
    }
    previous = migration
  }
  return sorted
}

/** How a migration is called in messages. */
export function titleOf({ version, name }: Pick<Migration, 'version' | 'name'>): string {
  return `Migration ${version} "${name}"`
}
