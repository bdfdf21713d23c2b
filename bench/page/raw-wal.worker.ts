/**
 * The limit: the same SQLite on SAHPool with exclusive WAL and FULL, the C API by the wasm exports, cached statements,
 * text through one buffer, plain postMessage. It does none of what a database layer is for.
 */

import sqlite3InitModule from '@sqlite.org/sqlite-wasm'

type Exports = Record<string, (...args: (number | bigint)[]) => number>

// biome-ignore lint/suspicious/noExplicitAny: the module's own types leave out what is used here
let sqlite3: any
let x: Exports
let db = 0
let buffer = 0
const bufferSize = 1 << 16
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const statements = new Map<string, { pointer: number; columns: string[] }>()

self.onmessage = async ({ data }) => {
  const { id } = data
  try {
    postMessage({ id, result: await handle(data) })
  } catch (error) {
    postMessage({ id, error: String(error) })
  }
}

async function handle(message: {
  open?: string
  ddl?: string[]
  close?: boolean
  sql: string
  parameters?: unknown[]
  rows?: unknown[][]
}) {
  if (message.open !== undefined) return open(message.open, message.ddl ?? [])
  if (message.close) {
    for (const { pointer } of statements.values()) sqlite3.capi.sqlite3_finalize(pointer)
    statements.clear()
    sqlite3.capi.sqlite3_close_v2(db)
    return null
  }
  if (!message.rows) return run(message.sql, message.parameters ?? [])
  run('begin', [])
  for (const row of message.rows) run(message.sql, row)
  run('commit', [])
  return null
}

async function open(name: string, ddl: string[]) {
  sqlite3 = await (sqlite3InitModule as unknown as () => Promise<unknown>)()
  x = sqlite3.wasm.exports
  const pool = await sqlite3.installOpfsSAHPoolVfs({ directory: `/raw-${name}`, initialCapacity: 6 })
  await pool.reserveMinimumCapacity(6)
  const opened = new pool.OpfsSAHPoolDb('/raw.sqlite3')
  db = opened.pointer
  for (const pragma of ['locking_mode=exclusive', 'journal_mode=wal', 'synchronous=full'])
    opened.exec(`pragma ${pragma}`)
  for (const statement of ddl) opened.exec(statement)
  buffer = sqlite3.wasm.alloc(bufferSize)
  return null
}

function prepare(sql: string) {
  let statement = statements.get(sql)
  if (!statement) {
    const slot = sqlite3.wasm.alloc(8)
    const code = sqlite3.capi.sqlite3_prepare_v3(
      db,
      sql,
      -1,
      sqlite3.capi.SQLITE_PREPARE_PERSISTENT,
      slot,
      null,
    )
    if (code) throw new Error(sqlite3.capi.sqlite3_errmsg(db))
    const pointer = sqlite3.wasm.peekPtr(slot)
    sqlite3.wasm.dealloc(slot)
    const width = sqlite3.capi.sqlite3_column_count(pointer)
    const columns = Array.from({ length: width }, (_, index) =>
      sqlite3.capi.sqlite3_column_name(pointer, index),
    )
    statement = { pointer, columns }
    statements.set(sql, statement)
  }
  return statement
}

function run(sql: string, parameters: unknown[]) {
  const { pointer, columns } = prepare(sql)
  bind(pointer, parameters)
  const rows: Record<string, unknown>[] = []
  const call = x as { [name: string]: (...args: (number | bigint)[]) => number }
  for (;;) {
    const code = call['sqlite3_step']?.(pointer)
    if (code === 101) break
    if (code !== 100) {
      call['sqlite3_reset']?.(pointer)
      throw new Error(sqlite3.capi.sqlite3_errmsg(db))
    }
    const row: Record<string, unknown> = {}
    for (let column = 0; column < columns.length; column++)
      row[columns[column] as string] = read(pointer, column)
    rows.push(row)
  }
  call['sqlite3_reset']?.(pointer)
  return rows
}

function bind(pointer: number, parameters: unknown[]) {
  let at = buffer
  parameters.forEach((value, index) => {
    if (typeof value === 'number') x['sqlite3_bind_double']?.(pointer, index + 1, value)
    else if (typeof value === 'string') {
      const heap = sqlite3.wasm.heap8u() as Uint8Array
      const { written } = encoder.encodeInto(value, heap.subarray(at, buffer + bufferSize))
      x['sqlite3_bind_text']?.(pointer, index + 1, at, written, 0)
      at += written
    } else x['sqlite3_bind_null']?.(pointer, index + 1)
  })
}

function read(pointer: number, column: number): unknown {
  const type = x['sqlite3_column_type']?.(pointer, column)
  if (type === 3) {
    const at = x['sqlite3_column_text']?.(pointer, column) as number
    const length = x['sqlite3_column_bytes']?.(pointer, column) as number
    const heap = sqlite3.wasm.heap8u() as Uint8Array
    if (length > 64) return decoder.decode(heap.subarray(at, at + length))
    let text = ''
    for (let index = at; index < at + length; index++) {
      const byte = heap[index] as number
      if (byte > 127) return decoder.decode(heap.subarray(at, at + length))
      text += String.fromCharCode(byte)
    }
    return text
  }
  return type === 5 ? null : x['sqlite3_column_double']?.(pointer, column)
}
