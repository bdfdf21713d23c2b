import { describe, expect, it } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import { caller, id, World } from './world.cases.ts'

function setup(limits?: Partial<Limits>): World {
  const world = new World(limits)
  world.insert(
    world.thing,
    {
      id: id(1),
      name: 'Ann',
      title: 'a%b',
      rank: 1,
      props: { title: 'x', n: 1, list: [{ k: 'v' }] },
      loose: 'a1',
    },
    {
      id: id(2),
      name: 'bob',
      title: 'a_b',
      rank: 2,
      props: { title: '1', n: '1', 'a-b c': null },
      loose: 12,
    },
    { id: id(3), name: null, title: 'A*b', rank: 3, props: { title: 1, n: true }, loose: null },
    { id: id(4), name: 'ÄNN', title: null, rank: 4, props: ['x'], loose: Uint8Array.of(0x61) },
  )
  return world
}

function find(world: World, filter: unknown): unknown[] {
  return world
    .run(world.queries.all(world.open, filter, { rank: 'asc' }, caller))
    .values.filter((_, at) => at % (world.thing.fields.length - 1) === world.thing.field('rank')?.index)
}

/** What stands between `where` and `order by`. */
function where(world: World, filter: unknown): string {
  find(world, filter)
  const { sql } = world.last
  return sql.slice(sql.indexOf(' where ') + 7, sql.indexOf(' order by '))
}

function issueOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    const [issue] = (error as DBALError<'VALIDATION_ERROR'>).details?.issues ?? []
    if (issue) return `${issue.path}: ${issue.message}`
    throw error
  }
  throw new Error('Nothing was thrown')
}

describe('a filter becomes', () => {
  const world = setup()
  it.each<[object, string, unknown[]]>([
    [{ rank: 1 }, '"t"."rank" = ?', [1]],
    [{ size: null }, '"t"."size" is null', []],
    [{ size: { ne: null } }, '"t"."size" is not null', []],
    [{ size: { isNull: false } }, '"t"."size" is not null', []],
    [{ rank: { gte: 1, lt: 5 } }, '("t"."rank" >= ? and "t"."rank" < ?)', [1, 5]],
    [{ rank: { between: [1, 5] } }, '("t"."rank" >= ? and "t"."rank" <= ?)', [1, 5]],
    [{ rank: 1, size: 2 }, '("t"."rank" = ? and "t"."size" = ?)', [1, 2]],
    [
      { rank: 1, or: [{ size: 2 }, { size: 3, flag: true }] },
      '("t"."rank" = ? and ("t"."size" = ? or ("t"."size" = ? and "t"."flag" = ?)))',
      [1, 2, 3, 1],
    ],
    [{ not: { or: [{ rank: 1 }, { rank: 2 }] } }, 'not (("t"."rank" = ? or "t"."rank" = ?))', [1, 2]],
    [{ and: [{ rank: 1 }, {}, { rank: 2 }] }, '("t"."rank" = ? and "t"."rank" = ?)', [1, 2]],
    [{ rank: { in: [1, 2, 3] } }, '"t"."rank" in (?, ?, ?, ?)', [1, 2, 3, 3]],
    [{ rank: { notIn: [1] } }, '"t"."rank" not in (?)', [1]],
    [{ rank: { in: [] } }, '"t"."rank" in (select "j"."value" from json_each(?) as "j")', ['[]']],
    [{ title: { contains: 'a' } }, 'instr("t"."title", ?) > 0', ['a']],
    [{ name: { contains: 'A' } }, 'instr(lower("t"."name"), ?) > 0', ['a']],
    [{ title: { startsWith: 'ab' } }, '("t"."title" >= ? and "t"."title" < ?)', ['ab', 'ac']],
    [{ title: { startsWith: '' } }, '"t"."title" >= ?', ['']],
    [{ name: { startsWith: 'A@' } }, '("t"."name" >= ? and "t"."name" < ?)', ['A@', 'a[']],
    [{ title: { endsWith: '😀b' } }, 'substr("t"."title", ?) = ?', [-2, '😀b']],
    [{ title: { like: '%a*[_]' } }, 'glob(?, "t"."title")', ['*a[*][[]?]']],
    [{ title: { like: 'ab%' } }, '("t"."title" >= ? and "t"."title" < ?)', ['ab', 'ac']],
    [
      { title: { like: 'a%b' } },
      '(("t"."title" >= ? and "t"."title" < ?) and glob(?, "t"."title"))',
      ['a', 'b', 'a*b'],
    ],
    [{ name: { like: 'A%b' } }, 'like(?, "t"."name")', ['A%b']],
    [{ title: { ilike: 'A%' } }, 'like(?, "t"."title")', ['A%']],
    [{ at: '20260115T103000+0200' }, '"t"."at" = ?', ['2026-01-15T08:30:00.000Z']],
    [{ id: id(171).toUpperCase() }, '"t"."id" = ?', [id(171)]],
    [{ big: { gt: '9007199254740993' } }, '"t"."big" > ?', [9007199254740993n]],
    [{ mail: { gte: 'a', lt: 'b' } }, '("t"."mail" >= ? and "t"."mail" < ?)', ['a', 'b']],
    [{ props: [1] }, '"t"."props" = ?', ['[1]']],
    [{ props: { eq: { a: 1 } } }, '"t"."props" = ?', ['{"a":1}']],
    [
      { 'props.list[0].k': 'v' },
      'case when coalesce(json_valid("t"."props"), 1) = 1 then case when json_type("t"."props", ?) in (\'text\') ' +
        'then json_extract("t"."props", ?) = ? when json_extract("t"."props", ?) is not null then false end end',
      ['$."list"[0]."k"', '$."list"[0]."k"', 'v', '$."list"[0]."k"'],
    ],
  ])('%j', (filter, sql, parameters) => {
    expect(where(world, filter)).toBe(sql)
    // The last parameter is the limit of a list without one.
    expect(world.last.parameters.slice(0, -1)).toEqual(parameters)
  })
})

describe('a long list', () => {
  it('is one parameter, whatever its length and type', () => {
    const world = setup()
    const many = Array.from({ length: 40_000 }, (_, n) => n)
    expect(find(world, { rank: { in: many } })).toEqual([1, 2, 3, 4])
    expect(world.last.parameters).toHaveLength(2)
    expect(find(world, { rank: { notIn: many } })).toEqual([])
    world.db.exec(`update "Thing" set "blob" = x'05' where "rank" = 3`)
    expect(find(world, { blob: { in: [] } })).toEqual([])
    expect(find(world, { blob: { in: Array.from({ length: 20 }, (_, n) => Uint8Array.of(n)) } })).toEqual([3])
    expect(world.last.parameters[0]).toContain('"00","01"')
  })

  it('has a bound', () => {
    const world = setup({ maxManyRows: 10 })
    expect(issueOf(() => find(world, { rank: { in: Array(11).fill(1) } }))).toBe(
      'filter.rank.in: must have at most 10 items',
    )
  })
})

it('a list of any type holds bytes or other values, not both', () => {
  const world = setup()
  expect(find(world, { loose: { in: [Uint8Array.of(0x61)] } })).toEqual([4])
  expect(issueOf(() => find(world, { loose: { in: [Uint8Array.of(0x61), 'a1'] } }))).toBe(
    'filter.loose.in: mixes bytes with other values',
  )
})

describe('text', () => {
  const world = setup()
  it('regards case except in fields that do not, and folds ASCII letters only', () => {
    expect(find(world, { title: { like: 'a%' } })).toEqual([1, 2])
    expect(find(world, { title: { ilike: 'a%' } })).toEqual([1, 2, 3])
    expect(find(world, { name: 'ANN' })).toEqual([1])
    expect(find(world, { name: { in: ['ANN', 'BOB'] } })).toEqual([1, 2])
    expect(find(world, { name: { contains: 'NN' } })).toEqual([1, 4])
    expect(find(world, { name: { startsWith: 'ä' } })).toEqual([])
  })

  it('that is null does not even end with nothing', () => {
    expect(find(world, { name: { endsWith: '' } })).toEqual([1, 2, 4])
    expect(find(world, { not: { name: { endsWith: '' } } })).toEqual([])
  })

  it('takes wildcards literally where there are none, and has no escape', () => {
    expect(find(world, { title: { contains: '%' } })).toEqual([1])
    expect(find(world, { title: { startsWith: 'a_' } })).toEqual([2])
    expect(find(world, { title: { like: 'A*b' } })).toEqual([3])
    expect(find(world, { title: { like: 'a\\%b' } })).toEqual([])
  })

  it('is looked for in columns of any type by their text', () => {
    expect(find(world, { loose: { startsWith: '1' } })).toEqual([2])
    expect(find(world, { loose: { contains: '1' } })).toEqual([1, 2])
    expect(find(world, { loose: { like: 'a%' } })).toEqual([1, 4])
  })

  it('has patterns of bounded length', () => {
    expect(find(world, { title: { like: '*'.repeat(256) } })).toEqual([])
    expect(find(world, { name: { like: '😀'.repeat(256) } })).toEqual([])
    expect(issueOf(() => find(world, { title: { like: 'x'.repeat(257) } }))).toBe(
      'filter.title.like: must have at most 256 characters',
    )
  })
})

describe('a json path', () => {
  const world = setup()
  it('compares with the type of the value that is given', () => {
    expect(find(world, { 'props.n': 1 })).toEqual([1])
    expect(find(world, { 'props.n': '1' })).toEqual([2])
    expect(find(world, { 'props.n': true })).toEqual([3])
    expect(find(world, { 'props.title': { gte: 'a' } })).toEqual([1])
    expect(find(world, { 'props.title': { gte: 0 } })).toEqual([3])
    expect(find(world, { 'props.title': { ne: 'x' } })).toEqual([2, 3])
    expect(find(world, { 'props[0]': 'x' })).toEqual([4])
    expect(find(world, { 'props.list[0].k': { in: ['v', 'w'] } })).toEqual([1])
    expect(find(world, { 'props.list[0]': { eq: { k: 'v' } } })).toEqual([1])
    expect(find(world, { 'props.a-b c': null, 'props.title': '1' })).toEqual([2])
    expect(find(world, { 'props.title': { isNull: false } })).toEqual([1, 2, 3])
  })

  it.each([
    'props.',
    'props..a',
    'props[x]',
    'props[-1]',
    'props[0',
    'props.a"b',
    'props.a\\b',
    "props.a') or 1=1 --\n",
    'props[0]x',
    'props.\u0000',
    'props.__proto__',
    `props.${'a.'.repeat(40)}a`,
    `props.${'a'.repeat(600)}`,
  ])('cannot be %j', (name) => {
    expect(issueOf(() => find(world, { [name]: 1 }))).toMatch(
      /is not a path into props, such as props\.items\[0\]\.title$/,
    )
  })

  it('binds what looks like SQL', () => {
    expect(find(world, { "props.a' or '1'='1": 'x' })).toEqual([])
    expect(world.last.sql).not.toContain("'1'")
    expect(world.last.parameters).toContain(`$."a' or '1'='1"`)
  })

  it('is refused where the field may not be read, and on fields that are not json', () => {
    const access = world.access({ unreadable: ['props'] })
    expect(() => world.run(world.queries.count(access, { 'props.a': 1 }, caller))).toThrow(
      'Thing.props may not be read',
    )
    expect(issueOf(() => find(world, { 'title.x': 1 }))).toBe(
      'filter.title.x: "title.x" is not a field of Thing',
    )
  })

  it('does not raise an error over text that is no JSON, but knows nothing of it', () => {
    const broken = setup()
    broken.db.exec(`update "Thing" set "props" = '{broken' where "rank" = 1`)
    const count = (filter: object) => broken.run(broken.queries.count(broken.access(), filter, caller))
    expect(count({ 'props.title': { ne: 'zzz' } })).toBe(2)
    expect(count({ 'props.title': null })).toBe(1)
    expect(count({ not: { 'props.title': null } })).toBe(2)
  })
})

describe('a filter is refused', () => {
  const world = setup()
  it.each<[unknown, string]>([
    ['x', 'filter: must be an object of conditions'],
    [[], 'filter: must be an object of conditions'],
    [new Date(), 'filter: must be an object of conditions'],
    [{ nope: 1 }, 'filter.nope: "nope" is not a field of Thing'],
    [{ 'rank" = 1 --': 1 }, 'filter.rank" = 1 --: "rank\\" = 1 --" is not a field of Thing'],
    [{ rowid: 1 }, 'filter.rowid: "rowid" is not a field of Thing'],
    [{ constructor: 1 }, 'filter.constructor: is never the name of a field'],
    [{ toString: 1 }, 'filter.toString: "toString" is not a field of Thing'],
    [JSON.parse('{"__proto__": 1}'), 'filter.__proto__: is never the name of a field'],
    [
      JSON.parse('{"rank": {"__proto__": 1}}'),
      'filter.rank.__proto__: "__proto__" is not an operator (eq, ne, isNull, in, notIn, gt, gte, lt, lte, between, like, ilike, contains, startsWith, endsWith)',
    ],
    [{ rank: undefined }, 'filter.rank: is undefined; leave the condition out or use null'],
    [{ rank: { eq: undefined } }, 'filter.rank.eq: is undefined; leave the condition out or use null'],
    [{ rank: { in: [undefined] } }, 'filter.rank.in[0]: is undefined; leave the condition out or use null'],
    [{ rank: { in: Array(2) } }, 'filter.rank.in[0]: is undefined; leave the condition out or use null'],
    [{ rank: [1, 2] }, 'filter.rank: is a list; write { in: [...] }'],
    [{ rank: { in: [1, null] } }, 'filter.rank.in[1]: must not be null here; use isNull'],
    [{ rank: { in: 1 } }, 'filter.rank.in: must be a list'],
    [{ rank: { gt: null } }, 'filter.rank.gt: compares with null, which nothing is greater or less than'],
    [{ rank: { between: [1] } }, 'filter.rank.between: must be a list of two: from and to, both included'],
    [{ rank: { isNull: 1 } }, 'filter.rank.isNull: must be true or false'],
    [{ rank: '1' }, 'filter.rank: must be an integer between -(2^53 - 1) and 2^53 - 1'],
    [{ rank: 1.5 }, 'filter.rank: must be an integer between -(2^53 - 1) and 2^53 - 1'],
    [
      { rank: { like: '1' } },
      'filter.rank.like: does not fit the type integer, which takes eq, ne, isNull, in, notIn, gt, gte, lt, lte, between',
    ],
    [
      { kind: { gt: 'one' } },
      'filter.kind.gt: does not fit the type enum, which takes eq, ne, isNull, in, notIn',
    ],
    [
      { flag: { gt: true } },
      'filter.flag.gt: does not fit the type boolean, which takes eq, ne, isNull, in, notIn',
    ],
    [{ kind: 'four' }, 'filter.kind: must be one of one, two, three'],
    [{ at: 'yesterday' }, 'filter.at: must be an instant in ISO 8601, such as 2026-01-15T10:30:00Z'],
    [{ id: 'x' }, 'filter.id: must be a UUID'],
    [{ flag: 1 }, 'filter.flag: must be true or false'],
    [{ title: '\ud800' }, 'filter.title: holds half of a surrogate pair'],
    [{ title: { contains: '\0' } }, 'filter.title.contains: holds a NUL character'],
    [
      { props: { a: 1 } },
      'filter.props.a: "a" is not an operator (eq, ne, isNull, in, notIn, gt, gte, lt, lte, between, like, ilike, contains, startsWith, endsWith); to compare with an object write { eq: {...} }',
    ],
    [{ props: { in: [[1]] } }, 'filter.props.in: does not fit the type json, which takes eq, ne, isNull'],
    [{ 'props.n': { in: [1, 'a'] } }, 'filter.props.n.in[1]: must have the type of the items before it'],
    [{ 'props.n': { gt: true } }, 'filter.props.n.gt: compares by order, which takes a string or a number'],
    [{ 'props.n': { gt: null } }, 'filter.props.n.gt: must not be null here; use isNull'],
    [{ 'props.n': Number.NaN }, 'filter.props.n: must be plain JSON: this number is not finite'],
    [{ or: { rank: 1 } }, 'filter.or: must be a list of filters'],
    [{ and: [1] }, 'filter.and[0]: must be an object of conditions'],
    [{ not: [{ rank: 1 }] }, 'filter.not: must be an object of conditions'],
    [{ or: [{ rank: 1 }, {}] }, 'filter.or[1]: is empty and would match every row; leave it out'],
    [{ or: [{ rank: 1 }, undefined] }, 'filter.or[1]: must be an object of conditions'],
  ])('%j', (filter, issue) => {
    expect(issueOf(() => find(world, filter))).toBe(issue)
  })

  it('beyond its limits of size and depth', () => {
    const small = setup({ maxFilterNodes: 5, maxFilterDepth: 3 })
    expect(find(small, { rank: { gte: 1, lte: 9, ne: 7, in: [1], notIn: [2] } })).toEqual([1])
    expect(
      issueOf(() => find(small, { rank: { gte: 1, lte: 9, ne: 7, in: [1], notIn: [2] }, size: 1 })),
    ).toBe('filter.size: is one condition too many: a filter has at most 5')
    expect(issueOf(() => find(small, { and: [{}, {}, {}, {}, {}] }))).toContain('at most 5')
    expect(find(small, { not: { not: { rank: 1 } } })).toEqual([1])
    expect(issueOf(() => find(small, { not: { not: { not: { rank: 1 } } } }))).toBe(
      'filter.not.not.not: is nested more than 3 deep',
    )
  })

  it('when it contains itself', () => {
    const filter: Record<string, unknown> = { rank: 1 }
    filter.not = filter
    expect(issueOf(() => find(world, filter))).toContain('is nested more than 32 deep')
  })
})

it('takes a thousand conditions', () => {
  const world = setup()
  const or = Array.from({ length: 499 }, (_, n) => ({ rank: n }))
  expect(find(world, { or })).toEqual([1, 2, 3, 4])
  let deep: object = { rank: 1 }
  for (let depth = 1; depth < 32; depth++) deep = { or: [deep, { rank: 2 }] }
  expect(find(world, deep)).toEqual([1, 2])
})

it('no two filters that differ in more than values share a statement', () => {
  const shared = setup()
  const a = { rank: 1 }
  const b = { size: 2 }
  const filters: object[] = [
    {},
    a,
    b,
    { ...a, ...b },
    { and: [a, b] },
    { or: [a, b] },
    { not: { ...a, ...b } },
    { not: a, ...b },
    { or: [a, b], ...b },
    { or: [a, { ...b, ...b }] },
    { and: [{ or: [a, b] }, a] },
    { and: [{ or: [a] }, b, a] },
    { not: { or: [a, b] } },
    { not: { and: [a, b] } },
    { rank: { gt: 1 } },
    { rank: { gte: 1 } },
    { rank: { ne: 1 } },
    { size: null },
    { size: { ne: null } },
    { rank: { in: [1] } },
    { rank: { in: [1, 2] } },
    { rank: { notIn: [1, 2] } },
    { rank: { in: [] } },
    { rank: { notIn: [] } },
    { rank: { between: [1, 2] } },
    { title: { startsWith: 'a' } },
    { title: { startsWith: '' } },
    { title: { like: 'a%b' } },
    { title: { like: '%b' } },
    { title: { ilike: 'a' } },
    { title: { contains: 'a' } },
    { title: { endsWith: 'a' } },
    { blob: { in: [] } },
    { blob: { in: Array.from({ length: 9 }, () => Uint8Array.of(1)) } },
    { 'props.a': 1 },
    { 'props.a': 'x' },
    { 'props.a': true },
    { 'props.a': [1] },
    { 'props.a': null },
    { 'props.a': { ne: 1 } },
    { 'props.a': { isNull: false } },
    { 'props.a': { in: [1] } },
    { 'props.a': { in: [] } },
    { 'props.a': { notIn: ['x'] } },
    { 'props.a': { contains: 'x' } },
  ]
  for (const filter of [...filters, ...filters]) {
    const alone = setup()
    find(alone, filter)
    find(shared, filter)
    expect(shared.last).toEqual(alone.last)
  }
})
