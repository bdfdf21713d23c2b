/** A browser of our own that can be killed at once, with all its processes, and started again on the same profile. */

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, chromium, type Page } from '@playwright/test'
import { browserArgs, findTestBrowser } from '../../scripts/browser.ts'

export interface BrowserProcess {
  /** Its window, one blank page. */
  readonly page: Page
  /** SIGKILL to the whole group of processes; resolves when the browser is gone. */
  kill(): Promise<void>
}

export async function startBrowser(profile: string): Promise<BrowserProcess> {
  // A killed browser leaves its locks and the port of the last run behind.
  for (const name of namesIn(profile)) {
    if (/^(Singleton|DevToolsActivePort)/.test(name)) rmSync(join(profile, name), { force: true })
  }
  const child = spawn(
    findTestBrowser(),
    [
      ...browserArgs,
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--hide-crash-restore-bubble',
      'about:blank',
    ],
    { detached: true, stdio: 'ignore' },
  )
  try {
    const browser = await connect(child, profile)
    const context = browser.contexts()[0]
    const page = context?.pages()[0] ?? (await context?.newPage())
    if (!page) throw new Error('The browser has no page')
    return { page, kill: () => killGroup(child, browser) }
  } catch (error) {
    await killGroup(child)
    throw error
  }
}

async function connect(child: ChildProcess, profile: string): Promise<Browser> {
  const deadline = performance.now() + 30_000
  while (child.exitCode === null && performance.now() < deadline) {
    const [port] = namesIn(profile).includes('DevToolsActivePort')
      ? readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
      : []
    if (port) return chromium.connectOverCDP(`http://127.0.0.1:${port}`)
    await sleep(20)
  }
  throw new Error(`The browser did not start (exit code ${child.exitCode})`)
}

async function killGroup(child: ChildProcess, browser?: Browser): Promise<void> {
  if (child.pid === undefined) return
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    // Gone already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
  await gone
  await browser?.close().catch(() => undefined)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
