/** What the audit log says of a call: of one that was done, and of one that was denied. */

import type { DBALError, ErrorDetails } from '../protocol/error.ts'
import type { RequestId } from '../protocol/request.ts'
import type { AuditDraft } from './audit/audit-log.ts'
import { idText } from './audit/images.ts'
import type { Call, Outcome, RowChange } from './call.ts'

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

/** Who did something: a call, or the engine itself, which nobody asked and which has no request. */
type Deed = Pick<Call, 'caller' | 'entity' | 'method' | 'startedAt'> & {
  readonly requestId: RequestId | null
}

/** Nothing for a call that wrote nothing and was no attempt. */
export function describeOutcome(
  call: Deed & { readonly wouldDeny: boolean },
  outcome: Outcome,
  now: number,
): readonly AuditDraft[] {
  const { changes, attempt } = outcome
  const wouldDeny = call.wouldDeny || outcome.wouldDeny
  if (changes.length === 0 && !attempt && !wouldDeny) return []
  const about = { ...who(call, now), ...(outcome.operation && { operation: outcome.operation }) }
  const code = wouldDeny ? ('FORBIDDEN' as const) : null
  if (attempt) {
    const { success, rowIds, text } = attempt
    return [{ ...about, success, code, rowIds, changes: [], ...(text && { text }) }]
  }
  if (changes.length === 0) return [{ ...about, success: true, code, rowIds: [], changes: [] }]
  const followed = describeFollowed(call, changes, code, now)
  if (outcome.bulk) {
    return [
      {
        ...about,
        entity: call.entity?.name ?? changes[0]?.entity.name ?? null,
        success: true,
        code,
        rowIds: changes.map(({ id }) => id),
        changes,
        bulk: true,
      },
      ...followed,
    ]
  }
  return [
    ...changes.map((change: RowChange) => ({
      ...about,
      entity: change.entity.name,
      success: true,
      code,
      rowIds: [change.id],
      changes: [change],
    })),
    ...followed,
  ]
}

/** One entry for each entity in which foreign keys have removed or changed rows that the call did not name. */
function describeFollowed(
  call: Deed,
  changes: readonly RowChange[],
  code: 'FORBIDDEN' | null,
  now: number,
): readonly AuditDraft[] {
  if (!changes.some(({ followed }) => followed)) return []
  const nameOf = ({ entity, id }: RowChange) => `${entity.name}\n${idText(id)}`
  const seen = new Set(changes.map(nameOf))
  const byEntity = new Map<string, RowChange[]>()
  for (const change of changes.flatMap(({ followed = [] }) => followed)) {
    const name = nameOf(change)
    if (seen.has(name)) continue
    seen.add(name)
    const known = byEntity.get(change.entity.name)
    if (known) known.push(change)
    else byEntity.set(change.entity.name, [change])
  }
  return [...byEntity].map(([entity, rows]) => ({
    ...who(call, now),
    entity,
    operation: 'cascade',
    success: true,
    code,
    rowIds: rows.map(({ id }) => id),
    changes: rows,
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

function who(call: Deed, now: number) {
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
