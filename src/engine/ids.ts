/** Row ids: UUID version 7 (RFC 9562), so that new rows stand together at the end of the index. */

export interface Random {
  /** That many unpredictable bytes. */
  bytes(count: number): Uint8Array
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Makes ids that ascend within one engine, also inside one millisecond and when the clock steps back. */
export class IdSource {
  readonly #random: Random
  #lastMs = 0
  #counter = 0
  #pool: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** @param nowMs epoch milliseconds */
  next(nowMs: number): string {
    const tail = this.#take(10)
    const byte = (index: number) => tail[index] as number
    if (nowMs > this.#lastMs) {
      this.#lastMs = nowMs
      // Leaves room to count upwards in this millisecond (RFC 9562, 6.2 method 1).
      this.#counter = ((byte(0) & 0x07) << 8) | byte(1)
    } else if (++this.#counter > 0xfff) {
      this.#lastMs++
      this.#counter = 0
    }
    const ms = this.#lastMs
    const high = Math.floor(ms / 0x10000)
    const h = (value: number) => hex[value & 0xff] as string
    return (
      `${h(high >>> 24)}${h(high >>> 16)}${h(high >>> 8)}${h(high)}-` +
      `${h((ms % 0x10000) >>> 8)}${h(ms % 0x10000)}-` +
      `7${h(this.#counter >>> 8)[1]}${h(this.#counter)}-` +
      `${h((byte(2) & 0x3f) | 0x80)}${h(byte(3))}-` +
      `${h(byte(4))}${h(byte(5))}${h(byte(6))}${h(byte(7))}${h(byte(8))}${h(byte(9))}`
    )
  }

  /** Random bytes are fetched by the thousand: one call a row would cost more than the row. */
  #take(count: number): Uint8Array {
    if (this.#at + count > this.#pool.length) {
      this.#pool = this.#random.bytes(4_096)
      this.#at = 0
    }
    this.#at += count
    return this.#pool.subarray(this.#at - count, this.#at)
  }
}
