/** Every case on PostgreSQL, with the same expectations. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { postgresSchemas } from '../support/postgres-reuse.ts'
import type { ReusedDatabases } from '../support/reused-databases.ts'
import { everyCase } from './every-case.ts'
import { serverWorld } from './node-worlds.ts'

let server: TestPostgres
let schemas: ReusedDatabases

beforeAll(async () => {
  server = await startPostgres()
  schemas = postgresSchemas(server)
})
afterAll(async () => {
  await schemas?.close()
  await server?.stop()
})

everyCase('PostgreSQL', (options) => serverWorld(schemas)(options))

describe('what is other than in SQLite, and said so', () => {
  test('capabilities', async () => {
    const world = await serverWorld(schemas)({})
    const endpoint = world.connect(null)
    expect(await endpoint.call('capabilities', [])).toMatchObject({
      transactions: true,
      nestedTransactions: true,
      fullTextSearch: 'tsvector',
      jsonQueries: true,
      aggregations: true,
      relations: true,
      migrations: true,
      connectionPooling: true,
      readReplicas: false,
      backup: false,
      pointInTimeRestore: false,
      multiTab: 'shared',
      persistence: 'server',
    })
    await endpoint.close()
    await world.close()
  })
})
