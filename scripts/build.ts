/**
 * Builds the package into `dist/`. The order matters: the worker is complete before its text goes into inline.js, and the
 * page's bundle only names both.
 */

import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleLibrary, bundleNode, bundlePage, bundleWorker } from './build/bundle.ts'
import { writeInline } from './build/inline.ts'
import { stripSqlite } from './build/strip-sqlite.ts'
import { writeTypes } from './build/types.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = (path: string) => `${root}${path}`
const dist = (name: string) => `${root}dist/${name}`

await rm(dist(''), { recursive: true, force: true })
await mkdir(dist(''))

await bundleWorker(source('worker/main.ts'), dist('worker.js'), [stripSqlite()])
await cp(fileURLToPath(import.meta.resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm')), dist('sqlite3.wasm'))
await writeInline(dist('worker.js'), dist('sqlite3.wasm'), dist('inline.js'))

await bundlePage(
  {
    index: source('src/index.ts'),
    react: source('src/react/index.ts'),
    schema: source('src/schema/index.ts'),
    kysely: source('src/kysely/index.ts'),
    'schema-metabuilder': source('src/schema/metabuilder/index.ts'),
  },
  dist(''),
)
await bundleLibrary(source('worker/index.ts'), dist('host.js'), [stripSqlite()])
await bundleNode(
  {
    vite: source('src/vite/index.ts'),
    cli: source('src/cli/main.ts'),
    describe: source('src/describe/index.ts'),
    daemon: source('daemon/index.ts'),
    'dbal-daemon': source('daemon/main.ts'),
  },
  dist(''),
)

writeTypes(root, source('scripts/build/tsconfig.json'), dist('types'))

for (const name of (await readdir(dist(''))).sort()) {
  const { size } = await stat(dist(name))
  if (name !== 'types') console.log(`${size.toLocaleString('en').padStart(12)}  ${name}`)
}
