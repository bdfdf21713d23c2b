import { DBALClient, type Role } from '@metabuilder/dbal'
import { type Identity, identities, identityOf } from './identities.ts'
import { askForDaemon, type DaemonAccess, type Place, setSitePlace, sitePlace } from './site-place.ts'
import type { SiteClient } from './studio-client.ts'

export const siteName = 'Lantern Books'
const databaseName = 'studio'

/** `?sql` in the address: SQL text in the console, which cannot be had while rules are in force. */
const takesSql = new URLSearchParams(location.search).has('sql')

const clients = new Map<Role, SiteClient>()

let preparations = 0

/** What has to be done before `siteClient` is asked. */
export async function prepareSite(): Promise<void> {
  const own = ++preparations
  if (sitePlace() !== 'daemon') return
  // Of an earlier try.
  await leaveSite()
  const access = await askForDaemon()
  // An app has one person who signs in; the studio is all of them at once.
  const signed = await Promise.allSettled(
    identities.map(async (identity) => [identity.role, await signIn(identity, access)] as const),
  )
  const open = signed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = signed.find((one) => one.status === 'rejected')
  // Somebody may have gone to the other place meanwhile.
  if (failed || own !== preparations) {
    await Promise.all(open.map(([, client]) => client.close()))
    throw failed?.reason ?? new Error('The site was moved before it was open')
  }
  for (const [role, client] of open) clients.set(role, client)
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

async function leaveSite(): Promise<void> {
  const open = [...clients.values()]
  clients.clear()
  await Promise.all(open.map((client) => client.close()))
}

/** Lets go of one place and goes to the other, where the same calls are made. */
export async function moveSite(place: Place): Promise<void> {
  await leaveSite()
  setSitePlace(place)
}

async function signIn({ user }: Identity, { endpoint, passwords }: DaemonAccess): Promise<SiteClient> {
  const client = new DBALClient({ mode: 'production', endpoint })
  if (!user) return client
  const { username } = user
  try {
    await client.auth.login({ username, password: passwords[username] ?? '' })
    return client
  } catch (error) {
    // It would go on trying to connect.
    await client.close()
    throw error
  }
}
