/** Queries of Kysely as the trees they are: what they find under rules, what they write, what is refused. */

import * as n from '../../kysely/hostile/nodes.ts'
import type { CallStep, Case, Json, Topic } from '../case.ts'

const all = ['create', 'read', 'update', 'delete']
const rules = [
  { entity: 'Box', roles: ['god', 'supergod'], operations: all },
  { entity: 'Item', roles: ['god', 'supergod'], operations: all },
  { entity: 'Box', roles: ['user'], operations: ['read'], rowFilter: 'level < 5' },
  {
    entity: 'Item',
    roles: ['user'],
    operations: all,
    rowFilter: 'box.level < 5',
    fields: { read: ['id', 'name', 'level', 'isOpen', 'boxId'], write: ['name', 'level', 'isOpen', 'boxId'] },
  },
]

const given: CallStep[] = [
  { as: 'god', call: ['Box.create', { name: 'low', level: 1 }], save: 'low' },
  { as: 'god', call: ['Box.create', { name: 'high', level: 9 }], save: 'high' },
  ...[
    { name: 'a', word: 'secret', level: 1, isOpen: true, boxId: '$low.id' },
    { name: 'b', word: 'secret', level: 2, isOpen: false, boxId: '$low.id' },
    { name: 'c', word: 'secret', level: 3, isOpen: true, boxId: '$high.id' },
  ].map((row): CallStep => ({ as: 'god', call: ['Item.create', row], save: row.name })),
]

const run = (as: string, tree: n.Node, more: object): CallStep => ({
  as,
  call: ['kysely', tree as unknown as Json],
  ...more,
})
const found = (...rows: readonly Json[]) => ({ expect: { rows } })
const written = (affected: number, ...rows: readonly Json[]) => ({ expect: { rows, affected } })
const item = (...selected: readonly n.Node[]) => n.selectFrom(n.table('Item'), selected)
const names = (more: object = {}) =>
  n.selectFrom(n.table('Item'), [n.ref('name')], { orderBy: n.orderBy(n.orderItem(n.ref('name'))), ...more })
const named = (name: string) => n.where(n.binary(n.ref('name'), '=', n.value(name)))
const one = (name: string, steps: readonly CallStep[]): Case => ({
  name,
  schema: 'shelf',
  rules,
  given,
  steps,
})
const count = n.as(n.aggregate('count', [n.all]), 'count')

const reads = [
  one('a select finds the rows and columns that the caller may read', [
    run(
      'user',
      n.selectFrom(n.table('Item'), [n.all], { orderBy: n.orderBy(n.orderItem(n.ref('name'))) }),
      found(
        { id: '$a.id', name: 'a', level: 1, isOpen: true, boxId: '$low.id' },
        { id: '$b.id', name: 'b', level: 2, isOpen: false, boxId: '$low.id' },
      ),
    ),
    run('god', names(), found({ name: 'a' }, { name: 'b' }, { name: 'c' })),
  ]),
  one('each value once in an average', [
    run(
      'god',
      n.selectFrom(
        n.table('Box'),
        [
          n.as(n.aggregate('avg', [n.ref('Item.level')]), 'all'),
          n.as(n.aggregate('avg', [n.ref('Item.level')], { distinct: true }), 'each'),
        ],
        {
          joins: [
            n.join('InnerJoin', n.table('Item'), n.binary(n.ref('Box.level'), '>=', n.ref('Item.level'))),
          ],
        },
      ),
      found({ all: 1.75, each: 2 }),
    ),
  ]),
  one('hidden rows are not counted, joined or looked for', [
    run('user', item(count), found({ count: 2 })),
    run('user', names({ where: named('c') }), found()),
    run(
      'user',
      n.selectFrom(
        n.table('Box'),
        [n.as(n.ref('Box.name'), 'box'), n.as(n.aggregate('count', [n.ref('Item.id')]), 'items')],
        {
          joins: [n.join('LeftJoin', n.table('Item'), n.binary(n.ref('Item.boxId'), '=', n.ref('Box.id')))],
          groupBy: n.groupBy(n.ref('Box.id')),
        },
      ),
      found({ box: 'low', items: 2 }),
    ),
    run(
      'user',
      n.selectFrom(n.table('Box'), [n.ref('name')], {
        where: n.where(n.unary('exists', item(n.literal(1)))),
      }),
      found({ name: 'low' }),
    ),
  ]),
  one('a CTE hides the table of its name from the query, and from no rule', [
    run(
      'user',
      {
        ...names(),
        with: n.withCtes(
          n.cte(
            'Box',
            n.selectFrom(n.as(n.table('Item'), 'i'), [
              n.as(n.ref('i.boxId'), 'id'),
              n.as(n.literal(1), 'level'),
            ]),
          ),
        ),
      },
      found({ name: 'a' }, { name: 'b' }),
    ),
    run(
      'user',
      {
        ...n.selectFrom(n.table('Item'), [n.ref('level')]),
        with: n.withCtes(
          n.cte('Item', n.selectFrom(n.table('Item'), [n.ref('level')], { where: named('a') })),
        ),
      },
      found({ level: 1 }),
    ),
  ]),
  one('values are decoded by where they come from', [
    run(
      'user',
      n.selectFrom(
        n.as(n.selectFrom(n.table('Item'), [n.as(n.ref('isOpen'), 'x')], { where: named('a') }), 'd'),
        [n.as(n.ref('d.x'), 'y')],
      ),
      found({ y: true }),
    ),
  ]),
  one('a union joins what may be read of both', [
    run(
      'user',
      names({
        setOperations: [
          {
            kind: 'SetOperationNode',
            operator: 'union',
            all: false,
            expression: n.selectFrom(n.table('Box'), [n.ref('name')]),
          },
        ],
      }),
      found({ name: 'a' }, { name: 'b' }, { name: 'low' }),
    ),
  ]),
  one('a column that may not be read is FORBIDDEN wherever it stands', [
    run('user', item(n.ref('word')), { error: 'FORBIDDEN' }),
    run('user', names({ where: n.where(n.binary(n.ref('word'), '=', n.value('secret'))) }), {
      error: 'FORBIDDEN',
      absent: ['secret'],
    }),
    run('user', names({ orderBy: n.orderBy(n.orderItem(n.ref('word'))) }), { error: 'FORBIDDEN' }),
    run('user', item(n.as(n.aggregate('max', [n.ref('word')]), 'm')), { error: 'FORBIDDEN' }),
    run(
      'user',
      n.selectFrom(n.table('Box'), [
        n.as(n.selectFrom(n.table('Item'), [n.ref('word')], { limit: n.limit(n.value(1)) }), 'w'),
      ]),
      { error: 'FORBIDDEN' },
    ),
  ]),
  one('an entity without a rule is FORBIDDEN, one that there is not is a VALIDATION_ERROR', [
    run('admin', names(), { error: 'FORBIDDEN' }),
    run('public', names(), { error: 'FORBIDDEN' }),
    run('user', n.selectFrom(n.table('Nothing'), [n.all]), { error: 'VALIDATION_ERROR' }),
  ]),
]

const into = (row: { readonly [field: string]: Json }, more: object = {}): n.Node => ({
  ...n.insert(row),
  into: n.table('Item'),
  ...more,
})
const set = (updates: readonly n.Node[], more: object = {}): n.Node => ({
  ...n.update(updates),
  table: n.table('Item'),
  ...more,
})
const remove = (more: object = {}): n.Node => ({ ...n.remove(more), from: n.from(n.table('Item')) })

const writes = [
  one('an insert gives what was asked for of the row, with its defaults', [
    run(
      'user',
      into({ name: 'd', boxId: '$low.id' }, { returning: n.returning(n.ref('name'), n.ref('level')) }),
      written(1, { name: 'd', level: null }),
    ),
    { as: 'god', call: ['Item.count'], expect: 4 },
  ]),
  one('an insert that the check refuses is FORBIDDEN', [
    run('user', into({ name: 'd' }), { error: 'FORBIDDEN' }),
    run('user', into({ name: 'd', boxId: '$low.id', word: 'mine' }), { error: 'FORBIDDEN' }),
  ]),
  one('an update changes the rows that may be changed, and no others', [
    run('user', set([n.set('level', n.binary(n.ref('level'), '+', n.value(10)))]), written(2)),
    {
      as: 'god',
      call: ['Item.list', { sort: { name: 'asc' }, select: ['level'] }],
      expect: { data: { $column: 'level', $values: [11, 12, 3] } },
    },
  ]),
  one('an update that takes a row out of sight is FORBIDDEN, and nothing is stored', [
    run('user', set([n.set('boxId', n.value(null))], { where: named('a') }), { error: 'FORBIDDEN' }),
  ]),
  one('a delete reaches the rows that may be deleted, and no others', [
    run('user', remove({ returning: n.returning(n.ref('name')) }), { expect: { affected: 2 } }),
    {
      as: 'god',
      call: ['Item.list', { select: ['name'] }],
      expect: { data: { $column: 'name', $values: ['c'] } },
    },
  ]),
  one('a hidden column is not found by a condition of a delete, however deep', [
    run(
      'user',
      remove({
        where: n.where(
          n.binary(
            n.ref('id'),
            'in',
            n.selectFrom(n.as(n.table('Item'), 'x'), [n.ref('x.id')], {
              where: n.where(n.binary(n.ref('Item.word'), '=', n.value('secret'))),
            }),
          ),
        ),
      }),
      { error: 'FORBIDDEN' },
    ),
  ]),
  one('a write is one entry of the audit log, with the rows it was about', [
    run('user', set([n.set('level', n.value(7))], { where: named('a') }), {
      ...written(1),
      audit: [{ entity: 'Item', operation: 'update', rowIds: ['$a.id'], success: true }],
    }),
  ]),
  one('a unique value that is taken is a CONFLICT, of a hidden row too', [
    run('user', into({ name: 'a', boxId: '$low.id' }), { error: 'CONFLICT' }),
    run('user', into({ name: 'c', boxId: '$low.id' }), { error: 'CONFLICT' }),
  ]),
]

const refusals: Readonly<Record<string, n.Node>> = {
  'raw SQL': n.raw(['select 1']),
  'raw SQL in a condition': names({ where: n.where(n.raw(['1 = 1'])) }),
  'a table that is made': { kind: 'CreateTableNode', table: n.table('x'), columns: [] },
  'a table that is dropped': { kind: 'DropTableNode', table: n.table('Item') },
  replace: into({ name: 'a', boxId: '$low.id' }, { replace: true }),
  explain: names({ explain: { kind: 'ExplainNode' } }),
  'a write in a CTE': {
    ...n.selectFrom(n.table('x'), [n.all]),
    with: n.withCtes(n.cte('x', remove({ returning: n.returning(n.ref('id')) }))),
  },
}
const capabilities = Object.entries(refusals).map(([name, tree]) =>
  one(`${name} is not supported, for nobody`, [
    run('user', tree, { error: 'CAPABILITY_NOT_SUPPORTED' }),
    run('supergod', tree, { error: 'CAPABILITY_NOT_SUPPORTED' }),
  ]),
)

const malformed = [
  ['an unknown kind', { kind: 'HackNode' }],
  ['an unknown property', { ...names(), extra: 1 }],
  ["an operator of one's own", names({ where: n.where(n.binary(n.ref('name'), '= 1 or 1 =', n.value(1))) })],
  ['a function that is not on the list', item(n.as(n.call('load_extension', n.value('x')), 'y'))],
  ['a name with NUL', item(n.as(n.ref('name'), 'a\u0000b'))],
  ['a list that is a table', names({ where: n.where(n.binary(n.ref('id'), 'in', n.table('Box'))) })],
] as const
const bad = malformed.map(([name, tree]) =>
  one(`${name} is refused, and says nothing of rows`, [
    run('user', tree, { error: 'VALIDATION_ERROR', absent: ['secret', 'SQLITE'] }),
  ]),
)

export const kysely: Topic = { topic: 'kysely', cases: [...reads, ...writes, ...capabilities, ...bad] }
