import { describe, expect, test } from 'vitest'
import type { Plan } from './plan.ts'
import { Shapes } from './shapes.ts'

const startingAt = (byte: number) => new Shapes({ bytes: (count) => new Uint8Array(count).fill(byte) })
const plan = (role: Plan['role'] = 'user') => ({ kind: 'select', role }) as Plan
const query = { tree: '{}', params: [] }

describe('shapes', () => {
  test('a number finds its plan, for the role that it was made for alone', () => {
    const shapes = startingAt(1)
    const made = plan()
    const number = shapes.add(made, query)
    expect(shapes.find(number, 'user')).toBe(made)
    expect(shapes.find(number, 'god')).toBeUndefined()
    expect(shapes.find(String(number), 'user')).toBeUndefined()
  })

  test('numbers of two connections are apart', () => {
    expect(startingAt(1).add(plan(), query)).not.toBe(startingAt(2).add(plan(), query))
  })

  test('numbers stay exact', () => {
    expect(Number.isSafeInteger(startingAt(255).add(plan(), query) + 1_000_000)).toBe(true)
  })

  test('of more than 500 the least lately used is gone', () => {
    const shapes = startingAt(1)
    const numbers = Array.from({ length: 500 }, () => shapes.add(plan(), query))
    const [first = 0, second = 0] = numbers
    shapes.find(first, 'user')
    shapes.add(plan(), query)
    expect(shapes.find(first, 'user')).toBeDefined()
    expect(shapes.find(second, 'user')).toBeUndefined()
  })

  test('long ones take the place of many', () => {
    const shapes = startingAt(1)
    const long = { tree: 'x'.repeat(1_000_000), params: Array(125_000) }
    const numbers = Array.from({ length: 10 }, () => shapes.add(plan(), query))
    const [one, other] = [shapes.add(plan(), long), shapes.add(plan(), long)]
    expect(numbers.map((number) => shapes.find(number, 'user') !== undefined)).toEqual(Array(10).fill(false))
    expect([one, other].map((number) => shapes.find(number, 'user') !== undefined)).toEqual([true, true])
    for (const number of [shapes.add(plan(), query), shapes.add(plan(), query)])
      expect(shapes.find(number, 'user')).toBeDefined()
    expect([one, other].map((number) => shapes.find(number, 'user') !== undefined)).toEqual([false, true])
  })
})
