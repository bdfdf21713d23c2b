/** Columns that the caller may not read, and SQLite's own, in every clause. */

import { each, type HostileCase, refused } from './case.ts'
import * as n from './nodes.ts'

/** By a rule, by the schema, and SQLite's own names of a row. */
const forbidden = ['pin', 'secret', 'rowid', 'oid', '_rowid_', 'ROWID', 'PIN', 'nothing']

/** Every place of a query in which a column can stand. */
const places: Readonly<Record<string, (column: n.Node) => n.Node>> = {
  select: (column) => n.select({ selections: [n.selection(column)] }),
  'select under an alias': (column) => n.pick(column),
  where: (column) => n.select({ where: n.where(n.binary(column, 'like', n.value('H%'))) }),
  'where, on the right': (column) => n.select({ where: n.where(n.binary(n.value('x'), '<', column)) }),
  'where, is null': (column) => n.select({ where: n.where(n.binary(column, 'is', n.literal(null))) }),
  'where, in a list': (column) =>
    n.select({ where: n.where(n.binary(n.value('x'), 'in', { kind: 'ValueListNode', values: [column] })) }),
  'where, between': (column) =>
    n.select({ where: n.where(n.binary(n.value('x'), 'between', n.and(column, column))) }),
  order: (column) => n.select({ orderBy: n.orderBy(n.orderItem(column)) }),
  group: (column) =>
    n.select({
      selections: [n.selection(n.as(n.aggregate('count', [n.all]), 'c'))],
      groupBy: n.groupBy(column),
    }),
  having: (column) =>
    n.select({
      groupBy: n.groupBy(n.ref('id')),
      having: n.having(n.binary(n.aggregate('max', [column]), '>', n.value('a'))),
    }),
  aggregate: (column) => n.pick(n.aggregate('min', [column])),
  'filter of an aggregate': (column) =>
    n.pick(n.aggregate('count', [n.ref('id')], { filter: n.where(n.binary(column, '>', n.value('a'))) })),
  'window, partition': (column) =>
    n.pick(n.aggregate('count', [n.ref('id')], { over: n.over({ partitionBy: n.partitionBy(column) }) })),
  'window, order': (column) =>
    n.pick(n.aggregate('rank', [], { over: n.over({ orderBy: n.orderBy(n.orderItem(column)) }) })),
  function: (column) => n.pick(n.call('length', column)),
  coalesce: (column) => n.pick(n.call('coalesce', n.literal(null), column)),
  case: (column) => n.pick(n.caseWhen(n.binary(column, '>', n.value('a')), n.literal(1), n.literal(0))),
  cast: (column) => n.pick(n.cast(column, 'text')),
  concatenation: (column) => n.pick(n.binary(n.value('x'), '||', column)),
  'json path': (column) =>
    n.pick({
      kind: 'JSONReferenceNode',
      reference: column,
      traversal: { kind: 'JSONOperatorChainNode', operator: n.operator('->>'), values: [n.value('a')] },
    }),
  tuple: (column) =>
    n.select({
      where: n.where(
        n.binary({ kind: 'TupleNode', values: [n.ref('id'), column] }, '=', {
          kind: 'TupleNode',
          values: [n.value(1), n.value('x')],
        }),
      ),
    }),
  join: (column) =>
    n.select({
      joins: [n.join('InnerJoin', n.as(n.table('Note'), 'o'), n.binary(n.ref('o.id'), '=', column))],
    }),
  subquery: (column) =>
    n.pick(n.selectFrom(n.as(n.table('Note'), 'o'), [n.as(column, 'x')], { limit: n.limit(n.value(1)) })),
  exists: (column) =>
    n.select({
      where: n.where(
        n.unary(
          'exists',
          n.selectFrom(n.as(n.table('Remark'), 'r'), [n.ref('r.id')], {
            where: n.where(n.binary(n.ref('r.text'), '=', column)),
          }),
        ),
      ),
    }),
  'derived table': (column) =>
    n.selectFrom(n.as(n.selectFrom(n.table('Note'), [n.as(column, 'x')]), 'd'), [n.ref('d.x')]),
  cte: (column) => ({
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', n.selectFrom(n.table('Note'), [n.as(column, 'x')]))),
  }),
  'a cte that nothing reads': (column) =>
    n.select({ with: n.withCtes(n.cte('c', n.selectFrom(n.table('Note'), [n.as(column, 'x')]))) }),
  union: (column) =>
    n.select({
      setOperations: [
        {
          kind: 'SetOperationNode',
          operator: 'union',
          all: true,
          expression: n.selectFrom(n.table('Note'), [column]),
        },
      ],
    }),
  'returning of an update': (column) =>
    n.update([n.set('title', n.value('x'))], {
      where: n.where(n.binary(n.ref('id'), '=', n.value(1))),
      returning: n.returning(column),
    }),
  'returning of a delete': (column) =>
    n.remove({ where: n.where(n.binary(n.ref('id'), '=', n.value(1))), returning: n.returning(column) }),
  'returning of an insert': (column) =>
    n.insert({ id: 50, title: 'x', isPublic: true }, { returning: n.returning(column) }),
  'where of an update': (column) =>
    n.update([n.set('title', n.value('x'))], { where: n.where(n.binary(column, '>', n.value('a'))) }),
  'set of an update, read': (column) =>
    n.update([n.set('title', column)], { where: n.where(n.binary(n.ref('id'), '=', n.value(1))) }),
  'where of a delete': (column) => n.remove({ where: n.where(n.binary(column, '>', n.value('a'))) }),
}

const ofPlaces = Object.entries(places).flatMap(([place, make]) => [
  ...each(`${place}, with its table`, forbidden, (name) => make(n.ref(`Note.${name}`)), {
    code: ['FORBIDDEN', 'VALIDATION_ERROR'],
  }),
  ...each(place, ['pin', 'rowid'], (name) => make(n.ref(name)), { code: ['FORBIDDEN', 'VALIDATION_ERROR'] }),
])

const written: HostileCase[] = refused(
  {
    'set of an update': n.update([n.set('pin', n.value('x'))], {
      where: n.where(n.binary(n.ref('id'), '=', n.value(1))),
    }),
    'set of a hidden field': n.update([n.set('secret', n.value('x'))], {
      where: n.where(n.binary(n.ref('id'), '=', n.value(1))),
    }),
    'set of a field that is only read': n.update([n.set('ownerId', n.value(9))]),
    'set of the rowid': n.update([n.set('rowid', n.value(99))]),
    'insert of a field that is not written': n.insert({ id: 51, title: 'x', isPublic: true, ownerId: 1 }),
    'insert of a rowid': n.insert({ rowid: 51, title: 'x', isPublic: true }),
    'insert of a field that there is not': n.insert({ id: 51, title: 'x', isPublic: true, nothing: 1 }),
    'insert of __proto__': { ...n.insert({ title: 'x' }), columns: [n.column('__proto__')] },
    'one column twice': {
      ...n.insert({ id: 51, title: 'x' }),
      columns: [n.column('title'), n.column('title')],
    },
  },
  ['FORBIDDEN', 'VALIDATION_ERROR'],
)

export const columnCases: readonly HostileCase[] = [...ofPlaces, ...written]
