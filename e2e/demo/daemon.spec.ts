/** The studio moves between this browser and a daemon: the same calls, and another browser sees what they change. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page, WebSocketRoute } from '@playwright/test'
import { startDemoDaemon } from '../../scripts/demo-daemon.ts'
import { test as base, expect, Studio } from './studio.ts'
import { serveStudio } from './studio-server.ts'

const test = base.extend<{ url: string }>({
  url: async ({}, use) => {
    const server = await serveStudio()
    const folder = await mkdtemp(join(tmpdir(), 'dbal-demo-'))
    const daemon = await startDemoDaemon({ folder, origins: [new URL(server.url).origin] })
    server.tellOfDaemon(daemon.access)
    await use(server.url)
    await daemon.stop()
    await server.close()
    await rm(folder, { recursive: true })
  },
})

async function moveTo(page: Page, place: 'Kept in this browser' | 'Kept by the daemon', storage: string) {
  await page.getByRole('button', { name: /Switch database/ }).click()
  await page.getByRole('menuitem', { name: place }).click()
  await expect(page.getByRole('link', { name: new RegExp(`^Storage: ${storage}, connected`) })).toBeVisible()
}

async function makePage(page: Page, slug: string, title: string) {
  await page.getByRole('button', { name: 'New page' }).click()
  const form = page.getByRole('dialog', { name: 'New page' })
  await form.getByRole('textbox', { name: /^slug/ }).fill(slug)
  await form.getByRole('textbox', { name: /^title/ }).fill(title)
  await page.getByRole('button', { name: 'Create page' }).click()
}

/** The sockets of a page, which a test may cut. */
async function wayToDaemon(page: Page) {
  let isCut = false
  const open = new Set<WebSocketRoute>()
  await page.routeWebSocket(/^ws:\/\/127\.0\.0\.1/, (socket) => {
    if (isCut) return void socket.close({ code: 1001 })
    socket.connectToServer()
    open.add(socket)
  })
  return {
    cut() {
      isCut = true
      for (const socket of open) void socket.close({ code: 1001 })
    },
    mend() {
      isCut = false
    },
  }
}

const pages = (page: Page) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link')

test('a second browser sees at once what the first one changes at the daemon', async ({
  url,
  page,
  browser,
}) => {
  const first = new Studio(page, url)
  await first.open('#/pages/events')
  await expect(pages(page)).toHaveCount(11)
  await moveTo(page, 'Kept by the daemon', 'remote')
  await expect(pages(page)).toHaveCount(11)

  const other = await browser.newContext()
  const otherPage = await other.newPage()
  const second = new Studio(otherPage, url)
  const way = await wayToDaemon(otherPage)
  await second.open('#/pages/events')
  await moveTo(otherPage, 'Kept by the daemon', 'remote')
  await expect(pages(otherPage)).toHaveCount(11)

  await makePage(page, 'hours', 'Opening hours')
  await expect(pages(otherPage).filter({ hasText: 'Opening hours' })).toBeVisible()

  // While the daemon is away it is said in words, and what was there stays to be seen; then all comes back by itself.
  way.cut()
  await expect(otherPage.getByRole('link', { name: /^Storage: remote, lost/ })).toContainText('lost')
  await expect(pages(otherPage)).toHaveCount(12)
  way.mend()
  await expect(otherPage.getByRole('link', { name: /^Storage: remote, connected/ })).toBeVisible()

  // The place is kept over a reload; what was made there is not in the browser's own database.
  await first.reload()
  await expect(pages(page).filter({ hasText: 'Opening hours' })).toBeVisible()
  await moveTo(page, 'Kept in this browser', 'opfs')
  await expect(pages(page)).toHaveCount(11)
  await other.close()
})

test('roles, queries, audit and storage work at the daemon as they do in the browser', async ({
  url,
  page,
}) => {
  const studio = new Studio(page, url)
  await studio.open('#/pages')
  await moveTo(page, 'Kept by the daemon', 'remote')
  await page.getByRole('button', { name: 'Two roles side by side' }).click()
  const god = page.getByRole('region', { name: 'Pages for god' })
  const visitor = page.getByRole('region', { name: 'Pages for public' })
  await expect(god.getByRole('listitem')).toHaveCount(11)
  await expect(visitor.getByRole('listitem')).toHaveCount(4)
  await god.getByRole('switch', { name: 'Christmas list: published' }).click()
  await expect(visitor.getByRole('listitem')).toHaveCount(5)

  await studio.go('Audit')
  await page.getByRole('button', { name: 'Verify the chain' }).click()
  await expect(page.getByText('The chain is whole.')).toBeVisible()
  await studio.go('Storage')
  await expect(page.getByText('Every browser that is connected sees the same.')).toBeVisible()
  await studio.become('user')
  await studio.go('Data')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
})

test('a daemon that is away when the page is opened is looked for until it is there', async ({
  url,
  page,
}) => {
  const way = await wayToDaemon(page)
  way.cut()
  await page.addInitScript(() => localStorage.setItem('studio.place', 'daemon'))
  await page.clock.install()
  await page.goto(`${url}#/pages`)
  await expect(page.getByText('Opening the database…')).toBeVisible()
  // A client says so after half a minute.
  await page.clock.runFor(31_000)
  await expect(page.getByRole('status').filter({ hasText: 'Looking for it' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Keep it in this browser' })).toBeVisible()
  way.mend()
  await page.clock.runFor(20_000)
  await expect(pages(page)).toHaveCount(11)
})
