/** What this database can do, told truthfully for the storage in use (docs/reference/capabilities.md). */

import type { Driver } from '../drivers/driver.ts'
import { hasWordIndexes } from './search/indexes.ts'

/** @param host what is allowed by who opened the database, not by what holds it */
export function capabilitiesOf(driver: Driver, host: { readonly rawSql: boolean }) {
  const { capabilities } = driver
  return {
    transactions: true,
    nestedTransactions: capabilities.nestedTransactions,
    joins: true,
    /** `tsvector`: by an index of PostgreSQL's own. `like`: `search` compares parts of words, in a scan. */
    fullTextSearch: hasWordIndexes(driver) ? (driver.dialect === 'postgres' ? 'tsvector' : true) : 'like',
    /** Expired rows are in no result from their instant on, and are removed soon after. */
    ttl: 'sweep',
    jsonQueries: true,
    aggregations: true,
    relations: true,
    migrations: true,
    schemaIntrospection: true,
    connectionPooling: capabilities.connectionPooling,
    readReplicas: capabilities.readReplicas,
    liveQueries: true,
    /** SQL text of a supergod's: reads only. */
    rawSql: host.rawSql ? 'read' : false,
    /** `export` gives one SQLite file, which a server's database is not. */
    backup: driver.exportFile ? 'export' : false,
    pointInTimeRestore: false,
    multiTab: capabilities.persistence === 'server' ? 'shared' : 'exclusive',
    persistence: capabilities.persistence,
  } as const
}

export type Capabilities = ReturnType<typeof capabilitiesOf>
