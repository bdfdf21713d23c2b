/** Migrations on MariaDB. */

import { describe } from 'vitest'
import { mariaDbDialect } from '../src/engine/mysql/dialect.ts'
import { migrationsThatAreInterrupted } from './mysql-migrations.cases.ts'
import { noMariaDb, startMariaDb } from './support/mariadb.ts'

describe.skipIf(noMariaDb)('a migration on MariaDB', () => {
  migrationsThatAreInterrupted(() => startMariaDb(), mariaDbDialect)
})
