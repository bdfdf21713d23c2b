/**
 * Frames of every kind of wrong: `DBAL_FRAMES=1000000` for longer, `DBAL_SEED` for the same ones again. An unhandled
 * rejection or an uncaught exception anywhere fails the run by itself; beside that every frame is answered or closes its own
 * connection, and no answer is an INTERNAL_ERROR.
 */

import { afterAll, expect, test } from 'vitest'
import { Random } from '../kysely/support/random.ts'
import { type DaemonSetup, Daemons, password } from '../support/daemon.ts'
import type { RawSocket } from '../support/raw-socket.ts'

const daemons = new Daemons()
afterAll(() => daemons.end())

const frames = Number(process.env['DBAL_FRAMES'] ?? 20_000)
const seed = Number(process.env['DBAL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

const methods = [
  'create',
  'createMany',
  'read',
  'update',
  'updateMany',
  'delete',
  'deleteMany',
  'upsert',
  'list',
  'findFirst',
  'count',
  'aggregate',
  'search',
  'getTree',
  'move',
  'reorder',
  'getBySlug',
  'listByLevel',
  'set',
  'firstLogin',
  'batch',
  'transaction.commit',
  'transaction.rollback',
  'transaction.savepoint',
  'getCapabilities',
  'stats',
  'auth.refresh',
  'auth.resume',
  'auth.me',
  'auth.requestReset',
  'kysely.execute',
  'live.open',
  'live.close',
  'audit.list',
  'audit.head',
  'audit.export',
  'migrations.status',
  'database.schema',
  'database.analyze',
  'session.open',
  'session.ping',
  'session.close',
  '__proto__',
  'constructor',
  'toString',
  '',
]
const entities = [
  'User',
  'PageConfig',
  'ComponentNode',
  'Workflow',
  'LuaScript',
  'InstalledPackage',
  'Credential',
  'Session',
  'sqlite_master',
  '_dbal_audit',
  '',
]
const words = [
  'id',
  'username',
  'role',
  'slug',
  'level',
  'layout.a',
  'and',
  'or',
  'not',
  'eq',
  'in',
  'like',
  'between',
  'filter',
  'sort',
  'select',
  'include',
  'limit',
  'page',
  'cursor',
  'groupBy',
  'having',
  'where',
  'create',
  'update',
  'constructor',
  '$bigint',
  '$plain',
  '$bytes',
  'token',
  'userId',
  'client',
  "'; drop table User; --",
  'x'.repeat(300),
  '\0',
  '\ud800',
  '',
]

/** @returns a text, or bytes that are none */
function frameOf(random: Random): string | Buffer {
  const kind = random.below(20)
  if (random.below(200) === 0)
    return Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)))
  if (kind <= 1)
    return Array.from({ length: random.below(60) }, () =>
      random.pick(['{', '}', '[', ']', '"', ',', ':', '\\', 'id', '1', 'null', ' ']),
    ).join('')
  if (kind === 2) return JSON.stringify(anyValue(random, 4))
  const text = JSON.stringify(
    kind < 7 ? Array.from({ length: random.below(5) }, () => requestOf(random)) : requestOf(random),
  )
  if (kind > 16) return mutated(text, random)
  return text
}

function requestOf(random: Random): object {
  const request: Record<string, unknown> = {
    id: random.below(12) === 0 ? anyValue(random, 1) : random.below(1_000),
    method: random.below(12) === 0 ? anyValue(random, 1) : random.pick(methods),
    params: random.below(12) === 0 ? anyValue(random, 2) : [random.pick(entities), ...listOf(random)],
  }
  for (const name of ['auth', 'transaction', 'ack', 'principal'])
    if (random.below(12) === 0) request[name] = random.below(2) ? random.below(5) : anyValue(random, 2)
  return request
}

const listOf = (random: Random): unknown[] =>
  Array.from({ length: random.below(4) }, () => anyValue(random, 4))

function anyValue(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 10 : 7)) {
    case 0:
      return random.pick(words)
    case 1:
      return random.below(100) - 50
    case 2:
      return random.pick([0, -1, 1e308, 2 ** 53, 0.1, 1e-320])
    case 3:
      return random.pick([true, false, null])
    case 4:
      return { $bigint: String(random.pick([0, '99999999999999999999', 'x'])) }
    case 5:
      return { $bytes: random.pick(['AA==', 'A', '']) }
    case 6:
      return random.pick(entities)
    case 7:
      return listOf(random)
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [random.pick(words), anyValue(random, depth - 1)]),
      )
  }
}

function mutated(text: string, random: Random): string {
  const at = random.below(text.length)
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + random.below(3))
    case 2:
      return text.slice(0, at) + String.fromCharCode(random.below(0x3000)) + text.slice(at)
    default:
      return text.slice(0, at) + text.slice(random.below(text.length))
  }
}

/** Sends frames until one closes the connection, and waits until all are answered. */
async function volley(raw: RawSocket, random: Random, count: number): Promise<number> {
  let isClosed = false
  void raw.closed.then(() => {
    isClosed = true
  })
  const sentinel = `after ${random.below(2 ** 31)}`
  for (let at = 0; at < count; at++) {
    const frame = frameOf(random)
    // Bytes that claim to be text are what closes a connection most often.
    raw.socket.send(frame, { binary: typeof frame !== 'string' && random.below(4) > 0 })
  }
  raw.send({ id: sentinel, method: 'session.ping' })
  let internal = 0
  while (!isClosed) {
    const message = await Promise.race([raw.next(), raw.closed.then(() => null)])
    if (message === null) break
    for (const one of Array.isArray(message) ? message : [message]) {
      if (one.error?.code === 500) internal++
      if (one.id === sentinel) return internal
    }
  }
  return internal
}

async function connect(daemon: DaemonSetup, isSignedIn: boolean): Promise<RawSocket> {
  const raw = await daemon.raw()
  if (isSignedIn) {
    const reply = await raw.ask({ id: 0, method: 'auth.login', params: [{ username: 'root', password }] })
    expect(reply.result).toBeDefined()
  }
  return raw
}

test(
  `${frames} frames (seed ${seed}) harm nobody`,
  async () => {
    const daemon = await daemons.start()
    const random = new Random(seed)
    const bystander = daemon.connect()
    await bystander.ready
    let internal = 0
    for (let sent = 0; sent < frames; ) {
      const raw = await connect(daemon, sent % 400 === 0)
      for (let at = 0; at < 4 && raw.socket.readyState === 1; at++, sent += 25)
        internal += await volley(raw, random, 25)
      raw.socket.terminate()
    }
    expect(daemon.log.filter(({ msg }) => msg === 'incident')).toEqual([])
    expect(internal).toBe(0)
    await bystander.pageConfigs.count()
    const root = daemon.connect()
    await root.auth.login({ username: 'root', password })
    expect(await root.checkIntegrity()).toEqual({ ok: true, problems: [] })
    expect((await root.audit.verify()).ok).toBe(true)
  },
  600_000 + frames * 10,
)
