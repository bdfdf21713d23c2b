/**
 * Failed sign-ins of an address, whatever names were tried; those of a name are counted in the database. An attempt counts
 * from its start and is taken back when it succeeds.
 */

export interface AttemptOptions {
  readonly most: number
  readonly windowMs: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

const sweepAt = 10_000

export class SignInAttempts {
  readonly #options: Required<AttemptOptions>
  /** By address, the instants, oldest first. */
  readonly #attempts = new Map<string, number[]>()
  #sweepAt = sweepAt

  constructor(options: AttemptOptions) {
    this.#options = { now: () => performance.now(), ...options }
  }

  /** @returns 0, or in how many seconds the address may try again */
  begin(address: string): number {
    const { most, windowMs, now } = this.#options
    const at = now()
    const recent = (this.#attempts.get(address) ?? []).filter((instant) => instant > at - windowMs)
    this.#attempts.set(address, recent)
    if (this.#attempts.size > this.#sweepAt) this.#sweep(at)
    const [oldest] = recent
    if (oldest !== undefined && recent.length >= most) return Math.ceil((oldest + windowMs - at) / 1_000)
    recent.push(at)
    return 0
  }

  /** The latest attempt was none to worry about. */
  forgive(address: string): void {
    this.#attempts.get(address)?.pop()
  }

  #sweep(at: number): void {
    const { windowMs } = this.#options
    for (const [address, instants] of this.#attempts)
      if ((instants.at(-1) ?? 0) <= at - windowMs) this.#attempts.delete(address)
    this.#sweepAt = Math.max(sweepAt, this.#attempts.size * 2)
  }
}
