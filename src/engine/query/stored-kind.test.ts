import { expect, test } from 'vitest'
import { openTestEngine } from '../../../test/support/engine.ts'
import type { SqlValue } from '../../drivers/driver.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { FieldType } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import { mariaDbDialect } from '../mysql/dialect.ts'
import { postgresDialect } from '../postgres/dialect.ts'
import { encodeCursor } from './cursor.ts'
import { isOfKind } from './stored-kind.ts'

const text = ['', 'x', '1']
const kinds: [FieldType, readonly SqlValue[]][] = [
  ['string', text],
  ['uuid', text],
  ['datetime', text],
  ['json', text],
  ['any', text],
  ['integer', [0, 1, -7, 2n ** 60n]],
  ['bigint', [0, 1, -7, 2n ** 60n]],
  ['number', [0, 1, -7, 1.5, Number.NEGATIVE_INFINITY]],
  ['boolean', [0, 1]],
  ['bytes', [Uint8Array.of(1)]],
]
const everything = [...new Set(kinds.flatMap(([, values]) => values)), 'a\0b']

test.each(kinds)('a column of %s holds its own kind, and null', (type, values) => {
  for (const value of everything)
    expect([value, isOfKind(type, value)]).toEqual([value, values.includes(value)])
  expect(isOfKind(type, null)).toBe(true)
})

test('a cursor that somebody has made up with other values is refused where the database would fail', async () => {
  expect(postgresDialect.holds).toBe(isOfKind)
  expect(mariaDbDialect.holds).toBe(isOfKind)
  const schema = defineSchema({
    Note: {
      fields: { id: f.integer({ primary: true }), title: f.string({ default: '' }) },
      rules: [{ roles: ['god'], operations: ['create', 'read'] }],
    },
  })
  const { as } = await openTestEngine({ schema, dialect: { ...sqliteDialect, holds: isOfKind } })
  const god = as('god')
  for (const id of [1, 2, 3]) await god.call('create', 'Note', { id, title: 'a' })
  const entity = new Model(schema).entity('Note')
  const options = { sort: { title: 'asc' }, limit: 1 }
  const page = (await god.call('list', 'Note', options)) as { nextCursor: string }
  const [name, id] = ['title', 'id'].map((field) => ({
    field: entity.field(field),
    descending: false,
  }))
  const forged = (...values: SqlValue[]) => encodeCursor(entity, [name, id] as never, values)
  expect(forged('a', 1)).toBe(page.nextCursor)
  expect(await god.call('list', 'Note', { ...options, cursor: page.nextCursor })).toMatchObject({
    data: { values: [2, 'a'] },
  })
  for (const values of [
    ['a', 'x'],
    ['a', 1.5],
    [1, 1],
    ['a\0', 1],
    [Uint8Array.of(255), 1],
    ['a', Number.POSITIVE_INFINITY],
  ])
    await expect(god.call('list', 'Note', { ...options, cursor: forged(...values) })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'cursor' }] },
    })
})
