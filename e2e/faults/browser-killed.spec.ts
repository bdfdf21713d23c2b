/** The whole browser is killed in the middle of writes; what it had acknowledged came out of it before. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, visit } from '../worker/fixtures.ts'
import { type BrowserProcess, startBrowser } from './browser-process.ts'
import { problemsOf, readEvidence } from './evidence.ts'
import { type Note, openLoadClient, startLoad } from './load.ts'
import { plan, randomOf } from './plan.ts'

test(`${plan.crashes} browsers killed: every acknowledged write is there once and whole`, async ({
  site,
}) => {
  const { seed, crashes } = plan
  test.setTimeout(60_000 + crashes * 20_000)
  console.log(`browser-killed: seed ${seed}`)
  const random = randomOf(seed)
  const profile = mkdtempSync(join(tmpdir(), 'dbal-browser-'))
  const notes: Note[] = []
  let browser: BrowserProcess | undefined
  try {
    for (let crash = 0; crash <= crashes; crash++) {
      browser = await startBrowser(profile)
      const { page } = browser
      await page.exposeFunction('takeNotes', (taken: Note[]) => void notes.push(...taken))
      await visit(page, site.url)
      expect(await openLoadClient(page)).toMatchObject({ persistence: 'opfs' })
      expect(problemsOf(notes, await readEvidence(page))).toEqual([])
      if (crash === crashes) break
      const before = notes.length
      await startLoad(page, { run: `run-${crash}`, seed: seed + 100 * crash, writers: 6 })
      await page.waitForFunction(() => window.load.steps > 10 || window.load.refused.length > 0)
      expect(await page.evaluate(() => window.load.refused)).toEqual([])
      await sleep(random() * 1_000)
      await browser.kill()
      expect(notes.length).toBeGreaterThan(before + 10)
    }
  } finally {
    await browser?.kill()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
})
