/** The daemon's own line to its engine: what it does in nobody's name. */

import { randomUUID } from 'node:crypto'
import type { Engine } from '../src/engine/engine.ts'
import { DBALError } from '../src/protocol/error.ts'
import { systemPrincipal } from '../src/protocol/principal.ts'

export interface System {
  /** @throws DBALError */
  call(method: string, params: readonly unknown[]): Promise<unknown>
  close(): void
}

export function connectSystem(engine: Pick<Engine, 'connect'>): System {
  const session = engine.connect({ principal: systemPrincipal, clientId: randomUUID(), emit() {} })
  let last = 0
  return {
    async call(method, params) {
      const id = ++last
      const [reply] = await session.exchange({ ack: id, requests: [{ id, method, params }] })
      if (!reply) throw new TypeError(`${method} got no reply`)
      if ('error' in reply) throw DBALError.fromWire(reply.error)
      return reply.result
    },
    close: () => session.close(),
  }
}
