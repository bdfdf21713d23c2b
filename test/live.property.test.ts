/** What must hold of live results, against a model: see `support/live-model.ts`. */

import fc from 'fast-check'
import { it } from 'vitest'
import { openTestEngine, type TestCaller } from './support/engine.ts'
import { callers, heldIsFresh, owner, schemaOf } from './support/live-model.ts'

it('what a client of a live query holds is what a list would give it', { timeout: 300_000 }, async () => {
  await fc.assert(
    heldIsFresh(async (isTree) => {
      const { as, engine, incidents } = await openTestEngine({ schema: schemaOf(isTree) })
      const all = Object.fromEntries(callers.map((role) => [role, as(role, { userId: owner })])) as Record<
        (typeof callers)[number],
        TestCaller
      >
      return {
        writers: all,
        watchers: all,
        mostEvents: 1,
        settle: (check) => check(),
        incidents,
        end: () => engine.close(),
      }
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 100) },
  )
})
