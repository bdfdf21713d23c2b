/** The tables that both sides share, the rows in them, and who asks. */

import type { Principal, Role } from '../../src/protocol/principal.ts'
import { levelOf, publicPrincipal } from '../../src/protocol/principal.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import type { Random } from '../kysely/support/random.ts'

export type Entity = 'Team' | 'Post' | 'Reply'
/** `folded` is text without regard to case, `enum` text of a few values, `opaque` what only null is asked of. */
export type Kind = 'num' | 'text' | 'folded' | 'enum' | 'bool' | 'date' | 'opaque'
export type Row = Readonly<Record<string, string | number | null>>

export const entities: readonly Entity[] = ['Team', 'Post', 'Reply']

export const kinds: Readonly<Record<Entity, Readonly<Record<string, Kind>>>> = {
  Team: {
    id: 'num',
    name: 'folded',
    level: 'num',
    score: 'num',
    isOpen: 'bool',
    born: 'date',
    ownerId: 'text',
  },
  Post: {
    id: 'num',
    teamId: 'num',
    title: 'text',
    kind: 'enum',
    price: 'num',
    isLost: 'bool',
    endsAt: 'date',
    ownerId: 'text',
    info: 'opaque',
  },
  Reply: { id: 'num', postId: 'num', body: 'text', stars: 'num', order: 'num', mailTo: 'folded' },
}

export interface Step {
  readonly name: string
  readonly key: string
  readonly entity: Entity
}

/** The row that a relation leads to. */
export const steps: Readonly<Partial<Record<Entity, Step>>> = {
  Post: { name: 'team', key: 'teamId', entity: 'Team' },
  Reply: { name: 'post', key: 'postId', entity: 'Post' },
}

/** And the way back. */
export const lists: Readonly<Partial<Record<Entity, Step>>> = {
  Team: { name: 'posts', key: 'teamId', entity: 'Post' },
  Post: { name: 'replies', key: 'postId', entity: 'Reply' },
}

/** The entity whose rows end. */
export const ends: Readonly<Partial<Record<Entity, string>>> = { Post: 'endsAt' }

export const schema = defineSchema({
  Team: {
    fields: {
      id: f.integer({ primary: true }),
      name: f.string({ required: true, caseInsensitive: true }),
      level: f.integer({ required: true }),
      score: f.number({ nullable: true }),
      isOpen: f.boolean({ nullable: true }),
      born: f.datetime({ nullable: true }),
      ownerId: f.string({ nullable: true }),
    },
  },
  Post: {
    fields: {
      id: f.integer({ primary: true }),
      teamId: f.integer({ references: 'Team.id', onDelete: 'setNull', nullable: true }),
      title: f.string({ required: true }),
      kind: f.enum(['cat', 'dog', 'eel'], { nullable: true }),
      price: f.integer({ nullable: true }),
      isLost: f.boolean({ default: false }),
      endsAt: f.datetime({ nullable: true }),
      ownerId: f.string({ nullable: true }),
      info: f.json({ nullable: true }),
    },
    ttl: 'endsAt',
  },
  Reply: {
    fields: {
      id: f.integer({ primary: true }),
      postId: f.integer({ references: 'Post.id', onDelete: 'cascade', nullable: true }),
      body: f.text(),
      stars: f.integer({ required: true }),
      order: f.integer({ default: 0 }),
      mailTo: f.string({ nullable: true, caseInsensitive: true }),
    },
    indexes: [['postId']],
  },
})

/** What the engine's clock stands at. */
export const now = '2026-01-15T10:30:00.000Z'

export type RoleName = Exclude<Role, 'supergod'>
export const roleNames: readonly RoleName[] = ['public', 'user', 'admin', 'god']

const person = (role: RoleName, number: number, username: string): Principal => ({
  role,
  userId: `0197a000-0000-7000-8000-00000000000${number}`,
  username,
  email: `${username.toLowerCase()}@example.com`,
  sessionId: null,
})

export const callers: readonly (Principal & { readonly role: RoleName })[] = [
  publicPrincipal,
  person('user', 1, 'ann'),
  person('user', 2, 'Bea'),
  // Without an address: the variable is null.
  { ...person('admin', 3, 'cal'), email: null },
  person('god', 4, "o'b"),
] as (Principal & { readonly role: RoleName })[]

export const levelOfCaller = ({ role }: Principal): number => levelOf(role)

const users = callers.flatMap(({ userId }) => (userId === null ? [] : [userId]))
export const texts: readonly string[] = [
  'ann',
  'Ann',
  'bea',
  'Bea',
  'cal',
  'éa',
  'ÉA',
  "o'b",
  '%_',
  'g"h',
  '',
]
export const addresses: readonly string[] = [
  'ann@example.com',
  'BEA@example.com',
  'Cal@Example.com',
  "o'b@example.com",
]
export const dates: readonly string[] = [
  '2021-06-01T00:00:00.000Z',
  '2026-01-15T10:29:59.999Z',
  now,
  '2026-01-15T10:30:00.001Z',
  '2031-03-01T12:00:00.000Z',
]

export function randomValue(random: Random, entity: Entity, field: string): string | number | null {
  const required = entity === 'Team' ? ['name', 'level'] : ['title', 'isLost', 'stars', 'order']
  if (!required.includes(field) && random.chance(0.2)) return null
  if (field === 'ownerId') return random.pick(users)
  if (field === 'mailTo') return random.pick(addresses)
  switch (kinds[entity][field] as Kind) {
    case 'num':
      return field === 'score' ? random.from(-4, 12) / 2 : random.from(0, 6)
    case 'text':
    case 'folded':
      return random.pick(texts)
    case 'enum':
      return random.pick(['cat', 'dog', 'eel'])
    case 'bool':
      return random.below(2)
    case 'date':
      return random.pick(dates)
    case 'opaque':
      return random.pick(['{"a":1}', '[]', '[3]'])
  }
}

export type Rows = Readonly<Record<Entity, readonly Row[]>>

export function randomRow(random: Random, entity: Entity, id: number, keys: number): Row {
  const row: Record<string, string | number | null> = { id }
  for (const field of Object.keys(kinds[entity]))
    if (field !== 'id') row[field] = randomValue(random, entity, field)
  const step = steps[entity]
  if (step) row[step.key] = random.chance(0.15) ? null : random.from(1, keys)
  return row
}

export function randomRows(random: Random): Rows {
  const count = random.from(8, 16)
  const of = (entity: Entity) =>
    Array.from({ length: count }, (_, at) => randomRow(random, entity, at + 1, count))
  return { Team: of('Team'), Post: of('Post'), Reply: of('Reply') }
}
