/** Errors that MySQL has in its own numbers, brought about. */

import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection, Driver, SqlValue } from '../../src/drivers/driver.ts'
import { noMysql, startMysql } from '../support/mysql.ts'
import type { TestMysqlServer } from '../support/mysql-server.ts'

describe.skipIf(noMysql)('errors of MySQL', () => {
  let server: TestMysqlServer
  let driver: Driver
  let connection: Connection

  beforeAll(async () => {
    server = await startMysql()
    driver = await server.open()
    connection = await driver.acquire()
    await run('create table t (a bigint primary key, j json, b bigint check (b < 10))')
    await run('insert into t values (1, null, 1)')
  })
  afterAll(async () => {
    connection?.release()
    await driver?.close()
    await server?.stop()
  })

  const run = async (sql: string, parameters: readonly SqlValue[] = [], on = connection) =>
    await on.execute({ sql, columns: /^(?:select|with)/.test(sql) ? ['any'] : [] }, parameters, 0)
  const endless = 'with recursive n (x) as (select 1 union all select x + 1 from n) select'

  test.each<[string, readonly SqlValue[], number, string]>([
    ['insert into t values (2, null, 11)', [], 3819, 'check'],
    ['insert into t values (2, ?, 1)', ['{"a":'], 3140, 'type'],
    [`select json_extract(concat('{', a), '$.a') from t`, [], 3141, 'type'],
    ['select cast(? as json)', [`${'['.repeat(101)}${']'.repeat(101)}`], 3157, 'tooBig'],
    [`${endless} /*+ max_execution_time(30) */ count(*) from n`, [], 3024, 'interrupted'],
    [`${endless} /*+ set_var(cte_max_recursion_depth = 5) */ count(*) from n`, [], 3636, 'interrupted'],
    ['select 9223372036854775807 + a from t', [], 1690, 'type'],
    ["select 'a' regexp '(' from t", [], 3691, 'type'],
    [`select concat(repeat('ab', 100000), a) regexp '^(a|b|ab)*c$' from t`, [], 3699, 'tooBig'],
    ['insert into t values (1, null, 1)', [], 1062, 'unique'],
    ['select nothing from t', [], 1054, 'syntax'],
  ])('%s', async (sql, parameters, code, kind) => {
    await expect(run(sql, parameters)).rejects.toMatchObject({ code, kind, rolledBack: false })
    expect((await run('select count(*) from t')).values).toEqual([1])
  })

  test('a row that somebody else has locked is busy at once', async () => {
    const other = await driver.acquire()
    await run('begin', [], other)
    await run('update t set b = 2 where a = 1', [], other)
    await expect(run('select a from t for update nowait')).rejects.toMatchObject({ code: 3572, kind: 'busy' })
    await run('rollback', [], other)
    other.release()
  })

  test('a connection that the server has left for its idleness is given up, and the next one works', async () => {
    const idle = await driver.acquire()
    await run('set session wait_timeout = 1', [], idle)
    await sleep(2_500)
    await expect(run('select 1', [], idle)).rejects.toMatchObject({ kind: 'io' })
    idle.release()
    const next = await driver.acquire()
    expect((await run('select 1', [], next)).values).toEqual([1])
    next.release()
  })
})
