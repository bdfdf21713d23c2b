import { expect, it } from 'vitest'
import { openNodeSqlite } from '../drivers/node-sqlite.ts'
import { publicPrincipal } from '../protocol/principal.ts'
import { defineSchema } from '../schema/define.ts'
import { f } from '../schema/fields.ts'
import { sqliteDialect } from './dialect.ts'
import { Lookup } from './lookup.ts'
import { Model } from './model.ts'
import { runSync, type Work } from './work.ts'

const schema = defineSchema({
  Pair: {
    fields: {
      left: f.integer({ primary: true }),
      right: f.integer({ primary: true }),
      secret: f.string({ hidden: true }),
      isGood: f.boolean({ default: true }),
    },
  },
})

function setupPairs() {
  const entity = new Model(schema).entity('Pair')
  const connection = openNodeSqlite(':memory:')
  const driver = connection.acquire() as Awaited<ReturnType<typeof connection.acquire>>
  const sql = (text: string) => driver.execute({ sql: text, columns: [] }, [], 0)
  sql('create table "Pair" ("left" integer, "right" integer, "secret" text, "isGood" integer)')
  sql(`insert into "Pair" values (1, 1, 'a', 1), (1, 2, 'b', 0)`)
  const lookup = new Lookup(sqliteDialect)
  const caller = { principal: publicPrincipal, now: '2026-01-01T00:00:00.000Z' }
  return { entity, lookup, caller, run: <T>(work: Work<T>) => runSync(work, driver, { at: 0 }) }
}

it('finds a whole row, hidden fields and all, or null', () => {
  const { entity, lookup, caller, run } = setupPairs()
  expect(run(lookup.row(entity, { equal: { left: 1, right: 2 } }, caller))).toEqual({
    left: 1,
    right: 2,
    secret: 'b',
    isGood: false,
  })
  expect(run(lookup.row(entity, { equal: { left: 2 } }, caller))).toBeNull()
})

it('says whether a row matches, and whether another one does', () => {
  const { entity, lookup, caller, run } = setupPairs()
  const exists = (equal: object, not?: object) =>
    run(lookup.exists(entity, { equal: { ...equal }, ...(not && { not: { ...not } }) }, caller))
  expect(exists({ isGood: true })).toBe(true)
  expect(exists({ isGood: true }, { left: 1, right: 1 })).toBe(false)
  expect(exists({ left: 1 }, { left: 1, right: 1 })).toBe(true)
  expect(exists({ left: 9 })).toBe(false)
})

it('counts', () => {
  const { entity, lookup, caller, run } = setupPairs()
  expect(run(lookup.counts([entity, entity], caller))).toEqual([2, 2])
})
