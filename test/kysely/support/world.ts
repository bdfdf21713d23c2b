/** A random database: rules, roles and rows over three entities, as plain data that both sides are made from. */

import type { EntityRule } from '../../../src/schema/define.ts'
import { defineSchema } from '../../../src/schema/define.ts'
import { f } from '../../../src/schema/fields.ts'
import { type Condition, randomCondition, textOf } from './conditions.ts'
import type { Random } from './random.ts'

export type Row = Readonly<Record<string, unknown>>
export type Kind = 'num' | 'text' | 'bool' | 'date' | 'json'
export type Entity = 'Person' | 'Pet' | 'Toy'
export type RoleName = 'user' | 'admin' | 'god'
export type Operation = 'create' | 'read' | 'update' | 'delete'

export const entities: readonly Entity[] = ['Person', 'Pet', 'Toy']
export const roleNames: readonly RoleName[] = ['user', 'admin', 'god']

/** Stands in every value of a field that nobody may read. */
export const secretMark = '§'

/** Fields that nobody reads: `pin` is hidden by the schema, `secret` by every rule. */
export const kinds: Readonly<Record<Entity, Readonly<Record<string, Kind>>>> = {
  Person: {
    id: 'num',
    name: 'text',
    level: 'num',
    score: 'num',
    isActive: 'bool',
    born: 'date',
    info: 'json',
    managerId: 'num',
    pin: 'text',
  },
  Pet: { id: 'num', ownerId: 'num', name: 'text', kind: 'text', weight: 'num', tags: 'json', secret: 'text' },
  Toy: { id: 'num', petId: 'num', name: 'text', price: 'num', isLost: 'bool', order: 'num', note: 'text' },
}
const unread = new Set(['pin', 'secret'])

/** The row that a relation leads to. */
export const relations: Readonly<Partial<Record<Entity, { name: string; field: string; entity: Entity }>>> = {
  Pet: { name: 'owner', field: 'ownerId', entity: 'Person' },
  Toy: { name: 'pet', field: 'petId', entity: 'Pet' },
}

const seeder = [{ roles: ['supergod'], operations: ['create', 'read', 'update', 'delete'] }] as const

export const schema = defineSchema({
  Person: {
    fields: {
      id: f.integer({ primary: true }),
      name: f.string({ required: true }),
      level: f.integer({ required: true }),
      score: f.number({ nullable: true }),
      isActive: f.boolean({ default: true }),
      born: f.datetime({ nullable: true }),
      info: f.json({ default: {} }),
      managerId: f.integer({ nullable: true }),
      pin: f.string({ hidden: true }),
    },
    rules: seeder,
  },
  Pet: {
    fields: {
      id: f.integer({ primary: true }),
      ownerId: f.integer({ references: 'Person.id', onDelete: 'setNull' }),
      name: f.string({ required: true }),
      kind: f.enum(['cat', 'dog', 'eel'], { default: 'cat' }),
      weight: f.number({ nullable: true }),
      tags: f.json({ default: [] }),
      secret: f.string({ nullable: true }),
    },
    indexes: [['ownerId']],
    rules: seeder,
  },
  Toy: {
    fields: {
      id: f.integer({ primary: true }),
      petId: f.integer({ references: 'Pet.id', onDelete: 'setNull' }),
      name: f.string({ required: true }),
      price: f.integer({ nullable: true }),
      isLost: f.boolean({ default: false }),
      order: f.integer({ default: 0 }),
      note: f.text(),
    },
    indexes: [['petId']],
    rules: seeder,
  },
})

export interface Rule {
  readonly operations: readonly Operation[]
  readonly filter: Condition | undefined
  readonly check: Condition | undefined
}

/** What a role may do with an entity. */
export interface Access {
  readonly rules: readonly Rule[]
  readonly readable: readonly string[]
  readonly writable: readonly string[]
}

export interface World {
  readonly seed: number
  readonly access: Readonly<Record<RoleName, Readonly<Record<Entity, Access>>>>
  readonly rows: Record<Entity, Row[]>
}

/** The number that `$user.level` stands for. */
export const levels: Readonly<Record<RoleName, number>> = { user: 2, admin: 3, god: 4 }

export function randomWorld(random: Random, seed: number): World {
  const access = Object.fromEntries(
    roleNames.map((role) => [
      role,
      Object.fromEntries(entities.map((entity) => [entity, randomAccess(random, entity, role)])),
    ]),
  ) as unknown as World['access']
  return { seed, access, rows: randomRows(random) }
}

function randomAccess(random: Random, entity: Entity, role: RoleName): Access {
  const named = Object.keys(kinds[entity]).filter((field) => !unread.has(field))
  const all = role === 'god' || random.chance(0.3)
  const readable = all ? named : named.filter((field) => field === 'id' || random.chance(0.75))
  const writable = all ? named : named.filter((field) => field === 'id' || random.chance(0.7))
  // A god sees everything most of the time: those queries show that rules are not all that works.
  const open = role === 'god' && random.chance(0.7)
  if (open) {
    const operations: Operation[] = ['create', 'read', 'update', 'delete']
    return { rules: [{ operations, filter: undefined, check: undefined }], readable, writable }
  }
  if (random.chance(0.1)) return { rules: [], readable, writable }
  const condition = (share: number) => (random.chance(share) ? randomCondition(random, entity, 2) : undefined)
  const rules: Rule[] = [{ operations: ['read'], filter: condition(0.9), check: undefined }]
  if (random.chance(0.2)) rules.push({ operations: ['read'], filter: condition(0.95), check: undefined })
  for (const operation of random.some(['create', 'update', 'delete'] as const, 0.75)) {
    rules.push({ operations: [operation], filter: condition(0.6), check: condition(0.4) })
  }
  return { rules, readable, writable }
}

export function rulesOf({ access }: World): EntityRule[] {
  return [
    ...entities.map((entity) => ({ entity, ...seeder[0] })),
    ...roleNames.flatMap((role) =>
      entities.flatMap((entity) => {
        const { rules, readable, writable } = access[role][entity]
        return rules.map(({ operations, filter, check }) => ({
          entity,
          roles: [role],
          operations,
          ...(filter && { rowFilter: textOf(filter) }),
          ...(check && { check: textOf(check) }),
          fields: { read: readable, write: writable },
        }))
      }),
    ),
  ]
}

const names = ['ann', 'bea', 'cal', 'dot', 'Eva', 'fay', 'g"h', "o'b", '%_']

/** A value for a field, null now and then where it may be. */
export function randomValue(random: Random, entity: Entity, field: string): unknown {
  const nullable = ['score', 'born', 'managerId', 'weight', 'price', 'note'].includes(field)
  if (nullable && random.chance(0.2)) return null
  if (field === 'kind') return random.pick(['cat', 'dog', 'eel'])
  switch (kinds[entity][field]) {
    case 'num':
      return field === 'score' || field === 'weight' ? random.from(-4, 12) / 2 : random.from(0, 6)
    case 'text':
      return random.pick(names)
    case 'bool':
      return random.chance(0.5)
    case 'date':
      return `202${random.below(4)}-0${random.from(1, 9)}-01T00:00:00.000Z`
    case 'json':
      return field === 'tags'
        ? random.some(['x', 'y', 'z'], 0.5)
        : { a: random.below(4), b: random.pick(names), isC: random.chance(0.5) }
    default:
      throw new Error(`${entity} has no field ${field}`)
  }
}

function randomRows(random: Random): World['rows'] {
  const counts: Record<Entity, number> = {
    Person: random.from(6, 11),
    Pet: random.from(7, 13),
    Toy: random.from(7, 14),
  }
  const rows = Object.fromEntries(
    entities.map((entity) => [
      entity,
      Array.from({ length: counts[entity] }, (_, at): Row => {
        const row: Record<string, unknown> = { id: at + 1 }
        for (const field of Object.keys(kinds[entity])) {
          if (field !== 'id')
            row[field] = unread.has(field) ? secretMark + at : randomValue(random, entity, field)
        }
        const relation = relations[entity]
        if (relation)
          row[relation.field] = random.chance(0.15) ? null : random.from(1, counts[relation.entity])
        return row
      }),
    ]),
  )
  return rows as World['rows']
}
