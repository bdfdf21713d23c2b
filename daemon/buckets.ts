/** Token buckets: each holds `capacity` requests and refills evenly. */

export interface BucketOptions {
  readonly perMinute: number
  /** How many more than a minute's share may come at once. */
  readonly burst: number
  /** Monotonic milliseconds. */
  readonly now?: () => number
}

interface Bucket {
  left: number
  at: number
}

/** Buckets are looked through for full ones, which are as good as none, when there are so many. */
const sweepAt = 10_000

export class Buckets {
  readonly #capacity: number
  readonly #perMs: number
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()
  #sweepAt = sweepAt

  constructor({ perMinute, burst, now = () => performance.now() }: BucketOptions) {
    this.#capacity = perMinute + burst
    this.#perMs = perMinute / 60_000
    this.#now = now
  }

  /** Takes one. @returns 0, or in how many seconds there is one again */
  take(key: string): number {
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? { left: this.#capacity, at: now }
    bucket.left = this.#filled(bucket, now)
    bucket.at = now
    if (this.#buckets.size >= this.#sweepAt) this.#sweep(now)
    this.#buckets.set(key, bucket)
    if (bucket.left < 1) return this.#secondsTo(bucket.left)
    bucket.left--
    return 0
  }

  /** What `take` would say. */
  look(key: string): number {
    const bucket = this.#buckets.get(key)
    const left = bucket ? this.#filled(bucket, this.#now()) : this.#capacity
    return left < 1 ? this.#secondsTo(left) : 0
  }

  get size(): number {
    return this.#buckets.size
  }

  #secondsTo(left: number): number {
    return Math.ceil((1 - left) / this.#perMs / 1_000)
  }

  #filled({ left, at }: Bucket, now: number): number {
    return Math.min(this.#capacity, left + (now - at) * this.#perMs)
  }

  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets)
      if (this.#filled(bucket, now) >= this.#capacity) this.#buckets.delete(key)
    this.#sweepAt = Math.max(sweepAt, this.#buckets.size * 2)
  }
}
