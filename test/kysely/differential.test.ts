/**
 * Random queries over random rules, roles and rows, each run by the product under its rules and by an oracle that has only
 * what the role may read. `DBAL_WORLDS` and `DBAL_SEED` make a longer or another run; see scripts/faults.ts.
 */

import { describe, expect, test } from 'vitest'
import { type Finding, newTally, runWorld } from './support/differential.ts'

const worlds = Number(process.env['DBAL_WORLDS'] ?? 80)
const firstSeed = Number(process.env['DBAL_SEED'] ?? 1)
const share = { selects: 80, writes: 45 }

const show = ({ seed, role, kind, sql, detail }: Finding) =>
  `seed ${seed}, ${role}: ${kind}\n  ${sql}\n  ${detail}`

describe('20,000 random queries against an oracle that filters first', () => {
  test(`${worlds} worlds from seed ${firstSeed}`, async () => {
    const tally = newTally()
    for (let seed = firstSeed; seed < firstSeed + worlds; seed++) {
      await runWorld(seed, share, tally)
      // A few say as much as a thousand.
      if (tally.findings.length > 10) break
    }
    const { findings, ...counts } = tally
    console.log(counts)
    expect(findings.map(show).join('\n\n')).toBe('')
    const queries = counts.selects + counts.probes + counts.writes
    expect(queries).toBeGreaterThanOrEqual(worlds * 250)
    expect(counts.rows).toBeGreaterThan(counts.selects)
    expect(counts.writes - counts.refusedWrites).toBeGreaterThan(counts.writes / 5)
  }, 600_000)
})
