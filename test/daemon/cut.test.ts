/**
 * A network that breaks in the middle of everything, while the daemon lives on, over each database: at most once, over
 * reconnections. `DBAL_CUTS` for more, `DBAL_SEED` for others.
 */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { DBALClient } from '../../src/index.ts'
import { Random } from '../kysely/support/random.ts'
import { type Backend, backends, type OpenBackend } from '../support/backends.ts'
import { startProxy } from '../support/cutting-proxy.ts'
import { Daemons, password } from '../support/daemon.ts'
import { startUnrulyProxy } from '../support/unruly-proxy.ts'

const daemons = new Daemons()
let database: OpenBackend | undefined
let proxy: { close(): Promise<void> } | undefined
afterEach(async () => {
  await proxy?.close()
  await daemons.end()
  await database?.close()
  database = undefined
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const cuts = Number(process.env['DBAL_CUTS'] ?? 15)
const firstSeed = Number(process.env['DBAL_SEED'] ?? 1)

describe.each(backends)('over $name', (backend) => {
  const run = test.skipIf(backend.missing)
  run(
    `${cuts} cuts lose nothing and double nothing, and a live query ends up right`,
    () => cut(backend),
    7_200_000,
  )
  run(
    `messages that are late, doubled and lost, until ${cuts} cuts, neither`,
    () => unruly(backend),
    7_200_000,
  )
})

async function start(backend: Backend): Promise<number> {
  database = await backend.open()
  const { daemon } = await daemons.start({ database: { url: database.url } })
  return daemon.port
}

async function cut(backend: Backend): Promise<void> {
  const proxied = await startProxy(await start(backend), 3)
  proxy = proxied
  const endpoint = `ws://127.0.0.1:${proxied.port}`
  const client = new DBALClient({ mode: 'production', endpoint })
  await client.auth.login({ username: 'root', password })
  const page = await client.pageConfigs.create({ slug: 'page', title: 'Page', level: 1 })
  const rows = vi.fn()
  client.componentNodes.live({ filter: { pageId: page.id }, sort: { type: 'asc' }, limit: 200 }, rows)

  const made: string[] = []
  let isOver = false
  let acknowledged = 0
  const writing = (async () => {
    while (!isOver) {
      const type = `n${String(made.length).padStart(5, '0')}`
      const node = await client.componentNodes.create({ pageId: page.id, type, order: 0 })
      made.push(type)
      acknowledged++
      // A delete that is applied twice would be NOT_FOUND.
      if (made.length > 150) {
        await client.componentNodes.delete(node.id)
        made.pop()
      }
    }
  })()
  for (let at = 0; at < cuts; at++) {
    const before = acknowledged
    while (acknowledged < before + 3) await pause(2)
    // Somewhere on the way there, in the engine, or on the way back.
    await pause((at * 7) % 13)
    proxied.cut()
  }
  isOver = true
  await writing
  const { data } = await client.componentNodes.list({ sort: { type: 'asc' }, limit: 200 })
  expect(data.map(({ type }) => type)).toEqual(made)
  await vi.waitFor(() =>
    expect(rows.mock.lastCall?.[0].map(({ type }: { type: string }) => type)).toEqual(made),
  )
  expect((await client.audit.verify()).ok).toBe(true)
  await client.close()
}

/** Each write by itself and many at once; each is there once, and its client knows. */
async function unruly(backend: Backend): Promise<void> {
  const proxied = await startUnrulyProxy(await start(backend), new Random(firstSeed))
  proxy = proxied
  const endpoint = `ws://127.0.0.1:${proxied.port}`
  const clients = Array.from(
    { length: 3 },
    () => new DBALClient({ mode: 'production', endpoint, timeout: 60_000 }),
  )
  const [first] = clients as [DBALClient]
  for (const client of clients) await client.auth.login({ username: 'root', password })
  const page = await first.pageConfigs.create({ slug: 'page', title: 'Page', level: 1 })
  const counter = await first.componentNodes.create({ pageId: page.id, type: 'counter', order: 0 })
  const made: string[] = ['counter']
  let [names, counted] = [0, 0]
  const count = (client: DBALClient) =>
    client
      .transaction(async (tx) => {
        const { order } = await tx.componentNodes.read(counter.id)
        await tx.componentNodes.update(counter.id, { order: order + 1 })
      })
      .then(
        () => counted++,
        (error: { details?: { reason?: string } }) => {
          // Its connection was lost before its commit was sent: nothing of it is there.
          if (error.details?.reason !== 'transaction') throw error
        },
      )
  await Promise.all(
    clients.map(async (client) => {
      const create = async () => {
        const type = `n${++names}`
        await client.componentNodes.create({ pageId: page.id, type, order: 0 })
        made.push(type)
      }
      while (proxied.done.cut < cuts) {
        await Promise.all(Array.from({ length: 1 + (names % 3) }, create))
        await count(client)
      }
    }),
  )
  proxied.calm()
  expect(proxied.done.doubled).toBeGreaterThan(cuts / 2)
  expect(proxied.done.dropped).toBeGreaterThan(0)
  const stored: string[] = []
  let cursor: string | undefined
  do {
    const page = await first.componentNodes.list({
      sort: { id: 'asc' },
      limit: 200,
      ...(cursor && { cursor }),
    })
    stored.push(...page.data.map(({ type }) => type))
    cursor = page.nextCursor
  } while (cursor)
  expect(stored.sort()).toEqual(made.sort())
  expect((await first.componentNodes.read(counter.id)).order).toBe(counted)
  expect((await first.audit.verify()).ok).toBe(true)
  for (const client of clients) await client.close()
}
