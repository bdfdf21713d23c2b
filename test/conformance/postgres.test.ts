/** Every case on PostgreSQL, with the same expectations. */

import { afterAll, beforeAll, describe, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { ReusedSchemas } from '../support/postgres-reuse.ts'
import { exceptions } from './exceptions.ts'
import { postgresWorld } from './node-worlds.ts'
import { runCase } from './run.ts'
import { topics } from './topics.ts'

let server: TestPostgres
let schemas: ReusedSchemas

beforeAll(async () => {
  server = await startPostgres()
  schemas = new ReusedSchemas(server)
})
afterAll(async () => {
  await schemas?.close()
  await server?.stop()
})

describe.each(topics)('$topic', ({ topic, cases }) => {
  for (const one of cases) {
    const reason = exceptions.find(
      (left) => left.backend === 'PostgreSQL' && left.topic === topic && left.name === one.name,
    )
    test.skipIf(reason)(one.name, () => runCase(one, (options) => postgresWorld(schemas)(options)))
  }
})
