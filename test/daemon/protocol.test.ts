/** The wire protocol as docs/reference/protocol.md has it, spoken by a client of somebody else's making. */

import { once } from 'node:events'
import { createConnection } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, describe, expect, test } from 'vitest'
import { Daemons, password } from '../support/daemon.ts'
import type { Message } from '../support/raw-socket.ts'
import { makePage, type Victim, victimOf } from '../support/victim.ts'

const daemons = new Daemons()
afterEach(() => daemons.end())

async function setup(...config: Parameters<Daemons['start']>) {
  const started = await daemons.start(...config)
  const raw = await started.raw()
  return { ...started, raw, another: started.raw }
}

async function signedIn(...config: Parameters<Daemons['start']>) {
  const all = await setup(...config)
  const reply = await all.raw.ask({
    id: 'login',
    method: 'auth.login',
    params: [{ username: 'root', password }],
  })
  const { user, accessToken } = reply.result as { user: { id: string }; accessToken: string }
  return { ...all, user, accessToken }
}

describe('requests and replies', () => {
  test('a request is answered under its id', async () => {
    const { raw, user, accessToken } = await signedIn()
    expect(
      await raw.ask({
        id: 'req_12345',
        method: 'create',
        params: ['User', { username: 'alice', email: 'alice@example.com' }],
      }),
    ).toMatchObject({ id: 'req_12345', result: { username: 'alice', role: 'user' } })
    expect(
      await raw.ask({
        id: 7,
        method: 'read',
        params: ['User', user.id],
        auth: { token: accessToken, userId: user.id },
      }),
    ).toMatchObject({ id: 7, result: { username: 'root' } })
    expect(await raw.ask({ id: '', method: 'getCapabilities' })).toMatchObject({
      id: '',
      result: { transactions: true },
    })
  })

  test('what was answered leaves before the connection is closed', async () => {
    const { raw } = await setup()
    raw.send({ id: 1, method: 'getCapabilities' })
    raw.send({ id: 2, method: 'session.close' })
    const closed = raw.closed.then(({ code }) => code)
    expect(await Promise.race([raw.next(), closed])).toMatchObject({ id: 1 })
    expect(await Promise.race([raw.next(), closed])).toEqual({ id: 2, result: true })
    expect(await closed).toBe(1000)
  })

  test('an error has its status as code, and its name in the details', async () => {
    const { raw } = await setup()
    expect(
      await raw.ask({
        id: 'x',
        method: 'create',
        params: ['User', { username: 'eve', email: 'e@example.com' }],
      }),
    ).toEqual({
      id: 'x',
      error: {
        code: 403,
        message: expect.any(String),
        details: { name: 'FORBIDDEN', entity: 'User', operation: 'create' },
      },
    })
  })

  test('rows of a list and of a live query are objects', async () => {
    const { raw } = await signedIn()
    const page = await raw.ask({ id: 1, method: 'list', params: ['User', { select: ['username'] }] })
    expect(page.result).toMatchObject({ data: [{ username: 'root' }], limit: 20, hasMore: false })
    const found = await raw.ask({ id: 2, method: 'search', params: ['User', 'root'] })
    expect(found.result).toMatchObject([{ username: 'root' }])
    const batch = await raw.ask({
      id: 3,
      method: 'batch',
      params: [[{ method: 'list', params: ['User', {}] }]],
    })
    expect(batch.result).toMatchObject([{ data: [{ username: 'root' }] }])
    const live = await raw.ask({ id: 4, method: 'live.open', params: ['User', { select: ['id', 'bio'] }, 1] })
    const other = await raw.next()
    const [first] = [live, other].filter(({ event }) => event)
    expect(first?.event).toMatchObject({ type: 'live', subscription: 1, whole: [{ bio: null }] })
    expect(first).not.toHaveProperty('id')
    raw.send({ id: 5, method: 'create', params: ['User', { username: 'bob', email: 'bob@example.com' }] })
    const two = [await raw.next(), await raw.next()]
    expect(two.find(({ event }) => event)?.event).toMatchObject({
      type: 'live',
      change: { added: [{ bio: null }], removed: [], changed: [], moved: [] },
    })
  })

  test('an array is a pipeline: every request has its reply, and one that fails leaves the others', async () => {
    const { raw } = await signedIn()
    const page = (slug: string) => ({ slug, title: slug, level: 1 })
    raw.send([
      { id: 'a', method: 'create', params: ['PageConfig', page('a')] },
      { id: 'b', method: 'create', params: ['PageConfig', page('a')] },
      { id: 'c', method: 'nothing', params: [] },
      { method: 'count', params: ['PageConfig'] },
      { id: 'e', method: 'count', params: ['PageConfig'] },
    ])
    const replies = [await raw.next(), await raw.next(), await raw.next(), await raw.next(), await raw.next()]
    const byId = new Map(replies.map((reply) => [reply.id, reply]))
    expect(byId.get('a')).toMatchObject({ result: { slug: 'a' } })
    expect(byId.get('b')).toMatchObject({ error: { code: 409, details: { name: 'CONFLICT' } } })
    expect(byId.get('c')).toMatchObject({ error: { code: 422 } })
    expect(byId.get(null)).toMatchObject({ error: { code: 422 } })
    expect(byId.get('e')).toMatchObject({ result: 1 })
  })

  test.each([
    ['has no name', null],
    ['has named itself', 'c'.repeat(16)],
  ])('in an array an id stands for one request, where the client %s', async (_name, client) => {
    const { another, user, accessToken: token } = await signedIn()
    const raw = await another()
    if (client) await raw.ask({ id: 's', method: 'session.open', params: [{ client, token }] })
    const ack = client ? { ack: 1 } : {}
    const auth = client ? {} : { auth: { token, userId: user.id } }
    const create = (id: number, title: string, more: object = auth) => ({
      id,
      method: 'create',
      params: ['PageConfig', { slug: crypto.randomUUID(), title, level: 1 }],
      ...ack,
      ...more,
    })
    const [one, two, three] = [create(1, 'once'), create(2, 'never'), create(3, 'beside')]
    const count = (id: number) => ({ id, method: 'count', params: ['PageConfig'], ...ack, ...auth })
    const sent = [one, two, three, { ...one }, count(4), create(2, 'nor this'), count(4), one]
    raw.send(sent)
    const replies: Message[] = []
    while (replies.length < sent.length) replies.push(await raw.next())
    const of = (asked: number) => replies.filter(({ id }) => id === asked)
    expect(of(1)).toEqual([of(1)[0], of(1)[0], of(1)[0]])
    expect(of(1)[0]).toMatchObject({ result: { title: 'once' } })
    const refused = { error: { code: 422, details: { name: 'VALIDATION_ERROR' } } }
    expect(of(2)).toMatchObject([refused, refused])
    expect(of(3)).toMatchObject([{ result: { title: 'beside' } }])
    expect(of(4)).toMatchObject([of(4)[0], of(4)[0]])
    expect(await raw.ask(count(5))).toMatchObject({ result: 2 })
  })

  test('a transaction is a number that its requests carry', async () => {
    const { raw } = await signedIn()
    const inside = (id: number, method: string, ...params: unknown[]) =>
      raw.ask({ id, method, params, transaction: 1 })
    const page = { slug: 'a', title: 'A', level: 1 }
    expect(await inside(1, 'transaction.begin')).toMatchObject({ id: 1, result: expect.anything() })
    expect(await inside(2, 'create', 'PageConfig', page)).toMatchObject({ id: 2, result: { slug: 'a' } })
    expect(await inside(3, 'transaction.rollback')).toMatchObject({ id: 3 })
    expect(await raw.ask({ id: 4, method: 'count', params: ['PageConfig'] })).toEqual({ id: 4, result: 0 })
  })
})

describe('what cannot be read', () => {
  const deep = (times: number) => `${'{"and":['.repeat(times)}${']}'.repeat(times)}`
  const call = (params: string, id = '"i"') => `{"id":${id},"method":"count","params":${params}}`

  test.each([
    ['no JSON', 'nonsense', null],
    ['half an object', '{"id":1', null],
    ['an empty text', '', null],
    ['a number', '5', null],
    ['null', 'null', null],
    ['an empty array', '[]', null],
    ['no id', '{"method":"count","params":["User"]}', null],
    ['an id of null', call('["User"]', 'null'), null],
    ['an object as id', call('["User"]', '{}'), null],
    ['a fraction as id', call('["User"]', '1.5'), null],
    ['a long id', call('["User"]', `"${'x'.repeat(201)}"`), null],
    ['no method', '{"id":"i","params":[]}', 'i'],
    ['a number as method', '{"id":"i","method":5,"params":[]}', 'i'],
    ['an unknown method', '{"id":"i","method":"drop","params":[]}', 'i'],
    ['a method of the prototype', '{"id":"i","method":"constructor","params":[]}', 'i'],
    ['a method of the session that is none', '{"id":"i","method":"session.constructor","params":[]}', 'i'],
    ['a long method', `{"id":"i","method":"${'x'.repeat(101)}","params":[]}`, 'i'],
    ['an object as params', '{"id":"i","method":"count","params":{"0":"User"}}', 'i'],
    ['a property beside', '{"id":"i","method":"count","params":["User"],"principal":{"role":"god"}}', 'i'],
    ['a role in auth', '{"id":"i","method":"count","params":["User"],"auth":{"role":"god"}}', 'i'],
    ['auth of a text', '{"id":"i","method":"count","params":["User"],"auth":"x"}', 'i'],
    ['a transaction of 0', '{"id":"i","method":"count","params":["User"],"transaction":0}', 'i'],
    ['keys that come twice', '{"id":"i","id":"j","method":"count","params":["User"]}', 'j'],
    ['keys that come twice, one written otherwise', call('["User",{"role":"user","\\u0072ole":"god"}]'), 'i'],
    ['__proto__', call('["User",{"__proto__":{"role":"god"}}]'), 'i'],
    ['__proto__ written otherwise', call('["User",{"\\u005f_proto__":{"role":"god"}}]'), 'i'],
    ['constructor as a field', call('["PageConfig",{"constructor":{"prototype":1}}]'), 'i'],
    ['a depth of 10,000', call(`["User",${deep(5_000)}]`), 'i'],
    ['a depth of 10,000 arrays', call(`["User",${'['.repeat(10_000)}${']'.repeat(10_000)}]`), 'i'],
    ['a depth without an end', call(`["User",${'['.repeat(10_000)}`), null],
    ['a tag that holds nothing', call('["User",{"role":{"$bigint":"x"}}]'), 'i'],
  ])('%s is answered with 422, and the connection stays open', async (_name, text, id) => {
    const { raw } = await setup()
    const reply = await raw.ask(text)
    expect(reply).toMatchObject({ id, error: { code: 422, details: { name: 'VALIDATION_ERROR' } } })
    expect(JSON.stringify(reply)).not.toMatch(/select|sqlite|node_modules|\.ts\b/i)
    expect(await raw.ask({ id: 'still', method: 'getCapabilities' })).toMatchObject({ id: 'still' })
  })

  test('one element of an array that cannot be read is refused alone', async () => {
    const { raw } = await setup()
    raw.send(
      `[${call('["PageConfig"]', '1')},${call('["PageConfig",{"a":1,"a":2}]', '2')},${call('["PageConfig"]', '3')}]`,
    )
    const replies = [await raw.next(), await raw.next(), await raw.next()]
    expect(replies.find(({ id }) => id === 2)).toMatchObject({ error: { code: 422 } })
    expect(replies.filter(({ result }) => result === 0).map(({ id }) => id)).toEqual([1, 3])
  })
})

describe('frames', () => {
  test('one over the limit closes the connection with 1009', async () => {
    const { raw } = await setup()
    raw.send('x'.repeat(1_048_577))
    expect(await raw.closed).toMatchObject({ code: 1009 })
  })

  test('many small fragments close it', async () => {
    const { raw } = await setup()
    for (let at = 0; at < 1_100; at++) raw.socket.send('x', { fin: false })
    expect((await raw.closed).code).toBe(1008)
  })

  test('a message in a few fragments is a message', async () => {
    const { raw } = await setup()
    const text = JSON.stringify({ id: 'f', method: 'getCapabilities' })
    raw.socket.send(text.slice(0, 9), { fin: false })
    raw.socket.send(text.slice(9), { fin: true })
    expect(await raw.next()).toMatchObject({ id: 'f' })
  })

  test('bytes close it with 1003, text that is no UTF-8 with 1007', async () => {
    const { raw } = await setup()
    raw.socket.send(Buffer.from('{}'), { binary: true })
    expect((await raw.closed).code).toBe(1003)
    const { raw: other } = await setup()
    other.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    expect((await other.closed).code).toBe(1007)
  })
})

describe('a connection', () => {
  test('of a client that is there already ends the one before, however often', async () => {
    const { another } = await setup()
    const client = 'd'.repeat(16)
    const open = async () => {
      const raw = await another()
      await raw.ask({ id: 's', method: 'session.open', params: [{ client }] })
      return raw
    }
    let last = await open()
    for (let again = 0; again < 3; again++) {
      const next = await open()
      // The end of the one before takes nothing from the one after it.
      expect((await last.closed).code).toBe(4002)
      expect(await next.ask({ id: 'p', method: 'session.ping' })).toMatchObject({ result: true })
      last = next
    }
  })

  test.each([
    ['beside the caller that it has signed in as', ['main', 'second'], false],
    ['of two tokens of one user', ['second', 'third'], false],
    ['at the same time', ['main', 'second'], true],
  ] as const)(
    'that is lost applies no write twice, whichever caller of it made it: %s',
    async (_name, by, isAtOnce) => {
      const { another, user, accessToken: token } = await signedIn()
      const tokenOf = async () => {
        const params = [{ username: 'root', password }]
        const { result } = await (await another()).ask({ id: 1, method: 'auth.login', params })
        return (result as { accessToken: string }).accessToken
      }
      const tokens = { main: token, second: await tokenOf(), third: await tokenOf() }
      const open = async () => {
        const raw = await another()
        await raw.ask({ id: 's', method: 'session.open', params: [{ client: 'e'.repeat(16), token }] })
        return raw
      }
      const as = (caller: keyof typeof tokens, id: number, method: string, ...params: unknown[]) => ({
        id,
        method,
        params,
        ack: 1,
        ...(caller !== 'main' && { auth: { token: tokens[caller], userId: user.id } }),
      })
      const raw = await open()
      const page = await raw.ask(as('main', 1, 'create', 'PageConfig', { slug: 'a', title: 'A', level: 1 }))
      const { id: pageId } = page.result as { id: string }
      const node = (type: string) => ['ComponentNode', { pageId, type, order: 0 }] as const
      // Both are known here before either writes.
      for (const [at, caller] of by.entries()) await raw.ask(as(caller, 2 + at, 'count', 'ComponentNode'))
      const writes = [as(by[0], 4, 'create', ...node('x')), as(by[1], 5, 'create', ...node('y'))]
      const made: Message[] = []
      if (isAtOnce) for (const one of writes) raw.send(one)
      for (const one of writes) made.push(isAtOnce ? await raw.next() : await raw.ask(one))
      expect(made).toMatchObject([{ result: { type: 'x' } }, { result: { type: 'y' } }])
      raw.socket.terminate()
      const next = await open()
      const again = []
      for (const one of writes) again.push(await next.ask(one))
      expect(again).toEqual(made)
      // A token may have been renewed meanwhile.
      expect(await next.ask(as('third', 4, 'create', ...node('x')))).toEqual(made[0])
      expect(await next.ask(as('main', 6, 'count', 'ComponentNode'))).toMatchObject({ result: 2 })
    },
  )

  test('that is asked for while the daemon ends is refused', async () => {
    const { daemon, raw: holder, another } = await signedIn({ server: { drain_timeout: 30_000 } })
    await holder.ask({ id: 1, method: 'transaction.begin', transaction: 1 })
    // Waits for the transaction, and the daemon's end waits for it.
    const waiting = await another()
    waiting.send({ id: 2, method: 'auth.login', params: [{ username: 'root', password }] })
    // Begun, so that the server's end does not close it as an idle one.
    const late = createConnection(daemon.port, '127.0.0.1')
    late.write('GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n')
    await waiting.ask({ id: 3, method: 'session.ping' })
    const stopped = daemon.stop()
    late.write(`Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`)
    const [answer] = await once(late, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 503/)
    holder.socket.terminate()
    await stopped
  })
})

describe('the end of a daemon', () => {
  const page = (slug: string) => ['PageConfig', { slug, title: slug, level: 1 }]
  const inside = (id: number, method: string, ...params: unknown[]) => ({
    id,
    method,
    params,
    transaction: 1,
  })
  const slugs = ({ folder }: { folder: string }) => {
    const file = new DatabaseSync(`${folder}/app.sqlite`)
    const rows = file.prepare('select slug from PageConfig order by slug').all()
    file.close()
    return rows.map(({ slug }) => slug)
  }
  const drain_timeout = 600_000

  test('is not held up by a transaction that its client has left open, of which nothing is left', async () => {
    const started = await signedIn({ server: { drain_timeout } })
    const { daemon, raw: forgotten, another } = started
    const waiting = await another()
    const params = [{ token: started.accessToken }]
    await waiting.ask({ id: 1, method: 'auth.resume', params })
    await forgotten.ask(inside(1, 'transaction.begin'))
    await forgotten.ask(inside(2, 'create', ...page('left')))
    waiting.send(inside(1, 'transaction.begin'))
    await waiting.ask({ id: 2, method: 'session.ping' })
    const stopped = daemon.stop()
    // It was taken, and has its turn when the other is over.
    expect(await waiting.next()).toEqual({ id: 1, result: true })
    expect(await forgotten.ask(inside(3, 'transaction.commit'))).toMatchObject({
      error: { code: 503, details: { name: 'DATABASE_ERROR', reason: 'transaction' } },
    })
    expect(await waiting.ask(inside(3, 'create', ...page('after')))).toMatchObject({ result: {} })
    expect(await waiting.ask(inside(4, 'transaction.commit'))).toMatchObject({ result: true })
    expect((await forgotten.closed).code).toBe(1001)
    await stopped
    expect(slugs(started)).toEqual(['after'])
  })

  test('lets who is in the middle of a transaction end it, and takes nothing else', async () => {
    const started = await signedIn({ server: { drain_timeout } })
    const { daemon, raw, another } = started
    const other = await another()
    await raw.ask(inside(1, 'transaction.begin'))
    const stopped = daemon.stop()
    raw.send({ id: 2, method: 'create', params: page('beside') })
    raw.send({ id: 3, method: 'transaction.begin', transaction: 2 })
    raw.send([inside(4, 'create', ...page('within')), { id: 5, method: 'create', params: page('mixed') }])
    expect(await raw.ask(inside(6, 'create', ...page('within')))).toMatchObject({ id: 6, result: {} })
    expect(await raw.ask(inside(7, 'transaction.commit'))).toEqual({ id: 7, result: true })
    expect((await raw.closed).code).toBe(1001)
    expect((await other.closed).code).toBe(1001)
    await stopped
    expect(slugs(started)).toEqual(['within'])
  })
})

describe('who calls', () => {
  test('auth with each request decides for that request, and for no other', async () => {
    const { raw: first, accessToken, user, another } = await signedIn()
    await first.ask({ id: 1, method: 'ping' })
    const raw = await another()
    const auth = { token: accessToken, userId: user.id }
    expect(await raw.ask({ id: 1, method: 'count', params: ['User'], auth })).toEqual({ id: 1, result: 1 })
    expect(await raw.ask({ id: 2, method: 'count', params: ['User'] })).toMatchObject({
      error: { code: 403 },
    })
    expect(await raw.ask({ id: 3, method: 'auth.me', auth })).toMatchObject({ result: { username: 'root' } })
    expect(await raw.ask({ id: 4, method: 'auth.me' })).toMatchObject({ error: { code: 401 } })
  })

  test('auth of more users at once than a connection keeps is that of each', async () => {
    const { connect, another } = await setup()
    const users = await Promise.all(
      Array.from({ length: 18 }, (_, at) =>
        connect().auth.register({ username: `user${at}`, email: `user${at}@example.com`, password }),
      ),
    )
    const raw = await another()
    const request = ({ user, accessToken: token }: (typeof users)[number], id: number) => ({
      id,
      method: 'update',
      params: ['User', user.id, { bio: `I am ${id}` }],
      auth: { token, userId: user.id },
    })
    raw.send([...users, ...users].map(request))
    const replies = []
    for (let at = 0; at < 36; at++) replies.push(await raw.next())
    expect(replies.filter(({ error }) => error)).toEqual([])
  })

  test('auth.resume makes the connection somebody', async () => {
    const { accessToken, user, another } = await signedIn()
    const raw = await another()
    const resumed = await raw.ask({
      id: 1,
      method: 'auth.resume',
      params: [{ token: accessToken, userId: user.id }],
    })
    expect(resumed).toMatchObject({ result: { user: { username: 'root' }, expiresAt: expect.any(String) } })
    expect(await raw.ask({ id: 2, method: 'auth.me' })).toMatchObject({ result: { username: 'root' } })
    expect(await raw.ask({ id: 3, method: 'auth.logout' })).toMatchObject({ result: true })
    expect(await raw.ask({ id: 4, method: 'auth.me' })).toMatchObject({ error: { code: 401 } })
  })

  const nobody = '00000000-0000-7000-8000-000000000000'
  test.each([
    ['somebody else as userId', (token: string) => ({ token, userId: nobody })],
    ['no token', () => ({ token: '', userId: nobody })],
    ['a refresh token for an access token', () => ({ token: `dbal_r_${'0'.repeat(64)}`, userId: nobody })],
    ['a token nobody was given', () => ({ token: `dbal_a_${'0'.repeat(64)}`, userId: nobody })],
    ['a huge token', () => ({ token: 'x'.repeat(4_096), userId: nobody })],
    [
      'a token of another kind (alg none)',
      () => ({ token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290Iiwicm9sZSI6InN1cGVyZ29kIn0.', userId: nobody }),
    ],
    [
      'a token with kid and jku',
      () => ({
        token:
          'eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIiwiamt1IjoiaHR0cDovL2V2aWwifQ.eyJzdWIiOiIxIn0.c2ln',
        userId: nobody,
      }),
    ],
    ['SQL for a token', () => ({ token: "' or 1=1 --", userId: "' or 1=1 --" })],
  ])('%s is UNAUTHORIZED', async (_name, authOf) => {
    const { raw, accessToken } = await signedIn()
    const auth = authOf(accessToken)
    expect(await raw.ask({ id: 1, method: 'count', params: ['User'], auth })).toMatchObject({
      id: 1,
      error: { code: 401, details: { name: 'UNAUTHORIZED' } },
    })
    expect(await raw.ask({ id: 2, method: 'auth.resume', params: [auth] })).toMatchObject({
      error: { code: expect.toSatisfy((code: number) => code === 401 || code === 422) },
    })
  })

  test('a role, a user or a principal in the parameters is nobody', async () => {
    const { raw } = await setup()
    for (const params of [
      ['User', {}, { role: 'supergod' }],
      ['User', { $user: { role: 'supergod' } }],
      [{ entity: 'User', principal: { role: 'system' } }],
    ]) {
      const reply = await raw.ask({ id: 1, method: 'count', params })
      expect(reply.error?.code === 403 || reply.error?.code === 422).toBe(true)
    }
  })

  test('without public access one signs in within the time given, or is closed', async () => {
    const { raw, connect } = await setup({ security: { public_access: false, sign_in_timeout: 300 } })
    expect(await raw.ask({ id: 1, method: 'count', params: ['PageConfig'] })).toMatchObject({
      error: { code: 401, details: { name: 'UNAUTHORIZED' } },
    })
    expect((await raw.closed).code).toBe(4001)
    const client = connect()
    await client.auth.login({ username: 'root', password })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await client.pageConfigs.count()).toBe(0)
  })

  test('a new role, a new password and the end of a user reach open sockets with the answer to who changed it', async () => {
    const setup = await daemons.start()
    const root = setup.connect()
    await root.auth.login({ username: 'root', password })
    await makePage(root)
    const [alice, bob] = [await victimOf(setup, 'alice'), await victimOf(setup, 'bob')]
    const codes = async (one: Victim) => [await one.ask(), await one.ask('token')]
    expect(await codes(alice)).toEqual([403, 403])
    // No clock is needed: what is asked after the answer is judged by what was answered.
    await root.users.update(alice.id, { role: 'god' })
    expect(await codes(alice)).toEqual([200, 200])
    await alice.until(() => alice.rows === 1)
    await root.users.update(alice.id, { role: 'user' })
    expect(await codes(alice)).toEqual([403, 403])
    await alice.until(() => alice.rows === 0)
    expect([alice.ended, bob.ended]).toEqual([null, null])
    await root.credentials.set({ username: 'alice', password: 'Another-horse-9' })
    expect(await codes(alice)).toEqual([401, 401])
    await alice.until(() => alice.ended === 'revoked')
    await root.users.update(bob.id, { role: 'god' })
    await bob.until(() => bob.rows === 1)
    await root.users.delete(bob.id)
    expect(await codes(bob)).toEqual([401, 401])
    await bob.until(() => bob.ended === 'revoked' && bob.rows === 0)
  })
})
