/**
 * Two engines over one PostgreSQL, against the model of live results: one writes, the clients of the other hold what a fresh
 * list would give them. And at most once: whatever frames reach whichever of the two, each request is run once.
 */

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { keepResults } from '../src/engine/cache/result-cache.ts'
import type { EngineOptions } from '../src/engine/engine-options.ts'
import { joinWrites } from '../src/engine/joined-writes.ts'
import { postgresDialect } from '../src/engine/postgres/dialect.ts'
import type { Reply } from '../src/protocol/request.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { openTestEngine, type TestCaller, type TestEngine } from './support/engine.ts'
import { checkJoined, joinedRounds, joinedSchema } from './support/joined-model.ts'
import { callers, heldIsFresh, owner, schemaOf } from './support/live-model.ts'
import { startPostgres, type TestPostgres } from './support/postgres.ts'

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

const runs = (many: number) => (process.env['DBAL_LONG'] ? many : Math.ceil(many / 100))

async function openTwo(options: Partial<EngineOptions>): Promise<readonly [TestEngine, TestEngine]> {
  const schema = server.freshSchema()
  const open = async () =>
    openTestEngine({ ...options, driver: await server.open({ schema }), dialect: postgresDialect })
  return [await open(), await open()]
}

it('a client of one engine holds what the other one writes', { timeout: 600_000 }, async () => {
  let hits = 0
  const onLook = (isKept: boolean) => {
    if (isKept) hits++
  }
  const cache = keepResults({ maxBytes: 1_000_000, onLook })
  // One pair has no audit log: what foreign keys do is then not looked up, and told by entities.
  const pairs = [
    await openTwo({ schema: schemaOf(false), keepResults: cache }),
    await openTwo({ schema: schemaOf(true), auditLog: false, keepResults: cache }),
  ]
  await fc.assert(
    heldIsFresh(async (isTree) => {
      const [writing, watching] = pairs[isTree ? 1 : 0] as readonly [TestEngine, TestEngine]
      const callersOf = ({ as }: TestEngine) =>
        Object.fromEntries(callers.map((role) => [role, as(role, { userId: owner })])) as Record<
          (typeof callers)[number],
          TestCaller
        >
      const [writers, watchers] = [callersOf(writing), callersOf(watching)]
      for (const entity of ['Note', 'Team'])
        await writers.god.call('deleteMany', entity, { id: { isNull: false } })
      return {
        writers,
        watchers,
        keepsResults: true,
        mostEvents: Number.POSITIVE_INFINITY,
        settle: (check) => vi.waitFor(check, { timeout: 3_000, interval: 2 }),
        get incidents() {
          return [...writing.incidents, ...watching.incidents]
        },
        async end() {
          for (const { session } of [...Object.values(writers), ...Object.values(watchers)]) session.close()
        },
      }
    }),
    { numRuns: runs(1_200), endOnFailure: true },
  )
  expect(hits).toBeGreaterThan(0)
  for (const pair of pairs) for (const { engine } of pair) await engine.close()
})

const schema = defineSchema({
  Note: {
    fields: { id: f.id(), text: f.string({ required: true, unique: true }), done: f.integer({ default: 0 }) },
    rules: [{ roles: ['user'], operations: ['create', 'read', 'update', 'delete'] }],
  },
})

it('a rollback by one is known to the other, and so is the way forward again', async () => {
  const [first, second] = await openTwo({ schema })
  const [god, other] = [first.as('god'), second.as('user')]
  const ended = () => other.events.filter(({ type }) => type === 'liveError')
  await other.call('live.open', 'Note', {}, 1)
  await god.call('migrations.rollback')
  await vi.waitFor(() => expect(ended()).toMatchObject([{ error: { code: 'CONFLICT' } }]))
  await expect(other.call('count', 'Note')).rejects.toMatchObject({ code: 'CONFLICT' })
  await god.call('migrations.migrate')
  await vi.waitFor(async () => expect(await other.call('count', 'Note')).toBe(0))
  expect(second.incidents).toEqual([])
  for (const { engine } of [first, second]) await engine.close()
})

/** A frame on its way: it reaches one engine or the other, once or twice, now or later. */
const delivery = fc.record({ engine: fc.nat(1), twice: fc.boolean(), late: fc.nat(3), writes: fc.nat(2) })

it('a request that reaches both engines is run once', { timeout: 600_000 }, async () => {
  const pair = await openTwo({ schema })
  let client = 0
  await fc.assert(
    fc.asyncProperty(fc.array(delivery, { minLength: 2, maxLength: 12 }), async (deliveries) => {
      const clientId = `client ${++client}`
      const sessions = pair.map(({ as }) => as('user', { clientId }).session)
      const answers = new Map<number, Reply>()
      const late: (() => Promise<unknown>)[][] = [[], [], [], []]
      const waiting = new Set<number>()
      let lastId = 0
      for (const { engine, twice, late: steps, writes } of deliveries) {
        for (let at = 0; at <= writes; at++) waiting.add(++lastId)
        const requests = [...waiting].map((id) => ({
          id,
          method: 'create',
          params: ['Note', { text: `${clientId} ${id}` }],
        }))
        const frame = { ack: Math.min(...waiting), requests }
        const send = async (to: number) => {
          const replies = (await sessions[to]?.exchange(frame)) ?? []
          for (const reply of replies) {
            // What was acknowledged is not run again, and nobody waits for its answer.
            if ('error' in reply && !waiting.has(reply.id)) continue
            const known = answers.get(reply.id)
            if (known) expect(reply).toEqual(known)
            answers.set(reply.id, reply)
          }
        }
        // One engine has it now, the other one at the same time or after some more frames.
        const copies = [send(engine)]
        if (twice) {
          if (steps === 0) copies.push(send(1 - engine))
          else late[steps]?.push(() => send(1 - engine))
        }
        await Promise.all(copies)
        for (const id of answers.keys()) waiting.delete(id)
        const due = late.shift() ?? []
        late.push([])
        for (const deliver of due) await deliver()
      }
      for (const due of late) for (const deliver of due) await deliver()
      for (const [, reply] of answers) expect(reply).toHaveProperty('result.text')
      const reader = pair[0].as('user')
      const count = await reader.call('count', 'Note', { text: { startsWith: `${clientId} ` } })
      expect(count).toBe(lastId)
      for (const session of [...sessions, reader.session]) session.close()
    }),
    { numRuns: runs(1_500), endOnFailure: true },
  )
  for (const { engine } of pair) await engine.close()
})

it('writes that each of two engines joins are done as if one had come behind the other', {
  timeout: 600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(joinedRounds, async (rounds) => {
      const pair = await openTwo({ schema: joinedSchema, joinWrites: joinWrites(setImmediate) })
      await checkJoined(pair, rounds)
      for (const { engine } of pair) await engine.close()
    }),
    { numRuns: runs(400), endOnFailure: true },
  )
})
