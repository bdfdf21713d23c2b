import { expect, it } from 'vitest'
import { DriverError, type ResultSet } from '../../drivers/driver.ts'
import type { Work } from '../work.ts'
import { change, draft, rowOf, setupAudit } from './audit-setup.cases.ts'
import { verifyLines } from './export.ts'
import { readPart } from './parts.ts'

/** Notes down how many letters each statement gives. */
function* measured<T>(work: Work<T>, letters: number[]): Work<T> {
  let step = work.next()
  while (!step.done) {
    let given: ResultSet
    try {
      given = yield step.value
    } catch (error) {
      step = work.throw(error)
      continue
    }
    letters.push(given.values.reduce<number>((sum, value) => sum + String(value).length, 0))
    step = work.next(given)
  }
  return step.value
}

it('long entries are read a few at a time, and one that is longer than that alone', () => {
  const { log, run } = setupAudit()
  const lengths = [3_000_000, 3_000_000, 3_000_000, 9_000_000, 10]
  for (const length of lengths)
    run(log.append([draft({ changes: [change(null, rowOf({ title: 'x'.repeat(length) }))] })]))
  const letters: number[] = []
  expect(run(measured(log.verify(undefined), letters))).toMatchObject({ ok: true, entries: 5 })
  const lines: string[] = []
  for (let after: number | undefined = 0; after !== undefined; ) {
    const page: { lines: readonly string[]; next?: number } = run(
      measured(
        log.exportLines({ after }, () => 'whole'),
        letters,
      ),
    )
    lines.push(...page.lines)
    after = page.next
  }
  expect(verifyLines(lines)).toEqual({ ok: true, entries: 5 })
  expect(Math.max(...letters)).toBeLessThan(12_500_000)
})

it('what fails for another reason fails', () => {
  // biome-ignore lint/correctness/useYield: it fails before it asks anything
  const failing = function* (): Work<never> {
    throw new DriverError('io', 10, 'gone')
  }
  expect(() => setupAudit().run(readPart(10, failing))).toThrow('gone')
})
