import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Outbox } from './outbox.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A wire that takes everything and passes on what `read` says. */
function setup() {
  const under: { readonly bytes: number; readonly sent: () => void }[] = []
  const seen: string[] = []
  const onSent = vi.fn()
  const onRelief = vi.fn()
  const onStall = vi.fn()
  const wire = {
    get bufferedAmount() {
      return under.reduce((sum, { bytes }) => sum + bytes, 0)
    },
    send(text: string, sent: () => void) {
      seen.push(text)
      under.push({ bytes: text.length, sent })
    },
  }
  const outbox = new Outbox({ wire, maxFrameBytes: 40_000_000, stallMs: 30_000, onSent, onRelief, onStall })
  const event = (length: number) => outbox.send({ event: 'x'.repeat(length) })
  return { outbox, event, seen, onRelief, onStall, read: () => under.shift()?.sent() }
}

it('sends what has come together at the end of the round, in its order, and at once what is much or must not wait', () => {
  const { outbox, event, seen } = setup()
  outbox.send({ event: 1 })
  outbox.send({ id: 2, result: null }, 2)
  expect(seen).toEqual([])
  vi.advanceTimersByTime(0)
  expect(seen).toEqual(['{"event":1}', '{"id":2,"result":null}'])
  outbox.send({ event: 3 })
  outbox.flush()
  expect(seen).toHaveLength(3)
  event(60_000)
  expect(seen).toHaveLength(3)
  event(10_000)
  expect(seen).toHaveLength(5)
  vi.advanceTimersByTime(0)
  expect(seen).toHaveLength(5)
})

it('sends nothing of what was ready when it is closed', () => {
  const { outbox, event, seen } = setup()
  event(10)
  outbox.close()
  vi.advanceTimersByTime(0)
  outbox.flush()
  expect(seen).toEqual([])
})

it('is busy above a mebibyte, and has relief when most of it was read', () => {
  const { outbox, event, read, onRelief, onStall } = setup()
  event(600_000)
  expect(outbox.isBusy).toBe(false)
  event(600_000)
  expect(outbox.isBusy).toBe(true)
  read()
  expect(onRelief).not.toHaveBeenCalled()
  read()
  expect(onRelief).toHaveBeenCalledTimes(1)
  expect(outbox.isBusy).toBe(false)
  vi.advanceTimersByTime(120_000)
  expect(onStall).not.toHaveBeenCalled()
})

it('drops who has not read a byte for the time given, and not who reads a little', () => {
  const { event, read, onStall } = setup()
  for (let at = 0; at < 5; at++) event(10)
  for (let at = 0; at < 4; at++) {
    vi.advanceTimersByTime(29_000)
    read()
  }
  expect(onStall).not.toHaveBeenCalled()
  vi.advanceTimersByTime(30_000)
  expect(onStall).toHaveBeenCalledTimes(1)
})

it('drops who has 64 MiB to read at once', () => {
  const { event, onStall } = setup()
  event(30_000_000)
  event(30_000_000)
  expect(onStall).not.toHaveBeenCalled()
  event(8_000_000)
  expect(onStall).toHaveBeenCalledTimes(1)
})

it('sends nothing more, and drops nobody, once it is closed', () => {
  const { outbox, event, seen, onStall, onRelief, read } = setup()
  event(2_000_000)
  outbox.close()
  event(10)
  expect(seen).toHaveLength(1)
  read()
  vi.advanceTimersByTime(60_000)
  expect(onStall).not.toHaveBeenCalled()
  expect(onRelief).not.toHaveBeenCalled()
})
