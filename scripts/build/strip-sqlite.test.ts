import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { stripSqliteSource } from './strip-sqlite.ts'

const distFolder = dirname(createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'))
const source = readFileSync(join(distFolder, 'index.mjs'), 'utf8')

test('the installed sqlite-wasm is stripped of its other storages and of every address', () => {
  const stripped = stripSqliteSource(source)
  expect(stripped).toContain('installOpfsSAHPoolVfs')
  expect(stripped).toContain('sqlite3.vfs = vfs;')
  for (const gone of [
    'import.meta',
    'new Worker(',
    'kvvfs_init',
    'initWorker1API = ',
    'sqlite3.oo1 = ',
    'opfs-async-proxy',
  ]) {
    expect(stripped, gone).not.toContain(gone)
  }
  expect(stripped.length).toBeLessThan(source.length * 0.7)
})

test('the stripped module loads and opens a database', async () => {
  const file = `data:text/javascript;base64,${Buffer.from(stripSqliteSource(source)).toString('base64')}`
  const { default: init } = await import(/* @vite-ignore */ file)
  const wasm = readFileSync(join(distFolder, 'sqlite3.wasm'))
  // The module looks here for settings; another test of this process may have left its own.
  Reflect.deleteProperty(globalThis, 'sqlite3ApiConfig')
  const sqlite3 = await init({
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      void WebAssembly.instantiate(wasm, imports).then(({ instance }) => done(instance))
      return {}
    },
  })
  expect(sqlite3.version.libVersion).toBe('3.54.1')
  expect(sqlite3.capi.sqlite3_libversion()).toBe('3.54.1')
  expect(typeof sqlite3.installOpfsSAHPoolVfs).toBe('function')
})

test('a place that is missing or stands twice is an error', () => {
  expect(() => stripSqliteSource(source.replace('sqlite3.oo1 = {', 'sqlite3.oo2 = {'))).toThrow(
    '"sqlite3.oo1 = {" stands nowhere',
  )
  expect(() => stripSqliteSource(`${source}\nvar _scriptName = import.meta.url;`)).toThrow('more than once')
  expect(() => stripSqliteSource(`${source}\nconsole.log(import.meta.url)`)).toThrow(
    'still holds "import.meta"',
  )
})
