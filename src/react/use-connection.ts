import { useSyncExternalStore } from 'react'
import { invalid } from '../protocol/error.ts'
import { type ConnectionState, connecting, connectionOf } from './connection-state.ts'
import { type SomeClient, useClientIfAny } from './context.ts'
import type { AnyClient } from './query-entry.ts'

/**
 * How the database is reached: whether the connection stands, which storage was got, and why if it is a weaker one.
 *
 * @param client default: the provider's
 * @throws DBALError VALIDATION_ERROR when there is no client
 */
export function useConnection(client?: SomeClient): ConnectionState {
  const provided = useClientIfAny()
  const chosen = (client ?? provided) as AnyClient | null
  if (!chosen) throw invalid('client', 'this hook needs a DBALProvider above its component')
  const { subscribe, getSnapshot } = connectionOf(chosen)
  return useSyncExternalStore(subscribe, getSnapshot, unknown)
}

const unknown = (): ConnectionState => connecting
