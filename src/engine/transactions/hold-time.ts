/**
 * How long each user's transactions have kept others waiting. A transaction has the database to itself, so whoever begins one
 * after the other, and does nothing in them, would keep everybody out: beyond a share of each minute they have to wait.
 */

interface Level {
  readonly ms: number
  readonly at: number
}

const minute = 60_000
/** Users are looked through for those who owe nothing any more when there are so many. */
const sweepAt = 1_000

export class HoldTime {
  readonly #perMinute: number
  readonly #levels = new Map<string, Level>()
  #sweepAt = sweepAt

  /** @param perMinute milliseconds of each minute; a whole minute is no limit */
  constructor(perMinute: number) {
    this.#perMinute = Math.min(perMinute, minute)
  }

  /** @returns 0, or in how many seconds the user may begin a transaction again */
  retryAfter(user: string, now: number): number {
    const over = this.#left(user, now) - this.#perMinute
    return over < 0 ? 0 : Math.max(1, Math.ceil((over * minute) / this.#perMinute / 1_000))
  }

  spend(user: string, ms: number, now: number): void {
    if (this.#perMinute === minute) return
    this.#levels.set(user, { ms: this.#left(user, now) + ms, at: now })
    if (this.#levels.size < this.#sweepAt) return
    for (const one of this.#levels.keys()) if (this.#left(one, now) === 0) this.#levels.delete(one)
    this.#sweepAt = Math.max(sweepAt, this.#levels.size * 2)
  }

  /** Users that are remembered. */
  get size(): number {
    return this.#levels.size
  }

  #left(user: string, now: number): number {
    const level = this.#levels.get(user)
    return level ? Math.max(0, level.ms - ((now - level.at) * this.#perMinute) / minute) : 0
  }
}
