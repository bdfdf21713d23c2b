import { DBALClient, type Role } from '@metabuilder/dbal'
import { type Identity, identities, identityOf } from './identities.ts'
import { askForDaemon, type DaemonAccess, type Place, setSitePlace, sitePlace } from './site-place.ts'
import type { SiteClient } from './studio-client.ts'

export const siteName = 'Lantern Books'
const databaseName = 'studio'

/** `?sql` in the address: SQL text in the console, which cannot be had while rules are in force. */
const takesSql = new URLSearchParams(location.search).has('sql')

const clients = new Map<Role, SiteClient>()

/** What has to be done before `siteClient` is asked. */
export async function prepareSite(): Promise<void> {
  if (sitePlace() !== 'daemon') return
  const access = await askForDaemon()
  // An app has one person who signs in; the studio is all of them at once.
  await Promise.all(
    identities.map(async (identity) => clients.set(identity.role, await signIn(identity, access))),
  )
}

/** The client of a role over the sample site: one for each identity, all over one database. */
export function siteClient(role: Role): SiteClient {
  const known = clients.get(role)
  if (known) return known
  const { user } = identityOf(role)
  const client = new DBALClient({
    database: { name: databaseName },
    ...(takesSql && { security: { sandbox: 'permissive', rawSql: true } }),
    ...(user && { auth: { user, session: `studio-${role}` } }),
  })
  clients.set(role, client)
  return client
}

/** Lets go of one place and goes to the other, where the same calls are made. */
export async function moveSite(place: Place): Promise<void> {
  const open = [...clients.values()]
  clients.clear()
  await Promise.all(open.map((client) => client.close()))
  setSitePlace(place)
}

async function signIn({ user }: Identity, { endpoint, passwords }: DaemonAccess): Promise<SiteClient> {
  const client = new DBALClient({ mode: 'production', endpoint })
  if (user) {
    const { username } = user
    await client.auth.login({ username, password: passwords[username] ?? '' })
  }
  return client
}
