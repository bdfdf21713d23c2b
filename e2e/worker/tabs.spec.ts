/** Two tabs, one database: the second waits, is told, and gets it; it never hangs. */

import type { Page } from '@playwright/test'
import { plan } from '../faults/plan.ts'
import { addRow, countRows, expect, openClient, test, visit } from './fixtures.ts'

const waiting = (page: Page) =>
  expect
    .poll(() => page.evaluate(() => window.events))
    .toContainEqual(expect.objectContaining({ type: 'connection', state: 'waiting' }))

async function setupTwoTabs(openPage: () => Promise<Page>) {
  const first = await openPage()
  await openClient(first)
  await addRow(first, 'from-the-first')
  const second = await openPage()
  const opening = openClient(second, { timeout: 20_000 })
  await waiting(second)
  return { first, second, opening }
}

async function expectTakeover(second: Page, opening: Promise<unknown>): Promise<void> {
  expect(await opening).toMatchObject({ persistence: 'opfs', role: 'leader' })
  expect(await countRows(second)).toBe(1)
  await addRow(second, 'from-the-second')
}

test('the second gives up in time and names the reason', async ({ openPage }) => {
  const first = await openPage()
  await openClient(first)
  const second = await openPage()
  expect(await openClient(second, { timeout: 1_000 })).toMatchObject({
    code: 'DATABASE_ERROR',
    details: { reason: 'another tab holds the database' },
  })
  await first.close()
  // Its place in the queue was given back: a third tab gets the database at once.
  expect(await openClient(await openPage(), { timeout: 10_000 })).toMatchObject({ persistence: 'opfs' })
})

test('the second has it when the first is closed', async ({ openPage }) => {
  const { first, second, opening } = await setupTwoTabs(openPage)
  await first.close()
  await expectTakeover(second, opening)
})

test('the second has it when the first crashes', async ({ openPage }) => {
  const { first, second, opening } = await setupTwoTabs(openPage)
  await first.goto('chrome://crash').catch(() => undefined)
  await expectTakeover(second, opening)
})

test('the second has it when the first closes its client', async ({ openPage }) => {
  const { first, second, opening } = await setupTwoTabs(openPage)
  await first.evaluate(() => window.client.close())
  await expectTakeover(second, opening)
})

test('the second has it when the first goes elsewhere, though the browser keeps that page', async ({
  openPage,
  makeSite,
}) => {
  const elsewhere = await makeSite({})
  const { first, second, opening } = await setupTwoTabs(openPage)
  await visit(first, elsewhere.url)
  await expectTakeover(second, opening)
})

test('the second has it when the first is reloaded, and the first then waits', async ({ openPage, site }) => {
  const { first, second, opening } = await setupTwoTabs(openPage)
  await visit(first, site.url)
  const again = openClient(first, { timeout: 20_000 })
  await expectTakeover(second, opening)
  await waiting(first)
  await second.close()
  expect(await again).toMatchObject({ persistence: 'opfs' })
  expect(await countRows(first)).toBe(2)
})

test('tabs have it one after the other', async ({ openPage }) => {
  test.slow()
  const turns = plan.turns(4, 10)
  let holder = await openPage()
  await openClient(holder)
  for (let turn = 0; turn < turns; turn++) {
    const next = await openPage()
    const opening = openClient(next, { timeout: 20_000 })
    await waiting(next)
    await addRow(holder, `turn-${turn}`)
    await holder.close()
    expect(await opening).toMatchObject({ persistence: 'opfs' })
    holder = next
  }
  expect(await countRows(holder)).toBe(turns)
})

test('databases of different names do not wait for each other', async ({ openPage }) => {
  const first = await openPage()
  expect(await openClient(first, { name: 'one' })).toMatchObject({ persistence: 'opfs' })
  expect(await openClient(await openPage(), { name: 'two', timeout: 5_000 })).toMatchObject({
    persistence: 'opfs',
  })
})

test('databases in memory are their pages own', async ({ openPage }) => {
  const [first, second] = [await openPage(), await openPage()]
  await openClient(first, { persistence: 'memory' })
  await addRow(first, 'only-here')
  expect(await openClient(second, { persistence: 'memory', timeout: 5_000 })).toMatchObject({
    persistence: 'memory',
  })
  expect(await countRows(second)).toBe(0)
})
