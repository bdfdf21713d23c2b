import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { difference } from './difference.ts'
import { type Entry, entryAfter } from './entry.ts'

const entry = (key: string, value: unknown = 0, at = -1): Entry => ({
  key,
  id: key,
  values: [key, value],
  order: [],
  at,
})

/** A list as it is shown, and the entries of the next one. */
function lists(
  before: readonly (readonly [string, unknown])[],
  after: readonly (readonly [string, unknown])[],
) {
  const shown = before.map(([key, value], at) => entry(key, value, at))
  const byKey = new Map(shown.map((one) => [one.key, one]))
  const next = after.map(([key, value]) => entryAfter(byKey.get(key), entry(key, value)))
  const isChanged = (one: Entry) => one.values !== shown[one.at]?.values
  return { shown, next, change: difference(['id', 'value'], shown, next, isChanged) }
}

const letters = (text: string) => [...text].map((key) => [key, 0] as const)
const movedOf = (before: string, after: string) =>
  lists(letters(before), letters(after)).change?.change.moved.map(({ id, from, to }) => `${id}${from}${to}`)

describe('the difference of two lists', () => {
  it('is none where nothing differs', () => {
    expect(lists(letters('abc'), letters('abc')).change).toBeNull()
    expect(lists([['a', { x: [1] }]], [['a', { x: [1] }]]).change).toBeNull()
  })

  it('moves as few rows as it can', () => {
    expect(movedOf('abcdef', 'bcdefa')).toEqual(['a05'])
    expect(movedOf('abcdef', 'fabcde')).toEqual(['f50'])
    expect(movedOf('abcdef', 'xabdcef')).toEqual([expect.stringMatching(/^(c24|d33)$/)])
    expect(movedOf('abc', 'bc')).toEqual([])
  })

  it('moves the row that was written, not the one that made room', () => {
    for (const written of ['a', 'b']) {
      const { change } = lists(letters('ab'), [
        ['b', written === 'b' ? 1 : 0],
        ['a', written === 'a' ? 1 : 0],
      ])
      expect(change?.change.moved.map(({ id }) => id)).toEqual([written])
    }
  })

  it('names rows without a key by their places', () => {
    const shown = letters('ab').map(([key], at) => ({ ...entry(key, 0, at), id: undefined }))
    const next = [
      { ...entry('b', 0, 1), id: undefined },
      { ...entry('c'), id: undefined },
    ]
    expect(difference(['id', 'value'], shown, next, () => false)?.change).toMatchObject({
      removed: [0],
      added: { values: ['c', 0] },
    })
  })

  it('is enough to make the one of the other', () => {
    const list = fc.uniqueArray(fc.tuple(fc.constantFrom(...'abcdefgh'), fc.constantFrom(0, 1)), {
      selector: ([key]) => key,
    })
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { change } = lists(before, after)
        if (!change) {
          expect(after).toEqual(before)
          return
        }
        const { places, change: told } = change
        const out = new Set([...places.removed, ...told.moved.map(({ from }) => from)])
        const rows: unknown[] = before.filter((_, at) => !out.has(at))
        const put: [number, unknown][] = told.moved.map(({ from, to }) => [to, before[from]])
        for (const [index, to] of places.added.entries()) {
          put.push([to, told.added.values.slice(index * 2, index * 2 + 2)])
        }
        for (const [to, row] of put.sort(([left], [right]) => left - right)) rows.splice(to, 0, row)
        for (const [index, to] of places.changed.entries()) {
          rows[to] = told.changed.values.slice(index * 2, index * 2 + 2)
        }
        expect(rows).toEqual(after)
      }),
    )
  })
})
