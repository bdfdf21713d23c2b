import { expose, wrap } from 'comlink'
import { expect, it } from 'vitest'
import { narrowPort } from './narrow-port.ts'

function setupPort() {
  const { port1, port2 } = new MessageChannel()
  const target = { exchange: async (frame: unknown) => ({ frame }), close: async () => null, secret: 'kept' }
  expose(target, narrowPort(port1 as never, ['exchange', 'close']))
  const answers: unknown[] = []
  port2.addEventListener('message', (event) => answers.push(event.data))
  port2.start()
  return { port2, answers, remote: wrap<typeof target>(port2 as never), end: () => port1.close() }
}

it('lets the calls through that are meant', async () => {
  const { remote, end } = setupPort()
  expect(await remote.exchange({ ack: 1 })).toEqual({ frame: { ack: 1 } })
  end()
})

it.each([
  { type: 'GET', path: ['secret'] },
  { type: 'GET', path: ['exchange', 'constructor'] },
  { type: 'SET', path: ['__proto__', 'polluted'], value: { type: 'RAW', value: true } },
  {
    type: 'CONSTRUCT',
    path: ['exchange', 'constructor'],
    argumentList: [{ type: 'RAW', value: 'return 1' }],
  },
  { type: 'APPLY', path: ['exchange', 'constructor'], argumentList: [{ type: 'RAW', value: 'return 1' }] },
  { type: 'APPLY', path: ['constructor'], argumentList: [] },
  { type: 'APPLY', path: ['exchange'], argumentList: [{ type: 'HANDLER', name: 'proxy', value: null }] },
  { type: 'APPLY', path: ['exchange'], argumentList: 'none' },
  { type: 'APPLY', path: 'exchange', argumentList: [] },
  { type: 'ENDPOINT' },
  { type: 'RELEASE' },
  null,
  'text',
])('drops %j without an answer', async (message) => {
  const { port2, answers, remote, end } = setupPort()
  port2.postMessage(typeof message === 'object' && message ? { id: 'x', ...message } : message)
  // Ports keep the order: when this is answered, the one before was dropped.
  expect(await remote.exchange(1)).toEqual({ frame: 1 })
  expect(answers).not.toContainEqual(expect.objectContaining({ id: 'x' }))
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  end()
})
