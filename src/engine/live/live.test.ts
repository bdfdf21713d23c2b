/** Live results of any source: what makes one run again, and how rows without a key are told apart. */

import { describe, expect, it } from 'vitest'
import type { Connection } from '../../drivers/driver.ts'
import type { DBALError } from '../../protocol/error.ts'
import type { Event } from '../../protocol/event.ts'
import { defaultLimits } from '../../protocol/limits.ts'
import { type Principal, publicPrincipal } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { AllowedCall, CallerPort, Published } from '../call.ts'
import { Model } from '../model.ts'
import type { Tools } from '../operations/operation.ts'
import { runSync, type Work } from '../work.ts'
import { Live, type PublishRun } from './live.ts'
import { Reach } from './reach.ts'
import type { Result, Source } from './source.ts'

const model = new Model(
  defineSchema({
    Team: { fields: { id: f.id(), name: f.string() } },
    Member: {
      fields: {
        id: f.id(),
        teamId: f.uuid({ references: 'Team.id', onDelete: 'cascade' }),
        name: f.string(),
      },
    },
    Badge: { fields: { id: f.id(), memberId: f.uuid({ references: 'Member.id', onDelete: 'cascade' }) } },
    Other: { fields: { id: f.id() } },
  }),
)

/** Nothing here asks the database. */
const run = <T>(work: Work<T>): T => runSync(work, null as unknown as Connection, { at: 0 })

const publishing: PublishRun = {
  now: () => '2026-01-15T10:30:00.000Z',
  begin: () => {},
  monotonic: () => 0,
  toError: (error) => error as DBALError,
}

interface Answer {
  rows: readonly (readonly unknown[])[]
}

function setup() {
  const live = new Live({ model, reach: new Reach(model), limits: defaultLimits } as unknown as Tools)
  const events: Event[] = []
  const port = {
    clientId: 'c',
    principal: publicPrincipal as Principal,
    isBusy: false,
    emit: (event: Event) => events.push(event),
  } as unknown as CallerPort
  /** How often each source has run. */
  const runs: number[] = []
  const open = (id: number, answer: Answer, source: Partial<Source> = {}) => {
    runs[id] = 0
    const made: Source = {
      watches: new Set(['Member']),
      key: [],
      unsent: new Set(),
      rows: null,
      // biome-ignore lint/correctness/useYield: asks nobody
      *run(): Work<Result> {
        runs[id] = (runs[id] ?? 0) + 1
        const values = answer.rows.flat()
        return { rows: { fields: ['name', 'count'], values }, isWhole: true, limit: Number.POSITIVE_INFINITY }
      },
      ...source,
    }
    const call = { port, caller: { principal: publicPrincipal, now: publishing.now() } } as AllowedCall
    run(live.open(call, () => made, id))()
    run(live.publish({ changes: [], touched: [] }, publishing))
    runs[id] = 0
  }
  const publish = (published: Partial<Published>) =>
    run(live.publish({ changes: [], touched: [], ...published }, publishing))
  return { live, events, open, publish, runs }
}

const deleted = (entity: string, before: Row) => ({
  entity: model.entity(entity),
  kind: 'delete' as const,
  id: before['id'],
  before,
  after: null,
})

describe('a result runs again', () => {
  const cases: [what: string, watches: string[] | null, published: Partial<Published>, runs: number][] = [
    ['when an entity that it watches is touched', ['Member'], { touched: ['Member'] }, 1],
    ['when everything is', ['Member'], { touched: 'all' }, 1],
    ['once for many reasons', ['Member', 'Badge'], { touched: ['Member', 'Badge', 'Team'] }, 1],
    ['when what is touched reaches it by foreign keys', ['Badge'], { touched: ['Team'] }, 1],
    ['not when another entity is', ['Member'], { touched: ['Badge', 'Other'] }, 0],
    ['when a row of it changes', ['Team'], { changes: [deleted('Team', { id: '1', name: 'a' })] }, 1],
    ['when a cascade goes on to it', ['Badge'], { changes: [deleted('Team', { id: '1', name: 'a' })] }, 1],
    [
      'not when nothing was cascaded',
      ['Badge'],
      { changes: [{ ...deleted('Team', { id: '1', name: 'a' }), isAlone: true }] },
      0,
    ],
    ['when an image is not whole', ['Other'], { changes: [deleted('Other', {})] }, 1],
    ['whatever changes, where nothing is known of it', null, { changes: [deleted('Other', { id: '1' })] }, 1],
    ['and then for what is touched too', null, { touched: ['Other'] }, 1],
  ]

  it.each(cases)('%s', (_, watches, published, count) => {
    const { open, publish, runs } = setup()
    open(1, { rows: [] }, { watches: watches && new Set(watches) })
    publish(published)
    expect(runs[1]).toBe(count)
  })

  it('when an image of its own entity is not whole', () => {
    const { open, publish, runs } = setup()
    const rows = { entity: 'Other', verdict: () => false, isKept: true, keys: [], json: new Set<string>() }
    open(1, { rows: [] }, { watches: new Set(), key: ['name'], rows: { ...rows, equality: null } })
    publish({ changes: [deleted('Other', { id: '1' })] })
    expect(runs[1]).toBe(0)
    publish({ changes: [deleted('Other', {})] })
    expect(runs[1]).toBe(1)
  })
})

describe('rows without a key', () => {
  it('are told apart by their values, and equal ones by how many there are', () => {
    const { open, publish, events } = setup()
    const answer: Answer = {
      rows: [
        ['a', 1],
        ['a', 1],
        ['b', 2],
      ],
    }
    open(1, answer)
    expect(events).toEqual([
      {
        type: 'live',
        subscription: 1,
        whole: { fields: ['name', 'count'], values: ['a', 1, 'a', 1, 'b', 2] },
        key: [],
      },
    ])
    answer.rows = [
      ['b', 2],
      ['a', 1],
      ['c', 3],
    ]
    publish({ touched: ['Member'] })
    expect(events[1]).toMatchObject({
      change: {
        added: { values: ['c', 3] },
        removed: [1],
        changed: { values: [] },
        moved: [expect.objectContaining({})],
      },
      places: { removed: [1], added: [2], changed: [] },
    })
    publish({ touched: ['Member'] })
    expect(events).toHaveLength(2)
  })
})

it('keys of several fields name their rows', () => {
  const { open, publish, events } = setup()
  const answer: Answer = { rows: [['a', 1n]] }
  open(1, answer, { key: ['name', 'count'] })
  answer.rows = [
    ['a', 1n],
    ['a', 2n],
    [new Uint8Array([1]), 2n],
  ]
  publish({ touched: ['Member'] })
  answer.rows = answer.rows.slice(1)
  publish({ touched: ['Member'] })
  expect(events.slice(1)).toMatchObject([
    { places: { added: [1, 2] } },
    { change: { removed: [{ name: 'a', count: 1n }] }, places: { removed: [0] } },
  ])
})

it('a caller that has left while its query was opened has nothing open', () => {
  const { live } = setup()
  const port = { emit: () => expect.unreachable() } as unknown as CallerPort
  const source: Source = {
    watches: null,
    key: [],
    unsent: new Set(),
    rows: null,
    // biome-ignore lint/correctness/useYield: asks nobody
    *run(): Work<Result> {
      return { rows: { fields: [], values: [] }, isWhole: true, limit: 1 }
    },
  }
  const call = { port, caller: { principal: publicPrincipal, now: '' } } as AllowedCall
  const commit = run(live.open(call, () => source, 1))
  live.leave(port)
  commit()
  run(live.publish({ changes: [], touched: 'all' }, publishing))
  expect(live.isIdle).toBe(true)
})
