/** A page in the back/forward cache, in a whole browser: the one without windows, in which the other tests run, has no such cache. */

import { findBrowser } from '../../scripts/browser.ts'
import { addRow, countRows, expect, openClient, test, visit } from './fixtures.ts'

// Visitors have it: Playwright turns it off by default.
test.use({
  launchOptions: async ({ launchOptions }, use) =>
    use({
      ...launchOptions,
      executablePath: findBrowser(),
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    }),
})

const opened = { persistence: 'opfs', rung: 'asset' }

test('a page that the browser kept serves again after the back button, and holds nothing while it is away', async ({
  openPage,
  site,
}) => {
  const page = await openPage()
  await openClient(page)
  await addRow(page, 'first')
  for (let turn = 0; turn < 5; turn++) {
    await page.evaluate(() => {
      Object.assign(window, { wasHere: true })
    })
    await visit(page, `${site.url}other`)
    expect(await openClient(page)).toMatchObject(opened)
    await addRow(page, `other-${turn}`)
    // A page out of the cache does not load.
    await page.goBack({ waitUntil: 'commit' })
    expect(await page.evaluate(() => 'wasHere' in window)).toBe(true)
    expect(await countRows(page)).toBe(turn + 2)
  }
})
