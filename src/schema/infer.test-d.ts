/** What must compile and what must not; checked by the compiler alone. */

import type { Kysely } from 'kysely'
import { defineSchema, type Schema } from './define.ts'
import { f } from './fields.ts'
import type {
  AccessorsOf,
  AggregateOptionsOf,
  AggregateRowOf,
  EntityName,
  FilterOf,
  IdOf,
  InsertOf,
  KyselyDatabaseOf,
  ListOptionsOf,
  RowOf,
  SelectedOf,
  SortOf,
  UpdateOf,
} from './infer.ts'
import type { metabuilderSchema } from './metabuilder/index.ts'
import type { JsonValue } from './schema.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [expected: B, found: A]): void {}
function takes<T>(_value: T): void {}

const schema = defineSchema({
  Author: {
    fields: {
      id: f.id(),
      name: f.string({ required: true }),
      apiKey: f.string({ required: true, hidden: true }),
    },
  },
  Post: {
    fields: {
      id: f.uuid({ primary: true }),
      title: f.string({ required: true, max: 200 }),
      body: f.text(),
      state: f.enum(['draft', 'live'], { default: 'draft' }),
      authorId: f.uuid({ required: true, immutable: true, references: 'Author.id', onDelete: 'cascade' }),
      views: f.bigint({ default: 0 }),
      rating: f.number({ nullable: true, required: true }),
      tags: f.json({ default: [] }),
      layout: f.jsonOf<{ readonly columns: number }>()({ required: true }),
      cover: f.bytes(),
      isOpen: f.boolean({ default: true }),
      createdAt: f.createdAt(),
      updatedAt: f.updatedAt(),
    },
    indexes: [['authorId', 'createdAt']],
    search: ['title', 'body'],
    ttl: undefined,
    rules: [{ roles: ['user'], operations: ['read', 'create'], rowFilter: 'authorId = $user.id' }],
  },
  Category: {
    fields: {
      shop: f.uuid({ primary: true }),
      code: f.integer({ primary: true }),
      name: f.string({ default: null }),
    },
    accessor: 'kinds',
  },
})
type S = typeof schema

same<
  RowOf<S, 'Post'>,
  {
    id: string
    title: string
    body: string | null
    state: 'draft' | 'live'
    authorId: string
    views: bigint
    rating: number | null
    tags: JsonValue
    layout: { readonly columns: number }
    cover: Uint8Array | null
    isOpen: boolean
    createdAt: string
    updatedAt: string
  }
>()
same<RowOf<S, 'Author'>, { id: string; name: string }>()

same<
  InsertOf<S, 'Post'>,
  {
    title: string
    authorId: string
    rating: number | null
    layout: { readonly columns: number }
    id?: string
    body?: string | null
    state?: 'draft' | 'live'
    views?: bigint
    tags?: JsonValue
    cover?: Uint8Array | null
    isOpen?: boolean
  }
>()
// A hidden field is written like any other; it only does not come back.
same<InsertOf<S, 'Author'>, { name: string; apiKey: string; id?: string }>()
same<InsertOf<S, 'Category'>, { shop: string; code: number; name?: string | null }>()
same<UpdateOf<S, 'Author'>, { name?: string; apiKey?: string }>()
same<UpdateOf<S, 'Category'>, { name?: string | null }>()
same<
  keyof UpdateOf<S, 'Post'>,
  'title' | 'body' | 'state' | 'views' | 'rating' | 'tags' | 'layout' | 'cover' | 'isOpen'
>()

same<IdOf<S, 'Post'>, string>()
same<IdOf<S, 'Category'>, { readonly shop: string; readonly code: number }>()
same<EntityName<S>, 'Author' | 'Post' | 'Category'>()
same<AccessorsOf<S>, { readonly authors: 'Author'; readonly posts: 'Post'; readonly kinds: 'Category' }>()
same<
  keyof AccessorsOf<typeof metabuilderSchema>,
  | 'users'
  | 'credentials'
  | 'sessions'
  | 'pageConfigs'
  | 'componentNodes'
  | 'workflows'
  | 'luaScripts'
  | 'installedPackages'
>()
same<RowOf<typeof metabuilderSchema, 'User'>['role'], 'user' | 'admin' | 'god' | 'supergod'>()
same<
  RowOf<typeof metabuilderSchema, 'Credential'>,
  { id: string; username: string; firstLogin: boolean; createdAt: string; updatedAt: string }
>()

takes<FilterOf<S, 'Post'>>({
  state: 'live',
  title: { like: 'A%', ne: 'B' },
  views: { gte: 10n, between: [1n, 2n] },
  body: null,
  isOpen: { eq: true },
  createdAt: { gte: '2026-01-01' },
  'tags.first': 'a',
  'layout.columns': { gt: 2 },
  or: [{ state: { in: ['draft'] } }, { not: { and: [{ rating: { isNull: true } }] } }],
})
takes<FilterOf<S, 'Post'>>({
  tags: { eq: ['a'] },
  layout: { isNull: false },
  cover: { ne: new Uint8Array() },
})
takes<SortOf<S, 'Post'>>({ createdAt: 'desc', title: 'asc' })
takes<SortOf<S, 'Post'>>([{ createdAt: 'desc' }, { title: 'asc' }])
takes<ListOptionsOf<S, 'Post'>>({
  filter: { title: 'x' },
  sort: { views: 'desc' },
  limit: 5,
  select: ['id', 'title'],
})
same<SelectedOf<S, 'Post', { readonly select: readonly ['id', 'views'] }>, { id: string; views: bigint }>()
same<SelectedOf<S, 'Author', { readonly limit: 3 }>, { id: string; name: string }>()
takes<AggregateOptionsOf<S, 'Post'>>({
  groupBy: ['state'],
  count: true,
  sum: ['rating'],
  having: {
    count: { gt: 5 },
    'sum.rating': { gte: 10 },
    or: [{ state: 'live' }, { 'max.createdAt': { gt: '2026' } }],
  },
  sort: { 'sum.rating': 'desc', state: 'asc' },
})
same<
  AggregateRowOf<
    S,
    'Post',
    { readonly groupBy: readonly ['state']; readonly count: true; readonly max: readonly ['createdAt'] }
  >,
  { state: 'draft' | 'live'; count: number; max: { createdAt: string | null } }
>()

export async function kyselyKnowsTheSchema(db: Kysely<KyselyDatabaseOf<S>>): Promise<void> {
  const rows = await db.selectFrom('Post').select(['id', 'views']).where('state', '=', 'live').execute()
  same<typeof rows, { id: string; views: bigint }[]>()
  await db.insertInto('Author').values({ name: 'a' }).execute()
  // @ts-expect-error a hidden field is no column
  db.selectFrom('Author').select('apiKey')
  // @ts-expect-error the engine sets it
  db.updateTable('Post').set({ createdAt: 'x' })
}

// A schema that is known only at run time takes any name and gives rows of any field.
type Dynamic = Schema
same<RowOf<Dynamic, 'Order Details'>[string], ReturnType<typeof JSON.parse>>()
takes<InsertOf<Dynamic, 'Track'>>({ Name: 'x', Bytes: 1 })
takes<FilterOf<Dynamic, 'Track'>>({ Name: 'x', UnitPrice: { gt: 1 }, or: [{ Name: { like: 'a%' } }] })
takes<ListOptionsOf<Dynamic, 'Track'>>({ sort: { Name: 'asc' }, select: ['Name'] })

// @ts-expect-error a field that there is not
takes<FilterOf<S, 'Post'>>({ titel: 'x' })
// @ts-expect-error a hidden field cannot be asked for
takes<FilterOf<S, 'Author'>>({ apiKey: 'x' })
// @ts-expect-error a value of another type
takes<FilterOf<S, 'Post'>>({ views: { gt: 'many' } })
// @ts-expect-error booleans have no order
takes<FilterOf<S, 'Post'>>({ isOpen: { gt: true } })
// @ts-expect-error the values of an enum have no order
takes<FilterOf<S, 'Post'>>({ state: { gt: 'draft' } })
// @ts-expect-error a list is asked for with `in`
takes<FilterOf<S, 'Post'>>({ state: ['draft'] })
// @ts-expect-error `like` is for text
takes<FilterOf<S, 'Post'>>({ rating: { like: '1%' } })
// @ts-expect-error no such value of the enum
takes<FilterOf<S, 'Post'>>({ state: 'open' })
// @ts-expect-error a path leads into json fields only
takes<FilterOf<S, 'Post'>>({ 'title.first': 'a' })
// @ts-expect-error the title must be given
takes<InsertOf<S, 'Post'>>({ authorId: 'x', rating: null, layout: { columns: 1 } })
// @ts-expect-error the engine sets it
takes<UpdateOf<S, 'Post'>>({ createdAt: 'x' })
// @ts-expect-error it stays as created
takes<UpdateOf<S, 'Post'>>({ authorId: 'x' })
// @ts-expect-error json has no order
takes<SortOf<S, 'Post'>>({ tags: 'asc' })
// @ts-expect-error a hidden field cannot be selected
takes<ListOptionsOf<S, 'Author'>>({ select: ['apiKey'] })
// @ts-expect-error text has no sum
takes<AggregateOptionsOf<S, 'Post'>>({ sum: ['title'] })
// @ts-expect-error there is no such entity
takes<RowOf<S, 'Pots'>>({ id: 'x' })

// @ts-expect-error no such option
f.string({ maximum: 3 })
// @ts-expect-error a default of another type
f.integer({ default: '3' })
// @ts-expect-error a default that is none of the values
f.enum(['a', 'b'], { default: 'c' })
// @ts-expect-error a pattern is for text
f.boolean({ pattern: '^a' })
// @ts-expect-error no such role
defineSchema({ Post: { fields: { id: f.id() }, rules: [{ roles: ['root'], operations: ['read'] }] } })
