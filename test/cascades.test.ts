/** What foreign keys do to rows that no call names: it is in the audit log, exactly as it is in the tables. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../src/drivers/driver.ts'
import { type PackedRows, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { openTestEngine, type TestCaller, type TestEngine } from './support/engine.ts'

interface Entry {
  operation: string
  entity: string
  rowIds: string[]
  rowCount: number
  changes: Record<string, [unknown, unknown]> | null
  requestId: number
}

/** The newest entries, in the order in which they were written. */
async function entriesOf(caller: TestCaller, limit: number): Promise<Entry[]> {
  const { data } = (await caller.call('audit.list', { limit })) as { data: PackedRows }
  return (unpackRows(data) as unknown as Entry[]).reverse()
}

describe('the audit log', () => {
  it('has what goes, and what changes, with a user', async () => {
    const { as } = await openTestEngine()
    const god = as('supergod')
    const user = (await god.call('create', 'User', { username: 'Alice', email: 'a@example.com' })) as {
      id: string
    }
    await god.call('set', 'Credential', { username: 'alice', password: 'Right#Passw0rd' })
    const { id: pack } = (await god.call('create', 'InstalledPackage', {
      name: 'a',
      version: '1.0.0',
      author: 'b',
      manifest: {},
      installedBy: user.id,
    })) as { id: string }
    await god.call('update', 'User', user.id, { username: 'Bob' })
    const [renamed, followed] = await entriesOf(god, 2)
    expect(renamed).toMatchObject({ operation: 'update', entity: 'User' })
    expect(followed).toMatchObject({
      operation: 'cascade',
      entity: 'Credential',
      requestId: renamed?.requestId,
      changes: { username: ['[redacted]', '[redacted]'] },
    })
    // The same name in other letters: SQLite leaves what refers to it alone.
    await god.call('update', 'User', user.id, { username: 'bob' })
    expect(await entriesOf(god, 1)).toMatchObject([{ operation: 'update', entity: 'User' }])
    await god.call('delete', 'User', user.id)
    const [deleted, ...others] = await entriesOf(god, 3)
    expect(deleted).toMatchObject({ operation: 'delete', rowIds: [user.id] })
    expect(others).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ operation: 'cascade', entity: 'Credential', rowCount: 1 }),
        expect.objectContaining({
          operation: 'cascade',
          entity: 'InstalledPackage',
          rowIds: [pack],
          changes: { installedBy: [user.id, null] },
        }),
      ]),
    )
    expect(JSON.stringify(others)).not.toMatch(/argon|\$|Passw0rd/)
    expect(await god.call('audit.verify')).toMatchObject({ ok: true })
  })

  it('names many rows of one entity once, and none that the call names itself', async () => {
    const { as } = await openTestEngine()
    const god = as('god')
    const put = async (entity: string, row: object) =>
      ((await god.call('create', entity, row)) as { id: string }).id
    const page = await put('PageConfig', { slug: 'a', title: 'A', level: 1 })
    const root = await put('ComponentNode', { pageId: page, type: 'root' })
    const child = await put('ComponentNode', { pageId: page, type: 'child', parentId: root })
    const leaf = await put('ComponentNode', { pageId: page, type: 'leaf', parentId: child })
    await god.call('deleteMany', 'ComponentNode', { type: { in: ['root', 'child'] } })
    const [many, cascade] = await entriesOf(god, 2)
    expect(many).toMatchObject({ operation: 'deleteMany', rowCount: 2 })
    expect(cascade).toMatchObject({ operation: 'cascade', rowIds: [leaf], rowCount: 1 })
    const nodes = [await put('ComponentNode', { pageId: page, type: 'x' })]
    nodes.push(await put('ComponentNode', { pageId: page, type: 'x', parentId: nodes[0] }))
    await god.call('batch', [{ method: 'delete', params: ['PageConfig', page] }])
    const [, both] = await entriesOf(god, 2)
    expect(both).toMatchObject({ operation: 'cascade', entity: 'ComponentNode', rowCount: 2, changes: null })
    expect([...(both?.rowIds ?? [])].sort()).toEqual([...nodes].sort())
  })
})

const reference = fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'E'), { nil: null })
const rows = fc.record({
  a: fc.array(fc.record({ up: reference, side: reference }), { minLength: 1, maxLength: 5 }),
  b: fc.array(fc.record({ a: reference, b: reference, fold: reference }), { maxLength: 6 }),
  c: fc.array(fc.record({ b: reference, a: reference }), { maxLength: 6 }),
})
const schema = defineSchema({
  A: {
    fields: {
      id: f.string({ primary: true }),
      code: f.string({ unique: true }),
      name: f.string({ unique: true, caseInsensitive: true }),
      up: f.string({ references: 'A.id', onDelete: 'cascade' }),
      side: f.string({ references: 'A.code', onDelete: 'setNull', onUpdate: 'cascade' }),
    },
  },
  B: {
    fields: {
      id: f.string({ primary: true }),
      a: f.string({ references: 'A.id', onDelete: 'setNull' }),
      // Unique values that refer and are referred to: a change goes through.
      fold: f.string({ references: 'A.name', onDelete: 'cascade', onUpdate: 'cascade', as: 'named' }),
      b: f.string({ references: 'B.id', onDelete: 'setNull', as: 'other', inverse: 'others' }),
    },
  },
  C: {
    fields: {
      id: f.string({ primary: true }),
      b: f.string({ references: 'B.id', onDelete: 'cascade' }),
      a: f.string({ references: 'A.code', onDelete: 'setNull', onUpdate: 'setNull', as: 'coded' }),
    },
  },
})
const names = ['A', 'B', 'C'] as const

type Tables = Map<string, Record<string, unknown>>

async function tablesOf({ driver }: TestEngine): Promise<Tables> {
  const connection = await driver.acquire()
  const tables: Tables = new Map()
  for (const name of names) {
    const fields = Object.keys(schema.entities[name]?.fields ?? {})
    const columns = fields.map((): ColumnType => 'any')
    const statement = {
      sql: `select ${fields.map((field) => `"${field}"`).join(',')} from "${name}"`,
      columns,
    }
    const { values } = await connection.execute(statement, [], 0)
    for (let at = 0; at < values.length; at += fields.length) {
      const row = Object.fromEntries(fields.map((field, index) => [field, values[at + index]]))
      tables.set(`${name} ${row['id']}`, row)
    }
  }
  return tables
}

function differences(before: Tables, after: Tables): string[] {
  return [...before.keys()].filter(
    (key) => JSON.stringify(before.get(key)) !== JSON.stringify(after.get(key)),
  )
}

describe('what is said of other rows', () => {
  it('is what the database has done to them', async () => {
    const steps = fc.array(
      fc.record({
        row: fc.constantFrom('a', 'b', 'c', 'd', 'E'),
        patch: fc.option(
          fc.oneof(
            fc.record({ code: fc.constantFrom('a', 'x', 'y', null) }),
            fc.record({ name: fc.constantFrom('A', 'b', 'X', 'e', null) }),
          ),
          { nil: null },
        ),
      }),
      { minLength: 1, maxLength: 4 },
    )
    let told = 0
    await fc.assert(
      fc.asyncProperty(rows, steps, async (given, calls) => {
        const engine = await openTestEngine({ schema, sandbox: 'disabled' })
        const god = engine.as('god')
        const keys = ['a', 'b', 'c', 'd', 'E', 'f']
        const within = (value: string | null, count: number) =>
          value !== null && keys.indexOf(value) < count ? value : null
        const count = given.a.length
        for (const [at, { up, side }] of given.a.entries()) {
          const id = keys[at] as string
          await god.call('create', 'A', {
            id,
            code: id,
            name: id,
            up: within(up, at),
            side: within(side, at),
          })
        }
        for (const [at, { a, b, fold }] of given.b.entries()) {
          const named = within(fold, count)
          await god.call('create', 'B', {
            id: keys[at],
            a: within(a, count),
            b: within(b, at),
            fold: at % 2 ? named : (named?.toUpperCase() ?? null),
          })
        }
        for (const [at, { a, b }] of given.c.entries()) {
          await god.call('create', 'C', { id: keys[at], a: within(a, count), b: within(b, given.b.length) })
        }
        for (const { row, patch } of calls) {
          const before = await tablesOf(engine)
          const { seq } = (await god.call('audit.head')) as { seq: number }
          try {
            await (patch ? god.call('update', 'A', row, patch) : god.call('delete', 'A', row))
          } catch {
            // Not there any more, or the value is taken: then nothing may have changed.
          }
          const after = await tablesOf(engine)
          const done = differences(before, after)
          const fresh = ((await god.call('audit.head')) as { seq: number }).seq - seq
          const entries = fresh > 0 ? await entriesOf(god, fresh) : []
          const said = entries.flatMap(({ entity, rowIds }) => rowIds.map((id) => `${entity} ${id}`))
          expect(said.sort()).toEqual(done.sort())
          for (const { entity, rowIds, changes } of entries) {
            if (!changes) continue
            told += 1
            const [was, is] = [before.get(`${entity} ${rowIds[0]}`), after.get(`${entity} ${rowIds[0]}`)]
            for (const [field, images] of Object.entries(changes)) {
              expect(images).toEqual([was?.[field] ?? null, is?.[field] ?? null])
            }
          }
        }
        await engine.engine.close()
      }),
      { numRuns: 150 },
    )
    expect(told).toBeGreaterThan(50)
  }, 60_000)
})
