/** What the audit log says of a call: of one that was done, and of one that was denied. */

import type { DBALError, ErrorDetails } from '../protocol/error.ts'
import type { AuditDraft } from './audit/audit-log.ts'
import type { AllowedCall, Call, Outcome, RowChange } from './call.ts'

/** Codes that are denials: somebody tried what they may not. */
const denials = new Set<string>([
  'FORBIDDEN',
  'UNAUTHORIZED',
  'RATE_LIMIT_EXCEEDED',
  'SANDBOX_VIOLATION',
  'MALICIOUS_CODE_DETECTED',
])

export function isDenial(error: unknown): error is DBALError {
  return error instanceof Error && 'code' in error && denials.has(String(error.code))
}

/** Nothing for a call that wrote nothing and was no attempt. */
export function describeOutcome(call: AllowedCall, outcome: Outcome, now: number): readonly AuditDraft[] {
  const { changes, attempt } = outcome
  const wouldDeny = call.wouldDeny || outcome.wouldDeny
  const code = wouldDeny ? 'FORBIDDEN' : null
  if (attempt)
    return [{ ...who(call, now), success: attempt.success, code, rowIds: attempt.rowIds, changes: [] }]
  if (changes.length === 0)
    return wouldDeny ? [{ ...who(call, now), success: true, code, rowIds: [], changes: [] }] : []
  if (outcome.bulk) {
    return [
      { ...who(call, now), success: true, code, rowIds: changes.map(({ id }) => id), changes, bulk: true },
    ]
  }
  return changes.map((change: RowChange) => ({
    ...who(call, now),
    entity: change.entity.name,
    success: true,
    code,
    rowIds: [change.id],
    changes: [change],
  }))
}

export function describeDenial(call: Call, error: DBALError, now: number): AuditDraft {
  const named = (error.details ?? {}) as ErrorDetails['FORBIDDEN']
  return {
    ...who(call, now),
    entity: call.entity?.name ?? named.entity ?? null,
    success: false,
    code: error.code,
    rowIds: deniedIds(call),
    changes: [],
  }
}

function who(call: Call, now: number) {
  return {
    at: call.caller.now,
    principal: call.caller.principal,
    entity: call.entity?.name ?? null,
    operation: call.method,
    durationMs: Math.max(0, Math.round((now - call.startedAt) * 1000) / 1000),
    requestId: call.requestId,
  }
}

/** The row that was aimed at, where the call names one; never other parameters, which may hold secrets. */
function deniedIds({ method, params }: Call): readonly unknown[] {
  const [id] = params
  const names = method === 'read' || method === 'update' || method === 'delete' || method === 'move'
  return names && typeof id === 'string' && id.length <= 64 ? [id] : []
}
