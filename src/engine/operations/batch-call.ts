/** A call inside of another one: of a batch, or of `explain`. */

import type { BatchCall } from '../../protocol/request.ts'

export function isBatchCall(value: unknown): value is BatchCall {
  if (typeof value !== 'object' || value === null) return false
  const { method, params, ...more } = value as Partial<BatchCall>
  return typeof method === 'string' && Array.isArray(params) && Object.keys(more).length === 0
}
