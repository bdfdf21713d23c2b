/** Relations in filters, `include` and rows: what must compile and what must not; checked by the compiler alone. */

import { DBALClient, defineSchema, f, type Page, type Schema } from '../index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [expected: B, found: A]): void {}

const schema = defineSchema({
  Author: { fields: { id: f.id(), name: f.string({ required: true }), apiKey: f.string({ hidden: true }) } },
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      authorId: f.uuid({ references: 'Author.id', required: true }),
      editedBy: f.uuid({ references: 'Author.id' }),
      parent_id: f.uuid({ references: 'Post.id', inverse: 'replies' }),
    },
  },
  Note: {
    fields: {
      id: f.id(),
      text: f.text(),
      about: f.uuid({ references: 'Post.id', as: 'post', required: true }),
    },
  },
})
const client = new DBALClient({ schema })
const builtin = new DBALClient()

type Author = { id: string; name: string }
type Note = { id: string; text: string | null; about: string }
type Post = {
  id: string
  title: string
  authorId: string
  editedBy: string | null
  parent_id: string | null
}

export async function rowsBringAlongWhatIsIncluded() {
  const posts = await client.posts.list({
    select: ['id'],
    include: {
      author: true,
      editedByAuthor: { select: ['name'] },
      notes: { select: ['text'], sort: { id: 'desc' }, limit: 3, filter: { text: { contains: 'a' } } },
      parent: { include: { replies: { select: ['id'] } } },
    },
  })
  same<
    typeof posts,
    Page<{
      id: string
      author: Author | null
      editedByAuthor: { name: string } | null
      notes: { text: string | null }[]
      parent:
        | (Post & { replies: { id: string }[] } extends infer T ? { [Key in keyof T]: T[Key] } : never)
        | null
    }>
  >()
  const author = await client.authors.read('x', { include: { postsByAuthorId: true } })
  same<typeof author.postsByAuthorId, Post[]>()
  const note = await client.notes.findFirst({ include: { post: { select: ['title'] } } })
  same<
    typeof note,
    { id: string; text: string | null; about: string; post: { title: string } | null } | null
  >()
  const plain = await client.notes.list({ include: { post: false } })
  same<typeof plain, Page<Note>>()
  client.notes.live({ include: { post: { select: ['title'] } } }, (rows) => {
    same<(typeof rows)[number]['post'], { title: string } | null>()
  })
  const pages = await builtin.pageConfigs.list({ include: { componentNodes: { select: ['id'] } } })
  same<(typeof pages.data)[number]['componentNodes'], { id: string }[]>()
}

export async function filtersLookAtRelatedRows() {
  await client.posts.list({
    filter: { author: { name: 'a' }, editedByAuthor: null, notes: { some: { text: null }, none: {} } },
  })
  await client.notes.count({ post: { author: { name: { startsWith: 'a' } } } })
  await client.posts.list({ distinct: true, select: ['authorId'] })
  await builtin.workflows.list({ filter: { createdByUser: { role: 'admin' } } })
}

export async function mistakesAreErrors() {
  // @ts-expect-error no such relation
  await client.posts.list({ include: { writer: true } })
  // @ts-expect-error no such relation inside
  await client.posts.list({ include: { author: { include: { books: true } } } })
  // @ts-expect-error a hidden field cannot be selected
  await client.posts.list({ include: { author: { select: ['apiKey'] } } })
  // @ts-expect-error one row has no order
  await client.posts.list({ include: { author: { sort: { name: 'asc' } } } })
  // @ts-expect-error no such field there
  await client.posts.list({ filter: { author: { nam: 'a' } } })
  // @ts-expect-error many rows need some, none or every
  await client.posts.list({ filter: { notes: { text: 'a' } } })
}

export async function whatIsKnownAtRunTimeOnlyTakesAnyName(foreign: DBALClient<Schema>) {
  const page = await foreign
    .entity('Track')
    .list({ include: { Album: true }, filter: { Album: { Title: 'x' } } })
  same<(typeof page.data)[number]['Album'], ReturnType<typeof JSON.parse>>()
}
