/** Live results of Kysely's selects: first rows, changes, rules, refusals. */

import * as n from '../../kysely/hostile/nodes.ts'
import type { CallStep, Case, Json, Step, Topic, WatchStep } from '../case.ts'

const all = ['create', 'read', 'update', 'delete']
const rules = [
  { entity: 'Box', roles: ['god'], operations: all },
  { entity: 'Item', roles: ['god'], operations: all },
  { entity: 'Box', roles: ['user'], operations: ['read'], rowFilter: 'level < 5' },
  {
    entity: 'Item',
    roles: ['user'],
    operations: all,
    rowFilter: 'box.level < 5',
    fields: { read: ['id', 'name', 'level', 'boxId'], write: ['name', 'level', 'boxId'] },
  },
]
const given: CallStep[] = [
  { as: 'god', call: ['Box.create', { name: 'low', level: 1 }], save: 'low' },
  { as: 'god', call: ['Box.create', { name: 'high', level: 9 }], save: 'high' },
  { as: 'god', call: ['Item.create', { name: 'a', level: 1, word: 'secret', boxId: '$low.id' }], save: 'a' },
  { as: 'god', call: ['Item.create', { name: 'b', level: 2, word: 'secret', boxId: '$high.id' }], save: 'b' },
]
const one = (name: string, steps: readonly Step[]): Case => ({ name, schema: 'shelf', rules, given, steps })
const watch = (as: string, tree: n.Node, more: object = {}): WatchStep => ({
  as,
  watch: ['kysely', tree as unknown as Json],
  save: 'feed',
  ...more,
})
const write = (call: CallStep['call'], ...feed: readonly Json[]): CallStep => ({
  as: 'god',
  call,
  events: { feed },
})

const byName = { orderBy: n.orderBy(n.orderItem(n.ref('name'))) }
const keyed = n.selectFrom(n.table('Item'), [n.ref('id'), n.ref('name')], byName)
const names = n.selectFrom(n.table('Item'), [n.ref('name')], byName)
const count = n.as(n.aggregate('count', [n.all]), 'count')
const perBox = n.selectFrom(
  n.table('Box'),
  [n.as(n.ref('Box.name'), 'box'), n.as(n.aggregate('count', [n.ref('Item.id')]), 'items')],
  {
    joins: [n.join('LeftJoin', n.table('Item'), n.binary(n.ref('Item.boxId'), '=', n.ref('Box.id')))],
    groupBy: n.groupBy(n.ref('Box.id')),
    orderBy: n.orderBy(n.orderItem(n.ref('Box.name'))),
  },
)
const asked = (name: string) =>
  n.selectFrom(n.table('Item'), [n.ref('id'), n.ref('level')], {
    where: n.where(n.binary(n.ref('name'), '=', n.value(name))),
  })

const changes = [
  one('begin with the rows that the select gives', [
    watch('god', keyed, {
      expect: [
        { id: '$a.id', name: 'a' },
        { id: '$b.id', name: 'b' },
      ],
    }),
    watch('user', keyed, { expect: [{ id: '$a.id', name: 'a' }], absent: ['$b.id'] }),
  ]),
  one('tell rows with their key by it', [
    watch('god', keyed),
    write(['Item.create', { name: 'c', boxId: '$low.id' }], {
      rows: { $column: 'name', $values: ['a', 'b', 'c'] },
      added: [{ name: 'c' }],
      removed: [],
      changed: [],
    }),
    write(['Item.update', '$a.id', { name: 'd' }], {
      rows: { $column: 'name', $values: ['b', 'c', 'd'] },
      added: [],
      removed: [],
      changed: [{ id: '$a.id', name: 'd' }],
      moved: [{ id: '$a.id', from: 0, to: 2 }],
    }),
    write(['Item.delete', '$b.id'], { removed: ['$b.id'], changed: [] }),
  ]),
  one('tell rows without a key by what they hold: one goes, another comes', [
    watch('god', names),
    write(['Item.update', '$a.id', { name: 'z' }], {
      rows: [{ name: 'b' }, { name: 'z' }],
      added: [{ name: 'z' }],
      removed: [0],
      changed: [],
    }),
  ]),
  one('follow joins, groups and counts', [
    watch('god', perBox, {
      expect: [
        { box: 'high', items: 1 },
        { box: 'low', items: 1 },
      ],
    }),
    write(['Item.update', '$b.id', { boxId: '$low.id' }], {
      rows: [
        { box: 'high', items: 0 },
        { box: 'low', items: 2 },
      ],
    }),
    write(['Box.create', { name: 'mid', level: 4 }], { added: [{ box: 'mid', items: 0 }], removed: [] }),
  ]),
  one('follow a count', [
    watch('user', n.selectFrom(n.table('Item'), [count]), { expect: [{ count: 1 }] }),
    write(['Item.create', { name: 'c', boxId: '$high.id' }]),
    write(['Item.create', { name: 'd', boxId: '$low.id' }], { rows: [{ count: 2 }] }),
  ]),
  one('hear nothing of fields and rows that they do not ask for', [
    watch('god', asked('a')),
    write(['Item.update', '$b.id', { level: 5 }]),
    write(['Item.update', '$a.id', { amount: 5 }]),
    write(['Item.update', '$a.id', { level: 5 }], { changed: [{ id: '$a.id', level: 5 }] }),
    write(['Item.update', '$a.id', { name: 'x' }], { rows: [], removed: ['$a.id'] }),
    write(['Item.update', '$b.id', { name: 'a' }], { added: [{ id: '$b.id', level: 5 }] }),
  ]),
  one('are told once of many writes', [
    watch('god', names),
    write(['Item.updateMany', { level: { gte: 1 } }, { level: 7 }]),
    write(['Item.deleteMany', { level: 7 }], { rows: [], removed: [0, 1] }),
  ]),
]

const access = [
  one('hear nothing of rows that a rule hides', [
    watch('user', keyed),
    write(['Item.update', '$b.id', { name: 'hidden' }]),
    write(['Item.create', { name: 'c', boxId: '$high.id' }]),
  ]),
  one('a row comes and goes with the row that its rule looks at', [
    watch('user', keyed, { expect: [{ name: 'a' }] }),
    write(['Box.update', '$high.id', { level: 2 }], { added: [{ id: '$b.id', name: 'b' }], removed: [] }),
    write(['Box.update', '$low.id', { level: 8 }], { added: [], removed: ['$a.id'] }),
  ]),
  one('a row comes and goes with its own fields', [
    watch('user', keyed, { expect: [{ name: 'a' }] }),
    write(['Item.update', '$a.id', { boxId: '$high.id' }], { rows: [], removed: ['$a.id'] }),
    write(['Item.update', '$b.id', { boxId: '$low.id' }], { rows: [{ id: '$b.id', name: 'b' }] }),
  ]),
]

const end = [
  one('hear nothing after their end', [
    watch('god', names),
    { unwatch: 'feed' },
    write(['Item.create', { name: 'c', boxId: '$low.id' }]),
  ]),
]

const refusals: readonly (readonly [string, string, n.Node, string])[] = [
  ['an entity that the role may not read', 'public', names, 'FORBIDDEN'],
  ['a field that it may not read', 'user', n.selectFrom(n.table('Item'), [n.ref('word')]), 'FORBIDDEN'],
  [
    'such a field in a condition',
    'user',
    n.selectFrom(n.table('Item'), [n.ref('id')], {
      where: n.where(n.binary(n.ref('word'), '=', n.value('secret'))),
    }),
    'FORBIDDEN',
  ],
  ['a table that is none', 'god', n.selectFrom(n.table('sqlite_master'), [n.all]), 'VALIDATION_ERROR'],
  ['an unknown kind', 'god', { kind: 'HackNode' }, 'VALIDATION_ERROR'],
  ['raw SQL', 'god', n.raw(['select 1']), 'CAPABILITY_NOT_SUPPORTED'],
  ['an insert', 'god', n.insert({ name: 'c' }, { into: n.table('Item') }), 'CAPABILITY_NOT_SUPPORTED'],
  ['a delete', 'god', { kind: 'DeleteQueryNode', from: n.from(n.table('Item')) }, 'CAPABILITY_NOT_SUPPORTED'],
]
const refused = refusals.map(([name, as, tree, error]) =>
  one(`${name} is refused`, [watch(as, tree, { error, absent: ['secret', 'SQLITE'] })]),
)

export const liveKysely: Topic = {
  topic: 'live queries of kysely',
  cases: [...changes, ...access, ...end, ...refused],
}
