/** What must compile and what must not; checked by the compiler alone. */

import {
  DBALClient,
  defineSchema,
  f,
  getDBALClient,
  type Page,
  type Ready,
  type Schema,
  type SnippetPart,
} from '../index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [expected: B, found: A]): void {}

const schema = defineSchema({
  Author: {
    fields: { id: f.id(), name: f.string({ required: true }), apiKey: f.string({ hidden: true }) },
  },
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true, max: 200 }),
      state: f.enum(['draft', 'live'], { default: 'draft' }),
      views: f.integer({ default: 0 }),
      rating: f.number(),
      isOpen: f.boolean({ default: true }),
      tags: f.json({ default: [] }),
      createdAt: f.createdAt(),
    },
  },
  Line: {
    fields: { order: f.uuid({ primary: true }), number: f.integer({ primary: true }), text: f.text() },
  },
})

const client = new DBALClient({ schema })
const builtin = new DBALClient()

type Post = {
  id: string
  title: string
  state: 'draft' | 'live'
  views: number
  rating: number | null
  isOpen: boolean
  tags: import('../index.ts').JsonValue
  createdAt: string
}

export async function rowsFollowFromTheSchema() {
  same<typeof client.ready, Promise<Ready>>()
  const post = await client.posts.create({ title: 'a', state: 'live', rating: null })
  same<typeof post, Post>()
  const author = await client.authors.read('id')
  same<typeof author, { id: string; name: string }>()
  same<Awaited<ReturnType<typeof client.posts.update>>, Post>()
  same<Awaited<ReturnType<typeof client.posts.delete>>, true>()
  const many = await client.posts.createMany([{ title: 'a' }, { title: 'b', isOpen: false }])
  same<typeof many, { readonly count: number; readonly ids: readonly string[] }>()
  await client.lines.read({ order: 'x', number: 1 })
  await client.authors.create({ name: 'a', apiKey: 'secret' })
  await client.posts.upsert({ where: { id: 'x' }, create: { title: 'a' }, update: { views: 1 } })
}

export async function listsFollowFromTheirOptions() {
  const page = await client.posts.list({
    filter: {
      state: 'live',
      views: { gte: 3, in: [1, 2] },
      title: { startsWith: 'A' },
      'tags.first': 'x',
      or: [{ isOpen: true }, { not: { rating: { isNull: true } } }],
    },
    sort: { createdAt: 'desc' },
    limit: 20,
    count: true,
  })
  same<typeof page, Page<Post>>()
  const selected = await client.posts.list({ select: ['id', 'views'], filter: { views: { gt: 1 } } })
  same<typeof selected, Page<{ id: string; views: number }>>()
  const first = await client.posts.findFirst({ filter: { title: 'x' }, select: ['title'] })
  same<typeof first, { title: string } | null>()
  same<Awaited<ReturnType<typeof client.posts.count>>, number>()
  const groups = await client.posts.aggregate({
    groupBy: ['state'],
    count: true,
    sum: ['views'],
    having: { count: { gt: 5 } },
    sort: { 'sum.views': 'desc' },
  })
  same<typeof groups, { state: 'draft' | 'live'; count: number; sum: { views: number | null } }[]>()
  const stop = client.posts.live({ filter: { isOpen: true }, select: ['id'] }, (rows, change) => {
    same<typeof rows, readonly { id: string }[]>()
    same<typeof change.added, readonly { id: string }[]>()
  })
  same<typeof stop, () => void>()
  await client.posts.updateMany({ views: { lt: 1 } }, { state: 'draft' })
}

export async function batchGivesEachCallsResult() {
  const results = await client.batch([
    client.posts.op.create({ title: 'a' }),
    client.authors.op.delete('x'),
    client.posts.op.count(),
    client.posts.op.list({ select: ['id'] }),
  ])
  same<typeof results, [Post, true, number, Page<{ id: string }>]>()
}

export async function theBuiltinSchemaHasItsOwnOperations() {
  const users = await builtin.users.search('al', 5)
  same<(typeof users)[number]['role'], 'user' | 'admin' | 'god' | 'supergod'>()
  same<Awaited<ReturnType<typeof builtin.credentials.verify>>, boolean>()
  const page = await getDBALClient({ id: 'x', role: 'admin' }).pageConfigs.getBySlug('home')
  same<typeof page.level, number>()
  const tree = await builtin.componentNodes.getTree('x')
  same<(typeof tree)[number]['children'][number]['type'], string>()
  await builtin.componentNodes.move('x', null, 0)
  await builtin.batch([builtin.pageConfigs.op.getBySlug('home')])
}

export async function searchIsForEntitiesWithSearchFields() {
  const library = new DBALClient({
    schema: defineSchema({
      Shelf: { fields: { id: f.id(), name: f.string({ required: true }) } },
      Paper: {
        fields: {
          id: f.id(),
          title: f.string({ required: true }),
          body: f.text(),
          shelfId: f.uuid({ references: 'Shelf.id' }),
        },
        search: ['title', 'body'],
      },
    }),
  })
  const { papers } = library
  const rows = await papers.search('fog', 5)
  same<(typeof rows)[number], { id: string; title: string; body: string | null; shelfId: string | null }>()
  const marked = await papers.search('fog', {
    select: ['id'],
    filter: { title: 'x' },
    snippets: { words: 4 },
  })
  same<
    (typeof marked)[number],
    {
      id: string
      readonly _snippets: {
        readonly title?: readonly SnippetPart[]
        readonly body?: readonly SnippetPart[]
      }
    }
  >()
  const [shelved] = await papers.search('fog', { select: ['id'], include: { shelf: true } })
  same<NonNullable<typeof shelved>['shelf'], { id: string; name: string } | null>()
  const [ids] = await library.batch([papers.op.search('fog', { select: ['id'], fields: ['body'] })])
  same<typeof ids, { id: string }[]>()
  await library.transaction(async (tx) => void (await tx.papers.search('fog')))
  // @ts-expect-error a field that is not searched
  await papers.search('fog', { fields: ['id'] })
  // @ts-expect-error no such option
  await papers.search('fog', { sort: { title: 'asc' } })
  // @ts-expect-error without search fields there is nothing to search
  library.shelves.search
  // @ts-expect-error the same in a batch
  library.shelves.op.search
}

export async function aSchemaKnownAtRunTimeTakesAnyName(file: File) {
  const opened = await DBALClient.openFile(file, { name: 'shop' })
  same<typeof opened, DBALClient<Schema>>()
  const { data } = await opened
    .entity('Order Details')
    .list({ filter: { Quantity: { gt: 3 } }, sort: { OrderID: 'asc' } })
  data[0]?.['Quantity']
  await opened.close()
}

export function namesOfEntities() {
  client.entity('Post').create({ title: 'x' })
  // @ts-expect-error there is no such entity
  client.entity('Pots')
  // @ts-expect-error there is no such accessor
  client.pots
}

export function whatMustNotCompile() {
  // @ts-expect-error the title must be given
  client.posts.create({ state: 'live' })
  // @ts-expect-error a field that there is not
  client.posts.create({ title: 'a', titel: 'b' })
  // @ts-expect-error a value of another type
  client.posts.create({ title: 1 })
  // @ts-expect-error the engine sets it
  client.posts.create({ title: 'a', createdAt: '2026-01-01' })
  // @ts-expect-error no such value of the enum
  client.posts.update('x', { state: 'gone' })
  // @ts-expect-error the key stays
  client.posts.update('x', { id: 'y' })
  // @ts-expect-error a composite key is an object
  client.lines.read('x')
  // @ts-expect-error a field that there is not, beside one that there is
  client.posts.list({ filter: { title: 'a', titel: 'b' } })
  // @ts-expect-error an option that there is not
  client.posts.list({ filter: { title: 'a' }, order: 'title' })
  // @ts-expect-error hidden fields cannot be asked for
  client.authors.list({ filter: { apiKey: 'x' } })
  // @ts-expect-error hidden fields cannot be selected
  client.authors.list({ select: ['apiKey'] })
  // @ts-expect-error like does not fit a number
  client.posts.list({ filter: { views: { like: 'a%' } } })
  // @ts-expect-error booleans have no order
  client.posts.count({ isOpen: { gt: true } })
  // @ts-expect-error no such direction
  client.posts.list({ sort: { title: 'up' } })
  // @ts-expect-error json has no order
  client.posts.list({ sort: { tags: 'asc' } })
  // @ts-expect-error text has no sum
  client.posts.aggregate({ sum: ['title'] })
  // @ts-expect-error a misspelt field of the filter
  client.posts.aggregate({ count: true, filter: { titel: 'x' } })
  // @ts-expect-error a live query is a list
  client.posts.live({ filter: { titel: 'x' } }, () => {})
  // @ts-expect-error a filter must be given
  client.posts.deleteMany()
  // @ts-expect-error an option that there is not
  new DBALClient({ databse: {} })
  // @ts-expect-error no such role
  new DBALClient({ auth: { user: { id: 'x', role: 'root' } } })
  // @ts-expect-error no such event
  client.on('close', () => {})
}
