/**
 * Finds a Chromium for the tests: an installed Chromium or Chrome, else Playwright's own, else Debian's package where it
 * may be installed. Prints the path when run by itself; says in one line what to do when there is none.
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

/** @returns the executable's path @throws Error saying what to install */
export function findBrowser(): string {
  const found = installed() ?? (installFromDebian('chromium') ? installed() : undefined)
  if (found) return found
  throw new Error(
    'No Chromium was found: install Chromium or Chrome, or run "npx playwright install chromium", or set CHROMIUM_PATH.',
  )
}

function installed(): string | undefined {
  const given = process.env['CHROMIUM_PATH']
  if (given) return given
  const inPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  return [...inPath, ...places, playwrightsOwn()].find(isExecutable)
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
    console.log(findBrowser())
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
