/** Fresh apps outside this repository that have the package from its tarball, the way users get it. */

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base, type Page } from '@playwright/test'
import {
  type StaticServer,
  type StaticServerOptions,
  startStaticServer,
} from '../../scripts/static-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = fileURLToPath(new URL('./fixtures/', import.meta.url))

/** The address under which an app without a bundler finds the package. */
export const packageIndex = 'node_modules/@metabuilder/dbal/dist/index.js'

export interface Apps {
  /** A new app's folder: package.json, the installed package, and the files given. */
  make(files: Readonly<Record<string, string>>, options?: MakeOptions): string
}

interface MakeOptions {
  /** A node_modules of its own, for a bundler that writes there or looks at where a file really is. */
  readonly ownModules?: boolean
}

export interface Fixtures {
  /** Serves a folder until the test ends; without response headers but the type, unless some are given. */
  serve: (folder: string, options?: StaticServerOptions) => Promise<StaticServer>
}

export const test = base.extend<Fixtures, { apps: Apps }>({
  apps: [
    async ({}, use) => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dbal-apps-')))
      try {
        await use(packAndInstall(folder))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  serve: async ({}, use) => {
    const servers: StaticServer[] = []
    await use(async (folder, options) => {
      const server = await startStaticServer(folder, options)
      servers.push(server)
      return server
    })
    for (const server of servers) await server.close()
  },
})

export { expect } from '@playwright/test'

/** One installation by npm; every app has what npm made there. */
function packAndInstall(folder: string): Apps {
  npm(root, 'pack', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made no tarball')
  const installed = join(folder, 'installed')
  mkdirSync(installed)
  writePackage(installed)
  npm(installed, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball))
  let count = 0
  return {
    make(files, { ownModules = false } = {}) {
      const app = join(folder, `app-${++count}`)
      mkdirSync(app)
      writePackage(app)
      const [from, to] = [join(installed, 'node_modules'), join(app, 'node_modules')]
      if (ownModules) cpSync(from, to, { recursive: true, verbatimSymlinks: true })
      else symlinkSync(from, to, 'junction')
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(app, path, '..'), { recursive: true })
        writeFileSync(join(app, path), text)
      }
      return app
    },
  }
}

function writePackage(folder: string): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
}

function npm(cwd: string, ...args: string[]): void {
  // Under `npm test` npm finds this repository in its variables, and would work in it.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(registry|cache|userconfig))/i.test(name),
    ),
  )
  execFileSync('npm', args, {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  })
}

export const source = (name: string): string => join(sources, name)

export const htmlWith = (...tags: string[]): string =>
  `<!doctype html>\n<title>App</title>\n${tags.join('\n')}\n<body></body>\n`

export interface Outcome {
  readonly persistence: string
  readonly rung: string
  readonly found: readonly unknown[]
  readonly left: readonly unknown[]
}

/** What the app wrote into its page. @throws with what went wrong there */
export async function outcomeOf(page: Page, url: string): Promise<Outcome> {
  const failed = new Promise<never>((_, reject) => {
    page.once('pageerror', (error) => reject(error))
  })
  const done = async (): Promise<Outcome> => {
    await page.goto(url)
    await page.waitForFunction(() => document.body?.textContent?.startsWith('{'), undefined, {
      timeout: 30_000,
    })
    return JSON.parse(await page.evaluate(() => document.body.textContent ?? '')) as Outcome
  }
  return Promise.race([done(), failed])
}
