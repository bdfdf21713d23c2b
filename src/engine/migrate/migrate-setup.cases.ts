/** Databases and small schemas for the tests of this room. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ColumnType, Connection, SqlValue } from '../../drivers/driver.ts'
import { openNodeSqlite } from '../../drivers/node-sqlite.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import type { Migration } from '../../schema/migration.ts'
import type { SchemaData } from '../../schema/schema.ts'
import { sqliteDialect } from '../dialect.ts'
import { runSync, type Work } from '../work.ts'
import type { MigrationEvent } from './apply.ts'
import type { PrepareOptions } from './prepare.ts'

export const now = '2026-01-15T10:30:00.000Z'

export const author = {
  fields: { id: f.id(), name: f.string({ required: true, max: 50 }), createdAt: f.createdAt() },
} as const
export const post = {
  fields: {
    id: f.id(),
    title: f.string({ required: true }),
    authorId: f.uuid({ references: 'Author.id', onDelete: 'cascade' }),
  },
} as const

export const blog = defineSchema({ Author: author, Post: post })

export const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(36)) as [string, string, string]

export interface MigrateSetup {
  readonly connection: Connection
  readonly run: <T>(work: Work<T>) => T
  readonly query: (
    sql: string,
    columns?: readonly ColumnType[],
    parameters?: readonly SqlValue[],
  ) => readonly unknown[]
  readonly events: MigrationEvent[]
  readonly options: (schema: SchemaData, migrations?: readonly Migration[]) => PrepareOptions
  /** What of the user's stands in the database. */
  readonly definitions: () => readonly unknown[]
  readonly bytes: () => Uint8Array
}

/** @param path of a file that is kept; else the database is in memory */
export function setupMigrate(path = ':memory:', file?: Uint8Array): MigrateSetup {
  const driver = openNodeSqlite(path, file && { importFile: file })
  onTestFinished(() => void driver.close())
  const connection = driver.acquire() as Connection
  const query: MigrateSetup['query'] = (sql, columns = [], parameters = []) =>
    (connection.execute({ sql, columns, once: true }, parameters, 0) as { values: readonly unknown[] }).values
  const events: MigrationEvent[] = []
  return {
    connection,
    run: (work) => runSync(work, connection, { at: 0 }),
    query,
    events,
    options: (schema, migrations = []) => ({
      schema,
      migrations,
      dialect: sqliteDialect,
      now,
      onProgress: (event) => events.push(event),
    }),
    definitions: () =>
      query(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '\\_dbal\\_%' ESCAPE '\\' ORDER BY 1",
        ['text'],
      ),
    bytes: () => driver.exportFile?.() as Uint8Array,
  }
}

export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dbal-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'app.sqlite')
}

/** The process ends before statement `count + 1`: nothing that comes later reaches the database. */
export class Killed extends Error {}

export function killAfter(connection: Connection, count: number): Connection {
  let left = count
  return {
    execute(statement, parameters, deadline) {
      if (left-- <= 0) throw new Killed()
      return connection.execute(statement, parameters, deadline)
    },
    release: () => connection.release(),
  }
}
