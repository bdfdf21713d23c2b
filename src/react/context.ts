/** Which client the components below work with. */

import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { DBALClient } from '../client/client.ts'
import { invalid } from '../protocol/error.ts'
import type { Schema } from '../schema/define.ts'
import type { AnyClient } from './query-entry.ts'
import type { RegisteredSchema } from './register.ts'

const ClientContext = createContext<AnyClient | null>(null)
ClientContext.displayName = 'DBALClient'

/** Any client, whatever its schema. */
export type SomeClient = Pick<AnyClient, 'schema' | 'ready' | 'on' | 'close'>

export interface DBALProviderProps {
  /** The client of whoever is signed in. Another one starts every hook below anew; none is closed here. */
  readonly client: SomeClient
  readonly children?: ReactNode
}

/** Gives the hooks below their client. Providers nest: the nearest one counts. */
export function DBALProvider({ client, children }: DBALProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client as AnyClient }, children)
}

/**
 * The client of the nearest provider.
 *
 * @typeParam S `typeof schema`, where the app has not told its schema by `Register`
 * @throws DBALError VALIDATION_ERROR outside of a DBALProvider
 */
export function useDBAL<S extends Schema = RegisteredSchema>(): DBALClient<S> {
  return useClient() as unknown as DBALClient<S>
}

export function useClient(): AnyClient {
  const client = useContext(ClientContext)
  if (!client) throw invalid('client', 'this hook needs a DBALProvider above its component')
  return client
}

/** The client of the nearest provider, or null. */
export const useClientIfAny = (): AnyClient | null => useContext(ClientContext)
