/** What Kysely calls a compiled query: here, the tree and its encoding. */

import type { CompiledQuery, QueryId, RootOperationNode } from 'kysely'
import type { ClientCore } from '../client/client.ts'
import { connectionOf } from '../client/internals.ts'
import { type LiveOrigin, liveOrigin } from '../client/origin.ts'
import type { Schema } from '../schema/define.ts'
import { type EncodedQuery, encodeQuery } from './encode.ts'

/** A query as it leaves: encoded in the turn in which `execute()` was called. */
export class TreeQuery implements CompiledQuery {
  readonly query: RootOperationNode
  readonly queryId: QueryId
  readonly encoded: EncodedQuery

  readonly #client: ClientCore<Schema>

  constructor(query: RootOperationNode, queryId: QueryId, client: ClientCore<Schema>) {
    this.query = query
    this.queryId = queryId
    this.#client = client
    this.encoded = encodeQuery(query)
  }

  /** For Kysely's log: the tree. What SQL the engine makes of it is the engine's. */
  get sql(): string {
    return this.encoded.tree
  }

  get parameters(): readonly unknown[] {
    return this.encoded.params
  }

  get [liveOrigin](): LiveOrigin {
    const client = this.#client
    const { tree, params } = this.encoded
    const { live } = connectionOf(client)
    return {
      client,
      key: [tree, params],
      subscribe: (listener, onError) =>
        live.subscribe({ method: 'live.select', params: [{ tree, params }], listener, onError }),
    }
  }
}

/** The encoding of any compiled query: of one that another Kysely has compiled, its tree. */
export const encodedOf = (compiled: CompiledQuery): EncodedQuery =>
  compiled instanceof TreeQuery ? compiled.encoded : encodeQuery(compiled.query)
