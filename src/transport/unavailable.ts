import { DBALError } from '../protocol/error.ts'

/** @param reason in a few words, for programs and logs; the message is for people */
export function unavailable(message: string, reason = message): DBALError<'DATABASE_ERROR'> {
  return new DBALError('DATABASE_ERROR', message, { reason })
}
