/** Questions about hidden rows that are asked by errors, counts, ranks, joins and attribute notation. */

import { each, type HostileCase, harmless, refused } from './case.ts'
import * as n from './nodes.ts'

const meta = n.ref('Note.meta')
const guess = n.binary(n.ref('Note.title'), 'like', n.value('HIDDEN%'))

const raising: Readonly<Record<string, n.Node>> = {
  'JSON that is none': n.call('json_extract', n.ref('Note.title'), n.value('$.a')),
  'a path into text': {
    kind: 'JSONReferenceNode',
    reference: n.ref('Note.title'),
    traversal: { kind: 'JSONOperatorChainNode', operator: n.operator('->>'), values: [n.literal('a')] },
  },
  'the least number': n.call('abs', n.caseWhen(guess, n.value(-9223372036854775808n), n.literal(1))),
  'a sum that is too large': n.call('abs', n.binary(n.ref('rank'), '*', n.value(-9223372036854775807n))),
  'a text as a number': n.cast(n.ref('title'), 'integer'),
  'a division by nothing': n.binary(n.literal(1), '/', n.binary(n.ref('rank'), '-', n.literal(4))),
  'a pattern that is too long': n.call('substr', n.ref('title'), n.literal(0), n.value(2 ** 40)),
}

/** Whatever it comes to, it comes to the same with and without hidden rows. */
const errors = Object.entries(raising).flatMap(([name, node]) =>
  Object.entries({
    'in a where': n.select({ where: n.where(n.binary(node, '=', n.value(1))) }),
    'in a selection': n.pick(node),
    'in an order': n.select({ orderBy: n.orderBy(n.orderItem(node)) }),
    'behind a condition': n.select({ where: n.where(n.and(guess, n.binary(node, '=', n.value(1)))) }),
    'in a join': n.select({
      joins: [n.join('InnerJoin', n.as(n.table('Remark'), 'r'), n.binary(n.ref('r.id'), '=', node))],
    }),
    'over a rule with a relation': n.selectFrom(n.table('Remark'), [n.ref('Remark.id')], {
      where: n.where(n.binary(n.call('json_extract', n.ref('Remark.text'), n.value('$.a')), '=', n.value(1))),
    }),
    'in a delete': n.remove({ where: n.where(n.binary(node, '=', n.value(1))) }),
    'in an update': n.update([n.set('rank', n.value(1))], {
      where: n.where(n.binary(node, '=', n.value(1))),
    }),
  }).map(([place, tree]): HostileCase => ({ name: `error oracle: ${name}, ${place}`, tree, harmless: true })),
)

const counting = harmless({
  count: n.pick(n.aggregate('count', [n.all])),
  'count of a field': n.pick(n.aggregate('count', [n.ref('title')])),
  'sum and greatest': n.pick(n.aggregate('sum', [n.ref('rank')]), n.aggregate('max', [n.ref('id')])),
  group_concat: n.pick(n.aggregate('group_concat', [n.ref('title')])),
  json_group_array: n.pick(n.aggregate('json_group_array', [n.ref('title')])),
  rank: n.pick(n.aggregate('rank', [], { over: n.over({ orderBy: n.orderBy(n.orderItem(n.ref('rank'))) }) })),
  'row number': n.pick(
    n.aggregate('row_number', [], { over: n.over({ orderBy: n.orderBy(n.orderItem(n.ref('id'))) }) }),
  ),
  lag: n.pick(
    n.aggregate('lag', [n.ref('title')], { over: n.over({ orderBy: n.orderBy(n.orderItem(n.ref('id'))) }) }),
  ),
  'a full join': n.selectFrom(
    n.table('Remark'),
    [n.as(n.ref('Remark.id'), 'r'), n.as(n.ref('Note.title'), 't')],
    { joins: [n.join('FullJoin', n.table('Note'), n.binary(n.ref('Remark.noteId'), '=', n.ref('Note.id')))] },
  ),
  'a right join': n.selectFrom(n.table('Remark'), [n.as(n.ref('Note.title'), 't')], {
    joins: [n.join('RightJoin', n.table('Note'), n.literal(true))],
  }),
  'a left join to hidden rows': n.selectFrom(
    n.table('Note'),
    [n.as(n.ref('Note.id'), 'a'), n.as(n.ref('r.text'), 't')],
    {
      joins: [
        n.join('LeftJoin', n.as(n.table('Remark'), 'r'), n.binary(n.ref('r.noteId'), '>=', n.ref('Note.id'))),
      ],
    },
  ),
  'all columns': n.selectFrom(n.table('Note'), [n.all]),
  'all columns of a join': n.selectFrom(n.as(n.table('Note'), 'a'), [n.allOf('a')], {
    joins: [n.join('CrossJoin', n.as(n.table('Remark'), 'b'))],
  }),
  'a tautology': n.select({
    where: n.where(n.or(n.binary(n.literal(1), '=', n.literal(1)), n.literal(true))),
  }),
  'a bare or beside the rule': n.select({
    where: n.where(
      n.or(n.binary(n.ref('id'), '=', n.value(1)), n.binary(n.ref('isPublic'), '=', n.value(false))),
    ),
  }),
  'the rule turned around': n.select({ where: n.where(n.binary(n.ref('isPublic'), '=', n.value(false))) }),
  'not of the rule': n.select({
    where: n.where(n.unary('not', n.binary(n.ref('isPublic'), '=', n.value(true)))),
  }),
  'except what is visible': n.selectFrom(n.table('Note'), [n.ref('id')], {
    setOperations: [
      {
        kind: 'SetOperationNode',
        operator: 'except',
        all: false,
        expression: n.selectFrom(n.table('Note'), [n.ref('id')], {
          where: n.where(n.binary(n.ref('isPublic'), '=', n.value(true))),
        }),
      },
    ],
  }),
  'ids of hidden rows': n.select({ where: n.where(n.binary(n.ref('id'), 'in', n.values(4, 5, 6, 7))) }),
  'not exists in what is visible': n.selectFrom(n.table('Remark'), [n.ref('Remark.id')], {
    where: n.where(
      n.unary(
        'not exists',
        n.selectFrom(n.table('Note'), [n.literal(1)], {
          where: n.where(n.binary(n.ref('Note.id'), '=', n.ref('Remark.noteId'))),
        }),
      ),
    ),
  }),
  'a json column through a subquery': n.selectFrom(n.as(n.selectFrom(n.table('Note'), [meta]), 'd'), [
    n.ref('d.meta'),
  ]),
})

const references = [
  {
    name: 'a remark to a hidden note',
    tree: { ...n.insert({ id: 93, noteId: 4, text: 'x' }), into: n.table('Remark') },
  },
  {
    name: 'a remark to no note',
    tree: { ...n.insert({ id: 94, noteId: 999, text: 'x' }), into: n.table('Remark') },
  },
  {
    name: 'a remark moved to a hidden note',
    tree: {
      ...n.update([n.set('noteId', n.value(4))], { where: n.where(n.binary(n.ref('id'), '=', n.value(1))) }),
      table: n.table('Remark'),
    },
  },
  {
    name: 'a remark moved to no note',
    tree: {
      ...n.update([n.set('noteId', n.value(999))], {
        where: n.where(n.binary(n.ref('id'), '=', n.value(1))),
      }),
      table: n.table('Remark'),
    },
  },
]

/** PostgreSQL takes `row.function` for a call. */
const attributes = each(
  'attribute notation',
  [
    'row_to_json',
    'to_json',
    'pg_typeof',
    'text',
    'length',
    'count',
    'json_each',
    'xmin',
    'ctid',
    'tableoid',
    'Note',
    'n',
  ],
  (name) => n.selectFrom(n.as(n.table('Note'), 'n'), [n.ref(`n.${name}`)]),
)

const whole = refused({
  'a whole row as a value': n.pick(n.table('n')),
  'a whole row as an argument': n.selectFrom(n.as(n.table('Note'), 'n'), [
    n.as(n.call('json_object', n.value('a'), n.table('n')), 'x'),
  ]),
  'a whole row in a comparison': n.selectFrom(n.as(n.table('Note'), 'n'), [
    n.as(n.binary(n.ref('n'), '=', n.ref('n')), 'x'),
  ]),
})

export const oracleCases: readonly HostileCase[] = [
  ...errors,
  ...counting,
  ...references,
  ...attributes,
  ...whole,
]
