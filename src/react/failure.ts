import { DBALError } from '../protocol/error.ts'

/** Whatever was thrown, as an error with a code; what is none of ours is an INTERNAL_ERROR with its cause. */
export function toDBALError(thrown: unknown): DBALError {
  if (thrown instanceof DBALError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new DBALError('INTERNAL_ERROR', message, undefined, { cause: thrown })
}
