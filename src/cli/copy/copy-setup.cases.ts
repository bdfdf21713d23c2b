/** Databases to copy, and the command over them, for the tests of this room. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import { openTestEngine } from '../../../test/support/engine.ts'
import { openNodeSqlite } from '../../drivers/node-sqlite.ts'
import type { EngineOptions } from '../../engine/engine-options.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { runCommand } from '../run.ts'

/** Every type, a composite key, references in both directions, to itself and without null. */
export const kinds = defineSchema({
  Kind: {
    fields: {
      id: f.id(),
      string: f.string(),
      text: f.text(),
      email: f.email(),
      enum: f.enum(['a', 'ü'], { nullable: true }),
      integer: f.integer(),
      bigint: f.bigint(),
      number: f.number(),
      boolean: f.boolean(),
      datetime: f.datetime(),
      json: f.json(),
      bytes: f.bytes(),
      createdAt: f.createdAt(),
    },
    indexes: [['integer']],
    search: ['text'],
  },
  Person: {
    fields: {
      id: f.id(),
      name: f.string({ required: true, caseInsensitive: true, unique: true }),
      bossId: f.uuid({ references: 'Person.id', onDelete: 'setNull' }),
      teamId: f.uuid({ references: 'Team.id', onDelete: 'setNull' }),
    },
  },
  Team: {
    fields: { id: f.id(), leadId: f.uuid({ references: 'Person.id', onDelete: 'cascade', required: true }) },
  },
  Place: {
    fields: {
      street: f.string({ primary: true, required: true }),
      number: f.integer({ primary: true, required: true }),
      order: f.string(),
    },
  },
})

export interface CopyFolder {
  file(name: string): string
  write(name: string, text: string | Uint8Array): void
  dbal(...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly errors: string }>
  /** The command with the schema of this folder. */
  copy(
    from: string,
    to: string,
    ...more: string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly errors: string }>
  /** Runs SQL in a file, behind the engine's back. */
  sql(name: string, ...texts: string[]): void
  query(name: string, sql: string): readonly unknown[]
}

/** A folder with `schema.json`. */
export function copyFolder(schema: SchemaData = kinds): CopyFolder {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-copy-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string) => join(folder, name)
  const write = (name: string, text: string | Uint8Array) => writeFileSync(file(name), text)
  write('schema.json', JSON.stringify(schema))
  const open = <R>(name: string, use: (db: DatabaseSync) => R): R => {
    const db = new DatabaseSync(file(name), { enableForeignKeyConstraints: false })
    try {
      return use(db)
    } finally {
      db.close()
    }
  }
  const dbal: CopyFolder['dbal'] = async (...args) => {
    const [out, errors]: [string[], string[]] = [[], []]
    const code = await runCommand(args, { folder, print: (text) => out.push(text) }, (text) =>
      errors.push(text),
    )
    return { code, out: out.join('\n'), errors: errors.join('\n') }
  }
  return {
    file,
    write,
    dbal,
    copy: (from, to, ...more) => dbal('copy', '--schema', 'schema.json', '--from', from, '--to', to, ...more),
    sql: (name, ...texts) => open(name, (db) => texts.forEach((text) => void db.exec(text))),
    query: (name, sql) => open(name, (db) => db.prepare(sql).all().map(Object.values)),
  }
}

/** Opens an engine over a file, as an app does. */
export async function openApp(path: string, options: Partial<EngineOptions> = {}) {
  const driver = openNodeSqlite(path)
  try {
    return await openTestEngine({ schema: kinds, driver, sandbox: 'disabled', ...options })
  } catch (error) {
    await driver.close()
    throw error
  }
}

/** Rows of every kind and of every shape of reference, written by an app: each with its entry in the audit log. */
export async function fillKinds(path: string): Promise<void> {
  const { engine, as } = await openApp(path)
  const god = as('supergod')
  const create = (entity: string, data: object) =>
    god.call('create', entity, data) as Promise<{ readonly id: string }>
  for (const data of kindRows) await create('Kind', data)
  const boss = await create('Person', { name: "Ann O'Neil; DROP TABLE Person --" })
  const other = await create('Person', { name: 'Łukasz 🐘', bossId: boss.id })
  const team = await create('Team', { leadId: boss.id })
  await god.call('update', 'Person', boss.id, { bossId: boss.id, teamId: team.id })
  await god.call('update', 'Person', other.id, { teamId: team.id })
  for (const street of ['a', 'A', 'ß', 'z', ''])
    for (const number of [-1, 0, 7, 2 ** 40]) await create('Place', { street, number, order: `${number}` })
  await engine.close()
}

export const kindRows: readonly object[] = [
  {},
  {
    string: '',
    text: 'Grüße\n日本語 \ufffd \u{1f418} \u{feff}mark',
    email: 'a@example.com',
    enum: 'ü',
    integer: Number.MAX_SAFE_INTEGER,
    bigint: 9_223_372_036_854_775_807n,
    number: 5e-324,
    boolean: true,
    datetime: '2026-01-15T10:30:00.001Z',
    json: { b: [1, null, 'ü', { ' ': 1e-7 }], a: -0.5, '\u{1f418}': [] },
    bytes: Uint8Array.of(0, 255, 128, 0),
  },
  {
    string: 'null',
    text: "'; --\\ \u0001",
    integer: Number.MIN_SAFE_INTEGER,
    bigint: -9_223_372_036_854_775_808n,
    number: -0,
    boolean: false,
    datetime: '0001-01-01T00:00:00.000Z',
    json: [],
    bytes: new Uint8Array(0),
  },
  { bigint: 9_007_199_254_740_993n, number: 1.7976931348623157e308, json: 'text', integer: -0 },
  { number: 0.1 + 0.2, json: 0, bigint: 0n, integer: 0, text: '', bytes: new Uint8Array(70_000).fill(7) },
  { text: 'x'.repeat(200_000), json: { deep: [[[[[[[[[[1]]]]]]]]]] } },
]
