/** The operations of one entity. What each takes and gives follows from the schema; every one is a request of its name. */

import type { DBALError } from '../protocol/error.ts'
import { builtinOperations, entityOperations } from '../protocol/operations.ts'
import type { BatchCall } from '../protocol/request.ts'
import type { Row } from '../protocol/rows.ts'
import type { Schema } from '../schema/define.ts'
import type {
  AggregateOptionsOf,
  AggregateRowOf,
  FilterOf,
  IdOf,
  IncludedOf,
  IncludeOf,
  InsertOf,
  ListOptionsOf,
  OnlyRelations,
  Page,
  RowOf,
  SearchFieldOf,
  SearchOptionsOf,
  SelectedOf,
  SnippetsOf,
  UniqueOf,
  UpdateOf,
} from '../schema/infer.ts'
import type { metabuilderSchema } from '../schema/metabuilder/index.ts'
import type { SchemaData } from '../schema/schema.ts'
import { copyArguments } from './arguments.ts'
import type { BuiltinOperations } from './builtin.ts'
import type { Connection } from './connection.ts'
import type { Change, LiveQueries } from './live.ts'

/** A call made by `op`, for `client.batch`; `T` is only a type: what it gives. */
export interface BatchOf<T> extends BatchCall {
  readonly result?: T
}

export type BatchResults<Calls extends readonly BatchOf<unknown>[]> = {
  -readonly [Index in keyof Calls]: Calls[Index] extends BatchOf<infer T> ? T : never
}

/** Whether an operation is carried out at once or becomes part of a batch. */
export type Way = 'now' | 'batch'
export type Given<W extends Way, T> = W extends 'batch' ? BatchOf<T> : Promise<T>

/** The fields that a list may select. */
export type Key<S extends Schema, E extends string> = keyof RowOf<S, E> & string
type Item<List> = NonNullable<List> extends readonly (infer T)[] ? T : never
type Group<S extends Schema, E extends string> = Item<AggregateOptionsOf<S, E>['groupBy']>
type Numeric<S extends Schema, E extends string> = Item<AggregateOptionsOf<S, E>['sum']>

// Of the options only the names of fields are inferred: all else is checked as it stands, so that a misspelt field of a
// filter is an error.
export type ListInput<S extends Schema, E extends string, K, I = NoInclude> = ListOptionsOf<S, E> &
  ReadInput<S, E, K, I>
export interface ReadInput<S extends Schema, E extends string, K, I = NoInclude> {
  readonly select?: readonly K[] | undefined
  readonly include?: (I & OnlyRelations<S, E, I>) | undefined
}
/** No relation at all. */
export type NoInclude = { readonly [name in never]: never }
export type ListRow<S extends Schema, E extends string, K, I = NoInclude> = keyof I extends never
  ? PlainRow<S, E, K>
  : Show<PlainRow<S, E, K> & IncludedOf<S, E, I>>
type PlainRow<S extends Schema, E extends string, K> = [Key<S, E>] extends [K]
  ? RowOf<S, E>
  : SelectedOf<S, E, { readonly select: readonly K[] }>
type Show<T> = { [Name in keyof T]: T[Name] } & {}

interface Results<G, C, Sum, Avg, Min, Max> {
  readonly groupBy?: readonly G[]
  readonly count?: C
  readonly sum?: readonly Sum[]
  readonly avg?: readonly Avg[]
  readonly min?: readonly Min[]
  readonly max?: readonly Max[]
}
type Asked<R> = {
  readonly [Name in keyof R as IsAsked<R[Name]> extends true ? Name : never]-?: NonNullable<R[Name]>
}
type IsAsked<List> = [NonNullable<List>] extends [never]
  ? false
  : NonNullable<List> extends readonly never[]
    ? false
    : true

export interface EntityOperations<S extends Schema, E extends string, W extends Way = 'now'> {
  /** @throws DBALError VALIDATION_ERROR, CONFLICT, FORBIDDEN */
  create(data: InsertOf<S, E>): Given<W, RowOf<S, E>>
  /** All of them, or none. */
  createMany(
    rows: readonly InsertOf<S, E>[],
  ): Given<W, { readonly count: number; readonly ids: readonly IdOf<S, E>[] }>
  /** @throws DBALError NOT_FOUND for a row that is not there, or not for the caller */
  read<K extends Key<S, E> = Key<S, E>, const I extends IncludeOf<S, E> = NoInclude>(
    id: IdOf<S, E>,
    options?: ReadInput<S, E, K, I>,
  ): Given<W, ListRow<S, E, K, I>>
  /** @throws DBALError NOT_FOUND, VALIDATION_ERROR, CONFLICT, FORBIDDEN */
  update(id: IdOf<S, E>, patch: UpdateOf<S, E>): Given<W, RowOf<S, E>>
  /** @throws DBALError NOT_FOUND, CONFLICT when another row needs it */
  delete(id: IdOf<S, E>): Given<W, true>
  /** Updates the row that a unique key names, or creates it. */
  upsert(input: {
    readonly where: UniqueOf<S, E>
    readonly create: InsertOf<S, E>
    readonly update: UpdateOf<S, E>
  }): Given<W, RowOf<S, E>>
  /** One page. Default limit 20, at most 100, unless the entity says otherwise. */
  list<K extends Key<S, E> = Key<S, E>, const I extends IncludeOf<S, E> = NoInclude>(
    options?: ListInput<S, E, K, I>,
  ): Given<W, Page<ListRow<S, E, K, I>>>
  /** The first row of the list, or null. */
  findFirst<K extends Key<S, E> = Key<S, E>, const I extends IncludeOf<S, E> = NoInclude>(
    options?: ListInput<S, E, K, I>,
  ): Given<W, ListRow<S, E, K, I> | null>
  count(filter?: FilterOf<S, E>): Given<W, number>
  aggregate<
    G extends Group<S, E> = never,
    C extends true = never,
    Sum extends Numeric<S, E> = never,
    Avg extends Numeric<S, E> = never,
    Min extends Group<S, E> = never,
    Max extends Group<S, E> = never,
  >(
    options: AggregateOptionsOf<S, E> & Results<G, C, Sum, Avg, Min, Max>,
  ): Given<W, AggregateRowOf<S, E, Asked<Results<G, C, Sum, Avg, Min, Max>>>[]>
  /** @throws DBALError VALIDATION_ERROR for a filter without a condition */
  updateMany(filter: FilterOf<S, E>, patch: UpdateOf<S, E>): Given<W, { readonly count: number }>
  /** @throws DBALError VALIDATION_ERROR for a filter without a condition */
  deleteMany(filter: FilterOf<S, E>): Given<W, { readonly count: number }>
}

/** Typed only where the schema names search fields; of another entity the engine refuses it. */
export interface SearchOperations<S extends Schema, E extends string, W extends Way = 'now'> {
  /**
   * The rows in whose search fields the words are, best first. `ann lee`: both words, the last one also as the beginning
   * of one. `"ann lee"`: next to each other. `ann*`: words that begin so. `-bob`: without this word.
   *
   * @param query 1 to 256 characters, at most 16 words and phrases
   * @param options or the limit alone
   * @throws DBALError VALIDATION_ERROR; FORBIDDEN for a search field that the caller may not read
   */
  search<K extends Key<S, E> = Key<S, E>, const I extends IncludeOf<S, E> = NoInclude, const P = undefined>(
    query: string,
    options?: number | (SearchOptionsOf<S, E> & ReadInput<S, E, K, I> & { readonly snippets?: P }),
  ): Given<W, FoundRow<S, E, K, I, P>[]>
}

type FoundRow<S extends Schema, E extends string, K, I, P> = P extends undefined | false
  ? ListRow<S, E, K, I>
  : Show<ListRow<S, E, K, I> & { readonly _snippets: SnippetsOf<S, E> }>

type SearchOf<S extends Schema, E extends string, W extends Way> = [SearchFieldOf<S, E>] extends [never]
  ? unknown
  : SearchOperations<S, E, W>

export interface EntityHandle<S extends Schema, E extends string> extends EntityOperations<S, E> {
  /** The same operations as calls for `client.batch`; nothing is sent until then. */
  readonly op: EntityOperations<S, E, 'batch'> & SearchOf<S, E, 'batch'> & BuiltinOf<S, E, 'batch'>
  /**
   * Calls the listener with the rows of a list, at once and after every change of them. Rows that stay the same stay the
   * same objects.
   *
   * @param onError told when the query is refused or cannot go on; without it the client's `error` event is
   * @returns the end of the subscription
   */
  live<K extends Key<S, E> = Key<S, E>, const I extends IncludeOf<S, E> = NoInclude>(
    query: ListInput<S, E, K, I>,
    listener: (rows: readonly ListRow<S, E, K, I>[], change: Change<ListRow<S, E, K, I>>) => void,
    onError?: (error: DBALError) => void,
  ): () => void
}

type BuiltinOf<S extends Schema, E extends string, W extends Way> = S extends typeof metabuilderSchema
  ? E extends keyof BuiltinOperations<S, W>
    ? BuiltinOperations<S, W>[E]
    : unknown
  : unknown

/** An entity's handle: the operations of every entity, and its own where the schema holds the built-in one. */
export type HandleOf<S extends Schema, E extends string> = EntityHandle<S, E> &
  SearchOf<S, E, 'now'> &
  BuiltinOf<S, E, 'now'>

/** Where the calls of a handle go: a client's connection, or a transaction. */
export interface EntityLine extends Pick<Connection, 'call' | 'tellError'> {
  readonly live: Pick<LiveQueries, 'subscribe'>
}

type Send = (method: string, params: readonly unknown[]) => unknown

export function entityHandle(
  name: string,
  schema: SchemaData,
  connection: EntityLine,
): EntityHandle<Schema, string> {
  const own =
    schema.name === 'metabuilder' ? builtinOperations[name as keyof typeof builtinOperations] : undefined
  const methods = Object.keys({ ...entityOperations, ...own })
  const operations = (send: Send) =>
    Object.fromEntries(
      methods.map((method) => [method, (...args: unknown[]) => send(method, [name, ...args])]),
    )
  return {
    ...operations((method, params) => connection.call(method, params)),
    op: operations((method, params): BatchCall => ({ method, params: copyArguments(params) })),
    live(
      query: object,
      listener: (rows: readonly Row[], change: Change<Row>) => void,
      onError = (error: DBALError) => connection.tellError(error),
    ) {
      return connection.live.subscribe({ method: 'live.open', params: [name, query], listener, onError })
    },
    // The table of operations gives the functions; their types are those of the interface above.
  } as unknown as EntityHandle<Schema, string>
}
