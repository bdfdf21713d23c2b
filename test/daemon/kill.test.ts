/**
 * A daemon killed in the middle of writes, again and again, over each database: whatever a client was told is there, once;
 * whatever it was not told is there once or not at all, and its client is told in the end. `DBAL_DAEMON_KILLS=500` for more.
 */

import { afterEach, expect, test } from 'vitest'
import { DBALClient } from '../../src/index.ts'
import { type Backend, backends, type OpenBackend } from '../support/backends.ts'
import { password } from '../support/daemon.ts'
import { DaemonProcess, freePort } from '../support/daemon-process.ts'

/** Twenty of them. */
const shares: Readonly<Record<string, number>> = { SQLite: 8, PostgreSQL: 6, MariaDB: 6, MySQL: 5 }
const killsOf = ({ name }: Backend) => Number(process.env['DBAL_DAEMON_KILLS'] ?? shares[name])

let database: OpenBackend | undefined
let daemon: DaemonProcess
afterEach(async () => {
  await daemon?.kill()
  await database?.close()
  database = undefined
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

for (const backend of backends)
  test.skipIf(backend.missing)(
    `${killsOf(backend)} kills over ${backend.name} lose nothing and double nothing`,
    async () => {
      database = await backend.open()
      await killed(database, killsOf(backend))
    },
    7_200_000,
  )

async function killed({ url }: OpenBackend, kills: number): Promise<void> {
  const port = await freePort()
  daemon = new DaemonProcess({
    DBAL_SERVER_PORT: String(port),
    DBAL_DATABASE_URL: url,
    DBAL_SECURITY_BOOTSTRAP_USERNAME: 'root',
    DBAL_SECURITY_BOOTSTRAP_PASSWORD: password,
    DBAL_LOGGING_LEVEL: 'info',
  })
  await daemon.start()
  expect(await daemon.kill('SIGTERM')).toBe(0)
  await daemon.start()
  const connect = () =>
    new DBALClient({ mode: 'production', endpoint: `ws://127.0.0.1:${port}`, timeout: 60_000 })
  const writers = Array.from({ length: 4 }, connect)
  const acknowledged = new Set<string>()
  const failed: unknown[] = []
  let isOver = false
  let made = 0

  /** Without an id and without anything unique: a write that is applied twice is two rows. */
  async function write(client: DBALClient, one: number): Promise<void> {
    await client.auth.login({ username: 'root', password })
    while (!isOver) {
      const names = Array.from({ length: 1 + (made % 5) }, () => `writer${one}-${++made}`)
      await Promise.all(
        names.map((type) =>
          client.componentNodes.create({ pageId: page.id, type, order: 0 }).then(
            () => void acknowledged.add(type),
            (error: unknown) => void failed.push(error),
          ),
        ),
      )
      // A counter: applied twice, it would be ahead of the acknowledgements.
      const counter = counters[one] as string
      await client
        .transaction(async (tx) => {
          const { order } = await tx.componentNodes.read(counter)
          await tx.componentNodes.update(counter, { order: order + 1 })
        })
        .then(
          () => {
            counted[one] = (counted[one] ?? 0) + 1
          },
          (error: { details?: { reason?: string } }) => {
            // Lost before its commit was sent: nothing of it is there, and its caller knows.
            if (error.details?.reason !== 'transaction') failed.push(error)
          },
        )
    }
  }

  const root = connect()
  await root.auth.login({ username: 'root', password })
  const page = await root.pageConfigs.create({ slug: 'page', title: 'Page', level: 1 })
  const counted: number[] = []
  const counters = (
    await Promise.all(
      writers.map((_, one) =>
        root.componentNodes.create({ pageId: page.id, type: `counter${one}`, order: 0 }),
      ),
    )
  ).map(({ id }) => id)
  const writing = Promise.all(writers.map(write))
  for (let at = 0; at < kills; at++) {
    const before = acknowledged.size
    while (acknowledged.size < before + 30) await pause(5)
    await daemon.kill()
    await daemon.start()
  }
  isOver = true
  await writing
  expect(failed).toEqual([])
  const stored = new Map<string, number>()
  const options = { filter: { type: { startsWith: 'writer' } }, limit: 200, sort: { id: 'asc' } } as const
  let cursor: string | undefined
  do {
    const { data, nextCursor } = await root.componentNodes.list({ ...options, ...(cursor && { cursor }) })
    for (const { type } of data) stored.set(type, (stored.get(type) ?? 0) + 1)
    cursor = nextCursor
  } while (cursor)
  expect([...acknowledged].filter((type) => stored.get(type) !== 1)).toEqual([])
  expect([...stored].filter(([type, count]) => count !== 1 || !acknowledged.has(type))).toEqual([])
  for (const [one, id] of counters.entries())
    expect((await root.componentNodes.read(id)).order).toBe(counted[one] ?? 0)
  expect(await root.checkIntegrity()).toEqual({ ok: true, problems: [] })
  expect((await root.audit.verify()).ok).toBe(true)
  await Promise.all([root, ...writers].map((client) => client.close()))
  expect(await daemon.kill('SIGTERM')).toBe(0)
}
