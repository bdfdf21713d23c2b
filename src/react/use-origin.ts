import { liveOriginOf, originOf } from '../client/origin.ts'
import { invalid } from '../protocol/error.ts'
import { useClientIfAny } from './context.ts'
import type { AnyClient } from './query-entry.ts'

/**
 * The client of a handle or a compiled query, else the provider's.
 * @throws DBALError VALIDATION_ERROR when there is neither
 */
export function useOrigin(what: unknown): AnyClient {
  const provided = useClientIfAny()
  const client = (originOf(what) ?? liveOriginOf(what))?.client ?? provided
  if (!client) throw invalid('client', 'this hook needs a DBALProvider above its component')
  return client
}
