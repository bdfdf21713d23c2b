/** One world run on both sides: what differs comes back as findings. */

import { DBALError } from '../../../src/protocol/error.ts'
import { canonRows, canonSet } from './canon.ts'
import { type Database, openDatabase } from './database.ts'
import { encode, Oracle } from './oracle.ts'
import { Random } from './random.ts'
import { type Any, treeOf } from './scope.ts'
import { SelectMaker } from './selects.ts'
import {
  entities,
  kinds,
  type RoleName,
  randomWorld,
  roleNames,
  rulesOf,
  schema,
  secretMark,
  type World,
} from './world.ts'
import { type Expected, WriteMaker } from './writes.ts'

export interface Finding {
  readonly seed: number
  readonly role: RoleName
  /** `leaked`: more than the role may see · `hidden`: less · `refused`: an error for what is allowed · `state`: wrong rows stored. */
  readonly kind: 'leaked' | 'hidden' | 'differs' | 'refused' | 'allowed' | 'state'
  readonly sql: string
  readonly detail: string
}

export interface Tally {
  selects: number
  rows: number
  probes: number
  writes: number
  refusedWrites: number
  readonly findings: Finding[]
}

export const newTally = (): Tally => ({
  selects: 0,
  rows: 0,
  probes: 0,
  writes: 0,
  refusedWrites: 0,
  findings: [],
})

export interface Share {
  readonly selects: number
  readonly writes: number
}

/** Codes with which a query is refused for what it names. */
const refusals = new Set(['FORBIDDEN', 'VALIDATION_ERROR'])
const together = 20

export async function runWorld(
  seed: number,
  share: Share,
  tally: Tally,
  open: (world: World) => Promise<Database> = openWorld,
): Promise<void> {
  const random = new Random(seed)
  const world = randomWorld(random, seed)
  const database = await open(world)
  try {
    for (const role of roleNames) await runSelects({ random, world, role, database, tally }, share.selects)
    for (let count = 0; count < share.writes; count++) {
      const role = random.pick(roleNames)
      if (!(await runWrite({ random, world, role, database, tally }))) break
    }
  } finally {
    await database.close()
  }
}

export async function openWorld(world: World): Promise<Database> {
  const database = await openDatabase(schema, rulesOf(world))
  const client = database.client('supergod')
  for (const entity of entities) await client.entity(entity).createMany(world.rows[entity] as never)
  return database
}

interface Run {
  readonly random: Random
  readonly world: World
  readonly role: RoleName
  readonly database: Database
  readonly tally: Tally
}

const execute = (database: Database, role: RoleName, query: Any): Promise<Any> => {
  const { queryId } = query.compile()
  return database
    .kysely(role)
    .executeQuery({ query: treeOf(query), queryId, sql: '', parameters: [] })
    .catch((error: unknown) => error)
}

async function runSelects(run: Run, count: number): Promise<void> {
  const { random, world, role, database, tally } = run
  const oracle = new Oracle(world, role)
  try {
    for (let done = 0; done < count; done += together) {
      const made = Array.from({ length: Math.min(together, count - done) }, () => {
        const maker = new SelectMaker(random, world, role, random.chance(0.15))
        const selected = maker.query()
        return selected && { ...selected, probe: maker.probe }
      }).filter((one) => one !== undefined)
      const results = await Promise.all(made.map(({ query }) => execute(database, role, query)))
      for (const [at, { query, ordered, probe }] of made.entries()) {
        const compiled = query.compile()
        const find = (kind: Finding['kind'], detail: string) =>
          tally.findings.push({
            seed: world.seed,
            role,
            kind,
            sql: `${compiled.sql} ${JSON.stringify(compiled.parameters)}`,
            detail,
          })
        const result = results[at]
        if (probe !== undefined) {
          tally.probes++
          checkProbe(result, probe, find)
          continue
        }
        tally.selects++
        if (result instanceof Error) {
          find('refused', `${(result as DBALError).code}: ${result.message} ${incident(database, result)}`)
          continue
        }
        const expected = oracle.run(compiled)
        tally.rows += expected.length
        compare(result.rows, expected, ordered, find)
      }
    }
  } finally {
    oracle.close()
  }
}

/** Why, where the engine itself is at fault: for whoever reads the finding. */
const incident = ({ engine }: Database, error: Error): string =>
  (error as DBALError).code === 'INTERNAL_ERROR'
    ? String((engine.incidents.at(-1) as Error | undefined)?.stack)
    : ''

type Find = (kind: Finding['kind'], detail: string) => void

function checkProbe(result: Any, probe: string, find: Find): void {
  if (!(result instanceof Error))
    find('leaked', `${probe} was answered: ${JSON.stringify(result.rows).slice(0, 200)}`)
  else if (!(result instanceof DBALError && refusals.has(result.code)))
    find('differs', `${probe} was refused with ${(result as DBALError).code ?? result}: ${result.message}`)
  else if (JSON.stringify(result).includes(secretMark)) find('leaked', `${probe}: the error holds a secret`)
}

function compare(found: readonly object[], expected: readonly object[], ordered: boolean, find: Find): void {
  const canon = ordered ? canonRows : canonSet
  const [ours, theirs] = [canon(found), canon(expected)]
  if (ours.join('\n') === theirs.join('\n')) {
    if (ours.some((row) => row.includes(secretMark))) find('leaked', 'a secret')
    return
  }
  const extra = ours.filter((row) => !theirs.includes(row))
  const missing = theirs.filter((row) => !ours.includes(row))
  const kind = extra.length > 0 ? 'leaked' : missing.length > 0 ? 'hidden' : 'differs'
  find(kind, `${ours.length} rows for ${theirs.length}; extra ${extra[0]}, missing ${missing[0]}`)
}

/** @returns false when the two sides have parted */
async function runWrite(run: Run): Promise<boolean> {
  const { random, world, role, database, tally } = run
  const write = new WriteMaker(random, world, role).make()
  if (!write) return true
  const { query, expected } = write
  const result = await execute(database, role, query)
  const { sql, parameters } = query.compile()
  const before = tally.findings.length
  const find: Find = (kind, detail) =>
    tally.findings.push({ seed: world.seed, role, kind, sql: `${sql} ${JSON.stringify(parameters)}`, detail })
  tally.writes++
  if (result instanceof Error) {
    tally.refusedWrites++
    checkRefusal(result, expected, find, incident(database, result))
  } else if (expected.outcome === 'refused') find('allowed', `it wrote ${result.numAffectedRows} rows`)
  else {
    Object.assign(world.rows, expected.rows)
    checkAnswer(result, expected, find)
  }
  await checkStored(database, world, find)
  return tally.findings.length === before
}

function checkRefusal(error: Error, expected: Expected, find: Find, cause: string): void {
  if (!(error instanceof DBALError) || !(refusals.has(error.code) || error.code === 'CONFLICT'))
    find('differs', `refused with ${error} ${cause}`)
  else if (expected.outcome === 'done' && !expected.mayBeRefused)
    find('refused', `${error.code}: ${error.message}`)
  if (JSON.stringify(error).includes(secretMark)) find('leaked', 'the error holds a secret')
}

function checkAnswer(result: Any, expected: Expected & { readonly outcome: 'done' }, find: Find): void {
  const { affected, returned } = expected
  const count = returned ? result.rows.length : Number(result.numAffectedRows ?? -1)
  if (count !== affected && !expected.mayBeRefused)
    find('differs', `${count} rows were written, not ${affected}`)
  if (returned && !expected.mayBeRefused) compare(result.rows, returned, false, find)
}

async function checkStored(database: Database, world: World, find: Find): Promise<void> {
  for (const entity of entities) {
    const fields = Object.keys(kinds[entity])
    const names = fields.map((name) => `"${name}"`).join(', ')
    const values = await database.stored(`select ${names} from main."${entity}"`, fields.length)
    const stored: object[] = []
    for (let at = 0; at < values.length; at += fields.length)
      stored.push(Object.fromEntries(fields.map((name, column) => [name, values[at + column]])))
    const wanted = world.rows[entity].map((row) =>
      Object.fromEntries(fields.map((name) => [name, encode(row[name] ?? null)])),
    )
    const [ours, theirs] = [canonSet(stored), canonSet(wanted)]
    if (ours.join('\n') === theirs.join('\n')) continue
    const extra = ours.filter((row) => !theirs.includes(row))
    const missing = theirs.filter((row) => !ours.includes(row))
    find('state', `${entity}: stored ${extra[0]}, wanted ${missing[0]}`)
  }
}
