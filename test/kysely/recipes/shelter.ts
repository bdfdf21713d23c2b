/** A small database in the manner of Kysely's documentation: persons, their pets, the pets' toys. */

import { afterAll, beforeAll, beforeEach } from 'vitest'
import { DBALClient } from '../../../src/client/client.ts'
import { type Kysely, type KyselyDatabaseOf, toKysely } from '../../../src/kysely/index.ts'
import { defineSchema } from '../../../src/schema/define.ts'
import { f } from '../../../src/schema/fields.ts'
import { LocalTransport } from '../../../src/transport/local.ts'
import { openTestEngine, principalOf, type TestEngine } from '../../support/engine.ts'

const everybody = [{ roles: ['god'], operations: ['create', 'read', 'update', 'delete'] }] as const

export const schema = defineSchema({
  person: {
    fields: {
      id: f.id(),
      first_name: f.string({ required: true }),
      last_name: f.string(),
      age: f.integer(),
      gender: f.enum(['man', 'woman', 'other'], { default: 'other' }),
      has_garden: f.boolean({ default: false }),
      address: f.jsonOf<{ city: string; zip?: string; phones?: readonly string[] }>()({
        nullable: true,
        default: null,
      }),
      mother_id: f.uuid({ references: 'person.id', as: 'mother', inverse: 'children' }),
    },
    rules: everybody,
  },
  pet: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, unique: true }),
      species: f.enum(['cat', 'dog', 'hamster'], { required: true }),
      owner_id: f.uuid({ references: 'person.id', onDelete: 'cascade' }),
    },
    rules: everybody,
  },
  toy: {
    fields: {
      id: f.id(),
      name: f.string({ required: true }),
      price: f.number({ required: true }),
      pet_id: f.uuid({ references: 'pet.id', onDelete: 'cascade' }),
    },
    rules: everybody,
  },
})

export type Shelter = KyselyDatabaseOf<typeof schema>

/** The id of the n-th row. */
export const id = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
export const [ada, ben, cleo, dora] = [id(1), id(2), id(3), id(4)] as const
export const [rex, mia, tom] = [id(11), id(12), id(13)] as const
export const [ball, bone] = [id(21), id(22)] as const

const persons = [
  {
    id: ada,
    first_name: 'Ada',
    last_name: 'Moss',
    age: 61,
    gender: 'woman',
    has_garden: true,
    address: { city: 'Ulm', zip: '89073', phones: ['1', '2'] },
  },
  {
    id: ben,
    first_name: 'Ben',
    last_name: 'Moss',
    age: 35,
    gender: 'man',
    mother_id: ada,
    address: { city: 'Bonn' },
  },
  { id: cleo, first_name: 'Cleo', last_name: 'Field', age: 35, gender: 'woman' },
  { id: dora, first_name: 'Dora', last_name: null, age: null, gender: 'other', mother_id: ben },
] as const
const pets = [
  { id: rex, name: 'Rex', species: 'dog', owner_id: ada },
  { id: mia, name: 'Mia', species: 'cat', owner_id: ada },
  { id: tom, name: 'Tom', species: 'cat', owner_id: ben },
] as const
const toys = [
  { id: ball, name: 'Ball', price: 4.5, pet_id: rex },
  { id: bone, name: 'Bone', price: 2, pet_id: rex },
] as const

export interface Opened {
  readonly db: Kysely<Shelter>
  readonly client: DBALClient<typeof schema>
}

/** A database for a file of tests, as it was at first before each of them. */
export function openShelter(): Opened {
  let engine: TestEngine
  const opened = {} as { db: Kysely<Shelter>; client: DBALClient<typeof schema> }
  beforeAll(async () => {
    engine = await openTestEngine({ schema, migrations: [] })
    const transport = new LocalTransport({
      connect: (emit) => engine.engine.connect({ principal: principalOf('god'), clientId: 'shelter', emit }),
    })
    opened.client = new DBALClient({ schema, transport })
    opened.db = toKysely(opened.client)
  })
  beforeEach(async () => {
    const { client } = opened
    for (const name of ['toy', 'pet', 'person'] as const) {
      const rows = await client.entity(name).list({ limit: 100 })
      // Mothers last: their children point at them.
      for (const { id: at } of rows.data.reverse()) await client.entity(name).delete(at)
    }
    await client.entity('person').createMany(persons)
    await client.entity('pet').createMany(pets)
    await client.entity('toy').createMany(toys)
  })
  afterAll(async () => {
    await opened.client.close()
    await engine.engine.close()
  })
  return opened
}
