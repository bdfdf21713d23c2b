import { describe, expect, it } from 'vitest'
import { DBALError } from '../../protocol/error.ts'
import type { Row } from '../../protocol/rows.ts'
import { parseRowFilter } from '../../schema/row-filter.ts'
import { sqliteDialect } from '../dialect.ts'
import { type Caller, compileNode, Variable } from '../query/binding.ts'
import type { Guard } from './access.ts'
import { createGuard } from './guard.ts'
import { maxPatternBytes } from './like.ts'
import { joinPredicates, resolvePredicate } from './predicate.ts'
import { Item, instants, World, worldModel } from './row-filter.cases.ts'

const caller: Caller = {
  principal: { role: 'user', userId: 'u1', username: 'ann', email: null, sessionId: null },
  now: instants[1] as string,
}

function guardOf(text: string): Guard {
  const filter = parseRowFilter(text, { place: 'rule', schema: worldModel.schema, entity: 'Item' })
  return createGuard(resolvePredicate(filter, Item, worldModel, 'rule'), sqliteDialect)
}

function printed(guard: Guard) {
  const { statement, parameters } = compileNode(guard.node('t') as never, [], sqliteDialect.createCompiler())
  return [statement.sql, parameters.map((each) => (each instanceof Variable ? `$${each.name}` : each))]
}

/** Ids of the items that pass, after JavaScript has said the same about every one of them. */
function passing(text: string, items: readonly Row[], owners: readonly Row[] = []): string[] {
  const world = new World()
  world.fill(owners, items)
  const guard = guardOf(text)
  const answers = world.ask(guard.node('t'), caller)
  expect(answers.map(({ row }) => guard.check(row, caller))).toEqual(answers.map(({ outcome }) => outcome))
  return answers.filter(({ outcome }) => outcome).map(({ row }) => row.id as string)
}

describe('the printed predicate', () => {
  it('binds literals and variables, qualifies columns, and puts parentheses round both sides', () => {
    expect(printed(guardOf("title = 'x' or flag = true and count <= $user.level"))).toEqual([
      '(("t"."title" = ?) or (("t"."flag" = ?) and ("t"."count" <= ?)))',
      ['x', 1, '$user.level'],
    ])
  })

  it('keeps a quote in a literal out of the text', () => {
    expect(printed(guardOf(`title = '"; drop table "Item"; --'`))).toEqual([
      '("t"."title" = ?)',
      ['"; drop table "Item"; --'],
    ])
  })

  it('follows a relation by a correlated subselect over the qualified table, leaving out an expired row', () => {
    expect(printed(guardOf('owner.level = 3'))).toEqual([
      '((select "t$r"."level" from "main"."Owner" as "t$r" where (("t$r"."id" = "t"."ownerId") and ' +
        '(("t$r"."endsAt" is null) or ("t$r"."endsAt" > ?)))) = ?)',
      ['$now', 3],
    ])
  })

  it('ignores case as soon as one side is a field that does, wherever it stands', () => {
    expect(printed(guardOf('title = name'))).toEqual(['("t"."title" collate nocase = "t"."name")', []])
    expect(printed(guardOf('name = title'))).toEqual(['("t"."name" = "t"."title")', []])
    expect(passing('title = name', [{ id: '1', title: 'A', name: 'a' }])).toEqual(['1'])
    expect(passing("owner.login = 'ANN'", [{ id: '1', ownerId: 'o' }], [{ id: 'o', login: 'Ann' }])).toEqual([
      '1',
    ])
  })

  it('compares a list of one as an equality, so that a subselect in it stays a value', () => {
    expect(passing('$user.id not in (owner.login)', [{ id: '1', ownerId: null }])).toEqual([])
  })

  it('tells every row apart from no condition', () => {
    const guard = createGuard(null, sqliteDialect)
    expect(guard.everyRow).toBe(true)
    expect(guard.check({}, caller)).toBe(true)
    expect(printed(guard)).toEqual(['(1 = 1)', []])
  })

  it('names the relations that a row in hand must bring', () => {
    expect(guardOf('owner.level = 1 or owner.login is null').relations.map(({ name }) => name)).toEqual([
      'owner',
    ])
    expect(guardOf('count = 1').relations).toEqual([])
  })
})

describe('like', () => {
  const items = [
    { id: '1', title: 'Ab%', name: 'Ab%' },
    { id: '2', title: 'ab*', name: 'ab*' },
    { id: '3', title: null, name: null },
  ]

  it('regards case, except on a field that does not', () => {
    expect(passing("title like 'a%'", items)).toEqual(['2'])
    expect(passing("title not like 'a%'", items)).toEqual(['1'])
    expect(passing("name like 'a%'", items)).toEqual(['1', '2'])
  })

  it('takes the wildcards of GLOB as plain characters', () => {
    expect(passing("title like '__*'", items)).toEqual(['2'])
  })

  it('takes a pattern from a field or a variable', () => {
    expect(passing("'Abx' like title", items)).toEqual(['1'])
    expect(passing("'ABX' like name", items)).toEqual(['1'])
    expect(passing('$user.username like $user.username', items)).toEqual(['1', '2', '3'])
    expect(passing('title like null', items)).toEqual([])
  })

  it('is unknown for a stored pattern that would make the statement fail', () => {
    const long = [{ id: '1', title: '%'.repeat(maxPatternBytes + 1) }]
    expect(passing("'a' like title or 'a' not like title", long)).toEqual([])
  })

  it('is unknown for a literal pattern of that length', () => {
    const pattern = { kind: 'literal', value: '%'.repeat(maxPatternBytes + 1) } as const
    const operand = { kind: 'field', path: ['title'] } as const
    const filter = { kind: 'like', negated: true, operand, pattern } as const
    const guard = createGuard(resolvePredicate(filter, Item, worldModel, 'rule'), sqliteDialect)
    const world = new World()
    world.fill([], items)
    expect(world.list(guard.node('t'), caller)).toEqual([])
    expect(guard.check({ title: 'a' }, caller)).toBeNull()
  })

  it('is unknown for a value that is no text', () => {
    const loose = [
      { id: '1', loose: 12 },
      { id: '2', loose: '12' },
    ]
    expect(passing("loose like '1%'", loose)).toEqual(['2'])
    expect(passing("loose not like '1%'", loose)).toEqual([])
  })
})

describe('a long list of terms', () => {
  it('does not nest deeper than SQLite parses', () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => `id = '${index}'`)
    const terms = ids.map((text) =>
      resolvePredicate(
        parseRowFilter(text, { place: 'rule', schema: worldModel.schema, entity: 'Item' }),
        Item,
        worldModel,
        'rule',
      ),
    )
    const world = new World()
    world.fill([], [{ id: '2999' }])
    expect(world.list(createGuard(joinPredicates('or', terms), sqliteDialect).node('t'), caller)).toEqual([
      '2999',
    ])
  })
})

describe('a row in hand', () => {
  it('must hold the fields that the predicate reads; one without a value is null', () => {
    expect(guardOf('title is null').check({ title: undefined }, caller)).toBe(true)
    expect(() => guardOf('title is null').check({}, caller)).toThrow(TypeError)
    expect(() => guardOf('owner.level is null').check({ ownerId: 'o' }, caller)).toThrow(TypeError)
  })

  it('counts NaN as the null that would be stored', () => {
    expect(guardOf('ratio is null').check({ ratio: Number.NaN }, caller)).toBe(true)
  })

  it('asks json and bytes only whether they are null', () => {
    expect(guardOf('data is not null').check({ data: { a: 1 } }, caller)).toBe(true)
  })
})

describe('resolving', () => {
  it.each([
    ['a field', ['nothing']],
    ['a relation', ['nothing', 'level']],
    ['a field of the relation', ['owner', 'nothing']],
  ])('refuses a filter that names %s which the model does not have', (_what, path) => {
    const filter = { kind: 'isNull', negated: false, operand: { kind: 'field', path } } as const
    expect(() => resolvePredicate(filter, Item, worldModel, 'Item.rules[0].rowFilter')).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        message: expect.stringContaining('Item.rules[0].rowFilter'),
      }),
    )
  })

  it('does not follow a relation to many rows', () => {
    const Owner = worldModel.entity('Owner')
    const filter = {
      kind: 'isNull',
      negated: false,
      operand: { kind: 'field', path: ['items', 'count'] },
    } as const
    expect(() => resolvePredicate(filter, Owner, worldModel, 'rule')).toThrow(DBALError)
  })

  it('does not take "and" of nothing for true', () => {
    expect(() => resolvePredicate({ kind: 'and', terms: [] }, Item, worldModel, 'rule')).toThrow(RangeError)
  })
})
