/** Groups, savepoints, batches and recorded outcomes, through the engine's own door. */

import { describe, expect, it } from 'vitest'
import { DriverError } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { openTestEngine } from './support/engine.ts'

const user = (name: string) => ({ username: name, email: `${name}@example.com` })

describe('a group', () => {
  it('keeps what succeeded and undoes a failed write alone', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    const replies = await god.send(
      { method: 'create', params: ['User', user('alice')] },
      { method: 'create', params: ['User', user('alice')] },
      { method: 'create', params: ['User', user('bob')] },
    )
    expect(replies.map((reply) => ('error' in reply ? reply.error.code : 'ok'))).toEqual([
      'ok',
      'CONFLICT',
      'ok',
    ])
    expect(await god.call('count', 'User')).toBe(2)
  })

  it('reads what was written before it in the same group', async () => {
    const { as } = await openTestEngine()
    const replies = await as('god').send(
      { method: 'create', params: ['User', user('alice')] },
      { method: 'count', params: ['User'] },
    )
    expect(replies.at(-1)).toMatchObject({ result: 1 })
  })

  it('answers with an error for everybody when the commit fails, and keeps nothing', async () => {
    const driver = openNodeSqlite(':memory:')
    const { as, engine } = await openTestEngine({ driver: failingCommits(driver, (count) => count === 1) })
    expect(engine.version).toBeGreaterThan(0)
    const god = as('god')
    const replies = await god.send(
      { method: 'create', params: ['User', user('alice')] },
      { method: 'create', params: ['User', user('bob')] },
    )
    expect(replies.map((reply) => 'error' in reply && reply.error.code)).toEqual([
      'QUOTA_EXCEEDED',
      'QUOTA_EXCEEDED',
    ])
    expect(await god.call('count', 'User')).toBe(0)
    await god.call('create', 'User', user('carol'))
    expect(await as('admin').call('audit.verify')).toMatchObject({ ok: true })
  })
})

describe('at most once', () => {
  it('gives the recorded reply to a write that is sent again, and does not run it', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    const request = { id: 7, method: 'create', params: ['User', user('alice')] }
    const [first] = await god.session.exchange({ ack: 7, requests: [request] })
    const [second] = await god.session.exchange({ ack: 7, requests: [request] })
    expect(second).toEqual(first)
    expect(await god.call('count', 'User')).toBe(1)
  })

  it('knows the outcome after the engine was killed and opened again', async () => {
    const driver = keptOpen(openNodeSqlite(':memory:'))
    const clientId = 'client-1'
    const requests = [
      { id: 1, method: 'create', params: ['User', user('alice')] },
      { id: 2, method: 'createMany', params: ['User', [user('bob'), user('carol')]] },
    ]
    const before = await openTestEngine({ driver })
    const replies = await before.as('god', { clientId }).session.exchange({ ack: 1, requests })
    const after = await openTestEngine({ driver })
    const god = after.as('god', { clientId })
    const again = await god.session.exchange({ ack: 1, requests })
    expect(again).toEqual(replies)
    expect(await after.as('god').call('count', 'User')).toBe(3)
  })

  it('forgets outcomes that the client has acknowledged', async () => {
    const { as, driver } = await openTestEngine()
    const god = as('god')
    for (let index = 0; index < 20; index++) await god.call('create', 'User', user(`user${index}`))
    const connection = await driver.acquire()
    const rows = await connection.execute(
      { sql: 'select count(*) from main."_dbal_outcomes"', columns: ['integer'] },
      [],
      0,
    )
    expect(rows.values[0]).toBeLessThanOrEqual(2)
  })

  it('keeps the recorded replies of one client from another', async () => {
    const { as } = await openTestEngine()
    const request = { id: 1, method: 'create', params: ['User', user('alice')] }
    await as('god').session.exchange({ ack: 1, requests: [request] })
    const [reply] = await as('god').session.exchange({ ack: 1, requests: [request] })
    expect(reply).toMatchObject({ error: { code: 'CONFLICT' } })
  })
})

describe('a batch', () => {
  it('is all or nothing, and says which call failed', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    const failed = god.call('batch', [
      { method: 'create', params: ['User', user('alice')] },
      { method: 'create', params: ['User', { username: 'x', email: 'no' }] },
    ])
    await expect(failed).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: expect.arrayContaining([expect.objectContaining({ path: '[1].username' })]) },
    })
    expect(await god.call('count', 'User')).toBe(0)
  })

  it('returns each result in order', async () => {
    const { as } = await openTestEngine()
    const results = await as('god').call('batch', [
      { method: 'create', params: ['User', user('alice')] },
      { method: 'count', params: ['User'] },
    ])
    expect(results).toEqual([expect.objectContaining({ username: 'alice' }), 1])
  })

  it('takes no batch, no slow operation and no database method inside', async () => {
    const { as } = await openTestEngine()
    for (const inner of [
      { method: 'batch', params: [[]] },
      { method: 'verify', params: ['Credential', 'a', 'b'] },
      { method: 'audit.list', params: [] },
      null,
      { method: 3, params: [] },
      { method: 'create' },
    ]) {
      await expect(as('god').call('batch', [inner])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
  })

  it('records a denial inside it and undoes the rest', async () => {
    const { as } = await openTestEngine()
    const admin = as('admin')
    const calls = [
      { method: 'create', params: ['User', user('alice')] },
      { method: 'create', params: ['Workflow', {}] },
    ]
    await expect(admin.call('batch', calls)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(await admin.call('count', 'User')).toBe(0)
    const page = (await admin.call('audit.list', {})) as { data: { values: unknown[] } }
    expect(JSON.stringify(page.data)).toContain('FORBIDDEN')
  })
})

/** A driver whose commits fail as a full disk does: rolled back by the database itself. */
function failingCommits(
  driver: ReturnType<typeof openNodeSqlite>,
  fails: (count: number) => boolean,
): typeof driver {
  let armed = false
  let count = 0
  return wrap(driver, (connection, statement, parameters, deadline) => {
    if (statement.sql.includes('"User"') && statement.sql.startsWith('insert')) armed = true
    if (armed && statement.sql === 'commit' && fails(++count)) {
      connection.execute({ sql: 'rollback', columns: [] }, [], 0)
      throw new DriverError('full', 13, 'database or disk is full')
    }
    return connection.execute(statement, parameters, deadline)
  })
}

/** A driver that survives its engine, as the file survives a killed worker. */
function keptOpen(driver: ReturnType<typeof openNodeSqlite>): typeof driver {
  return wrap(driver, (connection, ...args) => connection.execute(...args))
}

type Driver = ReturnType<typeof openNodeSqlite>
type Connection = Awaited<ReturnType<Driver['acquire']>>

function wrap(
  driver: Driver,
  execute: (
    connection: Connection,
    ...args: Parameters<Connection['execute']>
  ) => ReturnType<Connection['execute']>,
): Driver {
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'close') return () => {}
      if (name === 'acquire') {
        return () => {
          const connection = target.acquire() as Connection
          return {
            execute: (...args: Parameters<Connection['execute']>) => execute(connection, ...args),
            release() {},
          }
        }
      }
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
