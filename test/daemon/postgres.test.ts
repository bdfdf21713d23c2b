/** The daemon over PostgreSQL: all that an operator changes is the address. */

import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDaemon } from '../../daemon/start.ts'
import { DBALClient } from '../../src/index.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'

let server: TestPostgres

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

test('a client signs in, writes and reads; the next daemon finds what was written', async () => {
  const { port, password } = server.options
  const said: string[] = []
  const start = () =>
    startDaemon(
      { server: { port: 0 }, database: { url: `postgres://dbal:${password}@127.0.0.1:${port}/postgres` } },
      { log: pino({ level: 'silent' }), announce: (line) => said.push(line) },
    )
  const first = await start()
  const client = new DBALClient({ mode: 'production', endpoint: first.endpoint })
  const administrator = JSON.parse(said[0] as string) as { username: string; password: string }
  await client.auth.login({ username: administrator.username, password: administrator.password })
  const page = await client.pageConfigs.create({ slug: 'home', title: 'Home', level: 1 })
  expect(await client.pageConfigs.getBySlug('home')).toEqual(page)
  expect(await client.capabilities()).toMatchObject({ persistence: 'server', connectionPooling: true })
  await client.close()
  await first.stop()

  const second = await start()
  expect(said).toHaveLength(1)
  const again = new DBALClient({ mode: 'production', endpoint: second.endpoint })
  await again.auth.login({ username: administrator.username, password: administrator.password })
  expect(await again.pageConfigs.read(page.id)).toEqual(page)
  expect(await again.audit.verify()).toMatchObject({ ok: true })
  await again.close()
  await second.stop()
})
