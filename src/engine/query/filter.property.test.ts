import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Row } from '../../protocol/rows.ts'
import { equalityKey } from '../values/equality-key.ts'
import { type Equality, filterTest } from './filter-js.ts'
import { matches } from './filter-oracle.cases.ts'
import { caller, id, World } from './world.cases.ts'

const texts = [
  '',
  'a',
  'A',
  'ab',
  'aB',
  'Ab',
  'abc',
  'b',
  'z',
  'Z',
  '[',
  '@',
  '`',
  '{',
  'é',
  'É',
  '\uffff',
  '😀',
  'a😀b',
  '%',
  'a%b',
  '_',
  '*',
  'a*',
  '?',
  '[a]',
  'a]',
  '\\',
  "'",
  '"',
  'a\nb',
  '\u{10ffff}',
  '1',
]
const text = fc.constantFrom(...texts)
const pattern = fc.oneof(
  text,
  fc
    .array(fc.constantFrom('a', 'B', '%', '_', '*', '[', '😀', 'é', '?'), { maxLength: 4 })
    .map((parts) => parts.join('')),
)
const integer = fc.constantFrom(-2, -1, 0, 1, 2, 7, 2 ** 53 - 1)
const bigint = fc.constantFrom(-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n)
const ratio = fc.oneof(
  fc.constantFrom(0, 0.1, 0.1 + 0.2, 1e300, -1.5, 5e-324, 1, 62736765996021552, -(2 ** 60)),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const instant = fc.constantFrom(
  '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00.001Z',
  '1999-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00.000Z',
)
const uuid = fc.constantFrom(...[0, 1, 2, 3, 255].map(id))
const bytes = fc.constantFrom([], [0], [1], [1, 2], [255], [1, 0]).map((list) => Uint8Array.from(list))
const scalar = fc.constantFrom<unknown>(
  0,
  1,
  2,
  1.5,
  62736765996021552,
  '1',
  'a',
  'ab',
  '',
  true,
  false,
  null,
)
const jsonValue = fc.oneof(scalar, fc.constantFrom<unknown>([], [1], ['1'], {}, { b: 1 }))
const json = fc.oneof(
  fc.record(
    { a: jsonValue, list: fc.array(scalar, { maxLength: 2 }), 'b c': jsonValue },
    { requiredKeys: [] },
  ),
  jsonValue,
)

const values = {
  id: uuid,
  name: text,
  title: text,
  mail: fc.constantFrom('a@b.cc', 'A@b.cc', 'x.y@b.cc'),
  kind: fc.constantFrom('one', 'two', 'three'),
  rank: integer,
  size: integer,
  big: bigint,
  ratio,
  flag: fc.boolean(),
  at: instant,
  props: json,
  blob: bytes,
  loose: fc.oneof(text, integer, bytes),
  ownerId: uuid,
}
type Name = keyof typeof values

const row = fc.record(
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      name === 'rank' || name === 'id' ? value : fc.option(value as fc.Arbitrary<unknown>, { freq: 4 }),
    ]),
  ),
) as fc.Arbitrary<Row>

const order = ['gt', 'gte', 'lt', 'lte'] as const
const matching = ['like', 'ilike', 'contains', 'startsWith', 'endsWith'] as const
const discrete: readonly Name[] = ['kind', 'flag']

function testOf(name: Name): fc.Arbitrary<unknown> {
  // Booleans of SQLite columns without a type, bytes among texts, are not what a list can mix.
  const value: fc.Arbitrary<unknown> = name === 'loose' ? fc.oneof(text, integer) : values[name]
  if (name === 'props') {
    const whole = fc.oneof(fc.constantFrom<unknown>([], [1], 1, 'a', null), json)
    return fc.oneof(
      fc.record({ eq: whole }),
      fc.record({ ne: whole }),
      fc.record({ isNull: fc.boolean() }),
      fc.constantFrom([], [1]),
    )
  }
  const list = fc.array(value, { maxLength: 12 })
  const options: fc.Arbitrary<unknown>[] = [
    value,
    fc.constant(null),
    fc.record({ eq: fc.option(value) }),
    fc.record({ ne: fc.option(value) }),
    fc.record({ in: list }),
    fc.record({ notIn: list }),
    fc.record({ isNull: fc.boolean() }),
    fc.constant({}),
  ]
  if (!discrete.includes(name)) {
    options.push(
      fc.record(Object.fromEntries(order.map((operator) => [operator, value])), { requiredKeys: [] }),
      fc.tuple(value, value).map((between) => ({ between })),
    )
  }
  if (name === 'name' || name === 'title' || name === 'mail') {
    options.push(
      fc.record(Object.fromEntries(matching.map((operator) => [operator, pattern])), { requiredKeys: [] }),
    )
  }
  return fc.oneof(...options)
}

const jsonTest = fc.oneof(
  jsonValue.filter((value) => typeof value !== 'object' || value === null || Array.isArray(value)),
  fc.record({ eq: jsonValue }),
  fc.record({ ne: jsonValue }),
  fc.record({ isNull: fc.boolean() }),
  fc.record(Object.fromEntries(order.map((operator) => [operator, fc.constantFrom<unknown>(1, 'a', 1.5)])), {
    requiredKeys: [],
  }),
  fc.record(Object.fromEntries(matching.map((operator) => [operator, pattern])), { requiredKeys: [] }),
  fc.oneof(fc.tuple(integer, integer), fc.tuple(text, text)).map((between) => ({ between })),
  fc.record({ in: fc.oneof(fc.array(text), fc.array(integer), fc.array(fc.boolean())) }),
  fc.record({ notIn: fc.oneof(fc.array(text), fc.array(integer)) }),
)

const condition = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...(Object.keys(values) as Name[]))
      .chain((name) => testOf(name).map((test) => ({ [name]: test }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('props.a', 'props.list[0]', 'props.b c', 'props.a.b', 'props.none'), jsonTest)
      .map(([name, test]) => ({ [name]: test })),
  },
)

const { filter } = fc.letrec<{ filter: Record<string, unknown> }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    condition,
    fc
      .array(condition, { maxLength: 3 })
      .map((parts) => Object.assign({}, ...parts) as Record<string, unknown>),
    fc.array(tie('filter'), { maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('filter'), { maxLength: 3 }).map((or) => ({ or })),
    tie('filter').map((not) => ({ not })),
    fc.tuple(condition, tie('filter')).map(([own, not]) => ({ ...own, not })),
  ),
}))

it('a filter finds exactly the rows that it says', { timeout: 300_000 }, () => {
  const world = new World()
  const access = world.open
  const asked = { inHand: 0, all: 0 }
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      fc.array(filter, { minLength: 8, maxLength: 8 }),
      (rows, filters) => {
        world.db.exec('delete from "Thing"')
        const stored = rows.map((given, at) => ({ ...given, id: id(at) }))
        world.insert(world.thing, ...stored)
        for (const each of filters) {
          let found: unknown[]
          try {
            const packed = world.run(world.queries.all(access, each, undefined, caller))
            found = packed.values.filter((_, at) => at % packed.fields.length === 0)
          } catch (error) {
            // An alternative without a condition beside others, the one thing these filters can get wrong.
            expect(String(error)).toContain('is empty and would match every row')
            continue
          }
          expect(found).toEqual(
            stored.filter((candidate) => matches(world.thing, each, candidate)).map((match) => match.id),
          )
          const inHand = filterTest(world.thing, each)
          for (const candidate of stored) {
            const truth = inHand.test(candidate)
            const isFound = found.includes(candidate.id)
            if (truth === undefined) expect(inHand.isExact).toBe(false)
            else expect([each, candidate, truth === true]).toEqual([each, candidate, isFound])
            if (isFound) expect(inHand.equalities.every((one) => hasValue(candidate, one))).toBe(true)
            asked.all++
            if (truth !== undefined) asked.inHand++
          }
        }
      },
    ),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  )
  // The filters above lean on json; a twin that decided nothing would agree with everything.
  expect(asked.inHand / asked.all).toBeGreaterThan(0.8)
})

function hasValue(row: Row, { field, keys }: Equality): boolean {
  return keys.includes(equalityKey(field.data, row[field.name]) as string)
}
