/** A small world for the tests of this room: items of every type of field, with owners and parents, and callers. */

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import fc from 'fast-check'
import { AliasNode, IdentifierNode, type OperationNode, SelectionNode, SelectQueryNode } from 'kysely'
import { type Actor, type Principal, roles } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import type {
  ComparisonOperator,
  RowFilter,
  RowFilterOperand,
  RowFilterVariable,
} from '../../schema/row-filter.ts'
import type { EntityData, FieldData, RuleData, SchemaData } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { type EntityModel, Model } from '../model.ts'
import { bind, type Caller, compileNode } from '../query/binding.ts'
import { columnOf, physicalTable } from '../query/nodes.ts'

export function fieldData(type: FieldData['type'], more: Partial<FieldData> = {}): FieldData {
  return {
    type,
    required: false,
    nullable: true,
    unique: false,
    caseInsensitive: false,
    hidden: false,
    immutable: false,
    ...more,
  }
}

export function entityData(
  fields: { readonly [name: string]: FieldData },
  more: Partial<EntityData> = {},
): EntityData {
  return {
    fields,
    primaryKey: ['id'],
    accessor: 'rows',
    indexes: [],
    search: [],
    rules: [],
    kind: 'table',
    system: false,
    limits: { list: 20, maximum: 100 },
    ...more,
  }
}

const key = fieldData('uuid', { nullable: false, required: true })

const kinds = ['user', 'admin', 'god', 'supergod']

export function worldSchema(rules: readonly RuleData[] = [], more: Partial<EntityData> = {}): SchemaData {
  const reference = { field: 'id', onDelete: 'cascade', onUpdate: 'cascade' } as const
  return {
    name: 'world',
    entities: {
      Owner: entityData(
        {
          id: key,
          login: fieldData('string', { caseInsensitive: true }),
          level: fieldData('integer'),
          loose: fieldData('any'),
          endsAt: fieldData('datetime'),
        },
        { accessor: 'owners', ttl: 'endsAt' },
      ),
      Item: entityData(
        {
          id: key,
          title: fieldData('string'),
          name: fieldData('string', { caseInsensitive: true }),
          kind: fieldData('enum', { values: kinds }),
          count: fieldData('integer'),
          big: fieldData('bigint'),
          ratio: fieldData('number'),
          flag: fieldData('boolean'),
          at: fieldData('datetime'),
          data: fieldData('json'),
          blob: fieldData('bytes'),
          loose: fieldData('any'),
          ownerId: fieldData('uuid', { references: { ...reference, entity: 'Owner' } }),
          parentId: fieldData('uuid', { references: { ...reference, entity: 'Item' } }),
        },
        { accessor: 'items', rules, ...more },
      ),
    },
  }
}

export const worldModel = new Model(worldSchema())
export const Item = worldModel.entity('Item')

const ownTables = `
  create table "Owner" (
    "id" text primary key not null, "login" text collate nocase, "level" integer, "loose" any, "endsAt" text
  ) strict;
  create table "Item" (
    "id" text primary key not null, "title" text, "name" text collate nocase, "kind" text, "count" integer,
    "big" integer, "ratio" real, "flag" integer, "at" text, "data" text, "blob" blob, "loose" any, "ownerId" text,
    "parentId" text
  ) strict;`

/** As a file of somebody else's may have them: the columns of type `any` convert what they are given. */
const foreignTables = ownTables
  .replaceAll(') strict', ')')
  .replace('"loose" any', '"loose" numeric')
  .replace('"loose" any', '"loose" text')

export class World {
  readonly #database = new DatabaseSync(':memory:')

  constructor(tables: 'own' | 'foreign' = 'own') {
    this.#database.exec(tables === 'own' ? ownTables : foreignTables)
  }

  /** Replaces all rows. */
  fill(owners: readonly Row[], items: readonly Row[]): void {
    this.#database.exec('begin; delete from "Item"; delete from "Owner"')
    for (const row of owners) this.#insert(worldModel.entity('Owner'), row)
    for (const row of items) this.#insert(Item, row)
    this.#database.exec('commit')
  }

  /** Every item with its related rows, decoded, and what the condition says about it. */
  ask(condition: OperationNode, caller: Caller): { readonly row: Row; readonly outcome: boolean | null }[] {
    const items = this.#rows(Item)
    const owners = this.#rows(worldModel.entity('Owner'))
    const one = (rows: readonly Row[], id: unknown) => rows.find((row) => row.id === id) ?? null
    const query: SelectQueryNode = {
      ...this.#itemsAsT(),
      selections: [
        SelectionNode.create(columnOf('id', 't')),
        SelectionNode.create(AliasNode.create(condition, IdentifierNode.create('outcome'))),
      ],
    }
    const outcomes = new Map(this.#run(query, caller).map(({ id, outcome }) => [id, outcome]))
    return items.map((row) => {
      const outcome = outcomes.get(row.id)
      const related = { owner: one(owners, row.ownerId), parent: one(items, row.parentId) }
      return { row: { ...row, ...related }, outcome: outcome === null ? null : outcome !== 0n }
    })
  }

  /** Ids of the items that a statement with the condition gives. */
  list(condition: OperationNode, caller: Caller): string[] {
    const query: SelectQueryNode = {
      ...this.#itemsAsT(),
      selections: [SelectionNode.create(columnOf('id', 't'))],
      where: { kind: 'WhereNode', where: condition },
    }
    return this.#run(query, caller).map(({ id }) => id as string)
  }

  #itemsAsT(): SelectQueryNode {
    return SelectQueryNode.createFrom([
      AliasNode.create(physicalTable('main', 'Item'), IdentifierNode.create('t')),
    ])
  }

  #run(query: SelectQueryNode, caller: Caller): Record<string, unknown>[] {
    const compiled = compileNode(query, [], sqliteDialect.createCompiler())
    const statement = this.#database.prepare(compiled.statement.sql)
    statement.setReadBigInts(true)
    return statement.all(...(bind(compiled, [], caller) as SQLInputValue[])) as Record<string, unknown>[]
  }

  #insert(entity: EntityModel, row: Row): void {
    const columns = entity.fields.map(({ name }) => `"${name}"`).join()
    const values = entity.fields.map(({ name, data }) => sqliteDialect.encode(data.type, row[name]))
    this.#database
      .prepare(`insert into "${entity.name}" (${columns}) values (${values.map(() => '?').join()})`)
      .run(...(values as SQLInputValue[]))
  }

  #rows(entity: EntityModel): Row[] {
    const statement = this.#database.prepare(`select * from "${entity.name}"`)
    statement.setReadBigInts(true)
    return (statement.all() as Row[]).map((row) =>
      Object.fromEntries(entity.fields.map(({ name, data }) => [name, decode(data, row[name])])),
    )
  }
}

function decode({ type }: FieldData, value: unknown): unknown {
  if (value === null) return null
  if (type === 'boolean') return value !== 0n
  if (type === 'integer') return Number(value)
  return type === 'json' ? JSON.parse(value as string) : value
}

// Values are drawn from short lists, so that random conditions meet equal ones often. The lists hold what comparisons get
// wrong: case, wildcards of LIKE and GLOB, NUL, and code points on either side of the surrogates.
const texts = [
  '',
  'a',
  'A',
  'b',
  'B',
  'ab',
  'aB',
  'AB',
  'abc',
  'a%',
  '%',
  '_',
  'a_',
  '%b',
  '%b%',
  '*',
  'a*',
  '[',
  '[a]',
  '[^a]',
  ']',
  '?',
  '^',
  '\\',
  'Z',
  '_z',
  '[z',
  'é',
  'É',
  'aé',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  'a\u{1f600}',
  'a\0b',
  'a\0c',
  'A\0cd',
  'a\0',
  '\0',
  '5',
  '05',
  '1e1',
  '\ud800',
  ...kinds,
]
const numbers = [-1, 0, 1, 2, 3, 4, 5, 6, 0.5, 1.5, 1e300, -1e300, 2 ** 53, 2 ** 53 - 1]
const integers = numbers.filter((value) => Number.isSafeInteger(value))
const bigints = [0n, 1n, 5n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]
export const instants = [
  '2026-01-01T00:00:00.000Z',
  '2026-01-01T00:00:00.001Z',
  '2026-06-15T12:00:00.000Z',
  '2027-01-01T00:00:00.000Z',
]
const ids = [
  '00000000-0000-7000-8000-00000000000a',
  '00000000-0000-7000-8000-00000000000b',
  '00000000-0000-7000-8000-00000000000c',
]

const orNull = <T>(from: fc.Arbitrary<T>) => fc.option(from, { nil: null, freq: 4 })
const one = <T>(list: readonly T[]) => fc.constantFrom(...list)
const bytes = one([[], [0], [1], [97], [1, 2]]).map((list) => Uint8Array.from(list))
const loose = orNull(fc.oneof(one(texts), one(numbers), one(bigints), bytes))

const ownerRow = fc.record({
  id: one(ids),
  login: orNull(one(texts)),
  level: orNull(one(integers)),
  loose,
  endsAt: orNull(one(instants)),
})

const itemRow = fc.record({
  title: orNull(one(texts)),
  name: orNull(one(texts)),
  kind: orNull(one(kinds)),
  count: orNull(one(integers)),
  big: orNull(one(bigints)),
  ratio: orNull(one(numbers)),
  flag: orNull(fc.boolean()),
  at: orNull(one(instants)),
  data: orNull(one([0, '', 'a', {}, false] as const)),
  blob: orNull(bytes),
  loose,
  ownerId: orNull(one(ids)),
  parentId: orNull(one(ids)),
})

export const arbitraryOwners = fc.uniqueArray(ownerRow, { maxLength: 3, selector: ({ id }) => id })

/** Their ids are those of users too, so that `id = $user.id` meets rows. */
export const arbitraryItems = fc
  .array(itemRow, { minLength: 1, maxLength: 6 })
  .map((rows) => rows.map((row, index): Row => ({ id: ids[index] ?? `item-${index}`, ...row })))

export const arbitraryCaller: fc.Arbitrary<Caller> = fc
  .record({
    role: one([...roles]) as fc.Arbitrary<Actor>,
    userId: orNull(one(ids)),
    username: orNull(one(texts)),
    email: orNull(one(texts)),
    now: one(instants),
  })
  .map(({ now, ...who }) => ({ principal: { ...who, sessionId: null } satisfies Principal, now }))

type Kind = 'text' | 'number' | 'boolean' | 'datetime'

const field = (...path: string[]): RowFilterOperand => ({ kind: 'field', path })
const variable = (name: RowFilterVariable): RowFilterOperand => ({ kind: 'variable', name })
const literals = (values: readonly (string | number | boolean)[]) =>
  one(values).map((value): RowFilterOperand => ({ kind: 'literal', value }))
const nothing: RowFilterOperand = { kind: 'literal', value: null }
const looseFields = one([field('loose'), field('owner', 'loose')])

const operands: { readonly [K in Kind]: fc.Arbitrary<RowFilterOperand> } = {
  text: fc.oneof(
    one(['id', 'title', 'name', 'kind', 'ownerId'].map((name) => field(name))),
    one([
      field('owner', 'login'),
      field('owner', 'id'),
      field('parent', 'name'),
      field('parent', 'title'),
      nothing,
    ]),
    one((['user.id', 'user.username', 'user.email', 'user.role'] as const).map(variable)),
    literals(texts),
    looseFields,
  ),
  number: fc.oneof(
    one([field('count'), field('big'), field('ratio'), field('owner', 'level'), field('parent', 'count')]),
    one([variable('user.level'), nothing]),
    literals(numbers),
    looseFields,
  ),
  boolean: fc.oneof(one([field('flag'), nothing]), literals([true, false]), looseFields),
  datetime: fc.oneof(
    one([field('at'), field('owner', 'endsAt'), variable('now')]),
    literals(instants),
    looseFields,
  ),
}

const anyField = one([
  ...Item.fields.map(({ name }) => field(name)),
  field('owner', 'level'),
  field('owner', 'endsAt'),
  variable('user.id'),
])
const ordered: readonly ComparisonOperator[] = ['=', '!=', '<', '<=', '>', '>=']

function comparisonsOf(kind: Kind): fc.Arbitrary<RowFilter> {
  const operator = one(kind === 'boolean' ? ordered.slice(0, 2) : ordered)
  return fc.oneof(
    fc.record({
      kind: fc.constant('compare' as const),
      operator,
      left: operands[kind],
      right: operands[kind],
    }),
    fc.record({
      kind: fc.constant('in' as const),
      negated: fc.boolean(),
      operand: operands[kind],
      items: fc.array(operands[kind], { minLength: 1, maxLength: 3 }),
    }),
  )
}

const condition: fc.Arbitrary<RowFilter> = fc.oneof(
  { arbitrary: comparisonsOf('text'), weight: 4 },
  { arbitrary: comparisonsOf('number'), weight: 2 },
  comparisonsOf('boolean'),
  comparisonsOf('datetime'),
  fc.record({ kind: fc.constant('isNull' as const), negated: fc.boolean(), operand: anyField }),
  {
    arbitrary: fc.record({
      kind: fc.constant('like' as const),
      negated: fc.boolean(),
      operand: operands.text,
      pattern: operands.text,
    }),
    weight: 3,
  },
)

export const arbitraryFilter: fc.Arbitrary<RowFilter> = fc.letrec<{ filter: RowFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    { arbitrary: condition, weight: 3 },
    fc.record({
      kind: one(['or', 'and'] as const),
      terms: fc.array(tie('filter'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('filter') }),
  ),
})).filter

/** The filter as a rule's author would write it. */
export function filterText(filter: RowFilter): string {
  switch (filter.kind) {
    case 'or':
    case 'and':
      return filter.terms.map((term) => `(${filterText(term)})`).join(` ${filter.kind} `)
    case 'not':
      return `not (${filterText(filter.term)})`
    case 'compare':
      return `${operandText(filter.left)} ${filter.operator} ${operandText(filter.right)}`
    case 'in':
      return `${operandText(filter.operand)}${filter.negated ? ' not' : ''} in (${filter.items.map(operandText).join()})`
    case 'isNull':
      return `${operandText(filter.operand)} is${filter.negated ? ' not' : ''} null`
    case 'like':
      return `${operandText(filter.operand)}${filter.negated ? ' not' : ''} like ${operandText(filter.pattern)}`
  }
}

function operandText(operand: RowFilterOperand): string {
  if (operand.kind === 'field') return operand.path.map((name) => `"${name}"`).join('.')
  if (operand.kind === 'variable') return `$${operand.name}`
  return typeof operand.value === 'string'
    ? `'${operand.value.replaceAll("'", "''")}'`
    : String(operand.value)
}
