/** Clients by identity, for code that is far from where the app makes its client. */

import { metabuilderSchema } from '../schema/metabuilder/index.ts'
import { ClientCore, connect, type DBALClient, type MetabuilderSchema, type Opened } from './client.ts'
import type { ClientSession, ClientUser } from './options.ts'

interface Entry {
  readonly opened: Opened
  readonly client: DBALClient
}

const entries = new Map<string, Entry>()

/**
 * The client of this identity over the built-in schema, made with the default options when there is none that is open.
 * It never changes its identity: another user, role or session is another client.
 */
export function getDBALClient(user?: ClientUser | null, session?: ClientSession | null): DBALClient {
  const identity = JSON.stringify([user?.id, user?.role, user?.username, user?.email, session])
  const known = entries.get(identity)
  if (known && !known.opened.connection.isEnded) return known.client
  const opened = connect({ auth: { user, session } }, metabuilderSchema)
  const client = new ClientCore<MetabuilderSchema>(opened) as DBALClient
  entries.set(identity, { opened, client })
  return client
}
