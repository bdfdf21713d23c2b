import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { LiveEntry } from './live-entry.ts'
import { Changes } from './optimistic.ts'
import { QueryEntry } from './query-entry.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const place = { key: 'k' }

function queryEntry() {
  const calls: { resolve: (value: string) => void; reject: (error: unknown) => void }[] = []
  const forget = vi.fn()
  const entry = new QueryEntry<string>(place, new Changes(), forget)
  entry.client = {} as never
  entry.ask = () => new Promise((resolve, reject) => calls.push({ resolve, reject }))
  return { entry, calls, forget }
}

/** Lets promises run, without time passing. */
const turns = () => vi.advanceTimersByTimeAsync(0)

describe('a query', () => {
  test('is asked when it is first shown, and again when it is shown after a pause', async () => {
    const { entry, calls, forget } = queryEntry()
    const leave = entry.subscribe(() => {})
    expect(calls).toHaveLength(1)
    calls[0]?.resolve('a')
    await turns()
    expect(entry.snapshot).toMatchObject({ status: 'success', data: 'a', isFetching: false })

    // Strict mode: away and back at once.
    leave()
    const again = entry.subscribe(() => {})
    await turns()
    expect(calls).toHaveLength(1)

    again()
    await vi.advanceTimersByTimeAsync(30_000)
    const later = entry.subscribe(() => {})
    expect(calls).toHaveLength(2)
    expect(entry.snapshot).toMatchObject({ status: 'success', data: 'a', isFetching: true })
    later()
    await vi.advanceTimersByTimeAsync(60_100)
    expect(forget).toHaveBeenCalledTimes(1)
  })

  test('takes the answer of the last call only, in whatever order they come', async () => {
    const { entry, calls } = queryEntry()
    entry.subscribe(() => {})
    void entry.refetch()
    calls[1]?.resolve('newer')
    await turns()
    calls[0]?.resolve('older')
    await turns()
    expect(entry.snapshot.data).toBe('newer')
    void entry.refetch()
    void entry.refetch()
    calls[2]?.reject(new Error('of an older call'))
    calls[3]?.resolve('newest')
    await turns()
    expect(entry.snapshot).toMatchObject({ status: 'success', data: 'newest', error: undefined })
  })

  test('keeps its data beside an error, and the error has a code', async () => {
    const { entry, calls } = queryEntry()
    entry.subscribe(() => {})
    calls[0]?.resolve('a')
    await turns()
    const refetched = entry.refetch()
    calls[1]?.reject(new RangeError('broken'))
    await refetched
    expect(entry.snapshot).toMatchObject({ status: 'error', data: 'a' })
    expect(entry.snapshot.error).toBeInstanceOf(DBALError)
    expect(entry.snapshot.error).toMatchObject({ code: 'INTERNAL_ERROR', message: 'broken' })
  })

  test('asked by a render that waits is not asked again when it is shown', async () => {
    const { entry, calls, forget } = queryEntry()
    entry.start()
    entry.start()
    expect(calls).toHaveLength(1)
    calls[0]?.resolve('a')
    await entry.settled
    entry.subscribe(() => {})
    await vi.advanceTimersByTimeAsync(20_000)
    expect(calls).toHaveLength(1)
    expect(forget).not.toHaveBeenCalled()
  })

  test('asked by a render that never shows is forgotten, an error sooner', async () => {
    const { entry, calls, forget } = queryEntry()
    entry.start()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(forget).not.toHaveBeenCalled()
    calls[0]?.resolve('a')
    await vi.advanceTimersByTimeAsync(10_100)
    expect(forget).toHaveBeenCalledTimes(1)
  })
})

describe('a live query', () => {
  function liveEntry() {
    const opened: { rows: (rows: object[]) => void; fail: (error: DBALError) => void }[] = []
    const stop = vi.fn()
    const forget = vi.fn()
    const entry = new LiveEntry(place, new Changes(), forget)
    entry.open = (listener, onError) => {
      opened.push({ rows: (rows) => listener(rows as never, {} as never), fail: onError })
      return stop
    }
    return { entry, opened, stop, forget }
  }

  test('is one subscription for all who show it, and ends with the last of them', async () => {
    const { entry, opened, stop, forget } = liveEntry()
    const leave = [entry.subscribe(() => {}), entry.subscribe(() => {})]
    opened[0]?.rows([{ id: 1 }])
    expect(entry.snapshot.data).toEqual([{ id: 1 }])
    leave[0]?.()
    await turns()
    expect(stop).not.toHaveBeenCalled()
    leave[1]?.()
    await turns()
    await turns()
    expect([opened.length, stop.mock.calls.length, forget.mock.calls.length]).toEqual([1, 1, 1])
    opened[0]?.rows([{ id: 2 }])
    expect(entry.snapshot.data).toEqual([{ id: 1 }])
  })

  test('that failed is opened again on demand, and reads as loading until then', async () => {
    const { entry, opened, stop } = liveEntry()
    entry.subscribe(() => {})
    opened[0]?.fail(new DBALError('FORBIDDEN', 'no'))
    expect(entry.snapshot).toMatchObject({ status: 'error', error: { code: 'FORBIDDEN' } })
    entry.retry()
    entry.retry()
    expect(opened).toHaveLength(2)
    expect(entry.snapshot).toMatchObject({ status: 'loading', error: undefined })
    opened[1]?.rows([])
    expect(entry.snapshot).toMatchObject({ status: 'success', data: [] })
    expect(stop).not.toHaveBeenCalled()
  })

  test('opened by a render that never shows is closed', async () => {
    const { entry, opened, stop, forget } = liveEntry()
    entry.start()
    opened[0]?.rows([])
    await vi.advanceTimersByTimeAsync(10_100)
    expect([stop.mock.calls.length, forget.mock.calls.length]).toEqual([1, 1])
  })
})
