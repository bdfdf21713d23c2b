import { ValueNode } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import { unpackRows } from '../../protocol/rows.ts'
import type { EntityData } from '../../schema/schema.ts'
import { EntityModel } from '../model.ts'
import { Variable } from './binding.ts'
import { columnOf, compare, literal } from './nodes.ts'
import { rowLimitsOf } from './row-limits.ts'
import { caller, entityData, fakeGuard, id, World } from './world.cases.ts'

function setupThings(): World {
  const world = new World()
  world.insert(
    world.thing,
    { id: id(1), name: 'Ann', title: 'a', kind: 'one', rank: 1, size: 10, props: { a: [1] }, secret: 'x' },
    { id: id(2), name: 'bob', title: 'b', kind: 'two', rank: 2, size: null, flag: true },
    { id: id(3), name: 'Cid', title: 'c', kind: 'one', rank: 3, size: 30, big: 2n ** 62n },
  )
  return world
}

function errorOf(run: () => unknown): DBALError {
  try {
    run()
  } catch (error) {
    return error as DBALError
  }
  throw new Error('Nothing was thrown')
}

describe('readById', () => {
  it('reads the readable fields under the guard, by one statement that is made once', () => {
    const world = setupThings()
    const access = world.access({
      unreadable: ['mail'],
      guard: (table) => compare(columnOf('rank', table), '<', literal(3)),
    })
    const row = world.run(world.queries.readById(access, id(1).toUpperCase(), caller))
    expect(row).toMatchObject({ id: id(1), name: 'Ann', props: { a: [1] } })
    expect(Object.keys(row ?? {})).not.toContain('secret')
    expect(Object.keys(row ?? {})).not.toContain('mail')
    expect(world.last.sql).toBe(
      'select "t"."id", "t"."name", "t"."title", "t"."kind", "t"."rank", "t"."size", "t"."big", "t"."ratio", "t"."flag", ' +
        '"t"."at", "t"."props", "t"."blob", "t"."loose", "t"."ownerId" from "main"."Thing" as "t" ' +
        'where ("t"."rank" < 3 and "t"."id" = ?)',
    )
    expect(world.last.parameters).toEqual([id(1)])
    expect(world.run(world.queries.readById(access, id(3), caller))).toBeNull()
    expect(world.plan()).toContain('USING INDEX sqlite_autoindex_Thing_1')
  })

  it('answers null, without a statement, for an id that cannot be one', () => {
    const world = setupThings()
    for (const bad of ["' or 1=1 --", 7, null, undefined, {}, [id(1)], { id: id(1) }]) {
      expect(world.run(world.queries.readById(world.access(), bad, caller))).toBeNull()
    }
    expect(world.asked).toEqual([])
  })

  it('takes an object for a composite key, of exactly its fields', () => {
    const world = new World()
    const access = world.access({}, world.pair)
    world.insert(world.pair, { left: 1, 'right side': 'x', note: 'here' })
    expect(world.run(world.queries.readById(access, { 'right side': 'x', left: 1 }, caller))?.note).toBe(
      'here',
    )
    for (const bad of [
      1,
      { left: 1 },
      { left: 1, 'right side': 'x', note: 'here' },
      { left: 1, other: 'x' },
    ]) {
      expect(world.run(world.queries.readById(access, bad, caller))).toBeNull()
    }
  })

  it('never takes an id for a view, which has no key', () => {
    const world = setupThings()
    const access = world.access({}, world.model.entity('Overview'))
    expect(world.run(world.queries.readById(access, {}, caller))).toBeNull()
  })

  it('gives as many rows as the entity says, else as the limits do', () => {
    const limitsOf = (limits: EntityData['limits'], defaults = { listLimit: 20, listMaximum: 100 }) => {
      const entity = new EntityModel('Some', entityData({}, { limits }), [])
      return rowLimitsOf(entity, defaults)
    }
    expect(limitsOf({})).toMatchObject({ list: 20, maximum: 100 })
    expect(limitsOf({ list: 5 })).toMatchObject({ list: 5, maximum: 100 })
    expect(limitsOf({ list: 500 })).toMatchObject({ list: 500, maximum: 500 })
    expect(limitsOf({ maximum: 7 })).toMatchObject({ list: 7, maximum: 7 })
    expect(limitsOf({}, { listLimit: 3, listMaximum: 2 })).toMatchObject({ list: 2, maximum: 2 })
    // What the entity allows beyond the limits has been weighed by whoever allowed it.
    expect(limitsOf({ maximum: 5_000 }).counted).toBe(100)
  })

  it('selects fields by name', () => {
    const world = setupThings()
    const read = (options: unknown, access = world.access()) =>
      world.run(world.queries.readById(access, id(2), caller, options))
    expect(read({ select: ['flag', 'rank'] })).toEqual({ flag: true, rank: 2 })
    expect(errorOf(() => read({ select: ['secret'] })).toWire()).toEqual({
      code: 'FORBIDDEN',
      message: 'Thing.secret may not be read',
      details: { entity: 'Thing', operation: 'read', field: 'secret' },
    })
    expect(errorOf(() => read({ select: [] })).details).toEqual({
      issues: [{ path: 'select', message: 'names no field' }],
    })
    expect(errorOf(() => read({ limit: 1 })).code).toBe('VALIDATION_ERROR')
  })

  it('refuses when no rule allows reading', () => {
    const world = setupThings()
    const access = world.access({ denied: ['read'] })
    const expected = { code: 'FORBIDDEN', details: { entity: 'Thing', operation: 'read' } }
    expect(errorOf(() => world.run(world.queries.readById(access, id(1), caller)))).toMatchObject(expected)
    expect(errorOf(() => world.run(world.queries.list(access, {}, caller))).code).toBe('FORBIDDEN')
    expect(errorOf(() => world.run(world.queries.first(access, {}, caller))).code).toBe('FORBIDDEN')
    expect(errorOf(() => world.run(world.queries.count(access, {}, caller))).code).toBe('FORBIDDEN')
    expect(errorOf(() => world.run(world.queries.aggregate(access, { count: true }, caller))).code).toBe(
      'FORBIDDEN',
    )
    expect(world.asked).toEqual([])
  })
})

describe('list', () => {
  it('orders by the primary key when no order is asked for, and says whether there is more', () => {
    const world = setupThings()
    const page = world.run(world.queries.list(world.access(), { limit: 2, select: ['rank'] }, caller))
    expect(page).toMatchObject({ data: { fields: ['rank'], values: [1, 2] }, limit: 2, hasMore: true })
    expect(() =>
      world.run(world.queries.list(world.access(), { page: 1, cursor: page.nextCursor }, caller)),
    ).toThrow('cursor: cannot be used together with page')
    expect(world.last.sql).toBe(
      'select "t"."rank", "t"."id" from "main"."Thing" as "t" order by "t"."id" limit ?',
    )
    expect(world.last.parameters).toEqual([3])
    const rest = world.run(
      world.queries.list(world.access(), { limit: 2, select: ['rank'], cursor: page.nextCursor }, caller),
    )
    expect(rest).toEqual({ data: { fields: ['rank'], values: [3] }, limit: 2, hasMore: false })
  })

  it('counts with page and on demand, by the filter and not by the cursor', () => {
    const world = setupThings()
    const access = world.access()
    const first = world.run(
      world.queries.list(access, { filter: { kind: 'one' }, limit: 1, count: true }, caller),
    )
    expect(first).toMatchObject({ total: 2, hasMore: true })
    expect(first.page).toBeUndefined()
    const second = world.run(
      world.queries.list(
        access,
        { filter: { kind: 'one' }, limit: 1, count: true, cursor: first.nextCursor },
        caller,
      ),
    )
    expect(second).toMatchObject({ total: 2, hasMore: false })
    const paged = world.run(world.queries.list(access, { limit: 2, page: 2, select: ['id'] }, caller))
    expect(paged).toEqual({
      data: { fields: ['id'], values: [id(3)] },
      limit: 2,
      page: 2,
      total: 3,
      hasMore: false,
    })
  })

  it('makes one statement a shape, whatever the values', () => {
    const world = setupThings()
    const access = world.access()
    for (const kind of ['one', 'two', 'three']) {
      for (const limit of [1, 2, 3]) {
        world.run(world.queries.list(access, { filter: { kind, rank: { gte: limit } }, limit }, caller))
      }
    }
    expect(new Set(world.asked.map(({ sql }) => sql)).size).toBe(1)
    expect(world.queries.keptPlans).toBe(1)
  })

  it('keeps a bounded number of statements', () => {
    const world = new World({ statementCache: 10 })
    const access = world.access()
    for (let mask = 1; mask < 64; mask++) {
      const names = ['rank', 'size', 'title', 'name', 'flag', 'at'].filter((_, bit) => mask & (1 << bit))
      world.run(world.queries.list(access, { select: names }, caller))
    }
    expect(world.queries.keptPlans).toBe(10)
  })

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 101 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ limit: '5' }, 'limit'],
    [{ limit: Number.NaN }, 'limit'],
    [{ page: 0 }, 'page'],
    [{ page: -1 }, 'page'],
    [{ page: Number.MAX_SAFE_INTEGER }, 'page'],
    [{ page: 1, cursor: 'x' }, 'cursor'],
    [{ count: 'yes' }, 'count'],
    [{ cursor: 5 }, 'cursor'],
    [{ select: 'id' }, 'select'],
    [{ select: ['id', 'id'] }, 'select[1]'],
    [{ select: ['nope'] }, 'select[0]'],
    [{ select: [5] }, 'select[0]'],
    [{ select: ['__proto__'] }, 'select[0]'],
    [{ sort: 'rank' }, 'sort'],
    [{ sort: { rank: 'down' } }, 'sort.rank'],
    [{ sort: { rank: 'desc; drop table Thing' } }, 'sort.rank'],
    [{ sort: { 'rank" desc --': 'asc' } }, 'sort.rank" desc --'],
    [{ sort: { props: 'asc' } }, 'sort.props'],
    [{ sort: [{ rank: 'asc' }, { rank: 'desc' }] }, 'sort[1].rank'],
    [{ sort: [['rank']] }, 'sort[0]'],
    [{ sort: JSON.parse('{"__proto__":"asc"}') }, 'sort.__proto__'],
    [{ where: {} }, 'where'],
    [{ offset: 5 }, 'offset'],
    [JSON.parse('{"__proto__":{"limit":1}}'), '__proto__'],
    ['all', 'options'],
    [[], 'options'],
  ])('refuses %j', (options, path) => {
    const world = setupThings()
    const error = errorOf(() => world.run(world.queries.list(world.access(), options, caller)))
    expect(error.code).toBe('VALIDATION_ERROR')
    expect((error as DBALError<'VALIDATION_ERROR'>).details?.issues.map((issue) => issue.path)).toEqual([
      path,
    ])
    expect(world.asked).toEqual([])
  })

  it('refuses the names of unreadable fields wherever they stand', () => {
    const world = setupThings()
    const access = world.access({ unreadable: ['size'] })
    const list = (options: unknown) => errorOf(() => world.run(world.queries.list(access, options, caller)))
    for (const field of ['size', 'secret']) {
      const expected = { code: 'FORBIDDEN', details: { entity: 'Thing', operation: 'list', field } }
      expect(list({ filter: { [field]: null } })).toMatchObject(expected)
      expect(list({ filter: { or: [{ not: { [field]: {} } }] } })).toMatchObject(expected)
      expect(list({ sort: { [field]: 'asc' } })).toMatchObject(expected)
      expect(list({ select: [field] })).toMatchObject(expected)
    }
    expect(world.asked).toEqual([])
  })

  it('makes no cursor out of a key that the caller may not read', () => {
    const world = setupThings()
    const page = world.run(world.queries.list(world.access({ unreadable: ['id'] }), { limit: 1 }, caller))
    expect(page.hasMore).toBe(true)
    expect(page.nextCursor).toBeUndefined()
    expect(world.last.sql.slice(0, world.last.sql.indexOf(' from '))).not.toContain('"id"')
  })

  it('lists a view, which has no key to continue from', () => {
    const world = setupThings()
    const access = world.access({}, world.model.entity('Overview'))
    const page = world.run(world.queries.list(access, { sort: { rank: 'desc' }, limit: 2 }, caller))
    expect(unpackRows(page.data)).toEqual([
      { rank: 3, count: 30 },
      { rank: 2, count: null },
    ])
    expect(page.nextCursor).toBeUndefined()
  })

  it('binds the rules’ variables beside the caller’s values', () => {
    const world = setupThings()
    const access = world.access({
      guard: (t) => compare(columnOf('title', t), '!=', ValueNode.create(new Variable('user.id'))),
    })
    world.run(world.queries.list(access, { filter: { or: [{ rank: 1 }, { rank: 2 }] }, limit: 5 }, caller))
    expect(world.last.sql).toContain(
      'where ("t"."title" != ? and ("t"."rank" = ? or "t"."rank" = ?)) order by',
    )
    expect(world.last.parameters).toEqual(['u-1', 1, 2, 6])
  })

  it('does not share statements between accesses', () => {
    const world = setupThings()
    const all = world.run(world.queries.list(world.access(), {}, caller))
    const some = world.run(
      world.queries.list(
        world.access({ guard: (t) => compare(columnOf('rank', t), '=', literal(2)) }),
        {},
        caller,
      ),
    )
    expect([all, some].map(({ data }) => unpackRows(data).length)).toEqual([3, 1])
  })
})

describe('first, all and count', () => {
  it('finds the first in the order, or null', () => {
    const world = setupThings()
    const first = (options: unknown) => world.run(world.queries.first(world.access(), options, caller))
    expect(first({ sort: { rank: 'desc' }, select: ['rank'] })).toEqual({ rank: 3 })
    expect(first({ filter: { rank: 9 } })).toBeNull()
    expect(first(undefined)).toMatchObject({ rank: 1 })
    expect(errorOf(() => first({ limit: 1 })).code).toBe('VALIDATION_ERROR')
  })

  it('gives all rows beyond any page', () => {
    const world = new World()
    world.insert(world.thing, ...Array.from({ length: 250 }, (_, at) => ({ id: id(at), rank: at })))
    const packed = world.run(
      world.queries.all(world.access(), { rank: { gte: 20 } }, { rank: 'desc' }, caller),
    )
    expect(unpackRows(packed).map(({ rank }) => rank)).toEqual(
      Array.from({ length: 230 }, (_, at) => 249 - at),
    )
  })

  it('counts what the filter and the rules leave', () => {
    const world = setupThings()
    const access = world.access({ guard: (t) => compare(columnOf('rank', t), '<', literal(3)) })
    const count = (filter: unknown) => world.run(world.queries.count(access, filter, caller))
    expect([count(undefined), count({}), count({ kind: 'one' }), count({ or: [{}] })]).toEqual([2, 2, 1, 2])
    expect(world.asked[2]).toEqual({
      sql: 'select count(*) from "main"."Thing" as "t" where ("t"."rank" < 3 and "t"."kind" = ?)',
      parameters: ['one'],
    })
  })
})

describe('selectForWrite', () => {
  const everything = { unreadable: ['title'] }

  it('gives whole rows, hidden and unreadable fields too', () => {
    const world = setupThings()
    const rows = world.run(
      world.queries.selectForWrite(world.access(everything), 'update', { id: id(1) }, [], caller),
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ id: id(1), secret: 'x', title: 'a' })
    expect(Object.keys(rows[0] ?? {})).toEqual(world.thing.fields.map(({ name }) => name))
  })

  it('joins the guard, the extra guards and the target', () => {
    const world = setupThings()
    const access = world.access({ guard: (t) => compare(columnOf('rank', t), '<', literal(3)) })
    const extra = fakeGuard((t) => compare(columnOf('kind', t), '=', literal('one')))
    const select = (filter: unknown, extras = [extra]) =>
      world
        .run(world.queries.selectForWrite(access, 'delete', { filter }, extras, caller))
        .map(({ rank }) => rank)
    expect(select({ rank: { gte: 0 } })).toEqual([1])
    expect(world.last.sql).toContain('where ("t"."rank" < 3 and "t"."kind" = \'one\' and "t"."rank" >= ?)')
    expect(select({ rank: { gte: 0 } }, [])).toEqual([1, 2])
    expect(select({ rank: { gte: 0 } }, [fakeGuard()])).toEqual([1, 2])
    expect(
      select({ rank: { gte: 0 } }, [fakeGuard((t) => compare(columnOf('kind', t), '=', literal('two')))]),
    ).toEqual([2])
  })

  it.each([
    undefined,
    null,
    {},
    { and: [] },
    { or: [] },
    { or: [{}] },
    { not: {} },
    { and: [{ or: [{ not: { and: [] } }] }] },
    { rank: {} },
    { not: { rank: {} } },
  ])('refuses the empty filter %j', (filter) => {
    const world = setupThings()
    const error = errorOf(() =>
      world.run(world.queries.selectForWrite(world.access(), 'delete', { filter }, [], caller)),
    )
    expect(error.toWire()).toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'filter' }] },
    })
    expect(world.asked).toEqual([])
  })

  it('names the many-form in errors', () => {
    const world = setupThings()
    const error = errorOf(() =>
      world.run(
        world.queries.selectForWrite(world.access(), 'update', { filter: { secret: 'x' } }, [], caller),
      ),
    )
    expect(error).toMatchObject({ code: 'FORBIDDEN', details: { operation: 'updateMany', field: 'secret' } })
    const denied = world.access({ denied: ['delete'] })
    expect(
      errorOf(() => world.run(world.queries.selectForWrite(denied, 'delete', { id: id(1) }, [], caller))),
    ).toMatchObject({ code: 'FORBIDDEN', details: { entity: 'Thing', operation: 'delete' } })
  })
})

describe('writes', () => {
  it('prints them with qualified tables and positional values', () => {
    const world = new World()
    const { writes } = world.queries
    expect(writes.insert(world.pair).statement.sql).toBe(
      'insert into "main"."Pair" ("left", "right side", "note") values (?, ?, ?)',
    )
    const note = world.pair.fields.slice(2)
    const update = writes.updateByKey(world.pair, note)
    expect(update.statement.sql).toBe(
      'update "main"."Pair" set "note" = ? where ("left" = ? and "right side" = ?)',
    )
    expect(update.parameters).toEqual([0, 1, 2].map((index) => ({ index })))
    expect(writes.updateByKey(world.pair, note)).toBe(update)
    expect(writes.deleteByKey(world.pair).statement.sql).toBe(
      'delete from "main"."Pair" where ("left" = ? and "right side" = ?)',
    )
    expect(writes.deleteByKey(world.pair)).toBe(writes.deleteByKey(world.pair))
  })

  it('gives back the rowid that SQLite chose', () => {
    const world = new World()
    const { statement } = world.queries.writes.insert(world.model.entity('Log'))
    expect(statement).toEqual({
      sql: 'insert into "main"."Log" ("rowid", "line") values (?, ?) returning "rowid"',
      columns: ['integer'],
    })
    const prepared = world.db.prepare(statement.sql)
    expect([prepared.get(null, 'a'), prepared.get(null, 'b')]).toEqual([{ rowid: 1 }, { rowid: 2 }])
  })

  it('never makes a write without a key', () => {
    const world = new World()
    expect(() => world.queries.writes.deleteByKey(world.model.entity('Overview'))).toThrow('no primary key')
  })
})
