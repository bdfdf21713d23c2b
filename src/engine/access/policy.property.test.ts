import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ruleOperations } from '../../protocol/operations.ts'
import { levelOf, roles } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type { RuleData } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { Model } from '../model.ts'
import type { Caller } from '../query/binding.ts'
import type { Guard } from './access.ts'
import { Policies } from './policy.ts'
import {
  arbitraryCaller,
  arbitraryItems,
  arbitraryOwners,
  fieldData,
  World,
  worldSchema,
} from './row-filter.cases.ts'

// The oracle: what each filter means, written out by hand, and rules taken one at a time and one row at a time.

type Meaning = (row: Row, caller: Caller) => boolean

const level = ({ principal }: Caller) => levelOf(principal.role)
const owner = (row: Row, { now }: Caller) => {
  const found = row.owner as Row | null
  return found && (found.endsAt === null || (found.endsAt as string) > now) ? found : null
}
/** As the database sees a text: half a surrogate pair is U+FFFD to it. */
const fold = (value: unknown) =>
  (value as string).toWellFormed().replace(/[A-Z]/g, (letter) => letter.toLowerCase())

const filters: { readonly [text: string]: Meaning } = {
  'ownerId = $user.id': (row, { principal }) => row.ownerId !== null && row.ownerId === principal.userId,
  'id != $user.id': (row, { principal }) => principal.userId !== null && row.id !== principal.userId,
  'kind = $user.role': (row, { principal }) => row.kind === principal.role,
  'count <= $user.level': (row, caller) => row.count !== null && (row.count as number) <= level(caller),
  'count <= $user.level and flag = true': (row, caller) =>
    row.count !== null && (row.count as number) <= level(caller) && row.flag === true,
  'not (flag = true) or at is null': (row) => row.flag === false || row.at === null,
  'owner.level >= $user.level': (row, caller) => {
    const found = owner(row, caller)
    return found !== null && found.level !== null && (found.level as number) >= level(caller)
  },
  'owner.level is null': (row, caller) => (owner(row, caller)?.level ?? null) === null,
  "title like 'a%'": (row) => row.title !== null && (row.title as string).startsWith('a'),
  "name in ('AB', 'Z', $user.username)": (row, { principal }) =>
    row.name !== null &&
    ['ab', 'z', ...(principal.username === null ? [] : [fold(principal.username)])].includes(fold(row.name)),
  'count not in (1, 2)': (row) => row.count !== null && row.count !== 1 && row.count !== 2,
  'count not in (1, null)': () => false,
  'at > $now': (row, { now }) => row.at !== null && (row.at as string) > now,
}

const texts = Object.keys(filters)
// NUL ends a text for NOCASE and LIKE; the oracle above does not know about it, and need not.
const withoutNul = (value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '~') : value)
const clean = <T extends Row>(row: T): T => {
  const entries = Object.entries(row).map(([name, value]) => [name, withoutNul(value)])
  return Object.fromEntries(entries) as T
}

const fields = ['id', 'title', 'name', 'count', 'blob']

const arbitraryRule: fc.Arbitrary<RuleData> = fc.record(
  {
    roles: fc.subarray([...roles], { minLength: 1 }),
    operations: fc.subarray([...ruleOperations], { minLength: 1 }),
    rowFilter: fc.constantFrom(...texts),
    check: fc.constantFrom(...texts),
    fields: fc.record({ read: fc.subarray(fields), write: fc.subarray(fields) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['roles', 'operations'] },
)

/** A caller whose name the database cannot hold, and the row that it makes of that name: by the rules they are the same. */
const halfAPair: [RuleData[], boolean, never[], Row[], Caller] = [
  [{ roles: ['god'], operations: ['create', 'delete'], check: "name in ('AB', 'Z', $user.username)" }],
  false,
  [],
  [itemNamed('\ud800')],
  {
    principal: { role: 'god', userId: null, username: '\ud800', email: null, sessionId: null },
    now: '2026-01-01T00:00:00.000Z',
  },
]

function itemNamed(name: string): Row {
  const others = [
    'title',
    'kind',
    'count',
    'big',
    'ratio',
    'flag',
    'at',
    'data',
    'blob',
    'loose',
    'ownerId',
    'parentId',
  ]
  return {
    id: '00000000-0000-7000-8000-00000000000a',
    name,
    ...Object.fromEntries(others.map((other) => [other, null])),
  }
}

const runs = Number(process.env.DBAL_PROPERTY_RUNS ?? 1_000)

it('never lets a caller reach a row, a field or a change that no single rule allows', () => {
  const world = new World()
  fc.assert(
    fc.property(
      fc.array(arbitraryRule, { maxLength: 4 }),
      fc.boolean(),
      arbitraryOwners.map((rows) => rows.map(clean)),
      arbitraryItems.map((rows) => rows.map(clean)),
      arbitraryCaller.map(({ principal, now }): Caller => ({ principal: clean({ ...principal }), now })),
      (rules, expires, owners, items, caller) => {
        const schema = worldSchema(rules, expires ? { ttl: 'at' } : {})
        const hidden = { ...schema.entities.Item?.fields, blob: fieldData('bytes', { hidden: true }) }
        const model = new Model({
          ...schema,
          entities: { ...schema.entities, Item: { ...schema.entities.Item, fields: hidden } as never },
        })
        const entity = model.entity('Item')
        const access = new Policies(model, sqliteDialect, 'strict').for(caller.principal.role).entity(entity)

        world.fill(owners, items)
        const rows = world
          .ask({ kind: 'ValueNode', value: 1, immediate: true } as never, caller)
          .map(({ row }) => row)
        const allowing = (operation: RuleData['operations'][number]) =>
          rules.filter(
            (rule) =>
              rule.roles.includes(caller.principal.role as never) && rule.operations.includes(operation),
          )
        const means = (text: string | undefined, row: Row) =>
          text === undefined || (filters[text] as Meaning)(row, caller)
        const isAlive = (row: Row) => !expires || row.at === null || (row.at as string) > caller.now
        const isSeen = (row: Row) => allowing('read').some(({ rowFilter }) => means(rowFilter, row))
        const allowsAfter = ({ check, rowFilter }: RuleData, row: Row) => means(check ?? rowFilter, row)

        for (const operation of ['read', 'update', 'delete'] as const) {
          const granting = allowing(operation)
          const guard = access.guard(operation)
          expect(guard === null).toBe(granting.length === 0)
          if (!guard) continue
          const expected = rows.filter(
            (row) =>
              isAlive(row) &&
              granting.some(({ rowFilter }) => means(rowFilter, row)) &&
              (allowing('read').length === 0 || isSeen(row)),
          )
          expect(world.list(guard.node('t'), caller).sort()).toEqual(expected.map(({ id }) => id).sort())
          expect(rows.filter((row) => guard.check(row, caller) === true)).toEqual(expected)
          if (guard.everyRow) expect(expected).toEqual(rows)
        }

        for (const row of rows.filter((each) => access.guard('read')?.check(each, caller))) {
          for (const field of access.readable) {
            const granted = allowing('read').some(
              (rule) => means(rule.rowFilter, row) && (rule.fields?.read?.includes(field.name) ?? true),
            )
            expect(granted && !field.data.hidden).toBe(true)
          }
        }

        const creates = access.check('create')
        expect(creates === null).toBe(allowing('create').length === 0)
        for (const row of creates ? rows : []) {
          const granting = allowing('create').filter((rule) => allowsAfter(rule, row))
          expect(creates?.check(row, caller) === true).toBe(granting.length > 0)
          for (const field of granting.length > 0 ? entity.fields : []) {
            const granted = granting.some((rule) => rule.fields?.write?.includes(field.name) ?? true)
            if (access.canWrite('create', field, caller)) expect(granted).toBe(true)
          }
        }

        const passes = (guard: Guard | null | undefined, row: Row) => guard?.check(row, caller) === true
        for (const before of rows.filter((row) => passes(access.guard('update'), row))) {
          for (const after of rows) {
            const granting = allowing('update').filter(
              (rule) => means(rule.rowFilter, before) && allowsAfter(rule, after),
            )
            const permitted =
              passes(access.check('update'), after) &&
              (access.updatePairs?.some((pair) => passes(pair.before, before) && passes(pair.after, after)) ??
                true)
            expect(permitted).toBe(granting.length > 0)
            for (const field of permitted ? entity.fields : []) {
              const granted = granting.some((rule) => rule.fields?.write?.includes(field.name) ?? true)
              if (access.canWrite('update', field, caller)) expect(granted).toBe(true)
            }
          }
        }
      },
    ),
    { numRuns: runs, examples: [halfAPair] },
  )
})
