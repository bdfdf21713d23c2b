import { expect, it, vi } from 'vitest'
import type { ServedCaller } from '../src/serve/serve-caller.ts'
import { answerPort } from './answer-port.ts'

function setupPort(replies: (frame: unknown) => unknown[] = (frame) => [{ id: 1, result: frame }]) {
  const { port1, port2 } = new MessageChannel()
  const caller = {
    exchange: vi.fn(async (frame: unknown) => replies(frame) as never),
    close: vi.fn(),
  } satisfies Pick<ServedCaller, 'exchange' | 'close'>
  answerPort(port1, caller)
  const answers: unknown[] = []
  const heard = (count: number) => vi.waitFor(() => expect(answers).toHaveLength(count))
  port2.onmessage = ({ data }) => answers.push(data)
  return { port2, answers, caller, heard, end: () => port1.close() }
}

it('answers a frame under its number', async () => {
  const { port2, answers, heard, end } = setupPort()
  port2.postMessage({ exchange: 7, frame: { ack: 1 } })
  await heard(1)
  expect(answers).toEqual([{ exchange: 7, replies: [{ id: 1, result: { ack: 1 } }] }])
  end()
})

it('ends the session when the client leaves', async () => {
  const { port2, answers, caller, heard, end } = setupPort()
  port2.postMessage({ leave: true })
  await heard(1)
  expect(answers).toEqual([{ left: true }])
  expect(caller.close).toHaveBeenCalledOnce()
  end()
})

it('hands a file over and does not copy it', async () => {
  const file = new Uint8Array([1, 2, 3])
  const { port2, answers, heard, end } = setupPort(() => [{ id: 1, result: file }])
  port2.postMessage({ exchange: 1, frame: null })
  await heard(1)
  expect(answers).toEqual([{ exchange: 1, replies: [{ id: 1, result: new Uint8Array([1, 2, 3]) }] }])
  expect(file.byteLength).toBe(0)
  end()
})

it.each([
  null,
  'text',
  42,
  [],
  {},
  { exchange: '1', frame: {} },
  { exchange: 1.5, frame: {} },
  { frame: {} },
  { leave: 1 },
  { type: 'APPLY', path: ['exchange', 'constructor'], argumentList: [{ type: 'RAW', value: 'return 1' }] },
  { id: 'x', type: 'GET', path: ['close'] },
])('drops %j without an answer', async (message) => {
  const { port2, answers, caller, heard, end } = setupPort()
  port2.postMessage(message)
  // Ports keep the order: when this is answered, the one before was dropped.
  port2.postMessage({ exchange: 2, frame: 'sound' })
  await heard(1)
  expect(answers).toEqual([{ exchange: 2, replies: [{ id: 1, result: 'sound' }] }])
  expect(caller.exchange).toHaveBeenCalledOnce()
  expect(caller.close).not.toHaveBeenCalled()
  end()
})
