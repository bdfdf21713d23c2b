/** Texts that Kysely's compiler prints as they are, and raw fragments. */

import { each, type HostileCase, refused } from './case.ts'
import * as n from './nodes.ts'

const injections = [
  "count(*) from Note where secret like 'H%' --",
  '(select word from Ghost limit 1)',
  '"Ghost"',
  '; delete from Note; --',
  '/**/',
  '',
  'lower ',
  'LOWER\u0000',
]

const functions = [
  'load_extension',
  'readfile',
  'writefile',
  'fts3_tokenizer',
  'randomblob',
  'zeroblob',
  'printf',
  'format',
  'last_insert_rowid',
  'changes',
  'total_changes',
  'sqlite_version',
  'sqlite_source_id',
  'sqlite_compileoption_get',
  'sqlite_offset',
  'edit',
  'eval',
  'pg_sleep',
  'current_setting',
  'query_to_xml',
  'dblink',
  'nextval',
  'LOAD_EXTENSION',
  'constructor',
  '__proto__',
  'toString',
]

const operators = [
  '= 1 or 1 =',
  '; drop table Note; --',
  'in (select word from Ghost) and',
  '=?',
  '',
  'match',
  'regexp',
  'glob',
  '@>',
  '~',
  '->>$.a',
  'union',
  'collate nocase =',
  'constructor',
  '__proto__',
]

const strings: HostileCase[] = [
  ...each('function', [...functions, ...injections], (name) => n.pick(n.call(name, n.ref('title')))),
  ...each(
    'aggregate',
    [...injections, 'group_concat(secret), max', 'load_extension', 'sqlite_version'],
    (name) => n.pick(n.aggregate(name, [n.ref('title')])),
  ),
  ...each('operator', operators, (text) =>
    n.select({ where: n.where(n.binary(n.ref('title'), text, n.value('x'))) }),
  ),
  ...each(
    'operator before',
    ['- (select count(*) from Ghost) -', 'not exists (select 1) and', '', 'exists select'],
    (text) => n.select({ where: n.where(n.unary(text, n.ref('rank'))) }),
  ),
  ...each(
    'type of a cast',
    ['text) from Ghost --', 'integer, secret', 'varchar(1);', '', 'regclass'],
    (type) => n.pick(n.cast(n.ref('title'), type)),
  ),
  ...each(
    'collation',
    ['nocase; --', 'binary desc, secret', 'x"y', 'rtrim asc, (select word from Ghost)'],
    (name) => n.select({ orderBy: n.orderBy(n.orderItem(n.ref('title'), { collation: n.collate(name) })) }),
  ),
  ...each('nulls', ['first, secret', 'last; --', '', 'FIRST--', 1], (nulls) =>
    n.select({ orderBy: n.orderBy(n.orderItem(n.ref('title'), { nulls })) }),
  ),
  ...each('direction', ['desc, secret', 'asc; --', 'desc nulls last, (select word from Ghost)', ''], (text) =>
    n.select({ orderBy: n.orderBy(n.orderItem(n.ref('title'), { direction: n.raw([text]) })) }),
  ),
  ...each(
    'set operation',
    ['union select word from Ghost --', 'minus', '', 'union all select 1 union'],
    (operator) =>
      n.select({
        setOperations: [{ kind: 'SetOperationNode', operator, all: false, expression: n.select() }],
      }),
  ),
  ...each(
    'type of a join',
    [
      'InnerJoin; --',
      'NaturalJoin',
      'LateralInnerJoin',
      'Using',
      'inner join "Ghost" on true',
      'constructor',
    ],
    (type) => n.select({ joins: [n.join(type, n.as(n.table('Remark'), 'r'), n.literal(true))] }),
  ),
  ...each(
    'select modifier',
    ['Distinct; --', 'ForUpdate', 'ForShare', 'NoWait', 'SkipLocked', 'distinct secret,', ''],
    (modifier) => n.select({ frontModifiers: [{ kind: 'SelectModifierNode', modifier }] }),
  ),
  ...each('or …', ['replace', 'rollback', 'fail', 'replace into Ghost --', ''], (action) =>
    n.insert({ id: 1, title: 'x', isPublic: true }, { orAction: { kind: 'OrActionNode', action } }),
  ),
  ...each('format of explain', ['', 'json', 'query plan select word from Ghost; --'], (format) =>
    n.select({ explain: { kind: 'ExplainNode', format } }),
  ),
  ...each('json member', ["a' || (select word from Ghost) || '", 'a"b', 'a\\', "'", '$'], (member) =>
    n.pick({
      kind: 'JSONReferenceNode',
      reference: n.ref('meta'),
      traversal: {
        kind: 'JSONPathNode',
        inOperator: n.operator('->>$'),
        pathLegs: [{ kind: 'JSONPathLegNode', type: 'Member', value: member }],
      },
    }),
  ),
  ...each(
    'json place',
    ["0]' || (select word from Ghost) || '", '#-1]; --', 'last - x', 1.5, -1e21, '1e3'],
    (at) =>
      n.pick({
        kind: 'JSONReferenceNode',
        reference: n.ref('meta'),
        traversal: {
          kind: 'JSONPathNode',
          inOperator: n.operator('->>$'),
          pathLegs: [{ kind: 'JSONPathLegNode', type: 'ArrayLocation', value: at }],
        },
      }),
  ),
  ...each('json operator', ['->> (select word from Ghost) ||', '#>', '?', ''], (operator) =>
    n.pick({
      kind: 'JSONReferenceNode',
      reference: n.ref('meta'),
      traversal: { kind: 'JSONOperatorChainNode', operator: n.operator(operator), values: [n.literal('a')] },
    }),
  ),
  ...each('immediate text', ["it's \\", 'a\u0000b'], (text) => n.pick(n.literal(text)), { harmless: true }),
  ...each(
    'immediate value that is none',
    [[1], { a: 1 }, { kind: 'RawNode', sqlFragments: ['1'], parameters: [] }],
    (given) => n.pick(n.literal(given)),
  ),
  ...each('limit', ['1; --', 'all', -1.5, 1.5, true, [1], null], (given) =>
    n.select({ limit: n.limit(n.literal(given)) }),
  ),
  ...each('limit as a value', ['1', 1.5, true, null, [1]], (given) =>
    n.select({ limit: n.limit(n.value(given)) }),
  ),
]

const raw = refused({
  'at the root': n.raw(['select word from Ghost']),
  'with values': n.raw(['select ', ''], n.value(1)),
  'in a selection': n.pick(n.raw(['(select word from Ghost)'])),
  'in a condition': n.select({ where: n.where(n.raw(['1 = 1 or secret is not null'])) }),
  'as a table': n.selectFrom(n.as(n.raw(['"Ghost"']), 'g'), [n.all]),
  'as an alias': n.selectFrom({ kind: 'AliasNode', node: n.table('Note'), alias: n.raw(['t(a, b)']) }, [
    n.all,
  ]),
  'as the name of a function': n.pick({
    kind: 'FunctionNode',
    func: n.raw(['lower']),
    arguments: [n.ref('title')],
  }),
  'as a limit': n.select({ limit: n.limit(n.raw(['1'])) }),
  'as a set value': n.update([n.set('title', n.raw(['secret']))]),
  'in returning': n.update([n.set('title', n.value('x'))], { returning: n.returning(n.raw(['secret'])) }),
  'as a join condition': n.select({ joins: [n.join('InnerJoin', n.table('Remark'), n.raw(['true or 1']))] }),
  'as an order': n.select({ orderBy: n.orderBy(n.orderItem(n.raw(['secret']))) }),
  'as a group': n.select({ groupBy: n.groupBy(n.raw(['secret'])) }),
  'as values of an insert': n.insert({}, { values: n.raw(['select * from Ghost']) }),
  'as an index of a conflict': n.insert(
    { id: 1, title: 'x', isPublic: true },
    { onConflict: { kind: 'OnConflictNode', indexExpression: n.raw(['secret']), doNothing: true } },
  ),
  'at the end of a select': n.select({
    endModifiers: [{ kind: 'SelectModifierNode', rawModifier: n.raw(['union select word from Ghost']) }],
  }),
  'at the end of an insert': n.insert(
    { id: 60, title: 'x', isPublic: true },
    { endModifiers: [n.raw(['returning secret'])] },
  ),
  'at the end of a delete': n.remove({ endModifiers: [n.raw(['returning secret'])] }),
  'at the end of an update': n.update([n.set('title', n.value('x'))], {
    endModifiers: [n.raw(['returning secret'])],
  }),
  'in front of a select': n.select({
    frontModifiers: [{ kind: 'SelectModifierNode', rawModifier: n.raw(['secret,']) }],
  }),
  'like a json helper, but not quite': n.pick(
    n.raw(
      ['(select coalesce(json_group_array(json_object(', ")), '[]') from Ghost, ", ' as agg)'],
      n.value('a'),
      n.select(),
    ),
  ),
  'a json helper over a table': n.pick(
    n.raw(
      ['(select coalesce(json_group_array(json_object(', ")), '[]') from ", ' as agg)'],
      n.value('a'),
      n.table('Ghost'),
    ),
  ),
  'a json helper over raw': n.pick(
    n.raw(['(select json_object(', ') from ', ' as obj)'], n.raw(["'w', word"]), n.raw(['Ghost'])),
  ),
  'a json object over raw pairs': n.pick(
    n.raw(['json_object(', ')'], n.raw(["'w', (select word from Ghost)"])),
  ),
  'more parameters than places': n.pick(n.raw(['', ''], n.ref('id'), n.ref('secret'))),
  'fewer parameters than places': n.pick(n.raw(['', '', ''], n.ref('id'))),
  'fragments that are no texts': n.pick({
    kind: 'RawNode',
    sqlFragments: [1, {}],
    parameters: [n.ref('id')],
  }),
  'no fragments': n.pick({ kind: 'RawNode', parameters: [] }),
  'a reference by sql.ref to a hidden field': n.pick(n.raw(['', ''], n.ref('secret'))),
  'a table by sql.table as an expression': n.pick(n.raw(['', ''], n.table('Ghost'))),
  'an identifier by sql.id': n.pick(n.raw([''], n.id('secret'))),
  'a join of identifiers': n.pick(n.raw(['', ', ', ''], n.id('secret'), n.id('pin'))),
  'desc in a selection': n.pick(n.raw(['desc'])),
  'a distinct type of cast': n.pick({
    kind: 'CastNode',
    expression: n.ref('title'),
    dataType: n.raw(['text']),
  }),
}).map((one) => ({ ...one, name: `raw: ${one.name}` }))

export const stringCases: readonly HostileCase[] = [...strings, ...raw]
