/** What the package makes a page load, measured on dist/ as a server with gzip sends it. */

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { table } from './table.ts'

const dist = resolve(import.meta.dirname, '../../dist')

export function sizesPart(): string {
  const rows = [
    ['page: `@metabuilder/dbal`, whole', 'always', sizeOf(['index.js', ...chunksOf('index.js')])],
    ['worker: `worker.js`', 'always, off the page’s thread', sizeOf(['worker.js'])],
    ['SQLite: `sqlite3.wasm`', 'always, by the worker', sizeOf(['sqlite3.wasm'])],
    ['copy: `inline.js`', 'only where the bundler has left the two files behind', sizeOf(['inline.js'])],
  ]
  return table(
    ['part', 'loaded', 'gzip'],
    rows.map(([part = '', when = '', size = '']) => [part, when, size]),
  )
}

function sizeOf(files: readonly string[]): string {
  const bytes = files.reduce(
    (sum, file) => sum + gzipSync(readFileSync(resolve(dist, file)), { level: 9 }).length,
    0,
  )
  return `${Math.round(bytes / 1024)} KiB`
}

/** Chunks that a file imports, those of its chunks included. */
function chunksOf(file: string, found = new Set<string>()): string[] {
  const known = new Set(readdirSync(dist))
  for (const [, name = ''] of readFileSync(resolve(dist, file), 'utf8').matchAll(
    /from\s*["'`]\.\/([\w.-]+\.js)["'`]/g,
  )) {
    if (!known.has(name) || found.has(name)) continue
    found.add(name)
    chunksOf(name, found)
  }
  return [...found]
}
