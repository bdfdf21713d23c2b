/** What must compile and what must not; checked by the compiler alone. */

import type { MetabuilderSchema } from '../client/client.ts'
import { DBALClient, type DBALError, defineSchema, f, type Page, type RowOf, type Schema } from '../index.ts'
import { toKysely } from '../kysely/index.ts'
import { DBALProvider, useDBAL, useKV, useLiveQuery, useMutation, useQuery } from './index.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [expected: B, found: A]): void {}

const schema = defineSchema({
  Author: { fields: { id: f.id(), name: f.string({ required: true }), apiKey: f.string({ hidden: true }) } },
  Post: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      views: f.integer({ default: 0 }),
      tags: f.json(),
      authorId: f.uuid({ references: 'Author.id' }),
    },
  },
})
const client = new DBALClient({ schema })
const unknownSchema = new DBALClient({ schema: schema as Schema })

type User = RowOf<MetabuilderSchema, 'User'>

export function QueriesFollowFromTheSchema() {
  const users = useQuery('users', { filter: { role: 'admin' }, sort: { createdAt: 'desc' } })
  if (users.status === 'success') same<typeof users.data, Page<User>>()
  if (users.status === 'error') same<typeof users.error, DBALError>()
  same<typeof users.data, Page<User> | undefined>()

  const some = useQuery('users', { select: ['id', 'username'] }, { suspense: true })
  same<typeof some.data, Page<{ id: string; username: string }>>()

  const posts = useQuery(client.posts, { filter: { views: { gt: 3 } } }, { suspense: true })
  same<(typeof posts.data.data)[number]['views'], number>()
  same<(typeof posts.data.data)[number]['title'], string>()

  const full = useQuery(
    client.posts,
    { select: ['id'], include: { author: { select: ['name'] } } },
    { suspense: true },
  )
  same<(typeof full.data.data)[number], { id: string; author: { name: string } | null }>()

  const count = useQuery(['count', 3], (db) => db.users.count({ role: 'admin' }))
  same<typeof count.data, number | undefined>()
  const sure = useQuery('count', (db) => db.users.count(), { suspense: true })
  same<typeof sure.data, number>()

  // @ts-expect-error no such entity
  useQuery('nobody', {})
  // @ts-expect-error no such field
  useQuery('users', { filter: { nickname: 'a' } })
  // @ts-expect-error no such field
  useQuery(client.posts, { filter: { role: 'admin' } })
  // @ts-expect-error hidden
  useQuery(client.authors, { filter: { apiKey: 'a' } })
  // @ts-expect-error what suspends is always asked
  useQuery('users', {}, { suspense: true, enabled: false })
}

export function LiveSelectsFollowFromTheQuery() {
  const db = toKysely(client)
  const counts = useLiveQuery(
    db
      .selectFrom('Post')
      .select((eb) => ['title', eb.fn.countAll<number>().as('n')])
      .groupBy('title'),
  )
  same<typeof counts.data, readonly { title: string; n: number }[] | undefined>()
  const sure = useLiveQuery(db.selectFrom('Post').select('views'), { suspense: true })
  same<typeof sure.data, readonly { views: number }[]>()
  // @ts-expect-error a write has no live result
  useLiveQuery(db.deleteFrom('Post'))
}

export function LiveQueriesFollowFromTheSchema() {
  const users = useLiveQuery('users', { filter: { role: 'admin' } })
  same<typeof users.data, readonly User[] | undefined>()
  const titles = useLiveQuery(client.posts, { select: ['title'] }, { suspense: true })
  same<typeof titles.data, readonly { title: string }[]>()
  const authors = useLiveQuery(
    client.authors,
    { select: ['id'], include: { posts: { limit: 3, select: ['id'] } } },
    { suspense: true },
  )
  same<typeof authors.data, readonly { id: string; posts: { id: string }[] }[]>()
  const flows = useLiveQuery('workflows', { include: { createdByUser: true } }, { suspense: true })
  same<(typeof flows.data)[number]['createdByUser'], User | null>()
  const known = useLiveQuery(client.authors)
  if (known.status === 'success') same<(typeof known.data)[number], { id: string; name: string }>()
  useLiveQuery(unknownSchema.entity('Anything'), { filter: { whatever: 1 } })

  // @ts-expect-error not an operator of text
  useLiveQuery('users', { filter: { username: { above: 'a' } } })
  // @ts-expect-error no such field
  useLiveQuery(client.posts, { sort: { role: 'asc' } })
}

export function MutationsTakeWhatTheyAreGiven() {
  const rename = useMutation((db, { id, bio }: { id: string; bio: string }) => db.users.update(id, { bio }), {
    optimistic: (draft, { id, bio }) => draft.patch('users', id, { bio }),
    onSuccess: (user) => same<typeof user, User>(),
  })
  rename.mutate({ id: 'x', bio: 'y' })
  same<typeof rename.data, User | undefined>()
  same<ReturnType<typeof rename.mutateAsync>, Promise<User>>()
  // @ts-expect-error nothing given
  rename.mutate()
  // @ts-expect-error not what it takes
  rename.mutate({ id: 3, bio: 'y' })

  const clear = useMutation((db) => db.users.deleteMany({ role: 'user' }))
  clear.mutate()
  // @ts-expect-error takes nothing
  clear.mutate({ id: 'x' })
}

export function TheClientIsTyped() {
  const own = useDBAL()
  same<typeof own, DBALClient>()
  same<ReturnType<typeof useDBAL<typeof schema>>, DBALClient<typeof schema>>()
  DBALProvider({ client })
  DBALProvider({ client: unknownSchema })
  // @ts-expect-error no client
  DBALProvider({ client: schema })
}

export function KeptValuesHaveTheirType() {
  const [count, setCount, remove] = useKV('count', 0)
  same<typeof count, number>()
  void setCount((before) => before + 1)
  void remove()
  // @ts-expect-error not a number
  void setCount('a')
  const [draft] = useKV<string>('draft')
  same<typeof draft, string | undefined>()
}
