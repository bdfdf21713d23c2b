/** Every case, on every backend that a process without a browser has. The browser's own run is e2e/conformance.spec.ts. */

import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { exceptions } from './exceptions.ts'
import { nodeSqliteWorld, sqliteWasmWorld } from './node-worlds.ts'
import { backends as known, reportPath, reportText } from './report.ts'
import { runCase } from './run.ts'
import { socketWorld } from './socket-world.ts'
import { topics } from './topics.ts'

const backends = {
  'node:sqlite': nodeSqliteWorld,
  'sqlite-wasm in memory': sqliteWasmWorld,
  'daemon over node:sqlite': socketWorld,
}

describe.each(Object.entries(backends))('%s', (backend, createWorld) => {
  describe.each(topics)('$topic', ({ topic, cases }) => {
    for (const one of cases) {
      const reason = exceptions.find(
        (left) => left.backend === backend && left.topic === topic && left.name === one.name,
      )
      test.skipIf(reason)(one.name, () => runCase(one, createWorld))
    }
  })
})

test('names of cases are unique in their topic', () => {
  for (const { topic, cases } of topics) {
    const names = cases.map(({ name }) => name)
    expect(
      names.filter((name, at) => names.indexOf(name) !== at),
      topic,
    ).toEqual([])
  }
})

test('every exception names a case and a backend that there are', () => {
  for (const { backend, topic, name } of exceptions) {
    expect(Object.keys(known)).toContain(backend)
    expect(topics.find((one) => one.topic === topic)?.cases.map((one) => one.name)).toContain(name)
  }
})

test('docs/conformance.md counts these cases (node test/conformance/report.ts)', async () => {
  expect(await readFile(reportPath, 'utf8')).toBe(reportText())
})
