/** Schemas beside the built-in one, for what its entities do not have: rules of every kind, hidden fields, expiry, long numbers. */

import { defineSchema, type Schema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'

const all = ['create', 'read', 'update', 'delete'] as const

/** Two entities, one leading to the other; cases bring rules of their own. */
const shelf = defineSchema({
  Box: {
    fields: { id: f.id(), name: f.string({ required: true }), level: f.integer() },
    rules: [{ roles: ['god', 'supergod'], operations: all }],
  },
  Item: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, unique: true }),
      word: f.string(),
      label: f.string({ caseInsensitive: true }),
      level: f.integer(),
      amount: f.number(),
      isOpen: f.boolean(),
      at: f.datetime(),
      ownerId: f.uuid(),
      boxId: f.uuid({ references: 'Box.id' }),
    },
    rules: [{ roles: ['god', 'supergod'], operations: all }],
  },
})

/** Fields that a role reads or writes, fields that nobody reads, and fields that never change. */
const people = defineSchema({
  Person: {
    fields: {
      id: f.id(),
      name: f.string({ required: true }),
      email: f.string(),
      salary: f.integer(),
      pin: f.string({ hidden: true }),
      born: f.string({ immutable: true }),
    },
    rules: [
      { roles: ['public'], operations: ['read'], fields: { read: ['id', 'name'] } },
      {
        roles: ['user'],
        operations: ['create', 'read', 'update'],
        fields: { read: ['id', 'name', 'email'], write: ['name', 'email'] },
      },
      { roles: ['admin', 'god', 'supergod'], operations: all },
    ],
  },
})

/** Rows that are one's own, and what they may become. */
const posts = defineSchema({
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      state: f.enum(['draft', 'open', 'closed'], { default: 'draft' }),
      ownerId: f.uuid({ required: true }),
    },
    rules: [
      { roles: ['public'], operations: ['read'], rowFilter: "state = 'open'" },
      { roles: ['user'], operations: all, rowFilter: 'ownerId = $user.id' },
      { roles: ['user'], operations: ['read'], rowFilter: "state = 'open'" },
      { roles: ['admin'], operations: ['read'] },
      { roles: ['admin'], operations: ['create', 'update'], check: "state != 'closed'" },
      { roles: ['god', 'supergod'], operations: all },
    ],
  },
})

/** Rows with text to search: some are one's own, and one role may not read all of it. */
const papers = defineSchema({
  Shelf: {
    fields: { id: f.id(), name: f.string() },
    rules: [{ roles: ['god', 'supergod'], operations: all }],
  },
  Paper: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      body: f.text(),
      ownerId: f.uuid(),
      shelfId: f.uuid({ references: 'Shelf.id', onDelete: 'cascade' }),
      goneAt: f.datetime(),
    },
    search: ['title', 'body'],
    ttl: 'goneAt',
    rules: [
      { roles: ['user'], operations: ['read'], rowFilter: 'ownerId = $user.id' },
      { roles: ['admin'], operations: ['read'], fields: { read: ['id', 'title', 'ownerId'] } },
      { roles: ['god', 'supergod'], operations: all },
    ],
  },
})

/** Rows that expire. */
const notices = defineSchema({
  Notice: {
    fields: { id: f.id(), text: f.string({ required: true, unique: true }), expiresAt: f.datetime() },
    ttl: 'expiresAt',
    rules: [{ roles: ['public', 'user', 'admin', 'god', 'supergod'], operations: all }],
  },
})

/** Long whole numbers, and a key of two fields. */
const ledger = defineSchema({
  Entry: {
    fields: {
      account: f.string({ primary: true, max: 20 }),
      number: f.integer({ primary: true }),
      amount: f.bigint(),
      share: f.number(),
      label: f.string({ caseInsensitive: true, unique: true }),
    },
    rules: [
      { roles: ['god', 'supergod'], operations: all },
      { roles: ['user'], operations: ['read'], rowFilter: 'account = $user.username' },
    ],
  },
})

export const schemas: { readonly [name: string]: Schema } = {
  shelf,
  people,
  posts,
  papers,
  notices,
  ledger,
}
