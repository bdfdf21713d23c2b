/** The daemon as a process: when it does not start, what others on the machine can read, how it ends. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { password } from '../support/daemon.ts'
import { DaemonProcess, freePort } from '../support/daemon-process.ts'
import { openRaw } from '../support/raw-socket.ts'

const main = fileURLToPath(new URL('../../daemon/main.ts', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbal-process-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** One that is not expected to start. */
async function fail(yaml: string, environment: Readonly<Record<string, string>> = {}) {
  await writeFile(join(folder, 'dbal.yaml'), yaml)
  const child = spawn(process.execPath, [main, '--config', 'dbal.yaml'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', DBAL_SERVER_PORT: '0', ...environment },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += String(data)
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, said }
}

test('on an address that others reach it does not start in the clear, and makes nothing', async () => {
  const secret = 'Hunter2-hunter2'
  const { code, said } = await fail(
    `server: { host: 0.0.0.0 }\nsecurity: { bootstrap: { username: root, password: "\${PASS}" } }`,
    { PASS: secret },
  )
  expect(code).toBe(78)
  expect(said).toContain('server.host')
  expect(said).not.toContain(secret)
  expect(await readdir(folder)).toEqual(['dbal.yaml'])
})

test('over a file that is no database it tells why, and ends', async () => {
  await writeFile(join(folder, 'text.sqlite'), 'this is no database'.repeat(100))
  const { code, said } = await fail('database: { url: "file:./text.sqlite" }')
  expect(code).toBe(1)
  expect(said).not.toMatch(/ {4}at |node_modules/)
})

test('what it writes is for its own user alone; SIGTERM lets what runs finish, and ends with 0', async () => {
  const port = await freePort()
  const daemon = new DaemonProcess({
    DBAL_SERVER_PORT: String(port),
    DBAL_DATABASE_URL: `file:${folder}/app.sqlite`,
    DBAL_SECURITY_AUDIT_LOG_PATH: `${folder}/audit.log`,
    DBAL_SECURITY_BOOTSTRAP_USERNAME: 'root',
    DBAL_SECURITY_BOOTSTRAP_PASSWORD: password,
    // Nothing but replies is to come, however busy the machine is.
    DBAL_LOGGING_SLOW_QUERY_THRESHOLD_MS: '60000',
  })
  await daemon.start()
  const raw = await openRaw(`ws://127.0.0.1:${port}`)
  await raw.ask({ id: 0, method: 'auth.login', params: [{ username: 'root', password }] })
  for (const name of await readdir(folder))
    expect(`${name} ${((await stat(join(folder, name))).mode & 0o077).toString(8)}`).toBe(`${name} 0`)
  const page = (id: number) => ({ slug: `p${id}`, title: 'P', level: 1 })
  raw.send(
    Array.from({ length: 50 }, (_, id) => ({ id, method: 'create', params: ['PageConfig', page(id)] })),
  )
  const first = await raw.next()
  const rest = Array.from({ length: 49 }, () => raw.next())
  expect(await daemon.kill('SIGTERM')).toBe(0)
  expect([first, ...(await Promise.all(rest))].filter(({ result }) => !result)).toEqual([])
  expect((await raw.closed).code).toBe(1001)
  expect((await readdir(folder)).sort()).toEqual(['app.sqlite', 'app.sqlite-daemon', 'audit.log'])
  // So does a terminal that is closed.
  await daemon.start()
  expect(await daemon.kill('SIGHUP')).toBe(0)
  expect((await readdir(folder)).sort()).toEqual(['app.sqlite', 'app.sqlite-daemon', 'audit.log'])
  expect(daemon.said).toBe('')
})
