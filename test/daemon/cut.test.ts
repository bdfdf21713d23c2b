/** A network that breaks in the middle of everything, while the daemon lives on: at most once, over reconnections. */

import { afterEach, expect, test, vi } from 'vitest'
import { DBALClient } from '../../src/index.ts'
import { type CuttingProxy, startProxy } from '../support/cutting-proxy.ts'
import { Daemons, password } from '../support/daemon.ts'

const daemons = new Daemons()
let proxy: CuttingProxy | undefined
afterEach(async () => {
  await proxy?.close()
  await daemons.end()
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const cuts = Number(process.env['DBAL_CUTS'] ?? 40)

test(`${cuts} cuts lose nothing and double nothing, and a live query ends up right`, async () => {
  const { daemon } = await daemons.start()
  proxy = await startProxy(daemon.port, 3)
  const endpoint = `ws://127.0.0.1:${proxy.port}`
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
    proxy.cut()
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
}, 120_000)
