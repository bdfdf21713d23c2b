import { describe, expect, it } from 'vitest'
import { caller, id, World } from './world.cases.ts'

/** A thousand rows and statistics, so that SQLite has a reason to choose. */
function setupThousand(): World {
  const world = new World()
  const kinds = ['one', 'two', 'three']
  world.db.exec('begin')
  world.insert(
    world.thing,
    ...Array.from({ length: 1_000 }, (_, n) => ({
      id: id(n),
      title: `title ${n % 97}`,
      kind: kinds[n % 3],
      rank: n % 50,
      size: n,
      at: `2026-01-01T00:00:00.${String(n % 1000).padStart(3, '0')}Z`,
    })),
  )
  world.db.exec('commit; analyze')
  return world
}

describe('an index serves', () => {
  const world = setupThousand()
  const planOf = (options: object): string => {
    world.run(world.queries.list(world.open, { limit: 5, select: ['id'], ...options }, caller))
    return world.plan()
  }
  const cursorOf = (options: object) =>
    world.run(world.queries.list(world.open, { limit: 5, select: ['id'], ...options }, caller)).nextCursor

  it('an equality with a sort and a limit', () => {
    const plan = planOf({ filter: { kind: 'one' }, sort: { at: 'desc' } })
    expect(plan).toContain('SEARCH t USING INDEX Thing_kind_at (kind=?)')
    expect(plan).not.toMatch(/SCAN|USE TEMP B-TREE FOR ORDER BY/)
  })

  it('an equality, a range and a list', () => {
    expect(planOf({ filter: { rank: 7 } })).toContain('SEARCH t USING INDEX Thing_rank (rank=?)')
    expect(planOf({ filter: { kind: 'two', at: { gte: '2026-01-01', lt: '2026-01-02' } } })).toContain(
      'Thing_kind_at (kind=? AND at>? AND at<?)',
    )
    expect(planOf({ filter: { id: { in: [id(1), id(2)] } } })).toContain('sqlite_autoindex_Thing_1 (id=?)')
    const many = Array.from({ length: 50 }, (_, n) => id(n))
    expect(planOf({ filter: { id: { in: many } } })).toContain('sqlite_autoindex_Thing_1 (id=?)')
  })

  it('a prefix, also the one of a pattern', () => {
    expect(planOf({ filter: { title: { startsWith: 'title 9' } }, sort: { title: 'asc' } })).toContain(
      'Thing_title_size (title>? AND title<?)',
    )
    expect(planOf({ filter: { title: { like: 'title 9%' } }, sort: { title: 'asc' } })).toContain(
      '(title>? AND title<?)',
    )
    expect(planOf({ filter: { title: { like: 'title _7%' } }, sort: { title: 'asc' } })).toContain(
      '(title>? AND title<?)',
    )
  })

  it('a cursor over one key', () => {
    expect(planOf({ cursor: cursorOf({}) })).toBe(
      'SEARCH t USING COVERING INDEX sqlite_autoindex_Thing_1 (id>?)',
    )
    expect(world.last.sql).toContain('where "t"."id" > ?')
  })

  it('a cursor over keys of one direction', () => {
    const sort = [{ rank: 'asc' }]
    expect(planOf({ sort, cursor: cursorOf({ sort }) })).toContain('SEARCH t USING INDEX Thing_rank (rank>?)')
    expect(world.last.sql).toContain('where ("t"."rank", "t"."id") > (?, ?)')
  })

  it('a cursor over keys of mixed directions', () => {
    const sort = { rank: 'desc' }
    expect(planOf({ sort, cursor: cursorOf({ sort }) })).toContain('SEARCH t USING INDEX Thing_rank (rank<?)')
    expect(world.last.sql).toContain(
      'where ("t"."rank" <= ? and ("t"."rank" < ? or ("t"."rank" = ? and "t"."id" > ?)))',
    )
    const [first, second, third] = world.last.parameters
    expect([first, second]).toEqual([third, third])
  })

  it('a cursor over a nullable key', () => {
    const sort = [{ title: 'asc' }, { size: 'asc' }]
    expect(planOf({ sort, cursor: cursorOf({ sort }) })).toContain(
      'SEARCH t USING INDEX Thing_title_size (title>?)',
    )
  })
})
