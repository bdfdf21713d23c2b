/** A network that fails: a TCP proxy that holds bytes back for a moment, and cuts connections when it is told to. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Cuts every connection, with whatever is on its way in either direction. */
  cut(): void
  /** Cuts the connection that sends this text next, when what answers it is here: the answer is lost, and what it tells is done. */
  loseAnswerTo(text: string): void
  close(): Promise<void>
}

/** @param delayMs that bytes are held back, each way */
export async function startProxy(target: number, delayMs: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let asked: string | null = null
  const cutAtAnswer = new Set<Socket>()
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other().destroy()
    })
    socket.on('data', (data) => {
      if (cutAtAnswer.delete(socket)) return void socket.destroy()
      if (asked !== null && data.includes(asked)) {
        asked = null
        cutAtAnswer.add(other())
      }
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
    loseAnswerTo(text) {
      asked = text
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
