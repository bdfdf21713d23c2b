import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineSchema, schemaFromData } from './define.ts'
import { f } from './fields.ts'
import { toJsonSchema } from './json-schema.ts'
import { metabuilderSchema } from './metabuilder/index.ts'

const schema = defineSchema({
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true, min: 1, max: 3, pattern: '^[a-z]+$' }),
      body: f.text(),
      state: f.enum(['draft', 'live'], { nullable: true }),
      level: f.integer({ default: 1, min: 1, max: 5 }),
      views: f.bigint({ default: 0 }),
      cover: f.bytes(),
      tags: f.json({ default: [], subsetOf: ['a', 'b'] }),
      secret: f.string({ required: true, hidden: true }),
      ownerId: f.uuid({ required: true, immutable: true, references: 'Post.id' }),
      createdAt: f.createdAt(),
    },
  },
})
const { row, create, update } = toJsonSchema(schema)['Post'] ?? {}

const validator = (part: object | undefined) =>
  z.fromJSONSchema((part ?? {}) as Parameters<typeof z.fromJSONSchema>[0])

test('is plain JSON that a reader of JSON Schema takes, for the built-in schema too', () => {
  for (const entity of [...Object.values(toJsonSchema(metabuilderSchema)), { row, create, update }]) {
    for (const part of Object.values(entity)) {
      expect(JSON.parse(JSON.stringify(part))).toEqual(part)
      validator(part)
    }
  }
})

describe('toJsonSchema', () => {
  const valid = (part: object | undefined, value: object) => validator(part).safeParse(value).success
  const ownerId = '018f3b1e-7c5a-7000-8000-000000000000'
  const whole = {
    id: ownerId,
    title: 'abc',
    body: null,
    state: null,
    level: 5,
    views: 0,
    cover: null,
    tags: ['a'],
    ownerId,
    createdAt: '2026-01-15T10:30:00.000Z',
  }

  test('a row has every field but the hidden ones', () => {
    expect(valid(row, whole)).toBe(true)
    expect(valid(row, { ...whole, secret: 'x' })).toBe(false)
    expect(valid(row, { ...whole, body: undefined })).toBe(false)
  })

  test.each([
    ['title', 'abcd'],
    ['title', ''],
    ['title', 'AB'],
    ['title', null],
    ['state', 'open'],
    ['level', 6],
    ['level', 1.5],
    ['views', '1'],
    ['tags', ['c']],
    ['ownerId', 'abc'],
    ['createdAt', 'now'],
  ])('%s cannot be %j', (field, value) => {
    expect(valid(row, { ...whole, [field]: value })).toBe(false)
  })

  test('create takes what is required, and what the engine makes only where it may be given', () => {
    expect(valid(create, { title: 'abc', secret: 'x', ownerId })).toBe(true)
    expect(valid(create, { id: ownerId, title: 'abc', secret: 'x', ownerId, state: 'live' })).toBe(true)
    expect(validator(create).parse({ title: 'abc', secret: 'x', ownerId })).toMatchObject({
      level: 1,
      tags: [],
      body: null,
    })
    expect(valid(create, { title: 'abc', ownerId })).toBe(false)
    expect(valid(create, { title: 'abc', secret: 'x', ownerId, createdAt: whole.createdAt })).toBe(false)
  })

  test('update takes what can change', () => {
    expect(valid(update, {})).toBe(true)
    expect(valid(update, { title: 'abc', secret: 'x' })).toBe(true)
    for (const field of ['id', 'ownerId', 'createdAt']) {
      expect(valid(update, { [field]: whole[field as 'id'] })).toBe(false)
    }
  })

  test('a view takes nothing', () => {
    const view = toJsonSchema(
      schemaFromData({ name: 'a', entities: { v: { kind: 'view', fields: { a: 'any' }, accessor: 'v' } } }),
    )['v']
    expect(valid(view?.row, { a: 1 })).toBe(true)
    expect(valid(view?.create, { a: 1 })).toBe(false)
  })
})
