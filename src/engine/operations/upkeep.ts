/** What the driver does for the file as a whole: outside of any transaction, and some of it slow. */

import type { Driver } from '../../drivers/driver.ts'
import { DBALError } from '../../protocol/error.ts'
import { databaseOperations } from '../../protocol/operations.ts'
import type { Role } from '../../protocol/principal.ts'
import { requireRole } from '../authorize.ts'
import { type AllowedCall, answer } from '../call.ts'
import type { Dialect } from '../dialect.ts'
import { createEngineTables, dropUnusedEngineTables } from '../migrate/engine-tables.ts'
import type { Work } from '../work.ts'
import type { DatabasePort, SlowOperation, Tools } from './operation.ts'

interface Parts {
  readonly driver: Driver
  readonly foreign: boolean
}

type Method = 'stats' | 'checkIntegrity' | 'database.export' | 'database.analyze' | 'database.vacuum'

export function upkeepTable({ driver, foreign }: Parts): Record<Method, SlowOperation> {
  return {
    stats: operation('stats', 'admin', async (port, call, tools) => {
      const rows: Record<string, number> = {}
      // Counting a view is running it.
      const counted = [...tools.model.entities.values()].filter(({ data }) => data.kind !== 'view')
      // One way to the server for all of them; where the engine's own thread counts, others come between two tables.
      const portions = driver.synchronous ? counted.map((entity) => [entity]) : [counted]
      for (const some of portions) {
        const counts = await port.run(() => tools.lookup.counts(some, call.caller))
        for (const [at, entity] of some.entries()) rows[entity.name] = counts[at] as number
      }
      return { ...(await port.run(() => alone(() => driver.stats()))), rows }
    }),
    checkIntegrity: operation('checkIntegrity', 'admin', async (port) => {
      const problems = await port.run(() => alone(() => driver.checkIntegrity()))
      return { ok: problems.length === 0, problems }
    }),
    'database.export': operation('database.export', 'god', (port, _, { dialect }) =>
      port.run(() => (foreign ? exportUntouched(driver, dialect) : alone(() => exportFile(driver)))),
    ),
    'database.analyze': operation('database.analyze', 'god', async (port) => {
      await port.run(() => alone(() => driver.analyze()))
      return true
    }),
    'database.vacuum': operation('database.vacuum', 'god', async (port) => {
      await port.run(() => alone(() => driver.vacuum()))
      return true
    }),
  }
}

function operation(
  method: Method,
  least: Role,
  work: (port: DatabasePort, call: AllowedCall, tools: Tools) => Promise<unknown>,
): SlowOperation {
  return {
    spec: databaseOperations[method],
    arity: [0, 0],
    async prepare(call, tools, port) {
      requireRole(call, least, tools.policies)
      const outcome = answer(await work(port, call, tools))
      // biome-ignore lint/correctness/useYield: all of it was done while preparing
      return function* () {
        return outcome
      }
    },
  }
}

/** In turn with everybody's work: in between there may be somebody's transaction on the same connection. */
// biome-ignore lint/correctness/useYield: the driver is asked directly
function* alone<T>(work: () => T): Work<T> {
  return work()
}

async function exportFile(driver: Driver): Promise<Uint8Array> {
  if (driver.exportFile) return driver.exportFile()
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', 'This database has no form as a file', {
    capability: 'export',
  })
}

/** A file of somebody else's is given back without our tables where nothing was recorded in them; in one go, so that no call misses them. */
function* exportUntouched(driver: Driver, dialect: Dialect): Work<Promise<Uint8Array>> {
  const gone = yield* dropUnusedEngineTables(dialect.migrations)
  const file = exportFile(driver)
  if (gone) yield* createEngineTables(dialect.migrations)
  return file
}
