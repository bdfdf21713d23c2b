/** A network that fails: a TCP proxy that holds bytes back for a moment, and cuts connections when it is told to. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Cuts every connection, with whatever is on its way in either direction. */
  cut(): void
  close(): Promise<void>
}

/** @param delayMs that bytes are held back, each way */
export async function startProxy(target: number, delayMs: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other().destroy()
    })
    socket.on('data', (data) => {
      setTimeout(() => {
        if (!other().destroyed) other().write(data)
      }, delayMs)
    })
  }
  const server = createServer((client) => {
    const daemon = connect(target, '127.0.0.1')
    keep(client, () => daemon)
    keep(daemon, () => client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
