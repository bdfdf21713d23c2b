/** The checks are sharp: a database that gives away more than the rules say is found out, by each of them. */

import { describe, expect, test } from 'vitest'
import { type Schema, schemaFromData } from '../../src/schema/define.ts'
import { attack } from './hostile/attack.ts'
import { columnCases } from './hostile/columns.cases.ts'
import { oracleCases } from './hostile/oracles.cases.ts'
import { openVault, schema as vaultSchema } from './hostile/vault.ts'
import { writeCases } from './hostile/writes.cases.ts'
import { type Finding, newTally, openWorld, runWorld } from './support/differential.ts'
import { type Access, entities, kinds, type Rule, roleNames, type World } from './support/world.ts'

/** The same world, but what the engine is told of its rules. */
const withAccess = (world: World, change: (access: Access, entity: keyof typeof kinds) => Access): World => ({
  ...world,
  access: Object.fromEntries(
    roleNames.map((role) => [
      role,
      Object.fromEntries(entities.map((entity) => [entity, change(world.access[role][entity], entity)])),
    ]),
  ) as unknown as World['access'],
})

const withoutFilter = (operation: Rule['operations'][number]) => (world: World) =>
  openWorld(
    withAccess(world, (access) => ({
      ...access,
      rules: access.rules.map((rule) =>
        rule.operations.includes(operation) ? { ...rule, filter: undefined } : rule,
      ),
    })),
  )

const defects: Readonly<
  Record<string, readonly [open: typeof openWorld, kinds: readonly Finding['kind'][]]>
> = {
  'the row filter of reads is dropped': [withoutFilter('read'), ['leaked', 'state', 'differs', 'allowed']],
  'the row filter of deletes is dropped': [withoutFilter('delete'), ['state', 'differs']],
  'the row filter of updates is dropped': [withoutFilter('update'), ['state', 'differs', 'allowed']],
  'fields that no rule lets read are left in': [
    (world) =>
      openWorld(
        withAccess(world, (access, entity) => ({
          ...access,
          readable: Object.keys(kinds[entity]).filter((name) => name !== 'pin'),
        })),
      ),
    ['leaked'],
  ],
  'checks after a write are dropped': [
    (world) =>
      openWorld(
        withAccess(world, (access) => ({
          ...access,
          rules: access.rules.map((rule) => ({
            ...rule,
            check: { kind: 'null', field: 'id', negated: true },
          })),
        })),
      ),
    ['allowed', 'state'],
  ],
  'one row more than there should be is hidden': [
    (world) =>
      openWorld(
        withAccess(world, (access) => ({
          ...access,
          rules: access.rules.map((rule) =>
            rule.operations.includes('read') && rule.filter === undefined
              ? { ...rule, filter: { kind: 'compare', field: 'id', operator: '!=', value: 2 } }
              : rule,
          ),
        })),
      ),
    ['hidden', 'leaked', 'differs'],
  ],
}

describe('the oracle finds a planted defect', () => {
  test.each(Object.keys(defects))('%s', async (name) => {
    const [open, wanted] = defects[name] as (typeof defects)[string]
    const tally = newTally()
    for (let seed = 1; seed <= 20 && tally.findings.length === 0; seed++)
      await runWorld(seed, { selects: 40, writes: 40 }, tally, open)
    const [first] = tally.findings
    expect(wanted).toContain(first?.kind)
  })
})

/** The vault's schema with another set of rules for the caller. */
const loosened = (change: (rule: Readonly<Record<string, unknown>>) => object): Schema => {
  const plain = JSON.parse(JSON.stringify(vaultSchema)) as {
    entities: Record<string, { rules: Record<string, unknown>[] }>
  }
  const note = plain.entities['Note'] as { rules: Record<string, unknown>[] }
  note.rules = note.rules.map((rule) =>
    (rule['roles'] as string[]).includes('user') ? (change(rule) as Record<string, unknown>) : rule,
  )
  return schemaFromData(plain)
}

const leaks = {
  'the row filter is dropped': [loosened(({ rowFilter: _, ...rule }) => rule), oracleCases],
  'the list of readable fields is dropped': [loosened(({ fields: _, ...rule }) => rule), columnCases],
  'writes reach every row': [
    loosened(({ rowFilter, ...rule }) =>
      (rule['operations'] as string[]).includes('read') ? { rowFilter, ...rule } : rule,
    ),
    writeCases,
  ],
} as const

describe('the hostile queries find a planted defect', () => {
  test.each(Object.keys(leaks) as (keyof typeof leaks)[])('%s', async (name) => {
    const [schema, cases] = leaks[name]
    const vault = { database: await openVault(false, schema), twin: await openVault(true, schema) }
    let found = 0
    for (const one of cases) {
      if ((await attack(vault, one)).length > 0) found++
    }
    await vault.database.close()
    await vault.twin.close()
    expect(found).toBeGreaterThan(2)
  })
})
