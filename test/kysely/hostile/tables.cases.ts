/** Tables that are not the caller's, names of schemas, functions as tables, `in` over a table. */

import { each, type HostileCase, harmless, refused } from './case.ts'
import * as n from './nodes.ts'

const foreign = [
  'Ghost',
  'Machine',
  'sqlite_master',
  'sqlite_schema',
  'sqlite_temp_master',
  'sqlite_sequence',
  'sqlite_stat1',
  'sqlite_dbpage',
  'dbstat',
  'dbal_audit',
  '_dbal_audit',
  'dbal_migrations',
  'pragma_table_info',
  'pragma_database_list',
  'Nowhere',
  'note',
  'NOTE',
  'main.Note',
  'Note; drop table Note',
  'Note" union select * from "Ghost',
]

const sources: Readonly<Record<string, (source: n.Node) => n.Node>> = {
  from: (source) => n.selectFrom(source, [n.all]),
  join: (source) => n.select({ joins: [n.join('CrossJoin', n.as(source, 'j'))] }),
  subquery: (source) => n.select({ where: n.where(n.unary('exists', n.selectFrom(source, [n.literal(1)]))) }),
  cte: (source) => ({
    ...n.selectFrom(n.table('c'), [n.all]),
    with: n.withCtes(n.cte('c', n.selectFrom(source, [n.all]))),
  }),
}

const byName = Object.entries(sources).flatMap(([place, make]) =>
  each(place, foreign, (name) => make(n.table(name)), { code: ['FORBIDDEN', 'VALIDATION_ERROR'] }),
)

const writes = refused(
  {
    "insert into a table that is not the caller's": {
      ...n.insert({ id: 2, word: 'x' }),
      into: n.table('Ghost'),
    },
    'update of one': { ...n.update([n.set('word', n.value('x'))]), table: n.table('Ghost') },
    'delete of one': { ...n.remove(), from: n.from(n.table('Ghost')) },
    'insert into the schema of the file': { ...n.insert({ name: 'x' }), into: n.table('sqlite_master') },
    'delete of the audit trail': { ...n.remove(), from: n.from(n.table('dbal_audit')) },
    'update of a derived table': {
      ...n.update([n.set('title', n.value('x'))]),
      table: n.as(n.select(), 'd'),
    },
    'update of a cte': {
      ...n.update([n.set('title', n.value('x'))]),
      table: n.table('c'),
      with: n.withCtes(n.cte('c', n.select())),
    },
    'delete of two tables': { ...n.remove(), from: n.from(n.table('Note'), n.table('Remark')) },
    'update of two tables': {
      ...n.update([n.set('title', n.value('x'))]),
      table: { kind: 'ListNode', items: [n.table('Note'), n.table('Remark')] },
    },
  },
  ['FORBIDDEN', 'VALIDATION_ERROR', 'CAPABILITY_NOT_SUPPORTED'],
)

const schemas = each(
  'a schema before the table',
  ['temp', 'sqlite', 'other', 'main"."Ghost', '', 'pg_catalog', 'information_schema'],
  (schema) => n.selectFrom(n.table('Note', schema), [n.all]),
)

const inTable = [
  ...Object.entries({
    'a table': n.table('Ghost'),
    'its own table': n.table('Note'),
    'a column of that name': n.column('Ghost'),
    'a name': n.id('Ghost'),
    'a reference of that name': n.ref('Ghost'),
    'a reference to a column': n.ref('title'),
    'a value': n.value('Ghost'),
    'a function as a table': n.call('json_each', n.value('[1]')),
    'the schema of the file': n.table('sqlite_master'),
    'a parenthesis around a table': n.parens(n.table('Ghost')),
    'a parenthesis around a reference': n.parens(n.ref('Remark')),
  }).flatMap(([name, right]) =>
    ['in', 'not in'].map(
      (operator): HostileCase => ({
        name: `${operator} ${name}`,
        tree: n.select({ where: n.where(n.binary(n.ref('id'), operator, right)) }),
      }),
    ),
  ),
]

const asExpressions = Object.entries({
  'a table as an expression': n.table('Note'),
  'a name as an expression': n.id('Note'),
  'a schemable name as an expression': n.named('Note'),
  'a FROM as an expression': n.from(n.table('Ghost')),
  'an alias inside of an alias': n.as(n.as(n.ref('id'), 'x'), 'y'),
  'all columns as an argument': n.call('length', n.all),
  'all columns as an operand': n.binary(n.all, '=', n.value(1)),
  'a join as an expression': n.join('InnerJoin', n.table('Ghost')),
}).map(([name, node]): HostileCase => ({ name, tree: n.pick(node) }))

const functionsAsTables = each(
  'a function as a table',
  [
    'pragma_table_info',
    'pragma_database_list',
    'readfile',
    'generate_series',
    'fts5vocab',
    'sqlite_dbpage',
    'json_each; --',
    'bytecode',
    'wholenumber',
  ],
  (name) => n.selectFrom(n.as(n.call(name, n.value('Note')), 'f'), [n.all]),
)

const scoping = [
  ...refused({
    'a column of a table that is not in scope': n.select({
      where: n.where(n.binary(n.ref('Remark.text'), '=', n.value('x'))),
    }),
    'the table behind its alias': n.selectFrom(n.as(n.table('Note'), 'x'), [n.ref('Note.id')]),
    'a name that two tables have': n.select({
      selections: [n.selection(n.ref('id'))],
      joins: [
        n.join('InnerJoin', n.table('Remark'), n.binary(n.ref('Remark.noteId'), '=', n.ref('Note.id'))),
      ],
    }),
    'all columns of a table that is not there': n.select({ selections: [n.selection(n.allOf('Ghost'))] }),
    'one alias twice': n.selectFrom(n.as(n.table('Note'), 'x'), [n.literal(1)], {
      joins: [n.join('CrossJoin', n.as(n.table('Remark'), 'x'))],
    }),
    'a derived table that looks outside': n.select({
      joins: [n.join('CrossJoin', n.as(n.selectFrom(n.table('Remark'), [n.ref('Note.title')]), 'd'))],
    }),
  }),
  ...harmless({
    'a table and a column that are words of SQL': n.selectFrom(n.table('Order'), [n.ref('Order.select')]),
    'an alias with quotes': n.selectFrom(n.as(n.table('Note'), 'a"b'), [
      n.as({ kind: 'ReferenceNode', column: n.column('id'), table: n.table('a"b') }, 'x"; --'),
    ]),
    'an alias that is the name of another table': n.selectFrom(n.as(n.table('Note'), 'Ghost'), [
      n.ref('Ghost.id'),
    ]),
    'a reserved word as an alias': n.selectFrom(n.as(n.table('Note'), 'select'), [n.ref('select.id')]),
    'the one schema there is, as Kysely would not name it': n.selectFrom(n.table('Note', 'main'), [
      n.ref('id'),
    ]),
  }),
]

export const tableCases: readonly HostileCase[] = [
  ...byName,
  ...writes,
  ...schemas,
  ...inTable,
  ...asExpressions,
  ...functionsAsTables,
  ...scoping,
]
