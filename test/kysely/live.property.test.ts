/**
 * Random selects of random roles stay open while random rows are written. After every write the rows that each listener
 * holds are those that the same select gives now, and the change that it was told makes the one list of the other.
 * `DBAL_LIVE_WORLDS` and `DBAL_SEED` make a longer or another run.
 */

import type { CompiledQuery } from 'kysely'
import { expect, test } from 'vitest'
import { connectionOf } from '../../src/client/internals.ts'
import type { Change } from '../../src/client/live.ts'
import { encodeQuery } from '../../src/kysely/encode.ts'
import type { DBALError } from '../../src/protocol/error.ts'
import { canonRows, canonSet } from './support/canon.ts'
import type { Database } from './support/database.ts'
import { openWorld } from './support/differential.ts'
import { allows } from './support/oracle.ts'
import { Random } from './support/random.ts'
import { type Any, builder, treeOf } from './support/scope.ts'
import { SelectMaker } from './support/selects.ts'
import {
  entities,
  type RoleName,
  type Row,
  randomWorld,
  roleNames,
  secretMark,
  type World,
} from './support/world.ts'
import { WriteMaker } from './support/writes.ts'

const worlds = Number(process.env['DBAL_LIVE_WORLDS'] ?? 4)
const firstSeed = Number(process.env['DBAL_SEED'] ?? 1)
const selectsPerRole = 12
const writesPerWorld = 30

interface Watch {
  readonly role: RoleName
  readonly compiled: CompiledQuery
  readonly ordered: boolean
  readonly sql: string
  rows: readonly Row[]
  heard: number
  error: DBALError | undefined
}

test(`${worlds} worlds from seed ${firstSeed}`, { timeout: 600_000 }, async () => {
  const told = { events: 0, quiet: 0 }
  for (let seed = firstSeed; seed < firstSeed + worlds; seed++) await runWorld(seed, told)
  console.log(told)
  expect(told.events).toBeGreaterThan(worlds * 20)
  // Most writes concern few of the selects.
  expect(told.quiet).toBeGreaterThan(told.events)
})

async function runWorld(seed: number, told: { events: number; quiet: number }): Promise<void> {
  const random = new Random(seed)
  const world = randomWorld(random, seed)
  const database = await openWorld(world)
  try {
    const watches: Watch[] = []
    for (const role of roleNames) {
      for (let count = 0; count < selectsPerRole; count++) {
        const made = random.chance(0.4)
          ? plainSelect(random, world, role)
          : new SelectMaker(random, world, role).query()
        if (made) watches.push(open(database, role, made.query, made.ordered))
      }
    }
    await settle(database)
    for (const watch of watches)
      expect([watch.error?.message, watch.heard, watch.sql]).toEqual([undefined, 1, watch.sql])
    for (let count = 0; count < writesPerWorld; count++) {
      for (const watch of watches) watch.heard = 0
      const role = random.pick(roleNames)
      const write = new WriteMaker(random, world, role).make()
      if (!write) continue
      const answer = await run(database, role, compile(write.query))
      if (!(answer instanceof Error) && write.expected.outcome === 'done')
        Object.assign(world.rows, write.expected.rows)
      const place = `seed ${seed}, write ${count}: ${write.query.compile().sql}`
      for (const { heard } of watches) {
        expect(heard).toBeLessThanOrEqual(1)
        told.events += heard
        told.quiet += 1 - heard
      }
      // In one frame.
      await Promise.all(watches.map((watch) => check(database, watch, place)))
    }
  } finally {
    await database.close()
  }
}

/** Of the kind that asks for values of a field, which are found by them. */
function plainSelect(
  random: Random,
  world: World,
  role: RoleName,
): { query: Any; ordered: boolean } | undefined {
  const readable = entities.filter((entity) => allows(world, role, 'read', entity))
  if (readable.length === 0) return undefined
  const entity = random.pick(readable)
  const { readable: fields } = world.access[role][entity]
  const id = random.from(1, 8)
  let query: Any = builder.selectFrom(`main.${entity} as one`)
  const other = random.chance(0.3) ? random.pick(readable) : undefined
  const theirs = other && world.access[role][other].readable
  if (theirs?.includes('id') && fields.includes('id')) {
    const join = random.pick(['innerJoin', 'leftJoin', 'rightJoin', 'fullJoin'])
    query = query[join](`main.${other} as two`, 'two.id', 'one.id').select('two.id as twoId')
  }
  const asked = fields.filter((name) => ['id', 'ownerId', 'petId', 'level', 'name', 'isLost'].includes(name))
  if (asked.length > 0) {
    const field = random.pick(asked)
    const value = () =>
      field === 'name' ? world.rows[entity][0]?.['name'] : field === 'isLost' ? true : random.from(0, 8)
    query = random.chance(0.7)
      ? query.where(`one.${field}`, '=', value())
      : query.where(`one.${field}`, 'in', [value(), value(), id])
  }
  const shown = random.some([...fields], 0.5)
  for (const name of shown) query = query.select(`one.${name}`)
  if (shown.length === 0)
    query = query
      .select((eb: Any) => eb.fn.countAll().as('n'))
      .clearSelect()
      .select((eb: Any) => eb.fn.countAll().as('n'))
  return { query, ordered: false }
}

function open(database: Database, role: RoleName, query: Any, ordered: boolean): Watch {
  const { sql, parameters } = query.compile()
  const watch: Watch = {
    role,
    compiled: compile(query),
    ordered,
    sql: `${role}: ${sql} ${JSON.stringify(parameters)}`,
    rows: [],
    heard: 0,
    error: undefined,
  }
  connectionOf(database.client(role)).live.subscribe({
    method: 'live.select',
    params: [encodeQuery(treeOf(query))],
    listener: (rows, change) => {
      if (watch.heard + watch.rows.length > 0) checkChange(watch, rows, change)
      watch.rows = rows
      watch.heard++
    },
    onError: (error) => {
      watch.error = error
    },
  })
  return watch
}

/** Nothing has changed beyond what was told. */
function checkChange({ rows: before, sql }: Watch, after: readonly Row[], change: Change<Row>): void {
  const { added, removed, changed, moved } = change
  expect(added.length + removed.length + changed.length + moved.length, sql).toBeGreaterThan(0)
  expect(after.length, sql).toBe(before.length - removed.length + added.length)
  const [old, now] = [new Set(before), new Set(after)]
  for (const row of [...added, ...changed]) expect([now.has(row), old.has(row)], sql).toEqual([true, false])
  for (const row of after)
    expect(old.has(row) || added.includes(row) || changed.includes(row), sql).toBe(true)
  expect(before.filter((row) => !now.has(row)).length, sql).toBe(removed.length + changed.length)
  for (const { from, to } of moved)
    expect(changed.includes(after[to] as Row) || after[to] === before[from], sql).toBe(true)
  // What was not moved, taken out or put in keeps its order.
  const moves = new Set(moved.map(({ to }) => to))
  const stayed = after.filter((row, at) => old.has(row) && !moves.has(at)).map((row) => before.indexOf(row))
  expect(stayed, sql).toEqual([...stayed].sort((left, right) => left - right))
}

async function check(database: Database, watch: Watch, place: string): Promise<void> {
  const fresh = await run(database, watch.role, watch.compiled)
  const where = `${watch.sql}\n${place}`
  if (fresh instanceof Error) {
    expect(watch.error?.message, where).toBe(fresh.message)
    return
  }
  const canon = watch.ordered ? canonRows : canonSet
  const [held, now] = [canon(watch.rows), canon(fresh.rows)]
  // Thousands of times: `expect` is asked only for its words.
  if (watch.error || held.join('\n') !== now.join('\n'))
    expect([watch.error, held], where).toEqual([undefined, now])
  if (JSON.stringify(watch.rows).includes(secretMark)) expect.unreachable(`${where}: a secret`)
}

const compile = (query: Any) => ({
  query: treeOf(query),
  queryId: query.compile().queryId,
  sql: '',
  parameters: [],
})

const run = (database: Database, role: RoleName, compiled: CompiledQuery): Promise<Any> =>
  database
    .kysely(role)
    .executeQuery(compiled)
    .catch((error: unknown) => error)

const settle = (database: Database) =>
  Promise.all(roleNames.map((role) => database.client(role).capabilities()))
