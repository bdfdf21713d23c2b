/** Migrations on demand, for who operates the database. */

import type { Driver } from '../../drivers/driver.ts'
import { invalid } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { Role } from '../../protocol/principal.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { requireRole } from '../authorize.ts'
import type { AllowedCall, Outcome } from '../call.ts'
import type { Migration } from '../migrate/migration.ts'
import { type MigrationStatus, migrate, migrationStatus, rollbackMigrations } from '../migrate/migrator.ts'
import type { PrepareOptions } from '../migrate/prepare.ts'
import { hasWordIndexes } from '../search/indexes.ts'
import type { Work } from '../work.ts'
import type { SlowOperation, Tools } from './operation.ts'

interface Parts {
  readonly driver: Driver
  readonly schema: SchemaData
  readonly migrations: readonly Migration[]
  readonly foreign: boolean
  /** Told the version after each change, so that calls can be refused while tables are missing. */
  readonly onVersion: (version: number) => void
}

type Step = (options: PrepareOptions, to: number | undefined) => Work<MigrationStatus>

export function migrationTable(parts: Parts): Record<string, SlowOperation> {
  const operation = (
    method: 'migrations.status' | 'migrations.migrate' | 'migrations.rollback',
    least: Role,
    step: Step,
  ): SlowOperation => ({
    spec: databaseOperations[method],
    arity: [0, 1],
    key: () => 'migrations',
    async prepare(call, tools, port) {
      requireRole(call, least, tools.policies)
      const to = readVersion(call)
      const status = await port.run(() => step(prepareOptions(call, tools, parts), to))
      parts.onVersion(status.version)
      const { writes } = databaseOperations[method]
      const outcome: Outcome = {
        result: status,
        changes: [],
        ...(writes ? { attempt: { success: true, rowIds: [status.version] }, touched: 'all' } : {}),
      }
      // biome-ignore lint/correctness/useYield: all of it was done while preparing
      return function* () {
        return outcome
      }
    },
  })
  return {
    'migrations.status': operation('migrations.status', 'admin', (options) => migrationStatus(options)),
    'migrations.migrate': operation('migrations.migrate', 'god', migrate),
    'migrations.rollback': operation('migrations.rollback', 'god', (options, to) =>
      rollbackMigrations(options, to === undefined ? { steps: 1 } : { to }),
    ),
  }
}

function prepareOptions(call: AllowedCall, { dialect }: Tools, parts: Parts): PrepareOptions {
  return {
    schema: parts.schema,
    migrations: parts.migrations,
    foreign: parts.foreign,
    wordIndexes: hasWordIndexes(parts.driver),
    dialect,
    now: call.caller.now,
    onProgress: (event) => call.port.emit(event),
  }
}

function readVersion(call: AllowedCall): number | undefined {
  const [to] = call.params
  if (to === undefined || to === null) return undefined
  if (typeof to !== 'number' || !Number.isSafeInteger(to) || to < 0)
    throw invalid('to', 'must be a version number')
  return to
}
