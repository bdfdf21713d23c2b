/** The package as the examples of the documentation import it, with an engine in this process in place of a worker. */

import { type ClientOptions, DBALClient as RealClient, type Schema } from '../../src/index.ts'
import { withRules } from '../../src/schema/define.ts'
import { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'
import type { SchemaData } from '../../src/schema/schema.ts'
import { principalOf } from '../../src/serve/identity.ts'
import { LocalTransport } from '../../src/transport/local.ts'
import { after } from '../support/clock.ts'
import { openTestEngine, type TestEngine } from '../support/engine.ts'

export * from '../../src/index.ts'

/** The same day for every example; its timers are real. */
const clock = { now: () => Date.parse('2026-01-15T10:30:00.000Z'), after }

/** One engine for a database, as one worker in a page. */
const engines = new Map<string, Promise<TestEngine>>()

function engineFor({
  schema = metabuilderSchema as Schema,
  rules,
  database,
  security,
}: ClientOptions<Schema>) {
  const wanted: SchemaData = rules ? withRules(schema, rules) : schema
  const key = JSON.stringify([database?.name ?? 'app', wanted, security])
  const found =
    engines.get(key) ?? openTestEngine({ schema: wanted, clock, explain: true, ...(security as object) })
  engines.set(key, found)
  return found
}

function transportFor(options: ClientOptions<Schema>): LocalTransport {
  const { user, session } = options.auth ?? {}
  const identity =
    user && user.role !== 'public' ? { ...pick(user), ...(session && { session: String(session) }) } : null
  return new LocalTransport({
    connect: async (emit) => {
      const { engine } = await engineFor(options)
      return engine.connect({ principal: principalOf(identity), clientId: crypto.randomUUID(), emit })
    },
  })
}

const pick = ({
  id,
  role,
  username,
  email,
}: {
  id: string
  role: string
  username?: unknown
  email?: unknown
}) => ({
  id,
  role,
  ...(typeof username === 'string' && { username }),
  ...(typeof email === 'string' && { email }),
})

/** Closes every database that the examples have opened. */
export async function closeEngines(): Promise<void> {
  for (const opened of engines.values()) await (await opened).engine.close()
  engines.clear()
}

export class DBALClient extends (RealClient as unknown as new (options: object) => object) {
  constructor(options: ClientOptions<Schema> = {}) {
    super({ ...options, transport: options.transport ?? transportFor(options) })
  }
}
