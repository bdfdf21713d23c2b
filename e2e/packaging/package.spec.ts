/** The tarball as Node, the compiler and the shell see it. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, source, test } from './apps.ts'

const tsc = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
const typed = ['page.ts', 'database-worker.ts', 'vite.config.ts']

function run(cwd: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '0' },
  })
  return { status, output: stdout + stderr }
}

for (const [moduleResolution, module] of [
  ['bundler', 'esnext'],
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
] as const) {
  test(`types resolve with moduleResolution ${moduleResolution}`, async ({ apps }) => {
    const app = apps.make({
      ...Object.fromEntries(typed.map((name) => [name, readFileSync(source(`types/${name}`), 'utf8')])),
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2022',
          lib: ['es2022', 'dom', 'dom.iterable'],
          types: [],
          strict: true,
          exactOptionalPropertyTypes: true,
          // The package's own declarations are checked too.
          skipLibCheck: false,
          noEmit: true,
        },
      }),
    })
    expect(run(app, tsc)).toEqual({ status: 0, output: '' })
  })
}

test('every export loads in Node or is a file', async ({ apps }) => {
  const app = apps.make({
    'import.js': `
      const { exports } = (await import('@metabuilder/dbal/package.json', { with: { type: 'json' } })).default
      for (const name of Object.keys(exports)) {
        const path = '@metabuilder/dbal' + name.slice(1)
        if (/\\.(js|wasm|json)$/.test(path)) await import('node:fs').then(({ statSync }) => statSync(new URL(import.meta.resolve(path))))
        // An app without React has no use for the hooks, and nothing else of the package needs it.
        else console.log(name, await import(path).then(
          (module) => Object.keys(module).length > 0,
          ({ code, message }) => name === './react' && code === 'ERR_MODULE_NOT_FOUND' && message.includes("'react'"),
        ))
      }
    `,
  })
  const { status, output } = run(app, '--no-warnings', 'import.js')
  expect({ status, output }).toEqual({ status: 0, output: expect.stringMatching(/^(\.[\w/-]* true\n){10}$/) })
})

test('a client that is made in Node says that there is no worker', async ({ apps }) => {
  const app = apps.make({
    'client.js': `
      import { DBALClient } from '@metabuilder/dbal'
      const client = new DBALClient()
      await client.ready.catch((error) => console.log(error.name, error.code))
    `,
  })
  expect(run(app, 'client.js')).toEqual({ status: 0, output: 'DBALError DATABASE_ERROR\n' })
})

test('npx dbal --help', async ({ apps }) => {
  const app = apps.make({})
  const { stdout, status } = spawnSync('npx', ['--no-install', 'dbal', '--help'], {
    cwd: app,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^Usage: dbal <command>[\s\S]*migrate:generate/),
  })
})

test('the tarball holds what it should and nothing else', async ({ apps }) => {
  const app = apps.make({})
  const inPackage = (name: string) => existsSync(join(app, 'node_modules/@metabuilder/dbal', name))
  expect(
    [
      'dist/index.js',
      'dist/worker.js',
      'dist/sqlite3.wasm',
      'dist/inline.js',
      'LICENSE',
      'package.json',
    ].filter((name) => !inPackage(name)),
  ).toEqual([])
  expect(
    ['src', 'worker', 'e2e', 'test', 'demo', 'scripts', 'node_modules', 'dist/types/test'].filter(inPackage),
  ).toEqual([])
})
