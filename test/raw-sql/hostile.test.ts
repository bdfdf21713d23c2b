/** No text gets at what is denied, by whatever way it is written; what is allowed is there. */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection, Driver, ResultSet } from '../../src/drivers/driver.ts'
import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { loadSqlite, openSqliteWasm } from '../../src/drivers/sqlite-wasm.ts'
import type { DBALError } from '../../src/protocol/error.ts'
import { type PackedRows, unpackRows } from '../../src/protocol/rows.ts'
import { defineSchema } from '../../src/schema/define.ts'
import { f } from '../../src/schema/fields.ts'
import type { EntityData, SchemaData } from '../../src/schema/schema.ts'
import { openTestEngine, type TestCaller, type TestEngine } from '../support/engine.ts'
import { allowed, hostile } from './hostile.cases.ts'

const text = () => f.string()
const id = () => f.string({ primary: true })
const { entities, ...rest } = defineSchema({
  Note: { fields: { id: id(), title: text(), secret: f.string({ hidden: true }) } },
  Vault: { fields: { id: id(), passwordHash: text() }, system: true },
  Titles: { fields: { id: id(), title: text() } },
  Window_: { fields: { hash: id() } },
})
const view = { kind: 'view' } as const
const schema: SchemaData = {
  ...rest,
  entities: {
    ...entities,
    Titles: { ...(entities['Titles'] as EntityData), ...view },
    Window_: { ...(entities['Window_'] as EntityData), ...view },
  },
}

const tables = [
  'create table Note (id text primary key, title text, secret text)',
  'create table Vault (id text primary key, passwordHash text)',
  'create view Titles as select id, title from Note',
  'create view Window_ as select 1 as hash',
]

/** What a migration may make beside the tables of the schema. */
const more = [
  "insert into Note (id, title, secret) values ('a', 'one', 'canary'), ('b', 'two', 'canary')",
  "insert into Vault values ('v', 'canary')",
  "insert into _dbal_tokens (hash, kind, userId, expiresAt) values ('canary', 'access', 'u', 1)",
  'drop view Window_',
  'create view Window_ as select hash from _dbal_tokens',
  'create table Stray (x)',
  "insert into Stray values ('canary')",
  'create view Peep as select hash from _dbal_tokens',
  'create view PeepVault as select passwordHash from Vault',
  'create virtual table Fts using fts5(x)',
  "insert into Fts values ('canary')",
  'create trigger Note_told after insert on Note begin insert into Stray select hash from _dbal_tokens; end',
]

const wasmBinary = readFileSync(
  createRequire(import.meta.url).resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'),
)
const drivers: readonly [string, () => Promise<Driver>][] = [
  ['node:sqlite', async () => openNodeSqlite(':memory:')],
  [
    'sqlite-wasm',
    async () => openSqliteWasm({ sqlite3: await loadSqlite({ wasmBinary }), storage: { kind: 'memory' } }),
  ],
]

const refusals = new Set(['FORBIDDEN', 'VALIDATION_ERROR'])

describe.each(drivers)('SQL text (%s)', (_, openDriver) => {
  let driver: Driver
  let made: TestEngine
  let supergod: TestCaller
  const execute = (sql: string, columns: readonly 'any'[] = []): ResultSet =>
    (driver.acquire() as Connection).execute({ sql, columns, once: true }, [], 0) as ResultSet
  const run = async (text: string) =>
    unpackRows(((await supergod.call('sql', text)) as { rows: PackedRows }).rows)
  const contents = () =>
    execute(
      'select group_concat(sql), (select count(*) from Note), (select count(*) from Stray), (select count(*) from _dbal_tokens) from sqlite_schema',
      ['any', 'any', 'any', 'any'],
    ).values

  beforeAll(async () => {
    driver = await openDriver()
    for (const sql of tables) execute(sql)
    made = await openTestEngine({ schema, driver, sandbox: 'disabled', rawSql: true, foreign: true })
    for (const sql of more) execute(sql)
    supergod = made.as('supergod')
  })
  afterAll(async () => {
    await made.engine.close()
  })

  it('knows enough that is to be refused', () => {
    expect(hostile.length).toBeGreaterThanOrEqual(150)
  })

  it.each(hostile)('gives nothing to %s', async (_about, text) => {
    const before = contents()
    const answer = await supergod.call('sql', text).then(
      (result) => ({ result }),
      (error: DBALError) => ({ code: error.code, message: error.message }),
    )
    expect(answer).toMatchObject({ code: expect.toSatisfy((code: string) => refusals.has(code)) })
    expect(JSON.stringify(answer)).not.toContain('canary')
    expect(contents()).toEqual(before)
    expect(made.incidents).toEqual([])
  })

  it.each(allowed)('gives %s', async (_about, text, rows) => {
    expect(await run(text)).toEqual(rows)
  })

  it('guards nothing but the text: the engine’s own statements go on as before', async () => {
    await expect(supergod.call('sql', 'select * from _dbal_tokens')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { operation: 'sql' },
    })
    expect(await supergod.call('create', 'Note', { id: 'z', title: 'last' })).toMatchObject({ id: 'z' })
    expect(await supergod.call('delete', 'Note', 'z')).toBe(true)
    expect(await supergod.call('audit.verify')).toMatchObject({ ok: true })
  })

  it('is prepared anew under its guard when the tables change while it waits', async () => {
    expect(await run('select count(*) as n from Note')).toEqual([{ n: 2 }])
    execute('create table Later (x)')
    await expect(run('select * from Later')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(run('with Later as (select 1) select count(*) from Later')).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
  })
})
