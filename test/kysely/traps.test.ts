/** The ways in which a query under row-level security goes wrong, one by one. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeQuery } from '../../src/kysely/encode.ts'
import { attack, type Vault } from './hostile/attack.ts'
import type { HostileCase } from './hostile/case.ts'
import {
  aggregate,
  as,
  binary,
  cte,
  from,
  id,
  insert,
  literal,
  type Node,
  onConflict,
  or,
  pick,
  ref,
  remove,
  returning,
  select,
  selectFrom,
  selection,
  set,
  table,
  unary,
  update,
  value,
  where,
  withCtes,
} from './hostile/nodes.ts'
import { openVault, visibleIds } from './hostile/vault.ts'

let vault: Vault
beforeAll(async () => {
  vault = { database: await openVault(false), twin: await openVault(true) }
})
afterAll(async () => {
  await vault.database.close()
  await vault.twin.close()
})

const problems = (tree: Node, more: Partial<HostileCase> = {}) =>
  attack(vault, { name: 'trap', tree, ...more })
const caller = () => vault.database.engine.as('user', { userId: '00000000-0000-7000-8000-00000000000a' })
const ask = (tree: Node) => caller().call('kysely.execute', encodeQuery(tree)) as Promise<Answer>
interface Answer {
  readonly shape: number
  readonly rows: { readonly fields: string[]; readonly values: unknown[] }
}
const ordered = { orderBy: { kind: 'OrderByNode', items: [{ kind: 'OrderByItemNode', orderBy: ref('id') }] } }
const inner = (condition: Node) => select({ where: where(condition) })

describe('the target of a write is no scope of its conditions', () => {
  test.each([
    ['bare', ref('secret')],
    ['qualified', ref('Note.secret')],
    ['by a rule', ref('Note.pin')],
  ])('%s', async (_, hidden) => {
    const guess = where(binary(ref('id'), 'in', inner(binary(hidden, 'like', literal('H%')))))
    expect(await problems(remove({ where: guess }), { code: 'FORBIDDEN' })).toEqual([])
    expect(await problems(update([set('rank', value(9))], { where: guess }), { code: 'FORBIDDEN' })).toEqual(
      [],
    )
  })
})

test('a common table expression does not see the place where it is used', async () => {
  const body = { kind: 'SelectQueryNode', selections: [selection(as(ref('Note.title'), 'u'))] }
  const used = unary('exists', selectFrom(table('c'), [ref('c.u')]))
  expect(
    await problems(select({ with: withCtes(cte('c', body)), where: where(used) }), {
      code: 'VALIDATION_ERROR',
    }),
  ).toEqual([])
})

test('a common table expression does not take the place of a table in a rule', async () => {
  const all = { kind: 'SelectQueryNode' }
  const fake = {
    ...all,
    selections: [selection(as(literal(4), 'id')), selection(as(literal(true), 'isPublic'))],
  }
  const tree = {
    ...all,
    with: withCtes(cte('Note', fake)),
    from: from(table('Remark')),
    selections: [selection(ref('Remark.id'))],
    ...ordered,
  }
  expect(await problems(tree, { rows: [{ id: 1 }, { id: 2 }] })).toEqual([])
})

test('without RECURSIVE a body that names itself means the table', async () => {
  const tree = selectFrom(table('Note'), [ref('Note.id')], {
    with: withCtes(cte('Note', select())),
    ...ordered,
  })
  expect(await problems(tree, { rows: visibleIds })).toEqual([])
})

test.each([
  ['a table', table('Ghost')],
  ['a column', ref('Ghost')],
  ['a name', id('Ghost')],
])('IN over %s', async (_, right) => {
  expect(await problems(select({ where: where(binary(ref('id'), 'in', right)) }))).toEqual([])
})

describe('what a write gives back', () => {
  const changed = (given: Node) =>
    update([set('rank', value(5))], { where: where(binary(ref('id'), '=', value(3))), returning: given })

  test('a hidden column is FORBIDDEN', async () => {
    expect(await problems(changed(returning(ref('pin'))), { code: 'FORBIDDEN' })).toEqual([])
  })
  test('a subquery is refused', async () => {
    expect(await problems(changed(returning(as(select(), 'x'))))).toEqual([])
  })
  test('* is the readable columns', async () => {
    const { rows } = await ask(changed(returning({ kind: 'SelectAllNode' })))
    expect(rows.fields).toEqual(['id', 'ownerId', 'title', 'rank', 'isPublic', 'meta'])
  })
})

test.each(['typeof', 'row_to_json', 'rowid', 'ctid'])('%s is no column', async (name) => {
  expect(await problems(pick(ref(`Note.${name}`)), { code: 'VALIDATION_ERROR' })).toEqual([])
})

test('OR beside a rule widens nothing', async () => {
  const anything = or(binary(ref('rank'), '>', value(-1)), binary(literal(1), '=', literal(1)))
  expect(await problems(select({ where: where(anything), ...ordered }), { rows: visibleIds })).toEqual([])
})

test('a write in a common table expression is refused', async () => {
  const tree = selectFrom(table('c'), [ref('c.id')], {
    with: withCtes(cte('c', remove({ returning: returning(ref('id')) }))),
  })
  expect(await problems(tree, { code: 'CAPABILITY_NOT_SUPPORTED' })).toEqual([])
})

test('a name in double quotes is never a text', async () => {
  await expect(vault.database.stored('select "no such"', 1)).rejects.toThrow()
})

test('a hidden column is named in the refusal', async () => {
  await expect(ask(pick(ref('Note.pin')))).rejects.toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('pin'),
  })
})

test('results are read by where they come from, not by how they look', async () => {
  const { rows } = await ask(
    selectFrom(table('Note'), [ref('isPublic'), ref('meta'), as(literal('{"a":1}'), 'text')], {
      where: where(binary(ref('id'), '=', value(1))),
    }),
  )
  expect(rows.values).toEqual([true, { a: 1 }, '{"a":1}'])
})

test('of columns that differ in the case of letters alone none is taken for the other', async () => {
  const twins = selectFrom(table('Note'), [as(ref('title'), 'x'), as(ref('rank'), 'X')])
  await expect(ask(selectFrom(as(twins, 's'), [ref('s.X')]))).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('an aggregate is no value for a column', async () => {
  expect(
    await problems(update([set('rank', aggregate('count', [ref('id')]))]), { code: 'VALIDATION_ERROR' }),
  ).toEqual([])
})

describe('a write is a write, however it is sent', () => {
  const orders = (...ids: number[]): Node => ({
    kind: 'InsertQueryNode',
    into: table('Order'),
    columns: [{ kind: 'ColumnNode', column: id('id') }],
    values: {
      kind: 'ValuesNode',
      values: ids.map((one) => ({ kind: 'PrimitiveValueListNode', values: [one] })),
    },
  })
  const storedIds = () => vault.database.stored('select id from main."Order" order by id', 1)

  test('a tree with two kinds is refused', async () => {
    const { tree, params } = encodeQuery(orders(93, 1))
    const disguised = tree.replace('{"kind":"Insert', '{"kind":"SelectQueryNode","kind":"Insert')
    expect(disguised).not.toBe(tree)
    await expect(caller().call('kysely.execute', { tree: disguised, params })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    expect(await storedIds()).toEqual([1])
  })

  test('the number of a shape that another call of the frame makes: a failed write is undone whole', async () => {
    const one = caller()
    const send = (query: unknown) => ({ method: 'kysely.execute', params: [query] })
    const [first] = await one.send(send(encodeQuery(select())))
    const { shape } = (first as unknown as { result: Answer }).result
    const replies = await one.send(
      send(encodeQuery(orders(90, 91))),
      send({ shape: shape + 1, params: [92, 1] }),
    )
    expect(replies[1]).toMatchObject({ error: { code: 'CONFLICT' } })
    expect(await storedIds()).toEqual([1, 90, 91])
  })
})

// Last: the twin has a row more after it.
describe('rows in the way that are not the caller’s to see', () => {
  const row = { id: 4, title: 'mine', isPublic: true }
  const taken = (more: object) => insert(row, { onConflict: onConflict(more) })

  test('`replace` is refused', async () => {
    const code = 'CAPABILITY_NOT_SUPPORTED'
    expect(await problems(insert(row, { replace: true }), { code })).toEqual([])
    const orReplace = { kind: 'OrActionNode', action: 'replace' }
    expect(await problems(insert(row, { orAction: orReplace }), { code })).toEqual([])
  })
  test('`do update` is a CONFLICT', async () => {
    const tree = taken({ updates: [set('title', value('taken over'))] })
    expect(await problems(tree, { code: 'CONFLICT', reveals: 'unique' })).toEqual([])
  })
  test('`do nothing` does nothing', async () => {
    expect(await problems(taken({ doNothing: true }), { harmless: true, reveals: 'unique' })).toEqual([])
  })
  test.each([
    ['a hidden column', ref('Note.pin')],
    ['a subquery', select()],
    ['a hidden column of the proposed row', ref('excluded.pin')],
  ])('`do update set` with %s', async (_, to) => {
    expect(await problems(taken({ updates: [set('title', to)] }))).toEqual([])
  })
})
