/** Kysely's driver over a client's connection. A Kysely connection costs nothing: it is where a transaction is kept. */

import type { CompiledQuery, DatabaseConnection, Driver, QueryResult, TransactionSettings } from 'kysely'
import type { Connection } from '../client/connection.ts'
import type { OpenTransaction } from '../client/open-transaction.ts'
import { DBALError } from '../protocol/error.ts'
import type { Explained } from '../protocol/explain.ts'
import { unpackRows } from '../protocol/rows.ts'
import { encodeQuery } from './encode.ts'
import { planRows, withoutExplain } from './explain.ts'
import { Shapes } from './shapes.ts'
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
    return new TreeConnection(this.#shapes, this.#connection)
  }

  async releaseConnection(): Promise<void> {}

  /** `db.destroy()`: the client is its owner's to close. */
  async destroy(): Promise<void> {}

  /** Every transaction is serializable, whatever level is asked for. */
  async beginTransaction(on: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    if (accessMode === 'read only') {
      throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'A transaction cannot be made read only', {
        capability: 'readOnlyTransactions',
      })
    }
    asTree(on).transaction = await this.#connection.begin()
  }

  async commitTransaction(on: DatabaseConnection): Promise<void> {
    await openOf(on).commit()
  }

  async rollbackTransaction(on: DatabaseConnection): Promise<void> {
    try {
      await openOf(on).rollback()
    } catch (error) {
      // It has ended already, by a time limit or with its connection: nothing of it is left, which is what was wanted.
      if (!(error instanceof DBALError)) throw error
    }
  }

  async savepoint(on: DatabaseConnection, name: string): Promise<void> {
    await openOf(on).savepoint(name)
  }

  async rollbackToSavepoint(on: DatabaseConnection, name: string): Promise<void> {
    await openOf(on).rollbackTo(name)
  }

  async releaseSavepoint(on: DatabaseConnection, name: string): Promise<void> {
    await openOf(on).release(name)
  }
}

class TreeConnection implements DatabaseConnection {
  transaction: OpenTransaction | undefined
  readonly #shapes: Shapes
  readonly #connection: Connection

  constructor(shapes: Shapes, connection: Connection) {
    this.#shapes = shapes
    this.#connection = connection
  }

  async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
    const line = this.transaction ?? this.#connection
    const plain = withoutExplain(compiled.query)
    if (plain) {
      const read = { method: 'kysely.execute', params: [encodeQuery(plain)] }
      return { rows: planRows((await line.call('explain', [read])) as Explained) as R[] }
    }
    const { rows, affected } = await this.#shapes.run(encodedOf(compiled), (query) =>
      line.call('kysely.execute', [query]),
    )
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

/** Kysely hands back the connections that `acquireConnection` gave it. */
const asTree = (connection: DatabaseConnection): TreeConnection => connection as TreeConnection

function openOf(connection: DatabaseConnection): OpenTransaction {
  const { transaction } = asTree(connection)
  if (!transaction) throw new DBALError('CONFLICT', 'There is no transaction', { reason: 'transaction' })
  return transaction
}
