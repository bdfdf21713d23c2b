/** The tab that has the database crashes in the middle of writes while another one waits with calls of its own. */

import { expect, openClient, test } from '../worker/fixtures.ts'
import { problemsOf, readEvidence } from './evidence.ts'
import { type Note, openLoadClient, startLoad } from './load.ts'
import { plan } from './plan.ts'

test('the waiting tab takes over, and finds every acknowledged write once and whole', async ({
  openPage,
}) => {
  console.log(`tab-crash: seed ${plan.seed}`)
  const notes: Note[] = []
  const first = await openPage()
  await first.exposeFunction('takeNotes', (taken: Note[]) => void notes.push(...taken))
  await openLoadClient(first)
  await startLoad(first, { run: 'first', seed: plan.seed, writers: 4 })
  const second = await openPage()
  const opening = openLoadClient(second)
  // Written before the database is open there: it waits.
  const waiting = second.evaluate(async () => {
    const client = window.loadClient
    return client
      .entity('Entry' as 'User')
      .create({ key: 'second:0:1', part: 0, of: 1, kind: 'one', filling: 'x' } as never)
  })
  await first.waitForFunction(() => window.load.steps > 30)
  await first.goto('chrome://crash').catch(() => undefined)
  expect(await opening).toMatchObject({ persistence: 'opfs', role: 'leader' })
  await waiting
  expect(notes.length).toBeGreaterThan(20)
  expect(
    problemsOf([...notes, { what: 'created', key: 'second:0:1', rows: 1 }], await readEvidence(second)),
  ).toEqual([])
})

test('a tab that gives up waiting says why, and its calls fail with the same reason', async ({
  openPage,
}) => {
  const first = await openPage()
  await openClient(first)
  const second = await openPage()
  const result = await second.evaluate(async () => {
    const client = new window.dbal.DBALClient({ timeout: 1_500 })
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        () => 'done',
        (error) => [error.code, error.details.reason],
      )
    return Promise.all([codeOf(client.ready), codeOf(client.pageConfigs.list())])
  })
  const [ready, call] = result
  expect(ready).toEqual(['DATABASE_ERROR', 'another tab holds the database'])
  expect([
    ['DATABASE_ERROR', 'another tab holds the database'],
    ['TIMEOUT', 'the database was not open'],
  ]).toContainEqual(call)
})
