/** Every case on MySQL, with the same expectations. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyCase } from '../conformance/every-case.ts'
import { serverWorld } from '../conformance/node-worlds.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import { mysqlDatabases } from '../support/mysql-reuse.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'
import type { ReusedDatabases } from '../support/reused-databases.ts'

describe.skipIf(noMysql)('MySQL', () => {
  let server: TestMysqlServer
  let databases: ReusedDatabases

  beforeAll(async () => {
    server = await startMysql()
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

  everyCase('MySQL', (options) => serverWorld(databases)(options))
})
