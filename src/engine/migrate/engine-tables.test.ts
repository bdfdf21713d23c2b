import { expect, test } from 'vitest'
import { canonicalJson, sha256Hex } from '../audit/canonical-json.ts'
import { mariaDbDialect, mysqlDialect } from '../mysql/dialect.ts'
import { postgresMigrations } from '../postgres/migrations.ts'
import { sqliteMigrations } from './migration-dialect.ts'

// A change of the texts reaches databases that are there already by their version alone.
test.each([
  [sqliteMigrations, 1, 'd3565223d94a16a4'],
  [postgresMigrations, 2, 'ac1ce8ecf0b6fb65'],
  [mariaDbDialect.migrations, 2, '6460a9e843920881'],
  [mysqlDialect.migrations, 2, '3ab94cec04de357c'],
])(
  'the engine’s own tables in $name are those of version %i; raise it with every change',
  (dialect, version, digest) => {
    const { engineTables, engineVersion } = dialect
    expect([engineVersion, sha256Hex(canonicalJson(engineTables)).slice(0, 16)]).toEqual([version, digest])
  },
)
