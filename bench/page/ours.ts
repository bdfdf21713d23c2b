/** This package as a user has it: validation, row rules and the audit log are on. */

import { DBALClient, defineSchema, f } from '@metabuilder/dbal'
import type { Contender } from './contender.ts'

const schema = defineSchema({
  Item: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, unique: true, max: 200 }),
      category: f.string({ required: true, max: 100 }),
      price: f.integer({ required: true, min: 0 }),
      isActive: f.boolean({ default: true }),
      note: f.text(),
      createdAt: f.createdAt(),
      updatedAt: f.updatedAt(),
    },
    indexes: [['category', 'price']],
    limits: { list: 20, maximum: 5_000 },
    rules: [
      {
        roles: ['user'],
        operations: ['create', 'read', 'update', 'delete'],
        rowFilter: 'price >= 0 and $user.level >= 2',
      },
    ],
  },
})

export function createOurs(name: string): Contender {
  const open = () =>
    new DBALClient({
      schema,
      database: { name, persistence: 'required' },
      auth: { user: { id: '019a0000-0000-7000-8000-000000000001', role: 'user' } },
    })
  let client: ReturnType<typeof open>
  return {
    name: 'ours',
    async open() {
      client = open()
      await client.ready
    },
    async insert(item) {
      const { id } = await client.items.create(item)
      return id
    },
    async bulk(items) {
      await client.items.createMany(items)
    },
    read: (id) => client.items.read(id),
    async update(id, price) {
      await client.items.update(id, { price })
    },
    async remove(id) {
      await client.items.delete(id)
    },
    async list20(category) {
      const { data } = await client.items.list({ filter: { category }, sort: { price: 'desc' }, limit: 20 })
      return data
    },
    async list5000() {
      const { data } = await client.items.list({ limit: 5_000 })
      return data
    },
    close: () => client.close(),
  }
}
