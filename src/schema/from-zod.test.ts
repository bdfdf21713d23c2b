import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { DBALError } from '../protocol/error.ts'
import { defineSchema } from './define.ts'
import { f } from './fields.ts'
import { fromZod } from './from-zod.ts'
import type { AccessorsOf, InsertOf, RowOf } from './infer.ts'

const placesOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof DBALError && error.is('VALIDATION_ERROR'))
      return error.details?.issues.map(({ path }) => path)
    throw error
  }
  return []
}
const ofField = (field: z.ZodType) => placesOf(() => fromZod({ Post: z.object({ id: z.uuid(), field }) }))

const id = f.id()
const fieldOf = (field: z.ZodType) =>
  fromZod({ Post: z.object({ id: z.uuid(), field }) }).entities['Post']?.fields['field']
const expected = (field: ReturnType<typeof f.string> | object) =>
  defineSchema({ Post: { fields: { id, field: field as ReturnType<typeof f.string> } } }).entities['Post']
    ?.fields['field']

describe('fromZod', () => {
  test.each<[string, z.ZodType, object]>([
    ['string', z.string(), f.string({ required: true })],
    ['lengths', z.string().min(3).max(5), f.string({ required: true, min: 3, max: 5 })],
    ['length', z.string().length(3), f.string({ required: true, min: 3, max: 3 })],
    ['pattern', z.string().regex(/^a+$/), f.string({ required: true, pattern: '^a+$' })],
    ['email', z.email(), f.email({ required: true })],
    ['email, the older way', z.string().email().max(9), f.email({ required: true, max: 9 })],
    ['uuid', z.uuidv7(), f.uuid({ required: true })],
    ['datetime', z.iso.datetime(), f.datetime({ required: true })],
    ['date', z.date(), f.datetime({ required: true })],
    ['number', z.number().min(0.5), f.number({ required: true, min: 0.5 })],
    ['integer', z.int().min(1).lt(10), f.integer({ required: true, min: 1, max: 9 })],
    ['integer of 32 bits', z.int32(), f.integer({ required: true, min: -2147483648, max: 2147483647 })],
    ['bigint', z.bigint().positive(), f.bigint({ required: true, min: 1 })],
    ['boolean', z.boolean(), f.boolean({ required: true })],
    ['enum', z.enum(['a', 'b']), f.enum(['a', 'b'], { required: true })],
    ['literals', z.literal(['a', 'b']), f.enum(['a', 'b'], { required: true })],
    ['object', z.object({ a: z.string() }), f.json({ required: true })],
    ['list of known strings', z.array(z.enum(['a', 'b'])), f.json({ required: true, subsetOf: ['a', 'b'] })],
    ['optional', z.string().optional(), f.string()],
    ['nullable', z.string().nullable(), f.string({ required: true, nullable: true })],
    ['nullish', z.string().nullish(), f.string({ nullable: true })],
    ['default', z.string().default('x'), f.string({ default: 'x' })],
    ['nullable with a default', z.number().nullable().default(3), f.number({ nullable: true, default: 3 })],
    ['readonly', z.string().readonly(), f.string({ required: true })],
  ])('reads %s', (_what, zod, field) => {
    expect(fieldOf(zod)).toEqual(expected(field))
  })

  test('reads zod/mini alike', () => {
    const schema = fromZod({
      Post: mini.object({ id: mini.uuid(), title: mini.optional(mini.string().check(mini.maxLength(3))) }),
    })
    expect(schema.entities['Post']?.fields['title']).toEqual(expected(f.string({ max: 3 })))
  })

  test.each<[string, z.ZodType]>([
    ['refinements', z.string().refine((text) => text !== 'x')],
    ['transforms', z.string().transform((text) => text.length)],
    ['changes', z.string().trim()],
    ['coercion', z.coerce.number()],
    ['catch', z.string().catch('x')],
    ['a url', z.url()],
    ['two patterns', z.string().startsWith('a').regex(/b$/)],
    ['flags', z.string().regex(/a/i)],
    ['an open bound', z.number().positive()],
    ['multiples', z.number().multipleOf(3)],
    ['classes', z.instanceof(Uint8Array)],
    ['an enum of numbers', z.literal([1, 2])],
    ['lazy types', z.lazy(() => z.string())],
  ])('refuses %s, which cannot be data', (_what, zod) => {
    expect(ofField(zod)).toEqual(['Post.fields.field'])
  })

  test('extras say what zod does not', () => {
    const schema = fromZod(
      {
        Author: z.object({ id: z.uuid(), name: z.string(), password: z.string() }),
        Post: z.object({
          id: z.uuid(),
          title: z.string(),
          authorId: z.uuid(),
          createdAt: z.iso.datetime(),
          cover: z.any(),
        }),
      },
      {
        Author: { fields: { password: { hidden: true }, bio: f.text() } },
        Post: {
          accessor: 'articles',
          fields: {
            authorId: { references: 'Author.id', onDelete: 'cascade' },
            createdAt: { generated: 'createdAt' },
            cover: f.bytes(),
          },
          indexes: [['authorId']],
          rules: [{ roles: ['user'], operations: ['read'], rowFilter: 'authorId = $user.id' }],
        },
      },
      { name: 'blog' },
    )
    expect(schema).toEqual(
      defineSchema(
        {
          Author: {
            fields: {
              id,
              name: f.string({ required: true }),
              password: f.string({ required: true, hidden: true }),
              bio: f.text(),
            },
          },
          Post: {
            accessor: 'articles',
            fields: {
              id,
              title: f.string({ required: true }),
              authorId: f.uuid({ required: true, references: 'Author.id', onDelete: 'cascade' }),
              createdAt: f.createdAt(),
              cover: f.bytes(),
            },
            indexes: [['authorId']],
            rules: [{ roles: ['user'], operations: ['read'], rowFilter: 'authorId = $user.id' }],
          },
        },
        { name: 'blog' },
      ),
    )
    // The types say the same.
    const author: RowOf<typeof schema, 'Author'> = { id: '', name: '', bio: null }
    const post: InsertOf<typeof schema, 'Post'> = { title: '', authorId: '', cover: new Uint8Array() }
    const accessors: AccessorsOf<typeof schema> = { authors: 'Author', articles: 'Post' }
    // @ts-expect-error hidden
    author.password = ''
    // @ts-expect-error the engine sets it
    post.createdAt = ''
    expect(Object.keys(accessors)).toHaveLength(2)
  })

  test('tells everything that is wrong, zod’s and the schema’s', () => {
    expect(
      placesOf(() =>
        fromZod(
          { Post: z.object({ id: z.uuid(), title: z.string().trim() }).refine(() => true) },
          // @ts-expect-error there is no such object
          { Pots: {}, Post: { indexes: [['nothing']] } },
        ),
      ),
    ).toEqual(['Pots', 'Post', 'Post.fields.title', 'Post.indexes[0][0]'])
  })
})
