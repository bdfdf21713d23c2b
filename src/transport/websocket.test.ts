import { afterEach, expect, test } from 'vitest'
import { type SocketHost, startSocketHost } from '../../test/support/socket-host.ts'
import type { Event } from '../protocol/event.ts'
import { publicPrincipal } from '../protocol/principal.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { type FarEnd, transportCases } from './transport.cases.ts'
import { WebSocketTransport } from './websocket.ts'

const hosts: SocketHost[] = []
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

async function setup(farEnd: FarEnd, options: Parameters<typeof startSocketHost>[1] = {}) {
  const sessions = { opened: 0, closed: 0 }
  const tokens: (string | null)[] = []
  let emit: (event: Event) => void = () => {}
  const host = await startSocketHost((caller) => {
    sessions.opened++
    tokens.push(caller.token)
    emit = caller.emit
    let isClosed = false
    return {
      principal: publicPrincipal,
      identity: async () => publicPrincipal,
      exchange: (frame) => farEnd.answer(frame as Frame),
      resume: async () => {},
      async close() {
        if (!isClosed) sessions.closed++
        isClosed = true
      },
    }
  }, options)
  hosts.push(host)
  const transport = new WebSocketTransport({ endpoint: host.endpoint, token: null, silenceMs: 200 })
  return {
    transport,
    host,
    tokens,
    emit: (event: Event) => emit(event),
    lose: () => host.cut(),
    sessions: () => sessions,
  }
}

transportCases('WebSocketTransport', setup)

const echo: FarEnd = {
  answer: async ({ requests }) => requests.map(({ id, params }) => ({ id, result: params })),
}
const request = (id: number, ...params: unknown[]) => ({ id, method: 'echo', params })

test('a frame that is longer than a message may be leaves in several, in order', async () => {
  const seen: number[] = []
  const { transport } = await setup(
    {
      async answer({ requests }) {
        seen.push(...requests.map(({ id }) => id))
        return requests.map(({ id, params }) => ({ id, result: (params[0] as string).length }))
      },
    },
    { maxFrameBytes: 10_000 },
  )
  await transport.open()
  const requests = Array.from({ length: 20 }, (_, at) => request(at + 1, 'x'.repeat(3_000)))
  const replies = await transport.exchange({ ack: 1, requests })
  expect(replies.toSorted((one, other) => one.id - other.id)).toEqual(
    requests.map(({ id }) => ({ id, result: 3_000 })),
  )
  expect(seen).toEqual(requests.map(({ id }) => id))
  await transport.close()
})

test('a request that is too long by itself is refused here, and the others are not', async () => {
  const { transport } = await setup(echo, { maxFrameBytes: 10_000 })
  await transport.open()
  const replies = await transport.exchange({
    ack: 1,
    requests: [request(1, 'a'), request(2, 'ä'.repeat(5_000)), request(3, 'b')],
  })
  const byId = new Map(replies.map((reply) => [reply.id, reply]))
  expect(byId.get(1)).toEqual({ id: 1, result: ['a'] })
  expect(byId.get(2)).toMatchObject({ error: { code: 'VALIDATION_ERROR' } })
  expect(byId.get(3)).toEqual({ id: 3, result: ['b'] })
  await transport.close()
})

test('long replies come in parts and are whole again', async () => {
  const long = '"\u{1f600}\\é'.repeat(20_000)
  const { transport } = await setup(
    { answer: async ({ requests }) => requests.map(({ id }): Reply => ({ id, result: { long, id } })) },
    { maxFrameBytes: 20_000 },
  )
  await transport.open()
  const replies = await transport.exchange({ ack: 1, requests: [request(1), request(2)] })
  expect(replies).toEqual([
    { id: 1, result: { long, id: 1 } },
    { id: 2, result: { long, id: 2 } },
  ])
  await transport.close()
})

test('the token is presented, and the one of who has signed in since with the next open', async () => {
  const { transport, tokens, lose } = await setup(echo)
  await transport.open()
  transport.identify('later')
  const lost = new Promise((resolve) => transport.listen((event) => resolve(event)))
  lose()
  await lost
  await transport.open()
  expect(tokens).toEqual([null, 'later'])
  await transport.close()
})

test('an endpoint where nobody is, is a loss that may be mended', async () => {
  const transport = new WebSocketTransport({ endpoint: 'ws://127.0.0.1:9', token: null })
  await expect(transport.open()).rejects.toMatchObject({ name: 'TransportLost' })
  await transport.close()
})

test('a daemon that says nothing any more is given up', async () => {
  const { transport, host } = await setup({ answer: () => new Promise(() => {}) })
  await transport.open()
  const frame: Frame = { ack: 1, requests: [request(1)] }
  const waiting = transport.exchange(frame)
  // Pings are answered: a call may take as long as it takes.
  await new Promise((resolve) => setTimeout(resolve, 700))
  const states: unknown[] = []
  transport.listen((event) => states.push(event))
  host.hang()
  await expect(waiting).rejects.toMatchObject({ name: 'TransportLost' })
  expect(states).toEqual([{ type: 'connection', state: 'lost', reason: 'the daemon is silent' }])
  await transport.close()
})
