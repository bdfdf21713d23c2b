/** Live results of Kysely's selects through the engine's own door: what is told to whom, and what it costs the database. */

import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, test } from 'vitest'
import type { Driver } from '../../src/drivers/driver.ts'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { runSync } from '../../src/engine/work.ts'
import { encodeQuery } from '../../src/kysely/encode.ts'
import type { Event } from '../../src/protocol/event.ts'
import { type PackedRows, type Row, unpackRows } from '../../src/protocol/rows.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { introspectSqlite } from '../../src/schema/introspect/introspect-sqlite.ts'
import { openTestEngine, principalOf, type TestCaller } from '../support/engine.ts'
import { type Any, builder } from './support/scope.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const start = Date.parse('2026-01-15T10:30:00.000Z')
const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const mine = uuid(50)

const schema = defineSchema({
  Team: {
    fields: { id: f.id(), name: f.string(), isOpen: f.boolean({ default: false }) },
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user', 'admin'], operations: ['read'], fields: { read: ['id', 'name'] } },
    ],
  },
  Event: {
    fields: { id: f.id(), name: f.string(), at: f.datetime() },
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user'], operations: ['read'], rowFilter: 'at > $now' },
    ],
  },
  /** Its rule hangs on a related row, and on no time. */
  Remark: {
    fields: { id: f.id(), text: f.string(), teamId: f.uuid({ references: 'Team.id', onDelete: 'cascade' }) },
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user', 'admin'], operations: ['read'], rowFilter: 'team.isOpen = true' },
    ],
  },
  Note: {
    fields: {
      id: f.id(),
      title: f.string({ default: '' }),
      rank: f.integer({ default: 0 }),
      data: f.json({ default: {} }),
      secret: f.string({ hidden: true }),
      ownerId: f.uuid(),
      teamId: f.uuid({ references: 'Team.id', onDelete: 'cascade' }),
      until: f.datetime({ nullable: true }),
    },
    ttl: 'until',
    rules: [
      { roles: ['god'], operations: all },
      { roles: ['user'], operations: all, rowFilter: 'ownerId = $user.id' },
      { roles: ['admin'], operations: ['read'], rowFilter: 'team.isOpen = true' },
    ],
  },
})

const notes = (alias = 'Note') => builder.selectFrom(`Note as ${alias}`) as Any
const encoded = (query: Any) => encodeQuery(query.toOperationNode())
const open = (caller: TestCaller, query: Any, id = 1) => caller.call('live.select', encoded(query), id)
const create = async (caller: TestCaller, values: Row = {}, entity = 'Note') =>
  (await caller.call('create', entity, values)) as Row & { id: string }

const eventsOf = ({ events }: TestCaller, id = 1) =>
  events.filter((event) => event.type === 'live' && event.subscription === id)
const errorsOf = ({ events }: TestCaller) =>
  events.flatMap((event) => (event.type === 'liveError' ? [[event.subscription, event.error.code]] : []))

/** What was told since, in short: rows that came, ids or places that went, rows that are others. */
function told(event: Event | undefined) {
  if (event?.type !== 'live' || 'whole' in event) return event
  const { added, removed, changed, moved } = event.change
  return { added: unpackRows(added), removed, changed: unpackRows(changed), moved }
}
const wholeOf = (event: Event | undefined): Row[] => unpackRows((event as { whole: PackedRows }).whole)

/** How often a select of a caller's reads the tables, while `work` runs. */
async function runsOf(driver: Driver, work: () => Promise<unknown>): Promise<number> {
  let runs = 0
  const connection = await driver.acquire()
  const { execute } = connection
  connection.execute = (statement, parameters, deadline, most) => {
    // The name that the first source of a tree gets.
    if (/"s\$\d+"/.test(statement.sql)) runs++
    return execute.call(connection, statement, parameters, deadline, most)
  }
  await work()
  connection.execute = execute
  return runs
}

describe('a select of one table with its key', () => {
  it('tells rows by their id, under the name that it gives the key', async () => {
    const god = (await openTestEngine({ schema })).as('god')
    await open(god, notes('n').select(['n.id as note', 'n.title']).orderBy('n.title'))
    expect(god.events[0]).toMatchObject({ whole: { fields: ['note', 'title'], values: [] }, key: ['note'] })
    const a = await create(god, { title: 'a' })
    const b = await create(god, { title: 'b' })
    expect(told(god.events[2])).toMatchObject({
      added: [{ note: b.id, title: 'b' }],
      removed: [],
      changed: [],
    })
    await god.call('update', 'Note', a.id, { title: 'c' })
    expect(told(god.events[3])).toEqual({
      added: [],
      removed: [],
      changed: [{ note: a.id, title: 'c' }],
      moved: [{ id: a.id, from: 0, to: 1 }],
    })
    await god.call('delete', 'Note', b.id)
    expect(told(god.events[4])).toMatchObject({ removed: [b.id] })
    expect(god.events).toHaveLength(5)
  })

  it('goes on over a window with a limit', async () => {
    const god = (await openTestEngine({ schema })).as('god')
    for (const rank of [1, 2, 3]) await create(god, { title: `${rank}`, rank })
    await open(god, notes().select(['id', 'rank']).orderBy('rank').limit(2))
    await create(god, { rank: 0 })
    expect(told(god.events[1])).toMatchObject({ added: [{ rank: 0 }], removed: [expect.any(String)] })
  })
})

describe('rows without a key', () => {
  it('are added and removed, never changed; what is removed or moved is told by its place', async () => {
    const god = (await openTestEngine({ schema })).as('god')
    const [first] = [await create(god, { title: 'a', data: { deep: { list: [1] } } })]
    await create(god, { title: 'a', data: { deep: { list: [1] } } })
    await create(god, { title: 'b' })
    await open(god, notes().select(['title', 'data']).orderBy('title'))
    expect(god.events[0]).toMatchObject({ key: [] })
    await god.call('update', 'Note', first?.id, { data: { deep: { list: [2] } } })
    expect(told(god.events[1])).toMatchObject({
      added: [{ title: 'a', data: { deep: { list: [2] } } }],
      removed: [expect.any(Number)],
      changed: [],
    })
    await god.call('updateMany', 'Note', { title: 'b' }, { title: '' })
    expect(told(god.events[2])).toMatchObject({ added: [{ title: '' }], removed: [2], changed: [] })
  })

  it('are of groups too', async () => {
    const god = (await openTestEngine({ schema })).as('god')
    const count = (eb: Any) => eb.fn.countAll().as('n')
    await open(god, notes().select(['title', count]).groupBy('title').orderBy('title'))
    await create(god, { title: 'a' })
    await create(god, { title: 'a' })
    expect(god.events.slice(1).map(told)).toMatchObject([
      { added: [{ title: 'a', n: 1 }], removed: [] },
      { added: [{ title: 'a', n: 2 }], removed: [0] },
    ])
  })
})

describe('runs again', () => {
  const setup = async () => {
    const { as, driver } = await openTestEngine({ schema })
    const god = as('god')
    const team = await create(god, { name: 'red' }, 'Team')
    const note = await create(god, { title: 'a', rank: 1, teamId: team.id, ownerId: mine })
    return { as, driver, god, team, note }
  }
  const joined = () => notes().innerJoin('Team', 'Team.id', 'Note.teamId').select(['Note.title', 'Team.name'])

  test.each<[string, (ids: { note: string; team: string }) => Any, Row, 'Note' | 'Team', number]>([
    ['for a field that it selects', () => notes().select('title'), { title: 'b' }, 'Note', 1],
    ['for one in a condition', () => notes().select('title').where('rank', '>', 0), { rank: 2 }, 'Note', 1],
    ['for one that it sorts by', () => notes().select('title').orderBy('rank'), { rank: 2 }, 'Note', 1],
    ['not for another', () => notes().select('title').where('rank', '>', 0), { data: { a: 1 } }, 'Note', 0],
    ['for any, with *', () => notes().selectAll(), { data: { a: 1 } }, 'Note', 1],
    ['not for a hidden one, with *', () => notes().selectAll(), { secret: 'x' }, 'Note', 0],
    ['for the other side of a join', joined, { name: 'blue' }, 'Team', 1],
    ['not for its other fields', joined, { isOpen: true }, 'Team', 0],
    [
      'for a subquery',
      () =>
        builder.selectFrom('Team').select((eb: Any) =>
          eb
            .selectFrom('Note')
            .select((inner: Any) => inner.fn.max('rank').as('m'))
            .as('most'),
        ),
      { rank: 5 },
      'Note',
      1,
    ],
    [
      'for a common table expression',
      () =>
        (builder as Any)
          .with('c', (q: Any) => q.selectFrom('Note').select('rank'))
          .selectFrom('c')
          .selectAll(),
      { rank: 5 },
      'Note',
      1,
    ],
    [
      'for an arm of a union',
      () =>
        notes()
          .select('title')
          .union((builder.selectFrom('Team') as Any).select('name as title')),
      { name: 'x' },
      'Team',
      1,
    ],
    ['not for another entity', () => notes().select('title'), { name: 'x' }, 'Team', 0],
    [
      'for a row that it asks for',
      ({ note }) => notes().select('title').where('id', '=', note),
      { title: 'b' },
      'Note',
      1,
    ],
    [
      'not for one that it does not',
      () => notes().select('title').where('id', '=', uuid(9)),
      { title: 'b' },
      'Note',
      0,
    ],
    [
      'not for one beyond its list',
      () =>
        notes()
          .select('title')
          .where('id', 'in', [uuid(8), uuid(9)]),
      { title: 'b' },
      'Note',
      0,
    ],
    [
      'for one that comes to be asked for',
      () => notes().select('title').where('title', '=', 'b'),
      { title: 'b' },
      'Note',
      1,
    ],
    [
      'for one that leaves',
      () => notes().select('title').where('title', '=', 'a'),
      { title: 'b' },
      'Note',
      1,
    ],
    [
      'where the condition may not hold',
      () =>
        notes()
          .select('title')
          .where((eb: Any) => eb.or([eb('id', '=', uuid(9)), eb('rank', '>', 0)])),
      { title: 'b' },
      'Note',
      1,
    ],
    [
      'where the entity is read twice',
      () =>
        notes()
          .select([
            'title',
            (eb: Any) =>
              eb
                .selectFrom('Note as all')
                .select((inner: Any) => inner.fn.max('all.title').as('m'))
                .as('last'),
          ])
          .where('id', '=', uuid(9)),
      { title: 'b' },
      'Note',
      1,
    ],
    [
      'where a join holds a value of the other',
      () => joined().where('Note.title', '=', 'a'),
      { name: 'b' },
      'Team',
      1,
    ],
    [
      'where the database makes a number of a text',
      () => notes().select('title').where('rank', '=', '1'),
      { title: 'b' },
      'Note',
      1,
    ],
  ])('%s', async (_, query, patch, entity, runs) => {
    const { driver, god, team, note } = await setup()
    await open(god, query({ note: note.id, team: team.id }))
    const id = entity === 'Note' ? note.id : team.id
    expect(await runsOf(driver, () => god.call('update', entity, id, patch))).toBe(runs)
  })

  it('once for a group, however much it writes', async () => {
    const { driver, god, team } = await setup()
    await open(god, joined())
    const writes = [1, 2, 3].map((n) => ({
      method: 'create',
      params: ['Note', { title: `${n}`, teamId: team.id }],
    }))
    expect(
      await runsOf(driver, () =>
        god.send(...writes, { method: 'update', params: ['Team', team.id, { name: 'x' }] }),
      ),
    ).toBe(1)
    expect(eventsOf(god)).toHaveLength(2)
  })

  it('for a row that is made and changed in one group', async () => {
    const { driver, god } = await setup()
    await open(god, notes().select('title'))
    const id = uuid(7)
    const group = [
      { method: 'create', params: ['Note', { id, title: 'new' }] },
      { method: 'update', params: ['Note', id, { rank: 3 }] },
    ]
    expect(await runsOf(driver, () => god.send(...group))).toBe(1)
  })

  it('when a foreign key takes rows along', async () => {
    const { god, team } = await setup()
    await open(god, notes().select(['id', 'title']))
    await god.call('delete', 'Team', team.id)
    expect(told(god.events.at(-1))).toMatchObject({ removed: [expect.any(String)] })
  })

  it('not for rows that its caller cannot see, and is found by the rule among a thousand', async () => {
    const { as, driver, god, note } = await setup()
    const [me, others] = [as('user', { userId: mine }), as('user', { userId: uuid(51) })]
    for (let id = 1; id <= 500; id++) await open(others, notes().select(['id', 'title']), id)
    await open(me, notes().select(['id', 'title']))
    expect(await runsOf(driver, () => god.call('update', 'Note', note.id, { title: 'z' }))).toBe(1)
    expect(eventsOf(others)).toHaveLength(1)
    expect(told(me.events.at(-1))).toMatchObject({ changed: [{ title: 'z' }] })
    // The row goes from one owner to the other.
    await god.call('update', 'Note', note.id, { ownerId: uuid(51) })
    expect(told(me.events.at(-1))).toMatchObject({ removed: [note.id] })
    expect(told(others.events.at(-1))).toMatchObject({ added: [{ title: 'z' }] })
  })

  it('after every write in a file of somebody else, where triggers and views are not known', async () => {
    const db = new DatabaseSync(':memory:')
    for (const statement of [
      'create table item (id integer primary key, kind text)',
      'create table log (line text)',
      "create trigger note after insert on item begin insert into log values ('new'); end",
      'create table word (text text primary key)',
      'insert into word values (null), (null)',
      'create view kinds as select kind, count(*) as total from item group by kind',
    ])
      db.exec(statement)
    const driver = openNodeSqlite(':memory:', { importFile: db.serialize() })
    const found = runSync(introspectSqlite(), await driver.acquire(), { at: 0 })
    const { as } = await openTestEngine({ schema: found, driver, foreign: true, sandbox: 'disabled' })
    const caller = as('supergod')
    await open(caller, (builder.selectFrom('log') as Any).select('line'), 1)
    await open(caller, (builder.selectFrom('kinds') as Any).select('total'), 2)
    // Nothing makes sure that such a key is not null.
    await open(caller, (builder.selectFrom('word') as Any).select('text'), 3)
    expect(eventsOf(caller, 3)[0]).toMatchObject({ key: [], whole: { values: [null, null] } })
    await create(caller, { kind: 'a' }, 'item')
    expect(told(eventsOf(caller, 1)[1])).toMatchObject({ added: [{ line: 'new' }] })
    expect(told(eventsOf(caller, 2)[1])).toMatchObject({ added: [{ total: 1 }] })
  })
})

describe('access', () => {
  it('a row that is hidden or shown by its own field, or by a related row, goes and comes at once', async () => {
    const { as } = await openTestEngine({ schema })
    const [god, admin] = [as('god'), as('admin')]
    const team = await create(god, { name: 'red' }, 'Team')
    const note = await create(god, { title: 'a', teamId: team.id })
    await open(admin, notes().select(['id', 'title']))
    expect(wholeOf(admin.events[0])).toEqual([])
    await god.call('update', 'Team', team.id, { isOpen: true })
    expect(told(admin.events[1])).toMatchObject({ added: [{ title: 'a' }] })
    await god.call('update', 'Team', team.id, { isOpen: false })
    expect(told(admin.events[2])).toMatchObject({ removed: [note.id] })
    const other = await create(god, { name: 'blue', isOpen: true }, 'Team')
    await god.call('update', 'Note', note.id, { teamId: other.id })
    expect(told(admin.events[3])).toMatchObject({ added: [{ title: 'a' }] })
    expect(admin.events).toHaveLength(4)
  })

  it('a row whose rule hangs on a related row is looked at again when it changes', async () => {
    const { as, incidents } = await openTestEngine({ schema })
    const [god, user] = [as('god'), as('user')]
    const [open_, closed] = [
      await create(god, { name: 'red', isOpen: true }, 'Team'),
      await create(god, { name: 'blue' }, 'Team'),
    ]
    const remark = await create(god, { text: 'a', teamId: open_.id }, 'Remark')
    await open(user, (builder.selectFrom('Remark') as Any).select(['id', 'text']))
    await god.call('update', 'Remark', remark.id, { text: 'b' })
    expect(told(user.events[1])).toMatchObject({ changed: [{ text: 'b' }] })
    await god.call('update', 'Remark', remark.id, { teamId: closed.id })
    expect(told(user.events[2])).toMatchObject({ removed: [remark.id] })
    await create(god, { text: 'c', teamId: open_.id }, 'Remark')
    expect(told(user.events[3])).toMatchObject({ added: [{ text: 'c' }] })
    expect(incidents).toEqual([])
  })

  it('a row that a rule looks at shows others, though the query asks for another row', async () => {
    const { as } = await openTestEngine({ schema })
    const [god, user] = [as('god'), as('user')]
    const red = await create(god, { name: 'red' }, 'Team')
    const blue = await create(god, { name: 'blue' }, 'Team')
    await create(god, { text: 'of blue', teamId: blue.id }, 'Remark')
    const query = (builder.selectFrom(['Remark', 'Team']) as Any)
      .select(['Remark.text', 'Team.name'])
      .where('Team.id', '=', red.id)
    await open(user, query)
    await god.call('update', 'Team', blue.id, { isOpen: true })
    expect(told(user.events[1])).toMatchObject({ added: [{ text: 'of blue', name: 'red' }] })
  })

  it('another role has another result, and hears where it may read nothing', async () => {
    const { as } = await openTestEngine({ schema })
    const [god, caller] = [as('god'), as('god', { userId: mine })]
    await create(god, { title: 'mine', ownerId: mine })
    await create(god, { title: 'theirs' })
    await open(caller, notes().select(['id', 'title']).orderBy('title'), 1)
    await open(caller, (builder.selectFrom('Team') as Any).select('isOpen'), 2)
    await open(caller, (builder.selectFrom('Team') as Any).selectAll(), 3)
    caller.session.become(principalOf('user', mine), null)
    await god.call('count', 'Note')
    expect(wholeOf(eventsOf(caller, 1)[1]).map(({ title }) => title)).toEqual(['mine'])
    expect(errorsOf(caller)).toEqual([[2, 'FORBIDDEN']])
    expect(eventsOf(caller, 3)[1]).toMatchObject({ whole: { fields: ['id', 'name'] } })
    await create(god, { title: 'theirs too' })
    expect(eventsOf(caller, 1)).toHaveLength(2)
    caller.session.become(principalOf('public'), null)
    await god.call('count', 'Note')
    expect(errorsOf(caller)).toEqual([
      [2, 'FORBIDDEN'],
      [1, 'FORBIDDEN'],
      [3, 'FORBIDDEN'],
    ])
  })

  it('ends with its port', async () => {
    const { as, driver } = await openTestEngine({ schema })
    const [god, caller] = [as('god'), as('god')]
    await open(caller, notes().select('title'))
    caller.session.close()
    expect(await runsOf(driver, () => create(god))).toBe(0)
  })

  it('is recorded where it would be denied', async () => {
    const { as } = await openTestEngine({ schema, sandbox: 'permissive' })
    const [visitor, god] = [as('public'), as('god')]
    await open(visitor, notes().select('title'))
    const page = (await god.call('audit.list', { filter: { operation: 'live.select' } })) as {
      data: { values: unknown[] }
    }
    expect(page.data.values).toContain('FORBIDDEN')
  })
})

describe('what is refused', () => {
  const refuse = async (given: unknown, id: unknown = 1) => {
    const { as } = await openTestEngine({ schema })
    const user = as('user', { userId: mine })
    const error = await user.call('live.select', given, id).catch((thrown: unknown) => thrown)
    expect(user.events).toEqual([])
    return error as { code: string; message: string }
  }
  const tree = (query: Any) => encoded(query)

  test.each([
    ['an insert', builder.insertInto('Note').values({ title: 'a' } as never)],
    [
      'an update',
      builder
        .updateTable('Note')
        .set({ title: 'a' } as never)
        .returningAll(),
    ],
    ['a delete', builder.deleteFrom('Note')],
    ['raw SQL', { toOperationNode: () => ({ kind: 'RawNode', sqlFragments: ['select 1'], parameters: [] }) }],
    ['a table that is made', builder.schema.createTable('x').addColumn('a', 'text')],
  ])('%s', async (_, query) => {
    expect((await refuse(tree(query))).code).toBe('CAPABILITY_NOT_SUPPORTED')
  })

  it('a write in a common table expression', async () => {
    const query = (builder as Any)
      .with('gone', (q: Any) => q.deleteFrom('Note').returning('id'))
      .selectFrom('gone')
      .selectAll()
    expect((await refuse(tree(query))).code).toBe('CAPABILITY_NOT_SUPPORTED')
  })

  test.each<[string, unknown, unknown?]>([
    ['nothing', undefined],
    ['a text', 'select 1'],
    ['a shape', { shape: 1, params: [] }],
    ['both', { ...encoded(notes().select('title')), shape: 1 }],
    ['no JSON', { tree: '{"kind":', params: [] }],
    ['no node', { tree: '[]', params: [] }],
    ['an unknown kind', { tree: '{"kind":"MagicNode"}', params: [] }],
    ['values that it does not name', { ...encoded(notes().select('title')), params: [1] }],
    [
      'a deep tree',
      { tree: `${'{"kind":"ParensNode","node":'.repeat(10_000)}1${'}'.repeat(10_000)}`, params: [] },
    ],
    ['a prototype key', { tree: '{"kind":"SelectQueryNode","__proto__":{"from":1}}', params: [] }],
    ['a long tree', { tree: `${encoded(notes().select('title')).tree}${' '.repeat(70_000)}`, params: [] }],
    ['a table that is none', encoded((builder.selectFrom('sqlite_master') as Any).selectAll())],
    ['two columns of one name', encoded(notes().select(['id as a', 'title as a']))],
    ['no number', encoded(notes().select('title')), '1'],
    ['a fraction for a number', encoded(notes().select('title')), 1.5],
  ])('%s', async (_, given, id) => {
    expect((await refuse(given, id)).code).toBe('VALIDATION_ERROR')
  })

  test.each([
    ['a hidden field', notes().select('secret')],
    ['one in a condition', notes().select('id').where('secret', '=', 'x')],
    [
      'one in a subquery',
      notes()
        .select('id')
        .where('id', 'in', notes('m').select('m.id').where('m.secret', '=', 'x')),
    ],
    ['a field of another role', (builder.selectFrom('Team') as Any).select('isOpen')],
    [
      'one in the order of a union',
      notes()
        .select('id')
        .union((builder.selectFrom('Team') as Any).select('isOpen as id')),
    ],
  ])('%s', async (_, query) => {
    expect((await refuse(encoded(query))).code).toBe('FORBIDDEN')
  })

  it('a query whose values would be kept and gone through for every write', async () => {
    const { as } = await openTestEngine({ schema })
    const god = as('god')
    const ids = (count: number) => Array.from({ length: count }, (_, at) => uuid(at))
    await open(god, notes().select('id').where('id', 'in', ids(1_000)))
    const refused = { code: 'VALIDATION_ERROR', details: { issues: [{ path: 'query.params' }] } }
    await expect(open(god, notes().select('id').where('id', 'in', ids(3_000)))).rejects.toMatchObject(refused)
  })

  it('more than one caller may have open', async () => {
    const { as } = await openTestEngine({ schema, limits: { maxLiveQueries: 2 } })
    const god = as('god')
    for (const id of [1, 2, 1]) await open(god, notes().select('id'), id)
    await expect(open(god, notes().select('id'), 3)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await god.call('live.close', 2)
    await open(god, notes().select('id'), 3)
  })

  it('in a transaction', async () => {
    const { as } = await openTestEngine({ schema })
    const god = as('god')
    await god.send({ method: 'transaction.begin', params: [], transaction: 1 })
    const [reply] = await god.send({
      method: 'live.select',
      params: [encoded(notes().select('id')), 1],
      transaction: 1,
    })
    expect(reply).toMatchObject({ error: { code: 'CAPABILITY_NOT_SUPPORTED' } })
    await god.send({ method: 'transaction.rollback', params: [], transaction: 1 })
  })
})

describe('limits', () => {
  it('a result that grows beyond them ends its query and nothing else', async () => {
    const { as } = await openTestEngine({ schema, limits: { maxResultRows: 2 } })
    const god = as('god')
    await open(god, notes().select('id'), 1)
    await open(god, notes().select('id').limit(1), 2)
    for (let count = 0; count < 3; count++) await create(god)
    expect(errorsOf(god)).toEqual([[1, 'VALIDATION_ERROR']])
    expect(eventsOf(god, 1)).toHaveLength(3)
    await create(god)
    expect(errorsOf(god)).toHaveLength(1)
  })

  it('rows that one caller is shown count together: what would be too many is refused, or ends', async () => {
    const { as } = await openTestEngine({ schema, limits: { maxLiveRows: 5 } })
    const [god, other] = [as('god'), as('god')]
    for (const title of ['a', 'b']) await create(god, { title })
    await open(god, notes().select('id'), 1)
    await god.call('live.open', 'Note', {}, 2)
    await expect(open(god, notes().select('id'), 3)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
    await open(god, notes().select('id').limit(1), 3)
    // In the place of one that is open its rows are free.
    await open(god, notes().select('title'), 1)
    await open(other, notes().select('id'), 1)
    await create(god, { title: 'c' })
    expect(errorsOf(god)).toEqual([[2, 'VALIDATION_ERROR']])
    expect(errorsOf(other)).toEqual([])
    // What has ended counts no more, and what shrinks counts less.
    await open(god, notes().select('id').limit(1), 4)
    await god.call('deleteMany', 'Note', { title: { in: ['a', 'b'] } })
    await open(god, notes().select('id').limit(2), 5)
    expect(errorsOf(god)).toHaveLength(1)
  })

  it('the live queries of one caller have so much time after a commit, those of another their own', async () => {
    let at = 0
    // A millisecond passes with each look at the clock: node:sqlite looks once a row.
    const driver = openNodeSqlite(':memory:', { now: () => ++at })
    const { as } = await openTestEngine({ schema, driver, auditLog: false, limits: { liveTimeoutMs: 400 } })
    const [god, other] = [as('god'), as('god')]
    const rows = Array.from({ length: 300 }, (_, rank) => ({ rank }))
    await god.call('createMany', 'Note', rows)
    for (const id of [1, 2, 3]) await open(god, notes().select(['id', 'rank']), id)
    await open(god, notes().select('rank').orderBy('rank').limit(1), 4)
    await open(other, notes().select(['id', 'rank']), 1)
    await create(god, { rank: -1 })
    expect(errorsOf(god)).toEqual([
      [2, 'TIMEOUT'],
      [3, 'TIMEOUT'],
    ])
    expect(eventsOf(god, 1)).toHaveLength(2)
    expect(eventsOf(god, 4)).toHaveLength(2)
    expect(eventsOf(other)).toHaveLength(2)
    await create(god, { rank: -2 })
    expect(errorsOf(god)).toHaveLength(2)
  })

  it('an error of the database that comes with a write is told in words of ours', async () => {
    const { as, incidents } = await openTestEngine({ schema })
    const god = as('god')
    const path = (eb: Any) => eb.fn('json_extract', ['title', eb.val('$.a')]).as('a')
    await open(god, notes().select(path))
    await create(god, { title: 'no json' })
    expect(god.events.at(-1)).toMatchObject({ type: 'liveError', error: { code: 'VALIDATION_ERROR' } })
    expect(JSON.stringify(god.events)).not.toContain('malformed')
    expect(incidents).toEqual([])
  })
})

describe('time', () => {
  const openAt = async () => {
    const { as, clock } = await openTestEngine({ schema })
    return { god: as('god'), clock }
  }
  const until = new Date(start + 1_000).toISOString()

  it('rows that expire leave at their instant', async () => {
    const { god, clock } = await openAt()
    const team = await create(god, { name: 'red' }, 'Team')
    const note = await create(god, { title: 'a', until, teamId: team.id })
    await create(god, { title: 'b', teamId: team.id })
    await open(god, notes().select(['id', 'title']).where('title', 'in', ['a', 'b']), 1)
    await open(
      god,
      (builder.selectFrom('Team') as Any).innerJoin('Note', 'Note.teamId', 'Team.id').select('Note.title'),
      2,
    )
    clock.pass(1_000)
    expect(eventsOf(god, 1).slice(1).map(told)).toMatchObject([{ removed: [note.id] }])
    expect(eventsOf(god, 2).slice(1).map(told)).toMatchObject([{ removed: [expect.any(Number)] }])
  })

  it('they leave with any write after their instant, before the clock says so', async () => {
    const { god, clock } = await openAt()
    await create(god, { title: 'a', until })
    await open(god, notes().select(['id', 'title']))
    clock.at += 1_000
    await create(god, { name: 'red' }, 'Team')
    expect(eventsOf(god)).toHaveLength(2)
  })

  it('a row that nobody asked for is waited for by who asks later', async () => {
    const { god, clock } = await openAt()
    await open(god, notes().select('title').where('id', '=', uuid(9)), 1)
    await create(god, { title: 'a', until })
    await open(god, notes().select('title'), 2)
    clock.pass(1_000)
    expect(eventsOf(god, 2)).toHaveLength(2)
  })

  it('a row that a rule has hidden meanwhile is looked at again when it changes', async () => {
    const { as, clock } = await openTestEngine({ schema })
    const [god, user] = [as('god'), as('user')]
    const event = await create(god, { name: 'a', at: new Date(start + 1_000).toISOString() }, 'Event')
    await open(user, (builder.selectFrom('Event') as Any).select('name'))
    clock.at += 2_000
    await god.call('update', 'Event', event.id, { name: 'b' })
    expect(told(user.events[1])).toMatchObject({ removed: [0], added: [] })
  })
})
