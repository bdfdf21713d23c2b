/** The history of the schema. For admin and above to look at, for god and above to change. */

import type { Connection } from './connection.ts'

export interface AppliedMigration {
  readonly version: number
  readonly name: string
  readonly appliedAt: string
  /** Made by the engine from an addition to the schema, not written by hand. */
  readonly generated: boolean
}

export interface MigrationStatus {
  /** Version of the last applied one; 0 when there is none. */
  readonly version: number
  /** Highest number that the code knows. */
  readonly latest: number
  readonly applied: readonly AppliedMigration[]
  readonly pending: readonly { readonly version: number; readonly name: string }[]
}

export interface MigrationsSurface {
  status(): Promise<MigrationStatus>
  /** Applies what is pending, up to the version given. */
  migrate(to?: number): Promise<MigrationStatus>
  /** Undoes applied migrations down to the version given, the last one alone when none is given. */
  rollback(to?: number): Promise<MigrationStatus>
}

export function migrationsSurface(connection: Connection): MigrationsSurface {
  const call = (method: string) => (to?: number) =>
    connection.call(`migrations.${method}`, [to]) as Promise<MigrationStatus>
  return { status: () => call('status')(), migrate: call('migrate'), rollback: call('rollback') }
}
