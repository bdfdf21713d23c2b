/** So many pieces at a time, each on its own, the first that came first. */

export class Lanes {
  readonly count: number
  readonly #waiting: (() => void)[] = []
  #taken = 0
  #onIdle: (() => void)[] = []

  constructor(count: number) {
    this.count = count
  }

  async run<T>(piece: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.count) await new Promise<void>((enter) => this.#waiting.push(enter))
    else this.#taken++
    try {
      return await piece()
    } finally {
      this.#leave()
    }
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.#taken === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve))
  }

  /** The next one takes over the lane at once: nobody who comes meanwhile can be before it. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else if (--this.#taken === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
