/** Every kind of migration on PostgreSQL, there and back. */

import { afterAll, beforeAll } from 'vitest'
import { postgresDialect } from '../src/engine/postgres/dialect.ts'
import { describeSteps } from './migration-steps.cases.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server?.stop())

describeSteps(() => server.open({ poolSize: 1 }), postgresDialect)
