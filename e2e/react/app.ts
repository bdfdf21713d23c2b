/** The fixture app, built by Vite from the built package in React's development mode, where strict mode does its part. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base, type Page } from '@playwright/test'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { startStaticServer } from '../../scripts/static-server.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export async function buildApp(root: string, outDir: string): Promise<void> {
  await build({
    configFile: false,
    root,
    mode: 'development',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: {
      alias: [
        { find: /^@metabuilder\/dbal$/, replacement: at('../../dist/index.js') },
        { find: /^@metabuilder\/dbal\/(\w+)$/, replacement: at('../../dist/$1.js') },
      ],
    },
    plugins: [react()],
    build: { outDir, emptyOutDir: true, minify: false, target: 'es2023' },
  })
}

export const test = base.extend<{ open: (scene: string) => Promise<Page> }, { appUrl: string }>({
  appUrl: [
    async ({}, use) => {
      const outDir = mkdtempSync(join(tmpdir(), 'dbal-react-'))
      await buildApp(at('./app'), outDir)
      const server = await startStaticServer(outDir)
      await use(server.url)
      await server.close()
      rmSync(outDir, { recursive: true, force: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  open: async ({ context, appUrl }, use) => {
    const problems: string[] = []
    await use(async (scene) => {
      const page = await context.newPage()
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (message) => {
        // React tells also of errors that a boundary has caught.
        const isCaught = message.text().includes('using the error boundary you provided')
        if (message.type() === 'error' && !isCaught) problems.push(message.text())
      })
      await page.goto(`${appUrl}/#${scene}`)
      return page
    })
    base.expect(problems, 'nothing went wrong in the pages').toEqual([])
  },
})

export { expect } from '@playwright/test'
