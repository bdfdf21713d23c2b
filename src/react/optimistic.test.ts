import { expect, test } from 'vitest'
import { Changes, collect, type Draft, type Place } from './optimistic.ts'

const rowsItself = { get: (data: unknown) => data as never, put: (_: unknown, rows: unknown) => rows }
const notes: Place = { key: 'notes', entity: 'Note', query: { filter: { open: true } }, rows: rowsItself }
const others: Place = { key: 'others', entity: 'Other', query: {}, rows: rowsItself }
const page: Place = {
  key: 'page',
  entity: 'Note',
  query: {},
  rows: {
    get: (data) => (data as { data: never }).data,
    put: (data, rows) => ({ ...(data as object), data: rows }),
  },
}
const named = (name: unknown) => ({ name: String(name), primaryKey: name === 'Line' ? ['a', 'b'] : ['id'] })
const layer = (changes: Changes, ask: (draft: Draft) => void) => changes.add(collect(ask, named))

const one = { id: 1, title: 'one', open: true }
const two = { id: 2, title: 'two', open: true }
const rows = [one, two]

test('a patched row is another object, the others and lists of other entities stay the same', () => {
  const changes = new Changes()
  layer(changes, (draft) => draft.patch('Note', 2, { title: 'TWO', unselected: 1 }))
  const shown = changes.applied(notes, rows)
  expect(shown).toEqual([one, { id: 2, title: 'TWO', open: true }])
  expect(shown[0]).toBe(one)
  expect(rows[1]).toBe(two)
  expect(changes.applied(others, rows)).toBe(rows)
  const whole = { data: rows, hasMore: false }
  expect(changes.applied(page, whole)).toEqual({ data: shown, hasMore: false })
})

test('what changes nothing gives the same list', () => {
  const changes = new Changes()
  layer(changes, (draft) => {
    draft.patch('Note', 1, { title: 'one' })
    draft.patch('Note', 9, { title: 'nine' })
    draft.remove('Note', 9)
    draft.insert('Note', { id: 1, title: 'again' })
  })
  expect(changes.applied(notes, rows)).toBe(rows)
})

test('a row goes out, and in at the side that is asked for', () => {
  const changes = new Changes()
  const three = { id: 3, title: 'three', open: true }
  layer(changes, (draft) => draft.remove('Note', 1))
  layer(changes, (draft) =>
    draft.insert('Note', three, ({ filter }) => (filter?.['open'] ? 'start' : undefined)),
  )
  expect(changes.applied(notes, rows)).toEqual([three, two])
  expect(changes.applied(page, { data: rows }).data).toEqual([two])
})

test('a composite id is compared part by part', () => {
  const changes = new Changes()
  const line = { a: 1, b: '1', text: 'x' }
  const lines: Place = { key: 'lines', entity: 'Line', rows: rowsItself }
  layer(changes, (draft) => draft.patch('Line', { b: '1', a: 1 }, { text: 'y' }))
  expect(changes.applied(lines, [line])).toEqual([{ ...line, text: 'y' }])
  expect(changes.applied(lines, [{ ...line, b: 1 }])).toEqual([{ ...line, b: 1 }])
})

test('the answer to a key is changed by its key alone', () => {
  const changes = new Changes()
  layer(changes, (draft) => draft.set<number>(['count', 1], (count) => count + 1))
  expect(changes.applied({ key: '["count",1]' }, 4)).toBe(5)
  expect(changes.applied({ key: '["count",2]' }, 4)).toBe(4)
})

test('a refusal takes away its own change and no other', () => {
  const changes = new Changes()
  const first = layer(changes, (draft) => draft.patch('Note', 1, { title: 'first' }))
  layer(changes, (draft) => draft.patch('Note', 1, { open: false }))
  changes.remove(first)
  expect(changes.applied(notes, rows)).toEqual([{ id: 1, title: 'one', open: false }, two])
})

test('a confirmed change shows until the rows hold it, and no longer', () => {
  const changes = new Changes()
  const change = layer(changes, (draft) => draft.patch('Note', 1, { title: 'ONE' }))
  // What others change meanwhile does not end it.
  changes.heard(notes)
  expect(changes.applied(notes, rows)[0]?.title).toBe('ONE')
  changes.confirm(change, [{ place: notes, base: rows }])
  expect(changes.applied(notes, rows)[0]?.title).toBe('ONE')
  changes.heard(notes)
  expect(changes.applied(notes, [{ ...one, title: 'One' }])[0]?.title).toBe('One')

  const known = layer(changes, (draft) => draft.patch('Note', 2, { title: 'TWO' }))
  const there = [one, { ...two, title: 'TWO' }]
  changes.confirm(known, [{ place: notes, base: there }])
  // The rows held it when it was confirmed: a later change of the row is not covered up.
  expect(changes.applied(notes, rows)).toBe(rows)
})
