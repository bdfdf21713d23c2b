/** How long and with what chance the fault tests run: short by default, as the command line says in long runs. */

const number = (name: string): number | undefined => {
  const given = process.env[name]
  return given === undefined ? undefined : Number(given)
}

export const plan = {
  /** Workers to terminate. */
  kills: number('DBAL_KILLS') ?? 20,
  /** Browsers to kill. */
  crashes: number('DBAL_CRASHES') ?? 5,
  /** Turns of what is only done again and again: short, or long in `npm run test:faults`. */
  turns: (short: number, long: number): number => (process.env['DBAL_LONG'] ? long : short),
  seed: number('DBAL_SEED') ?? Math.floor(Math.random() * 2 ** 31),
} as const

/** mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
