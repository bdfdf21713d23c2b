/** The cases themselves, and the report that is made of them. */

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { exceptions } from './exceptions.ts'
import { backends as known, reportPath, reportText } from './report.ts'
import { topics } from './topics.ts'

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
