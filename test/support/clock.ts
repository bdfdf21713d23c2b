/** A clock that a test moves: `pass` calls what has become due on the way, in order. */
export class TestClock {
  at: number
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>()

  constructor(at: number) {
    this.at = at
  }

  now(): number {
    return this.at
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.at + milliseconds, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size
  }

  /** When the next timer is due; null without one. */
  get nextAt(): number | null {
    const instants = [...this.#timers].map(({ at }) => at)
    return instants.length === 0 ? null : Math.min(...instants)
  }

  pass(milliseconds: number): void {
    const end = this.at + milliseconds
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
      if (!next) break
      this.#timers.delete(next)
      this.at = Math.max(this.at, next.at)
      next.run()
    }
    this.at = end
  }
}

/** Timers of the platform, for a clock whose instants a test decides. */
export function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds)
  return () => clearTimeout(timer)
}
