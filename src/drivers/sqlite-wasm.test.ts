import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeDriver } from './driver.cases.ts'
import type { Driver, ResultSet } from './driver.ts'
import { loadSqlite, openSqliteWasm, type SqliteModule, type SqliteWasmOptions } from './sqlite-wasm.ts'

const wasmBinary = readFileSync(
  createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'),
)
const sqlite3 = await loadSqlite({ wasmBinary })

describeDriver('sqlite-wasm in memory', {
  open: (options) => openSqliteWasm({ sqlite3, storage: { kind: 'memory' }, ...options }),
})

describe('sqlite-wasm', () => {
  const opened: Driver[] = []
  afterEach(() => {
    for (const driver of opened.splice(0)) driver.close()
  })
  async function open(options: Partial<SqliteWasmOptions> = {}): Promise<Driver> {
    const driver = await openSqliteWasm({ sqlite3, storage: { kind: 'memory' }, ...options })
    opened.push(driver)
    return driver
  }
  function read(driver: Driver, sql: string): unknown {
    const connection = driver.acquire() as { execute(...values: unknown[]): ResultSet }
    return connection.execute({ sql, columns: ['any'] }, [], 0).values[0]
  }

  test('has the settings that the engine counts on', async () => {
    const driver = await open()
    expect(driver.synchronous).toBe(true)
    expect(driver.capabilities.persistence).toBe('memory')
    expect(read(driver, 'PRAGMA foreign_keys')).toBe(1)
    expect(read(driver, 'PRAGMA trusted_schema')).toBe(0)
    expect(read(driver, 'PRAGMA recursive_triggers')).toBe(1)
    expect(read(driver, 'PRAGMA temp_store')).toBe(2)
    expect(read(driver, 'PRAGMA cache_size')).toBe(-16_384)
  })

  test('several databases share one module and stay apart', async () => {
    const [one, two] = [await open(), await open()]
    const connection = one.acquire() as { execute(...values: unknown[]): ResultSet }
    connection.execute({ sql: 'CREATE TABLE t (n)', columns: [] }, [], 0)
    expect(read(one, 'SELECT count(*) FROM sqlite_schema')).toBe(1)
    expect(read(two, 'SELECT count(*) FROM sqlite_schema')).toBe(0)
    one.close()
    expect(read(two, 'SELECT 1')).toBe(1)
  })

  test('an opening that fails gives back its memory, and so does a closing', async () => {
    const noise = new Uint8Array(20 * 8_192).fill(0xa5)
    const driver = await open()
    const file = (await driver.exportFile?.()) ?? new Uint8Array(0)
    noise.set(file.subarray(0, 100))
    noise.set([0x20, 0], 16)
    const openAndFail = () =>
      openSqliteWasm({ sqlite3, storage: { kind: 'memory' }, importFile: noise }).catch((error) => error)
    expect(await openAndFail()).toMatchObject({ kind: 'corrupt' })
    for (const cacheStatements of [0, Number.NaN]) {
      await expect(openSqliteWasm({ sqlite3, storage: { kind: 'memory' }, cacheStatements })).rejects.toThrow(
        RangeError,
      )
    }
    const grown = sqlite3.wasm.memory.buffer.byteLength
    for (let round = 0; round < 200; round++) {
      await openAndFail()
      ;(await openSqliteWasm({ sqlite3, storage: { kind: 'memory' } })).close()
    }
    expect(sqlite3.wasm.memory.buffer.byteLength).toBe(grown)
  })

  test('a file in UTF-16 is sound, and cannot be read by this build', async () => {
    const elsewhere = new DatabaseSync(':memory:')
    elsewhere.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a); INSERT INTO t VALUES ('ü')")
    const refused = open({ importFile: elsewhere.serialize() })
    await expect(refused).rejects.toMatchObject({ name: 'DriverError', kind: 'other', code: 'utf16' })
    elsewhere.close()
  })

  test('OPFS is cantOpen where there is none', async () => {
    await expect(open({ storage: { kind: 'opfs', directory: 'x' } })).rejects.toMatchObject({
      name: 'DriverError',
      kind: 'cantOpen',
      code: 'NotSupportedError',
    })
  })

  test('the clock of deadlines is the given one', async () => {
    let now = 0
    const driver = await open({ now: () => ++now })
    const connection = driver.acquire() as { execute(...values: unknown[]): ResultSet }
    const endless = {
      sql: 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n',
      columns: ['integer'],
    }
    expect(() => connection.execute(endless, [], 50)).toThrow(
      expect.objectContaining({ kind: 'interrupted' }),
    )
    expect(now).toBe(51)
  })
})

describe('loading', () => {
  let compiled: WebAssembly.Module
  beforeAll(async () => {
    compiled = await WebAssembly.compile(wasmBinary)
  })

  test('takes a function that instantiates', async () => {
    const module: SqliteModule = await loadSqlite({
      instantiate: (imports) => WebAssembly.instantiate(compiled, imports),
    })
    expect(module.version.libVersion).toBe('3.54.1')
  })

  test('fails with the cause when the bytes are no WebAssembly or the function fails', async () => {
    await expect(loadSqlite({ wasmBinary: Uint8Array.of(1, 2, 3) })).rejects.toMatchObject({
      kind: 'cantOpen',
      cause: expect.any(WebAssembly.CompileError),
    })
    const cause = new Error('no')
    await expect(loadSqlite({ instantiate: () => Promise.reject(cause) })).rejects.toMatchObject({ cause })
  })

  test('fails when the address cannot be fetched', async () => {
    await expect(loadSqlite({ wasmUrl: 'http://127.0.0.1:9/sqlite3.wasm' })).rejects.toMatchObject({
      name: 'DriverError',
      kind: 'cantOpen',
      cause: expect.any(TypeError),
    })
  })
})
