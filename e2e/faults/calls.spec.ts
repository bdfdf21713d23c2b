/** Calls at the wrong time, and workers that do not come: an answer in every case, and in time. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { expect, type Failure, test } from '../worker/fixtures.ts'

test('calls made before the database is open wait for it, in their order', async ({ openPage }) => {
  const page = await openPage()
  const result = await page.evaluate(async () => {
    const client = new window.dbal.DBALClient({
      auth: { user: { id: '01890000-0000-7000-8000-000000000001', role: 'god' } },
    })
    let isReady = false
    void client.ready.then(() => {
      isReady = true
    })
    const create = client.pageConfigs.create({ slug: 'early', title: 'Early', level: 1 })
    const list = client.pageConfigs.list({ select: ['slug'] })
    const wrong = client.pageConfigs.read('01890000-0000-7000-8000-00000000dead').catch((error) => error.code)
    const before = isReady
    return { before, created: (await create).slug, listed: (await list).data, wrong: await wrong }
  })
  expect(result).toEqual({ before: false, created: 'early', listed: [{ slug: 'early' }], wrong: 'NOT_FOUND' })
})

test('close waits for calls under way; calls after it are refused and store nothing', async ({
  openPage,
}) => {
  const page = await openPage()
  const result = await page.evaluate(async () => {
    const auth = { user: { id: '01890000-0000-7000-8000-000000000001', role: 'god' } } as const
    const client = new window.dbal.DBALClient({ auth })
    const under = client.pageConfigs.create({ slug: 'under-way', title: 'x', level: 1 })
    const closing = client.close()
    const calls = [
      () => client.pageConfigs.create({ slug: 'too-late', title: 'x', level: 1 }),
      () => client.pageConfigs.list(),
      () => client.batch([client.pageConfigs.op.create({ slug: 'too-late', title: 'x', level: 1 })]),
      () => client.audit.verify(),
      () => client.stats(),
      () => client.export(),
    ]
    const codes = (when: string) =>
      Promise.all(
        calls.map((call) =>
          call().then(
            () => 'done',
            (error) => `${when}: ${error.code} ${error.details.reason}`,
          ),
        ),
      )
    const during = await codes('during')
    await closing
    await client.close()
    const after = await codes('after')
    const next = new window.dbal.DBALClient({ auth })
    return {
      under: (await under).slug,
      refused: [...new Set([...during, ...after])],
      left: (await next.pageConfigs.list()).data.map(({ slug }) => slug),
    }
  })
  expect(result).toEqual({
    under: 'under-way',
    refused: ['during: DATABASE_ERROR closed', 'after: DATABASE_ERROR closed'],
    left: ['under-way'],
  })
})

/** Scripts that an app may give by mistake. */
const workers: readonly [name: string, script: string, reason: RegExp, isSilent?: 'silent'][] = [
  ['throws at once', 'throw new Error("broken at the start")', /broken at the start/],
  ['is no script', '<!doctype html>', /./],
  ['says hello in another version', 'postMessage({ dbal: "hello", protocol: 9999 })', /another version/],
  ['says nothing', 'onmessage = () => {}', /did not answer/, 'silent'],
  ['says something else', 'postMessage("hello"); postMessage(null)', /did not answer/, 'silent'],
]

for (const [name, script, reason, isSilent] of workers) {
  test(`a worker that ${name}: an error with the reason, no hang`, async ({ openPage }) => {
    const page = await openPage()
    if (isSilent) await page.clock.install()
    const failing = page.evaluate(async (script) => {
      const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
      const worker = () => new Worker(url, { type: 'module' })
      const client = new window.dbal.DBALClient({ database: { worker } })
      const wire = (error: { toWire(): Failure }) => error.toWire()
      const [ready, call] = await Promise.all([
        client.ready.then(() => null, wire),
        client.pageConfigs.count().then(() => null, wire),
      ])
      return { ready, call, later: await client.pageConfigs.count().then(() => null, wire) }
    }, script)
    if (isSilent) await passTime(page, failing)
    const { ready, call, later } = await failing
    expect(ready).toMatchObject({
      code: 'DATABASE_ERROR',
      details: { reason: expect.stringMatching(reason) },
    })
    expect([call, later]).toEqual([ready, ready])
  })
}

test('a server that never answers for the worker: the copy serves after a deadline', async ({
  context,
  openPage,
}) => {
  await context.route('**/worker.js', () => undefined)
  const page = await openPage()
  await page.clock.install()
  const asked = page.waitForRequest('**/inline.js')
  const opening = page.evaluate(async () => {
    window.client = new window.dbal.DBALClient()
    return window.client.ready
  })
  await passTime(page, asked)
  expect(await opening).toMatchObject({ persistence: 'opfs', rung: 'inline' })
})

/** Lets the page's clock run fast until something has happened: less than half a minute, as long as a call may take. */
async function passTime(page: Page, event: Promise<unknown>): Promise<void> {
  let isOver = false
  const over = event.then(() => {
    isOver = true
  })
  for (let seconds = 0; seconds < 28 && !isOver; seconds += 2) {
    await page.clock.fastForward(2_000)
    await Promise.race([over, sleep(150)])
  }
  expect(isOver).toBe(true)
}
