import { Suspense } from 'react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts'
import { DBALClient } from '../index.ts'
import { principalOf } from '../serve/identity.ts'
import { LocalTransport } from '../transport/local.ts'
import { DBALProvider, useConnection, useDBAL, useKV, useLiveQuery, useMutation, useQuery } from './index.ts'

let opened: TestEngine | undefined
afterEach(async () => {
  await opened?.engine.close()
  opened = undefined
})

function clientOf() {
  return new DBALClient({
    transport: new LocalTransport({
      connect: async (emit) => {
        opened = await openTestEngine()
        return opened.engine.connect({ principal: principalOf(null), clientId: crypto.randomUUID(), emit })
      },
    }),
  })
}

function Everything() {
  const live = useLiveQuery('pageConfigs')
  const query = useQuery('count', (db) => db.pageConfigs.count())
  const off = useQuery('count', (db) => db.pageConfigs.count(), { enabled: false })
  const mutation = useMutation((db, slug: string) => db.pageConfigs.create({ slug, title: slug, level: 1 }))
  const { state } = useConnection()
  const [kept] = useKV('kept', 'initial')
  return [live.status, query.status, off.status, mutation.status, state, kept].join(' ')
}

const Waiting = () => useQuery('count', (db) => db.pageConfigs.count(), { suspense: true }).data
const Lost = () => useDBAL().schema.name
const AlsoLost = () => useLiveQuery('users').status
const Wrong = () => useLiveQuery('constructor' as 'users').status
const OfHandle = ({ client }: { client: DBALClient }) => useLiveQuery(client.users).status

test('on a server everything is as before the first answer', async () => {
  const client = clientOf()
  const html = renderToString(
    <DBALProvider client={client}>
      <Everything />
    </DBALProvider>,
  )
  expect(html).toBe('loading loading idle idle connecting initial')
  await client.close()
})

test('Suspense leaves its boundary to the browser', async () => {
  const client = clientOf()
  const html = renderToString(
    <Suspense fallback="waiting">
      <DBALProvider client={client}>
        <Waiting />
      </DBALProvider>
    </Suspense>,
  )
  expect(html).toContain('waiting')
  expect(html).toContain('not on this server')
  await client.close()
})

test('outside of a provider a hook says what is missing', () => {
  expect(() => renderToString(<Lost />)).toThrow('DBALProvider')
  expect(() => renderToString(<AlsoLost />)).toThrow('DBALProvider')
})

test('a name that is no entity is refused', () => {
  const client = clientOf()
  expect(() =>
    renderToString(
      <DBALProvider client={client}>
        <Wrong />
      </DBALProvider>,
    ),
  ).toThrow('is not an entity')
})

test('a handle needs no provider', async () => {
  const client = clientOf()
  expect(renderToString(<OfHandle client={client} />)).toBe('loading')
  await client.close()
})
