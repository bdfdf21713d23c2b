/** Relations in filters and `include`, through the engine's own door: statements, rules, live results, and an oracle. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Driver } from '../src/drivers/driver.ts'
import type { DBALError } from '../src/protocol/error.ts'
import { type PackedRows, type Row, unpackRows } from '../src/protocol/rows.ts'
import { defineSchema, withRules } from '../src/schema/define.ts'
import { f } from '../src/schema/fields.ts'
import { metabuilderSchema } from '../src/schema/metabuilder/index.ts'
import { openTestEngine, principalOf, type TestCaller } from './support/engine.ts'

const all = ['create', 'read', 'update', 'delete'] as const
const god = { roles: ['god'], operations: all } as const
const uuid = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
const me = uuid(1)

const blog = defineSchema({
  Author: {
    fields: { id: f.id(), name: f.string({ required: true }), email: f.string(), level: f.integer() },
    rules: [
      god,
      {
        roles: ['user'],
        operations: ['read'],
        rowFilter: 'level < 3',
        fields: { read: ['id', 'name', 'level'] },
      },
      { roles: ['admin'], operations: ['read'] },
    ],
  },
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      isOpen: f.boolean({ default: true }),
      authorId: f.uuid({ references: 'Author.id' }),
    },
    rules: [
      god,
      { roles: ['user'], operations: ['read'], rowFilter: 'isOpen = true or authorId = $user.id' },
      { roles: ['admin'], operations: ['read'], fields: { read: ['id', 'title'] } },
    ],
  },
  Comment: {
    fields: {
      id: f.id(),
      text: f.string(),
      rank: f.integer({ default: 0 }),
      postId: f.uuid({ references: 'Post.id', onDelete: 'cascade' }),
    },
    rules: [god, { roles: ['user'], operations: ['read'], rowFilter: 'rank >= 0' }],
  },
})

async function statementsOf(driver: Driver, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  const connection = await driver.acquire()
  const { execute } = connection
  connection.execute = (statement, parameters, deadline) => {
    if (statement.sql.startsWith('select')) seen.push(statement.sql)
    return execute.call(connection, statement, parameters, deadline)
  }
  await work()
  connection.execute = execute
  return seen
}

async function list(caller: TestCaller, entity: string, options: unknown): Promise<Row[]> {
  const page = (await caller.call('list', entity, options)) as { data: PackedRows }
  return unpackRows(page.data)
}

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('no error'),
    (error: DBALError) => error,
  )

async function setup() {
  const world = await openTestEngine({ schema: blog })
  const root = world.as('god')
  await root.call('createMany', 'Author', [
    { id: me, name: 'ada', email: 'a@x', level: 1 },
    { id: uuid(2), name: 'bob', email: 'b@x', level: 2 },
    { id: uuid(3), name: 'eve', email: 'e@x', level: 3 },
  ])
  await root.call('createMany', 'Post', [
    { id: uuid(11), title: 'one', authorId: me },
    { id: uuid(12), title: 'two', authorId: uuid(2), isOpen: false },
    { id: uuid(13), title: 'three', authorId: uuid(3) },
    { id: uuid(14), title: 'four' },
  ])
  await root.call('createMany', 'Comment', [
    { id: uuid(21), text: 'c1', rank: 1, postId: uuid(11) },
    { id: uuid(22), text: 'c2', rank: 2, postId: uuid(11) },
    { id: uuid(23), text: 'hidden', rank: -1, postId: uuid(11) },
    { id: uuid(24), text: 'c4', rank: 5, postId: uuid(13) },
    { id: uuid(25), text: 'hidden', rank: -5, postId: uuid(14) },
  ])
  return { ...world, root, user: world.as(principalOf('user', me)), admin: world.as('admin') }
}

describe('include', () => {
  it('takes three statements for 50 pages with their components and their authors', async () => {
    const { as, driver } = await openTestEngine({
      schema: defineSchema({
        Author: { fields: { id: f.id(), name: f.string() }, rules: [god] },
        Page: { fields: { id: f.id(), authorId: f.uuid({ references: 'Author.id' }) }, rules: [god] },
        Component: { fields: { id: f.id(), pageId: f.uuid({ references: 'Page.id' }) }, rules: [god] },
      }),
    })
    const root = as('god')
    const rows = (count: number, row: (n: number) => Row) => Array.from({ length: count }, (_, n) => row(n))
    await root.call(
      'createMany',
      'Author',
      rows(7, (n) => ({ id: uuid(n), name: `a${n}` })),
    )
    await root.call(
      'createMany',
      'Page',
      rows(50, (n) => ({ id: uuid(100 + n), authorId: uuid(n % 7) })),
    )
    await root.call(
      'createMany',
      'Component',
      rows(400, (n) => ({ id: uuid(1000 + n), pageId: uuid(100 + (n % 50)) })),
    )
    let pages: Row[] = []
    const statements = await statementsOf(driver, async () => {
      pages = await list(root, 'Page', { limit: 50, include: { components: true, author: true } })
    })
    expect(statements).toHaveLength(3)
    expect(pages).toHaveLength(50)
    expect(pages[8]).toMatchObject({ author: { name: 'a1' }, components: { length: 8 } })
  })

  it('nests, filters, sorts, selects and limits for each row by itself', async () => {
    const { root } = await setup()
    const include = {
      posts: {
        sort: { title: 'desc' },
        select: ['title'],
        include: {
          comments: { sort: { rank: 'desc' }, limit: 1, select: ['text'], filter: { rank: { gt: 0 } } },
        },
      },
    }
    expect(await list(root, 'Author', { select: ['name'], include })).toEqual([
      { name: 'ada', posts: [{ title: 'one', comments: [{ text: 'c2' }] }] },
      { name: 'bob', posts: [{ title: 'two', comments: [] }] },
      { name: 'eve', posts: [{ title: 'three', comments: [{ text: 'c4' }] }] },
    ])
    expect(
      await root.call('findFirst', 'Post', {
        filter: { title: 'two' },
        select: ['id'],
        include: { author: { select: ['name'] } },
      }),
    ).toEqual({ id: uuid(12), author: { name: 'bob' } })
    expect(
      await root.call('read', 'Post', uuid(14), {
        include: { author: true, comments: { filter: { rank: 0 } } },
      }),
    ).toMatchObject({ title: 'four', author: null, comments: [] })
  })

  it('gives each row an object of its own', async () => {
    const { root } = await setup()
    await root.call('createMany', 'Post', [{ title: 'five', authorId: me }])
    const rows = await list(root, 'Post', {
      filter: { authorId: me },
      include: { author: { include: { posts: true } } },
    })
    const [first, second] = rows.map(({ author }) => author as Row)
    expect(first).toEqual(second)
    expect(first).not.toBe(second)
    expect(first?.posts).not.toBe(second?.posts)
  })

  it('shows related rows and fields under the rules of their own entity', async () => {
    const { user } = await setup()
    expect(
      await list(user, 'Post', {
        select: ['title'],
        include: { author: true, comments: { select: ['text'] } },
      }),
    ).toEqual([
      { title: 'one', author: { id: me, name: 'ada', level: 1 }, comments: [{ text: 'c1' }, { text: 'c2' }] },
      { title: 'three', author: null, comments: [{ text: 'c4' }] },
      { title: 'four', author: null, comments: [] },
    ])
    expect(
      await list(user, 'Author', { select: ['name'], include: { posts: { select: ['title'] } } }),
    ).toEqual([
      { name: 'ada', posts: [{ title: 'one' }] },
      { name: 'bob', posts: [] },
    ])
    // A hidden row is not numbered: the limit counts what is seen.
    await expect(
      list(user, 'Post', {
        filter: { title: 'one' },
        select: ['title'],
        include: { comments: { sort: { rank: 'asc' }, limit: 1, select: ['rank'] } },
      }),
    ).resolves.toEqual([{ title: 'one', comments: [{ rank: 1 }] }])
  })

  it.each([
    ['an entity that no rule opens', 'admin', 'Post', { comments: true }, { entity: 'Comment' }],
    [
      'a hidden reference of this side',
      'admin',
      'Post',
      { author: true },
      { entity: 'Post', field: 'authorId' },
    ],
    [
      'a hidden reference of the other side',
      'admin',
      'Author',
      { posts: true },
      { entity: 'Post', field: 'authorId' },
    ],
    [
      'a hidden field of the selection',
      'user',
      'Post',
      { author: { select: ['email'] } },
      { entity: 'Author', field: 'email' },
    ],
    [
      'a hidden field of the filter',
      'user',
      'Post',
      { author: { filter: { email: 'e@x' } } },
      { entity: 'Author', field: 'email' },
    ],
    [
      'a hidden field of the sort',
      'admin',
      'Author',
      { posts: { sort: { isOpen: 'asc' } } },
      { entity: 'Post' },
    ],
  ] as const)('is FORBIDDEN over %s', async (_, role, entity, include, details) => {
    const { as } = await setup()
    const error = await errorOf(list(as(principalOf(role, me)), entity, { include }))
    expect(error).toMatchObject({ code: 'FORBIDDEN', details })
  })

  it('leads nowhere near what is the engine’s own', async () => {
    const { as } = await openTestEngine({ sandbox: 'disabled' })
    const names = Object.keys(metabuilderSchema.entities)
    for (const entity of names) {
      for (const name of ['sessions', 'credentials', 'session', 'credential']) {
        const error = await errorOf(list(as('supergod'), entity, { include: { [name]: true } }))
        expect(['VALIDATION_ERROR', 'FORBIDDEN']).toContain(error.code)
      }
    }
  })

  it.each([
    [{ writer: true }, 'include.writer: "writer" is not a relation of Post'],
    [{ title: true }, 'include.title: "title" is not a relation of Post'],
    [{ constructor: true }, 'include.constructor: is never the name of a relation'],
    [['author'], 'include: must be an object such as { author: true }'],
    ['author', 'include: must be an object such as { author: true }'],
    [{ author: 1 }, 'include.author: must be true, or an object of filter, select, include'],
    [{ author: { limit: 1 } }, 'include.author.limit: "limit" is not an option (filter, select, include)'],
    [
      { comments: { page: 1 } },
      'include.comments.page: "page" is not an option (filter, select, include, sort, limit)',
    ],
    [{ comments: { limit: 0 } }, 'include.comments.limit: must be a whole number from 1'],
    [
      { comments: { limit: 2_000 } },
      'include.comments.limit: makes the query too complex: more than 1000 points; ask in several queries',
    ],
    [
      { comments: { filter: { rank: { gt: 'x' } } } },
      'include.comments.filter.rank.gt: must be an integer between -(2^53 - 1) and 2^53 - 1',
    ],
    [
      { comments: { sort: { colour: 'asc' } } },
      'include.comments.sort.colour: "colour" is not a field of Comment',
    ],
    [{ comments: { select: [] } }, 'include.comments.select: names no field'],
    [
      { author: { include: { books: true } } },
      'include.author.include.books: "books" is not a relation of Author',
    ],
  ])('%j is refused', async (include, issue) => {
    const { root } = await setup()
    const { details } = (await errorOf(list(root, 'Post', { include }))) as DBALError<'VALIDATION_ERROR'>
    expect(details?.issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([issue])
  })

  it('is bounded: ten relations are too complex', async () => {
    const { root } = await setup()
    let include: Row = { author: true }
    for (let depth = 0; depth < 4; depth++) include = { author: { include: { posts: { include } } } }
    await expect(list(root, 'Post', { include })).resolves.toHaveLength(4)
    include = { comments: { include: { post: { include } } } }
    await expect(list(root, 'Post', { include })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })

  it('is bounded: rows that belong to many are not multiplied without end', async () => {
    const { as } = await openTestEngine({ schema: blog, limits: { maxResultRows: 100 } })
    const root = as('god')
    await root.call('create', 'Author', { id: me, name: 'ada' })
    const posts = Array.from({ length: 60 }, (_, n) => ({ title: `p${n}`, authorId: me }))
    await root.call('createMany', 'Post', posts)
    const include = { author: { include: { posts: true } } }
    await expect(list(root, 'Post', { limit: 2, include })).resolves.toHaveLength(2)
    await expect(list(root, 'Post', { limit: 3, include })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining('maxResultRows'),
    })
    await root.call('createMany', 'Post', posts)
    await expect(list(root, 'Author', { include: { posts: true } })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining('maxResultRows'),
    })
    await expect(root.call('deleteMany', 'Post', { authorId: me })).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    })
    expect(await root.call('count', 'Post')).toBe(120)
  })

  it('notes under permissive what strict would have denied', async () => {
    const { as } = await openTestEngine({ schema: blog, sandbox: 'permissive' })
    const denied = async () => {
      const page = (await as('god').call('audit.list', {})) as { data: PackedRows }
      return unpackRows(page.data).filter(({ code }) => code === 'FORBIDDEN').length
    }
    const admin = as('admin')
    await admin.call('list', 'Post', {})
    expect(await denied()).toBe(0)
    await admin.call('list', 'Post', { include: { comments: true } })
    expect(await denied()).toBe(1)
    await admin.call('count', 'Post', { comments: { some: {} } })
    expect(await denied()).toBe(2)
  })
})

describe('a filter over relations', () => {
  const titles = async (caller: TestCaller, filter: unknown) =>
    (await list(caller, 'Post', { filter, select: ['title'] })).map(({ title }) => title)

  it('asks whether a row that the caller may read meets it', async () => {
    const { root, user } = await setup()
    expect(await titles(root, { author: { name: { gt: 'ada' } } })).toEqual(['two', 'three'])
    expect(await titles(root, { author: null })).toEqual(['four'])
    expect(await titles(root, { not: { author: null } })).toEqual(['one', 'two', 'three'])
    expect(await titles(root, { comments: { some: { rank: { lt: 0 } } } })).toEqual(['one', 'four'])
    expect(await titles(root, { comments: { none: {} } })).toEqual(['two'])
    expect(await titles(root, { comments: { every: { rank: { gt: 0 } } } })).toEqual(['two', 'three'])
    expect(await titles(root, { comments: { some: {}, none: { text: 'c4' } } })).toEqual(['one', 'four'])
    // To the user neither the third author nor comments below 0 exist.
    expect(await titles(user, { author: null })).toEqual(['three', 'four'])
    expect(await titles(user, { comments: { some: { rank: { lt: 0 } } } })).toEqual([])
    expect(await titles(user, { comments: { none: {} } })).toEqual(['four'])
    expect(await titles(user, { comments: { every: { rank: { gt: 0 } } } })).toEqual(['one', 'three', 'four'])
  })

  it('counts a condition that is unknown as not met, by every', async () => {
    const { root } = await setup()
    await root.call('create', 'Comment', { postId: uuid(13), text: null, rank: 9 })
    expect(await titles(root, { comments: { every: { text: { startsWith: 'c' } } } })).toEqual(['two'])
  })

  it('serves count, aggregate and the many-forms', async () => {
    const { root } = await setup()
    expect(await root.call('count', 'Comment', { post: { author: { name: 'ada' } } })).toBe(3)
    expect(
      await root.call('aggregate', 'Comment', { filter: { post: { author: null } }, count: true }),
    ).toEqual([{ count: 1 }])
    expect(await root.call('deleteMany', 'Comment', { post: { author: { name: 'ada' } } })).toEqual({
      count: 3,
    })
    expect(await root.call('updateMany', 'Post', { author: { name: 'bob' } }, { title: 'zwei' })).toEqual({
      count: 1,
    })
    expect(await titles(root, { author: { name: 'bob' } })).toEqual(['zwei'])
  })

  it.each([
    [
      { author: {} },
      'filter.author: has no condition; null asks for rows without one, { not: … } for the others',
    ],
    [{ author: 'ada' }, 'filter.author: is a relation; write null or an object of conditions'],
    [{ author: { some: {} } }, 'filter.author.some: "some" is not a field of Author'],
    [{ comments: null }, 'filter.comments: is a relation to many rows; write some, none, every and a filter'],
    [{ comments: {} }, 'filter.comments: is a relation to many rows; write some, none, every and a filter'],
    [{ comments: { rank: 1 } }, 'filter.comments.rank: "rank" is not one of some, none, every'],
    [
      { comments: { every: {} } },
      'filter.comments.every: has no condition and would be true of every row; leave it out',
    ],
    [{ comments: { some: null } }, 'filter.comments.some: must be an object of conditions'],
    [
      { comments: { some: { colour: 1 } } },
      'filter.comments.some.colour: "colour" is not a field of Comment',
    ],
  ])('%j is refused', async (filter, issue) => {
    const { root } = await setup()
    const { details } = (await errorOf(list(root, 'Post', { filter }))) as DBALError<'VALIDATION_ERROR'>
    expect(details?.issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([issue])
  })

  it.each([
    ['admin', 'Post', { comments: { some: {} } }],
    ['admin', 'Post', { author: null }],
    ['admin', 'Author', { posts: { none: {} } }],
    ['user', 'Post', { author: { email: 'e@x' } }],
    ['user', 'Comment', { post: { author: { email: { startsWith: 'a' } } } }],
  ] as const)('is FORBIDDEN to %s over %s %j', async (role, entity, filter) => {
    const { as } = await setup()
    const error = await errorOf(list(as(principalOf(role, me)), entity, { filter }))
    expect(error.code).toBe('FORBIDDEN')
  })

  it('counts its conditions and relations against the limits', async () => {
    const { root } = await setup()
    const deep = (depth: number): Row =>
      depth === 0 ? { title: 'one' } : { comments: { some: { post: deep(depth - 1) } } }
    await expect(titles(root, deep(4))).resolves.toEqual(['one'])
    await expect(titles(root, deep(5))).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})

describe('distinct', () => {
  it('lists each combination once, in pages that stay whole', async () => {
    const { as } = await openTestEngine({ schema: blog })
    const root = as('god')
    await root.call(
      'createMany',
      'Comment',
      Array.from({ length: 60 }, (_, n) => ({ text: n % 3 === 0 ? null : `t${n % 4}`, rank: n % 5 })),
    )
    const query = { distinct: true, select: ['text', 'rank'], sort: { rank: 'desc' }, limit: 4, count: true }
    const found: Row[] = []
    let cursor: unknown
    do {
      const page = (await root.call('list', 'Comment', { ...query, ...(cursor ? { cursor } : {}) })) as {
        data: PackedRows
        total: number
        nextCursor?: string
      }
      expect(page.total).toBe(25)
      found.push(...unpackRows(page.data))
      cursor = page.nextCursor
    } while (cursor)
    expect(found).toHaveLength(25)
    expect(new Set(found.map((row) => JSON.stringify(row))).size).toBe(25)
    expect(found.map(({ rank }) => rank)).toEqual(
      found
        .map(({ rank }) => rank)
        .sort()
        .reverse(),
    )
  })

  it.each([
    [{ distinct: true }, 'distinct: needs select: the fields whose values are listed once'],
    [
      { distinct: true, select: ['text'], sort: { rank: 'asc' } },
      'sort.rank: is not selected, which distinct needs',
    ],
    [
      { distinct: true, select: ['text'], include: { post: true } },
      'include: cannot be used together with distinct',
    ],
    [{ distinct: 'yes', select: ['text'] }, 'distinct: must be true or false'],
  ])('%j is refused', async (options, issue) => {
    const { as } = await openTestEngine({ schema: blog })
    const { details } = (await errorOf(list(as('god'), 'Comment', options))) as DBALError<'VALIDATION_ERROR'>
    expect(details?.issues.map(({ path, message }) => `${path}: ${message}`)).toEqual([issue])
  })
})

describe('live', () => {
  it('follows the rows that are included and those that a filter looks at', async () => {
    const { root, user } = await setup()
    await user.call(
      'live.open',
      'Post',
      { filter: { comments: { some: {} } }, select: ['title'], include: { comments: { select: ['text'] } } },
      1,
    )
    const last = () => JSON.stringify(user.events.at(-1))
    expect(last()).toContain('c1')
    await root.call('update', 'Comment', uuid(21), { text: 'news' })
    expect(last()).toContain('news')
    const before = user.events.length
    await root.call('update', 'Comment', uuid(23), { text: 'secret' })
    expect(user.events).toHaveLength(before)
    await root.call('update', 'Comment', uuid(25), { rank: 3 })
    expect(last()).toContain('four')
    expect(JSON.stringify(user.events)).not.toContain('secret')
  })

  it('is refused over what the caller may not read, and with distinct', async () => {
    const { admin, root } = await setup()
    await expect(admin.call('live.open', 'Post', { include: { comments: true } }, 1)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await expect(
      root.call('live.open', 'Post', { distinct: true, select: ['title'] }, 1),
    ).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  })
})

describe('against an oracle that takes hidden rows away first', () => {
  const rowsOf = fc.record({
    authors: fc.array(fc.record({ level: fc.integer({ min: 0, max: 5 }) }), { maxLength: 5 }),
    posts: fc.array(fc.record({ isOpen: fc.boolean(), author: fc.option(fc.nat(6)) }), { maxLength: 8 }),
    comments: fc.array(fc.record({ rank: fc.integer({ min: -2, max: 3 }), post: fc.option(fc.nat(9)) }), {
      maxLength: 14,
    }),
  })
  const rankFilter = fc.oneof(
    fc.record({ rank: fc.integer({ min: -2, max: 3 }) }),
    fc.record({ rank: fc.record({ gte: fc.integer({ min: -2, max: 3 }) }) }),
  )
  const postFilter: fc.Arbitrary<Row> = fc.oneof(
    fc.constant({ author: null }),
    fc.record({ author: fc.record({ level: fc.integer({ min: 0, max: 5 }) }) }),
    fc.record({ comments: fc.record({ some: fc.oneof(fc.constant({}), rankFilter) }) }),
    fc.record({ comments: fc.record({ none: fc.oneof(fc.constant({}), rankFilter) }) }),
    fc.record({ comments: fc.record({ every: rankFilter }) }),
    fc.record({ comments: fc.record({ some: fc.constant({ not: { post: null } }) }) }),
  )

  it('shows the same rows and brings along the same', async () => {
    const { as, engine } = await openTestEngine({ schema: blog })
    const root = as('god')
    const user = as(principalOf('user', me))
    await fc.assert(
      fc.asyncProperty(
        rowsOf,
        postFilter,
        fc.option(fc.integer({ min: 1, max: 3 })),
        async (rows, filter, limit) => {
          const authors = rows.authors.map((row, n): Row => ({ id: uuid(n + 1), name: `a${n}`, ...row }))
          const posts = rows.posts.map(
            ({ isOpen, author }, n): Row => ({
              id: uuid(100 + n),
              title: `p${n}`,
              isOpen,
              authorId: author === null ? null : (authors[author]?.id ?? null),
            }),
          )
          const comments = rows.comments.map(
            ({ rank, post }, n): Row => ({
              id: uuid(1000 + n),
              rank,
              postId: post === null ? null : (posts[post]?.id ?? null),
            }),
          )
          for (const entity of ['Comment', 'Post', 'Author'])
            await root.call('deleteMany', entity, { id: { isNull: false } })
          await root.call('createMany', 'Author', authors)
          await root.call('createMany', 'Post', posts)
          await root.call('createMany', 'Comment', comments)

          const seen = {
            Author: authors.filter(({ level }) => (level as number) < 3),
            Post: posts.filter(({ isOpen, authorId }) => isOpen || authorId === me),
            Comment: comments.filter(({ rank }) => (rank as number) >= 0),
          }
          const expected = seen.Post.filter((post) => meets(post, filter, seen)).map((post) => ({
            id: post.id,
            author: pick(
              seen.Author.find(({ id }) => id === post.authorId),
              'level',
            ),
            comments: seen.Comment.filter(({ postId }) => postId === post.id)
              .sort(
                (a, b) => (b.rank as number) - (a.rank as number) || String(a.id).localeCompare(String(b.id)),
              )
              .slice(0, limit ?? undefined)
              .map((comment) => pick(comment, 'id')),
          }))
          const include = {
            author: { select: ['level'] },
            comments: { select: ['id'], sort: { rank: 'desc' }, ...(limit !== null && { limit }) },
          }
          expect(await list(user, 'Post', { filter, select: ['id'], include })).toEqual(expected)
          expect(await user.call('count', 'Post', filter)).toBe(expected.length)
        },
      ),
      { numRuns: 300 },
    )
    await engine.close()
  })

  interface Seen {
    readonly Author: readonly Row[]
    readonly Post: readonly Row[]
    readonly Comment: readonly Row[]
  }

  function meets(post: Row, filter: Row, seen: Seen): boolean {
    if ('author' in filter) {
      const author = seen.Author.find(({ id }) => id === post.authorId)
      return filter.author === null ? !author : author?.level === (filter.author as Row).level
    }
    const own = seen.Comment.filter(({ postId }) => postId === post.id)
    const [[quantifier, test]] = Object.entries(filter.comments as Row) as [[string, Row]]
    const holds = (comment: Row): boolean => {
      if (test.not) return seen.Post.some(({ id }) => id === comment.postId)
      if (typeof test.rank === 'number') return comment.rank === test.rank
      return test.rank ? (comment.rank as number) >= ((test.rank as Row).gte as number) : true
    }
    if (quantifier === 'some') return own.some(holds)
    return quantifier === 'none' ? !own.some(holds) : own.every(holds)
  }
})

function pick(row: Row | undefined, name: string): Row | null {
  return row ? { [name]: row[name] } : null
}

describe('rules of several rows', () => {
  it('guards what is included by a rule that leads over a relation itself', async () => {
    const schema = withRules(blog, [
      { entity: 'Post', ...god },
      { entity: 'Author', ...god },
      { entity: 'Comment', ...god },
      { entity: 'Post', roles: ['user'], operations: ['read'] },
      { entity: 'Comment', roles: ['user'], operations: ['read'], rowFilter: 'post.isOpen = true' },
    ])
    const { as } = await openTestEngine({ schema })
    const root = as('god')
    await root.call('createMany', 'Post', [
      { id: uuid(1), title: 'a' },
      { id: uuid(2), title: 'b', isOpen: false },
    ])
    await root.call('createMany', 'Comment', [
      { text: 'x', postId: uuid(1) },
      { text: 'y', postId: uuid(2) },
    ])
    const include = { comments: { select: ['text'], limit: 5 } }
    expect(await list(as('user'), 'Post', { select: ['title'], include })).toEqual([
      { title: 'a', comments: [{ text: 'x' }] },
      { title: 'b', comments: [] },
    ])
    expect(await as('user').call('count', 'Post', { comments: { some: {} } })).toBe(1)
  })
})
