/** A small database with an audit log, for the tests of this room. */

import { onTestFinished } from 'vitest'
import type { ColumnType, Connection, SqlValue } from '../../drivers/driver.ts'
import { openNodeSqlite } from '../../drivers/node-sqlite.ts'
import type { Principal, Role } from '../../protocol/principal.ts'
import type { Row } from '../../protocol/rows.ts'
import { defineSchema } from '../../schema/define.ts'
import { f } from '../../schema/fields.ts'
import { Policies } from '../access/policy.ts'
import type { RowChange } from '../call.ts'
import { sqliteDialect } from '../dialect.ts'
import { prepareDatabase } from '../migrate/prepare.ts'
import { Model } from '../model.ts'
import { runSync, type Work } from '../work.ts'
import { type AuditDraft, AuditLog } from './audit-log.ts'
import type { ReaderAccess } from './list.ts'

export const schema = defineSchema({
  Note: {
    fields: {
      id: f.id(),
      title: f.string({ required: true }),
      secret: f.string({ hidden: true }),
      salary: f.number(),
      big: f.bigint(),
      blob: f.bytes(),
      tags: f.json({ default: [] }),
      done: f.boolean({ default: false }),
    },
    rules: [
      { roles: ['god', 'supergod'], operations: ['read'] },
      { roles: ['admin'], operations: ['read'], fields: { read: ['id', 'title'] } },
      { roles: ['user'], operations: ['read'], rowFilter: 'done = true' },
    ],
  },
})

export const model = new Model(schema)
export const note = model.entity('Note')
export const at = '2026-01-15T10:30:00.000Z'

export const alice: Principal = {
  role: 'admin',
  userId: '01890000-0000-7000-8000-000000000001',
  username: 'alice',
  email: null,
  sessionId: 'session-1',
}

/** What the role may do with an entity, as the engine hands it to the log. */
export function readerAccess(role: Role): ReaderAccess {
  const policy = new Policies(model, sqliteDialect, 'strict').for(role)
  const entities = new Map([['Note', note]])
  return (name) => {
    if (name === null) return role === 'supergod' ? 'whole' : undefined
    const entity = entities.get(name)
    return entity && policy.entity(entity)
  }
}

export const rowOf = (values: Row = {}): Row => ({
  id: '01890000-0000-7000-8000-0000000000aa',
  title: 'First',
  secret: null,
  salary: null,
  big: null,
  blob: null,
  tags: [],
  done: false,
  ...values,
})

export function change(before: Row | null, after: Row | null): RowChange {
  const id = { ...before, ...after }.id
  return { entity: note, kind: 'update', id, before, after }
}

export function draft(values: Partial<AuditDraft> = {}): AuditDraft {
  return {
    at,
    principal: alice,
    entity: 'Note',
    operation: 'create',
    rowIds: ['01890000-0000-7000-8000-0000000000aa'],
    success: true,
    code: null,
    durationMs: 1.5,
    changes: [change(null, rowOf())],
    requestId: 1,
    ...values,
  }
}

export interface AuditSetup {
  readonly log: AuditLog
  readonly run: <T>(work: Work<T>) => T
  readonly query: (
    sql: string,
    columns?: readonly ColumnType[],
    parameters?: readonly SqlValue[],
  ) => readonly unknown[]
  /** The database as a file. */
  readonly bytes: () => Uint8Array
}

/** @param file opened instead of a new database */
export function setupAudit(file?: Uint8Array): AuditSetup {
  const driver = openNodeSqlite(':memory:', file && { importFile: file })
  onTestFinished(() => void driver.close())
  const connection = driver.acquire() as Connection
  const run = <T>(work: Work<T>) => runSync(work, connection, { at: 0 })
  run(prepareDatabase({ schema, migrations: [], dialect: sqliteDialect, now: at, onProgress: () => {} }))
  let counter = 0
  const random = { bytes: (count: number) => Uint8Array.from({ length: count }, () => counter++ % 256) }
  return {
    log: new AuditLog(sqliteDialect, random),
    run,
    query: (sql, columns = [], parameters = []) => {
      const result = connection.execute({ sql, columns, once: true }, parameters, 0) as {
        values: readonly unknown[]
      }
      return result.values
    },
    bytes: () => driver.exportFile?.() as Uint8Array,
  }
}
