/** How other entries of the package reach what a client keeps to itself. No entry exports this. */

import { invalid } from '../protocol/error.ts'
import type { Connection } from './connection.ts'

const connections = new WeakMap<object, Connection>()

export function keepConnection(client: object, connection: Connection): void {
  connections.set(client, connection)
}

/** @throws DBALError VALIDATION_ERROR for anything that is no client of this copy of the package */
export function connectionOf(client: unknown): Connection {
  const connection = typeof client === 'object' && client !== null ? connections.get(client) : undefined
  if (!connection) throw invalid('client', 'must be a DBALClient')
  return connection
}
