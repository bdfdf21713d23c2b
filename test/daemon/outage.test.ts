/** The database's server goes away and comes back under a running daemon, or has no connection left to give. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { DBALClient, type DBALError } from '../../src/index.ts'
import { type Backend, type OpenBackend, servers } from '../support/backends.ts'
import { type DaemonSetup, Daemons, password } from '../support/daemon.ts'

const daemons = new Daemons()
let database: OpenBackend | undefined
afterEach(async () => {
  await daemons.end()
  await database?.close()
  database = undefined
})

const waiting = { timeout: 30_000, interval: 100 }

async function start(backend: Backend): Promise<DaemonSetup & { readonly server: OpenBackend }> {
  const server = await backend.open()
  database = server
  return { ...(await daemons.start({ database: { url: server.url } })), server }
}

const failure = (call: Promise<unknown>): Promise<DBALError | undefined> =>
  call.then(
    () => undefined,
    (error: DBALError) => error,
  )

describe.each(servers)('over $name', (backend) => {
  test.skipIf(backend.missing)('what is gone is said, and what is back is found by itself', async () => {
    const { server, connect, get, log } = await start(backend)
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
        expect(rows.mock.lastCall?.[0].map(({ slug }: { slug: string }) => slug)).toEqual(['before', 'later']),
      waiting,
    )
    expect((await client.audit.verify()).ok).toBe(true)
    expect(log.filter(({ msg }) => msg === 'uncaughtException')).toEqual([])
  })
})
