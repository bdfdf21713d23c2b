/** The whole suite as tests of one backend; what a backend is excused from is left out by name. */

import { describe, test } from 'vitest'
import { exceptions } from './exceptions.ts'
import { runCase } from './run.ts'
import { topics } from './topics.ts'
import type { CreateWorld } from './world.ts'

/** @param afterEach what else must hold after a case */
export function everyCase(backend: string, createWorld: CreateWorld, afterEach?: () => void): void {
  describe.each(topics)('$topic', ({ topic, cases }) => {
    for (const one of cases) {
      const reason = exceptions.find(
        (left) => left.backend === backend && left.topic === topic && left.name === one.name,
      )
      test.skipIf(reason)(one.name, async () => {
        await runCase(one, createWorld)
        afterEach?.()
      })
    }
  })
}
