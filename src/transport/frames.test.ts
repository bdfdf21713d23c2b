import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import type { Event, Ready } from '../protocol/event.ts'
import type { Frame, Reply, RequestId } from '../protocol/request.ts'
import { Frames, type FramesOptions } from './frames.ts'
import { type Transport, TransportLost } from './transport.ts'

const ready: Ready = { persistence: 'memory', role: 'leader', rung: 'local', version: 0 }

/** A transport whose every move a test decides. */
class FakeTransport implements Transport {
  readonly frames: Frame[] = []
  opened = 0
  closed = 0
  answer: (frame: Frame) => Promise<readonly Reply[]> = async ({ requests }) =>
    requests.map(({ id, params }) => ({ id, result: params[0] }))
  onOpen: () => Promise<Ready> = async () => ready
  readonly #listeners = new Set<(event: Event) => void>()

  open(): Promise<Ready> {
    this.opened++
    return this.onOpen()
  }

  exchange(frame: Frame): Promise<readonly Reply[]> {
    this.frames.push(structuredClone(frame))
    return this.answer(frame)
  }

  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.closed++
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }

  get ids(): RequestId[][] {
    return this.frames.map(({ requests }) => requests.map(({ id }) => id))
  }
}

function setup(options: Partial<FramesOptions> = {}) {
  const transport = new FakeTransport()
  const frames = new Frames(transport, {
    timeoutMs: 30_000,
    isRead: ({ method }) => method === 'read',
    random: () => 1,
    ...options,
  })
  return { transport, frames }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'resolved',
    (error: DBALError) => error.code,
  )

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('collecting', () => {
  test('calls of one tick leave as one frame in the order in which they were made', async () => {
    const { transport, frames } = setup()
    await frames.open()
    const results = await Promise.all(['a', 'b', 'c'].map((value) => frames.call('read', [value])))
    expect(results).toEqual(['a', 'b', 'c'])
    expect(transport.ids).toEqual([[1, 2, 3]])
  })

  test('calls made before the connection stands wait for it', async () => {
    const { transport, frames } = setup()
    const early = frames.call('read', ['early'])
    await vi.advanceTimersByTimeAsync(10)
    expect(transport.frames).toEqual([])
    await frames.open()
    expect(await early).toBe('early')
  })

  test('ack is the lowest id that still waits for its reply', async () => {
    const { transport, frames } = setup()
    await frames.open()
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    transport.answer = async ({ requests }) => {
      if (requests.some(({ id }) => id === 2)) await gate
      return requests.map(({ id }) => ({ id, result: id }))
    }
    await frames.call('write', [])
    const slow = frames.call('write', [])
    await vi.advanceTimersByTimeAsync(1)
    await frames.call('write', [])
    release()
    await slow
    await frames.call('write', [])
    expect(transport.frames.map(({ ack }) => ack)).toEqual([1, 2, 2, 4])
  })

  test('a frame takes no more calls than the limit, and no more than that are unanswered at once', async () => {
    const { transport, frames } = setup({ maxFrameRequests: 3 })
    await frames.open()
    let unanswered = 0
    let most = 0
    transport.answer = async ({ requests }) => {
      unanswered += requests.length
      most = Math.max(most, unanswered)
      await new Promise((resolve) => setTimeout(resolve, 5))
      unanswered -= requests.length
      return requests.map(({ id }) => ({ id, result: id }))
    }
    const calls = Array.from({ length: 4 }, () => frames.call('write', []))
    await vi.advanceTimersByTimeAsync(1)
    for (let count = 0; count < 4; count++) calls.push(frames.call('write', []))
    await vi.advanceTimersByTimeAsync(100)
    expect(await Promise.all(calls)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(transport.ids).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8],
    ])
    expect(most).toBe(3)
  })
})

describe('errors', () => {
  test('an error reply rejects its own call with its code and details', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = async ({ requests }) =>
      requests.map(({ id }) =>
        id === 1
          ? { id, error: { code: 'NOT_FOUND', message: 'no such row', details: { entity: 'User' } } }
          : { id, result: id },
      )
    const [first, second] = await Promise.allSettled([frames.call('read', []), frames.call('read', [])])
    expect(first).toMatchObject({ reason: { code: 'NOT_FOUND', details: { entity: 'User' } } })
    expect(second).toEqual({ status: 'fulfilled', value: 2 })
  })

  test.each([
    ['DATABASE_ERROR', 'write', 3],
    ['DATABASE_ERROR', 'read', 3],
    ['TIMEOUT', 'read', 3],
    ['TIMEOUT', 'write', 1],
    ['CONFLICT', 'read', 1],
  ] as const)('%s of a %s is tried %i times, always with its id', async (code, method, tries) => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = async ({ requests }) =>
      requests.map(({ id }) => ({ id, error: { code, message: 'x' } }))
    const outcome = codeOf(frames.call(method, []))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await outcome).toBe(code)
    expect(transport.ids).toEqual(Array.from({ length: tries }, () => [1]))
  })

  test('a call that is answered while it rests is not sent again', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = async () => [
      { id: 1, error: { code: 'DATABASE_ERROR', message: 'busy' } },
      { id: 1, result: 'after all' },
    ]
    expect(await frames.call('write', [])).toBe('after all')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(transport.frames).toHaveLength(1)
  })

  test('a call that rests between two tries holds back ack', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = async ({ requests }) =>
      requests.map(({ id }) =>
        id === 1 ? { id, error: { code: 'DATABASE_ERROR', message: 'x' } } : { id, result: id },
      )
    const failing = codeOf(frames.call('write', []))
    await vi.advanceTimersByTimeAsync(1)
    await frames.call('write', [])
    expect(transport.frames.at(-1)?.ack).toBe(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await failing).toBe('DATABASE_ERROR')
  })

  test('what a transport throws ends the calls of that frame and no others', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = async () => {
      throw new Error('port is gone')
    }
    expect(await codeOf(frames.call('write', []))).toBe('DATABASE_ERROR')
    transport.answer = async ({ requests }) => requests.map(({ id }) => ({ id, result: 'well' }))
    expect(await frames.call('write', [])).toBe('well')
  })
})

describe('deadlines', () => {
  test('a call without a reply ends with TIMEOUT when its time is over, and a late reply changes nothing', async () => {
    const { transport, frames } = setup({ timeoutMs: 1_000 })
    await frames.open()
    transport.answer = () =>
      new Promise((resolve) => setTimeout(() => resolve([{ id: 1, result: 'late' }]), 5_000))
    const outcome = codeOf(frames.call('read', []))
    await vi.advanceTimersByTimeAsync(999)
    expect(await Promise.race([outcome, 'pending'])).toBe('pending')
    await vi.advanceTimersByTimeAsync(2)
    expect(await outcome).toBe('TIMEOUT')
    await vi.advanceTimersByTimeAsync(10_000)
  })

  test('a call that waits for a connection that never comes ends with TIMEOUT, saying so', async () => {
    const { transport, frames } = setup({ timeoutMs: 1_000 })
    transport.onOpen = () => new Promise(() => {})
    void frames.open()
    const outcome = frames.call('read', []).catch((error: DBALError) => error)
    await vi.advanceTimersByTimeAsync(1_001)
    expect(await outcome).toMatchObject({ code: 'TIMEOUT', details: { reason: 'the database was not open' } })
  })

  test('each call has its own time', async () => {
    const { transport, frames } = setup({ timeoutMs: 1_000 })
    await frames.open()
    transport.answer = () => new Promise(() => {})
    const ends: number[] = []
    const start = performance.now()
    const call = () => frames.call('read', []).catch(() => ends.push(Math.round(performance.now() - start)))
    void call()
    await vi.advanceTimersByTimeAsync(400)
    void call()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(ends.map((end) => Math.round(end / 100))).toEqual([10, 14])
  })
})

describe('a lost connection', () => {
  test('unanswered calls are sent again with their ids, before newer ones', async () => {
    const { transport, frames } = setup()
    await frames.open()
    const answer = transport.answer
    transport.answer = async () => {
      throw new TransportLost('worker ended')
    }
    const first = frames.call('write', ['first'])
    await vi.advanceTimersByTimeAsync(1)
    transport.answer = answer
    const second = frames.call('write', ['second'])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
    expect(transport.opened).toBe(2)
    expect(transport.ids).toEqual([[1], [1, 2]])
  })

  test('as many as may be unanswered at once are sent again', async () => {
    const { transport, frames } = setup({ maxFrameRequests: 2 })
    await frames.open()
    const answer = transport.answer
    transport.answer = async () => {
      throw new TransportLost('worker ended')
    }
    const calls = ['a', 'b', 'c'].map((value) => frames.call('write', [value]))
    await vi.advanceTimersByTimeAsync(1)
    transport.answer = answer
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await Promise.all(calls)).toEqual(['a', 'b', 'c'])
    expect(transport.ids).toEqual([[1, 2], [1, 2], [3]])
  })

  test('the transport saying so is enough: what is under way is sent again', async () => {
    const { transport, frames } = setup()
    await frames.open()
    const answer = transport.answer
    transport.answer = () => new Promise(() => {})
    const call = frames.call('write', ['x'])
    await vi.advanceTimersByTimeAsync(1)
    transport.answer = answer
    transport.emit({ type: 'connection', state: 'lost' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await call).toBe('x')
  })

  test('what the old connection still says after the new one stands is not a second loss', async () => {
    const { transport, frames } = setup()
    await frames.open()
    const answer = transport.answer
    let fail = (_: Error) => {}
    transport.answer = () =>
      new Promise((_, reject) => {
        fail = reject
      })
    const call = frames.call('write', ['x'])
    await vi.advanceTimersByTimeAsync(1)
    transport.answer = answer
    transport.emit({ type: 'connection', state: 'lost' })
    await vi.advanceTimersByTimeAsync(1_000)
    fail(new TransportLost('old'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await call).toBe('x')
    expect(transport.opened).toBe(2)
  })

  test('connecting again is tried with growing pauses while the reason may pass', async () => {
    const { transport, frames } = setup({ timeoutMs: 60_000 })
    await frames.open()
    await frames.call('read', [])
    const times: number[] = []
    transport.onOpen = async () => {
      times.push(performance.now())
      if (times.length < 5) throw new DBALError('DATABASE_ERROR', 'locked', { reason: 'locked' })
      return ready
    }
    const start = performance.now()
    transport.emit({ type: 'connection', state: 'lost' })
    const call = frames.call('read', ['back'])
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await call).toBe('back')
    expect(times.map((time) => Math.round((time - start) / 100))).toEqual([0, 1, 3, 7, 15])
  })

  test('a host that breaks down with every frame is not asked in a tight loop', async () => {
    const { transport, frames } = setup({ timeoutMs: 2_000 })
    await frames.open()
    transport.answer = async () => {
      throw new TransportLost('crashed')
    }
    const outcome = codeOf(frames.call('read', []))
    await vi.advanceTimersByTimeAsync(2_001)
    expect(await outcome).toBe('TIMEOUT')
    expect(transport.opened).toBeLessThan(8)
  })

  test('a refusal for good ends every call, and later ones, with its reason', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.onOpen = async () => {
      throw new DBALError('CONFLICT', 'a newer version has the database', { constraint: 'version' })
    }
    transport.answer = () => new Promise(() => {})
    const call = codeOf(frames.call('write', []))
    await vi.advanceTimersByTimeAsync(1)
    transport.emit({ type: 'connection', state: 'lost' })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await call).toBe('CONFLICT')
    expect(await codeOf(frames.call('read', []))).toBe('CONFLICT')
  })

  test('state of the lost session is restored before anything else is sent', async () => {
    const order: string[] = []
    const { transport, frames } = setup({ onReopen: () => order.push('reopen') })
    await frames.open()
    expect(order).toEqual([])
    transport.answer = async ({ requests }) => {
      order.push('frame')
      return requests.map(({ id }) => ({ id, result: id }))
    }
    transport.emit({ type: 'connection', state: 'lost' })
    const call = frames.call('read', [])
    await vi.advanceTimersByTimeAsync(1_000)
    await call
    expect(order).toEqual(['reopen', 'frame'])
  })
})

describe('opening', () => {
  test('a first open that is refused rejects with the reason, and so does every call', async () => {
    const { transport, frames } = setup()
    transport.onOpen = async () => {
      throw new DBALError('DATABASE_ERROR', 'the worker did not load', { reason: 'no worker' })
    }
    const call = codeOf(frames.call('read', []))
    expect(await codeOf(frames.open())).toBe('DATABASE_ERROR')
    expect(await call).toBe('DATABASE_ERROR')
    expect(transport.opened).toBe(1)
  })

  test('a worker lost while it opened is tried again', async () => {
    const { transport, frames } = setup()
    transport.onOpen = async () => {
      if (transport.opened === 1) throw new TransportLost('ended')
      return ready
    }
    const opening = frames.open()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await opening).toEqual(ready)
  })
})

describe('closing', () => {
  test('calls under way are answered first; later ones are refused; twice is once', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = ({ requests }) =>
      new Promise((resolve) =>
        setTimeout(() => resolve(requests.map(({ id }) => ({ id, result: 'done' }))), 50),
      )
    const call = frames.call('write', [])
    const closing = [frames.close(), frames.close()]
    const late = frames.call('write', []).catch((error: DBALError) => error)
    expect(transport.closed).toBe(0)
    await vi.advanceTimersByTimeAsync(100)
    await Promise.all(closing)
    expect(await call).toBe('done')
    expect(await late).toMatchObject({ code: 'DATABASE_ERROR', details: { reason: 'closed' } })
    expect(transport.closed).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a connection that never answers holds a close no longer than the calls may take', async () => {
    const { transport, frames } = setup({ timeoutMs: 1_000 })
    await frames.open()
    transport.answer = () => new Promise(() => {})
    const call = codeOf(frames.call('write', []))
    const closing = frames.close()
    await vi.advanceTimersByTimeAsync(1_001)
    await closing
    expect(await call).toBe('TIMEOUT')
  })

  test('an open under way when the client closes is let go', async () => {
    const { transport, frames } = setup()
    transport.onOpen = async () => {
      throw new TransportLost('ended')
    }
    const opening = codeOf(frames.open())
    await frames.close()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await opening).toBe('DATABASE_ERROR')
    expect(transport.opened).toBe(1)
  })
})

test('whatever a transport does, each call settles once, with its own reply', async () => {
  const fate = fc.record({
    kind: fc.constantFrom(
      'answer',
      'lose',
      'loseAfterWork',
      'silent',
      'double',
      'retryable',
      'reverse',
      'partial',
    ),
    delay: fc.integer({ min: 0, max: 700 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ wait: fc.integer({ min: 0, max: 50 }), calls: fc.integer({ min: 1, max: 6 }) }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.array(fate, { minLength: 1, maxLength: 20 }),
      async (ticks, fates) => {
        const { transport, frames } = setup({ timeoutMs: 20_000, maxFrameRequests: 4 })
        const applied = new Map<RequestId, unknown>()
        let turn = 0
        transport.answer = async ({ ack, requests }) => {
          const { kind, delay } = fates[turn++ % fates.length] as { kind: string; delay: number }
          for (const { id } of requests) expect(id).toBeGreaterThanOrEqual(ack)
          await new Promise((resolve) => setTimeout(resolve, delay))
          if (kind === 'lose') throw new TransportLost('lost')
          // The engine's part of the bargain: a write that comes again has the reply of the first time.
          for (const { id, params } of requests)
            if (!applied.has(id)) applied.set(id, `reply to ${params[0]}`)
          if (kind === 'loseAfterWork') throw new TransportLost('lost after the work')
          if (kind === 'silent') return new Promise(() => {})
          const replies: Reply[] = requests.map(({ id }) => ({ id, result: applied.get(id) }))
          if (kind === 'double') return [...replies, ...replies]
          if (kind === 'retryable') {
            return requests.map(({ id }) => ({ id, error: { code: 'DATABASE_ERROR', message: 'busy' } }))
          }
          if (kind === 'reverse') return replies.reverse()
          if (kind === 'partial') return replies.slice(1)
          return replies
        }
        void frames.open()
        let made = 0
        const settled: string[][] = []
        for (const { wait, calls } of ticks) {
          for (let count = 0; count < calls; count++) {
            const name = `call ${made++}`
            const outcomes: string[] = []
            settled.push(outcomes)
            frames.call('write', [name]).then(
              (result) =>
                outcomes.push(result === `reply to ${name}` ? 'own reply' : `not its own: ${String(result)}`),
              (error: DBALError) => outcomes.push(error.code),
            )
          }
          await vi.advanceTimersByTimeAsync(wait)
        }
        await vi.advanceTimersByTimeAsync(60_000)
        expect(settled).toHaveLength(made)
        for (const outcomes of settled) {
          expect(outcomes).toHaveLength(1)
          expect(['own reply', 'TIMEOUT', 'DATABASE_ERROR']).toContain(outcomes[0])
        }
        await frames.close()
        expect(vi.getTimerCount()).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
}, 60_000)

describe('transactions', () => {
  test('leave in frames of their own, with the number in each request', async () => {
    const { transport, frames } = setup()
    await frames.open()
    await Promise.all([
      frames.call('read', ['a']),
      frames.call('read', ['b'], 1),
      frames.call('read', ['c'], 2),
      frames.call('read', ['d'], 1),
    ])
    expect(transport.ids).toEqual([[1], [2, 4], [3]])
    expect(transport.frames[1]?.requests.map(({ transaction }) => transaction)).toEqual([1, 1])
    expect(transport.frames[0]?.requests[0]).not.toHaveProperty('transaction')
  })

  test('are not held up by calls that fill the line', async () => {
    const { transport, frames } = setup({ maxFrameRequests: 1 })
    await frames.open()
    transport.answer = async ({ requests }) => {
      if (requests[0]?.transaction === undefined) return new Promise(() => {})
      return requests.map(({ id, params }) => ({ id, result: params[0] }))
    }
    for (let turn = 0; turn < 3; turn++) frames.call('read', ['outside']).catch(() => {})
    await vi.advanceTimersByTimeAsync(1)
    expect(await frames.call('read', ['inside'], 1)).toBe('inside')
  })

  test('are not tried again after an error', async () => {
    const { transport, frames } = setup()
    await frames.open()
    transport.answer = async ({ requests }) =>
      requests.map(({ id }) => ({ id, error: { code: 'TIMEOUT', message: 'late' } }))
    expect(await codeOf(frames.call('read', [], 1))).toBe('TIMEOUT')
    expect(transport.frames).toHaveLength(1)
  })

  test('are lost with the connection: only a begin and a commit are sent again', async () => {
    const { transport, frames } = setup()
    await frames.open()
    let isLost = true
    transport.answer = async ({ requests }) => {
      if (isLost) throw new TransportLost('gone')
      return requests.map(({ id }) => ({ id, result: id }))
    }
    const calls = [
      frames.call('transaction.begin', [], 1),
      frames.call('transaction.commit', [], 2),
      frames.call('write', [], 3),
      frames.call('transaction.rollback', [], 4),
      frames.call('write', []),
    ]
    const settled = Promise.allSettled(calls)
    transport.onOpen = async () => {
      isLost = false
      return ready
    }
    await vi.advanceTimersByTimeAsync(1_000)
    const lost = { status: 'rejected', reason: { code: 'DATABASE_ERROR', retryable: true } }
    expect(await settled).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'fulfilled', value: 2 },
      lost,
      lost,
      { status: 'fulfilled', value: 5 },
    ])
    expect(transport.ids.slice(5)).toEqual([[5], [1], [2]])
  })
})

describe('a process of Node', () => {
  /** Timers for which it stays. */
  const held = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

  beforeEach(() => {
    vi.useRealTimers()
  })

  test('stays for a call that nothing has become of yet, and for no other', async () => {
    const { transport, frames } = setup()
    await frames.open()
    const before = held()
    await frames.call('read', [1])
    expect(held()).toBe(before)
    transport.answer = () => new Promise(() => {})
    const call = codeOf(frames.call('read', [1]))
    expect(held()).toBe(before + 1)
    transport.emit({ type: 'connection', state: 'lost' })
    expect(held()).toBe(before + 1)
    transport.answer = async ({ requests }) => requests.map(({ id }) => ({ id, result: 1 }))
    expect(await call).toBe('resolved')
    expect(held()).toBe(before)
  })

  test('stays for an opening that finds nobody until it has said so, or is closed', async () => {
    const { transport, frames } = setup({ timeoutMs: 20 })
    const offline = () => new DBALError('DATABASE_ERROR', 'offline', { reason: 'offline' })
    Object.assign(transport, { offline, onOpen: () => Promise.reject(new TransportLost('refused')) })
    const before = held()
    const opened = codeOf(frames.open())
    expect(held()).toBe(before + 1)
    expect(await opened).toBe('DATABASE_ERROR')
    const other = setup()
    Object.assign(other.transport, { offline, onOpen: () => new Promise(() => {}) })
    void codeOf(other.frames.open())
    expect(held()).toBe(before + 1)
    await other.frames.close()
    expect(held()).toBe(before)
    await frames.close()
  })
})
