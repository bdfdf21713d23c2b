/** What the package makes a page load, measured on dist/ as a server with gzip sends it. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { buildSync } from 'esbuild'
import { table } from './table.ts'

const dist = resolve(import.meta.dirname, '../../dist')

export function sizesPart(): string {
  const file = (name: string) => readFileSync(resolve(dist, name))
  return table(
    ['part', 'loaded', 'gzip'],
    [
      [
        'page: what a bundler makes of `DBALClient` and the built-in schema',
        'always',
        size(bundled('DBALClient')),
      ],
      [
        'page: with `defineSchema` and `f` as well',
        'by apps with a schema of their own',
        size(bundled('DBALClient, defineSchema, f')),
      ],
      ['worker: `worker.js`', 'always, off the page’s thread', size(file('worker.js'))],
      ['SQLite: `sqlite3.wasm`', 'always, by the worker', size(file('sqlite3.wasm'))],
      ['copy: `inline.js`', 'only where the bundler has left the two files behind', size(file('inline.js'))],
    ],
  )
}

const size = (bytes: Uint8Array) => `${Math.round(gzipSync(bytes, { level: 9 }).length / 1024)} KiB`

function bundled(names: string): Uint8Array {
  const { outputFiles } = buildSync({
    stdin: { contents: `import { ${names} } from './index.js'\nconsole.log(${names})`, resolveDir: dist },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['./inline.js'],
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}
