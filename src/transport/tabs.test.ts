import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { type LeaderWorker, type Locks, leaderLock, Tab, type TabOptions } from './tabs.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Web Locks of one origin: exclusive, first come first served. */
class FakeLocks {
  readonly #queues = new Map<string, (() => Promise<void>)[]>()
  queries = 0

  readonly asLocks = {
    request: (name: string, options: LockOptions, callback: () => unknown) =>
      this.#request(name, options, callback),
    query: async () => {
      this.queries++
      return {}
    },
  } as unknown as Locks

  /** Holders and waiters. */
  count(name: string): number {
    return this.#queues.get(name)?.length ?? 0
  }

  #request(name: string, { signal }: LockOptions, callback: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, queue)
      let isHeld = false
      const entry = async () => {
        isHeld = true
        resolve(await callback())
        queue.shift()
        void queue[0]?.()
      }
      signal?.addEventListener('abort', () => {
        if (isHeld) return
        queue.splice(queue.indexOf(entry), 1)
        reject(signal.reason)
      })
      queue.push(entry)
      if (queue[0] === entry) queueMicrotask(() => void (isHeld || signal?.aborted || entry()))
    })
  }
}

class FakeWorker implements LeaderWorker {
  holdsFiles = true
  hasServed = false
  isEnded = false
  closed = 0
  #end: () => void = () => {}
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })

  end(): void {
    this.isEnded = true
    this.#end()
  }

  close = async (): Promise<void> => {
    this.closed++
    this.end()
  }
}

function setupTab(
  locks: FakeLocks | undefined,
  options: Partial<Pick<TabOptions<FakeWorker>, 'isShared' | 'start' | 'onLost'>> = {},
) {
  const workers: FakeWorker[] = []
  const events: string[] = []
  const start = async () => {
    const worker = new FakeWorker()
    workers.push(worker)
    return worker
  }
  const tab = new Tab<FakeWorker>({
    database: 'app',
    locks: locks?.asLocks,
    isShared: options.isShared ?? true,
    start: options.start ?? start,
    onWaiting: () => events.push('waiting'),
    onLost: options.onLost ?? ((reason) => events.push(`lost: ${reason}`)),
  })
  return { tab, workers, events, start }
}

const flush = () => vi.advanceTimersByTimeAsync(0)
const lock = leaderLock('app')
const closed = new DBALError('DATABASE_ERROR', 'closed', { reason: 'closed' })

describe('a tab alone', () => {
  it('leads, and gives everyone who asks the same worker', async () => {
    const { tab, workers, events } = setupTab(new FakeLocks())
    const [first, second] = await Promise.all([tab.lead(1_000), tab.lead(1_000)])
    expect(first).toBe(workers[0])
    expect(second).toBe(first)
    expect(await tab.lead(1_000)).toBe(first)
    expect([workers.length, tab.state, events]).toEqual([1, 'leading', []])
  })

  it('leads without Web Locks', async () => {
    const { tab, workers } = setupTab(undefined)
    expect(await tab.lead(1_000)).toBe(workers[0])
  })

  it('lets go of the lock of a database in memory', async () => {
    const locks = new FakeLocks()
    const { tab } = setupTab(locks, {
      start: async () => Object.assign(new FakeWorker(), { holdsFiles: false }),
    })
    await tab.lead(1_000)
    await flush()
    expect(locks.count(lock)).toBe(0)
  })

  it('takes no lock for a database that is wanted in memory', async () => {
    const locks = new FakeLocks()
    const { tab } = setupTab(locks, { isShared: false })
    await tab.lead(1_000)
    expect(locks.count(lock)).toBe(0)
  })

  it('closes the worker in order and releases the lock', async () => {
    const locks = new FakeLocks()
    const { tab, workers, events } = setupTab(locks)
    await tab.lead(1_000)
    await tab.close(closed)
    await flush()
    expect([workers[0]?.closed, tab.state, locks.count(lock), events]).toEqual([1, 'parked', 0, []])
  })

  it('ends a worker that does not close', async () => {
    const locks = new FakeLocks()
    const { tab, workers } = setupTab(locks)
    const worker = await tab.lead(1_000)
    worker.close = () => new Promise(() => {})
    const closing = tab.close(closed)
    await vi.advanceTimersByTimeAsync(10_000)
    await closing
    expect([workers[0]?.isEnded, locks.count(lock)]).toEqual([true, 0])
  })

  it('tells everyone why the worker cannot be started, lets go of the lock, and tries again when asked', async () => {
    const locks = new FakeLocks()
    let isBroken = true
    const { tab } = setupTab(locks, {
      start: async () => {
        if (isBroken) throw new DBALError('DATABASE_ERROR', 'no wasm', { reason: 'no wasm' })
        return new FakeWorker()
      },
    })
    const results = await Promise.allSettled([tab.lead(1_000), tab.lead(1_000)])
    expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual([
      'no wasm',
      'no wasm',
    ])
    await flush()
    expect([tab.state, locks.count(lock)]).toEqual(['parked', 0])
    isBroken = false
    await expect(tab.lead(1_000)).resolves.toBeInstanceOf(FakeWorker)
  })
})

describe('a worker that dies', () => {
  it('is replaced, the lock kept, and the loss told', async () => {
    const locks = new FakeLocks()
    const { tab, workers, events } = setupTab(locks)
    const first = await tab.lead(1_000)
    first.hasServed = true
    first.end()
    await flush()
    expect(events).toEqual(['lost: the worker ended'])
    expect(await tab.lead(1_000)).toBe(workers[1])
    expect(locks.count(lock)).toBe(1)
  })

  it('is given up after three that ended before they served anything', async () => {
    const locks = new FakeLocks()
    const asked: Promise<unknown>[] = []
    const { tab, workers } = setupTab(locks, {
      onLost: () => asked.push(tab.lead(1_000).catch((error: DBALError) => error.message)),
    })
    for (let death = 0; death < 3; death++) {
      ;(await tab.lead(1_000)).end()
      await flush()
    }
    expect(await asked[2]).toMatch(/ended as soon as it was started/)
    expect([workers.length, tab.state, locks.count(lock)]).toEqual([3, 'parked', 0])
    expect(await tab.lead(1_000)).toBe(workers[3])
  })

  it('may die any number of times when each served', async () => {
    const { tab, workers } = setupTab(new FakeLocks())
    for (let death = 0; death < 20; death++) {
      const worker = await tab.lead(1_000)
      worker.hasServed = true
      worker.end()
      await flush()
    }
    expect(workers).toHaveLength(21)
  })
})

describe('two tabs', () => {
  it('the second waits, says so, and leads when the first closes', async () => {
    const locks = new FakeLocks()
    const first = setupTab(locks)
    const second = setupTab(locks)
    await first.tab.lead(1_000)
    const leading = second.tab.lead(60_000)
    await vi.advanceTimersByTimeAsync(3_000)
    expect([second.tab.state, second.events, locks.queries]).toEqual(['joining', ['waiting'], 1])
    await first.tab.close(closed)
    expect(await leading).toBe(second.workers[0])
  })

  it('the second gives up in time, with a reason, and leaves the queue', async () => {
    const locks = new FakeLocks()
    const first = setupTab(locks)
    const second = setupTab(locks)
    await first.tab.lead(1_000)
    const refused = expect(second.tab.lead(1_000)).rejects.toMatchObject({
      code: 'DATABASE_ERROR',
      details: { reason: 'another tab holds the database' },
    })
    await vi.advanceTimersByTimeAsync(1_000)
    await refused
    expect([second.tab.state, locks.count(lock)]).toEqual(['parked', 1])
  })

  it('a later asker goes on waiting when an earlier one gives up', async () => {
    const locks = new FakeLocks()
    const first = setupTab(locks)
    const second = setupTab(locks)
    await first.tab.lead(1_000)
    const early = expect(second.tab.lead(1_000)).rejects.toMatchObject({ code: 'DATABASE_ERROR' })
    const late = second.tab.lead(10_000)
    await vi.advanceTimersByTimeAsync(2_000)
    await early
    first.tab.suspend()
    expect(await late).toBe(second.workers[0])
  })

  it('the second leads when the first is left, and the first waits when it is back', async () => {
    const locks = new FakeLocks()
    const first = setupTab(locks)
    const second = setupTab(locks)
    await first.tab.lead(1_000)
    const leading = second.tab.lead(60_000)
    first.tab.suspend()
    expect([first.workers[0]?.isEnded, first.tab.state, first.events]).toEqual([
      true,
      'parked',
      ['lost: the page was left'],
    ])
    const again = first.tab.lead(60_000)
    await leading
    await flush()
    expect([first.tab.state, locks.count(lock)]).toEqual(['parked', 1])
    first.tab.resume()
    await flush()
    expect(first.tab.state).toBe('joining')
    await second.tab.close(closed)
    expect(await again).toBe(first.workers[1])
  })
})

describe('a page that is left', () => {
  it('leaves the queue and joins it again when it is back', async () => {
    const locks = new FakeLocks()
    const first = setupTab(locks)
    const second = setupTab(locks)
    await first.tab.lead(1_000)
    const leading = second.tab.lead(1_000)
    await flush()
    second.tab.suspend()
    expect(locks.count(lock)).toBe(1)
    // The time in which the page is away does not count.
    await vi.advanceTimersByTimeAsync(60_000)
    second.tab.resume()
    await first.tab.close(closed)
    expect(await leading).toBe(second.workers[0])
  })

  it('ends a worker that is still starting', async () => {
    const locks = new FakeLocks()
    const worker = new FakeWorker()
    const { tab } = setupTab(locks, {
      start: () => new Promise((resolve) => setTimeout(resolve, 100, worker)),
    })
    const leading = tab.lead(1_000)
    await flush()
    tab.suspend()
    await flush()
    expect([tab.state, locks.count(lock)]).toEqual(['parked', 0])
    tab.resume()
    await vi.advanceTimersByTimeAsync(100)
    expect(worker.isEnded).toBe(true)
    await leading
  })

  it('does not begin while it is away', async () => {
    const { tab, workers } = setupTab(new FakeLocks())
    tab.suspend()
    const leading = tab.lead(1_000)
    await flush()
    expect(workers).toHaveLength(0)
    tab.resume()
    await leading
  })

  it('keeps a database in memory, which nobody else can have', async () => {
    const worker = Object.assign(new FakeWorker(), { holdsFiles: false })
    const { tab, events } = setupTab(new FakeLocks(), { start: async () => worker })
    await tab.lead(1_000)
    tab.suspend()
    tab.resume()
    expect([await tab.lead(1_000), worker.isEnded, events]).toEqual([worker, false, []])
  })

  it('releases a lock that was granted in the very tick in which it was left', async () => {
    const locks = new FakeLocks()
    const first = setupTab(locks)
    const second = setupTab(locks)
    await first.tab.lead(1_000)
    const leading = second.tab.lead(1_000)
    await flush()
    // The release grants in a microtask; the second page is left between the grant and whoever awaits it.
    first.tab.suspend()
    queueMicrotask(() => queueMicrotask(() => second.tab.suspend()))
    await flush()
    expect(locks.count(lock)).toBe(0)
    second.tab.resume()
    await leading
  })
})
