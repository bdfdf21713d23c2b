/** Worlds behind a socket: the client over its WebSocket transport, the daemon's own connections at the other end. */

import { DBALClient } from '../../src/client/client.ts'
import { liveQuery, toKysely } from '../../src/kysely/index.ts'
import { publicPrincipal } from '../../src/protocol/principal.ts'
import { principalOf } from '../../src/serve/identity.ts'
import { serveCaller } from '../../src/serve/serve-caller.ts'
import { WebSocketTransport } from '../../src/transport/websocket.ts'
import { startSocketHost } from '../support/socket-host.ts'
import { openMemoryEngine } from './node-worlds.ts'
import { type CreateWorld, clientEndpoint } from './world.ts'

/** What stands in a token here, in place of one that somebody signed in with: the cases name callers who have no row. */
export const socketWorld: CreateWorld = async (options) => {
  const engine = await openMemoryEngine(options)
  const host = await startSocketHost(
    ({ token, ...caller }) =>
      serveCaller({
        ...caller,
        engine,
        principal: token === null ? publicPrincipal : principalOf(JSON.parse(token)),
        maxFrameRequests: 10_000,
        report: String,
      }),
    // Cases send values of 2 MB, to see what the engine says of them.
    { version: engine.version, maxFrameBytes: 8_388_608 },
  )
  return {
    connect(identity) {
      const token = identity && JSON.stringify(identity)
      const transport = new WebSocketTransport({ endpoint: host.endpoint, token })
      return clientEndpoint(
        new DBALClient({ transport, ...(options.schema && { schema: options.schema }) }) as DBALClient,
        { liveQuery, toKysely },
      )
    },
    async close() {
      await host.close()
      await engine.close()
    },
  }
}
