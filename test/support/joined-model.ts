/**
 * Random writes of many callers at once, over one engine or several that join them: as if one had come behind the other, in
 * the order that the audit log tells. What was answered is done once and stands in the log; the same calls in the log's
 * order, one at a time over an engine that joins nothing, give the same answers and the same rows.
 */

import fc from 'fast-check'
import { expect } from 'vitest'
import type { Reply } from '../../src/protocol/request.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { openTestEngine, type TestCaller, type TestEngine } from './engine.ts'

export const joinedSchema = defineSchema({
  Part: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, unique: true, max: 20 }),
      count: f.integer({ default: 0, min: 0 }),
      wholeId: f.uuid({ references: 'Part.id', onDelete: 'restrict' }),
    },
    rules: [{ roles: ['user', 'god'], operations: ['create', 'read', 'update', 'delete'] }],
  },
  Note: {
    fields: {
      id: f.id(),
      text: f.string({ required: true, unique: true }),
      partId: f.uuid({ references: 'Part.id', onDelete: 'cascade' }),
    },
    rules: [{ roles: ['user', 'god'], operations: ['create', 'read', 'update', 'delete'] }],
  },
  Tick: {
    fields: { id: f.id(), number: f.integer() },
    rules: [{ roles: ['user', 'god'], operations: ['create', 'read'] }],
  },
})

const kinds = [
  ...(['part', 'under', 'count', 'name', 'delete'] as const),
  ...(['note', 'note', 'note', 'notes', 'half', 'tick', 'tick', 'invalid'] as const),
]

interface Step {
  readonly caller: number
  readonly kind: (typeof kinds)[number]
  readonly which: number
  readonly other: number
  /** It is sent to another engine too, where there is one. */
  readonly isTwice: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  caller: fc.nat(11),
  kind: fc.constantFrom(...kinds),
  which: fc.nat(7),
  other: fc.nat(7),
  isTwice: fc.boolean(),
})
/** In some rounds all want the same few things, in others nobody is in anybody's way. */
const round = fc.record({
  steps: fc.array(step, { minLength: 2, maxLength: 16 }),
  isPeaceful: fc.boolean(),
})

export const joinedRounds = fc.array(round, { minLength: 2, maxLength: 8 })
type Rounds = typeof joinedRounds extends fc.Arbitrary<infer Value> ? Value : never

const idOf = (number: number) => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

let unique = 100

function requestOf({ kind, which, other }: Step, isPeaceful: boolean) {
  const fresh = ++unique
  const number = isPeaceful ? fresh : which
  const name = `name ${isPeaceful ? fresh : other}`
  const create = (entity: string, row: object) => ({ method: 'create', params: [entity, row] })
  switch (kind) {
    case 'part':
      return create('Part', { id: idOf(number), name })
    case 'under':
      return create('Part', { id: idOf(number), name, wholeId: idOf(other) })
    case 'note':
      return create('Note', { id: idOf(fresh), text: name, ...(!isPeaceful && { partId: idOf(which) }) })
    case 'notes': {
      const rows = [`${fresh}`, name].map((text, at) => ({ id: idOf(fresh * 1_000 + at), text }))
      return { method: 'createMany', params: ['Note', rows] }
    }
    // The first row is written, the second one cannot be.
    case 'half':
      return { method: 'createMany', params: ['Note', [{ text: name }, { text: 1 }]] }
    // Nothing keeps it from being done twice.
    case 'tick':
      return create('Tick', { number: fresh })
    case 'count':
      return { method: 'update', params: ['Part', idOf(which), { count: fresh }] }
    case 'name':
      return { method: 'update', params: ['Part', idOf(which), { name, count: fresh }] }
    case 'delete':
      return { method: 'delete', params: ['Part', idOf(which)] }
    default:
      return create('Part', { name, count: -1 })
  }
}

type Sent = ReturnType<typeof requestOf>

/** @param engines over the same empty database */
export async function checkJoined(engines: readonly TestEngine[], rounds: Rounds): Promise<void> {
  const [first] = engines as [TestEngine]
  const lines = engines.map(({ as }) =>
    Array.from({ length: 12 }, (_, at) => as('god', { clientId: `client ${at}` })),
  )
  const sent = new Map<number, Sent>()
  const answers = new Map<number, unknown>()
  let id = 0
  const plain = ({ method, params }: Sent, result: unknown) =>
    method === 'create' && params[0] === 'Tick' ? { ...(result as object), id: '' } : result
  for (const { steps, isPeaceful } of rounds) {
    const ack = id + 1
    await Promise.all(
      steps.map(async (one) => {
        const number = ++id
        const request = requestOf(one, isPeaceful)
        sent.set(number, request)
        const to = one.caller % engines.length
        const targets = one.isTwice && engines.length > 1 ? [to, (to + 1) % engines.length] : [to]
        const replies = await Promise.all(
          targets.map(async (target): Promise<Reply | undefined> => {
            const { session } = (lines[target] as TestCaller[])[one.caller] as TestCaller
            return (await session.exchange({ ack, requests: [{ id: number, ...request }] }))[0]
          }),
        )
        for (const reply of replies) {
          if (!reply || 'error' in reply) continue
          if (answers.has(number)) expect(reply.result).toEqual(answers.get(number))
          answers.set(number, reply.result)
        }
        if (one.kind === 'invalid' || one.kind === 'half') expect(answers.has(number)).toBe(false)
        if (one.kind === 'tick' || (one.kind === 'note' && isPeaceful)) expect(answers.has(number)).toBe(true)
      }),
    )
  }
  expect(await first.as('supergod').call('audit.verify')).toMatchObject({ ok: true })
  const done = await logged(first)
  expect([...done].sort((left, right) => left - right)).toEqual(
    [...answers.keys()].sort((left, right) => left - right),
  )
  const model = await openTestEngine({ schema: joinedSchema })
  const { call } = model.as('god')
  for (const number of done) {
    const request = sent.get(number) as Sent
    const again = await call(request.method, ...request.params)
    expect(plain(request, again)).toEqual(plain(request, answers.get(number)))
  }
  for (const entity of ['Part', 'Note'])
    expect(await rowsOf(first, entity)).toEqual(await rowsOf(model, entity))
  for (const { incidents } of engines) expect(incidents).toEqual([])
  await model.engine.close()
  for (const { session } of lines.flat()) await session.close()
}

/** The requests that have changed something, in the order of the log. */
async function logged({ as }: TestEngine): Promise<number[]> {
  const { lines } = (await as('supergod').call('audit.export')) as { lines: string[] }
  return lines
    .map((line) => JSON.parse(line) as { requestId: number; success: boolean; operation: string })
    .filter(({ success, operation }) => success && operation !== 'cascade')
    .map(({ requestId }) => requestId)
}

const rowsOf = ({ as }: TestEngine, entity: string): Promise<unknown> =>
  as('god').call('list', entity, { sort: { id: 'asc' }, limit: 100 })
