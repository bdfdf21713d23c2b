/** Where an entity's handle or a compiled query comes from, for code that is given it alone (`src/react`). */

import type { DBALError } from '../protocol/error.ts'
import type { Row } from '../protocol/rows.ts'
import type { Schema } from '../schema/define.ts'
import type { ClientCore } from './client.ts'
import type { Change } from './live.ts'

export interface Origin {
  readonly client: ClientCore<Schema>
  /** Name of the entity. */
  readonly entity: string
  readonly primaryKey: readonly string[]
}

// From the registry of symbols: two copies of the package in one page still know each other's handles.
const origin = Symbol.for('@metabuilder/dbal/origin')

export function setOrigin<H extends object>(handle: H, value: Origin): H {
  return Object.defineProperty(handle, origin, { value })
}

/** What is known of a compiled query that can be followed live. */
export interface LiveOrigin {
  readonly client: ClientCore<Schema>
  /** What tells it from other queries. */
  readonly key: readonly unknown[]
  subscribe(
    listener: (rows: readonly Row[], change: Change<Row>) => void,
    onError: (error: DBALError) => void,
  ): () => void
}

/** Where a compiled query keeps it. */
export const liveOrigin: unique symbol = Symbol.for('@metabuilder/dbal/live')

/** Undefined for what was not compiled by a Kysely of a client. */
export function liveOriginOf(compiled: unknown): LiveOrigin | undefined {
  if (typeof compiled !== 'object' || compiled === null) return undefined
  return (compiled as { readonly [liveOrigin]?: LiveOrigin })[liveOrigin]
}

/** A select builder of Kysely, as far as live results need it. */
export interface LiveSelect<R> {
  readonly isSelectQueryBuilder: true
  compile(): object
  execute(): Promise<R[]>
}

/** Undefined for what is no handle of a client. */
export function originOf(handle: unknown): Origin | undefined {
  if (typeof handle !== 'object' || handle === null) return undefined
  return (handle as { readonly [origin]?: Origin })[origin]
}
