import { expect, it } from 'vitest'
import { HoldTime } from './hold-time.ts'

it('beyond a share of each minute has to wait until it is less again', () => {
  const time = new HoldTime(20_000)
  expect(time.retryAfter('a', 0)).toBe(0)
  time.spend('a', 19_999, 0)
  expect(time.retryAfter('a', 0)).toBe(0)
  time.spend('a', 10_001, 0)
  // Ten seconds too many, of which a third of a second goes in each one.
  expect(time.retryAfter('a', 0)).toBe(30)
  expect(time.retryAfter('a', 29_100)).toBe(1)
  expect(time.retryAfter('a', 30_001)).toBe(0)
  expect(time.retryAfter('b', 0)).toBe(0)
})

it('of a whole minute is no limit', () => {
  const time = new HoldTime(60_000)
  for (let at = 0; at < 100; at++) time.spend('a', 60_000, at)
  expect(time.retryAfter('a', 100)).toBe(0)
})

it('forgets who owes nothing any more', () => {
  const time = new HoldTime(20_000)
  time.spend('early', 30_000, 0)
  for (let at = 0; at < 2_000; at++) time.spend(`user ${at}`, 1, 1_000_000 + at * 10)
  expect(time.size).toBeLessThan(1_100)
})
