/** How much one statement of Kysely reads. */

import { expect, test } from 'vitest'
import { defineSchema, f } from '../../src/index.ts'
import { encodeQuery } from '../../src/kysely/encode.ts'
import { openTestEngine } from '../support/engine.ts'
import { type Any, builder } from './support/scope.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const schema = defineSchema({
  Note: {
    fields: { id: f.id(), title: f.string({ max: 500 }), rank: f.integer({ default: 0 }) },
    rules: [{ roles: ['user'], operations: all }],
  },
  Locked: {
    fields: { id: f.id(), rank: f.integer({ default: 0 }), secret: f.string({ hidden: true, max: 5_000 }) },
    rules: [{ roles: ['user'], operations: all }],
  },
})

async function setup(limits: { maxResultRows?: number; maxResultBytes?: number }) {
  const { as, driver } = await openTestEngine({ schema, limits })
  const caller = as('user')
  const run = (query: { toOperationNode(): object }) =>
    caller.call('kysely.execute', encodeQuery(query.toOperationNode())) as Promise<{
      rows: { values: unknown[] }
      affected?: number
    }>
  const titles = Array.from({ length: 10 }, (_, at) => ({ title: `note ${at}` }))
  await caller.call('createMany', 'Note', titles)
  return { caller, driver, run, notes: () => builder.selectFrom('Note') as Any }
}

const refusal = (issue: string) => ({
  code: 'VALIDATION_ERROR',
  details: { issues: [{ message: issue, path: '' }] },
})
const tooMany = refusal('reads more than 9 rows at once (limit maxResultRows)')

test('a result of too many rows is refused, with a limit of its own it comes', async () => {
  const { run, notes } = await setup({ maxResultRows: 9 })
  await expect(run(notes().select('title'))).rejects.toMatchObject(tooMany)
  expect((await run(notes().select('title').limit(9))).rows.values).toHaveLength(9)
  // What a query looks at is not what it gives.
  expect((await run(notes().select((eb: Any) => eb.fn.countAll().as('n')))).rows.values).toEqual([10])
})

test('a result of too many bytes is refused', async () => {
  const { run, notes } = await setup({ maxResultBytes: 60 })
  expect((await run(notes().select('title'))).rows.values).toHaveLength(10)
  await expect(run(notes().select(['title', 'rank']))).rejects.toMatchObject(
    refusal('reads more than 60 bytes at once (limit maxResultBytes)'),
  )
})

test('an update, a delete and an insert from a select write so many rows and no more', async () => {
  const { run, notes, caller } = await setup({ maxResultRows: 9 })
  const update = builder.updateTable('Note').set({ rank: 1 } as never)
  await expect(run(update)).rejects.toMatchObject(tooMany)
  await expect(run(builder.deleteFrom('Note'))).rejects.toMatchObject(tooMany)
  const copy = builder.insertInto('Note').columns(['title']).expression(notes().select('title'))
  await expect(run(copy)).rejects.toMatchObject(tooMany)
  // A join that finds a row more than once has looked at it more than once.
  const joined = update.from('Note as other').where('Note.title' as never, '=', 'note 1' as never)
  await expect(run(joined)).rejects.toMatchObject(tooMany)
  expect(await caller.call('count', 'Note', { rank: 0 })).toBe(10)
  expect((await run(update.where('title' as never, '<>', 'note 1' as never))).affected).toBe(9)
})

test('the limit of bytes tells nothing of values that the caller may not read', async () => {
  const { run, caller } = await setup({ maxResultBytes: 1_000 })
  await caller.call('create', 'Locked', { secret: 'x'.repeat(5_000) })
  expect((await run(builder.updateTable('Locked').set({ rank: 1 } as never))).affected).toBe(1)
})

test('a long statement is not kept prepared: it takes the database much room, and a caller can make many', async () => {
  const { run, notes, driver } = await setup({})
  const prepared = async () => (await driver.stats()).preparedStatements
  const ranked = (ranks: readonly number[]) => run(notes().select('title').where('rank', 'in', ranks))
  await ranked([0, 1])
  const before = await prepared()
  await ranked([0, 1, 2])
  expect(await prepared()).toBe(before + 1)
  for (let length = 5_000; length < 5_010; length++) {
    const found = await ranked(Array.from({ length }, (_, at) => at))
    expect(found.rows.values).toHaveLength(10)
  }
  expect(await prepared()).toBe(before + 1)
})
