/** The studio as a visitor uses it. */

import { test as base, expect, type Locator, type Page } from '@playwright/test'
import { serveStudio } from './studio-server.ts'

export type RoleName = 'public' | 'user' | 'admin' | 'god' | 'supergod'
export type PanelName = 'Pages' | 'Data' | 'Queries' | 'Audit' | 'Storage' | 'Migrations' | 'Access'

export class Studio {
  readonly page: Page
  readonly url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.url = url
  }

  /** Opens the studio at a panel's address; the sample site is there when this resolves. */
  async open(hash = ''): Promise<void> {
    await this.page.goto(this.url + hash)
    await expect(this.page.getByRole('button', { name: /^Role: / })).toBeVisible({ timeout: 45_000 })
  }

  async reload(): Promise<void> {
    await this.page.reload()
    await expect(this.page.getByRole('button', { name: /^Role: / })).toBeVisible({ timeout: 45_000 })
  }

  async become(role: RoleName): Promise<void> {
    await this.page.getByRole('button', { name: /^Role: / }).click()
    await this.page.getByRole('menuitemradio', { name: new RegExp(`^${role}\\b`) }).click()
    await expect(this.page.getByRole('button', { name: new RegExp(`^Role: .* · ${role}\\.`) })).toBeVisible()
  }

  async go(panel: PanelName): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Panels' }).getByRole('link', { name: panel }).click()
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible()
  }

  get note(): Locator {
    return this.page.getByRole('note', { name: 'What this role may do' })
  }

  /** A notice in the corner. */
  notice(text: string | RegExp): Locator {
    return this.page.getByRole('list', { name: 'Notices' }).getByRole('listitem').filter({ hasText: text })
  }
}

export const test = base.extend<{ studio: Studio }, { studioUrl: string }>({
  studioUrl: [
    async ({}, use) => {
      const server = await serveStudio()
      await use(server.url)
      await server.close()
    },
    { scope: 'worker' },
  ],
  studio: async ({ page, studioUrl }, use) => {
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await use(new Studio(page, studioUrl))
    expect(problems, 'the console has no errors').toEqual([])
  },
})

export { expect }
