/**
 * Three callers do what they like, with transactions and without, and time passes. A model of a few lines says what each
 * of them is answered and when: a store, at most one transaction over it, and a line of those who wait.
 */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { defineSchema, f } from '../src/index.ts'
import { openTestEngine, type TestCaller } from './support/engine.ts'
import { callInside } from './support/transactions.ts'

const schema = defineSchema({
  Cell: {
    fields: { id: f.id(), name: f.string({ required: true, unique: true }), value: f.integer() },
    rules: [{ roles: ['god'], operations: ['create', 'read', 'update', 'delete'] }],
  },
  Locked: { fields: { id: f.id() } },
})

const idleMs = 5_000
const totalMs = 12_000
type Store = ReadonlyMap<string, number>

interface Deed {
  readonly does: 'read' | 'write' | 'refused' | 'denied'
  readonly key: string
  readonly value: number
}

/** `holds`: whoever has a transaction open does it, if anybody has. */
type Step = { readonly who: number; readonly holds?: boolean } & (
  | ({ readonly is: 'outside' | 'inside' } & Deed)
  | { readonly is: 'begin' | 'commit' | 'rollback' | 'save' | 'back' | 'release' | 'close' }
  | { readonly is: 'pass'; readonly ms: number }
)

const deed = {
  does: fc.constantFrom('read', 'write', 'write', 'refused', 'denied' as const),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.nat(99),
}
const who = fc.constantFrom(0, 0, 1, 2)
const holds = fc.constantFrom(true, true, false)
const is = <Name extends Step['is']>(...names: Name[]) => fc.constantFrom(...names)
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ who, is: is('inside'), holds, ...deed }) },
    { weight: 3, arbitrary: fc.record({ who, is: is('outside'), ...deed }) },
    { weight: 3, arbitrary: fc.record({ who, is: is('begin') }) },
    { weight: 2, arbitrary: fc.record({ who, is: is('commit', 'rollback', 'release') }) },
    { weight: 4, arbitrary: fc.record({ who, is: is('save', 'back'), holds }) },
    { weight: 1, arbitrary: fc.record({ who, is: is('pass'), ms: fc.constantFrom(1_000, 2_500, 5_000) }) },
    { weight: 1, arbitrary: fc.record({ who, is: is('close') }) },
  ),
  { maxLength: 60, size: 'max' },
) as fc.Arbitrary<Step[]>

/** What a call gave, or will give by the model. */
interface Call {
  got: unknown
  expected: unknown
}
const open = Symbol('not answered')

interface Held {
  readonly who: number
  readonly number: number
  store: Map<string, number>
  readonly saved: Map<string, number>[]
  idle: number
  total: number
}

class Model {
  store: Store = new Map()
  held: Held | null = null
  /** By caller: why its last transaction is over, for its next call. */
  readonly over = new Map<number, string>()
  readonly waiting: {
    readonly who: number
    readonly begins: boolean
    readonly run: () => void
    readonly call: Call
  }[] = []
  readonly gone = new Set<number>()
  denials = 0

  outside(who: number, call: Call, { does, key, value }: Deed): void {
    this.#inLine(who, call, false, () => {
      // One whose caller is gone is refused when its turn comes.
      if (this.gone.has(who)) {
        call.expected = 'DATABASE_ERROR'
        return
      }
      const next = new Map(this.store)
      call.expected = this.deed(next, { does, key, value })
      this.store = next
    })
  }

  begin(who: number, number: number, call: Call): void {
    this.#inLine(who, call, true, () => {
      call.expected = true
      this.held = { who, number, store: new Map(this.store), saved: [], idle: 0, total: 0 }
    })
  }

  deed(store: Map<string, number>, { does, key, value }: Deed): unknown {
    if (does === 'read') return show(store)
    if (does === 'refused') return 'VALIDATION_ERROR'
    if (does === 'denied') {
      this.denials++
      return 'FORBIDDEN'
    }
    store.set(key, value)
    return value
  }

  end(commits: boolean, why?: string): void {
    const { held } = this
    if (!held) return
    if (commits) this.store = held.store
    if (why) this.over.set(held.number, why)
    this.held = null
    while (!this.held) {
      const next = this.waiting.shift()
      if (!next) return
      next.run()
    }
  }

  leave(who: number): void {
    this.gone.add(who)
    for (const one of this.waiting.filter((waiting) => waiting.who === who && waiting.begins)) {
      one.call.expected = 'DATABASE_ERROR'
      this.waiting.splice(this.waiting.indexOf(one), 1)
    }
    if (this.held?.who === who) this.end(false)
  }

  #inLine(who: number, call: Call, begins: boolean, run: () => void): void {
    if (this.held) this.waiting.push({ who, begins, run, call })
    else run()
  }
}

const show = (store: Store) => [...store].sort(([one], [other]) => (one < other ? -1 : 1)).flat()

async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await null
}

async function play(all: readonly Step[]): Promise<void> {
  const { engine, as, clock } = await openTestEngine({ schema })
  const callers = [as('god'), as('god'), as('god')]
  const watcher = as('god')
  for (const caller of [...callers, watcher]) await caller.call('getCapabilities')
  await watcher.call('live.open', 'Cell', { sort: { name: 'asc' }, limit: 100 }, 1)
  const model = new Model()
  const calls: Call[] = []
  const numbers = new Map<number, number>()
  let last = 0
  const closed = new Set<number>()

  const make = (answer: () => Promise<unknown>): Call => {
    const call: Call = { got: open, expected: open }
    calls.push(call)
    answer().then(
      (value) => {
        call.got = value
      },
      (error: { code: string }) => {
        call.got = error.code
      },
    )
    return call
  }

  for (const drawn of all) {
    const step = drawn.holds && model.held ? { ...drawn, who: model.held.who } : drawn
    if (step.is === 'pass') {
      let left = step.ms
      while (left > 0 && model.held) {
        const own: Held = model.held
        const ms = Math.min(left, idleMs - own.idle, totalMs - own.total)
        own.idle += ms
        own.total += ms
        left -= ms
        if (own.idle >= idleMs || own.total >= totalMs) model.end(false, 'TIMEOUT')
      }
      clock.pass(step.ms)
      await check()
      continue
    }
    const caller = callers[step.who] as TestCaller
    if (closed.has(step.who)) continue
    const number = numbers.get(step.who) ?? 0
    const held = model.held?.who === step.who && model.held.number === number ? model.held : null
    const isWaiting = number > 0 && !held && !model.over.has(number)
    if (step.is === 'close') {
      closed.add(step.who)
      model.leave(step.who)
      caller.session.close()
    } else if (step.is === 'outside') {
      model.outside(
        step.who,
        make(() => act(caller, step)),
        step,
      )
    } else if (step.is === 'begin') {
      if (held || isWaiting) continue
      numbers.set(step.who, ++last)
      const own = last
      const call = make(() =>
        callInside(caller, own, 'transaction.begin', { idleTimeout: idleMs, timeout: totalMs }),
      )
      model.begin(step.who, own, call)
    } else {
      if (number === 0 || isWaiting) continue
      const inside = (method: string, ...params: unknown[]) =>
        make(() => callInside(caller, number, `transaction.${method}`, ...params))
      const why = model.over.get(number)
      if (held) held.idle = 0
      if (step.is === 'inside') {
        const call = make(() => act(caller, step, number))
        call.expected = held ? model.deed(held.store, step) : why
      } else if (step.is === 'commit' || step.is === 'rollback') {
        const call = inside(step.is)
        call.expected = held || (step.is === 'rollback' && why === 'TIMEOUT') ? true : why
        if (held) model.end(step.is === 'commit', 'DATABASE_ERROR')
      } else if (!held) {
        inside(methods[step.is], 's').expected = why
      } else {
        const top = held.saved.at(-1)
        inside(methods[step.is], 's').expected = step.is === 'save' || top ? true : 'VALIDATION_ERROR'
        if (step.is === 'save') held.saved.push(new Map(held.store))
        else if (step.is === 'release') held.saved.pop()
        else if (top) held.store = new Map(top)
      }
    }
    await check()
  }

  for (const [index, caller] of callers.entries()) {
    if (closed.has(index)) continue
    model.leave(index)
    caller.session.close()
    await check()
  }
  expect(await act(watcher, { does: 'read', key: '', value: 0 })).toEqual(show(model.store))
  const { data } = (await watcher.call('audit.list', { filter: { success: false }, limit: 100 })) as {
    data: { values: unknown[]; fields: string[] }
  }
  expect(data.values.length / data.fields.length).toBe(model.denials)
  expect(await watcher.call('audit.verify')).toMatchObject({ ok: true })
  await engine.close()
  expect(clock.waiting).toBe(0)

  async function check(): Promise<void> {
    await settled()
    expect(calls.map(({ got }) => got)).toEqual(calls.map(({ expected }) => expected))
  }

  async function act(from: TestCaller, { does, key, value }: Deed, number?: number): Promise<unknown> {
    const call = (method: string, ...params: unknown[]) =>
      number === undefined ? from.call(method, ...params) : callInside(from, number, method, ...params)
    if (does === 'read') {
      const { data: rows } = (await call('list', 'Cell', {
        select: ['name', 'value'],
        sort: { name: 'asc' },
      })) as { data: { values: unknown[] } }
      return rows.values
    }
    if (does === 'refused') return call('create', 'Cell', { name: 5 })
    if (does === 'denied') return call('create', 'Locked', {})
    const row = await call('upsert', 'Cell', {
      where: { name: key },
      create: { name: key, value },
      update: { value },
    })
    return (row as { value: number }).value
  }
}

const methods = { save: 'savepoint', back: 'rollbackTo', release: 'release' } as const

it('whatever three callers do, each is answered as if one came after the other', async () => {
  await fc.assert(fc.asyncProperty(steps, play), { numRuns: 150 })
}, 120_000)
