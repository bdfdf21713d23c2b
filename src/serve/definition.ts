/** Which schema and migrations a database is opened with: the host's own, or those that the page gives. */

import { type Migration, orderMigrations } from '../engine/migrate/migration.ts'
import { DBALError } from '../protocol/error.ts'
import { schemaFromData } from '../schema/define.ts'
import type { SchemaData } from '../schema/schema.ts'
import type { OpenedConfig } from './config.ts'

export interface Definition {
  readonly schema: SchemaData
  readonly migrations: readonly Migration[]
}

export interface KnownDefinitions {
  /** What this host serves, whatever a page asks for. */
  readonly own: Definition | undefined
  /** Migrations of schemas that come with the package, by the schema's name. */
  readonly builtin: { readonly [schema: string]: readonly Migration[] }
}

/** @throws DBALError VALIDATION_ERROR for a schema that is not sound, CONFLICT when it is not the host's own */
export function definitionOf(config: OpenedConfig, { own, builtin }: KnownDefinitions): Definition {
  const schema = schemaFromData(config.schema)
  if (own) {
    if (JSON.stringify(schema) !== JSON.stringify(own.schema)) {
      throw new DBALError(
        'CONFLICT',
        'The schema of the client is not that of its worker; give both the same',
        {
          reason: 'the schemas differ',
        },
      )
    }
    return own
  }
  // Checked by `orderMigrations`, and once more against the history of the database.
  const given = config.migrations as readonly Migration[] | undefined
  const known = Object.hasOwn(builtin, schema.name) ? builtin[schema.name] : undefined
  return { schema, migrations: given ? orderMigrations(given) : (known ?? []) }
}
