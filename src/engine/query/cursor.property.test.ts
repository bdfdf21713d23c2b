import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Row, unpackRows } from '../../protocol/rows.ts'
import { order } from './filter-oracle.cases.ts'
import { caller, id, World } from './world.cases.ts'

const columns = {
  name: fc.constantFrom('', 'a', 'A', 'b', 'B', 'é', '😀', '\uffff'),
  title: fc.constantFrom('', 'a', 'A', 'b', 'é', '😀', '\uffff', '"', '\\'),
  rank: fc.integer({ min: -1, max: 2 }),
  size: fc.integer({ min: 0, max: 2 }),
  big: fc.constantFrom(-(2n ** 63n), 0n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  ratio: fc.constantFrom(-1.5, 0.1, 0.1 + 0.2, 5e-324),
  flag: fc.boolean(),
  at: fc.constantFrom('2026-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'),
  blob: fc.constantFrom([], [0], [255, 1]).map((list) => Uint8Array.from(list)),
  loose: fc.constantFrom<unknown>('a', 1, 0.5, Uint8Array.of(1)),
}
type Column = keyof typeof columns

const row = fc.record(
  Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [
      name,
      name === 'rank' ? value : fc.option(value as fc.Arbitrary<unknown>, { freq: 3 }),
    ]),
  ),
) as fc.Arbitrary<Row>

const sort = fc
  .uniqueArray(fc.constantFrom<Column | 'id'>(...(Object.keys(columns) as Column[]), 'id'), { maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) => fc.constantFrom('asc', 'desc').map((direction) => ({ [name]: direction }))),
    ),
  )

/** Nulls first ascending and last descending; names without regard to case; at last by id. */
function compareRows(keys: readonly Record<string, string>[]) {
  const all = [...keys.flatMap((key) => Object.entries(key)), ['id', 'asc'] as const]
  return (left: Row, right: Row): number => {
    for (const [name, direction] of all) {
      const [a, b] = [left, right].map((each) => (name === 'name' ? fold(each[name]) : each[name]))
      const difference = a === null || b === null ? Number(b === null) - Number(a === null) : order(a, b)
      if (difference !== 0) return direction === 'desc' ? -difference : difference
    }
    return 0
  }
}

const fold = (value: unknown) =>
  typeof value === 'string' ? value.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : value

it('a walk by cursor visits every row once, in order, while others come and go', { timeout: 300_000 }, () => {
  const world = new World()
  const access = world.open
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 20 }),
      fc.array(fc.record({ row, at: fc.nat(6), leaves: fc.nat(5) }), { maxLength: 4 }),
      sort,
      fc.integer({ min: 1, max: 7 }),
      (rows, others, keys, limit) => {
        world.db.exec('delete from "Thing"')
        // Even ids stay; the odd ones are those that come and go during the walk.
        const stay = rows.map((each, at) => ({ ...each, id: id(at * 2) }))
        world.insert(world.thing, ...stay)
        const seen: Row[] = []
        let cursor: string | undefined
        for (let page = 0; ; page++) {
          // A cursor that does not move on would walk for ever.
          expect(page).toBeLessThan(100)
          for (const [at, other] of others.entries()) {
            if (other.at === page) world.insert(world.thing, { ...other.row, id: id(at * 2 + 1) })
            if (other.at + other.leaves === page)
              world.db.prepare('delete from "Thing" where "id" = ?').run(id(at * 2 + 1))
          }
          const result = world.run(
            world.queries.list(access, { sort: keys, limit, ...(cursor && { cursor }) }, caller),
          )
          seen.push(...unpackRows(result.data))
          expect(result.hasMore).toBe(result.nextCursor !== undefined)
          if (!result.nextCursor) break
          expect(result.nextCursor).toMatch(/^[\w-]+$/)
          cursor = result.nextCursor
        }
        const ids = seen.map((each) => each.id)
        expect(new Set(ids).size).toBe(ids.length)
        expect([...seen].sort(compareRows(keys)).map((each) => each.id)).toEqual(ids)
        const stayed = ids.filter((each) => stay.some((one) => one.id === each))
        expect(stayed).toEqual([...stay].sort(compareRows(keys)).map((each) => each.id))
      },
    ),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  )
})
