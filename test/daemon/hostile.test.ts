/** More of what somebody may try who means harm: to hold what others need, to fill what fills, to see what is not theirs. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type DaemonSetup, Daemons, password } from '../support/daemon.ts'
import type { RawSocket } from '../support/raw-socket.ts'

const daemons = new Daemons()
afterEach(() => daemons.end())

const page = (slug: string) => ({ slug, title: slug, level: 1 })
const nobody = '00000000-0000-7000-8000-000000000000'

async function root(daemon: DaemonSetup) {
  const raw = await daemon.raw()
  const { result } = await raw.ask({
    id: 'in',
    method: 'auth.login',
    params: [{ username: 'root', password }],
  })
  return { raw, ...(result as { user: { id: string }; accessToken: string; refreshToken: string }) }
}

/** Bytes to the port, and what became of the connection. */
async function knock(daemon: DaemonSetup, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connectTcp(daemon.daemon.port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (data) => {
      heard += String(data)
    })
    // Reset is as good an end as any.
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
  })
}

/** Below the protocol. */
const tcpOf = ({ socket }: RawSocket): Socket => (socket as unknown as { _socket: Socket })._socket

const upgrade =
  'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'

describe('half-open connections', () => {
  test('that say nothing, or half of it, are ended, and take nobody’s place', async () => {
    const daemon = await daemons.start({ server: { handshake_timeout: 300, max_connections: 1 } })
    const ends = ['', 'GET / HTTP/1.1\r\nHost: x\r\n', upgrade].map((text) => knock(daemon, text))
    const raw = await daemon.raw()
    expect(await raw.ask({ id: 1, method: 'getCapabilities' })).toHaveProperty('result')
    for (const heard of await Promise.all(ends)) expect(heard).not.toContain('101 Switching')
    expect(await raw.ask({ id: 2, method: 'getCapabilities' })).toHaveProperty('result')
  })

  test('of pages that were refused take no place', async () => {
    const daemon = await daemons.start({ server: { max_connections: 1 } })
    const refused = Array.from({ length: 110 }, () => {
      const socket = connectTcp({ port: daemon.daemon.port, host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => {})
      socket.write(`${upgrade}Origin: https://elsewhere.example\r\n\r\n`)
      return new Promise<Socket>((resolve) => socket.resume().on('end', () => resolve(socket)))
    })
    const sockets = await Promise.all(refused)
    expect((await daemon.get('/ready')).status).toBe(200)
    for (const socket of sockets) socket.destroy()
  })

  test('that ask for a socket wrongly get none', async () => {
    const daemon = await daemons.start()
    for (const more of [
      'Sec-WebSocket-Key: short\r\n\r\n',
      '\r\n',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 12\r\n\r\n',
    ])
      expect(await knock(daemon, upgrade + more)).toMatch(/^HTTP\/1.1 4\d\d /)
    expect(await knock(daemon, `${upgrade.replace('websocket', 'h2c')}\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /)
    expect((await daemon.get('/ready')).status).toBe(200)
  })
})

describe('frames', () => {
  /** As bytes of the protocol: the first byte, and the payload, masked with zeros. */
  const frame = (first: number, payload = '') =>
    Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)])

  test('that break the protocol end their own connection, with its code', async () => {
    const daemon = await daemons.start()
    const other = await daemon.raw()
    for (const [what, bytes, code] of [
      ['not masked', Buffer.from([0x81, 2, 0x7b, 0x7d]), 1002],
      ['compressed, which was not agreed', frame(0xc1, '{}'), 1002],
      ['of an unknown kind', frame(0x83, '{}'), 1002],
      ['a ping in fragments', frame(0x09, 'x'), 1002],
      ['a rest without a beginning', frame(0x80, 'x'), 1002],
      ['a beginning within another', Buffer.concat([frame(0x01, '{'), frame(0x01, '{')]), 1002],
      ['a close with a code that is none', frame(0x88, '\x03\x01'), 1002],
      ['a length of 2^63', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
    ] as const) {
      const raw = await daemon.raw()
      tcpOf(raw).write(bytes)
      expect((await raw.closed).code, what).toBe(code)
      expect(await other.ask({ id: 1, method: 'getCapabilities' }), what).toHaveProperty('result')
    }
  })

  test('of 1 MiB that are hard to read are answered', async () => {
    const daemon = await daemons.start()
    const raw = await daemon.raw()
    const most = 1_048_000
    const keys = Array.from({ length: 80_000 }, (_, at) => `"k${at}":1`).join()
    for (const text of [
      '['.repeat(most),
      '{"a":'.repeat(most / 5),
      `{"id":1,"method":"count","params":["PageConfig",{${keys}}]}`,
      `{"id":1,"method":"count","params":["PageConfig","${'\\\\'.repeat(most / 2 - 50)}"]}`,
      `{"id":1,"method":"count","params":["PageConfig","${'\\"'.repeat(most / 2 - 50)}"]}`,
      `[${'1,'.repeat(most / 2 - 5)}1]`,
      `{"id":1,"method":"list","params":["PageConfig",{"filter":{"slug":{"in":[${'"x",'.repeat(200_000)}"x"]}}}]}`,
      `{"id":1,"method":"list","params":["PageConfig",{"filter":{"slug":{"like":"${'%_'.repeat(20_000)}"}}}]}`,
    ])
      expect(await raw.ask(text), text.slice(0, 60)).toMatchObject({ error: { code: 422 } })
    expect(await raw.ask({ id: 'still', method: 'getCapabilities' })).toHaveProperty('result')
  })

  test('of pings, which are never read, end their connection before they fill the memory', async () => {
    const daemon = await daemons.start()
    const raw = await daemon.raw()
    const tcp = tcpOf(raw)
    tcp.pause()
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => frame(0x89, 'x'.repeat(125))))
    let isOver = false
    tcp.on('error', () => {
      isOver = true
    })
    // More than the kernel takes: 125 MB.
    for (let at = 0; at < 1_000 && !isOver; at++) {
      if (!tcp.write(pings)) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(isOver).toBe(true)
    expect(await (await daemon.raw()).ask({ id: 1, method: 'getCapabilities' })).toHaveProperty('result')
  })
})

describe('tokens', () => {
  test('that are worth nothing are looked at so often, and no more', async () => {
    const daemon = await daemons.start({
      security: { rate_limit: { enabled: true, requests_per_minute: 1, burst: 119 } },
    })
    const { raw: admin, user, accessToken } = await root(daemon)
    const raw = await daemon.raw()
    const codes: (number | undefined)[] = []
    for (let id = 0; id < 150; id++) {
      const token = `dbal_a_${String(id).padStart(64, '0')}`
      raw.send({ id, method: 'count', params: ['PageConfig'], auth: { token, userId: nobody } })
    }
    for (let id = 0; id < 150; id++) codes.push((await raw.next()).error?.code)
    expect(codes.filter((code) => code === 401).length).toBeLessThanOrEqual(120)
    expect(codes.at(-1)).toBe(429)
    // Each refusal is an entry of the audit log.
    const { result } = await admin.ask({ id: 1, method: 'audit.head', params: [] })
    expect((result as { seq: number }).seq).toBeLessThan(130)
    // Who is known already is served on.
    const auth = { token: accessToken, userId: user.id }
    expect(await admin.ask({ id: 2, method: 'count', params: ['PageConfig'] })).toEqual({ id: 2, result: 0 })
    expect(await admin.ask({ id: 3, method: 'count', params: ['PageConfig'], auth })).toMatchObject({
      error: { code: 429 },
    })
  })

  test('that are worth nothing count at the opening of a session too', async () => {
    const daemon = await daemons.start({
      security: { rate_limit: { enabled: true, requests_per_minute: 1, burst: 4 } },
    })
    const codes: (number | undefined)[] = []
    for (let at = 0; at < 8; at++) {
      const params = [{ client: `client-with-a-long-name-${at}`, token: 'dbal_a_' }]
      codes.push((await (await daemon.raw()).ask({ id: at, method: 'session.open', params })).error?.code)
    }
    expect(codes).toEqual([...Array(5).fill(undefined), 429, 429, 429])
  })

  test('of a session that has ended are told to a connection that asks nothing', async () => {
    const daemon = await daemons.start()
    const admin = await root(daemon)
    const alice = await daemon.raw()
    await alice.ask({
      id: 1,
      method: 'auth.register',
      params: [{ username: 'alice', email: 'a@example.com', password }],
    })
    const told = alice.next()
    await admin.raw.ask({
      id: 1,
      method: 'set',
      params: ['Credential', { username: 'alice', password: 'Another-horse-9' }],
    })
    expect(await told).toMatchObject({ event: { type: 'session', state: 'ended', reason: 'revoked' } })
  })
})

describe('transactions', () => {
  test('that do nothing but keep others out get a share of the time, and no more', async () => {
    const daemon = await daemons.start({
      security: { rate_limit: { enabled: true, transaction_time_per_minute: 50 } },
      performance: { transaction_timeout: 200 },
    })
    const { raw: admin } = await root(daemon)
    const nosy = await daemon.raw()
    const begin = (id: number) => ({
      id,
      method: 'transaction.begin',
      params: [{ timeout: 200 }],
      transaction: id,
    })
    expect(await nosy.ask(begin(1))).toMatchObject({ result: true })
    for (let at = 2; at <= 20; at++) nosy.send(begin(at))
    expect(await nosy.ask({ id: 'sent', method: 'session.ping' })).toMatchObject({ id: 'sent' })
    // Behind all twenty: at 200 ms each it would wait for four seconds.
    expect(await admin.ask({ id: 1, method: 'create', params: ['PageConfig', page('a')] })).toHaveProperty(
      'result',
    )
    for (let at = 2; at <= 20; at++)
      expect(await nosy.next()).toMatchObject({
        error: { code: 429, details: { retryAfter: expect.any(Number) } },
      })
    expect(await admin.ask({ id: 2, method: 'transaction.begin', params: [], transaction: 1 })).toMatchObject(
      { result: true },
    )
  })

  test('may not ask for more time than the daemon gives, and have that without asking', async () => {
    const daemon = await daemons.start({ performance: { transaction_timeout: 1_000 } })
    const raw = await daemon.raw()
    for (const options of [{ timeout: 1_001 }, { idleTimeout: 1_001 }, { timeout: 1e9 }])
      expect(
        await raw.ask({ id: 1, method: 'transaction.begin', params: [options], transaction: 1 }),
      ).toMatchObject({ error: { code: 422 } })
    expect(await raw.ask({ id: 2, method: 'transaction.begin', params: [], transaction: 1 })).toMatchObject({
      result: true,
    })
  })
})

describe('the metrics', () => {
  const read = async (daemon: DaemonSetup, headers: Record<string, string> = {}) =>
    (await fetch(`http://127.0.0.1:${daemon.daemon.port}/metrics`, { headers })).status

  test('are for this machine, and not for whom it passes on', async () => {
    const daemon = await daemons.start()
    expect(await read(daemon)).toBe(200)
    for (const headers of [
      { 'x-forwarded-for': '127.0.0.1' },
      { 'x-forwarded-for': '203.0.113.7' },
      { forwarded: 'for=127.0.0.1' },
    ])
      expect(await read(daemon, headers as Record<string, string>)).toBe(403)
  })

  test('are for the networks that are named, behind a proxy too', async () => {
    const daemon = await daemons.start({
      server: { trusted_proxies: ['127.0.0.1'], metrics_from: ['10.1.0.0/16'] },
    })
    expect(await read(daemon, { 'x-forwarded-for': '10.1.2.3' })).toBe(200)
    expect(await read(daemon, { 'x-forwarded-for': '203.0.113.7' })).toBe(403)
    expect(await read(daemon, { 'x-forwarded-for': '10.1.2.3, 203.0.113.7' })).toBe(403)
    expect(await read(daemon)).toBe(403)
    expect((await daemon.get('/ready')).status).toBe(200)
  })
})

describe('stopping', () => {
  test('ends although a client does not read and another has a transaction open', async () => {
    const daemon = await daemons.start({ server: { drain_timeout: 300 } })
    const { raw: admin } = await root(daemon)
    const layout = { text: 'x'.repeat(250_000) }
    for (const slug of ['a', 'b', 'c'])
      await admin.ask({ id: slug, method: 'create', params: ['PageConfig', { ...page(slug), layout }] })
    const deaf = await daemon.raw()
    deaf.socket.pause()
    for (let id = 0; id < 60; id++) deaf.send({ id, method: 'list', params: ['PageConfig', {}] })
    const holding = await daemon.raw()
    await holding.ask({ id: 1, method: 'transaction.begin', params: [], transaction: 1 })
    await daemon.daemon.stop()
    expect(daemon.log.at(-1)).toMatchObject({ msg: 'stopped' })
    expect(daemon.log.filter(({ msg }) => msg === 'incident')).toEqual([])
    expect((await holding.closed).code).toBe(1001)
  })
})

describe('the log', () => {
  test('has no value, no password and no token in it, whatever fails and however slow it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dbal-log-'))
    const auditFile = join(folder, 'audit.log')
    const daemon = await daemons.start({
      logging: { slow_query_threshold_ms: 1, level: 'trace' },
      security: { audit_log_path: auditFile },
    })
    const { raw, accessToken, refreshToken } = await root(daemon)
    const secret = 'zebra-crossing'
    const texts = { username: `${secret}-1`, email: `${secret}@example.com` }
    const bad = { token: `dbal_a_${secret}`, userId: secret }
    for (const [method, ...params] of [
      ['create', 'User', { ...texts, bio: secret }],
      ['create', 'User', texts],
      ['create', 'User', { ...texts, role: secret }],
      ['create', 'PageConfig', { ...page(secret), layout: { deep: secret } }],
      ['create', 'PageConfig', page(secret)],
      ['list', 'User', { filter: { username: { like: `%${secret}%` } }, sort: { [secret]: 'asc' } }],
      ['list', 'User', { filter: { bio: secret } }],
      ['search', 'User', secret],
      ['read', 'User', secret],
      ['list', secret, {}],
      [secret],
      ['auth.login', { username: secret, password: secret }],
      ['auth.refresh', { refreshToken: `dbal_r_${secret}` }],
      ['auth.resume', { token: accessToken, userId: secret }],
      ['auth.changePassword', { currentPassword: secret, newPassword: `${secret}-A1` }],
      ['set', 'Credential', { username: `${secret}-1`, password: `${secret}-A1` }],
      ['createMany', 'PageConfig', Array.from({ length: 500 }, (_, at) => page(`${secret}-${at}`))],
      ['session.open', { client: `${secret}-client`, token: `dbal_a_${secret}` }],
    ] as [string, ...unknown[]][]) {
      raw.send({ id: secret, method, params })
      raw.send({ id: secret, method, params, auth: bad })
      for (let replies = 0; replies < 2; ) if ((await raw.next()).id === secret) replies++
    }
    raw.send(`{"id":1,"method":"${secret}`)
    const refused = await daemon.raw({ headers: { cookie: secret, authorization: secret } })
    await refused.ask({ id: 1, method: 'count', params: ['PageConfig'] })
    await expect(daemon.raw({ origin: `https://${secret}.example` })).rejects.toThrow('403')
    await daemon.get(`/metrics?${secret}`)
    const metrics = await (await daemon.get('/metrics')).text()
    expect(daemon.log.some(({ msg }) => msg === 'slow query')).toBe(true)
    await daemon.daemon.stop()
    // The audit log tells what was changed, which is what it is for; never how somebody got in.
    const audit = await readFile(auditFile, 'utf8')
    await rm(folder, { recursive: true })
    expect(audit).toContain('auth.login')
    for (const one of [password, `${secret}-A1`, accessToken, refreshToken, '$argon2'])
      expect(audit).not.toContain(one)
    const written = JSON.stringify(daemon.log)
    for (const one of [secret, password, accessToken, refreshToken, daemon.folder]) {
      expect(written).not.toContain(one)
      expect(metrics).not.toContain(one)
    }
  })
})
