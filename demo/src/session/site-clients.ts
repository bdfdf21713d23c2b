import { DBALClient, type Role } from '@metabuilder/dbal'
import { identityOf } from './identities.ts'
import type { SiteClient } from './studio-client.ts'

export const siteName = 'Lantern Books'
const databaseName = 'studio'

const clients = new Map<Role, SiteClient>()

/** The client of a role over the sample site: made at its first use, one for each identity, all over one database. */
export function siteClient(role: Role): SiteClient {
  const known = clients.get(role)
  if (known) return known
  const { user } = identityOf(role)
  const client = new DBALClient({
    database: { name: databaseName },
    ...(user && { auth: { user, session: `studio-${role}` } }),
  })
  clients.set(role, client)
  return client
}
