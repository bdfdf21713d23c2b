/**
 * One database behind an endpoint, with users who are signed in: the world of an endpoint that knows nothing of cases. Those
 * who act by their role alone become users of that role; whoever is a row of a case is given a password when they act.
 */

import { DBALClient } from '../../src/client/client.ts'
import { liveQuery, toKysely } from '../../src/kysely/index.ts'
import { DBALError } from '../../src/protocol/error.ts'
import type { Frame, Reply } from '../../src/protocol/request.ts'
import { WebSocketTransport } from '../../src/transport/websocket.ts'
import { auditor, idOfRole } from './case-run.ts'
import { writtenEntities } from './run.ts'
import { clientEndpoint, type Endpoint, type Identity, type World } from './world.ts'

export interface RemoteOptions {
  /** `ws://` or `wss://` */
  readonly endpoint: string
  /** Of a supergod. */
  readonly username: string
  readonly password: string
  /** The database may hold rows, all of which are deleted. */
  readonly erase: boolean
}

export interface RemoteWorld extends World {
  /** Leaves nobody but those who act in cases. */
  clear(): Promise<void>
  /** The endpoint has refused a call because there were too many. */
  readonly isLimited: boolean
}

/** Why an endpoint is none for the suite. */
export class Unsuitable extends Error {}

export const limited = () =>
  new Unsuitable(
    'The endpoint limits requests, and refused some of the suite’s: start it with DBAL_SECURITY_RATE_LIMIT_ENABLED=false',
  )

const password = 'Conformance-of-cases-7'
const actors: readonly Identity[] = [
  ...Object.entries(idOfRole).map(([role, id]) => ({ id, role, username: `conformance-${role}` })),
  auditor,
]

/** @throws Unsuitable, and DBALError when it cannot be reached or does not let the administrator in */
export async function openRemoteWorld(options: RemoteOptions): Promise<RemoteWorld> {
  let isLimited = false
  // Until then it may be the limit of wrong passwords, which says so itself.
  let isIn = false
  const open = (): DBALClient => openClient(options.endpoint, () => (isLimited = true))
  const admin = open()
  try {
    await reach(admin, options.endpoint)
    const me = await signInFirst(admin, options)
    isIn = true
    await requireSuitable(admin, options)
    const kept = [me.id, ...actors.map(({ id }) => id)]
    await clear(admin, kept)
    const shared = new Map<string, DBALClient>([['', open()]])
    for (const actor of actors) {
      await makeUser(admin, actor)
      shared.set(actor.id, await signIn(open, admin, actor.username as string))
    }
    return {
      connect: (identity) => {
        const client = shared.get(identity?.id ?? '')
        return client ? lasting(client) : signedInLater(open, admin, identity as Identity)
      },
      clear: () => clear(admin, kept),
      get isLimited() {
        return isLimited
      },
      async close() {
        // Who is not let do anything any more cannot tidy up either.
        if (!isLimited) await clear(admin, [me.id])
        for (const client of [...shared.values(), admin]) await client.close()
      },
    }
  } catch (error) {
    await admin.close()
    throw isLimited && isIn ? limited() : error
  }
}

/** Tells of calls that the endpoint refuses because there are too many: no case of the suite expects that of it. */
class TellingTransport extends WebSocketTransport {
  readonly #onLimit: () => void

  constructor(endpoint: string, onLimit: () => void) {
    super({ endpoint, token: null })
    this.#onLimit = onLimit
  }

  override async exchange(frame: Frame): Promise<readonly Reply[]> {
    const replies = await super.exchange(frame)
    if (replies.some((reply) => 'error' in reply && reply.error.code === 'RATE_LIMIT_EXCEEDED'))
      this.#onLimit()
    return replies
  }
}

const openClient = (endpoint: string, onLimit: () => void): DBALClient =>
  new DBALClient({ transport: new TellingTransport(endpoint, onLimit) }) as DBALClient

const endpointOf = (client: DBALClient): Endpoint => clientEndpoint(client, { liveQuery, toKysely })

/** The client of several cases. */
const lasting = (client: DBALClient): Endpoint => ({ ...endpointOf(client), close: async () => {} })

const reachMs = 10_000

/** A client goes on trying; here nobody waits for an endpoint to come up. */
async function reach({ ready }: DBALClient, endpoint: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unsuitable(`${endpoint} cannot be reached`)), reachMs)
  })
  try {
    await Promise.race([ready, late])
  } finally {
    clearTimeout(timer)
  }
}

async function signInFirst(admin: DBALClient, { username, password }: RemoteOptions) {
  const { user } = await admin.auth.login({ username, password })
  if (user.role !== 'supergod') throw new Unsuitable(`${username} is ${user.role}; a supergod is needed`)
  return user
}

async function requireSuitable(admin: DBALClient, { erase }: RemoteOptions): Promise<void> {
  const missing = writtenEntities.filter((name) => !Object.hasOwn(admin.schema.entities, name))
  const { rows } = await admin.stats()
  if (missing.length > 0 || writtenEntities.some((name) => rows[name] === undefined))
    throw new Unsuitable('The endpoint serves another schema than the built-in one')
  const others = writtenEntities.filter((name) => (rows[name] ?? 0) > (name === 'User' ? 1 : 0))
  if (others.length > 0 && !erase)
    throw new Unsuitable(
      `The database holds rows of ${others.join(', ')}; the cases delete everything. Point it at an empty database, or say --erase`,
    )
}

async function clear(admin: DBALClient, kept: readonly string[]): Promise<void> {
  for (const name of writtenEntities) {
    const filter = name === 'User' ? { id: { notIn: kept } } : { createdAt: { isNull: false } }
    await admin.entity(name).deleteMany(filter as never)
  }
}

async function makeUser(admin: DBALClient, { id, role, username, email }: Identity): Promise<void> {
  const name = username ?? `user-${id.slice(-12)}`
  try {
    await admin.users.create({
      id,
      username: name,
      email: email ?? `${name}@example.com`,
      role: role as 'user',
    })
  } catch (error) {
    if (!(error instanceof DBALError && error.is('CONFLICT'))) throw error
  }
}

async function signIn(open: () => DBALClient, admin: DBALClient, username: string): Promise<DBALClient> {
  await admin.credentials.set({ username, password })
  const client = open()
  await client.auth.login({ username, password })
  return client
}

/** Somebody whom a case has made, or names without having made them. */
function signedInLater(open: () => DBALClient, admin: DBALClient, identity: Identity): Endpoint {
  let opened: Promise<DBALClient> | undefined
  const client = () => {
    opened ??= (async () => {
      const { id } = identity
      const known = await admin.users.findFirst({ filter: { id } })
      if (!known) await makeUser(admin, identity)
      const { username } = await admin.users.read(id)
      return signIn(open, admin, username)
    })()
    return opened
  }
  let asked: Endpoint | undefined
  const inside = (): Endpoint => {
    if (!asked) throw new Error('Nobody has signed in yet')
    return asked
  }
  return {
    async ready() {
      asked ??= endpointOf(await client())
    },
    call: (path, params) => inside().call(path, params),
    live: (...given) => inside().live(...given),
    transaction: (work, given) => inside().transaction(work, given),
    close: async () => void (await asked?.close()),
  }
}
