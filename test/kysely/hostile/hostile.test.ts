/** Hand-written queries of somebody who wants more than the rules give. Each is refused, or comes to nothing. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attack, type Vault } from './attack.ts'
import type { HostileCase } from './case.ts'
import { columnCases } from './columns.cases.ts'
import { cteCases } from './ctes.cases.ts'
import { malformedCases } from './malformed.cases.ts'
import { oracleCases } from './oracles.cases.ts'
import { stringCases } from './strings.cases.ts'
import { tableCases } from './tables.cases.ts'
import { openVault } from './vault.ts'
import { writeCases } from './writes.cases.ts'

const themes: Readonly<Record<string, readonly HostileCase[]>> = {
  'columns that may not be read': columnCases,
  'tables, schemas and `in`': tableCases,
  'texts that are printed, raw fragments': stringCases,
  'writes: scope, returning, on conflict': writeCases,
  CTEs: cteCases,
  'what is no query': malformedCases,
  'questions about hidden rows': oracleCases,
}

let vault: Vault

const open = async () => {
  vault = { database: await openVault(false), twin: await openVault(true) }
}
const close = async () => {
  await vault.database.close()
  await vault.twin.close()
}

test('there are more than three hundred, each with a name of its own', () => {
  const names = Object.entries(themes).flatMap(([theme, cases]) =>
    cases.map(({ name }) => `${theme}: ${name}`),
  )
  expect(names.length).toBeGreaterThanOrEqual(300)
  expect(new Set(names).size).toBe(names.length)
})

describe.each(Object.keys(themes))('%s', (theme) => {
  beforeAll(open)
  afterAll(close)

  const cases = themes[theme] as readonly HostileCase[]
  test.each(cases)('$name', async (one) => {
    // A write that harmlessly goes through changes what the next ones find.
    if (one.harmless && /Update|Delete|Insert/.test(one.tree?.kind ?? '')) {
      await close()
      await open()
    }
    expect(await attack(vault, one)).toEqual([])
  })
})
