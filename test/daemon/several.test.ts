/** Several daemons over one PostgreSQL: to a client it makes no difference which of them it speaks with. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Connection } from '../../src/drivers/driver.ts'
import type { DBALClient } from '../../src/index.ts'
import { type DaemonSetup, Daemons, password } from '../support/daemon.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { makePage, victimOf } from '../support/victim.ts'

let server: TestPostgres
let databases = 0

/** Lends a connection of nobody's, past every daemon. */
async function beside<T>(url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const driver = await server.open({ url, schema: 'public', poolSize: 1 })
  try {
    const connection = await driver.acquire()
    try {
      return await work(connection)
    } finally {
      connection.release()
    }
  } finally {
    await driver.close()
  }
}

async function run(connection: Connection, sql: string, width = 0): Promise<readonly unknown[]> {
  const columns = Array.from({ length: width }, () => 'any' as const)
  return (await connection.execute({ sql, columns, once: true }, [], 0)).values
}

const urlOf = (database: string): string => {
  const { port, password: secret } = server.options
  return `postgres://dbal:${secret}@127.0.0.1:${port}/${database}`
}

/** The address of an empty database. */
async function freshDatabase(): Promise<string> {
  const name = `several_${++databases}`
  await beside(urlOf('postgres'), (connection) => run(connection, `create database ${name}`))
  return urlOf(name)
}

const daemons = new Daemons()
let url: string
let a: DaemonSetup
let b: DaemonSetup

beforeAll(async () => {
  server = await startPostgres()
  url = await freshDatabase()
  const start = () => daemons.start({ database: { url, connection: { pool_size: 4 } } })
  a = await start()
  b = await start()
})
afterAll(async () => {
  await daemons.end()
  await server?.stop()
})

const clients = new Map<DaemonSetup, DBALClient>()
const tokens = new Map<DaemonSetup, string>()

/** The administrator's client of the daemon: signing in takes long, on purpose. */
async function signedIn(daemon: DaemonSetup): Promise<DBALClient> {
  const client = clients.get(daemon) ?? daemon.connect()
  if (clients.has(daemon)) return client
  clients.set(daemon, client)
  const { accessToken } = await client.auth.login({ username: 'root', password })
  tokens.set(daemon, accessToken)
  return client
}

/** Every daemon over the same database takes it. */
async function tokenOf(daemon: DaemonSetup): Promise<string> {
  await signedIn(daemon)
  return tokens.get(daemon) as string
}

describe('live results', () => {
  test('a row that one daemon writes is in the live results of the other', async () => {
    const [writer, reader] = [await signedIn(a), await signedIn(b)]
    const seen: string[][] = []
    const byLevel: string[][] = []
    reader.pageConfigs.live({ filter: { title: 'Live' }, sort: { slug: 'asc' } }, (rows) =>
      seen.push(rows.map(({ slug }) => slug)),
    )
    reader.pageConfigs.live({ filter: { level: 2 }, sort: { slug: 'asc' } }, (rows) =>
      byLevel.push(rows.map(({ slug }) => slug)),
    )
    const bySlug: string[][] = []
    reader.pageConfigs.live({ filter: { slug: { in: ['one', 'two', 'three'] } } }, (rows) =>
      bySlug.push(rows.map(({ slug }) => slug)),
    )
    await vi.waitFor(() => expect([seen, byLevel, bySlug]).toEqual([[[]], [[]], [[]]]))
    const page = await writer.pageConfigs.create({ slug: 'one', title: 'Live', level: 2 })
    await vi.waitFor(() => expect([seen.at(-1), byLevel.at(-1)]).toEqual([['one'], ['one']]))
    await writer.pageConfigs.update(page.id, { level: 3 })
    await vi.waitFor(() => expect([seen.at(-1), byLevel.at(-1)]).toEqual([['one'], []]))
    await vi.waitFor(() => expect(bySlug.at(-1)).toEqual(['one']))
    await writer.pageConfigs.delete(page.id)
    await vi.waitFor(() => expect(seen.at(-1)).toEqual([]))
  })
  test('what foreign keys take along is seen too', async () => {
    const [writer, reader] = [await signedIn(a), await signedIn(b)]
    const page = await writer.pageConfigs.create({ slug: 'tree', title: 'Tree', level: 1 })
    await writer.componentNodes.create({ pageId: page.id, type: 'Text', order: 0 })
    const counts: number[] = []
    reader.componentNodes.live({ filter: { pageId: page.id } }, (rows) => counts.push(rows.length))
    await vi.waitFor(() => expect(counts).toEqual([1]))
    await writer.pageConfigs.delete(page.id)
    await vi.waitFor(() => expect(counts).toEqual([1, 0]))
  })

  test('what was not heard while the line was down is seen when it is back', async () => {
    const [writer, reader] = [await signedIn(a), await signedIn(b)]
    await writer.pageConfigs.create({ slug: 'deaf', title: 'Silent', level: 1 })
    const seen: string[][] = []
    reader.pageConfigs.live({ filter: { title: 'Deaf' } }, (rows) => seen.push(rows.map(({ slug }) => slug)))
    await vi.waitFor(() => expect(seen).toEqual([[]]))
    await beside(url, async (connection) => {
      const stop = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dbal listening'`
      expect(await run(connection, stop, 1)).toHaveLength(2)
      // Past every daemon: nobody says anything of it.
      await run(connection, `update "PageConfig" set title = 'Deaf' where slug = 'deaf'`)
    })
    await vi.waitFor(() => expect(seen.at(-1)).toEqual(['deaf']), 5_000)
    await writer.pageConfigs.create({ slug: 'heard', title: 'Deaf', level: 1 })
    await vi.waitFor(() => expect(seen.at(-1)?.toSorted()).toEqual(['deaf', 'heard']))
  })

  test('a text of somebody else is no reason to fail: everything is looked at', async () => {
    const reader = await signedIn(b)
    const counts: number[] = []
    reader.pageConfigs.live({ filter: { title: 'Whispered' } }, (rows) => counts.push(rows.length))
    await vi.waitFor(() => expect(counts).toEqual([0]))
    await beside(url, async (connection) => {
      await run(connection, `update "PageConfig" set title = 'Whispered' where slug = 'deaf'`)
      await run(
        connection,
        `select 1 from pg_notify('_dbal_' || md5('public'), '{"from":"x","touched":7}')`,
        1,
      )
    })
    await vi.waitFor(() => expect(counts).toEqual([0, 1]))
  })
})

describe('who is signed in', () => {
  /**
   * Until it is so, in time of the daemons: a second, counted in steps that they can take. When the machine has none for
   * them, none passes.
   */
  async function withinASecond(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const step = 10
    for (let passed = 0; !(await isSo()); passed += step) {
      if (passed >= 1_000) throw new Error('A second has passed')
      await new Promise((resolve) => setTimeout(resolve, step))
    }
  }

  test('what is changed on one daemon reaches open sockets of the other within a second', async () => {
    const root = await signedIn(a)
    await makePage(root)
    const carol = await victimOf(b, 'carol')
    const isAnswered = (code: number) => async () =>
      (await carol.ask()) === code && (await carol.ask('token')) === code
    expect(await carol.ask()).toBe(403)
    await root.users.update(carol.id, { role: 'god' })
    await withinASecond(isAnswered(200))
    await withinASecond(() => carol.rows > 0)
    await root.users.update(carol.id, { role: 'user' })
    await withinASecond(isAnswered(403))
    await withinASecond(() => carol.rows === 0)
    await root.credentials.set({ username: 'carol', password: 'Another-horse-9' })
    await withinASecond(isAnswered(401))
    await withinASecond(() => carol.ended === 'revoked')
    const dave = await victimOf(b, 'dave')
    await root.users.delete(dave.id)
    await withinASecond(async () => (await dave.ask()) === 401 && (await dave.ask('token')) === 401)
    await withinASecond(() => dave.ended === 'revoked')
  })

  test('also while somebody keeps a transaction open there', async () => {
    const root = await signedIn(a)
    const [bob, other] = [b.connect(), await signedIn(b)]
    const { user } = await bob.auth.register({ username: 'bob', email: 'b@example.com', password })
    const ended = vi.fn()
    bob.on('session', ended)
    await other.transaction(
      async (tx) => {
        await tx.users.count()
        await root.users.delete(user.id)
        await vi.waitFor(() => expect(ended).toHaveBeenCalled())
      },
      { mode: 'deferred' },
    )
  })
})

describe('at most once', () => {
  const clientId = () => crypto.randomUUID()

  /** A connection of the client's own making, signed in. */
  async function open(daemon: DaemonSetup, client: string) {
    const token = await tokenOf(a)
    const raw = await daemon.raw()
    const opened = await raw.ask({
      id: 0,
      method: 'session.open',
      params: [{ client, token }],
      ack: 0,
    })
    expect(opened).toMatchObject({ result: { protocol: 1 } })
    return raw
  }

  const create = (id: number, slug: string, ack = 1) => ({
    id,
    method: 'create',
    params: ['PageConfig', { slug, title: 'Once', level: 1 }],
    ack,
  })

  test('a write that one has acknowledged is answered by the other with what was recorded', async () => {
    const client = clientId()
    const [first, second] = [await open(a, client), await open(b, client)]
    // So that the second one has looked before the first one writes.
    await second.ask({ id: 90, method: 'count', params: ['PageConfig'], ack: 1 })
    const reply = await first.ask(create(1, 'once'))
    expect(reply).toMatchObject({ id: 1, result: { slug: 'once' } })
    expect(await second.ask(create(1, 'once'))).toEqual(reply)
    const gone = {
      id: 2,
      method: 'delete',
      params: ['PageConfig', (reply.result as { id: string }).id],
      ack: 2,
    }
    expect(await first.ask(gone)).toMatchObject({ id: 2, result: true })
    expect(await second.ask(gone)).toMatchObject({ id: 2, result: true })
  })

  test('one that is at work in the first is waited for by the second', async () => {
    const client = clientId()
    const [first, second] = [await open(a, client), await open(b, client)]
    await second.ask({ id: 90, method: 'count', params: ['PageConfig'], ack: 1 })
    const node = (id: number) => ({
      id,
      method: 'createMany',
      params: ['PageConfig', [{ title: 'Twice?', slug: `twice-${crypto.randomUUID()}`, level: 1 }]],
      ack: 1,
    })
    const replies = await beside(url, async (connection) => {
      await run(connection, 'begin')
      await run(connection, "select 1 from pg_advisory_xact_lock(1684169068, hashtext('public'))", 1)
      const both = [first.ask(node(1)), second.ask(node(1))]
      await waiting(connection, 2)
      await run(connection, 'commit')
      return await Promise.all(both)
    })
    expect(replies[0]).toEqual(replies[1])
    const root = await signedIn(a)
    expect(await root.pageConfigs.count({ title: 'Twice?' })).toBe(1)
  })

  /** Resolves when so many stand in the line of writers. */
  async function waiting(connection: Connection, count: number): Promise<void> {
    const sql = "select count(*)::int from pg_locks where locktype = 'advisory' and not granted"
    await vi.waitFor(async () => expect(await run(connection, sql, 1)).toEqual([count]), 5_000)
  }

  test('one that comes to the first when the second has gone on is not run', async () => {
    const client = clientId()
    const [first, second] = [await open(a, client), await open(b, client)]
    await first.ask({ id: 90, method: 'count', params: ['PageConfig'], ack: 1 })
    const { result } = await second.ask(create(1, 'late'))
    // The client has the first reply, and its place is taken by the next.
    expect(await second.ask(create(2, 'later', 2))).toMatchObject({ result: { slug: 'later' } })
    await second.ask({
      id: 3,
      method: 'delete',
      params: ['PageConfig', (result as { id: string }).id],
      ack: 3,
    })
    expect(await first.ask(create(1, 'late'))).toMatchObject({
      id: 1,
      error: { code: 409, details: { name: 'CONFLICT' } },
    })
  })

  test('one that comes to the first when its client has said goodbye to the second is not run', async () => {
    const client = clientId()
    const [first, second] = [await open(a, client), await open(b, client)]
    await first.ask({ id: 90, method: 'count', params: ['PageConfig'], ack: 1 })
    expect(await second.ask(create(1, 'goodbye'))).toMatchObject({ result: { slug: 'goodbye' } })
    expect(await second.ask({ id: 's', method: 'session.close' })).toMatchObject({ result: true })
    const refused = { error: { code: 409, details: { name: 'CONFLICT', reason: 'closed' } } }
    // By the connection that was there, and by one that is made late.
    for (const connect of [async () => first, () => open(a, client)]) {
      const late = await connect()
      expect(await late.ask(create(1, 'goodbye-again'))).toMatchObject(refused)
      expect(await late.ask(create(2, 'never-before'))).toMatchObject(refused)
    }
    const root = await signedIn(a)
    expect(await root.pageConfigs.count({ slug: { in: ['goodbye-again', 'never-before'] } })).toBe(0)
  })

  test('a commit that was asked of both is made by one, or by none', async () => {
    const client = clientId()
    const first = await open(a, client)
    const second = await open(b, client)
    await second.ask({ id: 90, method: 'count', params: ['PageConfig'], ack: 1 })
    await first.ask({
      id: 1,
      method: 'transaction.begin',
      params: [{ mode: 'deferred' }],
      transaction: 1,
      ack: 1,
    })
    expect(await first.ask({ ...create(2, 'in-doubt'), transaction: 1 })).toMatchObject({ id: 2 })
    const commit = { id: 3, method: 'transaction.commit', params: [], transaction: 1, ack: 3 }
    const [there, here] = await Promise.all([second.ask(commit), first.ask(commit)])
    expect(there).toEqual(here)
    const made = await (await signedIn(a)).pageConfigs.count({ slug: 'in-doubt' })
    expect(made).toBe('result' in here ? 1 : 0)
  })
})

test('daemons that start together over an empty database migrate it once, and all are ready', async () => {
  const empty = await freshDatabase()
  const three = await Promise.all(
    [1, 2, 3].map(() => daemons.start({ database: { url: empty, connection: { pool_size: 4 } } })),
  )
  for (const { get } of three) expect((await get('/ready')).status).toBe(200)
  const applied = three.flatMap(({ log }) =>
    log.filter(({ event }) => (event as { state?: string } | undefined)?.state === 'applied'),
  )
  const root = await signedIn(three[2] as DaemonSetup)
  const { version, applied: recorded, pending } = await root.migrations.status()
  expect(recorded.map((one) => one.version)).toEqual(
    applied.map(({ event }) => (event as { version: number }).version),
  )
  expect({ pending, version }).toEqual({ pending: [], version: recorded.at(-1)?.version })
  expect(await root.users.count()).toBe(1)
})

test('daemons that start together bring what the engine has beside the tables up to their version', async () => {
  const old = await freshDatabase()
  const start = () => daemons.start({ database: { url: old, connection: { pool_size: 2 } } })
  await (await start()).daemon.stop()
  await beside(old, async (connection) => {
    await run(connection, `update "_dbal_meta" set value = '1' where key = 'engine'`)
    await run(connection, 'drop function _dbal_substr')
    for (const { get } of await Promise.all([start(), start()]))
      expect((await get('/ready')).status).toBe(200)
    expect(await run(connection, "select _dbal_substr('elephant', 2, 3)", 1)).toEqual(['lep'])
  })
})

describe('rate limits', () => {
  /** Answers by status, of so many requests in each of some messages that are sent at once. */
  async function flood(raws: readonly Awaited<ReturnType<DaemonSetup['raw']>>[], each: number) {
    const requests = Array.from({ length: each }, (_, id) => ({
      id: id + 1,
      method: 'count',
      params: ['PageConfig'],
    }))
    const counts = new Map<number, number>()
    for (const raw of raws) raw.send(requests)
    for (const raw of raws)
      for (let at = 0; at < each; at++) {
        const { error } = await raw.next()
        counts.set(error?.code ?? 200, (counts.get(error?.code ?? 200) ?? 0) + 1)
      }
    return Object.fromEntries(counts)
  }

  const start = (database: string, burst = 20) =>
    daemons.start({
      database: { url: database, connection: { pool_size: 4 } },
      security: {
        sign_in_failures_per_address: 3,
        rate_limit: { enabled: true, store: 'postgres', requests_per_minute: 2, burst },
      },
    })

  test('two daemons together let through what one would', async () => {
    const [first, second] = [await start(url), await start(url)]
    const raws = await Promise.all([first.raw(), second.raw(), first.raw(), second.raw()])
    expect(await flood(raws, 10)).toEqual({ 200: 22, 429: 18 })
    // One that comes later does not begin anew.
    const third = await start(url)
    expect(await flood([await third.raw()], 2)).toEqual({ 429: 2 })
    const refused = await (await first.raw()).ask({ id: 'x', method: 'count', params: ['PageConfig'] })
    expect(refused.error?.details).toMatchObject({
      name: 'RATE_LIMIT_EXCEEDED',
      retryAfter: expect.any(Number),
    })
  })

  test('failed sign-ins of an address count together', async () => {
    const fresh = await freshDatabase()
    const [first, second] = [await start(fresh), await start(fresh)]
    const raws = [await first.raw(), await second.raw()]
    const signIn = async (at: number, username: string, secret = 'x') => {
      const params = [{ username, password: secret }]
      const { error } = await (raws[at % 2] as (typeof raws)[0]).ask({ id: at, method: 'auth.login', params })
      return error?.code ?? 200
    }
    // What succeeds does not count.
    expect(await signIn(0, 'root', password)).toBe(200)
    const codes: number[] = []
    for (let at = 1; at < 5; at++) codes.push(await signIn(at % 2, `nobody${at}`))
    expect(codes).toEqual([401, 401, 401, 429])
  })

  test('what cannot be counted is refused', async () => {
    const fresh = await freshDatabase()
    const { raw, log } = await start(fresh)
    const socket = await raw()
    expect(await flood([socket], 1)).toEqual({ 200: 1 })
    await beside(fresh, (connection) => run(connection, 'drop table "_dbal_rate_limits"'))
    expect(await socket.ask({ id: 1, method: 'count', params: ['PageConfig'] })).toMatchObject({
      error: { code: 503, details: { name: 'DATABASE_ERROR', reason: 'rate limit' } },
    })
    expect(log.some(({ msg }) => msg === 'incident')).toBe(true)
    // What ends something needs no leave.
    expect(await socket.ask({ id: 2, method: 'live.close', params: [1] })).toMatchObject({
      id: 2,
      result: true,
    })
  })
})

describe('results that are kept', () => {
  const start = (database: string) =>
    daemons.start({
      database: { url: database, connection: { pool_size: 4 } },
      performance: { cache_enabled: true },
    })
  const hits = async ({ get }: DaemonSetup) =>
    Number(/looks_total\{result="hit"\} (\d+)/.exec(await (await get('/metrics')).text())?.[1] ?? 0)

  test('are dropped by what another daemon writes, and by nothing else', async () => {
    const c = await start(url)
    const [writer, reader] = [await signedIn(a), await signedIn(c)]
    const live = vi.fn()
    reader.pageConfigs.live({ filter: { title: 'Kept' } }, live)
    await vi.waitFor(() => expect(live).toHaveBeenCalledTimes(1))
    const page = await writer.pageConfigs.create({ slug: 'kept', title: 'Kept', level: 1 })
    // By then it has been heard of.
    await vi.waitFor(() => expect(live).toHaveBeenCalledTimes(2))
    expect(await reader.pageConfigs.count({ title: 'Kept' })).toBe(1)
    expect(await reader.pageConfigs.read(page.id)).toEqual(page)
    await writer.pageConfigs.create({ slug: 'kept-too', title: 'Kept', level: 1 })
    await vi.waitFor(async () => expect(await reader.pageConfigs.count({ title: 'Kept' })).toBe(2))
    const after = await hits(c)
    // Of the row by its id nothing was said.
    expect(await reader.pageConfigs.read(page.id)).toEqual(page)
    expect(await hits(c)).toBe(after + 1)
    await writer.pageConfigs.update(page.id, { level: 2 })
    await vi.waitFor(async () => expect(await reader.pageConfigs.read(page.id)).toMatchObject({ level: 2 }))
  })

  test('are not given to who has a write on its way', async () => {
    const c = await start(url)
    const raw = await c.raw()
    await raw.ask({ id: 1, method: 'auth.resume', params: [{ token: await tokenOf(a) }] })
    const count = { method: 'count', params: ['PageConfig', { title: 'On its way' }] }
    expect(await raw.ask({ id: 2, ...count })).toMatchObject({ result: 0 })
    raw.send({
      id: 3,
      method: 'create',
      params: ['PageConfig', { slug: 'way', title: 'On its way', level: 1 }],
    })
    raw.send({ id: 4, ...count })
    const replies = [await raw.next(), await raw.next()]
    expect(replies.find(({ id }) => id === 4)).toMatchObject({ result: 1 })
  })

  test('are none while what others do is not heard', async () => {
    const fresh = await freshDatabase()
    const name = fresh.split('/').at(-1)
    const reader = await signedIn(await start(fresh))
    await reader.pageConfigs.create({ slug: 'one', title: 'One', level: 1 })
    const title = async () => (await reader.pageConfigs.getBySlug('one')).title
    const list = async () => (await reader.pageConfigs.list()).data.map((row) => row.title)
    expect(await list()).toEqual(['One'])
    await beside(fresh, async (connection) => {
      const write = (text: string) => run(connection, `update "PageConfig" set title = '${text}'`)
      // Past the daemon: it cannot know.
      await write('Two')
      expect([await title(), await list()]).toEqual(['Two', ['One']])
      await beside(urlOf('postgres'), async (other) => {
        await run(other, `alter database ${name} with allow_connections false`)
        await run(
          other,
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dbal listening' and datname = '${name}'`,
          1,
        )
        await vi.waitFor(async () => expect(await list()).toEqual(['Two']))
        await write('Three')
        expect(await list()).toEqual(['Three'])
        await write('Four')
        expect(await list()).toEqual(['Four'])
        await run(other, `alter database ${name} with allow_connections true`)
      })
    })
    await vi.waitFor(async () => {
      const before = await list()
      await beside(fresh, (connection) => run(connection, `update "PageConfig" set title = title || '!'`))
      expect(await list()).toEqual(before)
    }, 5_000)
  })
})
