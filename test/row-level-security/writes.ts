/** Random writes of one row and of many, for both sides. Which rows they reach, and what they may leave, is up to the rules. */

import { expressionBuilder } from 'kysely'
import type { Random } from '../kysely/support/random.ts'
import type { Any } from '../kysely/support/scope.ts'
import { quoteName, quoteText } from './conditions.ts'
import { FilterMaker } from './filters.ts'
import type { Operation } from './policies.ts'
import { SelectMaker } from './selects.ts'
import type { Caller } from './servers.ts'
import { type Entity, entities, kinds, type Row, randomRow, randomValue, steps } from './tables.ts'

export interface Write {
  readonly operation: Operation
  readonly entity: Entity
  /** Those that its conditions name, and its own. */
  readonly entities: ReadonlySet<Entity>
  run(): Promise<unknown>
  readonly theirs: string
  /** Of an update: its rows, and what it sets. */
  readonly parts?: { readonly where: string; readonly set: string }
}

/** An id that no row has had. */
let fresh = 1_000

export function randomWrite(random: Random, caller: Caller): Write {
  const entity = random.pick(entities)
  return random.weighted<Write>([
    [4, () => update(random, caller, entity)],
    [3, () => remove(random, caller, entity)],
    [3, () => insert(random, caller, entity)],
  ])
}

function update(random: Random, caller: Caller, entity: Entity): Write {
  const names = Object.keys(kinds[entity]).filter((name) => name !== 'id')
  const set: Record<string, string | number | null> = {}
  for (const name of [random.pick(names), random.pick(names)]) {
    const isKey = steps[entity]?.key === name
    set[name] = isKey ? (random.chance(0.2) ? null : random.from(1, 8)) : randomValue(random, entity, name)
  }
  const { where, ours, named } = condition(random, caller, entity)
  const text = Object.entries(set)
    .map(([name, value]) => `${quoteName(name)} = ${literal(value)}`)
    .join(', ')
  return {
    operation: 'update',
    entity,
    entities: named,
    run: () =>
      ours.filter
        ? (caller.client.entity(entity) as Any).updateMany(ours.filter, valuesOf(entity, set))
        : caller.kysely.updateTable(entity).set(valuesOf(entity, set)).where(ours.predicate).execute(),
    theirs: `update ${quoteName(entity)} set ${text} where ${where}`,
    parts: { where, set: text },
  }
}

function remove(random: Random, caller: Caller, entity: Entity): Write {
  const { where, ours, named } = condition(random, caller, entity)
  const eb: Any = expressionBuilder<Any, Any>()
  // A few rows at a time: there must be some left.
  const ids = [random.from(1, 16), random.from(1, 16), random.from(1, 16)]
  return {
    operation: 'delete',
    entity,
    entities: named,
    run: () =>
      ours.filter
        ? (caller.client.entity(entity) as Any).deleteMany({ and: [ours.filter, { id: { in: ids } }] })
        : caller.kysely
            .deleteFrom(entity)
            .where(ours.predicate)
            .where(eb(`${entity}.id`, 'in', ids))
            .execute(),
    theirs: `delete from ${quoteName(entity)} where ${where} and id in (${ids.join(', ')})`,
  }
}

function insert(random: Random, caller: Caller, entity: Entity): Write {
  const row = randomRow(random, entity, ++fresh, 8)
  const values = valuesOf(entity, row)
  const names = Object.keys(row)
  return {
    operation: 'create',
    entity,
    entities: new Set(),
    run: () =>
      random.chance(0.5)
        ? (caller.client.entity(entity) as Any).create(values)
        : caller.kysely.insertInto(entity).values(values).execute(),
    theirs: `insert into ${quoteName(entity)} (${names.map(quoteName).join(', ')})
      values (${names.map((name) => literal(row[name] ?? null)).join(', ')})`,
  }
}

interface Conditions {
  readonly where: string
  readonly ours: { readonly filter?: object; readonly predicate?: Any }
  readonly named: ReadonlySet<Entity>
}

/** It names a column: else PostgreSQL lets the write reach rows that its caller may not read. */
function condition(random: Random, caller: Caller, entity: Entity): Conditions {
  const { where, ...rest } = anyCondition(random, caller, entity)
  return { where: `${where} and ${quoteName(entity)}.id is not null`, ...rest }
}

function anyCondition(random: Random, caller: Caller, entity: Entity): Conditions {
  if (random.chance(0.4)) {
    const maker = new FilterMaker(random)
    const { ours, theirs } = maker.filter(entity, quoteName(entity), 2)
    return { where: theirs, ours: { filter: ours }, named: maker.named }
  }
  const { pair, entities: named } = new SelectMaker(random, caller.kysely).where(entity)
  return { where: pair.theirs, ours: { predicate: pair.ours }, named }
}

const valuesOf = (entity: Entity, row: Row): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (kinds[entity][name] === 'bool' && value !== null) return [name, value === 1]
      return [name, kinds[entity][name] === 'opaque' ? JSON.parse(String(value)) : value]
    }),
  )

export const literal = (value: string | number | null | undefined): string =>
  typeof value === 'string' ? quoteText(value) : String(value ?? null)
