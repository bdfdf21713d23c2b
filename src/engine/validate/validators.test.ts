import { describe, expect, it } from 'vitest'
import type { DBALError } from '../../protocol/error.ts'
import { defaultLimits, type Limits } from '../../protocol/limits.ts'
import type { FieldData } from '../../schema/schema.ts'
import { Model } from '../model.ts'
import { entityData, fieldData } from '../query/world.cases.ts'
import { Validators } from './validators.ts'
import { zodOf } from './zod.ts'

const id = '0190a6b0-0000-7000-8000-00000000000a'

function setup(fields: Record<string, FieldData>, limits: Partial<Limits> = {}, primaryKey = ['id']) {
  const all =
    primaryKey[0] === 'id'
      ? { id: fieldData('uuid', { nullable: false, generated: 'id' }), ...fields }
      : fields
  const model = new Model({ name: 'test', entities: { Post: entityData(all, { primaryKey }) } })
  const post = model.entity('Post')
  const validators = new Validators(model, { ...defaultLimits, ...limits })
  return {
    post,
    validators,
    create: (input: unknown) => validators.create(post, input),
    update: (input: unknown) => validators.update(post, input),
    /** What becomes of a value of the one field `x`: itself, or the message. */
    read: (value: unknown): unknown => {
      const issues = issuesOf(() => validators.update(post, { x: value }))
      return issues.length === 0 ? validators.update(post, { x: value }).x : issues.join('; ')
    },
  }
}

function issuesOf(run: () => unknown): string[] {
  try {
    run()
    return []
  } catch (error) {
    const { code, details } = error as DBALError<'VALIDATION_ERROR'>
    if (code !== 'VALIDATION_ERROR') throw error
    return (details?.issues ?? []).map(({ path, message }) => `${path}: ${message}`)
  }
}

const field = (type: FieldData['type'], more: Partial<FieldData> = {}) => setup({ x: fieldData(type, more) })

describe('a create', () => {
  const world = setup({
    title: fieldData('string', { required: true, nullable: false, max: 5 }),
    body: fieldData('text'),
    role: fieldData('enum', { values: ['a', 'b'], default: 'a', nullable: false }),
    tags: fieldData('json', { default: ['x', { y: [] }], nullable: false }),
    at: fieldData('datetime', { default: '2026-01-01T01:00:00+01:00', nullable: false }),
    token: fieldData('string', { hidden: true }),
    slug: fieldData('string', { immutable: true }),
    createdAt: fieldData('datetime', { nullable: false, generated: 'createdAt' }),
    updatedAt: fieldData('datetime', { nullable: false, generated: 'updatedAt' }),
  })

  it('returns a complete row, in the order of the fields', () => {
    const row = world.create({ slug: 's', title: 't' })
    expect(row).toEqual({
      id: undefined,
      title: 't',
      body: null,
      role: 'a',
      tags: ['x', { y: [] }],
      at: '2026-01-01T00:00:00.000Z',
      token: null,
      slug: 's',
      createdAt: undefined,
      updatedAt: undefined,
    })
    expect(Object.keys(row)).toEqual(world.post.fields.map(({ name }) => name))
  })

  it('gives every row its own copy of a default', () => {
    const [first, second] = [world.create({ title: 'a' }), world.create({ title: 'b' })]
    ;(first.tags as unknown[]).push('more')
    expect(second.tags).toEqual(['x', { y: [] }])
    expect(world.create({ title: 'c' }).tags).toEqual(['x', { y: [] }])
  })

  it('takes an id of the caller’s, in any case', () => {
    expect(world.create({ title: 't', id: id.toUpperCase() }).id).toBe(id)
    expect(issuesOf(() => world.create({ title: 't', id: 'mine' }))).toEqual(['id: must be a UUID'])
    expect(issuesOf(() => world.create({ title: 't', id: null }))).toEqual(['id: must not be null'])
  })

  it('takes undefined for absent', () => {
    expect(world.create({ title: 't', body: undefined, role: undefined }).role).toBe('a')
    expect(issuesOf(() => world.create({ title: undefined }))).toEqual(['title: is required'])
  })

  it('takes hidden fields, which can be written and never read', () => {
    expect(world.create({ title: 't', token: 'secret' }).token).toBe('secret')
  })

  it('collects all that is wrong, and never quotes a value', () => {
    const issues = issuesOf(() =>
      world.create({
        title: 'too long, s3cret',
        body: 7,
        role: 's3cret',
        tags: null,
        createdAt: 's3cret',
        nope: 's3cret',
      }),
    )
    expect(issues).toEqual([
      'title: must have at most 5 characters',
      'body: must be a string',
      'role: must be one of a, b',
      'tags: must not be null',
      'createdAt: is set by the engine',
      'nope: "nope" is not a field of Post',
    ])
    expect(issues.join()).not.toContain('s3cret')
  })

  it('reads an accessor once', () => {
    let reads = 0
    const input = {
      get title() {
        reads++
        return 't'
      },
    }
    expect(world.create(input).title).toBe('t')
    expect(reads).toBe(1)
  })

  it.each([
    null,
    undefined,
    'x',
    5,
    [],
    [{ title: 't' }],
    new Map(),
    new Date(),
    Object.create({ title: 't' }),
    () => 0,
  ])('refuses %s for an object', (input) => {
    expect(issuesOf(() => world.create(input))).toEqual([': must be an object with the fields of Post'])
    expect(issuesOf(() => world.update(input))).toEqual([
      ': must be an object with the fields of Post to change',
    ])
  })

  it('refuses names that reach into inheritance, on create and on update', () => {
    const hostile = JSON.parse('{"title":"t","__proto__":{"role":"b"},"constructor":1,"prototype":2}')
    const expected = ['__proto__', 'constructor', 'prototype'].map(
      (name) => `${name}: is never the name of a field`,
    )
    expect(issuesOf(() => world.create(hostile))).toEqual(expected)
    expect(issuesOf(() => world.update(hostile))).toEqual(expected)
    // What the literal does: no own property, another prototype.
    expect(issuesOf(() => world.create({ title: 't', __proto__: { role: 'b' } }))).toHaveLength(1)
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  it('does not take what an object inherits for given', () => {
    expect(issuesOf(() => world.create(Object.assign(Object.create(null), { body: 'b' })))).toEqual([
      'title: is required',
    ])
    expect(issuesOf(() => world.create({ title: 't', toString: 'x', hasOwnProperty: 'y' }))).toEqual([
      'toString: "toString" is not a field of Post',
      'hasOwnProperty: "hasOwnProperty" is not a field of Post',
    ])
  })

  it('cuts long names and long lists of issues', () => {
    const input = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${n}${'x'.repeat(1_000)}`, 1]))
    const issues = issuesOf(() => world.create(input))
    expect(issues).toHaveLength(100)
    expect(Math.max(...issues.map((issue) => issue.length))).toBeLessThan(200)
  })
})

describe('an update', () => {
  const world = setup({
    title: fieldData('string', { required: true, nullable: false }),
    slug: fieldData('string', { immutable: true }),
    updatedAt: fieldData('datetime', { generated: 'updatedAt' }),
  })

  it('returns the given fields alone', () => {
    expect(world.update({ title: 't' })).toEqual({ title: 't' })
    expect(world.update({})).toEqual({})
    expect(world.update({ title: undefined })).toEqual({})
  })

  it('refuses what cannot change', () => {
    expect(issuesOf(() => world.update({ id, slug: 's', updatedAt: null, title: null }))).toEqual([
      'id: is part of the row’s identity and cannot be changed',
      'slug: can be set on create only',
      'updatedAt: is set by the engine',
      'title: must not be null',
    ])
  })
})

describe('createMany', () => {
  const { validators, post } = setup(
    { x: fieldData('integer', { required: true, nullable: false }) },
    { maxManyRows: 3 },
  )

  it('names the row of each issue', () => {
    expect(validators.createMany(post, [{ x: 1 }, { x: 2 }])).toEqual([{ x: 1 }, { x: 2 }])
    expect(issuesOf(() => validators.createMany(post, [{ x: 1 }, { x: 'a' }, 7]))).toEqual([
      '[1].x: must be an integer between -(2^53 - 1) and 2^53 - 1',
      '[2]: must be an object with the fields of Post',
    ])
    expect(issuesOf(() => validators.createMany(post, { 0: { x: 1 }, length: 1 }))).toHaveLength(1)
    expect(issuesOf(() => validators.createMany(post, Array(4).fill({ x: 1 })))).toEqual([
      ': must have at most 3 rows',
    ])
    expect(issuesOf(() => validators.createMany(post, Array(1)))).toEqual([
      '[0]: must be an object with the fields of Post',
    ])
  })
})

describe('text', () => {
  it('is counted in code points', () => {
    const { read } = field('string', { min: 2, max: 3 })
    expect(read('😀😀😀')).toBe('😀😀😀')
    expect(read('😀😀😀😀')).toBe('x: must have at most 3 characters')
    expect(read('😀')).toBe('x: must have at least 2 characters')
    expect(read('ab')).toBe('ab')
    expect(read('')).toBe('x: must have at least 2 characters')
    expect(field('string', { min: 1 }).read('')).toBe('x: must not be empty')
  })

  it('has a bound in bytes where it has no other', () => {
    const { read } = setup({ x: fieldData('text') }, { maxValueBytes: 9 })
    expect(read('éééé')).toBe('éééé')
    expect(read('ééééé')).toBe('x: takes more than 9 bytes')
    expect(read('😀😀')).toBe('😀😀')
    expect(read('😀😀😀')).toBe('x: takes more than 9 bytes')
    expect(read('€€€')).toBe('€€€')
    expect(read('123456789')).toBe('123456789')
    expect(read('1234567890')).toBe('x: takes more than 9 bytes')
  })

  it('of two million characters is refused quickly', () => {
    expect(field('text').read('x'.repeat(2_000_000))).toBe('x: takes more than 1048576 bytes')
    expect(field('string', { max: 50 }).read('x'.repeat(2_000_000))).toBe(
      'x: must have at most 50 characters',
    )
    expect(field('email', { max: 255 }).read('a'.repeat(2_000_000))).toBe('x: must be an e-mail address')
  })

  it('must be whole Unicode without NUL', () => {
    const { read } = field('string')
    for (const broken of ['\ud800', 'a\udc00b', '\udc00\ud800'])
      expect(read(broken)).toBe('x: holds half of a surrogate pair')
    expect(read('a\0b')).toBe('x: holds a NUL character')
    expect(read('\ufffd\uffff')).toBe('\ufffd\uffff')
  })

  it('matches a pattern as a whole', () => {
    const { read } = field('string', { pattern: 'a|b' })
    expect(read('b')).toBe('b')
    for (const bad of ['ab', 'xb', 'a\n', '\na']) expect(read(bad)).toBe('x: must match a|b')
    expect(field('string', { pattern: '^.$' }).read('😀')).toBe('😀')
    expect(field('string', { pattern: '^[a-z0-9-/]+$' }).read('a/b-1')).toBe('a/b-1')
  })

  it.each(['a@b.cc', "o'neil+x_y-z@sub.example-1.org", 'A.B@EXAMPLE.COM', '1@2.co'])(
    'can be the address %s',
    (address) => {
      expect(field('email').read(address)).toBe(address)
    },
  )

  it.each([
    '',
    'a',
    '@b.cc',
    'a@',
    'a@b',
    'a@b.c',
    'a b@c.dd',
    'a@b..cc',
    '.a@b.cc',
    'a.@b.cc',
    'a..b@c.dd',
    'a@-b.cc',
    'a@b-.cc',
    'a@b.cc\n',
    'a@b@c.dd',
    '<a@b.cc>',
    `${'a'.repeat(320)}@b.cc`,
    5,
  ])('cannot be the address %j', (address) => {
    expect(field('email').read(address)).toMatch(/^x: must be (an e-mail address|a string)$/)
  })

  it.each([
    '0190A6B0-0000-7000-8000-00000000000A',
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  ])('can be the UUID %s, kept in lower case', (uuid) => {
    expect(field('uuid').read(uuid)).toBe(uuid.toLowerCase())
  })

  it.each(['', 'x', `{${id}}`, id.replaceAll('-', ''), `${id} `, `${id}\n`, `${id}0`, 5])(
    'cannot be the UUID %j',
    (uuid) => {
      expect(field('uuid').read(uuid)).toBe('x: must be a UUID')
    },
  )
})

describe('numbers', () => {
  it('are safe integers within their range', () => {
    const { read } = field('integer', { min: 1, max: 5 })
    expect([read(1), read(5)]).toEqual([1, 5])
    expect(read(0)).toBe('x: must be at least 1')
    expect(read(6)).toBe('x: must be at most 5')
    for (const bad of [
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      '1',
      1n,
      true,
      [1],
      new Number(1),
    ]) {
      expect(read(bad)).toBe('x: must be an integer between -(2^53 - 1) and 2^53 - 1')
    }
    expect(Object.is(field('integer').read(-0), 0)).toBe(true)
  })

  it('are finite', () => {
    const { read } = field('number', { min: -1 })
    expect([read(0.1), read(5e-324), read(1e308)]).toEqual([0.1, 5e-324, 1e308])
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, '1', 1n])
      expect(read(bad)).toBe('x: must be a finite number')
    expect(read(-1.1)).toBe('x: must be at least -1')
  })

  it('of 64 bits come as bigint, number or decimal string', () => {
    const { read } = field('bigint', { min: -5 })
    expect([read(7n), read(7), read('7'), read('-5'), read('9223372036854775807')]).toEqual([
      7n,
      7n,
      7n,
      -5n,
      2n ** 63n - 1n,
    ])
    expect(read('-6')).toBe('x: must be at least -5')
    for (const bad of [2n ** 63n, '9223372036854775808', '1e3', ' 1', '0x1', '', '1.0', 1.5, 2 ** 53, true]) {
      expect(read(bad)).toBe('x: must be an integer of 64 bits, as a bigint, a number or a decimal string')
    }
  })

  it('are no booleans', () => {
    const { read } = field('boolean')
    expect([read(true), read(false)]).toEqual([true, false])
    for (const bad of [0, 1, 'true', '']) expect(read(bad)).toBe('x: must be true or false')
  })
})

describe('json', () => {
  const { read } = setup({ x: fieldData('json') }, { maxValueBytes: 200 })

  it('takes plain values, and own keys of any name but __proto__', () => {
    for (const good of [
      1,
      'x',
      true,
      [],
      {},
      { constructor: 1, prototype: [2], toString: null },
      [[[{ a: { b: [] } }]]],
      Object.create(null),
    ]) {
      expect(read(good)).toBe(good)
    }
    expect(read(null)).toBeNull()
  })

  it.each<[unknown, string]>([
    [JSON.parse('{"a":{"__proto__":{}}}'), 'x.a: has a key that is never one: __proto__'],
    [{ a: [1, { f: () => 1 }] }, 'x.a[1].f: must be plain JSON: function is not'],
    [{ a: undefined }, 'x.a: must be plain JSON: undefined is not'],
    [Array(2), 'x[0]: must be plain JSON: undefined is not'],
    [{ a: 1n }, 'x.a: must be plain JSON: bigint is not'],
    [{ a: Symbol('s') }, 'x.a: must be plain JSON: symbol is not'],
    [{ a: Number.NaN }, 'x.a: must be plain JSON: this number is not finite'],
    [{ a: new Date() }, 'x.a: must be plain JSON: this is no plain object'],
    [new Map(), 'x: must be plain JSON: this is no plain object'],
    [Uint8Array.of(1), 'x: must be plain JSON: this is no plain object'],
    [{ a: '\ud800' }, 'x.a: holds half of a surrogate pair'],
    [{ '\ud800': 1 }, 'x: has a key that holds half of a surrogate pair'],
    [{ a: 'b\0' }, 'x.a: holds a NUL character'],
    [
      {
        get a() {
          return 1
        },
      },
      'x.a: must be plain JSON: this is an accessor',
    ],
    [{ 'odd key "': [undefined] }, 'x[…][0]: must be plain JSON: undefined is not'],
  ])('refuses %o', (value, issue) => {
    expect(read(value)).toBe(issue)
  })

  it('refuses cycles and depth', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(read(cycle)).toMatch(/^x(\[0\])+: is nested more than 100 deep, or contains itself$/)
    let deep: unknown = 1
    for (let depth = 0; depth < 100; depth++) deep = [deep]
    expect(setup({ x: fieldData('json') }).read(deep)).toBe(deep)
    expect(setup({ x: fieldData('json') }).read([deep])).toMatch(/nested more than 100 deep/)
  })

  it('is measured by its text', () => {
    expect(read('x'.repeat(198))).toBe('x'.repeat(198))
    expect(read('x'.repeat(199))).toBe('x: takes more than 200 bytes as JSON')
    expect(read('é'.repeat(100))).toBe('x: takes more than 200 bytes as JSON')
    expect(read('\n'.repeat(99))).toBe('\n'.repeat(99))
    expect(read('\u0001'.repeat(34))).toBe('x: takes more than 200 bytes as JSON')
  })

  it('can be a list out of a set', () => {
    const { read: readList } = field('json', { subsetOf: ['math', 'table'] })
    expect(readList(['math'])).toEqual(['math'])
    expect(readList(['math', 'os'])).toBe('x[1]: must be one of math, table')
    expect(readList({ 0: 'math' })).toBe('x: must be a list')
  })
})

describe('bytes and any', () => {
  it('bytes are a Uint8Array within its bounds', () => {
    const { read } = field('bytes', { min: 1, max: 2 })
    expect(read(Uint8Array.of(1))).toEqual(Uint8Array.of(1))
    expect(read(new Uint8Array())).toBe('x: must have at least 1 bytes')
    expect(read(new Uint8Array(3))).toBe('x: must have at most 2 bytes')
    for (const bad of ['AQ==', [1], new ArrayBuffer(1)]) expect(read(bad)).toBe('x: must be a Uint8Array')
  })

  it('any is what SQLite stores', () => {
    const { read } = setup({ x: fieldData('any') }, { maxValueBytes: 4 })
    for (const good of ['x', 1.5, 2n, Uint8Array.of(1), null]) expect(read(good)).toBe(good)
    for (const bad of [true, {}, [], Number.NaN])
      expect(read(bad)).toMatch(/^x: must be a string, a finite number/)
    expect(read('12345')).toBe('x: takes more than 4 bytes')
    expect(read(new Uint8Array(5))).toBe('x: takes more than 4 bytes')
  })
})

describe('an id', () => {
  it('is the key’s value, or null when it cannot be one', () => {
    const { validators, post } = setup({})
    expect(validators.id(post, id.toUpperCase())).toEqual([id])
    for (const bad of ['x', 1, null, undefined, { id }, [id]]) expect(validators.id(post, bad)).toBeNull()
  })

  it('of a composite key is an object of its fields, in whatever order', () => {
    const fields = { a: fieldData('integer', { nullable: false }), b: fieldData('uuid', { nullable: false }) }
    const { validators, post } = setup(fields, {}, ['a', 'b'])
    expect(validators.id(post, { b: id, a: 1 })).toEqual([1, id])
    const inherited = Object.create({ b: id }, { a: { value: 1, enumerable: true } })
    for (const bad of [{ a: 1 }, { a: 1, b: null }, { a: 1, b: id, c: 1 }, [1, id], inherited]) {
      expect(validators.id(post, bad)).toBeNull()
    }
  })
})

describe('zodOf', () => {
  const { post } = setup({
    title: fieldData('string', { required: true, nullable: false }),
    tags: fieldData('json'),
  })
  const schemas = zodOf(post)

  it('parses what the validators take, and gives the same row', () => {
    expect(schemas.create.parse({ title: 't' })).toEqual({ id: undefined, title: 't', tags: null })
    expect(schemas.update.parse({ tags: [1] })).toEqual({ tags: [1] })
  })

  it('gives the same issues, with zod’s paths', () => {
    const { error } = schemas.create.safeParse({ tags: [1, { a: undefined }], nope: 1 })
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [['title'], 'is required'],
      [['tags', 1, 'a'], 'must be plain JSON: undefined is not'],
      [['nope'], '"nope" is not a field of Post'],
    ])
  })
})
