/** Kysely's driver over a client's connection. A Kysely connection costs nothing: it is where a transaction is kept. */

import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely'
import type { Connection } from '../client/connection.ts'
import { DBALError } from '../protocol/error.ts'
import { unpackRows } from '../protocol/rows.ts'
import { type Send, Shapes } from './shapes.ts'
import { encodedOf } from './tree-query.ts'

export class TreeDriver implements Driver {
  readonly #connection: Connection
  readonly #shapes: Shapes

  constructor(connection: Connection) {
    this.#connection = connection
    this.#shapes = new Shapes(connection)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new TreeConnection(this.#shapes, (query) => this.#connection.call('kysely.execute', [query]))
  }

  async releaseConnection(): Promise<void> {}

  /** `db.destroy()`: the client is its owner's to close. */
  async destroy(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw noTransactions()
  }

  async commitTransaction(): Promise<void> {
    throw noTransactions()
  }

  async rollbackTransaction(): Promise<void> {
    throw noTransactions()
  }
}

const noTransactions = () =>
  new DBALError('CAPABILITY_NOT_SUPPORTED', 'transaction needs "transactions", which this version lacks', {
    capability: 'transactions',
  })

class TreeConnection implements DatabaseConnection {
  readonly #shapes: Shapes
  readonly #send: Send

  constructor(shapes: Shapes, send: Send) {
    this.#shapes = shapes
    this.#send = send
  }

  async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected } = await this.#shapes.run(encodedOf(compiled), this.#send)
    return {
      rows: unpackRows(rows) as R[],
      ...(affected !== undefined && { numAffectedRows: BigInt(affected) }),
    }
  }

  /** The reply comes whole, within the limit for results; it is handed out in chunks. */
  async *streamQuery<R>(compiled: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const { rows } = await this.executeQuery<R>(compiled)
    for (let at = 0; at < rows.length; at += chunkSize) yield { rows: rows.slice(at, at + chunkSize) }
  }
}
