import { describe, expect, test } from 'vitest'
import type { Event } from '../protocol/event.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { type LocalSession, LocalTransport } from './local.ts'
import { transportCases } from './transport.cases.ts'
import { TransportLost } from './transport.ts'

const frame: Frame = { ack: 1, requests: [{ id: 1, method: 'create', params: ['Note', { text: 'x' }] }] }

function setup(exchange: (frame: Frame) => Promise<readonly Reply[]> = async () => []) {
  const sessions: { emit: (event: Event) => void; closed: number }[] = []
  const transport = new LocalTransport({
    connect(emit): LocalSession {
      const session = { emit, closed: 0 }
      sessions.push(session)
      return { exchange, close: () => void session.closed++ }
    },
    ready: { version: 3 },
  })
  return { transport, sessions }
}

describe('the boundary', () => {
  test('neither side holds an object of the other', async () => {
    const kept: unknown[] = []
    const reply: Reply = { id: 1, result: { text: 'x' } }
    const { transport } = setup(async (received) => {
      kept.push(received.requests[0]?.params[1])
      return [reply]
    })
    await transport.open()
    const [received] = await transport.exchange(frame)
    expect(received).toEqual(reply)
    expect(received).not.toBe(reply)
    expect(kept[0]).toEqual(frame.requests[0]?.params[1])
    expect(kept[0]).not.toBe(frame.requests[0]?.params[1])
  })

  test('what a port would not carry is not carried here', async () => {
    const { transport } = setup()
    await transport.open()
    await expect(
      transport.exchange({ ack: 1, requests: [{ id: 1, method: 'create', params: [() => {}] }] }),
    ).rejects.toMatchObject({ name: 'DataCloneError' })
  })

  test('events are copies too, in order, until the listener is removed', async () => {
    const { transport, sessions } = setup()
    const heard: Event[] = []
    const remove = transport.listen((event) => heard.push(event))
    await transport.open()
    const slow: Event = { type: 'slowQuery', operation: 'list', durationMs: 120 }
    sessions[0]?.emit(slow)
    remove()
    sessions[0]?.emit(slow)
    expect(heard).toEqual([{ type: 'connection', state: 'connected' }, slow])
    expect(heard[1]).not.toBe(slow)
  })
})

describe('its life', () => {
  test('open says how the engine was reached', async () => {
    const { transport } = setup()
    expect(await transport.open()).toEqual({
      persistence: 'memory',
      role: 'leader',
      rung: 'local',
      version: 3,
    })
  })

  test('a frame before open or after close is lost, not answered', async () => {
    const { transport } = setup()
    await expect(transport.exchange(frame)).rejects.toBeInstanceOf(TransportLost)
    await transport.open()
    await transport.close()
    await expect(transport.exchange(frame)).rejects.toBeInstanceOf(TransportLost)
  })

  test('opening again ends the session before it: what that one still says is not heard', async () => {
    const { transport, sessions } = setup()
    const heard: Event[] = []
    await transport.open()
    await transport.open()
    transport.listen((event) => heard.push(event))
    expect(sessions.map(({ closed }) => closed)).toEqual([1, 0])
    sessions[0]?.emit({ type: 'slowQuery', operation: 'old', durationMs: 1 })
    expect(heard).toEqual([])
  })

  test('closing ends the session once, however often it is asked', async () => {
    const { transport, sessions } = setup()
    const heard: Event[] = []
    await transport.open()
    transport.listen((event) => heard.push(event))
    await Promise.all([transport.close(), transport.close()])
    await transport.close()
    expect(sessions[0]?.closed).toBe(1)
    expect(heard).toEqual([{ type: 'connection', state: 'closed' }])
    await expect(transport.open()).rejects.toMatchObject({ code: 'DATABASE_ERROR' })
  })
})

transportCases('LocalTransport', (farEnd) => {
  const sessions = { opened: 0, closed: 0 }
  let emit: (event: Event) => void = () => {}
  const transport = new LocalTransport({
    connect(tell) {
      emit = tell
      sessions.opened++
      return { exchange: (frame) => farEnd.answer(frame), close: () => void sessions.closed++ }
    },
  })
  return { transport, emit: (event) => emit(event), sessions: () => sessions }
})
