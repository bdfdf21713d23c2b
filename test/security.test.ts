/** Attacks that once worked, each as the test that keeps it from coming back. */

import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { runSync } from '../src/engine/work.ts'
import { defineSchema, withRules } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { introspectSqlite } from '../src/schema/introspect/introspect-sqlite.ts'
import { metabuilderSchema } from '../src/schema/metabuilder/index.ts'
import { openTestEngine, principalOf } from './support/engine.ts'

describe('the audit chain', () => {
  it('takes no request id from inside a batch', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    const user = (await god.call('create', 'User', { username: 'alice', email: 'a@example.com' })) as {
      id: string
    }
    const self = as(principalOf('user', user.id))
    for (const id of [new Uint8Array(1), Number.POSITIVE_INFINITY, 'forged', 1.5]) {
      const call = { id, method: 'update', params: ['User', user.id, { bio: 'x' }] }
      await expect(self.call('batch', [call])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
    await self.call('update', 'User', user.id, { bio: 'y' })
    expect(await god.call('audit.verify')).toMatchObject({ ok: true })
    expect(await god.call('audit.export', {})).toMatchObject({ lines: expect.any(Array) })
  })
})

describe('lists that say they are longer than any memory', () => {
  const endless = () => new Array(4_294_967_295)

  it('are refused before they are walked', async () => {
    const { as } = await openTestEngine()
    const guest = as('public')
    for (const options of [
      { sort: endless() },
      { select: endless() },
      { filter: { slug: { in: endless() } } },
    ]) {
      await expect(guest.call('list', 'PageConfig', options)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      })
    }
    await expect(guest.call('live.open', 'PageConfig', { select: endless() }, 1)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    const god = as('god')
    await expect(god.call('reorder', 'ComponentNode', endless())).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    await expect(god.call('createMany', 'User', endless())).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    await expect(god.call('batch', endless())).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})

describe('recorded outcomes', () => {
  it('are not kept for what changed nothing', async () => {
    const { as, driver } = await openTestEngine()
    const guest = as('public')
    for (let id = 1; id <= 20; id++) {
      await guest.session.exchange({
        ack: 1,
        requests: [{ id, method: 'batch', params: [[{ method: 'list', params: ['PageConfig'] }]] }],
      })
    }
    const connection = await driver.acquire()
    const { values } = await connection.execute(
      { sql: 'select count(*) from main."_dbal_outcomes"', columns: ['integer'] },
      [],
      0,
    )
    expect(values[0]).toBe(0)
  })
})

describe('live queries', () => {
  it('are bounded in number, and none opens on a closed session', async () => {
    const { as } = await openTestEngine({ limits: { maxLiveQueries: 2 } })
    const guest = as('public')
    await guest.call('live.open', 'PageConfig', {}, 1)
    await guest.call('live.open', 'PageConfig', {}, 2)
    await guest.call('live.open', 'PageConfig', {}, 2)
    await expect(guest.call('live.open', 'PageConfig', {}, 3)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    guest.session.close()
    await expect(guest.call('live.open', 'PageConfig', {}, 1)).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
    })
  })
})

describe('the limit of sign-in attempts', () => {
  it('goes with the user, not with the name', async () => {
    const { as } = await openTestEngine()
    const god = as('supergod')
    const alice = (await god.call('create', 'User', { username: 'alice', email: 'a@example.com' })) as {
      id: string
    }
    await god.call('set', 'Credential', { username: 'alice', password: 'Right#Passw0rd' })
    const self = as(principalOf('user', alice.id))
    const codes: string[] = []
    for (let guess = 0; guess < 10; guess++) {
      const username = `alice${guess}`
      await self.call('update', 'User', alice.id, { username })
      const set = self.call('set', 'Credential', {
        username,
        password: 'Evil#Passw0rd1',
        currentPassword: `Guess#${guess}aA`,
      })
      codes.push(
        await set.then(
          () => 'ok',
          (error: { code: string }) => error.code,
        ),
      )
    }
    expect(codes).toEqual([...Array(5).fill('UNAUTHORIZED'), ...Array(5).fill('RATE_LIMIT_EXCEEDED')])
  })
})

describe('a made-up cursor', () => {
  it('reads no key that the role may not read', async () => {
    const schema = defineSchema({
      Note: {
        fields: { id: f.string({ primary: true }), text: f.text() },
        rules: [
          { roles: ['god'], operations: ['create', 'read'] },
          { roles: ['user'], operations: ['read'], fields: { read: ['text'] } },
        ],
      },
    })
    const { as } = await openTestEngine({ schema })
    await as('god').call('create', 'Note', { id: 'invoice-4711', text: 'x' })
    for (const cursor of ['made-up', 'eyJ']) {
      await expect(as('user').call('list', 'Note', { cursor })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
  })
})

describe('a file of somebody else’s', () => {
  const open = async (...statements: string[]) => {
    const db = new DatabaseSync(':memory:')
    for (const statement of statements) db.exec(statement)
    const driver = openNodeSqlite(':memory:', { importFile: db.serialize() })
    const connection = await driver.acquire()
    const schema = runSync(introspectSqlite(), connection, { at: 0 })
    const rules = Object.keys(schema.entities).map((entity) => ({
      entity,
      roles: ['supergod'] as const,
      operations: ['create', 'read', 'update', 'delete'] as const,
    }))
    return openTestEngine({ schema: withRules(schema as never, rules as never), driver, foreign: true })
  }

  it('cannot bring an audit log of its own', async () => {
    const audit = 'create table "_dbal_audit" (seq integer primary key)'
    await expect(open('create table a (id integer primary key)', audit)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  it('cannot bring a trigger that touches our tables', async () => {
    const trigger = 'create trigger evil after insert on a begin delete from "_DBAL_audit"; end'
    await expect(open('create table a (id integer primary key)', trigger)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  it('that we exported ourselves opens, with its audit log', async () => {
    const { as } = await openTestEngine({ schema: metabuilderSchema })
    await as('god').call('create', 'User', { username: 'alice', email: 'a@example.com' })
    const file = (await as('god').call('database.export')) as Uint8Array
    const driver = openNodeSqlite(':memory:', { importFile: file })
    const schema = runSync(introspectSqlite(), await driver.acquire(), { at: 0 })
    const opened = await openTestEngine({ schema, driver, foreign: true, sandbox: 'disabled' })
    expect(await opened.as('supergod').call('audit.verify')).toMatchObject({ ok: true, entries: 1 })
  })

  it('is given back as it was when it was only read', async () => {
    const { as } = await open('create table a (id integer primary key)')
    await as('supergod').call('list', 'a')
    const file = (await as('supergod').call('database.export')) as Uint8Array
    const db = new DatabaseSync(':memory:')
    db.deserialize(file)
    expect(db.prepare('select name from sqlite_schema').all()).toEqual([{ name: 'a' }])
    await as('supergod').call('create', 'a', {})
    expect(await as('supergod').call('audit.verify')).toMatchObject({ ok: true, entries: 1 })
  })
})
