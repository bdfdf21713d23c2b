/** An engine in this process over a fresh database, with a clock and randomness that a test controls. */

import { argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Driver } from '../../src/drivers/driver.ts'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineOptions } from '../../src/engine/engine-options.ts'
import type { PasswordHasher } from '../../src/engine/passwords.ts'
import type { Session } from '../../src/engine/session.ts'
import { DBALError } from '../../src/protocol/error.ts'
import type { Event } from '../../src/protocol/event.ts'
import { type Actor, type Principal, publicPrincipal } from '../../src/protocol/principal.ts'
import type { Reply } from '../../src/protocol/request.ts'
import { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'
import { TestClock } from './clock.ts'

export interface TestEngine {
  readonly engine: Engine
  readonly driver: Driver
  /** Epoch milliseconds that the engine sees; move it by assignment. */
  readonly clock: TestClock
  readonly incidents: unknown[]
  as(role: Actor | Principal, options?: { clientId?: string; userId?: string }): TestCaller
}

/** A caller that awaits one call at a time. */
export interface TestCaller {
  readonly session: Session
  readonly events: Event[]
  /** Rejects with the reply's DBALError. */
  call(method: string, ...params: unknown[]): Promise<unknown>
  send(
    ...requests: readonly {
      method: string
      params: readonly unknown[]
      id?: number
      transaction?: number
    }[]
  ): Promise<readonly Reply[]>
}

export async function openTestEngine(options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const driver = options.driver ?? (await openNodeSqlite(':memory:'))
  const clock = new TestClock(Date.parse('2026-01-15T10:30:00.000Z'))
  const incidents: unknown[] = []
  const engine = await Engine.open({
    schema: metabuilderSchema,
    driver,
    clock,
    random: { bytes: (count) => randomBytes(count) },
    passwords: quickPasswords,
    onIncident: (_, cause) => incidents.push(cause),
    ...options,
    // A busy machine would send events that no test expects.
    limits: { slowQueryMs: 60_000, ...options.limits },
  })
  return {
    engine,
    driver,
    clock,
    incidents,
    as: (role, more = {}) => connect(engine, principalOf(role, more.userId), more.clientId),
  }
}

export function principalOf(role: Actor | Principal, userId?: string): Principal {
  if (typeof role === 'object') return role
  if (role === 'public') return publicPrincipal
  const id = userId ?? `00000000-0000-7000-8000-0000000000${role.length.toString(16).padStart(2, '0')}`
  return { role, userId: id, username: role, email: `${role}@example.com`, sessionId: null }
}

function connect(engine: Engine, principal: Principal, clientId: string = crypto.randomUUID()): TestCaller {
  const events: Event[] = []
  const session = engine.connect({ principal, clientId, emit: (event) => events.push(event) })
  let id = 0
  const waiting = new Set<number>()
  const send: TestCaller['send'] = async (...given) => {
    const ack = Math.min(...waiting, id + 1)
    const requests = given.map((request) => ({ ...request, id: request.id ?? ++id }))
    for (const request of requests) waiting.add(request.id)
    try {
      return await session.exchange({ ack, requests })
    } finally {
      for (const request of requests) waiting.delete(request.id)
    }
  }
  return {
    session,
    events,
    send,
    async call(method, ...params) {
      const [reply] = await send({ method, params })
      if (!reply) throw new Error('no reply')
      if ('error' in reply) throw DBALError.fromWire(reply.error)
      return reply.result
    },
  }
}

/** argon2id as in production, with little memory: tests sign in often. */
export const quickPasswords: PasswordHasher = {
  async hash(password) {
    const nonce = randomBytes(16)
    return `${nonce.toString('base64')}$${derive(password, nonce).toString('base64')}`
  },
  async verify(password, encoded) {
    const [nonce = '', tag = ''] = encoded.split('$')
    const expected = Buffer.from(tag, 'base64')
    return expected.length > 0 && timingSafeEqual(derive(password, Buffer.from(nonce, 'base64')), expected)
  },
  isOutdated: () => false,
}

function derive(password: string, nonce: Buffer): Buffer {
  return argon2Sync('argon2id', {
    message: password,
    nonce,
    parallelism: 1,
    tagLength: 32,
    memory: 8,
    passes: 1,
  })
}
