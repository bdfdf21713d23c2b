/** Selects whose results stay current. */

import { connectionOf } from '../client/internals.ts'
import type { Change } from '../client/live.ts'
import { type LiveSelect, liveOriginOf } from '../client/origin.ts'
import { type DBALError, invalid } from '../protocol/error.ts'
import type { Row } from '../protocol/rows.ts'

/**
 * Calls the listener with the rows of a select, at once and after every commit that changes them. A row that stays the same
 * stays the same object.
 *
 * A select of one table that has the table's whole primary key among its results, and no GROUP BY or DISTINCT, tells its
 * rows apart by that key, under the names that the select gives it. Rows of any other select are told apart by all their
 * values: such a row is never `changed`, but another that is `added` where one is `removed`; in `removed` and as `id` in
 * `moved` stands its place in the list before.
 *
 * Plugins of the Kysely change the query, not the rows. In a transaction it shows what is committed, as everywhere.
 *
 * @param query a select of `toKysely(client)`; taken as it is now
 * @param onError told when the query is refused or cannot go on; without it the client's `error` event is
 * @returns the end of the subscription, safe to call twice
 * @throws DBALError VALIDATION_ERROR for what is no select of `toKysely`
 */
export function liveQuery<R>(
  query: LiveSelect<R>,
  listener: (rows: readonly R[], change: Change<R>) => void,
  onError?: (error: DBALError) => void,
): () => void {
  const origin = liveOriginOf(compiled(query))
  if (!origin) throw invalid('query', 'must be a select of toKysely(client)')
  const connection = connectionOf(origin.client)
  return origin.subscribe(
    listener as unknown as (rows: readonly Row[], change: Change<Row>) => void,
    onError ?? ((error) => connection.tellError(error)),
  )
}

function compiled(query: unknown): unknown {
  const builder = query as { readonly compile?: unknown } | null | undefined
  return typeof builder?.compile === 'function' ? builder.compile() : undefined
}
