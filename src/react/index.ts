/** React hooks over a client: `@metabuilder/dbal/react`. */

/**
 * Tells the hooks the app's schema, once, anywhere in the app:
 *
 *     declare module '@metabuilder/dbal/react' {
 *       interface Register { schema: typeof schema }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps add to it
export interface Register {}

export type { ConnectionState } from './connection-state.ts'
export { DBALProvider, type DBALProviderProps, useDBAL } from './context.ts'
export type { QueryKey } from './key.ts'
export type { Draft, EntityReference, ListQuery, Side } from './optimistic.ts'
export type { RegisteredSchema } from './register.ts'
export { useConnection } from './use-connection.ts'
export { type KVSetter, useKV } from './use-kv.ts'
export { type LiveOptions, type LiveResult, type LoadedLive, useLiveQuery } from './use-live-query.ts'
export { type Mutation, type MutationOptions, useMutation } from './use-mutation.ts'
export {
  type LoadedResult,
  type QueryOptions,
  type QueryResult,
  type SuspenseOptions,
  useQuery,
} from './use-query.ts'
