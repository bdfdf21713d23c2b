/**
 * Plans by number, for each port alone: a number is worth nothing to another caller, and nothing to the same one under
 * another role. Numbers start at random, so that one of an earlier connection is not taken for one of this.
 */

import type { Actor } from '../../protocol/principal.ts'
import type { CallerPort } from '../call.ts'
import type { Random } from '../ids.ts'
import type { Plan } from './plan.ts'

const mostPlans = 500

export class Shapes {
  readonly #plans = new Map<number, Plan>()
  #next: number

  constructor(random: Random) {
    // 40 random bits: far from the largest number that is exact.
    this.#next = random.bytes(5).reduce((number, byte) => number * 256 + byte, 0) + 1
  }

  add(plan: Plan): number {
    const number = this.#next++
    this.#plans.set(number, plan)
    const [oldest] = this.#plans.keys()
    if (this.#plans.size > mostPlans && oldest !== undefined) this.#plans.delete(oldest)
    return number
  }

  find(number: unknown, role: Actor): Plan | undefined {
    const plan = this.#plans.get(number as number)
    if (!plan || plan.role !== role) return undefined
    // The least lately used is the first to go.
    this.#plans.delete(number as number)
    this.#plans.set(number as number, plan)
    return plan
  }
}

const byPort = new WeakMap<CallerPort, Shapes>()

export function shapesOf(port: CallerPort, random: Random): Shapes {
  let shapes = byPort.get(port)
  if (!shapes) {
    shapes = new Shapes(random)
    byPort.set(port, shapes)
  }
  return shapes
}
