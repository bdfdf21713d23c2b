import fc from 'fast-check'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import { encodeQuery } from './encode.ts'
import { treeOf } from './testing/tree-of.ts'

const issueOf = (query: object) => {
  try {
    encodeQuery(query)
  } catch (error) {
    if (error instanceof DBALError && error.is('VALIDATION_ERROR')) return error.details?.issues[0]
    throw error
  }
  throw new Error('nothing was refused')
}

const value = (given: unknown) => ({ kind: 'ValueNode', value: given })

describe('the tree', () => {
  test('values stand beside it in the order of the walk, immediate ones in it', () => {
    const { tree, params } = encodeQuery(
      treeOf((db) =>
        db
          .selectFrom('person')
          .select((eb) => ['id', eb.lit(1).as('one')])
          .where('name', '=', 'a')
          .where('id', 'in', [3, 4])
          .limit(5),
      ),
    )
    expect(params).toEqual(['a', 3, 4, 5])
    expect(tree).toContain('{"kind":"ValueNode","param":0}')
    expect(tree).toContain('{"kind":"PrimitiveValueListNode","param":1,"count":2}')
    expect(tree).toContain('{"kind":"ValueNode","value":1,"immediate":true}')
    expect(tree).toContain('{"kind":"ValueNode","param":3}')
    expect(() => JSON.parse(tree)).not.toThrow()
  })

  test('queries that differ in values alone have one text, and no others', () => {
    const of = (name: unknown, ids: number[], limit = 1) =>
      encodeQuery(
        treeOf((db) =>
          db.selectFrom('person').selectAll().where('name', '=', name).where('id', 'in', ids).limit(limit),
        ),
      ).tree
    expect(of('a', [1, 2])).toBe(of(null, [9, 8], 7))
    expect(of('a', [1, 2])).not.toBe(of('a', [1, 2, 3]))
    const literal = (item: number | boolean | null) =>
      encodeQuery(treeOf((db) => db.selectFrom('person').select((eb) => eb.lit(item).as('x')))).tree
    expect(new Set([literal(1), literal(2), literal(true), literal(null)]).size).toBe(4)
  })

  test('what is undefined is absent; names are quoted whatever they hold', () => {
    expect(encodeQuery({ kind: 'X', a: undefined, b: [null, false], '"}': '\u0000"\ud800' }).tree).toBe(
      '{"kind":"X","b":[null,false],"\\"}":"\\u0000\\"\\ud800"}',
    )
  })

  test('a bigint literal is its digits, as Kysely would print it', () => {
    expect(encodeQuery({ kind: 'ValueNode', value: 12n, immediate: true }).tree).toBe(
      '{"kind":"ValueNode","value":12,"immediate":true}',
    )
    expect(issueOf({ kind: 'ValueNode', value: 2n ** 60n, immediate: true })?.message).toContain('bigint')
  })

  test('property: the text is JSON, and the same text means the same tree', () => {
    const tree = fc.object({
      maxDepth: 4,
      values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
    })
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const texts = [one, other].map((node) => encodeQuery({ node }).tree)
        expect(JSON.parse(texts[0] as string)).toEqual(JSON.parse(JSON.stringify({ node: one })))
        if (JSON.stringify(one) !== JSON.stringify(other)) expect(texts[0]).not.toBe(texts[1])
      }),
    )
  })
})

describe('values', () => {
  test('are taken as they are now', () => {
    const day = new Date('2026-01-15T10:30:00Z')
    const bytes = new Uint8Array([1, 2])
    const list = { items: [1] }
    const { params } = encodeQuery({ kind: 'X', list: [value(day), value(bytes), value(list), value(3n)] })
    day.setTime(0)
    bytes[0] = 9
    list.items.push(2)
    expect(params).toEqual(['2026-01-15T10:30:00.000Z', new Uint8Array([1, 2]), { items: [1] }, 3n])
  })

  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a Map', new Map()],
    ['an invalid date', new Date(Number.NaN)],
  ])('%s is refused', (_, given) => {
    expect(issueOf({ kind: 'WhereNode', where: value(given) })).toBeDefined()
    expect(issueOf({ kind: 'PrimitiveValueListNode', values: [1, given] })).toBeDefined()
  })

  test('the error names the clause', () => {
    const query = treeOf((db) => db.selectFrom('person').selectAll().where('name', '=', undefined))
    expect(issueOf(query)).toMatchObject({ path: 'where', message: expect.stringContaining('undefined') })
  })
})

describe('what cannot be sent', () => {
  const itself: Record<string, unknown> = { kind: 'ParensNode' }
  itself['node'] = itself
  test.each([
    ['a function', { kind: 'X', a: () => 1 }],
    ['a symbol', { kind: 'X', a: [Symbol('x')] }],
    ['NaN', { kind: 'ValueNode', value: Number.NaN, immediate: true }],
    ['an immediate undefined', { kind: 'ValueNode', value: undefined, immediate: true }],
    ['a class of another kind', { kind: 'X', a: new Map() }],
    ['a list of values that is none', { kind: 'PrimitiveValueListNode', values: 'abc' }],
    ['a node that holds itself', itself],
  ])('%s', (_, query) => {
    expect(issueOf(query)).toBeDefined()
  })

  test('raw SQL can: it is the engine that refuses it', () => {
    const { tree, params } = encodeQuery(sql`select ${1}`.toOperationNode())
    expect(JSON.parse(tree)).toMatchObject({ kind: 'RawNode', sqlFragments: ['select ', ''] })
    expect(params).toEqual([1])
  })
})
