import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import type { LiveChange } from '../protocol/event.ts'
import type { PackedRows, Row } from '../protocol/rows.ts'
import { type Change, LiveQueries } from './live.ts'

const pack = (rows: readonly Row[], fields = ['id', 'name']): PackedRows => ({
  fields,
  values: rows.flatMap((row) => fields.map((field) => row[field])),
})

const change = (part: {
  added?: Row[]
  removed?: unknown[]
  changed?: Row[]
  moved?: LiveChange['moved']
}): LiveChange => ({
  added: pack(part.added ?? []),
  removed: part.removed ?? [],
  changed: pack(part.changed ?? []),
  moved: part.moved ?? [],
})

function setup(primaryKey: readonly string[] = ['id']) {
  const calls: [method: string, params: readonly unknown[]][] = []
  const answers: { resolve: (value?: unknown) => void; reject: (error: DBALError) => void }[] = []
  const live = new LiveQueries((method, params) => {
    calls.push([method, params])
    return new Promise((resolve, reject) => answers.push({ resolve, reject }))
  })
  const heard: { rows: readonly Row[]; change: Change<Row> }[] = []
  const errors: DBALError[] = []
  const stop = live.subscribe({
    entity: 'Note',
    query: { sort: { name: 'asc' } },
    primaryKey,
    listener: (rows, change) => heard.push({ rows, change }),
    onError: (error) => errors.push(error),
  })
  const tell = (order: readonly unknown[], part: Parameters<typeof change>[0], subscription = 1) =>
    live.hear({ type: 'live', subscription, change: change(part), order })
  return { live, calls, answers, heard, errors, stop, tell }
}

const a = { id: 'a', name: 'Ann' }
const b = { id: 'b', name: 'Ben' }
const c = { id: 'c', name: 'Cid' }

describe('a subscription', () => {
  test('opens under a number of its own and hears the whole result first', () => {
    const { calls, heard, tell } = setup()
    expect(calls).toEqual([['live.open', ['Note', { sort: { name: 'asc' } }, 1]]])
    tell(['a', 'b'], { added: [a, b] })
    expect(heard).toEqual([{ rows: [a, b], change: { added: [a, b], removed: [], changed: [], moved: [] } }])
  })

  test('applies changes in the order given; rows that stay are the same objects', () => {
    const { heard, tell } = setup()
    tell(['a', 'b'], { added: [a, b] })
    const ben = { id: 'b', name: 'Benjamin' }
    tell(['c', 'a', 'b'], { added: [c], changed: [ben] })
    expect(heard[1]?.rows).toEqual([c, a, ben])
    expect(heard[1]?.rows[1]).toBe(heard[0]?.rows[0])
    tell(['a', 'b'], { removed: ['c'] })
    expect(heard[2]?.rows).toEqual([a, ben])
    expect(heard[2]?.rows[1]).toBe(heard[1]?.rows[2])
    expect(heard[2]?.change.removed).toEqual(['c'])
  })

  test('ends when it is told to, once', () => {
    const { calls, heard, stop, tell } = setup()
    stop()
    stop()
    expect(calls.slice(1)).toEqual([['live.close', [1]]])
    tell(['a'], { added: [a] })
    expect(heard).toEqual([])
  })

  test('that is refused tells its own error and ends', async () => {
    const { live, calls, answers, errors, tell, heard } = setup()
    const refused = new DBALError('FORBIDDEN', 'no')
    answers[0]?.reject(refused)
    await vi.waitFor(() => expect(errors).toEqual([refused]))
    live.reopen()
    tell(['a'], { added: [a] })
    expect(calls).toHaveLength(1)
    expect(heard).toEqual([])
  })

  test('that the engine gives up tells why and ends', () => {
    const { live, errors, calls } = setup()
    live.hear({ type: 'liveError', subscription: 1, error: { code: 'TIMEOUT', message: 'slow' } })
    expect(errors).toMatchObject([{ code: 'TIMEOUT' }])
    live.reopen()
    expect(calls).toHaveLength(1)
  })

  test('whose listener throws goes on', () => {
    vi.useFakeTimers({ toFake: ['queueMicrotask'] })
    try {
      const live = new LiveQueries(() => Promise.resolve())
      const seen: number[] = []
      const request = { entity: 'Note', query: {}, primaryKey: ['id'], onError: () => {} }
      live.subscribe({
        ...request,
        listener: (rows) => {
          seen.push(rows.length)
          throw new Error('in the app')
        },
      })
      live.hear({ type: 'live', subscription: 1, change: change({ added: [a] }), order: ['a'] })
      live.hear({ type: 'live', subscription: 1, change: change({ added: [b] }), order: ['a', 'b'] })
      expect(seen).toEqual([1, 2])
      expect(() => vi.runAllTicks()).toThrow('in the app')
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('after a lost connection', () => {
  test('it is opened again under its number; the listener hears of what changed meanwhile, and same rows stay', async () => {
    const { live, calls, answers, heard, tell } = setup()
    answers[0]?.resolve(true)
    await Promise.resolve()
    tell(['a', 'b', 'c'], { added: [a, b, c] })
    live.reopen()
    expect(calls[1]).toEqual(calls[0])
    const cindy = { id: 'c', name: 'Cindy' }
    tell(['c', 'a', 'd'], { added: [cindy, { ...a }, { id: 'd', name: 'Dan' }] })
    expect(heard[1]?.rows[1]).toBe(heard[0]?.rows[0])
    expect(heard[1]?.change).toEqual({
      added: [{ id: 'd', name: 'Dan' }],
      removed: ['b'],
      changed: [cindy],
      moved: [
        { id: 'c', from: 2, to: 0 },
        { id: 'a', from: 0, to: 1 },
      ],
    })
  })

  test('an opening that was under way is not made twice', () => {
    const { live, calls } = setup()
    live.reopen()
    expect(calls).toHaveLength(1)
  })
})

test('composite ids, numbers, bigints and bytes each name their own row', () => {
  const ids = [1, 2n, '1', new Uint8Array([1, 2]), new Uint8Array([1]), true]
  const { heard, tell } = setup()
  tell(ids, { added: ids.map((id, index) => ({ id, name: `row ${index}` })) })
  expect(heard[0]?.rows.map(({ name }) => name)).toEqual(ids.map((_, index) => `row ${index}`))

  const composite = setup(['id', 'name'])
  const rows = [
    { id: 'a', name: 'b,c' },
    { id: 'a,b', name: 'c' },
  ]
  composite.tell(rows, { added: rows })
  composite.tell([rows[1]], { removed: [rows[0]] })
  expect(composite.heard[1]?.rows).toEqual([rows[1]])
})

test('whatever changes come, the rows held are those of the engine', () => {
  const row = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    name: fc.constantFrom('x', 'y'),
  })
  const states = fc.array(fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(states, fc.infiniteStream(fc.boolean()), (results, losses) => {
      const { live, heard, tell, answers } = setup()
      answers[0]?.resolve()
      let seen: readonly Row[] = []
      for (const next of results) {
        const lost = losses.next().value
        if (lost) {
          live.reopen()
          seen = []
        }
        const before = new Map(seen.map((one) => [one['id'], one]))
        tell(
          next.map(({ id }) => id),
          {
            added: next.filter(({ id }) => !before.has(id)),
            changed: next.filter(({ id, name }) => before.has(id) && before.get(id)?.['name'] !== name),
            removed: seen.filter(({ id }) => !next.some((one) => one.id === id)).map(({ id }) => id),
          },
        )
        seen = next
        expect(heard.at(-1)?.rows).toEqual(next)
      }
    }),
  )
})
