/**
 * The model of `live.property.test.ts`: rows are written at random by callers of random and changing roles, in groups,
 * batches and bulk, while live queries of every kind are open. After every group the rows that each client holds are those
 * of a fresh list, and rows that did not change are the same objects.
 */

import fc from 'fast-check'
import { expect } from 'vitest'
import { type Change, LiveQueries } from '../../src/client/live.ts'
import type { Reply } from '../../src/protocol/request.ts'
import type { PackedRows, Row } from '../../src/protocol/rows.ts'
import { unpackRows } from '../../src/protocol/rows.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { principalOf, type TestCaller } from './engine.ts'

const all = ['create', 'read', 'update', 'delete'] as const

/** @param isTree whether notes refer to notes, which lets a change of one reach others */
export const schemaOf = (isTree: boolean) =>
  defineSchema({
    Team: {
      fields: { id: f.id(), name: f.string(), isOpen: f.boolean({ default: false }) },
      rules: [
        { roles: ['god'], operations: all },
        { roles: ['user', 'admin'], operations: ['read'] },
      ],
    },
    Note: {
      fields: {
        id: f.id(),
        title: f.string(),
        tag: f.string({ caseInsensitive: true }),
        rank: f.integer(),
        size: f.number(),
        isDone: f.boolean(),
        data: f.json({ default: {} }),
        secret: f.string({ hidden: true }),
        ownerId: f.uuid(),
        teamId: f.uuid({ references: 'Team.id', onDelete: 'cascade' }),
        parentId: isTree ? f.uuid({ references: 'Note.id', onDelete: 'setNull' }) : f.uuid(),
      },
      rules: [
        { roles: ['god'], operations: all },
        {
          roles: ['public'],
          operations: ['read'],
          rowFilter: 'rank > 1',
          fields: { read: ['id', 'title', 'rank'] },
        },
        {
          roles: ['user'],
          operations: ['create', 'read', 'update', 'delete'],
          rowFilter: isTree ? 'ownerId = $user.id' : 'ownerId = $user.id or rank = 0',
        },
        { roles: ['admin'], operations: ['read'], rowFilter: 'team.isOpen = true' },
      ],
    },
  })

const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
const noteIds = Array.from({ length: 6 }, (_, n) => uuid(100 + n))
const teamIds = [uuid(1), uuid(2)]
export const owner = uuid(50)
export const callers = ['public', 'user', 'admin', 'god'] as const

const noteId = fc.constantFrom(...noteIds)
const text = fc.constantFrom('a', 'A', 'ab', '\uffff', '😀')
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 })
const fields = {
  title: orNull(text),
  tag: orNull(text),
  rank: orNull(fc.integer({ min: 0, max: 2 })),
  size: orNull(fc.constantFrom(0, 0.5, -1.5, 1e300)),
  isDone: orNull(fc.boolean()),
  data: fc.constantFrom({}, { a: 1 }, { a: 'x' }, { a: -0, b: [1] }),
  ownerId: orNull(fc.constantFrom(owner, uuid(51))),
  teamId: orNull(fc.constantFrom(...teamIds)),
  // Mostly none: a parent that is not there refuses the whole write.
  parentId: fc.option(noteId, { freq: 1 }),
}
const row = fc.record(fields, { requiredKeys: [] })

const condition: fc.Arbitrary<Row> = fc.oneof(
  fc.record({ rank: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.record({ gte: fc.constantFrom(1, 2) })) }),
  fc.record({ tag: fc.oneof(text, fc.record({ startsWith: text })) }),
  fc.record({
    title: fc.oneof(text, fc.constant(null), fc.record({ in: fc.array(text, { maxLength: 3 }) })),
  }),
  fc.record({ id: fc.oneof(noteId, fc.record({ in: fc.array(noteId, { maxLength: 4 }) })) }),
  fc.record({ ownerId: fc.constantFrom(owner, null) }),
  fc.record({ teamId: fc.constantFrom(...teamIds, null) }),
  fc.record({ 'data.a': fc.constantFrom(1, 'x', 0) }),
  fc.record({ data: fc.constant({ eq: { a: 1 } }) }),
)
const filter = fc.oneof(
  fc.constant({}),
  { weight: 3, arbitrary: condition },
  fc.tuple(condition, condition).map(([a, b]) => ({ ...a, ...b })),
  fc.tuple(condition, condition).map(([a, b]) => ({ or: [a, b] })),
  condition.map((not) => ({ not })),
)
const sortable = ['id', 'title', 'tag', 'rank', 'size', 'isDone', 'teamId'] as const
const sort = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...sortable), fc.constantFrom('asc', 'desc')), {
    selector: ([name]) => name,
    maxLength: 3,
  })
  .map((keys) => keys.map(([name, direction]) => ({ [name]: direction })))
const query = fc.record(
  {
    filter,
    sort,
    limit: fc.constantFrom(1, 2, 3, 5, 20),
    page: fc.constantFrom(1, 2),
    select: fc.constantFrom(['title'], ['id', 'rank']),
  },
  { requiredKeys: [] },
)

type Write = readonly [method: string, entity: string, ...params: unknown[]]
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(noteId, row).map(([id, values]): Write => ['create', 'Note', { id, ...values }]),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(noteId, row).map(([id, values]): Write => ['update', 'Note', id, values]),
  },
  { weight: 3, arbitrary: noteId.map((id): Write => ['delete', 'Note', id]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(condition, row)
      .map(([where, values]): Write => ['updateMany', 'Note', where, values]),
  },
  { weight: 1, arbitrary: condition.map((where): Write => ['deleteMany', 'Note', where]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...teamIds), fc.boolean())
      .map(([id, isOpen]): Write => ['update', 'Team', id, { isOpen }]),
  },
  { weight: 1, arbitrary: fc.constantFrom(...teamIds).map((id): Write => ['delete', 'Team', id]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...teamIds).map((id): Write => ['create', 'Team', { id, name: 't' }]),
  },
)
const group = fc.record({
  as: fc.constantFrom('user', 'god', 'god'),
  writes: fc.array(write, { minLength: 1, maxLength: 4 }),
  isBatch: fc.boolean(),
  /** Somebody becomes another before the group. */
  turn: fc.option(fc.record({ who: fc.constantFrom(...callers), role: fc.constantFrom(...callers) }), {
    freq: 4,
  }),
})
const watched = fc.record({ as: fc.constantFrom(...callers), query, isLate: fc.boolean() })

/** What a client of a live query holds. */
class Watch {
  readonly caller: TestCaller
  readonly query: object
  rows: readonly Row[] | null = null
  error: string | null = null
  readonly #live: LiveQueries
  #heard = 0

  constructor(caller: TestCaller, given: object) {
    this.caller = caller
    this.query = given
    this.#live = new LiveQueries(() => Promise.resolve())
    this.#live.subscribe({
      method: 'live.open',
      params: ['Note', given],
      listener: (rows, change) => this.#check(rows, change),
      onError: (error) => {
        this.error = error.code
      },
    })
  }

  /** Takes what the engine has sent since the last time. @param most events that there may be of it */
  hear(id: number, most: number): void {
    const events = this.caller.events
      .slice(this.#heard)
      .filter((event) => 'subscription' in event && event.subscription === id)
    this.#heard = this.caller.events.length
    expect(events.length).toBeLessThanOrEqual(most)
    for (const event of events) this.#live.hear({ ...event, subscription: 1 } as never)
  }

  #check(rows: readonly Row[], change: Change<Row>): void {
    const before = new Map(this.rows?.map((one) => [one['id'], one]))
    for (const one of rows) {
      const old = before.get(one['id'])
      if (old && !change.changed.includes(one)) expect(one).toBe(old)
      expect(change.added.includes(one)).toBe(!old)
    }
    for (const id of change.removed) expect(rows.some((one) => one['id'] === id)).toBe(false)
    for (const { id, from, to } of change.moved) {
      expect([this.rows?.[from]?.['id'], rows[to]?.['id']]).toEqual([id, id])
    }
    this.rows = rows
  }
}

type Callers = Readonly<Record<(typeof callers)[number], TestCaller>>

/** Who writes, and who has live queries open: the same callers, or some of another engine over the same database. */
export interface LiveWorld {
  readonly writers: Callers
  readonly watchers: Callers
  /** Events that a live query may be sent for one group of writes. */
  readonly mostEvents: number
  /** Calls the check until it passes, where what was written takes a while to be heard of. */
  settle(check: () => Promise<void>): Promise<void>
  /** Watchers' reads may be answered with what was kept: they are compared with those of a transaction. */
  readonly keepsResults?: boolean
  readonly incidents: readonly unknown[]
  end(): Promise<void>
}

let transactions = 0

/** In a transaction nothing that was kept is looked at. */
async function expectFresh(caller: TestCaller, params: readonly unknown[], given?: Reply): Promise<void> {
  const transaction = ++transactions
  const mode = { mode: 'deferred' }
  await caller.send({ method: 'transaction.begin', params: [mode], transaction })
  const [fresh] = await caller.send({ method: 'list', params, transaction })
  await caller.send({ method: 'transaction.rollback', params: [], transaction })
  const { id: _, ...told } = given ?? {}
  expect(fresh).toMatchObject(told)
}

/** @param open a world of no rows */
export function heldIsFresh(open: (isTree: boolean) => Promise<LiveWorld>) {
  return fc.asyncProperty(
    fc.boolean(),
    fc.array(fc.tuple(noteId, row), { minLength: 2, maxLength: 8 }),
    fc.array(watched, { minLength: 1, maxLength: 8 }),
    fc.array(group, { minLength: 1, maxLength: 8 }),
    async (isTree, seeds, watches, groups) => {
      const world = await open(isTree)
      const { writers, watchers, mostEvents, settle } = world
      const { god } = writers
      for (const id of teamIds) await god.call('create', 'Team', { id, isOpen: id === teamIds[0] })
      for (const [id, values] of seeds)
        await god.send({ method: 'create', params: ['Note', { id, ...values, parentId: null }] })

      const held: Watch[] = []
      const start = async (isLate: boolean) => {
        for (const [index, one] of watches.entries()) {
          if (one.isLate !== isLate) continue
          const watch = new Watch(watchers[one.as], one.query)
          const [reply] = await watch.caller.send({
            method: 'live.open',
            params: ['Note', one.query, index],
          })
          if (reply && 'error' in reply) watch.error = reply.error.code
          watch.hear(index, mostEvents)
          held[index] = watch
        }
      }
      await start(false)
      for (const [at, { as: role, writes, isBatch, turn }] of groups.entries()) {
        if (at === 1) await start(true)
        const calls = writes.map(([method, ...params]) => ({ method, params }))
        const caller = writers[role as 'user' | 'god']
        if (turn) watchers[turn.who].session.become(principalOf(turn.role, owner), null)
        if (isBatch) await caller.send({ method: 'batch', params: [calls] })
        else await caller.send(...calls)
        for (const [index, watch] of Object.entries(held)) {
          await settle(async () => {
            watch.hear(Number(index), mostEvents)
            const [reply] = await watch.caller.send({ method: 'list', params: ['Note', watch.query] })
            if (world.keepsResults) await expectFresh(watch.caller, ['Note', watch.query], reply)
            if (!reply || 'error' in reply) {
              expect(watch.error).toBe(reply?.error.code)
              return
            }
            // It ended when its caller was another.
            if (watch.error) return
            const key = (fresh: Row) => fresh['id']
            const fresh = unpackRows((reply.result as { data: PackedRows }).data)
            const shown = watch.rows ?? []
            if (fresh.every((one) => key(one) !== undefined)) expect(shown.map(key)).toEqual(fresh.map(key))
            expect(shown.map((one, place) => ({ ...one, ...fresh[place] }))).toEqual(shown)
            expect(shown).toHaveLength(fresh.length)
          })
        }
      }
      expect(world.incidents).toEqual([])
      await world.end()
    },
  )
}
