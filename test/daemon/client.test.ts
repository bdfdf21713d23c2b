/** A daemon in this process, and the public client in mode production. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DaemonConfigInput } from '../../daemon/config/shape.ts'
import { type Daemon, startDaemon } from '../../daemon/start.ts'
import { type ClientOptions, DBALClient } from '../../src/index.ts'

let folder: string
const open: { close?(): Promise<unknown>; stop?(): Promise<unknown> }[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbal-daemon-'))
})
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await (one.close?.() ?? one.stop?.())
  await rm(folder, { recursive: true })
})

async function setupDaemon(config: DaemonConfigInput = {}) {
  const said: string[] = []
  const daemon = await startDaemon(
    {
      ...config,
      server: { port: 0, ...config.server },
      database: { url: `file:${folder}/app.sqlite`, ...config.database },
    },
    { log: pino({ level: 'silent' }), announce: (line) => said.push(line) },
  )
  open.push(daemon)
  return { daemon, said }
}

function connect(daemon: Daemon, options: ClientOptions = {}) {
  const client = new DBALClient({ mode: 'production', endpoint: daemon.endpoint, ...options })
  open.push(client)
  return client
}

test('the first administrator is made once, signs in, and does what a client does', async () => {
  const { daemon, said } = await setupDaemon()
  expect(said).toHaveLength(1)
  const made = JSON.parse(said[0] as string) as { event: string; username: string; password: string }
  expect(made).toEqual({ event: 'administrator-created', username: 'admin', password: expect.any(String) })
  const client = connect(daemon)
  expect(await client.ready).toMatchObject({ persistence: 'remote', rung: 'remote' })
  const { username, password } = made
  const { user, accessToken } = await client.auth.login({ username, password })
  expect(user).toMatchObject({ username: 'admin', role: 'supergod' })
  expect(await client.credentials.firstLogin('admin')).toBe(true)
  const page = await client.pageConfigs.create({ slug: 'home', title: 'Home', level: 1 })
  expect(await client.pageConfigs.read(page.id)).toEqual(page)
  expect(await client.pageConfigs.update(page.id, { title: 'Start' })).toMatchObject({ title: 'Start' })
  expect((await client.pageConfigs.list({ filter: { level: 1 } })).data).toHaveLength(1)

  const visitor = connect(daemon)
  const seen = vi.fn()
  visitor.pageConfigs.live({ sort: { slug: 'asc' } }, (rows) => seen(rows.map(({ title }) => title)))
  await vi.waitFor(() => expect(seen).toHaveBeenLastCalledWith(['Start']))
  await client.pageConfigs.create({ slug: 'about', title: 'About', level: 1 })
  await vi.waitFor(() => expect(seen).toHaveBeenLastCalledWith(['About', 'Start']))
  await expect(visitor.users.list()).rejects.toMatchObject({ code: 'FORBIDDEN' })

  const again = connect(daemon, { auth: { token: accessToken } })
  expect(await again.auth.me()).toMatchObject({ username: 'admin' })
  expect(await again.pageConfigs.delete(page.id)).toBe(true)
  await vi.waitFor(() => expect(seen).toHaveBeenLastCalledWith(['About']))
})

test('a daemon that comes back finds its clients, their calls and their live queries again', async () => {
  const first = await setupDaemon()
  const { port } = first.daemon
  const password = JSON.parse(first.said[0] as string).password as string
  const client = connect(first.daemon)
  const { user } = await client.auth.login({ username: 'admin', password })
  const seen = vi.fn()
  client.users.live({}, (rows) => seen(rows.map(({ bio }) => bio)))
  await vi.waitFor(() => expect(seen).toHaveBeenLastCalledWith([null]))
  await first.daemon.stop()
  const states: string[] = []
  client.on('connection', ({ state }) => states.push(state))
  const updating = client.users.update(user.id, { bio: 'back' })
  const second = await setupDaemon({ server: { port } })
  expect(second.said).toEqual([])
  await updating
  await vi.waitFor(() => expect(seen).toHaveBeenLastCalledWith(['back']))
  expect(states.at(-1)).toBe('connected')
})

test('a daemon that is not there is an offline error at the deadline, and no end', async () => {
  const { daemon } = await setupDaemon()
  const { port } = daemon
  await daemon.stop()
  const client = connect(daemon, { timeout: 300 })
  await expect(client.ready).rejects.toMatchObject({ code: 'DATABASE_ERROR', details: { reason: 'offline' } })
  await expect(client.pageConfigs.list()).rejects.toMatchObject({ details: { reason: 'offline' } })
  await setupDaemon({ server: { port } })
  await vi.waitFor(async () => expect(await client.pageConfigs.count()).toBe(0), { timeout: 8_000 })
})

test('tokens are renewed in time, handed over, and the client goes on; without that it is told that they have ended', async () => {
  const { daemon, said } = await setupDaemon({ security: { access_token_lifetime: 1_000 } })
  const { password } = JSON.parse(said[0] as string) as { password: string }
  const tokens: string[] = []
  const onTokens = ({ refreshToken }: { refreshToken: string }) => void tokens.push(refreshToken)
  const kept = connect(daemon, { auth: { onTokens } })
  await kept.auth.login({ username: 'admin', password })
  const left = connect(daemon)
  await left.auth.login({ username: 'admin', password })
  const ended = vi.fn()
  left.on('session', ended)
  await vi.waitFor(() => expect(tokens.length).toBeGreaterThan(3), { timeout: 10_000 })
  expect(await kept.auth.me()).toMatchObject({ username: 'admin' })
  await expect(left.auth.me()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  expect(ended).toHaveBeenCalledWith({ type: 'session', state: 'ended', reason: 'expired' })
  // After a reload: the latest token is all that is needed.
  await kept.close()
  const again = connect(daemon, { auth: { refreshToken: tokens.at(-1) as string, onTokens } })
  await vi.waitFor(async () => expect(await again.auth.me()).toMatchObject({ username: 'admin' }))
})
