/** The built-in schema's operations and what surrounds them, through the engine's own door. */

import { beforeEach, describe, expect, it } from 'vitest'
import type { Limits } from '../src/protocol/limits.ts'
import { type Row, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema, f } from '../src/schema/index.ts'
import { openTestEngine, principalOf, type TestCaller, type TestEngine } from './support/engine.ts'

let open: TestEngine
let god: TestCaller

beforeEach(async () => {
  open = await openTestEngine()
  god = open.as('god')
})

const createUser = (name: string, role = 'user') =>
  god.call('create', 'User', { username: name, email: `${name}@example.com`, role }) as Promise<{
    id: string
  }>

describe('credentials', () => {
  const password = 'Correct-horse7'

  it('verifies what was set, and ends the sessions of the user', async () => {
    await createUser('alice')
    expect(await god.call('set', 'Credential', { username: 'alice', password })).toBe(true)
    expect(await open.as('public').call('verify', 'Credential', 'alice', password)).toBe(true)
    expect(await open.as('public').call('verify', 'Credential', 'ALICE', password)).toBe(true)
    expect(await open.as('public').call('verify', 'Credential', 'alice', `${password}x`)).toBe(false)
    expect(await open.as('public').call('verify', 'Credential', 'nobody', password)).toBe(false)
  })

  it('closes a name after five failures, with the seconds to wait, and opens it again in time', async () => {
    await createUser('alice')
    await god.call('set', 'Credential', { username: 'alice', password })
    const guest = open.as('public')
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await guest.call('verify', 'Credential', 'alice', 'wrong')).toBe(false)
    }
    await expect(guest.call('verify', 'Credential', 'alice', password)).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      details: { retryAfter: 300 },
    })
    open.clock.at += 300_001
    expect(await guest.call('verify', 'Credential', 'alice', password)).toBe(true)
  })

  it('does not count successes, and counts guesses sent at once', async () => {
    await createUser('alice')
    await god.call('set', 'Credential', { username: 'alice', password })
    const guest = open.as('public')
    for (let attempt = 0; attempt < 8; attempt++) {
      expect(await guest.call('verify', 'Credential', 'alice', password)).toBe(true)
    }
    const guesses = Array.from({ length: 20 }, () => ({
      method: 'verify',
      params: ['Credential', 'alice', 'wrong'],
    }))
    const replies = await guest.send(...guesses)
    expect(replies.filter((reply) => 'result' in reply)).toHaveLength(5)
  })

  it('sees a password that was set just before in the same tick', async () => {
    await createUser('alice')
    const replies = await god.send(
      { method: 'set', params: ['Credential', { username: 'alice', password }] },
      { method: 'verify', params: ['Credential', 'alice', password] },
    )
    expect(replies.map((reply) => 'result' in reply && reply.result)).toEqual([true, true])
  })

  it('lets a user change their own with the old password only, and nobody else’s', async () => {
    const alice = await createUser('alice')
    await createUser('bob')
    await god.call('set', 'Credential', { username: 'alice', password })
    const self = open.as(principalOf('user', alice.id))
    const change = (input: Row) =>
      self.call('set', 'Credential', { username: 'alice', password: 'Another-horse8', ...input })
    await expect(change({})).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(change({ currentPassword: 'wrong' })).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect(await change({ currentPassword: password })).toBe(true)
    await expect(change({ username: 'bob', currentPassword: password })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await expect(change({ username: 'nobody' })).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('keeps an admin from the password of who outranks them', async () => {
    await createUser('zeus', 'god')
    const set = open.as('admin').call('set', 'Credential', { username: 'zeus', password })
    await expect(set).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('refuses weak passwords, naming each lack and never the password', async () => {
    await createUser('alice')
    const set = god.call('set', 'Credential', { username: 'alice', password: 'secretword' })
    await expect(set).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await set.catch((error: Error) => expect(JSON.stringify(error)).not.toContain('secretword'))
  })

  it('leaves no hash and no password in the audit log', async () => {
    await createUser('alice')
    await god.call('set', 'Credential', { username: 'alice', password })
    await open.as('public').call('verify', 'Credential', 'alice', 'Wrong-guess1')
    const exported = (await god.call('audit.export', {})) as { lines: string[] }
    const text = exported.lines.join('\n')
    expect(text).toContain('"operation":"verify"')
    expect(text).not.toContain(password)
    expect(text).not.toContain('Wrong-guess1')
    expect(text).toMatch(/"passwordHash":\["\[redacted\]","\[redacted\]"\]/)
  })

  it('refuses credentials and sessions to everybody through the generic operations', async () => {
    for (const role of ['public', 'user', 'admin', 'god', 'supergod'] as const) {
      for (const entity of ['Credential', 'Session']) {
        await expect(open.as(role).call('list', entity, {})).rejects.toMatchObject({ code: 'FORBIDDEN' })
        await expect(open.as(role).call('create', entity, {})).rejects.toMatchObject({ code: 'FORBIDDEN' })
      }
    }
  })
})

describe('component trees', () => {
  let page: { id: string }
  const createNode = (parentId: string | null, order: number, more: Row = {}) =>
    god.call('create', 'ComponentNode', {
      pageId: page.id,
      parentId,
      type: 'Box',
      order,
      ...more,
    }) as Promise<{ id: string }>
  const createPage = (slug: string) =>
    god.call('create', 'PageConfig', { slug, title: slug, level: 1 }) as Promise<{ id: string }>

  beforeEach(async () => {
    page = await createPage('home')
  })

  interface Tree {
    id: string
    order: number
    children: Tree[]
  }

  it('comes whole and in order', async () => {
    const root = await createNode(null, 0)
    const second = await createNode(root.id, 1)
    const first = await createNode(root.id, 0)
    const tree = (await god.call('getTree', 'ComponentNode', page.id)) as Tree[]
    expect(tree).toHaveLength(1)
    expect(tree[0]?.children.map(({ id }) => id)).toEqual([first.id, second.id])
  })

  it('is NOT_FOUND for an unknown page', async () => {
    for (const id of ['x', '00000000-0000-7000-8000-000000000099', null]) {
      await expect(god.call('getTree', 'ComponentNode', id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
  })

  it('moves a node with its siblings renumbered', async () => {
    const [a, b, c] = [await createNode(null, 0), await createNode(null, 1), await createNode(null, 2)]
    await god.call('move', 'ComponentNode', c.id, null, 0)
    let tree = (await god.call('getTree', 'ComponentNode', page.id)) as Tree[]
    expect(tree.map(({ id, order }) => [id, order])).toEqual([
      [c.id, 0],
      [a.id, 1],
      [b.id, 2],
    ])
    await god.call('move', 'ComponentNode', c.id, a.id, 5)
    tree = (await god.call('getTree', 'ComponentNode', page.id)) as Tree[]
    expect(tree.map(({ id, order }) => [id, order])).toEqual([
      [a.id, 0],
      [b.id, 1],
    ])
    expect(tree[0]?.children.map(({ id, order }) => [id, order])).toEqual([[c.id, 0]])
  })

  it('refuses cycles, other pages and parents that are not there', async () => {
    const root = await createNode(null, 0)
    const child = await createNode(root.id, 0)
    const other = await createPage('other')
    const stranger = (await god.call('create', 'ComponentNode', { pageId: other.id, type: 'Box' })) as {
      id: string
    }
    for (const parent of [root.id, child.id]) {
      await expect(god.call('move', 'ComponentNode', root.id, parent, 0)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      })
      await expect(god.call('update', 'ComponentNode', root.id, { parentId: parent })).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
      })
    }
    await expect(createNode(stranger.id, 0)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(createNode('00000000-0000-7000-8000-000000000099', 0)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { fields: ['parentId'], constraint: 'foreignKey' },
    })
    await expect(god.call('update', 'ComponentNode', root.id, { pageId: other.id })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
  })

  it('reorders children of one parent only, atomically', async () => {
    const [a, b] = [await createNode(null, 0), await createNode(null, 1)]
    const inner = await createNode(a.id, 0)
    const reorder = (places: unknown) => god.call('reorder', 'ComponentNode', places)
    expect(
      await reorder([
        { id: a.id, order: 1 },
        { id: b.id, order: 0 },
      ]),
    ).toBe(true)
    await expect(
      reorder([
        { id: b.id, order: 5 },
        { id: inner.id, order: 0 },
      ]),
    ).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(reorder([{ id: '00000000-0000-7000-8000-000000000099', order: 0 }])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(reorder([{ id: a.id, order: -1 }])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await expect(
      reorder([
        { id: a.id, order: 0 },
        { id: a.id, order: 1 },
      ]),
    ).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    const tree = (await god.call('getTree', 'ComponentNode', page.id)) as Tree[]
    expect(tree.map(({ id, order }) => [id, order])).toEqual([
      [b.id, 0],
      [a.id, 1],
    ])
  })
})

describe('pages and users', () => {
  it('finds a page by its slug, under the rules', async () => {
    await god.call('create', 'PageConfig', { slug: 'secret', title: 'Secret', level: 4 })
    expect(await god.call('getBySlug', 'PageConfig', 'secret')).toMatchObject({ title: 'Secret' })
    await expect(open.as('user').call('getBySlug', 'PageConfig', 'secret')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it('lists a level with further filters', async () => {
    for (const slug of ['a', 'b']) await god.call('create', 'PageConfig', { slug, title: slug, level: 2 })
    await god.call('create', 'PageConfig', { slug: 'c', title: 'c', level: 1 })
    const page = (await god.call('listByLevel', 'PageConfig', 2, { filter: { slug: 'b' } })) as {
      data: never
    }
    expect(unpackRows(page.data)).toMatchObject([{ slug: 'b' }])
    await expect(god.call('listByLevel', 'PageConfig', 9)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  it('searches users by words of name and address, in the caller’s sight only', async () => {
    const alice = await createUser('alice')
    await createUser('malice')
    expect(unpackRows((await god.call('search', 'User', 'EXAMPLE')) as never)).toHaveLength(2)
    const self = open.as(principalOf('user', alice.id))
    expect(unpackRows((await self.call('search', 'User', 'example')) as never)).toMatchObject([
      { username: 'alice' },
    ])
  })

  it('keeps a user who still owns a workflow, and says so', async () => {
    const alice = await createUser('alice')
    await god.call('create', 'Workflow', { name: 'w', trigger: 'manual', steps: [], createdBy: alice.id })
    await expect(god.call('delete', 'User', alice.id)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { constraint: 'foreignKey' },
      message: expect.stringContaining('Workflow'),
    })
  })

  it('scans scripts when they are written', async () => {
    const alice = await createUser('alice')
    const create = (code: string) =>
      god.call('create', 'LuaScript', { name: code, code, createdBy: alice.id })
    await expect(create('os.exit()')).rejects.toMatchObject({ code: 'MALICIOUS_CODE_DETECTED' })
    await expect(create('local =')).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    const script = (await create('return 1')) as { id: string }
    await expect(god.call('update', 'LuaScript', script.id, { code: 'return io' })).rejects.toMatchObject({
      code: 'MALICIOUS_CODE_DETECTED',
    })
  })
})

describe('live queries', () => {
  it('send the whole result first and then what changed, of what the caller may read', async () => {
    const caller = open.as('user')
    await god.call('create', 'PageConfig', { slug: 'a', title: 'A', level: 1 })
    await caller.call('live.open', 'PageConfig', { sort: { slug: 'asc' } }, 1)
    expect(caller.events).toMatchObject([
      { type: 'live', subscription: 1, whole: { values: expect.any(Array) } },
    ])
    await god.call('create', 'PageConfig', { slug: 'hidden', title: 'Hidden', level: 5 })
    expect(caller.events).toHaveLength(1)
    await god.call('create', 'PageConfig', { slug: 'b', title: 'B', level: 1 })
    expect(caller.events).toHaveLength(2)
    await caller.call('live.close', 1)
    await god.call('create', 'PageConfig', { slug: 'c', title: 'C', level: 1 })
    expect(caller.events).toHaveLength(2)
  })

  it('end with their session', async () => {
    const caller = open.as('user')
    await caller.call('live.open', 'PageConfig', {}, 1)
    caller.session.close()
    await god.call('create', 'PageConfig', { slug: 'a', title: 'A', level: 1 })
    expect(caller.events).toHaveLength(1)
  })
})

describe('rows of a list as points', () => {
  const open = async (limits: { list?: number; maximum?: number }, host: Partial<Limits> = {}) => {
    const schema = defineSchema({
      Note: { fields: { id: f.id() }, limits, rules: [{ roles: ['supergod'], operations: ['read'] }] },
    })
    const { as } = await openTestEngine({ schema, limits: host })
    return (limit: number) => as('supergod').call('list', 'Note', { limit })
  }

  it('counts not more of them than the host lets any list have: an entity may be allowed more', async () => {
    const list = await open({ maximum: 5_000 })
    await expect(list(5_000)).resolves.toBeDefined()
    await expect(list(5_001)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  it('counts what the host lets any list have', async () => {
    const list = await open({}, { listMaximum: 5_000 })
    await expect(list(1_000)).resolves.toBeDefined()
    await expect(list(1_001)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'limit', message: expect.stringContaining('more than 1000 points') }] },
    })
  })
})

describe('the database as a whole', () => {
  it('answers by rank', async () => {
    for (const method of [
      'stats',
      'checkIntegrity',
      'audit.list',
      'audit.verify',
      'audit.head',
      'migrations.status',
    ]) {
      await expect(open.as('user').call(method)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(await open.as('admin').call(method)).toBeTruthy()
    }
    for (const method of ['audit.export', 'database.export', 'database.analyze', 'database.vacuum']) {
      await expect(open.as('admin').call(method)).rejects.toMatchObject({ code: 'FORBIDDEN' })
      expect(await god.call(method)).toBeTruthy()
    }
    expect(await open.as('public').call('getCapabilities')).toMatchObject({
      persistence: 'memory',
      rawSql: false,
    })
  })

  it('records denials', async () => {
    await expect(open.as('public').call('delete', 'User', 'x')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    const page = (await open.as('admin').call('audit.list', { filter: { success: false } })) as {
      data: never
    }
    expect(unpackRows(page.data)).toMatchObject([
      { role: 'public', entity: 'User', operation: 'delete', code: 'FORBIDDEN' },
    ])
  })

  it('refuses what it does not know, naming it', async () => {
    for (const [method, ...params] of [
      ['nothing'],
      ['read', 'Nothing', 'x'],
      ['read', 'User'],
      ['constructor', 'User'],
      ['getTree', 'User', 'x'],
    ]) {
      await expect(god.call(method as string, ...params)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    }
  })
})
