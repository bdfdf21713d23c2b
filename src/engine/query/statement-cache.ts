/** What was compiled for a shape, least recently used first out. */
export class StatementCache<Plan> {
  readonly #plans = new Map<string, Plan>()
  readonly #most: number

  constructor(most: number) {
    this.#most = Math.max(1, most)
  }

  get size(): number {
    return this.#plans.size
  }

  get(key: string): Plan | undefined {
    const plan = this.#plans.get(key)
    if (plan !== undefined) {
      this.#plans.delete(key)
      this.#plans.set(key, plan)
    }
    return plan
  }

  set(key: string, plan: Plan): Plan {
    this.#plans.set(key, plan)
    if (this.#plans.size > this.#most) this.#plans.delete(this.#plans.keys().next().value as string)
    return plan
  }
}
