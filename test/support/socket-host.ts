/** The daemon's sockets in this process, over whatever lets callers in. */

import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { readProxies } from '../../daemon/addresses.ts'
import { createGuard, type Guard } from '../../daemon/guard.ts'
import type { LetIn } from '../../daemon/identities.ts'
import { SignInAttempts } from '../../daemon/sign-in-attempts.ts'
import { type SocketServer, type SocketServerOptions, serveSockets } from '../../daemon/socket-server.ts'

export interface SocketHost {
  readonly endpoint: string
  readonly sockets: SocketServer
  /** What the observer was told, in order. */
  readonly seen: unknown[]
  /** Cuts every connection as a crash would. */
  cut(): void
  /** Reads nothing any more, as a machine that is gone. */
  hang(): void
  close(): Promise<void>
}

export const openGuard = (): Guard =>
  createGuard(null, new SignInAttempts({ most: 1_000_000, windowMs: 1_000 }))

export async function startSocketHost(
  letIn: LetIn,
  options: Partial<SocketServerOptions> = {},
): Promise<SocketHost> {
  const server = createServer()
  const seen: unknown[] = []
  const streams = new Set<Socket>()
  server.on('connection', (stream) => {
    streams.add(stream)
    stream.on('close', () => streams.delete(stream))
  })
  const note =
    (name: string) =>
    (...values: unknown[]) =>
      void seen.push([name, ...values])
  const sockets = serveSockets({
    server,
    letIn,
    guard: openGuard(),
    version: 1,
    allowedOrigins: [],
    trustedProxies: readProxies([]),
    maxConnections: 1_000,
    maxFrameBytes: 1_048_576,
    maxFrameRequests: 10_000,
    publicAccess: true,
    signInWithinMs: 5_000,
    pingEveryMs: 30_000,
    idleMs: 600_000,
    stallMs: 30_000,
    endTransactions: async () => false,
    observer: {
      connected: note('connected'),
      disconnected: note('disconnected'),
      refused: note('refused'),
      answered: note('answered'),
      dropped: note('dropped'),
    },
    ...options,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const stream of streams) stream.destroy()
  }
  return {
    endpoint: `ws://127.0.0.1:${port}`,
    sockets,
    seen,
    cut,
    hang() {
      for (const stream of streams) stream.removeAllListeners('data').pause()
    },
    async close() {
      await sockets.drain(1_000)
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
