/**
 * What the hostile queries are after. Everything that the caller may not see has the mark in it; the twin database differs
 * in nothing else: no hidden rows, other values in the hidden fields. Whoever gets two answers to one question has learnt
 * something.
 */

import { defineSchema, type Schema } from '../../../src/schema/define.ts'
import { f } from '../../../src/schema/fields.ts'
import { type Database, openDatabase } from '../support/database.ts'

export const mark = 'HIDDEN'

const all = ['create', 'read', 'update', 'delete'] as const

export const schema = defineSchema({
  Note: {
    fields: {
      id: f.integer({ primary: true }),
      ownerId: f.integer({ nullable: true }),
      title: f.string({ required: true }),
      rank: f.integer({ default: 0 }),
      isPublic: f.boolean({ default: false }),
      meta: f.json({ default: {} }),
      /** Not for the caller, by a rule. */
      pin: f.string({ nullable: true }),
      /** For nobody, by the schema. */
      secret: f.string({ hidden: true }),
    },
    rules: [
      { roles: ['god', 'supergod'], operations: all },
      {
        roles: ['user'],
        operations: ['read'],
        rowFilter: 'isPublic = true',
        fields: { read: ['id', 'ownerId', 'title', 'rank', 'isPublic', 'meta'] },
      },
      {
        roles: ['user'],
        operations: ['create', 'update'],
        rowFilter: 'isPublic = true',
        fields: { write: ['id', 'title', 'rank', 'isPublic', 'meta'] },
      },
      { roles: ['user'], operations: ['delete'], rowFilter: 'isPublic = true and rank < 3' },
    ],
  },
  /** Rows whose visibility hangs on a row of Note. */
  Remark: {
    fields: {
      id: f.integer({ primary: true }),
      noteId: f.integer({ references: 'Note.id', onDelete: 'cascade' }),
      text: f.string({ required: true }),
      isLoud: f.boolean({ default: false }),
    },
    rules: [
      { roles: ['god', 'supergod'], operations: all },
      { roles: ['user'], operations: all, rowFilter: 'note.isPublic = true' },
    ],
  },
  /** Not for the caller at all. */
  Ghost: {
    fields: { id: f.integer({ primary: true }), word: f.string({ required: true }) },
    rules: [{ roles: ['god', 'supergod'], operations: all }],
  },
  Machine: { fields: { id: f.id(), key: f.string({ default: 'HIDDEN machine' }) }, system: true },
  /** Words of SQL as names. */
  Order: {
    fields: { id: f.integer({ primary: true }), select: f.string({ nullable: true }) },
    rules: [{ roles: ['user', 'god', 'supergod'], operations: all }],
  },
})

const visible = [
  { id: 1, ownerId: 1, title: 'one', rank: 1, isPublic: true, meta: { a: 1 } },
  { id: 2, ownerId: 2, title: 'two', rank: 2, isPublic: true, meta: { a: 2 } },
  { id: 3, ownerId: null, title: "it's", rank: 5, isPublic: true, meta: {} },
]

/** @param rules in place of the schema's: a vault with a hole in it */
export async function openVault(twin: boolean, ruled: Schema = schema): Promise<Database> {
  const database = await openDatabase(ruled)
  const client = database.client('supergod')
  const word = twin ? 'other' : mark
  await client
    .entity('Note')
    .createMany(visible.map((row) => ({ ...row, pin: `${word} ${row.id}`, secret: `${word} ${row.id}` })))
  await client.entity('Remark').createMany([
    { id: 1, noteId: 1, text: 'fine', isLoud: true },
    { id: 2, noteId: 2, text: 'good', isLoud: false },
  ])
  await client.entity('Order').createMany([{ id: 1, select: 'from' }])
  if (twin) return database
  await client.entity('Note').createMany(
    [4, 5, 6].map((id) => ({
      id,
      ownerId: 1,
      title: `${mark} ${id}`,
      rank: id,
      isPublic: false,
      meta: { a: mark },
      pin: mark,
      secret: mark,
    })),
  )
  await client.entity('Remark').createMany([4, 5].map((id) => ({ id, noteId: id, text: mark })))
  await client.entity('Ghost').createMany([{ id: 1, word: mark }])
  return database
}

export const visibleIds = visible.map(({ id }) => ({ id }))
