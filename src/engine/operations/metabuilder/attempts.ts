/**
 * Failed sign-ins, counted in the database so that neither a reload nor a second process forgets them. An attempt counts
 * from its start and is taken back when it succeeds: a thousand guesses sent at once count like a thousand in a row.
 */

import type { Statement } from '../../../drivers/driver.ts'
import { DBALError } from '../../../protocol/error.ts'
import type { Limits } from '../../../protocol/limits.ts'
import { ask, type Work } from '../../work.ts'

const attempts = 'main."_dbal_attempts"'

const forgetOld: Statement = { sql: `delete from ${attempts} where "at" <= ?`, columns: [] }
const count: Statement = {
  sql: `select count(*), min("at") from ${attempts} where "subject" = ? and "at" > ?`,
  columns: ['integer', 'any'],
}
const add: Statement = {
  sql: `insert into ${attempts} ("subject", "at") values (?, ?)`,
  columns: [],
}
/** Not every database gives back what it inserts; writers stand in line, so the last one is one's own. */
const last: Statement = {
  sql: `select max(rowid) from ${attempts} where "subject" = ? and "at" = ?`,
  columns: ['integer'],
}
const take: Statement = { sql: `delete from ${attempts} where rowid = ?`, columns: [] }

/** What `forgiveAttempt` needs. */
export type Attempt = number

/**
 * Counts an attempt as failed.
 * @throws DBALError RATE_LIMIT_EXCEEDED with `retryAfter` in seconds when the subject has too many
 */
export function* reserveAttempt(subject: string, nowMs: number, limits: Limits): Work<Attempt> {
  yield* ask(forgetOld, [nowMs - limits.signInWindowMs])
  const { values } = yield* ask(count, [subject, nowMs - limits.signInWindowMs])
  const [failures, oldest] = values as [number, number | null]
  if (failures >= limits.signInAttempts) {
    const retryAfter = Math.max(1, Math.ceil(((oldest ?? nowMs) + limits.signInWindowMs - nowMs) / 1_000))
    throw new DBALError('RATE_LIMIT_EXCEEDED', `Too many failed attempts; try again in ${retryAfter} s`, {
      retryAfter,
    })
  }
  yield* ask(add, [subject, nowMs])
  return (yield* ask(last, [subject, nowMs])).values[0] as Attempt
}

/** A success does not count. */
export function* forgiveAttempt(attempt: Attempt): Work<void> {
  yield* ask(take, [attempt])
}
