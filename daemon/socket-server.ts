/**
 * The WebSocket side of the server: who may connect, how many, and which of them still live. The defaults of `ws` are meant
 * for trusted peers (100 MiB a message, compression, 131,072 fragments); here they are set.
 */

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { closeCodes } from '../src/protocol/socket.ts'
import { clientAddress, type TrustedProxies } from './addresses.ts'
import { type Answered, Connection } from './connection.ts'
import type { Guard } from './guard.ts'
import type { LetIn } from './identities.ts'
import { isAllowedOrigin } from './origins.ts'

export interface SocketServerOptions {
  readonly server: Server
  readonly letIn: LetIn
  readonly guard: Guard
  readonly version: number
  readonly allowedOrigins: readonly string[]
  readonly trustedProxies: TrustedProxies
  readonly maxConnections: number
  readonly maxFrameBytes: number
  readonly maxFrameRequests: number
  readonly publicAccess: boolean
  readonly signInWithinMs: number
  readonly pingEveryMs: number
  readonly idleMs: number
  readonly stallMs: number
  /** Resolves when no transaction is open any more, with whether any was. */
  readonly endTransactions: () => Promise<boolean>
  readonly observer: SocketObserver
}

export interface SocketObserver {
  connected(address: string): void
  disconnected(code: number): void
  /** A handshake was refused. */
  refused(reason: 'path' | 'origin' | 'connections', address: string): void
  answered(answered: Answered): void
  /** A client that does not read, or does not live, was dropped. */
  dropped(reason: 'stalled' | 'silent', address: string): void
}

export interface SocketServer {
  /** Open connections, and all since the start. */
  count(): { readonly active: number; readonly total: number }
  /** Takes no further connection, lets what runs finish, and closes every connection. */
  drain(withinMs: number): Promise<void>
}

const maxFragments = 1_024
const maxBufferedChunks = 16_384

/** What a refused handshake is answered with. */
const refusals = {
  path: '404 Not Found',
  origin: '403 Forbidden',
  connections: '503 Service Unavailable',
} as const

interface Live {
  readonly connection: Connection
  readonly socket: WebSocket
  readonly address: string
  /** By which it named itself. */
  clientId: string | null
  hasAnswered: boolean
}

export function serveSockets(options: SocketServerOptions): SocketServer {
  const { server, observer, maxFrameBytes } = options
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    maxFragments,
    maxBufferedChunks,
  })
  const open = new Set<Live>()
  const byClient = new Map<string, Connection>()
  let total = 0
  let isDraining = false

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const address = clientAddress(request, options.trustedProxies)
    const reason = refusalOf(request)
    if (reason) {
      observer.refused(reason, address)
      refuse(stream, refusals[reason])
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => accept(socket, address))
  })

  function refusalOf({ url, headers }: IncomingMessage): keyof typeof refusals | undefined {
    if (url !== '/') return 'path'
    if (!isAllowedOrigin(headers.origin, options.allowedOrigins)) return 'origin'
    if (isDraining || open.size >= options.maxConnections) return 'connections'
    return undefined
  }

  function accept(socket: WebSocket, address: string): void {
    total++
    const connection = new Connection({
      ...options,
      socket,
      address,
      onAnswer: observer.answered,
      onStall: () => observer.dropped('stalled', address),
      takeOver: async (clientId, next) => {
        live.clientId = clientId
        const before = byClient.get(clientId)
        byClient.set(clientId, next)
        if (!before || before === next) return
        before.close(closeCodes.replaced, 'connected again')
        await before.end()
      },
    })
    const live: Live = { connection, socket, address, clientId: null, hasAnswered: true }
    open.add(live)
    observer.connected(address)
    socket.on('message', (data: RawData, isBinary: boolean) => {
      live.hasAnswered = true
      if (isBinary) connection.close(1003, 'text frames of JSON only')
      else connection.receive(String(data))
    })
    socket.on('pong', () => {
      live.hasAnswered = true
    })
    // A broken protocol, or a message too long: `ws` closes with the code for it, and `close` follows.
    socket.on('error', () => {})
    socket.on('close', (code) => {
      open.delete(live)
      const { clientId } = live
      if (clientId !== null && byClient.get(clientId) === connection) byClient.delete(clientId)
      observer.disconnected(code)
      void connection.end()
    })
  }

  /** Drops who did not answer the last ping, asks the others, and closes who has been idle for long. */
  function look(): void {
    const now = performance.now()
    for (const live of open) {
      const { connection, socket, address } = live
      if (connection.isPaused) continue
      if (!live.hasAnswered) {
        observer.dropped('silent', address)
        socket.terminate()
      } else if (connection.idleMs(now) > options.idleMs) connection.close(closeCodes.idle, 'idle')
      else {
        live.hasAnswered = false
        socket.ping()
      }
    }
  }
  const looking = setInterval(look, options.pingEveryMs)
  looking.unref()

  return {
    count: () => ({ active: open.size, total }),
    async drain(withinMs) {
      isDraining = true
      clearInterval(looking)
      const all = [...open]
      const settled = async () => {
        for (let wasOpen = true; wasOpen; ) {
          const ended = options.endTransactions()
          await Promise.all(all.map(({ connection }) => connection.finish()))
          // The answer to a commit may still be on its way, and one that waited has had its turn.
          wasOpen = (await ended) || (await options.endTransactions())
        }
      }
      await Promise.race([settled(), pause(withinMs)])
      for (const { connection } of all) connection.close(1001, 'going away')
      await Promise.race([Promise.all(all.map(({ connection }) => connection.end())), pause(1_000)])
      for (const { socket } of open) socket.terminate()
    },
  }
}

function refuse(stream: Duplex, status: string): void {
  // The other end may be gone before it hears of it.
  stream.on('error', () => {})
  // Nor does it have to end its side: what is half-open takes a place.
  stream.once('finish', () => stream.destroy())
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
