/** A scene for each thing that only a browser can show. */

import type { DBALClient } from '@metabuilder/dbal'
import { toKysely } from '@metabuilder/dbal/kysely'
import {
  DBALProvider,
  useConnection,
  useDBAL,
  useKV,
  useLiveQuery,
  useMutation,
  useQuery,
} from '@metabuilder/dbal/react'
import { Suspense, startTransition, useEffect, useState } from 'react'
import { admin, god, user } from './database.ts'
import { Boundary, useHistory } from './parts.tsx'

const byTitle = { sort: { title: 'asc' }, select: ['id', 'title', 'level'] } as const

function Titles({ name }: { name: string }) {
  const pages = useLiveQuery('pageConfigs', byTitle)
  const text = pages.data?.map((page) => page.title).join(', ') ?? pages.status
  useHistory(name, text)
  return <p data-testid={name}>{text}</p>
}

/** Two lists over one subscription, and the way to be rid of them. */
function Live() {
  const [shown, setShown] = useState(2)
  return (
    <DBALProvider client={god}>
      {shown > 0 && <Titles name="first" />}
      {shown > 1 && <Titles name="second" />}
      <button type="button" onClick={() => setShown(shown - 1)}>
        One less
      </button>
      <button type="button" onClick={() => setShown(2)}>
        Both
      </button>
    </DBALProvider>
  )
}

const clients: Record<string, DBALClient> = { god, admin, user }

function Swap() {
  const [role, setRole] = useState('god')
  return (
    <DBALProvider client={clients[role] ?? god}>
      <Titles name="titles" />
      <Count />
      {Object.keys(clients).map((name) => (
        <button type="button" key={name} onClick={() => setRole(name)}>
          {name}
        </button>
      ))}
    </DBALProvider>
  )
}

function Count() {
  const count = useQuery('count', (db) => db.pageConfigs.count(), { keepPrevious: true })
  const text = `${count.status} ${count.data ?? '-'}`
  useHistory('count', text)
  return <p data-testid="count">{text}</p>
}

/** A role that may rename, and one that may not. */
function Rename() {
  const [role, setRole] = useState('god')
  return (
    <DBALProvider client={clients[role] ?? god}>
      <button type="button" onClick={() => setRole('admin')}>
        Become admin
      </button>
      <Titles name="live" />
      <Listed />
      <Renaming />
    </DBALProvider>
  )
}

function Listed() {
  const page = useQuery('pageConfigs', byTitle)
  const text = page.data?.data.map(({ title }) => title).join(', ') ?? page.status
  useHistory('listed', text)
  return <p data-testid="listed">{text}</p>
}

function Renaming() {
  const [told, setTold] = useState('')
  const rename = useMutation(
    async (db, { slug, title }: { slug: string; title: string }) => {
      const page = await db.pageConfigs.findFirst({ filter: { slug } })
      return db.pageConfigs.update(page?.id ?? '', { title })
    },
    {
      optimistic: (draft, { title }) => draft.patch('pageConfigs', window.homeId, { title }),
      onError: (error) => setTold(error.code),
    },
  )
  const add = useMutation(
    (db, title: string) => db.pageConfigs.create({ slug: title.toLowerCase(), title, level: 1 }),
    {
      optimistic: (draft, title) =>
        draft.insert('pageConfigs', { id: 'new', title: `${title}…`, level: 1 }, 'start'),
    },
  )
  const remove = useMutation((client, id: string) => client.pageConfigs.delete(id), {
    optimistic: (draft, id) => draft.remove('PageConfig', id),
  })
  useEffect(() => {
    window.mutations.add(rename.mutate)
  }, [rename.mutate])
  return (
    <>
      <button type="button" onClick={() => rename.mutate({ slug: 'home', title: 'Start' })}>
        Rename
      </button>
      <button type="button" onClick={() => add.mutate('Added')}>
        Add
      </button>
      <button type="button" onClick={() => remove.mutate(window.homeId)}>
        Remove
      </button>
      <p data-testid="rename">{`${rename.status} ${rename.error?.code ?? ''} ${told}`.trim()}</p>
      <p data-testid="others">{`${add.status} ${remove.status} ${remove.error?.code ?? ''}`.trim()}</p>
    </>
  )
}

/** Calls whose answers the test gives. */
function Race() {
  const [key, setKey] = useState('a')
  const [isOn, setOn] = useState(true)
  const answer = useQuery(
    ['race', key],
    () => new Promise<string>((resolve) => window.answers.push(resolve)),
    {
      enabled: isOn,
    },
  )
  return (
    <DBALProvider client={god}>
      <p data-testid="answer">{`${answer.status} ${answer.data ?? '-'}`}</p>
      <button type="button" onClick={() => void answer.refetch()}>
        Again
      </button>
      <button type="button" onClick={() => setKey('b')}>
        Other key
      </button>
      <button type="button" onClick={() => setOn(!isOn)}>
        Switch
      </button>
    </DBALProvider>
  )
}

function Waiting() {
  const [level, setLevel] = useState(1)
  return (
    <DBALProvider client={god}>
      <button type="button" onClick={() => setLevel(3)}>
        Level 3
      </button>
      <button type="button" onClick={() => startTransition(() => setLevel(3))}>
        Level 3, gently
      </button>
      <button type="button" onClick={() => setLevel('none' as unknown as number)}>
        No level
      </button>
      <Boundary>
        <Suspense fallback={<Fallback />}>
          <OfLevel level={level} />
        </Suspense>
      </Boundary>
    </DBALProvider>
  )
}

function Fallback() {
  useHistory('waiting', 'fallback')
  return <p data-testid="fallback">waiting</p>
}

function OfLevel({ level }: { level: number }) {
  const { data } = useQuery('pageConfigs', { filter: { level } }, { suspense: true })
  const { data: rows } = useLiveQuery('pageConfigs', { filter: { level } }, { suspense: true })
  const text = `${data.data.length} ${rows.map((row) => row.title).join(', ')}`
  useHistory('waiting', text)
  return <p data-testid="level">{text}</p>
}

function Connection() {
  const client = useDBAL()
  const { state, persistence, ready } = useConnection()
  return (
    <>
      <p data-testid="connection">{`${state} ${persistence} ${ready?.role}`}</p>
      <button type="button" onClick={() => void client.close()}>
        Close
      </button>
    </>
  )
}

function Kept() {
  const [count, setCount, deleteCount] = useKV('count', 0)
  const [list, setList] = useKV('list', ['first'])
  const [told, setTold] = useState('')
  useHistory('list', list.join())
  useEffect(() => {
    window.kv = { setCount, setList }
  }, [setCount, setList])
  return (
    <>
      <p data-testid="kept">{count}</p>
      <p data-testid="also">
        <Also />
      </p>
      <p data-testid="list">{list.join()}</p>
      <p data-testid="told">{told}</p>
      <button type="button" onClick={() => void setCount((before) => before + 1)}>
        Count
      </button>
      <button type="button" onClick={() => void deleteCount()}>
        Delete
      </button>
      <button
        type="button"
        onClick={() => {
          const unwritable = ['changed', (() => {}) as unknown as string]
          setList(unwritable).catch((error: Error) => setTold(error.name))
        }}
      >
        Break
      </button>
    </>
  )
}

function Also() {
  return useKV('count', 0)[0]
}

const databases = { god: toKysely(god), user: toKysely(user) }

/** A select of Kysely, built anew by each render, under one role and the other. */
function Levels() {
  const [role, setRole] = useState<'god' | 'user'>('god')
  const [least, setLeast] = useState(0)
  const levels = useLiveQuery(
    databases[role]
      .selectFrom('PageConfig')
      .select((eb) => ['level', eb.fn.countAll<number>().as('pages')])
      .where('level', '>', least)
      .groupBy('level')
      .orderBy('level'),
  )
  const text = levels.data?.map(({ level, pages }) => `${level}: ${pages}`).join(', ') ?? levels.status
  useHistory('levels', text)
  return (
    <>
      <p data-testid="levels">{text}</p>
      <button type="button" onClick={() => setRole('user')}>
        Become user
      </button>
      <button type="button" onClick={() => setLeast(2)}>
        Above 2
      </button>
    </>
  )
}

export const scenes = { Live, Levels, Swap, Rename, Race, Waiting, Connection, Kept }
