/**
 * Leaves out of sqlite-wasm what our worker never runs: its other storages, its own worker and object interfaces, and
 * every address that a bundler would take for a file to ship. A quarter of the worker's size. Each cut must find its
 * place exactly once: a new release of sqlite-wasm fails the build here and not in a browser.
 */

import type { Plugin } from 'rolldown'

/** For rolldown and Vite. */
export function stripSqlite(): Plugin {
  return {
    name: 'strip-sqlite',
    transform: {
      filter: { id: /[\\/]@sqlite\.org[\\/]sqlite-wasm[\\/]dist[\\/]index\.mjs$/ },
      handler(code) {
        return { code: stripSqliteSource(code), map: null }
      },
    },
  }
}

/** @throws Error when the source is not as expected */
export function stripSqliteSource(source: string): string {
  let code = source
  for (const marker of initializerMarkers) code = cutInitializer(code, marker)
  code = cutBetween(code, '//#region src/bin/sqlite3-worker1-promiser.mjs', '//#endregion')
  for (const [from, to] of replacements) code = replaceOnce(code, from, to)
  for (const leftover of ['import.meta', 'new Worker(', 'new SharedWorker(']) {
    if (code.includes(leftover)) throw new Error(`sqlite-wasm still holds "${leftover}" after stripping`)
  }
  return code
}

const initializerStart = 'globalThis.sqlite3ApiBootstrap.initializers.push(function(sqlite3) {'
const initializerEnd = '\n\t\t});\n'

/** One text that stands in exactly one of the functions that build up the module. */
const initializerMarkers = [
  'sqlite3.oo1 = {', // the object interface
  'sqlite3.initWorker1API = function() {',
  'sqlite3.vtab = vtab;', // virtual tables written in JavaScript
  'if (sqlite3.config.disable?.vfs?.kvvfs) return;',
  'sqlite3.config.disable.vfs["opfs-vfs"]', // what the next two share
  'if (!sqlite3.opfs || sqlite3.config.disable?.vfs?.opfs) return;',
  'if (!sqlite3.opfs || sqlite3.config.disable?.vfs?.["opfs-wl"]) return;',
] as const

const replacements = [
  ['return new URL("sqlite3.wasm", import.meta.url).href;', 'return "sqlite3.wasm";'],
  ['var _scriptName = import.meta.url;', 'var _scriptName = "";'],
  ['const sqlite3Worker1Promiser$1 = sqlite3_worker1_promiser_default;', ''],
  [
    'export { sqlite3InitModule as default, sqlite3Worker1Promiser$1 as sqlite3Worker1Promiser };',
    'export { sqlite3InitModule as default };',
  ],
] as const

function cutInitializer(code: string, marker: string): string {
  const at = placeOf(code, marker)
  const start = code.lastIndexOf(initializerStart, at)
  const end = code.indexOf(initializerEnd, start)
  if (start < 0 || end < at) throw new Error(`"${marker}" does not stand in an initializer of sqlite-wasm`)
  return code.slice(0, start) + code.slice(end + initializerEnd.length)
}

function cutBetween(code: string, from: string, to: string): string {
  const start = placeOf(code, from)
  const end = code.indexOf(to, start)
  if (end < 0) throw new Error(`"${from}" has no end in sqlite-wasm`)
  return code.slice(0, start) + code.slice(end + to.length)
}

function replaceOnce(code: string, from: string, to: string): string {
  const at = placeOf(code, from)
  return code.slice(0, at) + to + code.slice(at + from.length)
}

function placeOf(code: string, text: string): number {
  const at = code.indexOf(text)
  if (at < 0 || code.indexOf(text, at + 1) >= 0) {
    throw new Error(
      `"${text}" stands ${at < 0 ? 'nowhere' : 'more than once'} in sqlite-wasm, not exactly once`,
    )
  }
  return at
}
