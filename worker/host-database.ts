/** The composition root of every worker, the package's own and an app's: clock, randomness, hashing and storage meet here. */

import { metabuilderMigrations } from '../migrations/index.ts'
import type { Migration } from '../src/engine/migrate/migration.ts'
import type { Schema, Shapes } from '../src/schema/define.ts'
import { startHost } from './host.ts'
import { passwords } from './passwords.ts'

export interface HostDatabaseOptions<S extends Shapes = Shapes> {
  /** What this worker serves; a client with another schema is refused. Default: the schema of the client. */
  readonly schema?: Schema<S>
  /** Default: none for an own schema, else the client's or, for the MetaBuilder schema, the package's. */
  readonly migrations?: readonly Migration[]
}

/**
 * Makes a module worker of the app's own the host of a database. Call it at the top of the worker's script, before
 * anything is awaited: the page takes a worker that says nothing for one that did not load.
 *
 * ```ts
 * // database-worker.ts
 * import { hostDatabase } from '@metabuilder/dbal/worker'
 * import { schema } from './schema.ts'
 *
 * hostDatabase({ schema })
 * ```
 * ```ts
 * // page
 * const worker = () => new Worker(new URL('./database-worker.ts', import.meta.url), { type: 'module' })
 * const client = new DBALClient({ schema, database: { worker } })
 * ```
 */
export function hostDatabase<S extends Shapes>(options: HostDatabaseOptions<S> = {}): void {
  const { schema, migrations: given = [] } = options
  void startHost({
    definitions: {
      own: schema && { schema, migrations: given },
      builtin: { metabuilder: metabuilderMigrations },
    },
    platform: {
      clock: { now: () => Date.now(), after },
      random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
      passwords,
      onIncident: (incident, cause) => console.error(`DBAL incident ${incident}:`, cause),
    },
    report(cause) {
      const incident = crypto.getRandomValues(new Uint32Array(2)).join('-')
      console.error(`DBAL incident ${incident}:`, cause)
      return incident
    },
  })
}

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds)
  return () => clearTimeout(timer)
}
