/** Every case on MariaDB, with the same expectations. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMariaDb, startMariaDb, type TestMariaDb } from '../support/mariadb.ts'
import { mysqlDatabases } from '../support/mysql-reuse.ts'
import type { ReusedDatabases } from '../support/reused-databases.ts'
import { everyCase } from './every-case.ts'
import { serverWorld } from './node-worlds.ts'

describe.skipIf(noMariaDb)('MariaDB', () => {
  let server: TestMariaDb
  let databases: ReusedDatabases

  beforeAll(async () => {
    server = await startMariaDb()
    databases = mysqlDatabases(server)
  })
  afterAll(async () => {
    await databases?.close()
    await server?.stop()
  })

  test('capabilities are those of a server', async () => {
    const world = await serverWorld(databases)({})
    const endpoint = world.connect(null)
    expect(await endpoint.call('capabilities', [])).toMatchObject({
      transactions: true,
      nestedTransactions: true,
      fullTextSearch: 'like',
      jsonQueries: true,
      migrations: true,
      connectionPooling: true,
      readReplicas: false,
      backup: false,
      multiTab: 'shared',
      persistence: 'server',
    })
    await endpoint.close()
    await world.close()
  })

  everyCase('MariaDB', (options) => serverWorld(databases)(options))
})
