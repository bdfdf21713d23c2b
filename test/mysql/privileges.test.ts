/** A server as it is set up: it writes a binary log, and its user owns one database and nothing else. */

import mysql from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMysql } from '../../src/drivers/mysql.ts'
import { mysqlDialect } from '../../src/engine/mysql/dialect.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { openTestEngine } from '../support/engine.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'

const schema = defineSchema({
  Author: {
    fields: {
      id: f.uuid({ primary: true }),
      name: f.string({ max: 40, unique: true, caseInsensitive: true }),
      about: f.text({ unique: true }),
    },
  },
  Post: {
    fields: {
      id: f.uuid({ primary: true }),
      authorName: f.string({ max: 40, caseInsensitive: true, references: 'Author.name' }),
    },
  },
})

describe.skipIf(noMysql)('a user of MySQL who owns one database', () => {
  let server: TestMysqlServer
  beforeAll(async () => {
    server = await startMysql({ more: ['--log-bin=binlog', '--sql-require-primary-key=ON'] })
    await asRoot("create user app@localhost identified by 'secret'", 'grant all on `app`.* to app@localhost')
  })
  afterAll(() => server?.stop())

  async function asRoot(...texts: readonly string[]): Promise<void> {
    const { port } = server.options
    const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root' })
    for (const text of texts) await connection.query(text)
    await connection.end()
  }
  const open = async () => {
    const driver = await openMysql({ url: `mysql://app:secret@127.0.0.1:${server.options.port}/app` })
    return await openTestEngine({ driver, dialect: mysqlDialect, schema, migrations: [] })
  }

  test('is told what the binary log keeps from being made', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'CAPABILITY_NOT_SUPPORTED',
      message: expect.stringContaining('log_bin_trust_function_creators must be on'),
    })
  })

  test('is told which rights it lacks', async () => {
    await asRoot('set global log_bin_trust_function_creators = 1')
    await asRoot('revoke create routine on `app`.* from app@localhost')
    await expect(open()).rejects.toMatchObject({
      code: 'CAPABILITY_NOT_SUPPORTED',
      message: expect.stringContaining('GRANT ALL ON'),
    })
    await asRoot('grant create routine on `app`.* to app@localhost')
  })

  test('needs nothing more where functions may be made', async () => {
    const { engine } = await open()
    await engine.close()
  })
})
