/**
 * Model-based: a client whose frames are lost, doubled and delayed, and an engine that is killed at random. Whatever
 * happens, every write that was acknowledged is there once, and every other at most once.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Connection, type Driver, DriverError } from '../src/drivers/driver.ts'
import { openNodeSqlite } from '../src/drivers/node-sqlite.ts'
import type { Frame, Reply, Request } from '../src/protocol/request.ts'
import { defineSchema } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { openTestEngine, type TestEngine } from './support/engine.ts'

/** What the model client knows. */
interface Model {
  nextId: number
  /** Sent or to be sent, not yet answered. */
  pending: Map<number, Request>
  /** Frames under way: they may arrive never, once, twice, and in any order. */
  wire: Frame[]
  acknowledged: Map<number, string>
}

interface Real {
  open: TestEngine
  driver: Driver
}

const clientId = 'the-client'

class Write implements fc.AsyncCommand<Model, Real> {
  readonly count: number
  constructor(count: number) {
    this.count = count
  }
  check = () => true
  async run(model: Model) {
    for (let index = 0; index < this.count; index++) {
      const id = model.nextId++
      model.pending.set(id, { id, method: 'create', params: ['Note', { text: `note ${id}` }] })
    }
    model.wire.push(frameOf(model))
  }
  toString = () => `write ${this.count}`
}

class Resend implements fc.AsyncCommand<Model, Real> {
  check = (model: Readonly<Model>) => model.pending.size > 0
  async run(model: Model) {
    model.wire.push(frameOf(model))
  }
  toString = () => 'resend all'
}

class Deliver implements fc.AsyncCommand<Model, Real> {
  readonly which: number
  readonly repliesArrive: boolean
  readonly keep: boolean
  constructor(which: number, repliesArrive: boolean, keep: boolean) {
    this.which = which
    this.repliesArrive = repliesArrive
    this.keep = keep
  }
  check = (model: Readonly<Model>) => model.wire.length > 0
  async run(model: Model, real: Real) {
    const at = this.which % model.wire.length
    const frame = model.wire[at] as Frame
    if (!this.keep) model.wire.splice(at, 1)
    // A frame that was overtaken by an acknowledgement is not sent by any client: it would ask for what it has.
    if (frame.requests.some(({ id }) => !model.pending.has(id))) return
    const session = sessionOf(real)
    const replies = await session.exchange(frame)
    if (this.repliesArrive) for (const reply of replies) accept(model, reply)
  }
  toString = () =>
    `deliver #${this.which}${this.repliesArrive ? '' : ', replies lost'}${this.keep ? ', doubled' : ''}`
}

class Lose implements fc.AsyncCommand<Model, Real> {
  check = (model: Readonly<Model>) => model.wire.length > 0
  async run(model: Model) {
    model.wire.shift()
  }
  toString = () => 'lose a frame'
}

class Kill implements fc.AsyncCommand<Model, Real> {
  check = () => true
  async run(_: Model, real: Real) {
    sessions.delete(real)
    real.open = await openTestEngine({ schema, driver: real.driver })
  }
  toString = () => 'kill the engine'
}

const sessions = new WeakMap<Real, ReturnType<TestEngine['as']>['session']>()

function sessionOf(real: Real) {
  const session = sessions.get(real) ?? real.open.as('god', { clientId }).session
  sessions.set(real, session)
  return session
}

/** Nothing in it is unique but the key that the engine makes: a write that was run twice leaves two rows. */
const schema = defineSchema({
  Note: {
    fields: { id: f.id(), text: f.text({ required: true }) },
    rules: [{ roles: ['god'], operations: ['create', 'read', 'delete'] }],
  },
})

function frameOf(model: Model): Frame {
  const requests = [...model.pending.values()]
  return { ack: Math.min(...requests.map(({ id }) => id)), requests }
}

function accept(model: Model, reply: Reply) {
  const known = model.acknowledged.get(reply.id)
  if ('error' in reply) throw new Error(`${reply.error.code}: ${reply.error.message}`)
  const { id } = reply.result as { id: string }
  if (known !== undefined) expect(id).toBe(known)
  model.acknowledged.set(reply.id, id)
  model.pending.delete(reply.id)
}

describe('at most once, under loss, doubling, reordering and kills', () => {
  it('keeps every acknowledged write once and every other at most once', async () => {
    const commands = [
      fc.integer({ min: 1, max: 4 }).map((count) => new Write(count)),
      fc.constant(new Resend()),
      fc.tuple(fc.nat(10), fc.boolean(), fc.boolean()).map((args) => new Deliver(...args)),
      fc.constant(new Lose()),
      fc.constant(new Kill()),
    ]
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (run) => {
        const driver = unclosable(openNodeSqlite(':memory:'))
        const real: Real = { driver, open: await openTestEngine({ schema, driver }) }
        const model: Model = { nextId: 1, pending: new Map(), wire: [], acknowledged: new Map() }
        await fc.asyncModelRun(() => ({ model, real }), run)
        const rows = await allNotes(real)
        expect(new Set(rows.map(({ text }) => text)).size).toBe(rows.length)
        for (const [id, rowId] of model.acknowledged) {
          expect(rows.filter(({ text }) => text === `note ${id}`)).toEqual([
            { id: rowId, text: `note ${id}` },
          ])
        }
      }),
      { numRuns: 80 },
    )
  })
})

async function allNotes(real: Real): Promise<{ id: string; text: string }[]> {
  const connection = await real.driver.acquire()
  const { values } = await connection.execute(
    { sql: 'select "id", "text" from main."Note"', columns: ['text', 'text'] },
    [],
    0,
  )
  const rows: { id: string; text: string }[] = []
  for (let at = 0; at < values.length; at += 2)
    rows.push({ id: values[at] as string, text: values[at + 1] as string })
  return rows
}

/** The file outlives the engines that a test kills. */
function unclosable(driver: Driver): Driver {
  return new Proxy(driver, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown
      return name === 'close' ? () => {} : typeof value === 'function' ? value.bind(target) : value
    },
  })
}

describe('a commit whose answer is lost', () => {
  it('is known when its request comes again, whatever was sent in between', async () => {
    const driver = openNodeSqlite(':memory:')
    let isLost = false
    const connection = driver.acquire() as Connection
    const execute = connection.execute.bind(connection)
    connection.execute = (...given) => {
      const result = execute(...given)
      if (isLost && given[0].sql === 'commit') {
        isLost = false
        throw new DriverError('io', 'connection', 'Connection lost')
      }
      return result
    }
    const open = await openTestEngine({
      schema,
      migrations: [],
      driver: Object.assign(driver, { acquire: () => connection }),
    })
    const { send } = open.as('god', { clientId })
    const { call } = open.as('god')
    const create = (id: number) => ({ id, method: 'create', params: ['Note', { text: `note ${id}` }] })
    await send(create(1))
    isLost = true
    const [lost] = await send(create(2))
    expect(lost).toMatchObject({ id: 2, error: { code: 'DATABASE_ERROR' } })
    await send(create(3))
    const [again] = await send(create(2))
    expect(again).toMatchObject({ id: 2, result: { text: 'note 2' } })
    expect(await call('count', 'Note')).toBe(3)
    expect(await call('audit.verify')).toMatchObject({ ok: true })
    await open.engine.close()
  })
})

describe('a write that had nothing to change', () => {
  const empty = { method: 'deleteMany', params: ['Note', { text: { startsWith: 'n' } }] }
  const list = { method: 'count', params: ['Note'] }

  it.each([
    ['alone', empty],
    ['in a batch', { method: 'batch', params: [[empty]] }],
    ['in a batch behind a read', { method: 'batch', params: [[list, empty]] }],
  ])('%s is not carried out when it comes again behind another write', async (_name, call) => {
    const open = await openTestEngine({ schema })
    const { send } = open.as('god', { clientId })
    const [first] = await send({ id: 1, ...call })
    await send({ id: 2, method: 'create', params: ['Note', { text: 'note 2' }] })
    expect(await send({ id: 1, ...call })).toEqual([first])
    expect(await open.as('god').call('count', 'Note')).toBe(1)
    await open.engine.close()
  })
})

describe('what comes late', () => {
  const create = (id: number) => ({ id, method: 'create', params: ['Note', { text: `note ${id}` }] })
  const late = (reason: string) => ({ error: { code: 'CONFLICT', details: { reason } } })

  async function setup() {
    const open = await openTestEngine({ schema, driver: unclosable(openNodeSqlite(':memory:')) })
    const count = () => open.as('god').call('count', 'Note')
    return { open, count, connect: () => open.as('god', { clientId }).session }
  }

  it('is not run when its reply was acknowledged, here or to an earlier engine', async () => {
    const { open, connect, count } = await setup()
    const first = connect()
    await first.exchange({ ack: 1, requests: [create(1)] })
    await first.exchange({ ack: 2, requests: [create(2)] })
    expect(await first.exchange({ ack: 1, requests: [create(1)] })).toMatchObject([late('acknowledged')])
    // Its place is taken, and it was another connection that did it.
    first.close({ mayReturn: true })
    expect(await connect().exchange({ ack: 1, requests: [create(1)] })).toMatchObject([late('acknowledged')])
    expect(await count()).toBe(2)
    await open.engine.close()
  })

  it('is not run after its client has said goodbye', async () => {
    const { open, connect, count } = await setup()
    const first = connect()
    await first.exchange({ ack: 1, requests: [create(1)] })
    await first.close({ mayTrail: true })
    const trailing = connect()
    const inside = (id: number, method: string, params: unknown[] = []) => ({
      id,
      method: `transaction.${method}`,
      params,
      transaction: 1,
    })
    const frames = [
      [create(1)],
      [create(2), create(3)],
      [inside(4, 'begin')],
      [{ ...create(5), transaction: 1 }],
      [inside(6, 'commit')],
    ]
    for (const requests of frames) {
      const replies = await trailing.exchange({ ack: 1, requests })
      expect(replies).toMatchObject(requests.map(() => late('closed')))
    }
    // What changes nothing is answered.
    expect(
      await trailing.exchange({ ack: 1, requests: [{ id: 7, method: 'count', params: ['Note'] }] }),
    ).toMatchObject([{ result: 1 }])
    expect(await count()).toBe(1)
    await open.engine.close()
  })

  it('is nothing to keep watch for of nobody who has written nothing', async () => {
    const { open } = await setup()
    const left = async (role: 'public' | 'god', method: string, ...params: unknown[]) => {
      const caller = open.as(role, { clientId: `${role} ${method}` })
      await caller.call(method, ...params).catch(() => {})
      await caller.session.close({ mayTrail: true })
      const { values } = await (await open.driver.acquire()).execute(rows, [], 0)
      return values[0]
    }
    const rows = { sql: 'select count(*) from main."_dbal_outcomes"', columns: ['integer'] } as const
    expect(await left('public', 'count', 'Note')).toBe(0)
    expect(await left('god', 'count', 'Note')).toBe(1)
    expect(await left('god', 'create', 'Note', { text: 'a' })).toBe(2)
    await open.engine.close()
  })
})
