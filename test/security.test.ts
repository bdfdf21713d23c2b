/** Attacks that once worked, each as the test that keeps it from coming back. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, vi } from 'vitest'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import { runSync } from '../src/engine/work.ts'
import type { Actor } from '../src/protocol/principal.ts'
import { type PackedRows, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema, withRules } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { introspectSqlite } from '../src/schema/introspect/introspect-sqlite.ts'
import { metabuilderSchema } from '../src/schema/metabuilder/index.ts'
import type { SchemaData } from '../src/schema/schema.ts'
import { openTestEngine, principalOf, quickPasswords } from './support/engine.ts'

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

describe('text patterns', () => {
  const filterOf = (count: number) => ({
    or: Array.from({ length: count }, (_, at) => ({ title: { contains: `${at}`.padEnd(256, 'a') } })),
  })

  it('are bounded together, not only one by one', async () => {
    const { as } = await openTestEngine()
    const guest = as('public')
    await expect(guest.call('count', 'PageConfig', filterOf(8))).resolves.toBe(0)
    await expect(guest.call('count', 'PageConfig', filterOf(9))).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'filter.or[8].title.contains' }] },
    })
    const inJson = { ...filterOf(8), 'layout.title': { contains: 'one more' } }
    await expect(as('god').call('count', 'PageConfig', inJson)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })
})

describe('the parent of a node', () => {
  const schema = defineSchema({
    Folder: {
      fields: {
        id: f.id(),
        drive: f.string({ required: true }),
        owner: f.string({ required: true }),
        code: f.string({ unique: true }),
        order: f.integer({ default: 0 }),
        parentId: f.uuid({ references: 'Folder.id', onDelete: 'cascade' }),
      },
      tree: { parent: 'parentId', within: 'drive', order: 'order' },
      rules: [
        {
          roles: ['user'],
          operations: ['create', 'read', 'update', 'delete'],
          rowFilter: 'owner = $user.username',
        },
        { roles: ['god'], operations: ['create', 'read'] },
      ],
    },
  })
  const never = '01890000-0000-7000-8000-00000000dead'
  const outcomeOf = (call: Promise<unknown>) =>
    call.then(
      (row) => ({ row }),
      ({ code, message, details }) => ({ code, message, details }),
    )

  it('that the caller may not see does not exist', async () => {
    const { as } = await openTestEngine({ schema })
    const put = (input: object) => as('god').call('create', 'Folder', input) as Promise<{ id: string }>
    const hidden = await put({ drive: 'a', owner: 'god', code: 'x' })
    const own = await put({ drive: 'a', owner: 'user' })
    const user = as('user')
    for (const drive of ['a', 'b']) {
      for (const code of ['x', 'new']) {
        const row = { drive, code, owner: 'user' }
        const missing = await outcomeOf(user.call('create', 'Folder', { ...row, parentId: never }))
        expect(missing).toMatchObject({ code: 'CONFLICT', details: { fields: ['parentId'] } })
        expect(await outcomeOf(user.call('create', 'Folder', { ...row, parentId: hidden.id }))).toEqual(
          missing,
        )
      }
    }
    const missing = await outcomeOf(user.call('update', 'Folder', own.id, { parentId: never }))
    expect(await outcomeOf(user.call('update', 'Folder', own.id, { parentId: hidden.id }))).toEqual(missing)
  })

  it('is not looked at for a row that the caller may not write', async () => {
    const { as } = await openTestEngine({ schema })
    const hidden = (await as('god').call('create', 'Folder', { drive: 'a', owner: 'god' })) as { id: string }
    for (const parentId of [never, hidden.id]) {
      const row = { drive: 'b', owner: 'god', parentId }
      await expect(as('user').call('create', 'Folder', row)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
  })
})

describe('permissive', () => {
  it('records an upsert that strict would deny because the row is there', async () => {
    const schema = defineSchema({
      Note: {
        fields: { id: f.string({ primary: true }), text: f.text() },
        rules: [{ roles: ['user'], operations: ['create', 'read'] }],
      },
    })
    const { as } = await openTestEngine({ schema, sandbox: 'permissive' })
    const note = { where: { id: 'a' }, create: { text: 'x' }, update: { text: 'y' } }
    await as('user').call('upsert', 'Note', note)
    await as('user').call('upsert', 'Note', note)
    const { data } = (await as('god').call('audit.list', {})) as {
      data: { columns: string[]; values: unknown[] }
    }
    expect(unpackRows(data as never).map(({ operation, code }) => [operation, code])).toEqual([
      ['upsert', 'FORBIDDEN'],
      ['upsert', null],
    ])
  })
})

describe('a client id', () => {
  const page = { slug: 'a', title: 'A', level: 5 }
  const create = { method: 'create', params: ['PageConfig', page], id: 1 }

  it('gives nobody the replies of another user', async () => {
    const { as } = await openTestEngine()
    const [reply] = await as('god', { clientId: 'same' }).send(create)
    expect(reply).toMatchObject({ id: 1, result: { slug: 'a' } })
    // A user may not create pages: this must be answered for what it is.
    const [other] = await as('user', { clientId: 'same' }).send(create)
    expect(other).toMatchObject({ id: 1, error: { code: 'FORBIDDEN' } })
    const [guest] = await as('public', { clientId: 'same' }).send(create)
    expect(guest).toMatchObject({ id: 1, error: { code: 'FORBIDDEN' } })
    // The one whose it is gets it over a new session, whatever the role is by now.
    const again = as({ ...principalOf('god'), role: 'supergod' }, { clientId: 'same' })
    expect(await again.session.exchange({ ack: 1, requests: [create] })).toEqual([reply])
  })

  it('gives nobody the replies of who signed in before on the same session', async () => {
    const { as } = await openTestEngine()
    const god = as('god', { clientId: 'same' })
    const [reply] = await god.send(create)
    const before = god.session.principal
    god.session.become(principalOf('user'), null)
    expect(await god.send(create)).toMatchObject([{ id: 1, error: { code: 'FORBIDDEN' } }])
    god.session.become(before, null)
    expect(await god.session.exchange({ ack: 1, requests: [create] })).toEqual([reply])
  })

  it('leaves nothing of any of its callers behind', async () => {
    const { as, driver, engine } = await openTestEngine()
    const god = as('god', { clientId: 'same' })
    await god.send(create)
    god.session.become(principalOf('supergod'), null)
    await god.send({ method: 'create', params: ['PageConfig', { ...page, slug: 'b' }], id: 2 })
    const connection = await driver.acquire()
    const count = async () =>
      (
        await connection.execute(
          { sql: 'select count(*) from main."_dbal_outcomes"', columns: ['integer'] },
          [],
          0,
        )
      ).values[0]
    expect(await count()).toBe(2)
    god.session.close()
    await vi.waitFor(async () => expect(await count()).toBe(0))
    await engine.close()
  })
})

describe('the schema', () => {
  it('is told as far as the role can reach', async () => {
    const schema = defineSchema({
      Owner: { fields: { id: f.id(), secretName: f.string({ unique: true }) } },
      Note: {
        fields: {
          id: f.id(),
          text: f.text(),
          memo: f.text(),
          salary: f.number(),
          token: f.string({ hidden: true }),
          expiresAt: f.datetime(),
          ownerId: f.uuid({ references: 'Owner.id', as: 'holder' }),
        },
        indexes: [['salary'], ['text']],
        search: ['text', 'memo'],
        ttl: 'expiresAt',
        rules: [
          {
            roles: ['user'],
            operations: ['read'],
            fields: { read: ['text', 'ownerId'] },
            rowFilter: 'salary > 1',
          },
          { roles: ['god'], operations: ['create', 'read'] },
        ],
      },
    })
    const { as } = await openTestEngine({ schema })
    const seen = async (role: Actor) => (await as(role).call('database.schema')) as SchemaData
    expect(await seen('supergod')).toEqual(schema)
    expect((await seen('public')).entities).toEqual({})
    const { Note: note, ...others } = (await seen('user')).entities
    expect(others).toEqual({})
    expect(Object.keys(note?.fields ?? {})).toEqual(['id', 'text', 'ownerId'])
    expect(note).toMatchObject({ indexes: [{ fields: ['text'] }], search: ['text'], rules: [] })
    expect(JSON.stringify(note)).not.toMatch(/Owner|holder|salary|memo|token|expiresAt/)
    // god may write every field of a note, and knows their names for it.
    expect((await seen('god')).entities['Note']).toMatchObject({
      ttl: 'expiresAt',
      fields: { token: {} },
      rules: [],
    })
  })

  it('of the built-in kind names the engine’s own entities to no role', async () => {
    const { as } = await openTestEngine()
    const names = async (role: Actor) =>
      Object.keys(((await as(role).call('database.schema')) as SchemaData).entities)
    expect(await names('public')).toEqual(['PageConfig'])
    expect(await names('god')).not.toContain('Credential')
  })
})

describe('a key that ignores case', () => {
  it('is the caller’s own however it is spelled', async () => {
    const schema = defineSchema({
      Person: {
        fields: {
          name: f.string({ primary: true, caseInsensitive: true }),
          role: f.enum(['user', 'admin', 'god', 'supergod'], { default: 'user' }),
        },
        principal: { role: 'role' },
        rules: [{ roles: ['admin'], operations: ['create', 'read', 'update', 'delete'] }],
      },
    })
    const { as } = await openTestEngine({ schema })
    const alice = as({ ...principalOf('admin'), userId: 'ALICE' })
    await alice.call('create', 'Person', { name: 'alice', role: 'admin' })
    await alice.call('create', 'Person', { name: 'bob' })
    const forbidden = { code: 'FORBIDDEN' }
    await expect(alice.call('update', 'Person', 'alice', { role: 'user' })).rejects.toMatchObject(forbidden)
    await expect(alice.call('delete', 'Person', 'alice')).rejects.toMatchObject(forbidden)
    expect(await alice.call('deleteMany', 'Person', { name: { isNull: false } })).toEqual({ count: 1 })
    expect(await alice.call('count', 'Person', {})).toBe(1)
  })
})

describe('two processes over one file', () => {
  it('keep one audit chain', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dbal-two-'))
    const path = join(folder, 'app.sqlite')
    const left = await openTestEngine({ driver: openNodeSqlite(path) })
    const right = await openTestEngine({ driver: openNodeSqlite(path) })
    let number = 0
    const put = ({ as }: typeof left) =>
      as('god').call('createMany', 'PageConfig', [{ slug: `page-${++number}`, title: 'A', level: 1 }])
    for (const one of [left, right, left, left, right, right, left]) await put(one)
    const guest = left.as('public')
    await expect(guest.call('create', 'User', {})).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await put(right)
    expect(await right.as('god').call('audit.verify')).toMatchObject({ ok: true, entries: 9 })
    await left.engine.close()
    await right.engine.close()
    await rm(folder, { recursive: true })
  })
})

describe('a call that is slow to prepare', () => {
  it('is not done for who has lost the right to it meanwhile', async () => {
    for (const [role, userId] of [
      ['user', undefined],
      ['admin', '00000000-0000-7000-8000-00000000beef'],
    ] as const) {
      let prepared = () => {}
      const hashing = new Promise<void>((resolve) => {
        prepared = resolve
      })
      let begun = () => {}
      const began = new Promise<void>((resolve) => {
        begun = resolve
      })
      const passwords = {
        ...quickPasswords,
        hash: async (password: string) => {
          begun()
          await hashing
          return quickPasswords.hash(password)
        },
      }
      const { as } = await openTestEngine({ passwords })
      const god = as('god')
      await god.call('create', 'User', { username: 'alice', email: 'a@example.com' })
      const admin = as('admin')
      const set = admin.call('set', 'Credential', { username: 'alice', password: 'Evil#Passw0rd1' })
      await began
      admin.session.become(principalOf(role, userId ?? principalOf('admin').userId ?? undefined), null)
      prepared()
      await expect(set).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
      const verified = await god.call('verify', 'Credential', 'alice', 'Evil#Passw0rd1')
      expect(verified).toBe(false)
    }
  })
})

describe('a Kysely query', () => {
  const identifier = (name: string) => ({ kind: 'IdentifierNode', name })
  const column = (name: string) => ({
    kind: 'ReferenceNode',
    column: { kind: 'ColumnNode', column: identifier(name) },
  })
  const value = (param: number) => ({ kind: 'ValueNode', param })
  const call = (func: string, ...given: object[]) => ({ kind: 'FunctionNode', func, arguments: given })
  const select = (expression: object) => ({
    kind: 'SelectQueryNode',
    from: {
      kind: 'FromNode',
      froms: [
        {
          kind: 'TableNode',
          table: { kind: 'SchemableIdentifierNode', identifier: identifier('PageConfig') },
        },
      ],
    },
    selections: [
      {
        kind: 'SelectionNode',
        selection: { kind: 'AliasNode', node: expression, alias: identifier('x') },
      },
    ],
  })
  const long = 'x'.repeat(257)

  it('searches and replaces with short texts only: nothing can stop the database within one call', async () => {
    const { as } = await openTestEngine()
    const title = 'abc'.repeat(85)
    await as('god').call('create', 'PageConfig', { slug: 'a', title, level: 1 })
    const run = async (expression: object, ...params: unknown[]) => {
      const tree = JSON.stringify(select(expression))
      const { rows } = (await as('public').call('kysely.execute', { tree, params })) as { rows: PackedRows }
      return rows.values[0]
    }
    for (const name of ['instr', 'trim', 'ltrim', 'rtrim']) {
      await expect(run(call(name, column('title'), value(0)), long)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      })
    }
    const patch = JSON.stringify({ a: long })
    await expect(run(call('json_patch', column('layout'), value(0)), patch)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    expect(await run(call('json_patch', column('layout'), value(0)), '{"a":1}')).toEqual({ a: 1 })
    const replaced = (from: unknown, to: unknown) =>
      run(call('replace', column('title'), value(0), value(1)), from, to)
    await expect(replaced(long, '')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(replaced('a', long)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await replaced('bc', '')).toBe('a'.repeat(85))
    expect(await run(call('instr', column('title'), value(0)), 'ca')).toBe(3)
    // One that is worked out is cut: here to 256 letters of the 510.
    const twice = call('concat', column('title'), column('title'))
    const grown = (await run(call('replace', column('slug'), value(0), twice), 'a')) as string
    expect(grown).toHaveLength(256)
  })

  it('gives no function more arguments than a call can work through', async () => {
    const { as } = await openTestEngine()
    const run = (count: number) => {
      const given = Array.from({ length: count }, (_, at) => value(at))
      const tree = JSON.stringify(select(call('concat', ...given)))
      return as('public').call('kysely.execute', { tree, params: given.map(() => 'x') })
    }
    await expect(run(128)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    expect(await run(127)).toMatchObject({ rows: { values: [] } })
  })

  it('makes no value of any size', async () => {
    const { as } = await openTestEngine()
    await as('god').call('create', 'PageConfig', { slug: 'a', title: 'a', level: 1 })
    const run = async (doublings: number) => {
      let text: object = value(0)
      for (let count = 0; count < doublings; count++) text = call('hex', text)
      const tree = JSON.stringify(select(call('length', text)))
      return as('public').call('kysely.execute', { tree, params: ['x'.repeat(1_000_000)] })
    }
    expect(await run(6)).toMatchObject({ rows: { values: [64_000_000] } })
    await expect(run(8)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})
