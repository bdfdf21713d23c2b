/** What every transport does alike. Each one's test gives a setup and runs these. */

import { describe, expect, test } from 'vitest'
import type { Event } from '../protocol/event.ts'
import type { Frame, Reply } from '../protocol/request.ts'
import { type Transport, TransportLost } from './transport.ts'

/** The far end of a transport, as a test plays it. */
export interface FarEnd {
  answer(frame: Frame): Promise<readonly Reply[]>
}

export interface TransportSetup {
  readonly transport: Transport
  /** Sends an event to the connected client. */
  emit(event: Event): void
  /** Ends the connection as a crash of the far end would; absent where that cannot happen. */
  lose?(): void
  /** Sessions that were opened and closed so far. */
  sessions(): { opened: number; closed: number }
}

const frame = (...params: unknown[]): Frame => ({ ack: 1, requests: [{ id: 1, method: 'echo', params }] })
const slow = { type: 'slowQuery', operation: 'list' } as const
const echo: FarEnd = {
  answer: async ({ requests }) => requests.map(({ id, params }) => ({ id, result: params })),
}

export function transportCases(
  name: string,
  setup: (farEnd: FarEnd) => TransportSetup | Promise<TransportSetup>,
): void {
  async function setupOpen(farEnd: FarEnd = echo) {
    const made = await setup(farEnd)
    const heard: Event[] = []
    const stop = made.transport.listen((event) => heard.push(event))
    const ready = await made.transport.open()
    return { ...made, heard, stop, ready }
  }

  describe(`${name} as a transport`, () => {
    test('opens, says so, and tells what it reached', async () => {
      const { ready, heard, transport } = await setupOpen()
      expect(ready).toMatchObject({
        role: 'leader',
        version: expect.any(Number),
        persistence: expect.any(String),
      })
      expect(heard.filter(({ type }) => type === 'connection').at(-1)).toEqual({
        type: 'connection',
        state: 'connected',
      })
      await transport.close()
    })

    test('carries values whole', async () => {
      const { transport } = await setupOpen()
      const values = [
        null,
        1.5,
        'text',
        '\u{1f600}',
        2n ** 63n - 1n,
        true,
        { a: [{}, [[]]] },
        Uint8Array.of(0, 255),
      ]
      expect(await transport.exchange(frame(...values))).toEqual([{ id: 1, result: values }])
      await transport.close()
    })

    test('carries errors as values, with code and details', async () => {
      const error = {
        code: 'CONFLICT',
        message: 'taken',
        details: { entity: 'User', fields: ['email'] },
      } as const
      const { transport } = await setupOpen({ answer: async () => [{ id: 1, error }] })
      expect(await transport.exchange(frame())).toEqual([{ id: 1, error }])
      await transport.close()
    })

    test('shares no object between its ends', async () => {
      const kept: unknown[] = []
      const result = { text: 'x' }
      const { transport } = await setupOpen({
        async answer({ requests }) {
          kept.push(requests[0]?.params[0])
          return [{ id: 1, result }]
        },
      })
      const sent = { text: 'y' }
      const [reply] = await transport.exchange(frame(sent))
      expect(kept).toEqual([sent])
      expect(kept[0]).not.toBe(sent)
      expect(reply).toEqual({ id: 1, result })
      expect((reply as { result: unknown }).result).not.toBe(result)
      await transport.close()
    })

    test('gives each of several frames in flight its own replies', async () => {
      const releases: (() => void)[] = []
      const { transport } = await setupOpen({
        async answer({ requests }) {
          await new Promise<void>((release) => releases.unshift(release))
          return requests.map(({ id, params }) => ({ id, result: params[0] }))
        },
      })
      const first = transport.exchange(frame('first'))
      const second = transport.exchange({
        ack: 1,
        requests: [{ id: 2, method: 'echo', params: ['second'] }],
      })
      while (releases.length < 2) await new Promise((resume) => setTimeout(resume))
      for (const release of releases) release()
      expect(await Promise.all([first, second])).toEqual([
        [{ id: 1, result: 'first' }],
        [{ id: 2, result: 'second' }],
      ])
      await transport.close()
    })

    test('tells events in order, ahead of the reply that follows them, until the listener is removed', async () => {
      let emit: (event: Event) => void = () => {}
      const made = await setupOpen({
        async answer() {
          emit({ ...slow, durationMs: 1 })
          emit({ ...slow, durationMs: 2 })
          return [{ id: 1, result: null }]
        },
      })
      emit = made.emit
      const { transport, heard, stop } = made
      const durations = () => heard.flatMap((event) => (event.type === 'slowQuery' ? [event.durationMs] : []))
      await transport.exchange(frame())
      expect(durations()).toEqual([1, 2])
      stop()
      await transport.exchange(frame())
      expect(durations()).toEqual([1, 2])
      await transport.close()
    })

    test('is lost to a frame before it is open and after it is closed', async () => {
      const made = await setup(echo)
      await expect(made.transport.exchange(frame())).rejects.toBeInstanceOf(TransportLost)
      await made.transport.open()
      await made.transport.close()
      await expect(made.transport.exchange(frame())).rejects.toBeInstanceOf(TransportLost)
      await expect(made.transport.open()).rejects.toMatchObject({ code: 'DATABASE_ERROR' })
    })

    test('closes once, ends its session and says so', async () => {
      const { transport, heard, sessions } = await setupOpen()
      await Promise.all([transport.close(), transport.close()])
      await transport.close()
      expect(heard.filter((event) => event.type === 'connection' && event.state === 'closed')).toHaveLength(1)
      expect(sessions()).toEqual({ opened: 1, closed: 1 })
    })

    test('that loses its far end tells so, rejects what is in flight, and opens again', async ({ skip }) => {
      let isHeld = true
      const made = await setupOpen({
        answer: (received) => (isHeld ? new Promise(() => {}) : echo.answer(received)),
      })
      if (!made.lose) return skip('cannot be lost')
      const { transport, heard, sessions } = made
      const inFlight = transport.exchange(frame('again'))
      made.lose()
      await expect(inFlight).rejects.toBeInstanceOf(TransportLost)
      expect(heard).toContainEqual(expect.objectContaining({ type: 'connection', state: 'lost' }))
      isHeld = false
      await transport.open()
      expect(await transport.exchange(frame('again'))).toEqual([{ id: 1, result: ['again'] }])
      expect(sessions().opened).toBe(2)
      await transport.close()
    })
  })
}
