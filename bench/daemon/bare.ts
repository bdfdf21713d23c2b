/**
 * What a socket in front of a database costs by itself: the same driver and the same statements as the daemon's, over the
 * same kind of messages. It checks nothing, knows no caller, logs nothing and forgets what it has answered.
 */

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { openDriver } from '../../daemon/open-driver.ts'
import { bareStatements, type NewPage } from './statements.ts'

interface Request {
  readonly id: number
  readonly method: 'read' | 'create'
  readonly params: readonly [entity: string, input: unknown]
}

const { driver } = await openDriver({ url: process.env['BARE_URL'] as string, durability: 'strict' })
const statements = bareStatements(driver)

async function answer({ method, params: [, input] }: Request): Promise<unknown> {
  if (method === 'read') return await statements.read(input as string)
  const { slug, title, level } = input as NewPage
  return await statements.create(randomUUID(), { slug, title, level })
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
server.on('connection', (socket) => {
  socket.on('message', async (data) => {
    const request = JSON.parse(String(data)) as Request
    try {
      socket.send(JSON.stringify({ id: request.id, result: await answer(request) }))
    } catch (error) {
      socket.send(JSON.stringify({ id: request.id, error: { message: String(error) } }))
    }
  })
})
await once(server, 'listening')
console.log(JSON.stringify({ endpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }))
