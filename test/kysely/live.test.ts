/** Live results of Kysely selects through the client. */
import { expect, test } from 'vitest'
import { defineSchema, f } from '../../src/index.ts'
import { encodeQuery } from '../../src/kysely/encode.ts'
import { openTestEngine } from '../support/engine.ts'
import { type Any, builder } from './support/scope.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const schema = defineSchema({
  Note: {
    fields: { id: f.id(), title: f.string(), rank: f.integer({ default: 0 }), ownerId: f.uuid() },
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user'], operations: all, rowFilter: 'ownerId = $user.id' },
    ],
  },
})
test('smoke', async () => {
  const { as } = await openTestEngine({ schema })
  const god = as('god')
  const q = encodeQuery(
    (builder.selectFrom('Note') as Any).select(['id', 'title']).orderBy('title').toOperationNode(),
  )
  await god.call('live.select', q, 1)
  await god.call('create', 'Note', { title: 'a' })
  await god.call('create', 'Note', { title: 'b' })
  console.log(JSON.stringify(god.events, null, 1))
  expect(god.events).toHaveLength(3)
})
