/** A Kysely dialect without SQL: the query compiler keeps the tree, the driver sends it. */

import {
  type DatabaseIntrospector,
  type Dialect,
  DialectAdapterBase,
  type Driver,
  type QueryCompiler,
} from 'kysely'
import type { Connection } from '../client/connection.ts'
import type { SchemaData } from '../schema/schema.ts'
import { TreeDriver } from './driver.ts'
import { SchemaIntrospector } from './introspector.ts'
import { TreeQuery } from './tree-query.ts'

export class TreeDialect implements Dialect {
  readonly #connection: Connection
  readonly #schema: SchemaData

  constructor(connection: Connection, schema: SchemaData) {
    this.#connection = connection
    this.#schema = schema
  }

  createDriver(): Driver {
    return new TreeDriver(this.#connection)
  }

  createQueryCompiler(): QueryCompiler {
    return { compileQuery: (query, queryId) => new TreeQuery(query, queryId) }
  }

  createAdapter(): TreeAdapter {
    return new TreeAdapter()
  }

  createIntrospector(): DatabaseIntrospector {
    return new SchemaIntrospector(this.#schema)
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
