/** What must compile and what must not; checked by the compiler alone. */

import { type DBALClient, defineSchema, f, type Schema } from '../index.ts'
import type { KyselyDatabaseOf } from './index.ts'
import {
  type Insertable,
  jsonArrayFrom,
  liveQuery,
  type Selectable,
  toKysely,
  type Updateable,
} from './index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [expected: B, found: A]): void {}

const schema = defineSchema({
  Author: { fields: { id: f.id(), name: f.string({ required: true }), apiKey: f.string({ hidden: true }) } },
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      state: f.enum(['draft', 'live'], { default: 'draft' }),
      authorId: f.uuid({ required: true, immutable: true, references: 'Author.id' }),
      views: f.bigint({ default: 0 }),
      isOpen: f.boolean({ default: true }),
      tags: f.json({ default: [] }),
      createdAt: f.createdAt(),
    },
  },
})
type DB = KyselyDatabaseOf<typeof schema>

same<Insertable<DB['Post']>['state'] | undefined, 'draft' | 'live' | undefined>()
same<keyof Selectable<DB['Author']>, 'id' | 'name'>()
same<keyof Updateable<DB['Post']>, 'title' | 'state' | 'views' | 'isOpen' | 'tags'>()

export async function typedByTheSchema(client: DBALClient<typeof schema>): Promise<void> {
  const db = toKysely(client)

  const stop = liveQuery(
    db
      .selectFrom('Post')
      .innerJoin('Author', 'Author.id', 'Post.authorId')
      .select(['title', 'Author.name as author']),
    (rows, { added, removed }) => {
      same<typeof rows, readonly { title: string; author: string }[]>()
      same<typeof added, readonly { title: string; author: string }[]>()
      same<typeof removed, readonly unknown[]>()
    },
    (error) => void error.code,
  )
  same<typeof stop, () => void>()
  // @ts-expect-error a write has no live result
  liveQuery(db.deleteFrom('Post'), () => {})
  // @ts-expect-error neither has one that gives rows
  liveQuery(db.updateTable('Post').set({ title: 'a' }).returningAll(), () => {})

  const posts = await db
    .selectFrom('Post as p')
    .innerJoin('Author as a', 'a.id', 'p.authorId')
    .select((eb) => ['p.title', 'p.views', 'a.name as author', eb.fn.countAll<number>().as('count')])
    .where('p.isOpen', '=', true)
    .groupBy('p.id')
    .execute()
  same<typeof posts, { title: string; views: bigint; author: string; count: number }[]>()

  const authors = await db
    .selectFrom('Author')
    .select((eb) => [
      'Author.name',
      jsonArrayFrom(
        eb.selectFrom('Post').select('Post.title').whereRef('Post.authorId', '=', 'Author.id'),
      ).as('posts'),
    ])
    .execute()
  same<typeof authors, { name: string; posts: { title: string }[] }[]>()

  const made = await db
    .insertInto('Post')
    .values({ title: 'x', authorId: 'y' })
    .returning(['id', 'createdAt'])
    .executeTakeFirstOrThrow()
  same<typeof made, { id: string; createdAt: string }>()

  await db
    .with('live', (q) => q.selectFrom('Post').select('id').where('state', '=', 'live'))
    .selectFrom('live')
    .selectAll()
    .execute()

  // @ts-expect-error no such entity
  db.selectFrom('Posts')
  // @ts-expect-error no such field
  db.selectFrom('Post').select('titel')
  // @ts-expect-error a hidden field is no column
  db.selectFrom('Author').where('apiKey', '=', 'x')
  // @ts-expect-error no such value of the enum
  db.selectFrom('Post').where('state', '=', 'open')
  // @ts-expect-error the title must be given
  db.insertInto('Post').values({ authorId: 'y' })
  // @ts-expect-error the engine sets it
  db.insertInto('Post').values({ title: 'x', authorId: 'y', createdAt: 'now' })
  // @ts-expect-error it stays as created
  db.updateTable('Post').set({ authorId: 'y' })
  // @ts-expect-error a value of another type
  db.updateTable('Post').set({ isOpen: 1 })
}

export async function ofTheBuiltInSchema(client: DBALClient): Promise<void> {
  const users = await toKysely(client).selectFrom('User').select(['username', 'role']).execute()
  same<typeof users, { username: string; role: 'user' | 'admin' | 'god' | 'supergod' }[]>()
}

export async function ofAnySchema(client: DBALClient<Schema>): Promise<void> {
  const rows = await toKysely(client).selectFrom('Order Details').select('Unit Price').execute()
  same<typeof rows, { 'Unit Price': ReturnType<typeof JSON.parse> }[]>()
}

// @ts-expect-error no client
toKysely({})
