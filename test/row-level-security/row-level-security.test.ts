/**
 * Random rules, queries and writes: our engine over PostgreSQL must find and change the rows that PostgreSQL's own
 * row-level security lets the same caller find and change, in the same tables. `DBAL_POLICIES` and `DBAL_SEED` make a
 * longer or another run; see scripts/faults.ts.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EntityRule } from '../../src/schema/define.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { type Finding, newTally, runWorld } from './run.ts'
import { Servers } from './servers.ts'

/** Each of 125 cases under policies of its own. */
const worlds = Number(process.env['DBAL_POLICIES'] ?? 42)
const firstSeed = Number(process.env['DBAL_SEED'] ?? 1)
const share = { queries: 20, writes: 5 }

let server: TestPostgres
let servers: Servers
beforeAll(async () => {
  server = await startPostgres()
  servers = await Servers.open(server)
})
afterAll(async () => {
  await servers?.close()
  await server?.stop()
})

const show = ({ seed, role, kind, sql, detail }: Finding) =>
  `seed ${seed}, ${role}: ${kind}\n  ${sql}\n  ${detail}`

test(`${worlds} sets of policies from seed ${firstSeed} let the same rows through`, async () => {
  const tally = newTally()
  for (let seed = firstSeed; seed < firstSeed + worlds; seed++) {
    await runWorld(servers, seed, share, tally)
    // A few say as much as a thousand.
    if (tally.findings.length > 10) break
  }
  const { findings, ...counts } = tally
  console.log(counts)
  expect(findings.map(show).join('\n\n')).toBe('')
  expect(counts.queries + counts.writes).toBeGreaterThan(worlds * 119)
  expect(counts.rows).toBeGreaterThan(counts.queries)
  expect(counts.changed).toBeGreaterThan(counts.writes / 8)
}, 7_200_000)

const without =
  (part: 'rowFilter' | 'check', operation: EntityRule['operations'][number]) =>
  (rules: EntityRule[]): EntityRule[] =>
    rules.map(({ [part]: left, ...rule }) =>
      left === undefined || rule.operations.includes(operation) ? rule : { ...rule, [part]: left },
    )

const rewritten =
  (from: RegExp, to: string) =>
  (rules: EntityRule[]): EntityRule[] =>
    rules.map((rule) =>
      rule.rowFilter === undefined ? rule : { ...rule, rowFilter: rule.rowFilter.replace(from, to) },
    )

const defects: Readonly<Record<string, (rules: EntityRule[]) => EntityRule[]>> = {
  'the filter of reads is dropped': without('rowFilter', 'read'),
  'the filter of updates is dropped': without('rowFilter', 'update'),
  'the filter of deletes is dropped': without('rowFilter', 'delete'),
  'the check of creates is dropped': without('check', 'create'),
  'a bound counts as inside': rewritten(/([<>])(?!=)/, '$1='),
  'what is not in a list is in it': rewritten(/not in/, 'in'),
  'a relation is not looked through': rewritten(/\b(team|post)\.\w+/g, 'null'),
  'the caller is another': rewritten(/\$user\.(id|username|email)/g, '$user.role'),
}

describe('the comparison finds a planted defect', () => {
  test.each(Object.keys(defects))('%s', async (name) => {
    const tally = newTally()
    for (let seed = 1; seed <= 20 && tally.findings.length === 0; seed++)
      await runWorld(servers, seed, { queries: 8, writes: 6 }, tally, defects[name])
    expect(tally.findings).not.toEqual([])
  })
})
