/**
 * The daemon's disk is full: a write is refused whole and says so, reads go on, and when there is room again so do writes.
 * A small file system of its own where one may be mounted; elsewhere the process may not write beyond a length of file.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DBALClient, type DBALError } from '../../src/index.ts'
import { password } from '../support/daemon.ts'
import { DaemonProcess, freePort } from '../support/daemon-process.ts'

const canMount = process.getuid?.() === 0 && tryToMount()
function tryToMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'dbal-full-'))
  const mounted = mount(probe, '1m')
  if (mounted) spawnSync('umount', [probe])
  rmSync(probe, { recursive: true })
  return mounted
}

function mount(on: string, size: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', on]).status === 0
}

let folder: string
let isMounted = false
let daemon: DaemonProcess | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbal-full-'))
})
afterEach(async () => {
  await daemon?.kill()
  if (isMounted) spawnSync('umount', [folder])
  isMounted = false
  rmSync(folder, { recursive: true, force: true })
})

const text = 'x'.repeat(100_000)

async function fill(client: DBALClient): Promise<{ readonly made: string[]; readonly error: DBALError }> {
  const made: string[] = []
  for (let count = 0; count < 200; count++) {
    const slug = `page${count}`
    try {
      // Two rows, whole or not at all.
      await client.batch([
        client.pageConfigs.op.create({ slug, title: 'Page', level: 1, description: text }),
        client.pageConfigs.op.create({ slug: `${slug}-twin`, title: 'Page', level: 1 }),
      ])
      made.push(slug, `${slug}-twin`)
    } catch (error) {
      return { made, error: error as DBALError }
    }
  }
  throw new Error('It was never full')
}

async function slugs(client: DBALClient): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const options = { select: ['slug'], limit: 100, ...(cursor && { cursor }) } as const
    const page = await client.pageConfigs.list(options)
    found.push(...page.data.map(({ slug }) => slug))
    cursor = page.nextCursor
  } while (cursor)
  return found.sort()
}

async function start(limit?: number): Promise<DBALClient> {
  const port = await freePort()
  daemon = new DaemonProcess(
    {
      DBAL_SERVER_PORT: String(port),
      DBAL_DATABASE_URL: `file:${folder}/app.sqlite`,
      DBAL_SECURITY_BOOTSTRAP_USERNAME: 'root',
      DBAL_SECURITY_BOOTSTRAP_PASSWORD: password,
    },
    limit,
  )
  await daemon.start()
  const client = new DBALClient({ mode: 'production', endpoint: `ws://127.0.0.1:${port}`, timeout: 10_000 })
  await client.auth.login({ username: 'root', password })
  return client
}

async function refusedWhole(client: DBALClient, code: string): Promise<string[]> {
  const { made, error } = await fill(client)
  expect(made.length).toBeGreaterThan(2)
  expect(error.code).toBe(code)
  expect(JSON.stringify(error)).not.toMatch(/sqlite|ENOSPC|EFBIG|insert/i)
  expect(await slugs(client)).toEqual(made.sort())
  expect(await client.checkIntegrity()).toEqual({ ok: true, problems: [] })
  return made
}

describe('a disk that is full', () => {
  test.skipIf(!canMount)(
    'refuses writes whole, goes on reading, and writes again when there is room',
    async () => {
      isMounted = mount(folder, '6m')
      writeFileSync(join(folder, 'ballast'), Buffer.alloc(2_000_000))
      const client = await start()
      const made = await refusedWhole(client, 'QUOTA_EXCEEDED')
      rmSync(join(folder, 'ballast'))
      await client.pageConfigs.create({ slug: 'again', title: 'Page', level: 1 })
      expect(await slugs(client)).toEqual([...made, 'again'].sort())
      expect((await client.audit.verify()).ok).toBe(true)
      await client.close()
      expect(await daemon?.kill('SIGTERM')).toBe(0)
    },
  )

  test('a file that may not grow: the same, and a daemon without the limit finds all of it', async () => {
    const client = await start(3_000)
    const made = await refusedWhole(client, 'DATABASE_ERROR')
    await client.close()
    await daemon?.kill()
    const next = await start()
    expect(await slugs(next)).toEqual(made)
    expect(await next.checkIntegrity()).toEqual({ ok: true, problems: [] })
    expect((await next.audit.verify()).ok).toBe(true)
    await next.pageConfigs.create({ slug: 'again', title: 'Page', level: 1 })
    await next.close()
  })
})
