/** Workers come and go with pages, reloads and hot replacement; rows stay. The back button is in back-button.spec.ts. */

import type { Page } from '@playwright/test'
import { plan } from '../faults/plan.ts'
import { addRow, countRows, expect, god, openClient, test, visit } from './fixtures.ts'

// Visitors have the back/forward cache, where the browser has one: Playwright turns it off by default.
test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
})

const opened = { persistence: 'opfs', rung: 'asset' }

/** Workers that are still there, of all that the page made. */
const liveWorkers = (page: Page) => page.workers().length

test('quick reloads, and the rows of every one', async ({ openPage, site }) => {
  const turns = plan.turns(8, 25)
  const page = await openPage()
  for (let turn = 0; turn < turns; turn++) {
    await visit(page, site.url)
    expect(await openClient(page)).toMatchObject(opened)
    await addRow(page, `turn-${turn}`)
  }
  expect(await countRows(page)).toBe(turns)
})

test('a reload while the worker is starting', async ({ openPage, site }) => {
  const page = await openPage()
  for (let turn = 0; turn < 10; turn++) {
    await visit(page, site.url)
    await page.evaluate(() => void new window.dbal.DBALClient())
    await page.waitForTimeout(turn * 10)
  }
  await visit(page, site.url)
  expect(await openClient(page)).toMatchObject(opened)
  await addRow(page, 'after')
})

test('clients of several identities share one worker, each with its own rights', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  const seen = await page.evaluate(async () => {
    await window.client.pageConfigs.create({ slug: 'secret', title: 'Secret', level: 5 })
    const visitor = new window.dbal.DBALClient()
    await visitor.ready
    const rows = await visitor.pageConfigs.list()
    const denied = await visitor.pageConfigs
      .create({ slug: 'x', title: 'x', level: 1 })
      .catch((error) => error.code)
    await visitor.close()
    return {
      rows: rows.data.length,
      denied,
      own: await window.client.pageConfigs.count(),
      made: window.workers.length,
    }
  })
  expect(seen).toEqual({ rows: 0, denied: 'FORBIDDEN', own: 1, made: 1 })
  expect(liveWorkers(page)).toBe(1)
})

test('the last client closes the worker, and a new client starts another', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'first')
  await page.evaluate(() => window.client.close())
  await expect.poll(() => liveWorkers(page)).toBe(0)
  expect(await openClient(page)).toMatchObject(opened)
  expect(await countRows(page)).toBe(1)
})

test('a client that is opened while the last one closes waits for it', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'first')
  const count = await page.evaluate(async (auth) => {
    const closing = window.client.close()
    const next = new window.dbal.DBALClient({ auth })
    const rows = await next.pageConfigs.count()
    await closing
    return rows
  }, god)
  expect(count).toBe(1)
})

test('a worker that is terminated in the middle of writes, again and again, loses and doubles nothing', async ({
  openPage,
}) => {
  const page = await openPage()
  await openClient(page)
  const turns = plan.turns(7, 20)
  const result = await page.evaluate(async (turns) => {
    const acknowledged: string[] = []
    for (let turn = 0; turn < turns; turn++) {
      const writes = Array.from({ length: 20 }, (_, at) => `t${turn}-${at}`)
      const rows = writes.map(async (slug) => {
        await window.client.pageConfigs.create({ slug, title: slug, level: 1 })
        acknowledged.push(slug)
      })
      await new Promise((resolve) => setTimeout(resolve, turn % 7))
      window.workers.at(-1)?.terminate()
      await Promise.all(rows)
    }
    const stored = new Set<string>()
    for (let page = 1; ; page++) {
      const { data, hasMore } = await window.client.pageConfigs.list({
        page,
        limit: 100,
        sort: { slug: 'asc' },
      })
      for (const { slug } of data) stored.add(slug)
      if (!hasMore) break
    }
    return {
      acknowledged: acknowledged.length,
      missing: acknowledged.filter((slug) => !stored.has(slug)),
      stored: stored.size,
      workers: window.workers.length,
    }
  }, turns)
  const { workers, ...rows } = result
  expect(rows).toEqual({ acknowledged: turns * 20, missing: [], stored: turns * 20 })
  // A worker that was ended after it had answered everything, or before it could speak, makes it more or fewer.
  expect(workers).toBeGreaterThan(turns / 2)
})

test('a worker that ends itself is replaced', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'before')
  await page.workers()[0]?.evaluate(() => self.close())
  expect(await countRows(page)).toBe(1)
})

test('an uncaught error in the worker is told and does not end it', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  await page.evaluate(() => window.client.on('error', (error) => window.events.push(error.code)))
  await page.workers()[0]?.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error('a defect')
      }),
  )
  await expect.poll(() => page.evaluate(() => window.events)).toContain('INTERNAL_ERROR')
  await addRow(page, 'after')
  expect(await page.evaluate(() => window.workers.length)).toBe(1)
})

test('a frozen tab lets another one have the database, and waits when it is thawed', async ({ openPage }) => {
  const frozen = await openPage()
  await openClient(frozen)
  // Playwright keeps every page visible, and no browser freezes those; the event is all that the page sees of it.
  await frozen.evaluate(() => void document.dispatchEvent(new Event('freeze')))
  const other = await openPage()
  expect(await openClient(other, { timeout: 10_000 })).toMatchObject(opened)
  await addRow(other, 'from-the-other')
  await frozen.evaluate(() => void document.dispatchEvent(new Event('resume')))
  const counting = countRows(frozen)
  await other.waitForTimeout(500)
  await other.close()
  expect(await counting).toBe(1)
})

test('a client with another schema takes the database over, as after a hot replacement', async ({
  openPage,
}) => {
  const page = await openPage()
  const result = await page.evaluate(async () => {
    const { DBALClient, defineSchema, f } = window.dbal
    const rules = [{ roles: ['public'], operations: ['create', 'read'] }] as const
    const before = defineSchema({
      Note: { fields: { id: f.uuid({ primary: true }), text: f.string({ required: true }) }, rules },
    })
    const after = defineSchema({
      Note: {
        fields: {
          id: f.uuid({ primary: true }),
          text: f.string({ required: true }),
          mark: f.boolean({ default: false }),
        },
        rules,
      },
    })
    const old = new DBALClient({ schema: before, database: { name: 'hot' } })
    await old.notes.create({ text: 'one' })
    const client = new DBALClient({ schema: after, database: { name: 'hot' } })
    const { data } = await client.notes.list()
    const error = await old.notes.count().catch((reason) => reason.toWire())
    return { marks: data.map((row) => row.mark), code: error.code, reason: error.details?.reason }
  })
  expect(result).toEqual({
    marks: [false],
    code: 'CONFLICT',
    reason: expect.stringContaining('another configuration'),
  })
  await expect.poll(() => liveWorkers(page)).toBe(1)
})

test('the package evaluated twice shares one worker', async ({ openPage }) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'first')
  const count = await page.evaluate(async (auth) => {
    const address = '/dbal/index.js?twin'
    const twin: typeof window.dbal = await import(address)
    return new twin.DBALClient({ auth }).pageConfigs.count()
  }, god)
  expect(count).toBe(1)
  expect(await page.evaluate(() => window.workers.length)).toBe(1)
})
