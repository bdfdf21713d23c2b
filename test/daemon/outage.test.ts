/** The database's server goes away and comes back under a running daemon, or has no connection left to give. */

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDriver } from '../../daemon/open-driver.ts'
import type { DBALError } from '../../src/index.ts'
import { type OpenBackend, servers } from '../support/backends.ts'
import { startProxy } from '../support/cutting-proxy.ts'
import { Daemons, password } from '../support/daemon.ts'

const daemons = new Daemons()
afterEach(() => daemons.end())

const waiting = { timeout: 30_000, interval: 100 }

const failure = (call: Promise<unknown>): Promise<DBALError | undefined> =>
  call.then(
    () => undefined,
    (error: DBALError) => error,
  )

describe.each(servers)('over $name', (backend) => {
  const run = test.skipIf(backend.missing)
  let server: OpenBackend
  beforeAll(async () => {
    if (!backend.missing) server = await backend.open()
  })
  afterAll(() => server?.close())
  const start = (connection = {}) => daemons.start({ database: { url: server.url, connection } })

  run('what is gone is said, and what is back is found by itself', async () => {
    const { connect, get, log } = await start()
    const client = connect({ timeout: 5_000 })
    await client.auth.login({ username: 'root', password })
    const page = await client.pageConfigs.create({ slug: 'before', title: 'Page', level: 1 })
    const rows = vi.fn()
    client.pageConfigs.live({ sort: { slug: 'asc' } }, rows)
    await vi.waitFor(() => expect(rows).toHaveBeenCalled())
    expect((await get('/ready')).status).toBe(200)

    await server.stop()
    for (const call of [
      () => client.pageConfigs.read(page.id),
      () => client.pageConfigs.create({ slug: 'during', title: 'Page', level: 1 }),
      () => client.transaction(async (tx) => tx.pageConfigs.read(page.id)),
    ]) {
      const error = await failure(call())
      expect(error).toMatchObject({ code: 'DATABASE_ERROR', status: 503, retryable: true })
      expect(JSON.stringify(error)).not.toMatch(/ECONN|127\.0\.0\.1|select|insert|terminating/i)
    }
    await vi.waitFor(async () => expect((await get('/ready')).status).toBe(503), waiting)
    expect((await get('/health')).status).toBe(503)

    await server.restart()
    await vi.waitFor(async () => expect((await get('/ready')).status).toBe(200), waiting)
    expect(await client.pageConfigs.read(page.id)).toEqual(page)
    await client.pageConfigs.create({ slug: 'later', title: 'Page', level: 1 })
    await vi.waitFor(
      () =>
        expect(rows.mock.lastCall?.[0].map(({ slug }: { slug: string }) => slug)).toEqual([
          'before',
          'later',
        ]),
      waiting,
    )
    expect((await client.audit.verify()).ok).toBe(true)
    expect(log.filter(({ msg }) => msg === 'uncaughtException')).toEqual([])
  })

  run(
    'writes under way when it goes are there once when they were acknowledged, else once or not at all',
    async () => {
      const { connect } = await start()
      const clients = [connect(), connect(), connect()]
      for (const client of clients) await client.auth.login({ username: 'root', password })
      const acknowledged: string[] = []
      const refused: string[] = []
      let [names, isOver] = [0, false]
      const writing = Promise.all(
        clients.map(async (client) => {
          while (!isOver) {
            const title = `load ${++names}`
            const error = await failure(client.pageConfigs.create({ slug: `load-${names}`, title, level: 1 }))
            if (error && error.code !== 'DATABASE_ERROR') throw error
            if (error) refused.push(title)
            else acknowledged.push(title)
          }
        }),
      )
      for (let outage = 0; outage < 3; outage++) {
        const before = acknowledged.length
        await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 20), waiting)
        await server.stop()
        await server.restart()
      }
      isOver = true
      await writing
      const [client] = clients as [(typeof clients)[0]]
      const stored = new Map<string, number>()
      let cursor: string | undefined
      do {
        const filter = { title: { startsWith: 'load ' } }
        const page = await client.pageConfigs.list({ filter, limit: 100, ...(cursor && { cursor }) })
        for (const { title } of page.data) stored.set(title, (stored.get(title) ?? 0) + 1)
        cursor = page.nextCursor
      } while (cursor)
      expect(acknowledged.filter((title) => stored.get(title) !== 1)).toEqual([])
      expect(refused.filter((title) => (stored.get(title) ?? 0) > 1)).toEqual([])
      expect((await client.audit.verify()).ok).toBe(true)
    },
  )

  run('what a commit did whose answer was lost is in live results and reads at once', async () => {
    const url = new URL(server.url)
    const proxy = await startProxy(Number(url.port), 0)
    try {
      url.port = String(proxy.port)
      const { connect } = await daemons.start({
        database: { url: url.href },
        // Only where a daemon hears of what others do.
        performance: { cache_enabled: backend.name === 'PostgreSQL' },
      })
      const client = connect()
      await client.auth.login({ username: 'root', password })
      const rows = vi.fn()
      client.pageConfigs.live({ filter: { title: 'In doubt' } }, rows)
      await vi.waitFor(() => expect(rows).toHaveBeenCalledTimes(1))
      const count = () => client.pageConfigs.count({ title: 'In doubt' })
      expect(await count()).toBe(0)
      proxy.loseAnswerTo('commit')
      const { id } = await client.pageConfigs.create({ slug: 'in-doubt', title: 'In doubt', level: 1 })
      expect(await count()).toBe(1)
      await vi.waitFor(() => expect(rows.mock.lastCall?.[0]).toMatchObject([{ id }]), waiting)
      // In a transaction as well.
      proxy.loseAnswerTo('commit')
      await client.transaction((tx) => tx.pageConfigs.delete(id)).catch(() => undefined)
      expect(await count()).toBe(0)
      await vi.waitFor(() => expect(rows.mock.lastCall?.[0]).toEqual([]), waiting)
    } finally {
      await daemons.end()
      await proxy.close()
    }
  })

  run('a server without a connection to give is said to be one, until it has', async () => {
    const { connect, get } = await start()
    const client = connect({ timeout: 5_000 })
    await client.auth.login({ username: 'root', password })
    const giveBack = await server.occupy()
    const error = await failure(client.pageConfigs.create({ slug: 'a', title: 'Page', level: 1 }))
    expect(error).toMatchObject({ code: 'DATABASE_ERROR', status: 503, details: { reason: 'cantOpen' } })
    await vi.waitFor(async () => expect((await get('/ready')).status).toBe(503), waiting)
    await giveBack()
    await vi.waitFor(async () => expect((await get('/ready')).status).toBe(200), waiting)
    await client.pageConfigs.create({ slug: 'a', title: 'Page', level: 1 })
    expect(await client.pageConfigs.count({ slug: 'a' })).toBe(1)
  })

  run('a pool that is all in use refuses who waits too long, and gives again', async () => {
    // As `performance.connection_pool_size` gives it, where `database.connection.pool_size` does not.
    const { driver } = await openDriver(
      { url: server.url, connection: { timeout: 300 }, durability: 'strict' },
      1,
    )
    const held = await driver.acquire()
    const refusal = await failure(Promise.resolve(driver.acquire()))
    expect(refusal).toMatchObject({ kind: 'cantOpen', code: 'pool' })
    held.release()
    const next = await driver.acquire()
    expect((await next.execute({ sql: 'select 1', columns: ['integer'] }, [], 0)).values).toEqual([1])
    next.release()
    await driver.close()
  })

  run('a transaction that has the only connection keeps nobody from an answer', async () => {
    const { connect, get } = await start({ pool_size: 1, timeout: 1_000 })
    const [holder, other] = [connect(), connect({ timeout: 20_000 })]
    for (const client of [holder, other]) await client.auth.login({ username: 'root', password })
    let answered: Promise<unknown> | undefined
    await holder.transaction(async (tx) => {
      await tx.pageConfigs.create({ slug: 'inside', title: 'Page', level: 1 })
      answered = other.pageConfigs.create({ slug: 'outside', title: 'Page', level: 1 })
      // The watcher is answered, if only by no.
      expect([200, 503]).toContain((await get('/health')).status)
    })
    await answered
    expect(await other.pageConfigs.count({ slug: { in: ['inside', 'outside'] } })).toBe(2)
  })
})
