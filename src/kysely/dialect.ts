/** A Kysely dialect without SQL: the query compiler keeps the tree, the driver sends it. */

import {
  type DatabaseIntrospector,
  type Dialect,
  DialectAdapterBase,
  type Driver,
  type QueryCompiler,
} from 'kysely'
import type { ClientCore } from '../client/client.ts'
import { connectionOf } from '../client/internals.ts'
import type { Schema } from '../schema/define.ts'
import { TreeDriver } from './driver.ts'
import { SchemaIntrospector } from './introspector.ts'
import { TreeQuery } from './tree-query.ts'

export class TreeDialect implements Dialect {
  readonly #client: ClientCore<Schema>

  /** @throws DBALError VALIDATION_ERROR for what is no client */
  constructor(client: ClientCore<Schema>) {
    connectionOf(client)
    this.#client = client
  }

  createDriver(): Driver {
    return new TreeDriver(connectionOf(this.#client))
  }

  createQueryCompiler(): QueryCompiler {
    return { compileQuery: (query, queryId) => new TreeQuery(query, queryId, this.#client) }
  }

  createAdapter(): TreeAdapter {
    return new TreeAdapter()
  }

  createIntrospector(): DatabaseIntrospector {
    return new SchemaIntrospector(this.#client.schema)
  }
}

class TreeAdapter extends DialectAdapterBase {
  override get supportsReturning(): boolean {
    return true
  }

  /** SQLite's own adapter lets one query at a time leave; here all those of a tick travel as one frame. */
  override get supportsMultipleConnections(): boolean {
    return true
  }

  /** Kysely's migrator cannot run: the engine takes no DDL. */
  async acquireMigrationLock(): Promise<void> {}

  async releaseMigrationLock(): Promise<void> {}
}
