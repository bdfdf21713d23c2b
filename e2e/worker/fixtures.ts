/** Pages that have the package, and what the tests do in them. */

import type * as Package from '@metabuilder/dbal'
import { test as base, type Page } from '@playwright/test'
import { openSite, type Site, type SiteOptions } from './site.ts'

declare global {
  interface Window {
    dbal: typeof Package
    /** Every worker that the page made. */
    workers: Worker[]
    client: Package.DBALClient
    events: unknown[]
  }
}

export const god = { user: { id: '01890000-0000-7000-8000-000000000001', role: 'god' } } as const

export const test = base.extend<{
  site: Site
  openPage: (site?: Site, path?: string) => Promise<Page>
  makeSite: (options: SiteOptions) => Promise<Site>
}>({
  makeSite: async ({}, use) => {
    const sites: Site[] = []
    await use(async (options) => {
      const site = await openSite(options)
      sites.push(site)
      return site
    })
    for (const site of sites) await site.close()
  },
  site: async ({ makeSite }, use) => use(await makeSite({})),
  openPage: async ({ context, site }, use) => {
    await context.addInitScript(keepWorkers)
    await use(async (at = site, path = '') => {
      const page = await context.newPage()
      await visit(page, at.url + path)
      return page
    })
  },
})

export { expect } from '@playwright/test'

export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.waitForFunction(() => window.dbal)
}

function keepWorkers(): void {
  window.workers = []
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      window.workers.push(this)
    }
  }
}

export interface Opening {
  readonly name?: string
  readonly persistence?: 'preferred' | 'required' | 'memory'
  readonly timeout?: number
}

export type Failure = { code: string; message: string; details?: { reason?: string } }

/** Makes `window.client` and resolves with its `ready`, or with the error. */
export function openClient(page: Page, options: Opening = {}): Promise<Package.Ready | Failure> {
  return page.evaluate(
    async ({ name, persistence, timeout, auth }) => {
      window.events = []
      window.client = new window.dbal.DBALClient({ database: { name, persistence }, timeout, auth })
      window.client.on('connection', (event) => window.events.push(event))
      window.client.on('storage', (event) => window.events.push(event))
      return window.client.ready.catch((error: Package.DBALError) => error.toWire() as Failure)
    },
    { ...options, auth: god },
  )
}

/** Creates a page (of the built-in schema) and resolves with its slug. */
export function addRow(page: Page, slug: string): Promise<string> {
  return page.evaluate(async (slug) => {
    const row = await window.client.pageConfigs.create({ slug, title: slug, level: 1 })
    return row.slug
  }, slug)
}

export function countRows(page: Page): Promise<number> {
  return page.evaluate(() => window.client.pageConfigs.count())
}
