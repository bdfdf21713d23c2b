/**
 * Plans by number, for each port alone: a number is worth nothing to another caller, and nothing to the same one under
 * another role. Numbers start at random, so that one of an earlier connection is not taken for one of this.
 */

import type { Actor } from '../../protocol/principal.ts'
import type { CallerPort } from '../call.ts'
import type { Random } from '../ids.ts'
import type { Plan } from './plan.ts'

const mostPlans = 500
/** Of the plans of one port together: characters of their trees, and 8 for each of their values. */
const mostWeight = 4_000_000

interface Kept {
  readonly plan: Plan
  readonly weight: number
}

export class Shapes {
  readonly #plans = new Map<number, Kept>()
  #weight = 0
  #next: number

  constructor(random: Random) {
    // 40 random bits: far from the largest number that is exact.
    this.#next = random.bytes(5).reduce((number, byte) => number * 256 + byte, 0) + 1
  }

  /** @param query what the plan was made of */
  add(plan: Plan, query: { readonly tree: string; readonly params: readonly unknown[] }): number {
    const number = this.#next++
    const weight = query.tree.length + 8 * query.params.length
    this.#plans.set(number, { plan, weight })
    this.#weight += weight
    for (const [oldest, kept] of this.#plans) {
      if (this.#plans.size <= mostPlans && this.#weight <= mostWeight) break
      this.#plans.delete(oldest)
      this.#weight -= kept.weight
    }
    return number
  }

  find(number: unknown, role: Actor): Plan | undefined {
    const kept = this.#plans.get(number as number)
    if (kept?.plan.role !== role) return undefined
    // The least lately used is the first to go.
    this.#plans.delete(number as number)
    this.#plans.set(number as number, kept)
    return kept.plan
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
