import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeDriver } from './driver.cases.ts'
import type { ResultSet } from './driver.ts'
import { openNodeSqlite } from './node-sqlite.ts'

describeDriver('node:sqlite in memory', {
  open: (options) => openNodeSqlite(':memory:', options),
  cannotStopWithoutRows: 'node:sqlite has neither a progress handler nor an interrupt',
})

test('the one row of a read by key is none when it comes too late', () => {
  let now = 0
  const driver = openNodeSqlite(':memory:', { now: () => now })
  const connection = driver.acquire() as { execute(...values: unknown[]): ResultSet }
  const single = { sql: 'select 7', columns: ['integer'], single: true }
  now = 10
  expect(connection.execute(single, [], 10).values).toEqual([7])
  expect(() => connection.execute(single, [], 9)).toThrow(expect.objectContaining({ kind: 'interrupted' }))
  expect(connection.execute(single, [], 0).values).toEqual([7])
  driver.close()
})

describe('node:sqlite on a file', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dbal-node-sqlite-'))
    path = join(folder, 'app.sqlite')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const run = (driver: ReturnType<typeof openNodeSqlite>, sql: string) => {
    const connection = driver.acquire() as { execute(...values: unknown[]): ResultSet }
    return connection.execute({ sql, columns: [] }, [], 0)
  }
  const read = (driver: ReturnType<typeof openNodeSqlite>, sql: string) => {
    const connection = driver.acquire() as { execute(...values: unknown[]): ResultSet }
    return connection.execute({ sql, columns: ['any'] }, [], 0).values[0]
  }

  test('keeps what was committed, in a write-ahead log that flushes each commit', () => {
    const driver = openNodeSqlite(path)
    expect(driver.capabilities.persistence).toBe('file')
    expect(read(driver, 'PRAGMA journal_mode')).toBe('wal')
    expect(read(driver, 'PRAGMA synchronous')).toBe(2)
    run(driver, 'CREATE TABLE t (n)')
    run(driver, 'INSERT INTO t VALUES (1)')
    expect((driver.stats() as { walBytes: number }).walBytes).toBeGreaterThan(4_096)
    const exported = driver.exportFile?.() as Uint8Array
    expect([exported[18], exported[19]]).toEqual([1, 1])
    const copy = openNodeSqlite(':memory:', { importFile: exported })
    expect(read(copy, 'SELECT n FROM t')).toBe(1)
    copy.close()
    driver.close()
    const again = openNodeSqlite(path, { durability: 'relaxed' })
    expect(read(again, 'PRAGMA synchronous')).toBe(1)
    expect(read(again, 'SELECT n FROM t')).toBe(1)
    again.close()
  })

  test('a file that is not a database is refused and left as it is', () => {
    writeFileSync(path, 'name,email\n'.repeat(500))
    expect(() => openNodeSqlite(path)).toThrow(
      expect.objectContaining({ name: 'DriverError', kind: 'notADatabase' }),
    )
    expect(readFileSync(path, 'utf8')).toBe('name,email\n'.repeat(500))
  })

  test('a folder that does not exist is cantOpen', () => {
    expect(() => openNodeSqlite(join(folder, 'nowhere', 'app.sqlite'))).toThrow(
      expect.objectContaining({ name: 'DriverError', kind: 'cantOpen' }),
    )
  })

  test('a file locked by another connection is busy', () => {
    const one = openNodeSqlite(path)
    const two = openNodeSqlite(path, { busyTimeoutMs: 10 })
    run(one, 'BEGIN IMMEDIATE')
    expect(() => run(two, 'BEGIN IMMEDIATE')).toThrow(expect.objectContaining({ kind: 'busy' }))
    one.close()
    run(two, 'BEGIN IMMEDIATE')
    two.close()
  })

  test('a file is imported into memory only', () => {
    expect(() => openNodeSqlite(path, { importFile: new Uint8Array(0) })).toThrow(
      expect.objectContaining({ kind: 'cantOpen' }),
    )
  })
})
