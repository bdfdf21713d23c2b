/** What Kysely can write and the product refuses, with what it says. The list is in docs/guide/kysely.md. */

import { CompiledQuery } from 'kysely'
import { describe, expect, test } from 'vitest'
import { sql } from '../../../src/kysely/index.ts'
import { cleo, openShelter } from './shelter.ts'

const opened = openShelter()

interface Runs {
  execute(): Promise<unknown>
}

const pet = { name: 'New', species: 'dog', owner_id: cleo } as const

const refused: Readonly<Record<string, (db: typeof opened.db) => Runs>> = {
  'raw SQL': (db) => ({ execute: () => sql`select 1`.execute(db) }),
  "SQL text of one's own": (db) => ({ execute: () => db.executeQuery(CompiledQuery.raw('select 1')) }),
  'raw SQL in a selection': (db) => db.selectFrom('person').select(sql<string>`lower(first_name)`.as('low')),
  'raw SQL in a condition': (db) => db.selectFrom('person').select('id').where(sql<boolean>`1 = 1`),
  'raw SQL in an order': (db) => db.selectFrom('person').select('id').orderBy(sql`first_name collate nocase`),
  'creating a table': (db) => db.schema.createTable('x').addColumn('id', 'integer'),
  'dropping a table': (db) => db.schema.dropTable('person'),
  'altering a table': (db) => db.schema.alterTable('person').addColumn('x', 'text'),
  'creating an index': (db) => db.schema.createIndex('i').on('person').column('age'),
  'creating a view': (db) => db.schema.createView('v').as(db.selectFrom('person').selectAll()),
  'replace into': (db) => db.replaceInto('pet').values(pet),
  'insert or replace': (db) => db.insertInto('pet').orReplace().values(pet),
  'merge into': (db) =>
    db.mergeInto('pet').using('person', 'person.id', 'pet.owner_id').whenMatched().thenDelete(),
  'a write in a CTE': (db) =>
    db
      .with('gone', (own) => own.deleteFrom('pet').returning('id'))
      .selectFrom('gone')
      .selectAll(),
  'explain of a write': (db) => ({ execute: () => db.deleteFrom('person').explain() }),
  'explain with a format': (db) => ({ execute: () => db.selectFrom('person').selectAll().explain('json') }),
  'distinct on': (db) => db.selectFrom('person').distinctOn('last_name').selectAll(),
  'for update': (db) => db.selectFrom('person').selectAll().forUpdate(),
  'lateral joins': (db) =>
    db
      .selectFrom('person')
      .innerJoinLateral(
        (eb) => eb.selectFrom('pet').selectAll().whereRef('owner_id', '=', 'person.id').as('p'),
        (join) => join.onTrue(),
      )
      .selectAll('p'),
  top: (db) => db.selectFrom('person').selectAll().top(1),
  fetch: (db) => db.selectFrom('person').selectAll().orderBy('id').fetch(1),
  'a modifier at the end': (db) => db.selectFrom('person').selectAll().modifyEnd(sql`limit 1`),
  'another schema': (db) => db.withSchema('temp').selectFrom('person').selectAll(),
}

describe('refused as not supported', () => {
  test.each(Object.keys(refused))('%s', async (name) => {
    const error = await (refused[name] as (db: typeof opened.db) => Runs)(opened.db)
      .execute()
      .then(
        () => undefined,
        (reason: unknown) => reason,
      )
    expect(error).toMatchObject({ name: 'DBALError', code: 'CAPABILITY_NOT_SUPPORTED' })
    expect(await opened.db.selectFrom('pet').select('id').execute()).toHaveLength(3)
  })
})
