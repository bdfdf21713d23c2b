/** What is no query at all: of other kinds, shapes, sizes, depths, versions. */

import { each, type HostileCase, refused } from './case.ts'
import * as n from './nodes.ts'

const text = (tree: unknown, params: unknown = []) => ({
  tree: typeof tree === 'string' ? tree : JSON.stringify(tree),
  params,
})
const plain =
  '{"kind":"SelectQueryNode","from":{"kind":"FromNode","froms":[{"kind":"TableNode","table":{"kind":"SchemableIdentifierNode","identifier":{"kind":"IdentifierNode","name":"Note"}}}]},"selections":[{"kind":"SelectionNode","selection":{"kind":"SelectAllNode"}}]}'
const withProperty = (property: string) => `${plain.slice(0, -1)},${property}}`
const condition = (right: string) =>
  `${plain.slice(0, -1)},"where":{"kind":"WhereNode","where":{"kind":"BinaryOperationNode","leftOperand":{"kind":"ReferenceNode","column":{"kind":"ColumnNode","column":{"kind":"IdentifierNode","name":"id"}}},"operator":{"kind":"OperatorNode","operator":"="},"rightOperand":${right}}}}`

/** Taken for what they are: an unknown shape, a value that finds nothing, a value that nobody asks for. */
const mild = new Set([
  'a shape that is no number',
  'a shape of infinity',
  'a shape that is a fraction',
  'a param that nobody uses',
  'a value and a param',
  'a param that is an object',
  'a param that is a list',
  'a param that is a Map',
])

const sent: HostileCase[] = Object.entries({
  nothing: undefined,
  null: null,
  'a text': plain,
  'a list': [plain],
  'an object of nothing': {},
  'a tree that is no text': { tree: JSON.parse(plain), params: [] },
  'no params': { tree: plain },
  'params that are no list': { tree: plain, params: { length: 0 } },
  'a tree and a shape': { tree: plain, shape: 1, params: [] },
  'a property too many': { tree: plain, params: [], role: 'god' },
  'a shape that is no number': { shape: 'x', params: [] },
  'a shape of infinity': { shape: Number.POSITIVE_INFINITY, params: [] },
  'a shape that is a fraction': { shape: 1.5, params: [] },
  'no JSON': text('{"kind":'),
  'JSON of two values': text(`${plain}${plain}`),
  'a tree that is a number': text('1'),
  'a tree that is null': text('null'),
  'a tree that is a list': text(`[${plain}]`),
  'an empty tree': text('{}'),
  'an unknown kind': text('{"kind":"HackNode"}'),
  'a kind that is no text': text('{"kind":["SelectQueryNode"]}'),
  'a kind of Object': text('{"kind":"constructor"}'),
  'a kind __proto__': text('{"kind":"__proto__"}'),
  '__proto__ as a key': text(withProperty('"__proto__":{"kind":"x"}')),
  '__proto__ in a nested node': text(
    condition('{"kind":"ValueNode","param":0,"__proto__":{"immediate":true,"value":1}}'),
    [1],
  ),
  'constructor as a key': text(withProperty('"constructor":{"prototype":{}}')),
  'an unknown property': text(withProperty('"extra":1')),
  'a property of another version': text(withProperty('"qualify":{"kind":"WhereNode"}')),
  'a param that is not there': text(condition('{"kind":"ValueNode","param":1}'), [1]),
  'a param below zero': text(condition('{"kind":"ValueNode","param":-1}'), [1]),
  'a param that is a text': text(condition('{"kind":"ValueNode","param":"0"}'), [1]),
  'a param that is a fraction': text(condition('{"kind":"ValueNode","param":0.5}'), [1]),
  'a param named length': text(condition('{"kind":"ValueNode","param":"length"}'), [1]),
  'a param that is used twice': text(
    condition(
      '{"kind":"TupleNode","values":[{"kind":"ValueNode","param":0},{"kind":"ValueNode","param":0}]}',
    ),
    [1],
  ),
  'a param that nobody uses': text(plain, [1]),
  'a count beyond the params': text(condition('{"kind":"PrimitiveValueListNode","param":0,"count":9}'), [1]),
  'a count below zero': text(condition('{"kind":"PrimitiveValueListNode","param":0,"count":-1}'), [1]),
  'a count beyond all bounds': text(
    condition('{"kind":"PrimitiveValueListNode","param":0,"count":1e15}'),
    [1],
  ),
  'a value and a param': text(condition('{"kind":"ValueNode","param":0,"value":1,"immediate":true}'), [1]),
  'a value that is not immediate': text(condition('{"kind":"ValueNode","value":1}')),
  'a param that is an object': text(condition('{"kind":"ValueNode","param":0}'), [{ a: 1 }]),
  'a param that is a list': text(condition('{"kind":"ValueNode","param":0}'), [[1, 2]]),
  'a param that is a Map': text(condition('{"kind":"ValueNode","param":0}'), [new Map()]),
  'a param that is NaN': text(condition('{"kind":"ValueNode","param":0}'), [Number.NaN]),
  'a param that is infinite': text(condition('{"kind":"ValueNode","param":0}'), [Number.POSITIVE_INFINITY]),
  'a param that is undefined': text(condition('{"kind":"ValueNode","param":0}'), [undefined]),
  'a param beyond 64 bits': text(condition('{"kind":"ValueNode","param":0}'), [2n ** 70n]),
  'a text beyond all bounds': { tree: plain + ' '.repeat(4_000_000), params: [] },
  'a tree 10,000 deep': text(
    condition(
      `${'{"kind":"ParensNode","node":'.repeat(10_000)}{"kind":"ValueNode","param":0}${'}'.repeat(10_000)}`,
    ),
    [1],
  ),
  'JSON 100,000 deep': text('['.repeat(100_000)),
  'JSON 100,000 deep, and closed': text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  'selects 40 deep': text(
    `${plain.replace('{"kind":"TableNode","table":{"kind":"SchemableIdentifierNode","identifier":{"kind":"IdentifierNode","name":"Note"}}}', '§')}`.split(
      '§',
    ).length === 2
      ? Array.from({ length: 40 }).reduce<string>(
          (inner) =>
            plain.replace(
              /\{"kind":"TableNode".*?"Note"\}\}\}/,
              `{"kind":"AliasNode","node":${inner},"alias":{"kind":"IdentifierNode","name":"d"}}`,
            ),
          plain,
        )
      : '',
  ),
  '6,000 nodes': text(
    condition(
      `{"kind":"ValueListNode","values":[${Array.from({ length: 6_000 }, () => '{"kind":"ValueNode","value":1,"immediate":true}').join(',')}]}`,
    ),
  ),
}).map(([name, given]) => ({ name: `sent: ${name}`, sent: given, ...(mild.has(name) && { harmless: true }) }))

const names: HostileCase[] = [
  ...each(
    'name of a column',
    [
      '',
      'a\u0000b',
      'x'.repeat(64),
      'ü'.repeat(40),
      '__proto__',
      'constructor',
      '"',
      'id"',
      "id'",
      'id; --',
      'id\n',
      '*',
      null,
      1,
      ['id'],
      { name: 'id' },
    ],
    (name) =>
      n.select({
        selections: [
          n.selection({ kind: 'ReferenceNode', column: { kind: 'ColumnNode', column: n.id(name) } }),
        ],
      }),
  ),
  ...each(
    'alias of a column',
    ['', 'a\u0000b', 'x'.repeat(64), 'ü'.repeat(40), '__proto__', null, 1],
    (name) => n.select({ selections: [n.selection(n.as(n.ref('id'), name))] }),
  ),
  ...each('alias of a table', ['', 'a\u0000b', 'x'.repeat(64), '__proto__', null], (name) =>
    n.selectFrom(n.as(n.table('Note'), name), [n.all]),
  ),
]

const shapes = refused({
  'a select as a set of nothing': { kind: 'SelectQueryNode' },
  'no selections': { kind: 'SelectQueryNode', from: n.from(n.table('Note')), selections: [] },
  'no tables': { kind: 'SelectQueryNode', from: n.from(), selections: [n.selection(n.all)] },
  'selections that are no list': {
    kind: 'SelectQueryNode',
    from: n.from(n.table('Note')),
    selections: n.all,
  },
  'a selection that is no selection': {
    kind: 'SelectQueryNode',
    from: n.from(n.table('Note')),
    selections: [n.all],
  },
  'a where that is no where': n.select({ where: n.ref('isPublic') }),
  'a where without a condition': n.select({ where: { kind: 'WhereNode' } }),
  'an order without items': n.select({ orderBy: { kind: 'OrderByNode' } }),
  'a join without a table': n.select({ joins: [{ kind: 'JoinNode', joinType: 'InnerJoin' }] }),
  'a between without an and': n.select({ where: n.where(n.binary(n.ref('id'), 'between', n.value(1))) }),
  'an in without a list': n.select({ where: n.where(n.binary(n.ref('id'), 'in', n.value(1))) }),
  'a case without cases': n.pick({ kind: 'CaseNode' }),
  'a case whose case is none': n.pick({ kind: 'CaseNode', when: [n.value(1)] }),
  'arguments that are no list': n.pick({ kind: 'FunctionNode', func: 'lower', arguments: n.ref('title') }),
  'a function without arguments': n.pick({ kind: 'FunctionNode', func: 'lower' }),
  'too many arguments': n.pick(n.call('lower', n.ref('title'), n.ref('title'))),
  'a union of other width': n.select({
    setOperations: [
      {
        kind: 'SetOperationNode',
        operator: 'union',
        all: false,
        expression: n.selectFrom(n.table('Note'), [n.ref('id'), n.ref('title')]),
      },
    ],
  }),
  'a subquery of two columns as a value': n.pick(
    n.selectFrom(n.table('Note'), [n.ref('id'), n.ref('title')]),
  ),
  'an aggregate in a where': n.select({
    where: n.where(n.binary(n.aggregate('count', [n.all]), '>', n.value(0))),
  }),
  'a window in a where': n.select({
    where: n.where(n.binary(n.aggregate('rank', [], { over: n.over() }), '>', n.value(0))),
  }),
  'a set operation that is none': n.select({ setOperations: [n.select()] }),
  'distinct on': n.select({ distinctOn: [n.ref('title')] }),
  fetch: n.select({ fetch: { kind: 'FetchNode', rowCount: n.value(1), modifier: 'only' } }),
  'within a group': n.pick(
    n.aggregate('max', [n.ref('id')], { withinGroup: n.orderBy(n.orderItem(n.ref('id'))) }),
  ),
  ...Object.fromEntries(
    [
      'CreateTableNode',
      'DropTableNode',
      'AlterTableNode',
      'CreateIndexNode',
      'DropIndexNode',
      'CreateViewNode',
      'DropViewNode',
      'CreateSchemaNode',
      'DropSchemaNode',
      'CreateTypeNode',
      'DropTypeNode',
      'AlterTypeNode',
      'RefreshMaterializedViewNode',
      'AddColumnNode',
      'ExplainNode',
      'IdentifierNode',
      'ValueNode',
      'ParensNode',
      'TableNode',
      'WithNode',
    ].map((kind) => [`${kind} at the root`, { kind, table: n.table('Note'), name: n.id('x') }]),
  ),
}).map((one) => ({ ...one, name: `shape: ${one.name}` }))

const deep = refused({
  'parentheses 400 deep': n.select({
    where: n.where(n.nested(400, n.parens, n.binary(n.ref('id'), '=', n.value(1)))),
  }),
  'and 900 deep': n.select({
    where: n.where(n.nested(400, (node) => n.and(node, n.literal(true)), n.literal(true))),
  }),
  'functions 400 deep': n.pick(n.nested(400, (node) => n.call('lower', node), n.ref('title'))),
  'twelve tables': n.select({
    joins: Array.from({ length: 12 }, (_, at) => n.join('CrossJoin', n.as(n.table('Note'), `j${at}`))),
  }),
}).map((one) => ({ ...one, name: `deep: ${one.name}` }))

export const malformedCases: readonly HostileCase[] = [...sent, ...names, ...shapes, ...deep]
