import { useEffect, useMemo, useState } from 'react'
import type { DBALClient } from '../client/client.ts'
import type { EntityHandle, Key, ListInput, ListRow, NoInclude } from '../client/entity.ts'
import type { DBALError } from '../protocol/error.ts'
import type { Row } from '../protocol/rows.ts'
import type { Schema } from '../schema/define.ts'
import type { IncludeOf, Page } from '../schema/infer.ts'
import { type QueryKey, writeKey } from './key.ts'
import type { Place } from './optimistic.ts'
import type { AnyClient, Ask } from './query-entry.ts'
import type { AccessorName, EntityOf, RegisteredSchema } from './register.ts'
import { entityOf, resultsOf } from './results.ts'
import { suspendUntilLoaded, useEntry } from './use-entry.ts'
import { useOrigin } from './use-origin.ts'

export interface QueryOptions {
  /** False asks nothing: the status is `idle`. Default: true. */
  readonly enabled?: boolean
  /** Shows the answer to the question before until there is one to this. Default: false. */
  readonly keepPrevious?: boolean
  readonly suspense?: false
}

/** Suspends the component until there is an answer; an error goes to the error boundary. */
export interface SuspenseOptions {
  readonly suspense: true
}

interface Asked {
  /** A call is on its way. */
  readonly isFetching: boolean
  /** Asks again. Settles with the answer, or when a later call overtakes this one; never rejects. */
  readonly refetch: () => Promise<void>
}

/** What is known of a question; `status` says which. */
export type QueryResult<T> = Asked &
  (
    | {
        readonly status: 'idle'
        readonly data: undefined
        readonly error: undefined
        readonly isLoading: false
      }
    | {
        /** No answer yet; with `keepPrevious`, or after an error, there may be an older one. */
        readonly status: 'loading'
        readonly data: T | undefined
        readonly error: undefined
        readonly isLoading: true
      }
    | { readonly status: 'success'; readonly data: T; readonly error: undefined; readonly isLoading: false }
    | {
        /** `data` is what was known before. */
        readonly status: 'error'
        readonly data: T | undefined
        readonly error: DBALError
        readonly isLoading: false
      }
  )

/** With Suspense there is always an answer; `error` is that of the last call, when it failed. */
export interface LoadedResult<T> extends Asked {
  readonly status: 'success' | 'error' | 'loading'
  readonly data: T
  readonly error: DBALError | undefined
  readonly isLoading: boolean
}

type AskTyped<T> = (client: DBALClient<RegisteredSchema>) => Promise<T>

/**
 * The answer to a call, read when the component appears, when the key or the client changes, and after a `useMutation` of
 * the same client. Components with the same key share one call. The answer to an older call never replaces a newer one.
 *
 * @param key a text or a list of plain data: names the question with all that the call depends on
 * @param ask the call; it gets the provider's client
 * @throws DBALError VALIDATION_ERROR for a key that is not plain data
 */
export function useQuery<T>(key: QueryKey, ask: AskTyped<T>, options: SuspenseOptions): LoadedResult<T>
export function useQuery<T>(key: QueryKey, ask: AskTyped<T>, options?: QueryOptions): QueryResult<T>
/** A page of an entity, by its handle: `useQuery(client.users, { filter })`. Needs no provider. */
export function useQuery<
  S extends Schema,
  E extends string,
  K extends Key<S, E> = Key<S, E>,
  const I extends IncludeOf<S, E> = NoInclude,
>(
  entity: EntityHandle<S, E>,
  query: ListInput<S, E, K, I> | undefined,
  options: SuspenseOptions,
): LoadedResult<Page<ListRow<S, E, K, I>>>
export function useQuery<
  S extends Schema,
  E extends string,
  K extends Key<S, E> = Key<S, E>,
  const I extends IncludeOf<S, E> = NoInclude,
>(
  entity: EntityHandle<S, E>,
  query?: ListInput<S, E, K, I>,
  options?: QueryOptions,
): QueryResult<Page<ListRow<S, E, K, I>>>
/** A page of an entity, by its name in the client: `useQuery('users', { filter })`. */
export function useQuery<
  A extends AccessorName,
  K extends Key<RegisteredSchema, EntityOf<A>> = Key<RegisteredSchema, EntityOf<A>>,
  const I extends IncludeOf<RegisteredSchema, EntityOf<A>> = NoInclude,
>(
  entity: A,
  query: ListInput<RegisteredSchema, EntityOf<A>, K, I> | undefined,
  options: SuspenseOptions,
): LoadedResult<Page<ListRow<RegisteredSchema, EntityOf<A>, K, I>>>
export function useQuery<
  A extends AccessorName,
  K extends Key<RegisteredSchema, EntityOf<A>> = Key<RegisteredSchema, EntityOf<A>>,
  const I extends IncludeOf<RegisteredSchema, EntityOf<A>> = NoInclude,
>(
  entity: A,
  query?: ListInput<RegisteredSchema, EntityOf<A>, K, I>,
  options?: QueryOptions,
): QueryResult<Page<ListRow<RegisteredSchema, EntityOf<A>, K, I>>>
export function useQuery(
  what: QueryKey | object,
  how: Ask<unknown> | object | undefined,
  options: QueryOptions | SuspenseOptions = {},
): QueryResult<unknown> | LoadedResult<unknown> {
  const client = useOrigin(what)
  const isAsked = (options as QueryOptions).enabled !== false
  const { place, ask } = questionOf(client, what, how)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that the place and the call depend on
  const entry = useMemo(
    () => (isAsked ? resultsOf(client).query(place, ask) : undefined),
    [client, place.key, isAsked],
  )
  // Before the subscription, which may call: effects run in the order of the hooks.
  useEffect(() => {
    if (entry) entry.ask = ask
  })
  const snapshot = useEntry(entry)
  const data = useLast(client, snapshot.data, snapshot.status, (options as QueryOptions).keepPrevious)
  if (options.suspense && entry) suspendUntilLoaded(entry, snapshot, () => entry.start())
  return useMemo(
    () =>
      ({
        status: snapshot.status,
        data,
        error: snapshot.error,
        isLoading: snapshot.status === 'loading',
        isFetching: snapshot.isFetching,
        refetch: entry?.refetch ?? settled,
      }) as QueryResult<unknown>,
    [snapshot, data, entry],
  )
}

const settled = (): Promise<void> => Promise.resolve()

function questionOf(
  client: AnyClient,
  what: QueryKey | object,
  how: Ask<unknown> | object | undefined,
): { place: Place; ask: Ask<unknown> } {
  if (typeof how === 'function') return { place: { key: writeKey(what) }, ask: how as Ask<unknown> }
  const query = how ?? {}
  const { name } = entityOf(client, what)
  return {
    place: { key: `list ${writeKey([name, query])}`, entity: name, query, rows: pageRows },
    ask: (asked) => asked.entity(name).list(query as never),
  }
}

const pageRows: NonNullable<Place['rows']> = {
  get: (page) => (page as { readonly data: readonly Row[] }).data,
  put: (page, data) => ({ ...(page as object), data }),
}

/** The data, or what stood there before while there is none; never another client's. */
function useLast<T>(
  client: AnyClient,
  data: T | undefined,
  status: string,
  isKept: boolean | undefined,
): T | undefined {
  const [last, setLast] = useState<{ client: AnyClient; data: T } | undefined>()
  if (isKept && data !== undefined && (last?.data !== data || last.client !== client))
    setLast({ client, data })
  if (data !== undefined || !isKept || status !== 'loading') return data
  return last?.client === client ? last.data : undefined
}
