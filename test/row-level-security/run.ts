/** One world on both sides: what differs comes back as findings. */

import { DBALError } from '../../src/protocol/error.ts'
import type { EntityRule } from '../../src/schema/define.ts'
import { canonRows, canonSet } from '../kysely/support/canon.ts'
import { Random } from '../kysely/support/random.ts'
import { FilterMaker } from './filters.ts'
import { type Policy, randomPolicies } from './policies.ts'
import { SelectMaker } from './selects.ts'
import type { Caller, OurSide, Outcome, Servers } from './servers.ts'
import { callers, type Entity, type RoleName, randomRows } from './tables.ts'
import { randomWrite, type Write } from './writes.ts'

export interface Finding {
  readonly seed: number
  readonly role: RoleName
  /** `leaked`: more than PostgreSQL shows · `hidden`: less · `refused`, `allowed`: an error on one side · `state`: other rows were written. */
  readonly kind: 'leaked' | 'hidden' | 'differs' | 'refused' | 'allowed' | 'state'
  readonly sql: string
  readonly detail: string
}

export interface Tally {
  queries: number
  writes: number
  refused: number
  /** Writes that left other rows than there were. */
  changed: number
  rows: number
  readonly findings: Finding[]
}

export const newTally = (): Tally => ({
  queries: 0,
  writes: 0,
  refused: 0,
  changed: 0,
  rows: 0,
  findings: [],
})

export interface Share {
  /** For each caller. */
  readonly queries: number
  readonly writes: number
}

interface Run {
  readonly seed: number
  readonly random: Random
  readonly servers: Servers
  readonly policies: readonly Policy[]
  readonly ours: OurSide
  readonly caller: Caller
  readonly role: RoleName
  readonly tally: Tally
}

export async function runWorld(
  servers: Servers,
  seed: number,
  share: Share,
  tally: Tally,
  change?: (rules: EntityRule[]) => EntityRule[],
): Promise<void> {
  const random = new Random(seed)
  const policies = randomPolicies(random)
  await servers.fill(randomRows(random), policies)
  const ours = await servers.ours(policies, change)
  try {
    for (const principal of callers) {
      await servers.as(principal)
      const caller = ours.caller(principal)
      const run = { seed, random, servers, policies, ours, caller, role: principal.role, tally }
      await runQueries(run, share.queries)
      for (let count = 0; count < share.writes; count++) {
        // Behind a difference everything differs.
        if (!(await runWrite(run))) return
      }
    }
  } finally {
    await ours.close()
  }
}

interface Query {
  run(): Promise<readonly object[]>
  readonly theirs: string
  /** The order of its rows is told. */
  readonly ordered: boolean
  readonly entities: ReadonlySet<Entity>
}

function randomQuery(random: Random, { client, kysely }: Caller): Query {
  if (random.chance(0.3)) {
    const call = new FilterMaker(random).call()
    return { ...call, run: () => call.run(client.entity(call.entity)) }
  }
  const { ours, ...query } = new SelectMaker(random, kysely).query()
  return { ...query, run: () => ours.execute() }
}

async function runQueries(run: Run, count: number): Promise<void> {
  const { random, servers, caller, tally } = run
  const queries = Array.from({ length: count }, () => randomQuery(random, caller))
  const results = await Promise.all(
    queries.map((query) => query.run().catch((error: unknown) => error as Error)),
  )
  for (const [at, query] of queries.entries()) {
    const expected = await servers.rows(query.theirs)
    if (expected === undefined) continue
    tally.queries++
    tally.rows += expected.length
    compare(run, query, results[at] as Error, expected)
  }
}

function compare(
  run: Run,
  query: Query,
  result: readonly object[] | Error,
  expected: readonly object[],
): void {
  const { seed, role, tally } = run
  const find = (kind: Finding['kind'], detail: string) =>
    tally.findings.push({ seed, role, kind, sql: query.theirs, detail })
  if (result instanceof Error) {
    if (isForbidden(run, query.entities)) {
      tally.refused++
      if ((result as DBALError).code !== 'FORBIDDEN') find('differs', String(result))
    } else find('refused', `${(result as DBALError).code}: ${result.message} ${incident(run, result)}`)
    return
  }
  if (isForbidden(run, query.entities)) return void find('allowed', 'no rule lets this role read that')
  const canon = query.ordered ? canonRows : canonSet
  const [found, wanted] = [canon(result), canon(expected)]
  if (found.join('\n') === wanted.join('\n')) return
  const extra = found.filter((row) => !wanted.includes(row))
  const missing = wanted.filter((row) => !found.includes(row))
  const kind = extra.length > 0 ? 'leaked' : missing.length > 0 ? 'hidden' : 'differs'
  find(kind, `${found.length} rows for ${wanted.length}; extra ${extra[0]}, missing ${missing[0]}`)
}

/** PostgreSQL shows no rows where there is no policy; the engine says that there is no rule. */
const isForbidden = ({ policies, role }: Run, named: ReadonlySet<Entity>): boolean =>
  [...named].some((entity) => !allows(policies, role, 'read', entity))

const allows = (
  policies: readonly Policy[],
  role: RoleName,
  operation: Policy['operation'],
  entity: Entity,
): boolean =>
  policies.some((one) => one.role === role && one.operation === operation && one.entity === entity)

/** Why, where the engine itself is at fault. */
const incident = ({ ours }: Run, error: Error): string =>
  error instanceof DBALError && error.code === 'INTERNAL_ERROR'
    ? String((ours.incidents.at(-1) as Error | undefined)?.stack)
    : ''

/** @returns false when the two sides have parted */
async function runWrite(run: Run): Promise<boolean> {
  const { seed, role, policies, servers, random, caller, tally } = run
  const write = randomWrite(random, caller)
  const find = (kind: Finding['kind'], detail: string) => {
    tally.findings.push({ seed, role, kind, sql: write.theirs, detail })
    return false
  }
  const before = await servers.stored()
  const expected = await expectedOf(run, write)
  if (expected === undefined) return true
  const result = await write.run().catch((error: unknown) => error)
  const stored = await servers.stored()
  tally.writes++
  if (!allows(policies, role, write.operation, write.entity) || isForbidden(run, write.entities)) {
    tally.refused++
    if (!(result instanceof DBALError && result.code === 'FORBIDDEN')) return find('allowed', String(result))
    return stored === before || find('state', 'a refused write has changed something')
  }
  if (typeof expected === 'object') {
    tally.refused++
    const code = codes[expected.code]
    if (!(result instanceof DBALError) || result.code !== code)
      return find('allowed', `PostgreSQL refused with ${expected.code}, the engine with ${result}`)
    return stored === before || find('state', 'a refused write has changed something')
  }
  if (result instanceof Error)
    return find('refused', `${(result as DBALError).code}: ${result.message} ${incident(run, result)}`)
  if (stored !== before) tally.changed++
  return stored === expected || find('state', difference(stored, expected))
}

/** What PostgreSQL's refusals are with us. */
const codes: Readonly<Record<string, string>> = { 42501: 'FORBIDDEN', 23503: 'CONFLICT' }

async function expectedOf(
  { servers, policies, role }: Run,
  { theirs, entity, parts }: Write,
): Promise<Outcome> {
  const expected = await servers.tried(theirs)
  if (typeof expected !== 'object' || !parts || expected.code !== '42501') return expected
  const policy = policies.find(
    (one) => one.role === role && one.entity === entity && one.operation === 'update',
  )
  return servers.triedBlindly(entity, parts, (policy?.check ?? policy?.filter)?.theirs ?? 'true')
}

function difference(found: string, wanted: string): string {
  const [ours, theirs] = [found.split('\n'), wanted.split('\n')]
  const extra = ours.filter((row) => !theirs.includes(row))
  const missing = theirs.filter((row) => !ours.includes(row))
  return `stored ${extra.slice(0, 3).join(' ')}, wanted ${missing.slice(0, 3).join(' ')}`
}
