/**
 * A network at its worst, between a client and a daemon: messages are held back, delivered twice, or swallowed, after which
 * the connection ends sooner or later. Within one connection their order stays, as it does over TCP.
 */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import WebSocket, { WebSocketServer } from 'ws'
import type { Random } from '../kysely/support/random.ts'

export interface UnrulyProxy {
  readonly port: number
  /** What has been done to messages so far. */
  readonly done: { delayed: number; doubled: number; dropped: number; cut: number }
  /** From now on everything is delivered. */
  calm(): void
  close(): Promise<void>
}

export async function startUnrulyProxy(target: number, random: Random): Promise<UnrulyProxy> {
  const done = { delayed: 0, doubled: 0, dropped: 0, cut: 0 }
  let isCalm = false
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  server.on('connection', (client) => {
    const daemon = new WebSocket(`ws://127.0.0.1:${target}`)
    const cut = () => {
      client.terminate()
      daemon.terminate()
    }
    const early: (() => void)[] = []
    daemon.on('open', () => {
      for (const send of early.splice(0)) send()
    })
    carry(client, daemon)
    carry(daemon, client)

    function carry(from: WebSocket, to: WebSocket): void {
      let last = Promise.resolve()
      from.on('error', cut)
      from.on('close', cut)
      from.on('message', (data, isBinary) => {
        const send = () => {
          if (to.readyState === WebSocket.OPEN) to.send(data, { binary: isBinary })
        }
        const deliver = () => (to.readyState === WebSocket.CONNECTING ? early.push(send) : send())
        const chance = isCalm ? 1 : random.next()
        if (chance < 0.02) {
          done.dropped++
          done.cut++
          // What comes behind it may still arrive.
          setTimeout(cut, random.below(20))
          return
        }
        if (chance < 0.03) {
          done.cut++
          cut()
          return
        }
        const pause = chance < 0.2 ? random.from(1, 8) : 0
        const times = chance > 0.9 && !isCalm ? 2 : 1
        if (pause > 0) done.delayed++
        if (times > 1) done.doubled++
        last = last.then(async () => {
          if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
          for (let count = 0; count < times; count++) deliver()
        })
      })
    }
  })
  return {
    port: (server.address() as AddressInfo).port,
    done,
    calm() {
      isCalm = true
    },
    async close() {
      for (const client of server.clients) client.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}
