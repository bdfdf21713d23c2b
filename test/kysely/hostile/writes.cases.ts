/** The scope of UPDATE and DELETE, RETURNING, ON CONFLICT over hidden rows, writes that rules forbid. */

import { type HostileCase, harmless, refused } from './case.ts'
import * as n from './nodes.ts'

const one = n.where(n.binary(n.ref('id'), '=', n.value(1)))
const hiddenRow = n.where(n.binary(n.ref('id'), '=', n.value(4)))

/** A subquery over Note under the alias, that looks for what only the target of the write has. */
const probing = (alias: string, looked: string) =>
  n.selectFrom(n.as(n.table('Note'), alias), [n.ref(`${alias}.id`)], {
    where: n.where(n.binary(n.ref(looked), 'like', n.value('H%'))),
  })

const enclosing = refused({
  'a hidden column in a subquery of a delete, bare': n.remove({
    where: n.where(n.binary(n.ref('id'), 'in', probing('x', 'secret'))),
  }),
  'with the name of the target': n.remove({
    where: n.where(n.binary(n.ref('id'), 'in', probing('x', 'Note.secret'))),
  }),
  "with the alias of the target's own name": n.remove({
    where: n.where(n.binary(n.ref('id'), 'in', probing('Note', 'Note.secret'))),
  }),
  'the rowid of the target': n.remove({
    where: n.where(n.binary(n.ref('id'), 'in', probing('x', 'Note.rowid'))),
  }),
  'two subqueries deep': n.remove({
    where: n.where(
      n.unary(
        'exists',
        n.selectFrom(n.as(n.table('Remark'), 'r'), [n.literal(1)], {
          where: n.where(n.unary('exists', probing('x', 'Note.pin'))),
        }),
      ),
    ),
  }),
  'from a derived table in a subquery': n.remove({
    where: n.where(
      n.binary(n.ref('id'), 'in', n.selectFrom(n.as(probing('x', 'Note.secret'), 'd'), [n.ref('d.id')])),
    ),
  }),
  'from a cte of the delete': n.remove({
    with: n.withCtes(n.cte('c', probing('x', 'Note.secret'))),
    where: n.where(n.binary(n.ref('id'), 'in', n.selectFrom(n.table('c'), [n.ref('c.id')]))),
  }),
  'from a cte in a subquery': n.remove({
    where: n.where(
      n.binary(n.ref('id'), 'in', {
        ...n.selectFrom(n.table('c'), [n.ref('c.id')]),
        with: n.withCtes(
          n.cte(
            'c',
            n.selectFrom(n.as(n.selectFrom(n.table('Remark'), [n.literal(1)]), 'z'), [
              n.as(n.ref('secret'), 'id'),
            ]),
          ),
        ),
      }),
    ),
  }),
  'in a subquery of an update': n.update([n.set('title', n.value('x'))], {
    where: n.where(n.binary(n.ref('id'), 'in', probing('x', 'secret'))),
  }),
  'in a set value of an update': n.update(
    [
      n.set(
        'title',
        n.selectFrom(n.as(n.table('Remark'), 'r'), [n.ref('Note.secret')], { limit: n.limit(n.value(1)) }),
      ),
    ],
    { where: one },
  ),
  'in a case of a set value': n.update(
    [n.set('rank', n.caseWhen(n.binary(n.ref('secret'), 'like', n.value('H%')), n.literal(1), n.literal(0)))],
    { where: one },
  ),
  'in the FROM of an update': n.update([n.set('title', n.ref('d.s'))], {
    from: n.from(n.as(n.selectFrom(n.table('Remark'), [n.as(n.ref('Note.secret'), 's')]), 'd')),
    where: one,
  }),
  'in the USING of a delete': n.remove({
    using: {
      kind: 'UsingNode',
      tables: [n.as(n.selectFrom(n.table('Remark'), [n.as(n.ref('Note.secret'), 's')]), 'd')],
    },
    where: n.where(n.binary(n.ref('d.s'), 'like', n.value('H%'))),
  }),
  "the names of the engine's own aliases: w$1": n.remove({
    where: n.where(n.binary(n.ref('w$1.secret'), 'like', n.value('H%'))),
  }),
  "the names of the engine's own aliases: u$": n.update([n.set('title', n.ref('u$.secret'))], { where: one }),
  'the target by its schema': n.remove({
    where: n.where(
      n.binary(
        { kind: 'ReferenceNode', column: n.column('secret'), table: n.table('Note', 'main') },
        'like',
        n.value('H%'),
      ),
    ),
  }),
}).map((case_) => ({ ...case_, name: `enclosing scope: ${case_.name}` }))

const hidden = harmless({
  'update of a hidden row by its id': n.update([n.set('title', n.value('x'))], { where: hiddenRow }),
  'delete of a hidden row by its id': n.remove({ where: hiddenRow }),
  'delete of a visible row that the rule keeps': n.remove({
    where: n.where(n.binary(n.ref('id'), '=', n.value(3))),
    returning: n.returning(n.ref('id')),
  }),
  'delete of everything': n.remove(),
  'update of everything': n.update([n.set('rank', n.value(0))]),
  'update of rows that are found by a tautology': n.update([n.set('rank', n.value(1))], {
    where: n.where(n.or(n.binary(n.ref('id'), '=', n.value(1)), n.binary(n.literal(1), '=', n.literal(1)))),
  }),
  "a condition that would end the rule's parenthesis": n.update([n.set('rank', n.value(1))], {
    where: n.where(n.or(n.binary(n.ref('id'), '=', n.value(99)), n.binary(n.ref('id'), '>', n.value(0)))),
  }),
  'remarks of hidden notes': {
    ...n.remove(),
    from: n.from(n.table('Remark')),
    where: n.where(n.binary(n.ref('noteId'), '>', n.value(3))),
  },
  'returning everything': n.update([n.set('rank', n.value(7))], {
    where: one,
    returning: n.returning(n.all),
  }),
  'returning everything of the table': n.remove({ where: one, returning: n.returning(n.allOf('Note')) }),
  'returning an expression': n.update([n.set('rank', n.value(7))], {
    where: one,
    returning: n.returning(n.as(n.binary(n.ref('rank'), '+', n.literal(1)), 'r')),
  }),
  'no values': { ...n.insert({ id: 1 }), values: { kind: 'ValuesNode', values: [] } },
  'insert of a visible row': n.insert(
    { id: 70, title: 'x', isPublic: true },
    { returning: n.returning(n.all) },
  ),
})

const forbidden = refused({
  'insert of a row that the check refuses': n.insert({ id: 71, title: 'x', isPublic: false }),
  'insert that leaves what the check needs to its default': n.insert({ id: 72, title: 'x' }),
  'two rows, of which one is refused': {
    ...n.insert({ id: 73, title: 'x', isPublic: true }),
    values: { kind: 'ValuesNode', values: [n.values(73, 'x', true), n.values(74, 'y', false)] },
  },
  'update that hides the row': n.update([n.set('isPublic', n.value(false))], { where: one }),
  'insert … select that the check refuses': {
    ...n.insert({}),
    columns: [n.column('id'), n.column('title'), n.column('isPublic')],
    values: n.selectFrom(n.table('Note'), [
      n.as(n.binary(n.ref('id'), '+', n.value(80)), 'a'),
      n.as(n.ref('title'), 'b'),
      n.as(n.value(false), 'c'),
    ]),
  },
  'rows of different length': {
    ...n.insert({ id: 75, title: 'x' }),
    values: { kind: 'ValuesNode', values: [n.values(75, 'x'), n.values(76)] },
  },
  'more values than columns': {
    ...n.insert({ id: 77 }),
    values: { kind: 'ValuesNode', values: [n.values(77, 'x')] },
  },
  'no update': n.update([]),
  'one column set twice': n.update([n.set('title', n.value('a')), n.set('title', n.value('b'))], {
    where: one,
  }),
  'a value of another type': n.update([n.set('rank', n.value('many'))], { where: one }),
  'a column of another table': n.update([{ ...n.set('title', n.value('x')), column: n.ref('Remark.text') }], {
    where: one,
  }),
  'replace into': n.insert({ id: 4, title: 'x', isPublic: true }, { replace: true }),
  'order and limit of a delete': n.remove({
    orderBy: n.orderBy(n.orderItem(n.ref('secret'))),
    limit: n.limit(n.value(1)),
  }),
  'on duplicate key': n.insert(
    { id: 4, title: 'x', isPublic: true },
    { onDuplicateKey: { kind: 'OnDuplicateKeyNode', updates: [n.set('title', n.value('y'))] } },
  ),
  output: n.remove({ output: { kind: 'OutputNode', selections: [n.selection(n.ref('deleted.secret'))] } }),
  top: n.remove({ top: { kind: 'TopNode', expression: 1 } }),
  merge: {
    kind: 'MergeQueryNode',
    into: n.table('Note'),
    using: n.join('Using', n.table('Ghost'), n.literal(true)),
    whens: [],
  },
})

const returned = refused({
  'a subquery': n.update([n.set('rank', n.value(7))], {
    where: one,
    returning: n.returning(n.as(n.selectFrom(n.table('Remark'), [n.aggregate('count', [n.all])]), 'c')),
  }),
  'a subquery over the target': n.remove({
    where: one,
    returning: n.returning(n.as(probing('x', 'Note.secret'), 'c')),
  }),
  'an aggregate': n.remove({
    where: one,
    returning: n.returning(n.as(n.aggregate('max', [n.ref('secret')]), 'c')),
  }),
  'a hidden field in an expression': n.remove({
    where: one,
    returning: n.returning(n.as(n.call('length', n.ref('secret')), 'c')),
  }),
  'a column of another table': n.remove({ where: one, returning: n.returning(n.ref('Remark.text')) }),
  excluded: n.insert(
    { id: 78, title: 'x', isPublic: true },
    { returning: n.returning(n.ref('excluded.title')) },
  ),
}).map((case_) => ({ ...case_, name: `returning: ${case_.name}` }))

const row = (id: number) => ({ id, title: 'taken', isPublic: true })
const update = { updates: [n.set('title', n.value('taken'))] }
const conflicts = [
  ...refused(
    {
      'an update of a hidden row': n.insert(row(4), { onConflict: n.onConflict(update) }),
      'and its values back': n.insert(row(4), {
        onConflict: n.onConflict(update),
        returning: n.returning(n.all),
      }),
    },
    'CONFLICT',
  ).map((one) => ({ ...one, reveals: 'unique' as const })),
  {
    name: 'a plain insert over a hidden row',
    tree: n.insert(row(4)),
    code: 'CONFLICT',
    reveals: 'unique' as const,
  },
  ...harmless({
    'a set from a subquery': n.insert(row(1), {
      onConflict: n.onConflict({
        updates: [
          n.set('title', n.selectFrom(n.table('Remark'), [n.ref('text')], { limit: n.limit(n.value(1)) })),
        ],
      }),
    }),
  }),
  ...harmless({
    'nothing over a hidden row': n.insert(row(4), {
      onConflict: n.onConflict({ doNothing: true }),
      returning: n.returning(n.ref('id')),
    }),
    'or ignore over a hidden row': n.insert(row(5), {
      orAction: { kind: 'OrActionNode', action: 'ignore' },
      returning: n.returning(n.ref('id')),
    }),
  }).map((one) => ({ ...one, reveals: 'unique' as const })),
  ...refused({
    'a set that reads a hidden field': n.insert(row(1), {
      onConflict: n.onConflict({ updates: [n.set('title', n.ref('Note.secret'))] }),
    }),
    'a set that reads a hidden field, bare': n.insert(row(1), {
      onConflict: n.onConflict({ updates: [n.set('title', n.ref('secret'))] }),
    }),
    'a set of a field that is not written': n.insert(row(1), {
      onConflict: n.onConflict({ updates: [n.set('pin', n.value('x'))] }),
    }),
    'a set from excluded, of a hidden field': n.insert(row(1), {
      onConflict: n.onConflict({ updates: [n.set('title', n.ref('excluded.secret'))] }),
    }),
    'a condition over a hidden field': n.insert(row(1), {
      onConflict: n.onConflict({
        ...update,
        updateWhere: n.where(n.binary(n.ref('Note.secret'), 'like', n.value('H%'))),
      }),
    }),
    'a condition with a subquery': n.insert(row(1), {
      onConflict: n.onConflict({
        ...update,
        updateWhere: n.where(n.unary('exists', n.selectFrom(n.table('Ghost'), [n.literal(1)]))),
      }),
    }),
    'a condition of the index over a hidden field': n.insert(row(1), {
      onConflict: n.onConflict({
        doNothing: true,
        indexWhere: n.where(n.binary(n.ref('secret'), 'like', n.value('H%'))),
      }),
    }),
    'a conflict over a hidden field': n.insert(row(1), {
      onConflict: { kind: 'OnConflictNode', columns: [n.column('secret')], doNothing: true },
    }),
    'a conflict over the rowid': n.insert(row(1), {
      onConflict: { kind: 'OnConflictNode', columns: [n.column('rowid')], doNothing: true },
    }),
    'a constraint by name': n.insert(row(1), {
      onConflict: { kind: 'OnConflictNode', constraint: n.id('sqlite_autoindex_Note_1'), doNothing: true },
    }),
    'an update that hides the row': n.insert(row(1), {
      onConflict: n.onConflict({ updates: [n.set('isPublic', n.value(false))] }),
    }),
    "an update of the row into another's key": n.insert(row(1), {
      onConflict: n.onConflict({ updates: [n.set('id', n.value(2))] }),
    }),
  }),
].map((case_) => ({ ...case_, name: `on conflict: ${case_.name}` }))

export const writeCases: readonly HostileCase[] = [
  ...enclosing,
  ...hidden,
  ...forbidden,
  ...returned,
  ...conflicts,
]
