/** Migrations on MySQL. */

import { describe } from 'vitest'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'
import { migrationsThatAreInterrupted } from '../mysql-migrations.cases.ts'
import { noMysql, startMysql } from '../support/mysql.ts'

describe.skipIf(noMysql)('a migration on MySQL', () => {
  migrationsThatAreInterrupted(() => startMysql(), mysqlDialect)
})
