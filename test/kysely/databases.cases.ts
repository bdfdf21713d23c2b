/** Queries of Kysely's that show what works on which database, and databases to ask them of. */

import { readFileSync } from 'node:fs'
import { DBALClient } from '../../src/client/client.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import type { Dialect } from '../../src/engine/dialect.ts'
import {
  jsonArrayFrom,
  jsonBuildObject,
  jsonObjectFrom,
  type Kysely,
  type KyselyDatabaseOf,
  sql,
  toKysely,
} from '../../src/kysely/index.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import { LocalTransport } from '../../src/transport/local.ts'
import { openTestEngine, principalOf } from '../support/engine.ts'

const all = { roles: ['god'], operations: ['create', 'read', 'update', 'delete'] } as const
const rules = [all, { roles: ['user'], operations: ['read'] }] as const
const schema = defineSchema({
  Owner: {
    fields: {
      id: f.uuid({ primary: true }),
      name: f.string({ max: 80, unique: true }),
      age: f.integer(),
      share: f.number(),
      isOpen: f.boolean({ default: false }),
      joined: f.datetime(),
      data: f.json(),
      raw: f.bytes(),
    },
    rules,
  },
  Pet: {
    fields: {
      id: f.uuid({ primary: true }),
      name: f.string({ max: 80 }),
      weight: f.integer(),
      ownerId: f.uuid({ references: 'Owner.id', onDelete: 'cascade' }),
    },
    rules: [all, { roles: ['user'], operations: ['read'], rowFilter: 'weight < 10' }],
  },
})
export type Db = Kysely<KyselyDatabaseOf<typeof schema>>

const id = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
export const owners = [
  {
    id: id(1),
    name: 'Ann "O" \\ 🐘',
    age: 61,
    share: 0.25,
    isOpen: true,
    joined: '2026-01-15T10:30:00.001Z',
    data: { a: [1, null, { b: 'ü' }] },
    raw: Uint8Array.of(0, 255),
  },
  {
    id: id(2),
    name: 'Bén',
    age: 35,
    share: 1e-7,
    isOpen: false,
    joined: '1969-12-31T23:59:59.999Z',
    data: 'text',
    raw: null,
  },
  { id: id(3), name: 'Cleo', age: null, share: null, joined: null, data: null },
]
const pets = [
  { id: id(11), name: 'Rex', weight: 30, ownerId: id(1) },
  { id: id(12), name: 'Mia', weight: 4, ownerId: id(1) },
  { id: id(13), name: 'Tom', weight: 5, ownerId: id(2) },
]

/** Each is a row of the table: what it is called there, and queries that show it. */
export const parts: Readonly<Record<string, readonly ((db: Db) => Promise<unknown>)[]>> = {
  '`jsonArrayFrom`, `jsonObjectFrom`, `jsonBuildObject`': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          'name',
          jsonArrayFrom(
            eb
              .selectFrom('Pet')
              .select(['Pet.name', 'Pet.weight'])
              .whereRef('Pet.ownerId', '=', 'Owner.id')
              .orderBy('Pet.name'),
          ).as('pets'),
        ])
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) => [
          'Pet.name',
          jsonObjectFrom(
            eb
              .selectFrom('Owner')
              .select(['Owner.name', 'Owner.joined', 'Owner.raw', 'Owner.isOpen', 'Owner.data'])
              .whereRef('Pet.ownerId', '=', 'Owner.id'),
          ).as('owner'),
          jsonBuildObject({ weight: eb.ref('Pet.weight'), of: eb.ref('Pet.ownerId') }).as('built'),
        ])
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) =>
          jsonArrayFrom(
            eb
              .selectFrom('Pet')
              .select((pet) => [
                'Pet.id',
                jsonObjectFrom(
                  pet
                    .selectFrom('Owner as o')
                    .select(['o.isOpen', 'o.data', 'o.share'])
                    .whereRef('o.id', '=', 'Pet.ownerId'),
                ).as('owner'),
              ])
              .whereRef('Pet.ownerId', '=', 'Owner.id')
              .orderBy('Pet.weight', 'desc')
              .limit(1),
          ).as('heaviest'),
        )
        .orderBy('id')
        .execute(),
  ],
  '`jsonArrayFrom` of a select that groups, or takes each row once': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          'name',
          jsonArrayFrom(
            eb
              .selectFrom('Pet')
              .select((inner) => ['Pet.ownerId', inner.fn.countAll<number>().as('of')])
              .whereRef('Pet.ownerId', '=', 'Owner.id')
              .groupBy('Pet.ownerId'),
          ).as('a'),
        ])
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) =>
          jsonArrayFrom(
            eb.selectFrom('Pet').select('Pet.ownerId').distinct().whereRef('Pet.ownerId', '=', 'Owner.id'),
          ).as('a'),
        )
        .orderBy('id')
        .execute(),
  ],
  'upsert (`on conflict … do update`, `do nothing`)': [
    (db) =>
      db
        .insertInto('Pet')
        .values({ id: id(11), name: 'Rexy', weight: 1, ownerId: id(1) })
        .onConflict((oc) => oc.column('id').doUpdateSet((eb) => ({ name: eb.ref('excluded.name') })))
        .execute()
        .then(() => db.selectFrom('Pet').select(['name', 'weight']).where('id', '=', id(11)).execute()),
    (db) =>
      db
        .insertInto('Pet')
        .values({ id: id(12), name: 'No', weight: 1, ownerId: id(1) })
        .onConflict((oc) => oc.column('id').doNothing())
        .execute()
        .then(() => db.selectFrom('Pet').select('name').where('id', '=', id(12)).execute()),
  ],
  '`insert … select`': [
    (db) =>
      db
        .insertInto('Pet')
        .columns(['id', 'name', 'weight', 'ownerId'])
        .expression((eb) =>
          eb
            .selectFrom('Owner')
            .select([sql.lit(id(99)).as('id'), 'Owner.name', 'Owner.age as weight', 'Owner.id as ownerId'])
            .where('Owner.age', '=', 61),
        )
        .execute()
        .then(() => db.selectFrom('Pet').selectAll().where('id', '=', id(99)).execute()),
  ],
  '`returning`': [
    (db) =>
      db
        .updateTable('Pet')
        .set({ weight: 31 })
        .where('id', '=', id(11))
        .returning(['id', 'weight'])
        .execute(),
  ],
  'CTEs, recursive ones too': [
    (db) =>
      db
        .with('heavy', (cte) => cte.selectFrom('Pet').select(['name', 'ownerId']).where('weight', '>', 4))
        .selectFrom('heavy')
        .innerJoin('Owner', 'Owner.id', 'heavy.ownerId')
        .select(['heavy.name', 'Owner.age'])
        .orderBy('heavy.name')
        .execute(),
    (db) =>
      db
        .withRecursive('n(x)', (cte) =>
          cte.selectNoFrom(sql.lit(1).as('x')).unionAll(
            cte
              .selectFrom('n')
              .select((eb) => eb('n.x', '+', 1).as('x'))
              .where('n.x', '<', 5),
          ),
        )
        .selectFrom('n')
        .select('x')
        .orderBy('x')
        .execute(),
  ],
  'aggregates with `filter`': [
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) => [
          eb.fn.countAll<number>().filterWhere('weight', '>', 4).as('a'),
          eb.fn.count<number>('name').distinct().filterWhere('weight', '>', 4).as('b'),
          eb.fn.sum<number>('weight').filterWhere('weight', '<', 5).as('c'),
          eb.fn.avg<number>('weight').filterWhere('weight', '>', 4).as('d'),
          eb.fn.min('name').filterWhere('weight', '>', 99).as('e'),
        ])
        .groupBy('ownerId')
        .orderBy('ownerId')
        .execute(),
  ],
  'window functions': [
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) => [
          'name',
          eb.fn
            .agg<number>('row_number')
            .over((over) => over.partitionBy('ownerId').orderBy('weight'))
            .as('at'),
          eb.fn
            .sum<number>('weight')
            .over((over) => over.partitionBy('ownerId'))
            .as('all'),
          eb.fn
            .agg<string>('lag', ['name'])
            .over((over) => over.orderBy('name'))
            .as('before'),
        ])
        .orderBy('name')
        .execute(),
  ],
  'left and right joins, unions, `case`': [
    (db) =>
      db
        .selectFrom('Owner')
        .leftJoin('Pet', 'Pet.ownerId', 'Owner.id')
        .select(['Owner.id', 'Pet.name'])
        .orderBy('Owner.id')
        .orderBy('Pet.name')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select('name')
        .union(db.selectFrom('Pet').select('name'))
        .orderBy('name')
        .execute(),
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) => eb.case().when('weight', '>', 10).then('big').else('small').end().as('is'))
        .orderBy('id')
        .execute(),
  ],
  'full joins': [
    (db) =>
      db
        .selectFrom('Owner')
        .fullJoin('Pet', 'Pet.ownerId', 'Owner.id')
        .select(['Owner.id', 'Pet.name'])
        .orderBy('Owner.id')
        .orderBy('Pet.name')
        .execute(),
  ],
  '`lower upper trim replace instr length coalesce abs`': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          eb.fn<string>('lower', ['name']).as('a'),
          eb.fn<string>('upper', ['name']).as('b'),
          eb.fn<string>('replace', ['name', eb.val('e'), eb.val('E')]).as('c'),
          eb.fn<number>('instr', ['name', eb.val('e')]).as('d'),
          eb.fn<number>('length', ['name']).as('e'),
          eb.fn.coalesce('age', sql.lit(0)).as('g'),
        ])
        .orderBy('id')
        .execute(),
  ],
  '`substr`, `concat`, `concat_ws` of text and whole numbers': [
    ...[
      [1, 2],
      [0, 2],
      [-2, 1],
      [-9, 8],
      [2, -1],
      [3, -9],
      [9, 3],
      [-2, -2],
      [0, -1],
      [-9, -2],
    ].map(
      ([from, long]) =>
        (db: Db) =>
          db
            .selectFrom('Owner')
            .select((eb) => eb.fn<string>('substr', ['name', eb.val(from), eb.val(long)]).as('a'))
            .orderBy('id')
            .execute(),
    ),
    ...[2, 0, -3, -99, 99].map(
      (from) => (db: Db) =>
        db
          .selectFrom('Owner')
          .select((eb) => eb.fn<string>('substring', ['name', eb.val(from)]).as('a'))
          .orderBy('id')
          .execute(),
    ),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          eb.fn<string>('concat', ['name', eb.val(' is '), 'age']).as('a'),
          eb.fn<string>('concat_ws', [eb.val(', '), 'name', 'age', 'joined']).as('b'),
        ])
        .orderBy('id')
        .execute(),
  ],
  '`iif`': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<string>('iif', [eb('age', '>', 40), eb.val('old'), eb.val('young')]).as('is'))
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<string>('iif', ['isOpen', eb.val('open'), eb.val('shut')]).as('is'))
        .orderBy('id')
        .execute(),
  ],
  '`date`, `time`, `datetime`, `unixepoch`, `strftime` of a date': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          eb.fn<string>('date', ['joined']).as('a'),
          eb.fn<string>('time', ['joined']).as('b'),
          eb.fn<string>('datetime', ['joined']).as('c'),
          eb.fn<number>('unixepoch', ['joined']).as('d'),
          eb
            .fn<string>('strftime', [eb.val('%Y-%m|%d %H:%M:%S %f %F %T %R %j %w %s 100%%'), 'joined'])
            .as('e'),
          eb.fn<string>('strftime', [eb.val('%x'), 'joined']).as('f'),
        ])
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          eb.fn<string>('strftime', [sql.lit('%Y'), 'joined']).as('year'),
          eb.fn.countAll<number>().as('of'),
        ])
        .where('joined', 'is not', null)
        .groupBy('year')
        .orderBy('year')
        .execute(),
  ],
  'dates of anything else, with modifiers, `julianday`': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<string>('date', ['joined', eb.val('+1 day')]).as('a'))
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<string>('date', [eb.val('2026-01-01')]).as('a'))
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<number>('julianday', ['joined']).as('a'))
        .execute(),
  ],
  '`cast` of text and whole numbers to text, of whole numbers to `integer` and `real`': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => [
          eb.cast<string>('age', 'text').as('a'),
          eb.cast<number>('age', 'integer').as('b'),
          eb.cast<number>('age', 'real').as('c'),
          eb.cast<string>('name', 'text').as('d'),
        ])
        .orderBy('id')
        .execute(),
  ],
  'other casts': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.cast<number>('name', 'integer').as('a'))
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.cast<string>('share', 'text').as('a'))
        .orderBy('id')
        .execute(),
  ],
  '`group_concat` of text and whole numbers': [
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) => [
          eb.fn.agg<string>('group_concat', ['name']).orderBy('name').as('names'),
          eb.fn.agg<string>('group_concat', ['weight']).orderBy('weight').as('weights'),
        ])
        .groupBy('ownerId')
        .orderBy('ownerId')
        .execute(),
  ],
  '`string_agg`, `group_concat` with a separator': [
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) =>
          eb.fn
            .agg<string>('string_agg', ['name', eb.val(' + ')])
            .orderBy('name')
            .as('names'),
        )
        .groupBy('ownerId')
        .orderBy('ownerId')
        .execute(),
  ],
  '`/`': [
    (db) =>
      db
        .selectFrom('Pet')
        .select((eb) => eb('weight', '/', eb.lit(4)).as('a'))
        .orderBy('id')
        .execute(),
  ],
  '`round`': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<number>('round', ['share', eb.val(1)]).as('a'))
        .orderBy('id')
        .execute(),
  ],
  'JSON functions and operators (`->`, `json_extract`, `json_each`, …)': [
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) =>
          eb
            .ref('data', '->>')
            .key('a' as never)
            .as('a'),
        )
        .orderBy('id')
        .execute(),
    (db) =>
      db
        .selectFrom('Owner')
        .select((eb) => eb.fn<string>('json_extract', ['data', eb.val('$.a')]).as('a'))
        .orderBy('id')
        .execute(),
  ],
  '`typeof`, `hex`, `quote`, `unicode`, `char`, `sign`, `total`': [
    ...['typeof', 'hex', 'quote', 'unicode', 'sign'].map(
      (name) => (db: Db) =>
        db
          .selectFrom('Owner')
          .select((eb) => eb.fn<unknown>(name, ['age']).as('a'))
          .orderBy('id')
          .execute(),
    ),
  ],
  '`collate nocase`': [
    (db) =>
      db
        .selectFrom('Pet')
        .select('name')
        .orderBy('name', (order) => order.collate('nocase'))
        .execute(),
  ],
  'a limit in a subquery behind `in`': [
    (db) =>
      db
        .selectFrom('Pet')
        .select('name')
        .where('ownerId', 'in', (eb) => eb.selectFrom('Owner').select('id').orderBy('id').limit(1))
        .orderBy('name')
        .execute(),
  ],
}

/** What comes later is longer than what it begins with, and has a fraction: PostgreSQL wants a cast there. */
export const growing: readonly ((db: Db) => Promise<unknown>)[] = [
  (db) =>
    db
      .withRecursive('n(x, path, half)', (cte) =>
        cte
          .selectFrom('Pet')
          .select((eb) => ['weight as x', 'name as path', eb.lit(1).as('half')])
          .where('name', '=', 'Mia')
          .unionAll(
            cte
              .selectFrom('n')
              .select((eb) => [
                eb('n.x', '+', 1).as('x'),
                sql<string>`${eb.ref('n.path')}`.as('path'),
                eb('n.half', '+', 0.5).as('half'),
              ])
              .where('n.x', '<', 9),
          ),
      )
      .selectFrom('n')
      .selectAll()
      .orderBy('x')
      .execute(),
  (db) =>
    db
      .withRecursive('n(path, x)', (cte) =>
        cte
          .selectNoFrom((eb) => [eb.cast<string>(eb.val('a'), 'text').as('path'), eb.lit(1).as('x')])
          .unionAll(
            cte
              .selectFrom('n')
              .select((eb) => [eb('n.path', '||', 'ü/').as('path'), eb('n.x', '+', 1).as('x')])
              .where('n.x', '<', 90),
          ),
      )
      .selectFrom('n')
      .select((eb) => ['path', 'x', eb.fn<number>('length', ['path']).as('long')])
      .orderBy('x')
      .execute(),
  (db) =>
    db
      .withRecursive('n(x)', (cte) =>
        cte
          .selectNoFrom((eb) => eb(eb.lit(1), '*', eb.lit(1)).as('x'))
          .unionAll(
            cte
              .selectFrom('n')
              .select((eb) => eb('n.x', '+', 0.5).as('x'))
              .where('n.x', '<', 3),
          ),
      )
      .selectFrom('n')
      .select('x')
      .orderBy('x')
      .execute(),
]

export interface Opened {
  readonly db: Db
  /** For whom a row filter hides some of the rows. */
  readonly user: Db
  close(): Promise<void>
  reset(): Promise<void>
}

export async function openOn(driver: Driver, dialect: Dialect): Promise<Opened> {
  const { engine } = await openTestEngine({ schema, migrations: [], driver, dialect })
  const clientOf = (role: 'god' | 'user') => {
    const transport = new LocalTransport({
      connect: (emit) => engine.connect({ principal: principalOf(role), clientId: role, emit }),
    })
    return new DBALClient({ schema, transport })
  }
  const [client, user] = [clientOf('god'), clientOf('user')]
  return {
    db: toKysely(client) as Db,
    user: toKysely(user) as Db,
    async reset() {
      await client.entity('Owner').deleteMany({ id: { ne: id(0) } })
      await client.entity('Owner').createMany(owners as never)
      await client.entity('Pet').createMany(pets)
    },
    async close() {
      await user.close()
      await client.close()
      await engine.close()
    },
  }
}

/** The same result after the same rows, a refusal, or an error. */
export async function resultsOf(
  { db, reset }: Opened,
  queries: readonly ((db: Db) => Promise<unknown>)[],
): Promise<readonly unknown[]> {
  const results: unknown[] = []
  for (const query of queries) {
    await reset()
    try {
      results.push(await query(db))
    } catch (error) {
      results.push({ failed: (error as { code: string }).code, message: (error as Error).message })
    }
  }
  return results
}

export const failed = (result: unknown) => (result as { failed?: string } | undefined)?.failed

/** What a table of the documentation says of it. Right results are looked at by who asks. */
export function outcomeOf(results: readonly unknown[]): 'yes' | 'no' | 'fails' {
  if (results.every((result) => failed(result) === 'CAPABILITY_NOT_SUPPORTED')) return 'no'
  return results.every((result) => failed(result) !== undefined) ? 'fails' : 'yes'
}

/** The rows of the table in the documentation: what a part is called, and what each database has of it. */
export function documented(): readonly { readonly part: string; readonly [database: string]: string }[] {
  const text = readFileSync(new URL('../../docs/guide/databases.md', import.meta.url), 'utf8')
  const [, heads = '', rows = ''] = /^\| (Kysely \|.*) \|\n\|[-|]+\n((?:\|.*\n)+)/m.exec(text) ?? []
  const names = ['part', ...heads.split(' | ').slice(1)]
  return rows
    .trimEnd()
    .split('\n')
    .map((row) => {
      const cells = row.slice(2, -2).split(' | ')
      return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])) as never
    })
}
