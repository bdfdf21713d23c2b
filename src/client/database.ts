/** What the methods of the database as a whole give. */

import type { Persistence } from '../protocol/event.ts'

/** What the storage in use can do: yes, no, or to what level. Reference: docs/reference/capabilities.md. */
export interface Capabilities {
  readonly transactions: boolean | string
  readonly nestedTransactions: boolean | string
  readonly joins: boolean | string
  readonly fullTextSearch: boolean | string
  readonly ttl: boolean | string
  readonly jsonQueries: boolean | string
  readonly aggregations: boolean | string
  readonly relations: boolean | string
  readonly migrations: boolean | string
  readonly schemaIntrospection: boolean | string
  readonly connectionPooling: boolean | string
  readonly readReplicas: boolean | string
  readonly liveQueries: boolean | string
  readonly rawSql: boolean | string
  readonly backup: boolean | string
  readonly pointInTimeRestore: boolean | string
  readonly multiTab: boolean | string
  readonly persistence: Persistence
}

export interface Stats {
  readonly sizeBytes: number
  readonly pageSize: number
  readonly pageCount: number
  /** Pages that `vacuum` would give back. */
  readonly freePages: number
  readonly cacheBytes: number
  readonly preparedStatements: number
  /** Bytes waiting in the write-ahead log; 0 where there is none. */
  readonly walBytes: number
  /** Rows by entity. */
  readonly rows: { readonly [entity: string]: number }
}

export interface Integrity {
  readonly ok: boolean
  /** Empty when sound. */
  readonly problems: readonly string[]
}
