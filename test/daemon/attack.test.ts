/** What somebody may try who means harm: always a defined answer or close code, and everybody else is served on. */

import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { lookAlikes } from '../../daemon/origins.cases.ts'
import { type DaemonSetup, Daemons, password } from '../support/daemon.ts'

const daemons = new Daemons()
afterEach(() => daemons.end())

async function administrator(daemon: DaemonSetup) {
  const client = daemon.connect()
  await client.auth.login({ username: 'root', password })
  return client
}

describe('the handshake', () => {
  test(`refuses ${lookAlikes.length} look-alikes of an allowed origin, and takes the origin itself and no origin`, async () => {
    const daemon = await daemons.start({
      server: { allowed_origins: ['https://app.example.com', 'http://localhost:5173'] },
    })
    for (const origin of ['https://app.example.com', undefined]) {
      const raw = await daemon.raw(origin === undefined ? {} : { origin })
      expect(await raw.ask({ id: 1, method: 'getCapabilities' })).toHaveProperty('result')
    }
    for (const origin of lookAlikes) {
      // What cannot stand in a header never leaves a browser; `ws` refuses to send it. An empty one is not sent.
      if (/[^\x20-\x7e]/.test(origin) || origin === '' || origin.trim() !== origin) continue
      await expect(daemon.raw({ origin }), origin).rejects.toThrow('403')
    }
  })

  test('no origin but the demo’s is allowed where none is named, and other paths are nothing', async () => {
    const daemon = await daemons.start()
    await daemon.raw({ origin: 'http://localhost:5173' })
    await expect(daemon.raw({ origin: 'http://localhost:3000' })).rejects.toThrow('403')
    await expect(daemon.raw({ origin: 'null' })).rejects.toThrow('403')
    const { endpoint } = daemon.daemon
    const { openRaw } = await import('../support/raw-socket.ts')
    for (const path of ['/db', '/?x', '//', '/health', '/index.html']) {
      await expect(openRaw(`${endpoint}${path}`), path).rejects.toThrow('404')
    }
  })

  test('takes no more connections than it may', async () => {
    const daemon = await daemons.start({ server: { max_connections: 3 } })
    await Promise.all([daemon.raw(), daemon.raw(), daemon.raw()])
    await expect(daemon.raw()).rejects.toThrow('503')
    expect((await daemon.get('/health')).status).toBe(200)
  })

  test('of bytes that are no HTTP ends that connection alone', async () => {
    const daemon = await daemons.start()
    const bytes = [
      '\0'.repeat(1_000),
      'GET',
      'GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
    ]
    for (const one of bytes) await speak(daemon, one)
    expect((await daemon.get('/ready')).status).toBe(200)
  })
})

function speak(daemon: DaemonSetup, text: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connectTcp(daemon.daemon.port, '127.0.0.1', () => {
      socket.end(text)
    })
    socket.on('error', () => resolve(socket))
    socket.on('close', () => resolve(socket))
    socket.resume()
  })
}

describe('too much', () => {
  test('of requests is refused for their user, and nobody else', async () => {
    const daemon = await daemons.start({ security: { rate_limit: { enabled: true } } })
    const raw = await daemon.raw()
    const replies: unknown[] = []
    raw.send(Array.from({ length: 150 }, (_, id) => ({ id, method: 'count', params: ['PageConfig'] })))
    for (let at = 0; at < 150; at++) replies.push(await raw.next())
    const refused = replies.filter((reply) => (reply as { error?: { code: number } }).error?.code === 429)
    expect(refused).toHaveLength(30)
    expect(refused[0]).toMatchObject({
      error: { details: { name: 'RATE_LIMIT_EXCEEDED', retryAfter: expect.any(Number) } },
    })
    // Somebody who is signed in has a bucket of their own; getting in counts for the address, though.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const client = await administrator(daemon)
    expect(await client.pageConfigs.count()).toBe(0)
  })

  test('of sign-ins at once: each is answered, the right one gets in later, and others are served meanwhile', async () => {
    const daemon = await daemons.start({ security: { sign_in_failures_per_address: 1_000_000 } })
    const other = await daemon.raw()
    const raw = await daemon.raw()
    const codes = new Map<number | undefined, number>()
    for (let id = 0; id < 1_000; id++)
      raw.send({ id, method: 'auth.login', params: [{ username: `nobody${id}`, password: 'a guess' }] })
    const served = other.ask({ id: 'x', method: 'count', params: ['PageConfig'] })
    for (let at = 0; at < 1_000; at++) {
      const { error } = await raw.next()
      codes.set(error?.code, (codes.get(error?.code) ?? 0) + 1)
    }
    expect(await served).toEqual({ id: 'x', result: 0 })
    expect([...codes.keys()].sort()).toEqual([401, 429])
    await administrator(daemon)
  }, 120_000)

  test('of wrong passwords from one address', async () => {
    const daemon = await daemons.start({ security: { sign_in_failures_per_address: 3 } })
    const raw = await daemon.raw()
    const guess = (id: number) =>
      raw.ask({ id, method: 'auth.login', params: [{ username: `user${id}`, password: 'a guess' }] })
    for (let id = 0; id < 3; id++) expect((await guess(id)).error?.code).toBe(401)
    expect(await guess(3)).toMatchObject({
      error: { code: 429, details: { retryAfter: expect.any(Number) } },
    })
  })
})

describe('a client that', () => {
  test('never reads is dropped, and the others hear of every change', async () => {
    const daemon = await daemons.start()
    const client = await administrator(daemon)
    const deaf = await daemon.raw()
    await deaf.ask({ id: 1, method: 'live.open', params: ['PageConfig', { limit: 100 }, 1] })
    deaf.socket.pause()
    // More than any buffer of the kernel: replies of 1 MB, asked for and never read.
    const layout = { text: 'x'.repeat(250_000) }
    for (let at = 0; at < 4; at++)
      await client.pageConfigs.create({ slug: `p${at}`, title: 'P', level: 1, layout })
    for (let id = 2; id < 300; id++) deaf.send({ id, method: 'list', params: ['PageConfig', { limit: 100 }] })
    const before = process.memoryUsage().rss
    const rows = vi.fn()
    client.pageConfigs.live({ filter: { slug: 'last' } }, rows)
    await client.pageConfigs.create({ slug: 'last', title: 'Last', level: 1 })
    await vi.waitFor(() => expect(rows.mock.lastCall?.[0]).toHaveLength(1))
    // It is not read from any more, so that what it costs is bounded.
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
    deaf.socket.terminate()
  })

  test('is silent while it is asked whether it is there, is dropped', async () => {
    const daemon = await daemons.start({ server: { ping_interval: 100 } })
    const raw = await daemon.raw({ autoPong: false })
    expect((await raw.closed).code).toBe(1006)
    expect(daemon.log.some(({ msg, reason }) => msg === 'connection dropped' && reason === 'silent')).toBe(
      true,
    )
  })

  test('asks nothing for long is closed; one that listens is not', async () => {
    const daemon = await daemons.start({ server: { ping_interval: 100, idle_timeout: 300 } })
    const listening = await daemon.raw()
    listening.send({ id: 1, method: 'live.open', params: ['PageConfig', {}, 1] })
    const idle = await daemon.raw()
    expect(await idle.closed).toEqual({ code: 4003, reason: 'idle' })
    expect(listening.socket.readyState).toBe(1)
  })

  test('comes as another that is connected takes its place, not its rows', async () => {
    const daemon = await daemons.start()
    const client = 'client-with-a-long-name'
    const first = await daemon.raw()
    await first.ask({ id: 's', method: 'session.open', params: [{ client }] })
    const { result } = await first.ask({
      id: 1,
      ack: 1,
      method: 'auth.register',
      params: [{ username: 'alice', email: 'a@example.com', password }],
    })
    const { accessToken } = result as { accessToken: string }
    const thief = await daemon.raw()
    expect(await thief.ask({ id: 's', method: 'session.open', params: [{ client }] })).toMatchObject({
      result: { protocol: 1 },
    })
    expect((await first.closed).code).toBe(4002)
    // The number of a request that alice has made tells nothing of its reply.
    const asked = await thief.ask({ id: 1, ack: 1, method: 'auth.me', params: [] })
    expect(asked.error?.code).toBe(401)
    expect(JSON.stringify(asked)).not.toContain(accessToken)
  })

  test.each([
    ['no name', [{}]],
    ['a short name', [{ client: 'short' }]],
    ['a name with a path', [{ client: '../../../../etc/passwd' }]],
    ['a role', [{ client: 'x'.repeat(20), role: 'supergod' }]],
    ['a list', [[]]],
    ['two parameters', [{ client: 'x'.repeat(20) }, 1]],
    ['a token of another kind', [{ client: 'x'.repeat(20), token: { sub: 'root' } }]],
  ])('opens its session with %s is refused', async (_name, params) => {
    const daemon = await daemons.start()
    const raw = await daemon.raw()
    expect(await raw.ask({ id: 1, method: 'session.open', params })).toMatchObject({ error: { code: 422 } })
  })

  test('opens another session, or late, or does not number its requests is refused', async () => {
    const daemon = await daemons.start()
    const open = { id: 's', method: 'session.open', params: [{ client: 'x'.repeat(20) }] }
    const raw = await daemon.raw()
    const opened = await raw.ask(open)
    expect(opened).toHaveProperty('result')
    // What arrives twice is answered twice.
    expect(await raw.ask(open)).toEqual(opened)
    const another = { ...open, params: [{ client: 'y'.repeat(20) }] }
    expect(await raw.ask(another)).toMatchObject({ error: { code: 422 } })
    for (const request of [
      { id: 'a', ack: 1, method: 'count', params: ['PageConfig'] },
      { id: 0, ack: 0, method: 'count', params: ['PageConfig'] },
      { id: 5, method: 'count', params: ['PageConfig'] },
      { id: 5, ack: 6, method: 'count', params: ['PageConfig'] },
    ])
      expect(await raw.ask(request)).toMatchObject({ error: { code: 422 } })
    expect(await raw.ask({ id: 5, ack: 5, method: 'count', params: ['PageConfig'] })).toEqual({
      id: 5,
      result: 0,
    })
    const late = await daemon.raw()
    await late.ask({ id: 1, method: 'count', params: ['PageConfig'] })
    expect(await late.ask(open)).toMatchObject({ error: { code: 422 } })
  })

  test('uses a refresh token again, later, ends its session on every connection', async () => {
    const daemon = await daemons.start()
    const client = daemon.connect()
    const first = await client.auth.register({ username: 'alice', email: 'a@example.com', password })
    const second = await client.auth.refresh({ refreshToken: first.refreshToken })
    // Within ten seconds the reply may have been lost.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      const thief = daemon.connect()
      await expect(thief.auth.refresh({ refreshToken: first.refreshToken })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      })
      await expect(client.auth.me()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
      await expect(client.auth.refresh({ refreshToken: second.refreshToken })).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      })
    } finally {
      vi.useRealTimers()
    }
  })

  test('says where it is, is believed only from a trusted proxy', async () => {
    const guesses = async (daemon: DaemonSetup) => {
      const codes: (number | undefined)[] = []
      for (let at = 0; at < 4; at++) {
        const raw = await daemon.raw({ headers: { 'x-forwarded-for': `203.0.113.${at}` } })
        const params = [{ username: `user${at}`, password: 'a guess' }]
        codes.push((await raw.ask({ id: 1, method: 'auth.login', params })).error?.code)
      }
      return codes
    }
    const security = { sign_in_failures_per_address: 2 }
    expect(await guesses(await daemons.start({ security }))).toEqual([401, 401, 429, 429])
    const behind = await daemons.start({ security, server: { trusted_proxies: ['127.0.0.1'] } })
    expect(await guesses(behind)).toEqual([401, 401, 401, 401])
  })

  test('puts SQL and paths into every text gets an answer and no more', async () => {
    const daemon = await daemons.start()
    const client = await administrator(daemon)
    const raw = await daemon.raw()
    const { result } = await raw.ask({
      id: 0,
      method: 'auth.login',
      params: [{ username: 'root', password }],
    })
    expect(result).toBeDefined()
    const texts = [
      "'; drop table User; --",
      '"; drop table User; --',
      '../../../../etc/passwd',
      'x\0y',
      `\${jndi:ldap://x}`,
      '$user.id',
      '%00',
      '\u202e',
    ]
    let id = 0
    for (const text of texts) {
      for (const request of [
        { method: text, params: [] },
        { method: 'list', params: [text] },
        { method: 'list', params: ['User', { filter: { [text]: 1 } }] },
        { method: 'list', params: ['User', { filter: { username: text } }] },
        { method: 'list', params: ['User', { sort: { [text]: 'asc' } }] },
        { method: 'list', params: ['User', { select: [text] }] },
        { method: 'list', params: ['User', { cursor: text }] },
        { method: 'list', params: ['User', { include: { [text]: true } }] },
        { method: 'list', params: ['PageConfig', { filter: { [`layout.${text}`]: 1 } }] },
        { method: 'search', params: ['User', text] },
        { method: 'read', params: ['User', text] },
        { method: 'aggregate', params: ['User', { groupBy: [text], count: true }] },
        { method: 'live.open', params: [text, {}, 1] },
        { method: 'live.open', params: ['User', {}, text] },
        { method: 'auth.login', params: [{ username: text, password: text }] },
        { method: 'audit.list', params: [{ filter: { operation: text } }] },
        { method: 'transaction.savepoint', params: [text], transaction: 1 },
        { method: 'kysely.execute', params: [{ tree: text, params: [] }] },
      ]) {
        id++
        raw.send({ id, ...request })
        let reply = await raw.next()
        while (reply.id !== id) reply = await raw.next()
        const told = JSON.stringify(reply).replaceAll(JSON.stringify(text).slice(1, -1), '')
        expect(told, JSON.stringify(request)).not.toMatch(
          /sqlite_|near \\?"|syntax error|node_modules|\/work\/|at .*\.ts:/i,
        )
        expect(reply.error?.code ?? 200, JSON.stringify(request)).not.toBe(500)
      }
    }
    expect((await client.users.list()).data).toHaveLength(1)
  })
})

describe('the server', () => {
  test('answers /health, /ready and /metrics, and nothing else', async () => {
    const daemon = await daemons.start()
    const raw = await daemon.raw()
    await raw.ask({ id: 1, method: 'count', params: ['PageConfig'] })
    await raw.ask({ id: 2, method: 'count', params: ['User'] })
    await raw.ask({ id: 3, method: 'x'.repeat(90), params: [] })
    expect(await (await daemon.get('/health')).json()).toEqual({
      status: 'ok',
      version: expect.any(String),
      uptime: expect.any(Number),
      connections: { active: 1, total: 1 },
      database: { connected: true, latency_ms: expect.any(Number) },
    })
    expect(await (await daemon.get('/ready')).json()).toEqual({ ready: true })
    const metrics = await (await daemon.get('/metrics')).text()
    for (const line of [
      'dbal_requests_total{method="count",status="200"} 1',
      'dbal_requests_total{method="count",status="403"} 1',
      'dbal_requests_total{method="unknown",status="422"} 1',
      'dbal_active_connections 1',
      'dbal_acl_checks_total{result="allowed"} 1',
      'dbal_acl_checks_total{result="denied"} 1',
      'dbal_request_duration_seconds_count{method="count"} 2',
    ])
      expect(metrics).toContain(line)
    expect((await daemon.get('/')).status).toBe(426)
    expect((await daemon.get('/etc/passwd')).status).toBe(404)
    expect((await daemon.get('/../../package.json')).status).toBe(404)
    const posted = await fetch(`http://127.0.0.1:${daemon.daemon.port}/health`, { method: 'POST', body: 'x' })
    expect(posted.status).toBe(405)
  })

  test('writes no password and no token into its log', async () => {
    const daemon = await daemons.start()
    const client = await administrator(daemon)
    const { accessToken, refreshToken } = await client.auth.login({ username: 'root', password })
    await client.auth.login({ username: 'root', password: 'A-wrong-one-1' }).catch(() => undefined)
    const written = JSON.stringify(daemon.log) + (await readFile(join(daemon.folder, 'app.sqlite'), 'latin1'))
    for (const secret of [password, 'A-wrong-one-1', accessToken, refreshToken])
      expect(written).not.toContain(secret)
  })

  test('over TLS serves wss, and no plain socket', async () => {
    const daemon = await daemons.start()
    const files = { key_file: join(daemon.folder, 'key.pem'), cert_file: join(daemon.folder, 'cert.pem') }
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        '-keyout',
        files.key_file,
        '-out',
        files.cert_file,
      ],
      { stdio: 'ignore' },
    )
    const secure = await daemons.start({
      server: { tls: { enabled: true, ...files }, handshake_timeout: 500 },
    })
    expect(secure.daemon.endpoint).toMatch(/^wss:/)
    const raw = await secure.raw({ rejectUnauthorized: false })
    expect(await raw.ask({ id: 1, method: 'count', params: ['PageConfig'] })).toEqual({ id: 1, result: 0 })
    const { openRaw } = await import('../support/raw-socket.ts')
    await expect(openRaw(secure.daemon.endpoint.replace('wss', 'ws'))).rejects.toThrow()
    // One that never says hello.
    await new Promise((resolve) => connectTcp(secure.daemon.port, '127.0.0.1').resume().on('close', resolve))
  })

  test('that drains answers what it took, closes with 1001, and leaves a file that is whole', async () => {
    const daemon = await daemons.start()
    const raw = await daemon.raw()
    await raw.ask({ id: 0, method: 'auth.login', params: [{ username: 'root', password }] })
    raw.send(
      Array.from({ length: 200 }, (_, id) => ({
        id,
        method: 'create',
        params: ['PageConfig', { slug: `p${id}`, title: 'P', level: 1 }],
      })),
    )
    const first = await raw.next()
    const rest = Array.from({ length: 199 }, () => raw.next())
    await daemon.daemon.stop()
    expect([first, ...(await Promise.all(rest))].every(({ result }) => result)).toBe(true)
    expect(await raw.closed).toEqual({ code: 1001, reason: 'going away' })
    await expect(daemon.get('/ready')).rejects.toThrow()
    await expect(readFile(join(daemon.folder, 'app.sqlite-wal'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('does not start over a file that is no database', async () => {
    const { folder } = await daemons.start()
    const file = join(folder, 'text.sqlite')
    await writeFile(file, 'this is no database'.repeat(100))
    await expect(daemons.start({ database: { url: `file:${file}` } })).rejects.toThrow()
    expect(await readFile(file, 'utf8')).toBe('this is no database'.repeat(100))
  })
})
