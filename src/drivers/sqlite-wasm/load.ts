/** Loads and initialises the SQLite module. */

import sqlite3InitModule from '@sqlite.org/sqlite-wasm'
import { DriverError } from '../driver.ts'
import type { SqliteModule } from './module.ts'
import { noteStorageFailure } from './storage-failure.ts'

/** Where the WebAssembly comes from: an address, its bytes, or a function of the caller's own. */
export type SqliteSource =
  | { readonly wasmUrl: string }
  | { readonly wasmBinary: BufferSource }
  | { readonly instantiate: (imports: WebAssembly.Imports) => Promise<WebAssembly.Instance> }

export interface LoadOptions {
  /** Warnings of sqlite-wasm, such as a pool file with a bad digest; default `console.warn`. */
  readonly onWarning?: (...values: readonly unknown[]) => void
}

/** The module's own entry takes options that its types do not know. */
type InitModule = (options: {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module?: WebAssembly.Module) => void,
  ): object
}) => Promise<unknown>

/**
 * @throws DriverError `cantOpen`; `cause` is what failed: a `TypeError` for the network, a `WebAssembly.CompileError`
 *   where the Content-Security-Policy forbids WebAssembly
 */
export async function loadSqlite(source: SqliteSource, options: LoadOptions = {}): Promise<SqliteModule> {
  // Read once by the module while it initialises, which then deletes it. The storages that need other headers or
  // another thread are cut from our build; this turns them off where sqlite-wasm is used as it is.
  Object.assign(globalThis, {
    sqlite3ApiConfig: {
      error: noteStorageFailure,
      warn: options.onWarning ?? console.warn.bind(console),
      disable: { vfs: { kvvfs: true, opfs: true, 'opfs-vfs': true, 'opfs-wl': true } },
    },
  })
  try {
    return await initialise(source)
  } catch (error) {
    throw new DriverError('cantOpen', 'load', 'SQLite could not be loaded', { cause: error })
  }
}

function initialise(source: SqliteSource): Promise<SqliteModule> {
  return new Promise((resolve, reject) => {
    const instantiateWasm: Parameters<InitModule>[0]['instantiateWasm'] = (imports, done) => {
      // This hook has no way to report failure, and the module's own promise would stay open for ever.
      instantiate(source, imports).then((instance) => done(instance), reject)
      return {}
    }
    const init = sqlite3InitModule as unknown as InitModule
    init({ instantiateWasm }).then((module) => resolve(module as SqliteModule), reject)
  })
}

async function instantiate(
  source: SqliteSource,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  if ('instantiate' in source) return source.instantiate(imports)
  if ('wasmBinary' in source) return (await WebAssembly.instantiate(source.wasmBinary, imports)).instance
  const response = await fetch(source.wasmUrl, { credentials: 'same-origin' })
  if (!response.ok) throw new TypeError(`${source.wasmUrl} answered ${response.status}`)
  // Streaming compilation insists on the type; plain servers often send application/octet-stream.
  const isTyped = response.headers.get('content-type')?.split(';')[0]?.trim() === 'application/wasm'
  const result = isTyped
    ? await WebAssembly.instantiateStreaming(response, imports)
    : await WebAssembly.instantiate(await response.arrayBuffer(), imports)
  return result.instance
}
