/** The cases in a page: every database is a worker's of the built package, which the page imports under its own name. */

import { DBALClient } from '@metabuilder/dbal'
import { liveQuery, toKysely } from '@metabuilder/dbal/kysely'
import { exceptions } from './exceptions.ts'
import { type CaseResult, runConformance } from './run.ts'
import { topics } from './topics.ts'
import { type CreateWorld, clientEndpoint } from './world.ts'

export interface BrowserConformance {
  readonly topics: readonly string[]
  /** Runs one topic, its cases one after the other. */
  run(topic: string, persistence: 'required' | 'memory'): Promise<CaseResult[]>
}

declare global {
  interface Window {
    conformance: BrowserConformance
  }
}

let databases = 0

const workerWorld =
  (persistence: 'required' | 'memory'): CreateWorld =>
  async ({ schema, rules }) => {
    const database = { name: `case-${++databases}`, persistence }
    return {
      connect: (user) =>
        clientEndpoint(
          new DBALClient({
            database,
            auth: user ? { user: user as { id: string; role: 'user' } } : undefined,
            ...(schema && { schema }),
            ...(rules && { rules }),
          }) as DBALClient,
          { liveQuery, toKysely },
        ),
      close: async () => {},
    }
  }

window.conformance = {
  topics: topics.map(({ topic }) => topic),
  run: (name, persistence) =>
    runConformance(
      topics
        .filter(({ topic }) => topic === name)
        .map(({ topic, cases }) => ({
          topic,
          cases: cases.filter(
            (one) =>
              !exceptions.some(
                (known) => known.backend === 'browser' && known.topic === topic && known.name === one.name,
              ),
          ),
        })),
      workerWorld(persistence),
      { shares: true },
    ),
}
