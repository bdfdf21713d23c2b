import { useMemo } from 'react'
import type { EntityHandle, Key, ListInput, ListRow, NoInclude } from '../client/entity.ts'
import type { Change } from '../client/live.ts'
import { type LiveSelect, liveOriginOf } from '../client/origin.ts'
import { type DBALError, invalid } from '../protocol/error.ts'
import type { Row } from '../protocol/rows.ts'
import type { Schema } from '../schema/define.ts'
import type { IncludeOf } from '../schema/infer.ts'
import { writeKey } from './key.ts'
import type { Open } from './live-entry.ts'
import type { Place } from './optimistic.ts'
import type { AnyClient } from './query-entry.ts'
import type { AccessorName, EntityOf, RegisteredSchema } from './register.ts'
import { entityOf, resultsOf } from './results.ts'
import { suspendUntilLoaded, useEntry } from './use-entry.ts'
import { useOrigin } from './use-origin.ts'
import type { SuspenseOptions } from './use-query.ts'

export interface LiveOptions {
  /** False opens nothing: the status is `idle`. Default: true. */
  readonly enabled?: boolean
  readonly suspense?: false
}

interface Live<R> {
  /** What the last event changed, as the engine said it. */
  readonly change: Change<R> | undefined
  /** Opens it again after an error. */
  readonly retry: () => void
}

/** The rows of a live query; a row that did not change stays the same object. */
export type LiveResult<R> = Live<R> &
  (
    | {
        readonly status: 'idle'
        readonly data: undefined
        readonly error: undefined
        readonly isLoading: false
      }
    | {
        readonly status: 'loading'
        readonly data: undefined
        readonly error: undefined
        readonly isLoading: true
      }
    | {
        readonly status: 'success'
        readonly data: readonly R[]
        readonly error: undefined
        readonly isLoading: false
      }
    | {
        /** The query has ended; `data` is what was known before. */
        readonly status: 'error'
        readonly data: readonly R[] | undefined
        readonly error: DBALError
        readonly isLoading: false
      }
  )

export interface LoadedLive<R> extends Live<R> {
  readonly status: 'success' | 'error' | 'loading'
  readonly data: readonly R[]
  readonly error: DBALError | undefined
  readonly isLoading: boolean
}

/**
 * The rows of a list, kept up to date: every change that the caller may see shows at once, whoever made it and in whichever
 * tab. Components with the same query share one subscription; it ends when the last of them is gone.
 *
 * @param entity a handle (`client.users`) or its name in the client (`'users'`)
 * @param query filter, sort, limit and select of the list
 * @throws DBALError VALIDATION_ERROR without a client, for an unknown entity, and for a select of another Kysely
 */
export function useLiveQuery<
  S extends Schema,
  E extends string,
  K extends Key<S, E> = Key<S, E>,
  const I extends IncludeOf<S, E> = NoInclude,
>(
  entity: EntityHandle<S, E>,
  query: ListInput<S, E, K, I> | undefined,
  options: SuspenseOptions,
): LoadedLive<ListRow<S, E, K, I>>
export function useLiveQuery<
  S extends Schema,
  E extends string,
  K extends Key<S, E> = Key<S, E>,
  const I extends IncludeOf<S, E> = NoInclude,
>(
  entity: EntityHandle<S, E>,
  query?: ListInput<S, E, K, I>,
  options?: LiveOptions,
): LiveResult<ListRow<S, E, K, I>>
export function useLiveQuery<
  A extends AccessorName,
  K extends Key<RegisteredSchema, EntityOf<A>> = Key<RegisteredSchema, EntityOf<A>>,
  const I extends IncludeOf<RegisteredSchema, EntityOf<A>> = NoInclude,
>(
  entity: A,
  query: ListInput<RegisteredSchema, EntityOf<A>, K, I> | undefined,
  options: SuspenseOptions,
): LoadedLive<ListRow<RegisteredSchema, EntityOf<A>, K, I>>
export function useLiveQuery<
  A extends AccessorName,
  K extends Key<RegisteredSchema, EntityOf<A>> = Key<RegisteredSchema, EntityOf<A>>,
  const I extends IncludeOf<RegisteredSchema, EntityOf<A>> = NoInclude,
>(
  entity: A,
  query?: ListInput<RegisteredSchema, EntityOf<A>, K, I>,
  options?: LiveOptions,
): LiveResult<ListRow<RegisteredSchema, EntityOf<A>, K, I>>
/** The rows of a select of `toKysely(client)`; it needs no provider. */
export function useLiveQuery<R>(query: LiveSelect<R>, options: SuspenseOptions): LoadedLive<R>
export function useLiveQuery<R>(query: LiveSelect<R>, options?: LiveOptions): LiveResult<R>
export function useLiveQuery(
  given: string | object,
  second: object = {},
  third: LiveOptions | SuspenseOptions = {},
): LiveResult<Row> | LoadedLive<Row> {
  const compiled = isSelect(given) ? given.compile() : undefined
  if (compiled && !liveOriginOf(compiled)) throw invalid('query', 'must be a select of toKysely(client)')
  const [what, query, options] = compiled ? [compiled, {}, second as LiveOptions] : [given, second, third]
  const client = useOrigin(what)
  const isAsked = (options as LiveOptions).enabled !== false
  const { place, open } = questionOf(client, what, query)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all that the place and the call depend on
  const entry = useMemo(
    () => (isAsked ? resultsOf(client).live(place, open) : undefined),
    [client, place.key, isAsked],
  )
  const snapshot = useEntry(entry)
  if (options.suspense && entry) suspendUntilLoaded(entry, snapshot, () => entry.start())
  return useMemo(
    () =>
      ({
        status: snapshot.status,
        data: snapshot.data,
        error: snapshot.error,
        isLoading: snapshot.status === 'loading',
        change: entry?.change,
        retry: entry?.retry ?? nothing,
      }) as LiveResult<Row>,
    [snapshot, entry],
  )
}

const nothing = (): void => {}

const isSelect = (what: string | object): what is LiveSelect<unknown> =>
  typeof what === 'object' && 'isSelectQueryBuilder' in what

function questionOf(client: AnyClient, what: string | object, query: object): { place: Place; open: Open } {
  const live = liveOriginOf(what)
  if (live) return { place: { key: `select ${writeKey(live.key)}` }, open: live.subscribe }
  const { name } = entityOf(client, what)
  return {
    place: { key: writeKey([name, query]), entity: name, query, rows },
    open: (listener, onError) => client.entity(name).live(query as never, listener as never, onError),
  }
}

const rows: NonNullable<Place['rows']> = {
  get: (data) => data as readonly Row[],
  put: (_data, next) => next,
}
