/**
 * Ten lines of an app, in every environment that the package promises to work in, with no configuration: a user is created,
 * updated, deleted; after a reload the rest is there. Bundlers are this repository's, the package is the tarball's.
 */

import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import * as esbuild from 'esbuild'
import * as vite from 'vite'
import webpack from 'webpack'
import { type Apps, expect, htmlWith, outcomeOf, packageIndex, source, test } from './apps.ts'

const main = readFileSync(source('main.js'), 'utf8')
const ada = { username: 'ada', bio: 'Countess of Lovelace' }

async function expectWorking(page: Page, url: string, rung: 'asset' | 'shim' | 'inline'): Promise<void> {
  expect(await outcomeOf(page, url)).toEqual({ persistence: 'opfs', rung, found: [], left: [ada] })
  await expectStored(page, url, rung)
}

async function expectStored(page: Page, url: string, rung: 'asset' | 'shim' | 'inline'): Promise<void> {
  expect(await outcomeOf(page, url)).toEqual({ persistence: 'opfs', rung, found: [ada], left: [ada] })
}

const moduleTag = (src: string) => `<script type="module" src="${src}"></script>`

/** An app for a bundler. */
const bundled = (tag: string, entry = main) => ({ 'index.html': htmlWith(tag), 'src/main.js': entry })

test.describe('Vite 8', () => {
  const makeViteApp = (apps: Apps) => apps.make(bundled(moduleTag('/src/main.js')), { ownModules: true })

  /** As the commands of Vite do it in a folder without a vite.config. */
  async function startDev(
    app: string,
    port = 0,
    plugins: vite.PluginOption[] = [],
  ): Promise<{ url: string; server: vite.ViteDevServer }> {
    const server = await vite.createServer({
      root: app,
      configFile: false,
      logLevel: 'error',
      plugins,
      server: { port, strictPort: port > 0 },
    })
    await server.listen()
    const url = server.resolvedUrls?.local[0]
    if (!url) throw new Error('Vite names no address')
    return { url, server }
  }

  async function build(app: string, base: string): Promise<string> {
    await vite.build({ root: app, configFile: false, logLevel: 'error', base })
    return join(app, 'dist')
  }

  test('dev, with a cold and a warm cache of dependencies', async ({ apps, page }) => {
    const app = makeViteApp(apps)
    const cold = await startDev(app)
    await expectWorking(page, cold.url, 'asset')
    // Vite's own script would reload the page when the server is back.
    await page.goto('about:blank')
    await cold.server.close()
    const warm = await startDev(app, Number(new URL(cold.url).port))
    await expectStored(page, warm.url, 'asset')
    await warm.server.close()
  })

  test('dev, with the plugin for older versions', async ({ apps, page }) => {
    const app = makeViteApp(apps)
    const { dbal } = await import(join(app, 'node_modules/@metabuilder/dbal/dist/vite.js'))
    const { url, server } = await startDev(app, 0, [dbal()])
    await expectWorking(page, url, 'asset')
    await server.close()
  })

  test('build at / and the same under a strict policy', async ({ apps, page, serve }) => {
    const built = await build(makeViteApp(apps), '/')
    await expectWorking(page, (await serve(built)).url, 'asset')
    await expectWorking(page, (await serve(built, { headers: strictPolicy })).url, 'asset')
  })

  test('build at /sub/', async ({ apps, page, serve }) => {
    const app = makeViteApp(apps)
    await vite.build({
      root: app,
      configFile: false,
      logLevel: 'error',
      base: '/sub/',
      build: { outDir: 'site/sub' },
    })
    const { url } = await serve(join(app, 'site'))
    await expectWorking(page, `${url}/sub/`, 'asset')
  })

  test('build with its scripts on another origin', async ({ apps, page, serve }) => {
    const app = makeViteApp(apps)
    const elsewhere = await serve(join(app, 'dist'), { headers: { 'access-control-allow-origin': '*' } })
    const built = await build(app, `${elsewhere.url}/`)
    await expectWorking(page, (await serve(built)).url, 'shim')
  })
})

test('webpack 5', async ({ apps, page, serve }) => {
  const app = apps.make(bundled('<script defer src="dist/main.js"></script>'))
  await new Promise<void>((resolve, reject) => {
    // What `webpack` does without a webpack.config.
    webpack(
      { context: app, entry: './src/main.js', mode: 'production', output: { path: join(app, 'dist') } },
      (error, stats) => {
        if (error || stats?.hasErrors())
          reject(error ?? new Error(stats?.toString({ all: false, errors: true })))
        else resolve()
      },
    )
  })
  await expectWorking(page, (await serve(app)).url, 'asset')
})

test.describe('esbuild', () => {
  const bundle = (app: string, options: esbuild.BuildOptions) =>
    esbuild.build({ absWorkingDir: app, bundle: true, minify: true, logLevel: 'error', ...options })

  test('esm: the files are left behind, so the copy serves', async ({ apps, page, serve }) => {
    const app = apps.make(bundled(moduleTag('out/main.js')))
    await bundle(app, { entryPoints: ['src/main.js'], outdir: 'out', format: 'esm' })
    await expectWorking(page, (await serve(app)).url, 'inline')
  })

  test('esm with splitting: the copy is a file of its own, loaded when it is needed', async ({
    apps,
    page,
    serve,
  }) => {
    const app = apps.make(bundled(moduleTag('out/main.js')))
    await bundle(app, { entryPoints: ['src/main.js'], outdir: 'out', format: 'esm', splitting: true })
    expect(readFileSync(join(app, 'out/main.js')).byteLength).toBeLessThan(100_000)
    await expectWorking(page, (await serve(app)).url, 'inline')
  })

  test('iife, where import.meta is empty', async ({ apps, page, serve }) => {
    // A script has no await outside of functions.
    const entry = main.replace(/\n\n([\s\S]*)/, (_, body) => `\n;(async () => {\n${body}})()\n`)
    const app = apps.make(bundled('<script defer src="out/main.js"></script>', entry))
    await bundle(app, { entryPoints: ['src/main.js'], outdir: 'out', format: 'iife' })
    await expectWorking(page, (await serve(app)).url, 'inline')
  })

  test('esm with both files copied beside the bundle', async ({ apps, page, serve }) => {
    const app = apps.make(bundled(moduleTag('out/main.js')))
    await bundle(app, { entryPoints: ['src/main.js'], outdir: 'out', format: 'esm' })
    for (const name of ['worker.js', 'sqlite3.wasm']) {
      copyFileSync(join(app, 'node_modules/@metabuilder/dbal/dist', name), join(app, 'out', name))
    }
    await expectWorking(page, (await serve(app)).url, 'asset')
  })
})

test.describe('no bundler', () => {
  const mainFrom = (address: string) => main.replace("'@metabuilder/dbal'", `'${address}'`)
  const importMap = (address: string) =>
    `<script type="importmap">${JSON.stringify({ imports: { '@metabuilder/dbal': address } })}</script>`

  test('a module that imports a path', async ({ apps, page, serve }) => {
    const app = apps.make({
      'index.html': htmlWith(moduleTag('main.js')),
      'main.js': mainFrom(`./${packageIndex}`),
    })
    await expectWorking(page, (await serve(app)).url, 'asset')
  })

  test('an import map', async ({ apps, page, serve }) => {
    const app = apps.make({
      'index.html': htmlWith(importMap(`/${packageIndex}`), moduleTag('main.js')),
      'main.js': main,
    })
    await expectWorking(page, (await serve(app)).url, 'asset')
  })

  test('the package on another origin', async ({ apps, page, serve }) => {
    const app = apps.make({ 'main.js': mainFrom(`./${packageIndex}`) })
    const elsewhere = await serve(app, { headers: { 'access-control-allow-origin': '*' } })
    const shell = apps.make({ 'index.html': htmlWith(moduleTag(`${elsewhere.url}/main.js`)) })
    await expectWorking(page, (await serve(shell)).url, 'shim')
  })

  test('a strict policy on every response', async ({ apps, page, serve }) => {
    const app = apps.make({
      'index.html': htmlWith(moduleTag('main.js')),
      'main.js': mainFrom(`./${packageIndex}`),
    })
    await expectWorking(page, (await serve(app, { headers: strictPolicy })).url, 'asset')
  })
})

const strictPolicy = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}
