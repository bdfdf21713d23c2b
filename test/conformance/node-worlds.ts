/** Worlds in this process: the public client over the local transport, through the same door that a worker has. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { metabuilderMigrations } from '../../migrations/index.ts'
import { DBALClient } from '../../src/client/client.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { loadSqlite, openSqliteWasm } from '../../src/drivers/sqlite-wasm.ts'
import { dialectOf } from '../../src/engine/dialects.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { liveQuery, toKysely } from '../../src/kysely/index.ts'
import { schemaFromData } from '../../src/schema/define.ts'
import { metabuilderSchema } from '../../src/schema/metabuilder/index.ts'
import { principalOf } from '../../src/serve/identity.ts'
import { type ServedCaller, serveCaller } from '../../src/serve/serve-caller.ts'
import { type LocalSession, LocalTransport } from '../../src/transport/local.ts'
import { after } from '../support/clock.ts'
import { openTestEngine } from '../support/engine.ts'
import { PreparedImages } from '../support/prepared-images.ts'
import type { ReusedDatabases } from '../support/reused-databases.ts'
import { type CreateWorld, clientEndpoint, type World, type WorldOptions } from './world.ts'

const nodeSqlite = new PreparedImages(async (importFile) =>
  openNodeSqlite(':memory:', importFile && { importFile }),
)

export const nodeSqliteWorld: CreateWorld = async (options) =>
  worldOf(await openMemoryEngine(options), options)

/** An SQLite that was built without full-text search. */
export const nodeSqliteWithoutFts5World: CreateWorld = async (options) => {
  const driver = openNodeSqlite(':memory:')
  const without = Object.assign(driver, { capabilities: { ...driver.capabilities, fullTextSearch: false } })
  return worldOf(await openEngine(without, options), options)
}

const sqliteWasm = new PreparedImages(async (importFile) => {
  sqlite3 ??= loadSqlite({
    wasmBinary: readFileSync(createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm')),
  })
  const storage = { kind: 'memory' } as const
  return openSqliteWasm({ sqlite3: await sqlite3, storage, ...(importFile && { importFile }) })
})
let sqlite3: ReturnType<typeof loadSqlite> | undefined

export const sqliteWasmWorld: CreateWorld = async (options) =>
  worldOf(await sqliteWasm.open(keyOf(options), (driver) => openEngine(driver, options)), options)

/** Each case has a database of MariaDB's or MySQL's for itself, or a schema of PostgreSQL's. */
export const serverWorld =
  (databases: ReusedDatabases): CreateWorld =>
  async (options) =>
    worldOf(await openEngine(await databases.open(keyOf(options)), options), options)

/** An engine over node:sqlite in memory. */
export const openMemoryEngine = (options: WorldOptions): Promise<Engine> =>
  nodeSqlite.open(keyOf(options), (driver) => openEngine(driver, options))

/** The tables that the options come to. */
const keyOf = ({ schema }: WorldOptions): string => JSON.stringify(schema ?? 'built-in')

async function openEngine(driver: Driver, { schema, rules }: WorldOptions): Promise<Engine> {
  const given = schema ?? metabuilderSchema
  const { engine } = await openTestEngine({
    driver,
    dialect: dialectOf(driver),
    clock: tickingClock(),
    // When a row that has expired is removed is left to time; cases are about what can be seen of it.
    sweeps: false,
    // Rules are looked into where they are put to use, as a host does.
    schema: rules ? schemaFromData(given, rules) : given,
    migrations: schema ? [] : metabuilderMigrations,
  })
  return engine
}

function worldOf(engine: Engine, { schema }: WorldOptions): World {
  let clients = 0
  return {
    connect(identity) {
      const clientId = `client-${++clients}`
      const transport = new LocalTransport({
        connect: (emit) =>
          served(
            serveCaller({
              engine,
              principal: principalOf(identity),
              clientId,
              maxFrameRequests: 10_000,
              emit,
              report: String,
            }),
          ),
        ready: { version: engine.version },
      })
      return clientEndpoint(new DBALClient({ transport, ...(schema && { schema }) }) as DBALClient, {
        liveQuery,
        toKysely,
      })
    },
    close: () => engine.close(),
  }
}

const served = ({ exchange, close }: ServedCaller): LocalSession => ({
  exchange,
  async close() {
    await close()
  },
})

/** Moves on by a millisecond at every look, so that what is later has a later time. */
function tickingClock() {
  let at = Date.parse('2026-01-15T10:30:00.000Z')
  return { now: () => at++, after }
}
