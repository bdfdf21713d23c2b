/** Frames as they come from a port: read field by field, refused request by request. */

import { type DBALError, invalid } from '../protocol/error.ts'
import type { Frame, Reply, Request, RequestId } from '../protocol/request.ts'
import { findDiffering, twoOfOneId } from './repeated.ts'

export interface DecodedFrame {
  /** The sound requests, in their order. */
  readonly frame: Frame
  /** A VALIDATION_ERROR for each of the others. */
  readonly refused: readonly Reply[]
  /** Ids of sound requests that came once more: each is owed the same reply again. */
  readonly repeated: readonly RequestId[]
}

/** Ids start at 1: this one stands where none could be read. */
const unreadableId = 0
const longestMethod = 100

/** Never throws. */
export function decodeFrame(value: unknown, maxRequests: number): DecodedFrame {
  const { ack, requests } = (typeof value === 'object' && value !== null ? value : {}) as {
    ack?: unknown
    requests?: unknown
  }
  if (!Array.isArray(requests)) return refuseAll([], invalid('frame', 'must be { ack, requests }'))
  if (requests.length > maxRequests) {
    // Not one of them is looked at: a list can say that it is longer than any memory.
    return refuseAll(
      [],
      invalid('frame.requests', `holds ${requests.length} requests; ${maxRequests} is the most`),
    )
  }
  const ascending: Request[] = []
  const late: { readonly at: number; readonly request: Request }[] = []
  const refused: Reply[] = []
  let last = 0
  for (const [at, request] of requests.entries()) {
    const problem = problemOf(request)
    if (problem) {
      refused.push({ id: idOf(request), error: invalid(`frame.requests[${at}]`, problem).toWire() })
      continue
    }
    const { id, method, params, transaction } = request as Request
    const read = transaction === undefined ? { id, method, params } : { id, method, params, transaction }
    if (id <= last) late.push({ at, request: read })
    else ascending.push(read)
    last = Math.max(last, id)
  }
  const { sound, repeated } = late.length > 0 ? settleLate(ascending, late, refused) : noneLate(ascending)
  const first = sound[0]?.id ?? Number.POSITIVE_INFINITY
  // Outcomes below `ack` are forgotten: above an id that is still asked for it would undo "at most once".
  if (!isCount(ack) || ack > first) {
    return refuseAll(requests, invalid('frame.ack', 'must be the lowest id that is not answered yet'))
  }
  return { frame: { ack, requests: sound }, refused, repeated }
}

const noneLate = (sound: readonly Request[]) => ({ sound, repeated: [] })

/** A request that came before is not run again; where two were meant by one id, none is. */
function settleLate(
  ascending: readonly Request[],
  late: readonly { readonly at: number; readonly request: Request }[],
  refused: Reply[],
): { readonly sound: readonly Request[]; readonly repeated: readonly RequestId[] } {
  const known = new Set(ascending.map(({ id }) => id))
  const again = late.map(({ request }) => request)
  const differing = findDiffering(ascending, again)
  for (const { at, request } of late) {
    const { id } = request
    if (known.has(id) && !differing.has(id)) continue
    const problem = known.has(id) ? twoOfOneId : 'ids must ascend'
    refused.push({ id, error: invalid(`frame.requests[${at}]`, problem).toWire() })
  }
  for (const id of differing) refused.push({ id, error: invalid('frame.requests', twoOfOneId).toWire() })
  return {
    sound: ascending.filter(({ id }) => !differing.has(id)),
    repeated: again.map(({ id }) => id).filter((id) => known.has(id) && !differing.has(id)),
  }
}

function problemOf(request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null) return 'must be { id, method, params }'
  const { id, method, params, transaction } = request as Partial<Record<keyof Request, unknown>>
  if (!isCount(id) || id === unreadableId) return 'id must be a whole number from 1'
  if (typeof method !== 'string' || method.length === 0 || method.length > longestMethod)
    return 'method must be a name'
  if (!Array.isArray(params)) return 'params must be a list'
  if (transaction !== undefined && (!isCount(transaction) || transaction === 0))
    return 'transaction must be a whole number from 1'
  return undefined
}

function refuseAll(requests: readonly unknown[], error: DBALError): DecodedFrame {
  const ids = requests.length > 0 ? new Set(requests.map(idOf)) : [unreadableId]
  return {
    frame: { ack: 0, requests: [] },
    refused: Array.from(ids, (id) => ({ id, error: error.toWire() })),
    repeated: [],
  }
}

function idOf(request: unknown): number {
  const id = (request as { id?: unknown } | null | undefined)?.id
  return isCount(id) ? id : unreadableId
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
