import { describe, expect, test } from 'vitest'
import type { Plan } from './plan.ts'
import { Shapes } from './shapes.ts'

const startingAt = (byte: number) => new Shapes({ bytes: (count) => new Uint8Array(count).fill(byte) })
const plan = (role: Plan['role'] = 'user') => ({ kind: 'select', role }) as Plan

describe('shapes', () => {
  test('a number finds its plan, for the role that it was made for alone', () => {
    const shapes = startingAt(1)
    const made = plan()
    const number = shapes.add(made)
    expect(shapes.find(number, 'user')).toBe(made)
    expect(shapes.find(number, 'god')).toBeUndefined()
    expect(shapes.find(String(number), 'user')).toBeUndefined()
  })

  test('numbers of two connections are apart', () => {
    expect(startingAt(1).add(plan())).not.toBe(startingAt(2).add(plan()))
  })

  test('numbers stay exact', () => {
    expect(Number.isSafeInteger(startingAt(255).add(plan()) + 1_000_000)).toBe(true)
  })

  test('of more than 500 the least lately used is gone', () => {
    const shapes = startingAt(1)
    const numbers = Array.from({ length: 500 }, () => shapes.add(plan()))
    const [first = 0, second = 0] = numbers
    shapes.find(first, 'user')
    shapes.add(plan())
    expect(shapes.find(first, 'user')).toBeDefined()
    expect(shapes.find(second, 'user')).toBeUndefined()
  })
})
