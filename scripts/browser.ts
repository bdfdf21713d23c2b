/**
 * Finds a Chromium for the tests: an installed Chromium or Chrome, else Playwright's own, else Debian's package where it
 * may be installed. Run by itself it installs the one without windows from Debian, where that is allowed, and prints the
 * path; it says in one line what to do when there is none.
 */

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import { installFromDebian } from './debian.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/** Chromium without windows and all that belongs to them. */
const shell = 'chromium-headless-shell'

/** A whole browser. @returns the executable's path @throws Error saying what to install */
export function findBrowser(): string {
  const found = installed() ?? (installFromDebian('chromium') ? installed() : undefined)
  if (found) return found
  throw new Error(
    'No Chromium was found: install Chromium or Chrome, or run "npx playwright install chromium", or set CHROMIUM_PATH.',
  )
}

/**
 * What most tests run in: the shell where there is one, which does the same for a third less of the processor. Long runs
 * have the time for a whole browser.
 * @returns the executable's path @throws Error saying what to install
 */
export function findTestBrowser(): string {
  const takesShell = !process.env['CHROMIUM_PATH'] && !process.env['DBAL_LONG']
  return (takesShell ? inPath(shell) : undefined) ?? findBrowser()
}

function installed(): string | undefined {
  return process.env['CHROMIUM_PATH'] || inPath(...names) || [...places, playwrightsOwn()].find(isExecutable)
}

function inPath(...wanted: readonly string[]): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => wanted.map((name) => join(folder, name)))
    .find(isExecutable)
}

function playwrightsOwn(): string {
  try {
    return chromium.executablePath()
  } catch {
    return ''
  }
}

function isExecutable(path: string): boolean {
  if (path === '') return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Switches that every test browser of ours starts with. */
export const browserArgs: readonly string[] = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

if (import.meta.main) {
  try {
    if (!inPath(shell)) installFromDebian(shell)
    console.log(findTestBrowser())
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
