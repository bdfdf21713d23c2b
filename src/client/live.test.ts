import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { DBALError } from '../protocol/error.ts'
import type { LiveChange, LivePlaces } from '../protocol/event.ts'
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
    method: 'live.open',
    params: ['Note', { sort: { name: 'asc' } }],
    listener: (rows, change) => heard.push({ rows, change }),
    onError: (error) => errors.push(error),
  })
  const whole = (rows: readonly Row[], subscription = 1) =>
    live.hear({ type: 'live', subscription, whole: pack(rows), key: primaryKey })
  const tell = (part: Parameters<typeof change>[0], places: Partial<LivePlaces>) =>
    live.hear({
      type: 'live',
      subscription: 1,
      change: change(part),
      places: { added: [], removed: [], changed: [], ...places },
    })
  return { live, calls, answers, heard, errors, stop, whole, tell }
}

const a = { id: 'a', name: 'Ann' }
const b = { id: 'b', name: 'Ben' }
const c = { id: 'c', name: 'Cid' }

describe('a subscription', () => {
  test('opens under a number of its own and hears the whole result first', () => {
    const { calls, heard, whole } = setup()
    expect(calls).toEqual([['live.open', ['Note', { sort: { name: 'asc' } }, 1]]])
    whole([a, b])
    expect(heard).toEqual([{ rows: [a, b], change: { added: [a, b], removed: [], changed: [], moved: [] } }])
  })

  test('that finds nothing hears of it', () => {
    const { heard, whole } = setup()
    whole([])
    expect(heard).toEqual([{ rows: [], change: { added: [], removed: [], changed: [], moved: [] } }])
  })

  test('applies changes at their places; rows that stay are the same objects', () => {
    const { heard, whole, tell } = setup()
    whole([a, b])
    const ben = { id: 'b', name: 'Benjamin' }
    tell({ added: [c], changed: [ben] }, { added: [0], changed: [2] })
    expect(heard[1]?.rows).toEqual([c, a, ben])
    expect(heard[1]?.rows[1]).toBe(heard[0]?.rows[0])
    tell({ removed: ['c'] }, { removed: [0] })
    expect(heard[2]?.rows).toEqual([a, ben])
    expect(heard[2]?.rows[1]).toBe(heard[1]?.rows[2])
    expect(heard[2]?.change.removed).toEqual(['c'])
    tell({ moved: [{ id: 'a', from: 0, to: 1 }] }, {})
    expect(heard[3]?.rows).toEqual([ben, a])
  })

  test('ends when it is told to, once', () => {
    const { calls, heard, stop, whole } = setup()
    stop()
    stop()
    expect(calls.slice(1)).toEqual([['live.close', [1]]])
    whole([a])
    expect(heard).toEqual([])
  })

  test('that is refused tells its own error and ends', async () => {
    const { live, calls, answers, errors, whole, heard } = setup()
    const refused = new DBALError('FORBIDDEN', 'no')
    answers[0]?.reject(refused)
    await vi.waitFor(() => expect(errors).toEqual([refused]))
    live.reopen()
    whole([a])
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
      const request = { method: 'live.open', params: ['Note', {}], onError: () => {} } as const
      live.subscribe({
        ...request,
        listener: (rows) => {
          seen.push(rows.length)
          throw new Error('in the app')
        },
      })
      live.hear({ type: 'live', subscription: 1, whole: pack([a]), key: ['id'] })
      live.hear({ type: 'live', subscription: 1, whole: pack([a, b]), key: ['id'] })
      expect(seen).toEqual([1, 2])
      expect(() => vi.runAllTicks()).toThrow('in the app')
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('after a lost connection', () => {
  test('it is opened again under its number; the listener hears of what changed meanwhile, and same rows stay', async () => {
    const { live, calls, answers, heard, whole } = setup()
    answers[0]?.resolve(true)
    await Promise.resolve()
    whole([a, b, c])
    live.reopen()
    expect(calls[1]).toEqual(calls[0])
    const cindy = { id: 'c', name: 'Cindy' }
    whole([cindy, { ...a }, { id: 'd', name: 'Dan' }])
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

  test('a listener that missed nothing hears nothing', () => {
    const { live, heard, whole } = setup()
    whole([a, b])
    live.reopen()
    whole([{ ...a }, { ...b }])
    expect(heard).toHaveLength(1)
  })

  test('an opening that was under way is not made twice', () => {
    const { live, calls } = setup()
    live.reopen()
    expect(calls).toHaveLength(1)
  })
})

test('composite ids, numbers, bigints and bytes each name their own row', () => {
  const ids = [1, 2n, '1', new Uint8Array([1, 2]), new Uint8Array([1]), true]
  const { heard, whole } = setup()
  const rows = ids.map((id, index) => ({ id, name: `row ${index}` }))
  whole(rows)
  whole(rows.slice(1))
  expect(heard[1]?.change.removed).toEqual([1])
  expect(heard[1]?.rows.map(({ name }) => name)).toEqual(ids.slice(1).map((_, index) => `row ${index + 1}`))

  const composite = setup(['id', 'name'])
  const pairs = [
    { id: 'a', name: 'b,c' },
    { id: 'a,b', name: 'c' },
  ]
  composite.whole(pairs)
  composite.whole([pairs[1] as Row])
  expect(composite.heard[1]?.rows).toEqual([pairs[1]])
  expect(composite.heard[1]?.change.removed).toEqual([pairs[0]])
})

test('rows without a key are told apart by their values and places', () => {
  const { heard, whole } = setup([])
  whole([a, a, b])
  whole([{ ...a }, { ...b }, c])
  expect(heard[1]?.change).toEqual({ added: [c], removed: [1], changed: [], moved: [] })
  expect(heard[1]?.rows[1]).toBe(heard[0]?.rows[2])
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
      const { live, heard, whole, tell, answers } = setup()
      answers[0]?.resolve()
      let seen: readonly Row[] | null = null
      for (const next of results) {
        const held = heard.at(-1)?.rows ?? []
        const lost = losses.next().value
        if (lost) live.reopen()
        if (lost || !seen) whole(next)
        else tell(...changeOf(seen, next))
        const now = heard.at(-1)?.rows ?? []
        expect(now).toEqual(next)
        for (const one of now) {
          const old = held.find(({ id }) => id === one['id'])
          if (old && old['name'] === one['name']) expect(one).toBe(old)
        }
        seen = next
      }
    }),
  )
})

/** With every row that is not where it was among those that stayed as moved. */
function changeOf(before: readonly Row[], after: readonly Row[]) {
  const at = (rows: readonly Row[], id: unknown) => rows.findIndex((one) => one['id'] === id)
  const stayed = before.filter(({ id }) => at(after, id) >= 0)
  const still = after.filter(({ id }) => at(before, id) >= 0)
  const added = after.filter(({ id }) => at(before, id) < 0)
  const removed = before.filter(({ id }) => at(after, id) < 0)
  const changed = still.filter(({ id, name }) => before[at(before, id)]?.['name'] !== name)
  const moved = still
    .filter(({ id }, index) => stayed[index]?.['id'] !== id)
    .map(({ id }) => ({ id, from: at(before, id), to: at(after, id) }))
  const placesIn = (list: readonly Row[], rows: readonly Row[]) => rows.map(({ id }) => at(list, id))
  const part = { added, removed: removed.map(({ id }) => id), changed, moved }
  const places = {
    added: placesIn(after, added),
    removed: placesIn(before, removed),
    changed: placesIn(after, changed),
  }
  return [part, places] as const
}
