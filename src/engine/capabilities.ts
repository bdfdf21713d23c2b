/** What this database can do, told truthfully for the storage in use (docs/reference/capabilities.md). */

import type { Driver } from '../drivers/driver.ts'

export function capabilitiesOf({ capabilities }: Driver) {
  return {
    transactions: true,
    nestedTransactions: capabilities.nestedTransactions,
    joins: false,
    /** `search` compares parts of words; there is no ranking. */
    fullTextSearch: 'like',
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
    rawSql: false,
    backup: 'export',
    pointInTimeRestore: false,
    multiTab: 'exclusive',
    persistence: capabilities.persistence,
  } as const
}

export type Capabilities = ReturnType<typeof capabilitiesOf>
