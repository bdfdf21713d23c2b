/** CTEs that take the names of tables: of those in rules, of those that are read, of those that are written. */

import { type HostileCase, harmless, refused } from './case.ts'
import * as n from './nodes.ts'

/** What a rule over Remark would see if the caller could give it a Note of their own. */
const openNotes = n.selectFrom(n.as(n.table('Remark'), 'r'), [
  n.as(n.ref('r.noteId'), 'id'),
  n.as(n.literal(1), 'isPublic'),
])
const made = {
  kind: 'SelectQueryNode',
  selections: [n.selection(n.as(n.literal(4), 'id')), n.selection(n.as(n.literal(1), 'isPublic'))],
}

const capture = harmless({
  'materialized that is no boolean': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', n.select(), { materialized: 'not materialized as (select 1), x' })),
  },
  "a CTE named as a rule's table": {
    ...n.selectFrom(n.table('Remark'), [n.ref('text')]),
    with: n.withCtes(n.cte('Note', made)),
  },
  'the same, recursive': {
    ...n.selectFrom(n.table('Remark'), [n.ref('text')]),
    with: { ...n.withCtes(n.cte('Note', made)), recursive: true },
  },
  'in a subquery': n.selectFrom(
    n.as({ ...n.selectFrom(n.table('Remark'), [n.ref('text')]), with: n.withCtes(n.cte('Note', made)) }, 'd'),
    [n.ref('d.text')],
  ),
  'around a subquery': {
    ...n.selectFrom(n.as(n.selectFrom(n.table('Remark'), [n.ref('text')]), 'd'), [n.ref('d.text')]),
    with: n.withCtes(n.cte('Note', made)),
  },
  'made from remarks': {
    ...n.selectFrom(n.table('Remark'), [n.ref('text')]),
    with: n.withCtes(n.cte('Note', openNotes)),
  },
  'one for each name': {
    ...n.selectFrom(n.table('Remark'), [n.ref('text')]),
    with: n.withCtes(n.cte('Note', made), n.cte('main', made), n.cte('t$1', made), n.cte('Ghost', made)),
  },
  'a CTE that reads the table of its own name': {
    ...n.selectFrom(n.table('Note'), [n.ref('id')]),
    with: n.withCtes(n.cte('Note', n.selectFrom(n.table('Note'), [n.ref('id')]))),
  },
  "a CTE named as a table that is not the caller's": {
    ...n.selectFrom(n.table('Ghost'), [n.ref('id')]),
    with: n.withCtes(n.cte('Ghost', n.select())),
  },
  'an update under such a CTE': {
    ...n.update([n.set('text', n.value('mine'))]),
    table: n.table('Remark'),
    with: n.withCtes(n.cte('Note', made)),
  },
  'a delete under such a CTE': {
    ...n.remove(),
    from: n.from(n.table('Remark')),
    with: n.withCtes(n.cte('Note', made)),
  },
  'an insert … select under such a CTE': {
    ...n.insert({}),
    into: n.table('Remark'),
    columns: [n.column('id'), n.column('noteId'), n.column('text')],
    values: n.selectFrom(
      n.table('Note'),
      [n.as(n.literal(90), 'a'), n.as(n.literal(1), 'b'), n.as(n.value('t'), 'c')],
      { limit: n.limit(n.value(1)) },
    ),
    with: n.withCtes(n.cte('Note', made)),
  },
  'a CTE in another case of letters': {
    ...n.selectFrom(n.table('Remark'), [n.ref('text')]),
    with: n.withCtes(n.cte('NOTE', made)),
  },
  'two levels, the inner one shadows': {
    ...n.selectFrom(
      n.as({ ...n.selectFrom(n.table('c'), [n.ref('c.id')]), with: n.withCtes(n.cte('c', n.select())) }, 'd'),
      [n.ref('d.id')],
    ),
    with: n.withCtes(n.cte('c', made)),
  },
}).map((case_) => ({ ...case_, name: `capture: ${case_.name}` }))

const write = {
  update: n.update([n.set('title', n.value('x'))], { returning: n.returning(n.ref('id')) }),
  delete: n.remove({ returning: n.returning(n.ref('id')) }),
  insert: n.insert({ id: 91, title: 'x', isPublic: true }, { returning: n.returning(n.ref('id')) }),
}

const wrong = refused({
  'an insert of a remark to a hidden note, its rule captured': {
    ...n.insert({ id: 92, noteId: 4, text: 'x' }),
    into: n.table('Remark'),
    with: n.withCtes(n.cte('Note', made)),
  },
  'an update in a CTE': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', write.update)),
  },
  'a delete in a CTE': { ...n.selectFrom(n.table('c'), [n.all]), with: n.withCtes(n.cte('c', write.delete)) },
  'an insert in a CTE': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', write.insert)),
  },
  'a delete as a derived table': n.selectFrom(n.as(write.delete, 'd'), [n.all]),
  'a delete in a condition': n.select({ where: n.where(n.unary('exists', write.delete)) }),
  'a delete in a union': n.select({
    setOperations: [{ kind: 'SetOperationNode', operator: 'union', all: false, expression: write.delete }],
  }),
  'raw SQL in a CTE': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', n.raw(['select word from Ghost']))),
  },
  'a table as a CTE': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', n.table('Ghost'))),
  },
  'two CTEs of one name': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', n.select()), n.cte('c', n.select())),
  },
  'a later CTE in an earlier one': {
    ...n.selectFrom(n.table('a'), [n.all]),
    with: n.withCtes(n.cte('a', n.selectFrom(n.table('b'), [n.all])), n.cte('b', n.select())),
  },
  'a CTE without a name': { ...n.select(), with: n.withCtes(n.cte('', n.select())) },
  'a CTE in a schema': {
    ...n.select(),
    with: n.withCtes({
      ...n.cte('x', n.select()),
      name: { kind: 'CommonTableExpressionNameNode', table: n.table('Note', 'main') },
    }),
  },
  'more column names than columns': {
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes({
      ...n.cte('c', n.select()),
      name: {
        kind: 'CommonTableExpressionNameNode',
        table: n.table('c'),
        columns: [n.column('a'), n.column('b')],
      },
    }),
  },
  'a column of a CTE that it does not give': {
    ...n.selectFrom(n.table('Note'), [n.ref('Note.secret')]),
    with: n.withCtes(n.cte('Note', n.select())),
  },
  'a column of the table behind a CTE of its name': {
    ...n.selectFrom(n.table('Note'), [n.ref('Note.title')]),
    with: n.withCtes(n.cte('Note', n.select())),
  },
  'a CTE that is no CTE': { ...n.select(), with: n.withCtes(n.select()) },
  'a list that is none': {
    ...n.select(),
    with: { kind: 'WithNode', expressions: { 0: n.cte('c', n.select()), length: 1 } },
  },
}).map((case_) => ({ ...case_, name: `cte: ${case_.name}` }))

/** SQLite resolves the body of a CTE where it is used: there it must not see what is around. */
const dynamic = refused({
  'a body that looks at the query around it': n.select({
    where: n.where(
      n.unary('exists', {
        ...n.selectFrom(n.table('c'), [n.literal(1)], {
          where: n.where(n.binary(n.ref('c.u'), '=', n.value('x'))),
        }),
        with: n.withCtes(
          n.cte(
            'c',
            n.selectFrom(n.as(n.selectFrom(n.table('Remark'), [n.literal(1)]), 'z'), [
              n.as(n.ref('secret'), 'u'),
            ]),
          ),
        ),
      }),
    ),
  }),
  'a body at the root that looks at the query of its use': {
    ...n.select({
      where: n.where(
        n.unary(
          'exists',
          n.selectFrom(n.table('c'), [n.literal(1)], {
            where: n.where(n.binary(n.ref('c.u'), '=', n.value('x'))),
          }),
        ),
      ),
    }),
    with: n.withCtes(
      n.cte(
        'c',
        n.selectFrom(n.as(n.selectFrom(n.table('Remark'), [n.literal(1)]), 'z'), [n.as(n.ref('title'), 'u')]),
      ),
    ),
  },
}).map((case_) => ({ ...case_, name: `dynamic scope: ${case_.name}` }))

export const cteCases: readonly HostileCase[] = [...capture, ...wrong, ...dynamic]
