/**
 * Removes rows whose end has passed: as the system, in small transactions, each with its entries in the audit log. What
 * foreign keys take along is recorded too. A row that something else needs stays, and keeps no other from going.
 */

import { DriverError } from '../../drivers/driver.ts'
import { DBALError } from '../../protocol/error.ts'
import { systemPrincipal } from '../../protocol/principal.ts'
import type { RowChange } from '../call.ts'
import { describeOutcome } from '../entry.ts'
import type { EntityModel } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import { removeRow } from '../operations/write.ts'
import type { Caller } from '../query/binding.ts'
import { atomic, commit, rollback } from '../transaction.ts'
import { ask, type Deadline, type Work } from '../work.ts'
import type { ExpiredRows } from './expired-rows.ts'

export interface BatchOptions {
  readonly entity: EntityModel
  /** Rows that end until then go: ISO 8601 UTC with milliseconds. */
  readonly now: string
  /** How many of them, the longest expired ones, could not be removed before. */
  readonly stuck: number
  readonly deadline: Deadline
  readonly monotonic: () => number
}

export interface Batch {
  readonly changes: readonly RowChange[]
  readonly stuck: number
  /** Whether there may be more. */
  readonly hasMore: boolean
}

/** One transaction's worth; none where nothing has expired. */
export function* sweepBatch(tools: Tools, rows: ExpiredRows, options: BatchOptions): Work<Batch> {
  const { entity, now, deadline, monotonic } = options
  const { ttlSweepRows, queryTimeoutMs } = tools.limits
  const startedAt = monotonic()
  deadline.at = startedAt + queryTimeoutMs
  const keys = yield* rows.keys(entity, now, ttlSweepRows, options.stuck)
  if (keys.length === 0) return { changes: [], stuck: options.stuck, hasMore: false }
  const caller: Caller = { principal: systemPrincipal, now }
  const changes: RowChange[] = []
  let { stuck } = options
  deadline.at = 0
  yield* ask(tools.dialect.transaction.beginWriting, [])
  try {
    deadline.at = startedAt + queryTimeoutMs
    for (const key of keys) {
      // By now it may be gone with another row of the batch, or have got more time.
      const row = yield* tools.lookup.row(entity, { equal: key }, caller)
      const end = row?.[entity.data.ttl as string]
      if (!row || typeof end !== 'string' || end > now) continue
      try {
        changes.push(yield* atomic(0, () => removeRow({ entity, caller }, tools, row)))
      } catch (error) {
        if (!isNeeded(error)) throw error
        stuck++
      }
    }
    const call = { caller, entity, method: 'expire', requestId: null, startedAt, wouldDeny: false }
    const drafts = describeOutcome(call, { result: null, changes, bulk: true }, monotonic())
    if (tools.audit && drafts.length > 0) yield* tools.audit.append(drafts)
    deadline.at = 0
    yield* tools.announce({ changes, touched: [] })
    yield* commit()
  } catch (error) {
    deadline.at = 0
    yield* rollback()
    tools.audit?.reset()
    throw error
  }
  return { changes, stuck, hasMore: keys.length === ttlSweepRows }
}

/** Another row refers to it, or a rule of the database's own (a trigger, a check) keeps it. */
function isNeeded(error: unknown): boolean {
  if (error instanceof DBALError) return error.is('CONFLICT') || error.is('VALIDATION_ERROR')
  return error instanceof DriverError && error.kind === 'trigger' && !error.rolledBack
}
