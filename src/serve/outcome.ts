import { type Report, toDBALError } from '../engine/failure.ts'
import type { Outcome } from '../protocol/host.ts'

/** Runs a call of a host's port; its failure becomes a value, since a port would drop an error's code and details. */
export async function outcomeOf<T>(work: () => T | Promise<T>, report: Report): Promise<Outcome<T>> {
  try {
    return { ok: await work() }
  } catch (error) {
    return { error: toDBALError(error, report).toWire() }
  }
}
