import { describe, expect, test } from 'vitest'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { RowChange } from '../call.ts'
import { Reach } from '../live/reach.ts'
import { Model } from '../model.ts'
import { announcementOf, mostRows, printAnnouncement, readAnnouncement } from './announcement.ts'

const model = new Model(
  defineSchema({
    Author: { fields: { id: f.string({ primary: true }), name: f.string() } },
    Book: {
      fields: {
        id: f.integer({ primary: true }),
        authorId: f.string({ references: 'Author.id', onDelete: 'cascade', onUpdate: 'cascade' }),
      },
    },
    Page: {
      fields: {
        book: f.integer({ required: true, references: 'Book.id', onDelete: 'cascade' }),
        number: f.integer({ required: true }),
      },
      primaryKey: ['book', 'number'],
    },
  }),
)
const reach = new Reach(model)

function changeOf(
  name: string,
  before: RowChange['before'],
  after: RowChange['after'],
  more: Partial<RowChange> = {},
): RowChange {
  const entity = model.entity(name)
  const kind = before ? (after ? 'update' : 'delete') : 'create'
  return { entity, kind, id: entity.idOf((after ?? before) as object as never), before, after, ...more }
}

const of = (...changes: RowChange[]) => announcementOf({ changes, touched: [] }, 'us', reach)
const told = (...changes: RowChange[]) => {
  const { touched, rows } = of(...changes) ?? { touched: [], rows: new Map() }
  return { touched, rows: Object.fromEntries(rows) }
}

describe('what is told of a commit', () => {
  test('nothing, where nothing has changed', () => {
    expect(of()).toBeNull()
    expect(announcementOf({ changes: [], touched: 'all' }, 'us', reach)).toMatchObject({ touched: 'all' })
  })

  test('ids, and no values', () => {
    const text = printAnnouncement(
      of(changeOf('Author', { id: 'a', name: 'secret' }, { id: 'a', name: 'hidden' })) as never,
      7_900,
    )
    expect(text).toBe('{"from":"us","touched":[],"rows":{"Author":["a"]}}')
  })

  test('a key that was changed is told as it was and as it is, with what follows it', () => {
    expect(told(changeOf('Author', { id: 'a' }, { id: 'b' }))).toEqual({
      touched: ['Book', 'Page'],
      rows: { Author: ['a', 'b'] },
    })
  })

  test('what foreign keys take along: its rows where they are known, else its entities', () => {
    expect(told(changeOf('Author', { id: 'a' }, null))).toMatchObject({ touched: ['Book', 'Page'] })
    expect(told(changeOf('Author', { id: 'a' }, null, { isAlone: true }))).toMatchObject({ touched: [] })
    const followed = [changeOf('Book', { id: 7 }, null)]
    expect(told(changeOf('Author', { id: 'a' }, null, { followed }))).toEqual({
      touched: [],
      rows: { Author: ['a'], Book: [7] },
    })
  })

  test('an entity, where its key is of several fields or too many rows have changed', () => {
    expect(told(changeOf('Page', null, { book: 1, number: 2 }))).toEqual({ touched: ['Page'], rows: {} })
    const many = Array.from({ length: mostRows + 1 }, (_, id) => changeOf('Book', null, { id }))
    expect(told(...many)).toEqual({ touched: ['Book'], rows: {} })
    expect(told(...many.slice(1)).rows).toMatchObject({ Book: { length: mostRows } })
  })

  test('what does not fit becomes its entities, then everything; texts are ASCII', () => {
    const id = 'ä😀'.repeat(40)
    const announcement = of(changeOf('Author', null, { id }))
    const whole = printAnnouncement(announcement as never, 7_900)
    expect(whole).toMatch(/^[ -~]*$/)
    expect(readAnnouncement(whole, model)?.rows.get(model.entity('Author'))).toEqual([id])
    expect(printAnnouncement(announcement as never, whole.length - 1)).toBe(
      '{"from":"us","touched":["Author"],"rows":{}}',
    )
    expect(printAnnouncement(announcement as never, 40)).toBe('{"from":"us","touched":"all","rows":{}}')
  })
})

describe('what is heard', () => {
  test('entities of another version are left out', () => {
    expect(readAnnouncement('{"from":"x","touched":["Author","New"],"rows":{"Newer":[1]}}', model)).toEqual({
      from: 'x',
      touched: ['Author'],
      rows: new Map(),
    })
  })

  test.each([
    ['no JSON', 'touched'],
    ['half of it', '{"from":"x","touched":[]'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no sender', '{"touched":[],"rows":{}}'],
    ['an empty sender', '{"from":"","touched":[],"rows":{}}'],
    ['a sender of another type', '{"from":{"a":1},"touched":[],"rows":{}}'],
    ['a long sender', `{"from":"${'x'.repeat(65)}","touched":[],"rows":{}}`],
    ['touched of another type', '{"from":"x","touched":7,"rows":{}}'],
    ['touched of numbers', '{"from":"x","touched":[7],"rows":{}}'],
    ['no rows', '{"from":"x","touched":[]}'],
    ['rows as a list', '{"from":"x","touched":[],"rows":[]}'],
    ['ids that are no list', '{"from":"x","touched":[],"rows":{"Author":"a"}}'],
    ['ids of another type', '{"from":"x","touched":[],"rows":{"Author":[1]}}'],
    ['ids that are texts', '{"from":"x","touched":[],"rows":{"Book":["1; drop"]}}'],
    ['ids that are not whole', '{"from":"x","touched":[],"rows":{"Book":[1.5]}}'],
    ['a text that no column holds', '{"from":"x","touched":[],"rows":{"Author":["\\u0000"]}}'],
    ['ids of a key of several fields', '{"from":"x","touched":[],"rows":{"Page":[1]}}'],
    ['too much', `{"from":"x","touched":[],"rows":{}}${' '.repeat(8_000)}`],
  ])('%s is no announcement', (_name, text) => {
    expect(readAnnouncement(text, model)).toBeNull()
  })

  test('names of the prototype are names', () => {
    const text =
      '{"from":"x","touched":["__proto__","constructor"],"rows":{"__proto__":[1],"toString":["a"]}}'
    expect(readAnnouncement(text, model)).toEqual({ from: 'x', touched: [], rows: new Map() })
  })
})
