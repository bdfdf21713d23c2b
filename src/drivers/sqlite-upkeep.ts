/** What both SQLite drivers ask of their database in SQL. */

import type { ColumnType, Connection, ResultSet } from './driver.ts'
import { DriverError } from './driver.ts'

export function readPragma(connection: Connection, name: string): number {
  return query(connection, `PRAGMA ${name}`, ['integer'])[0] as number
}

/** Problems of the pages, and rows whose foreign key points nowhere; empty when sound. */
export function findProblems(connection: Connection): string[] {
  const problems = query(connection, 'PRAGMA integrity_check', ['text']) as string[]
  const found = problems.length === 1 && problems[0] === 'ok' ? [] : [...problems]
  const orphans = query(connection, 'SELECT "table", rowid, parent FROM pragma_foreign_key_check', [
    'text',
    'any',
    'text',
  ])
  for (let at = 0; at < orphans.length; at += 3) {
    found.push(
      `${orphans[at]}: row ${orphans[at + 1] ?? '?'} refers to a row that is not in ${orphans[at + 2]}`,
    )
  }
  return found
}

/** @throws DriverError `corrupt` */
export function refuseDamaged(connection: Connection): void {
  const problems = query(connection, 'PRAGMA quick_check(10)', ['text'])
  if (problems[0] !== 'ok') throw new DriverError('corrupt', 11, problems.join('; '))
}

function query(connection: Connection, sql: string, columns: readonly ColumnType[]): readonly unknown[] {
  return (connection.execute({ sql, columns, once: true }, [], 0) as ResultSet).values
}

/** Bytes of the write-ahead log that are not yet in the database's file. */
export function readWalBytes(connection: Connection, pageSize: number): number {
  const values = query(connection, 'PRAGMA wal_checkpoint(NOOP)', ['integer', 'integer', 'integer'])
  const waiting = (values[1] as number) - (values[2] as number)
  const frameHeaderBytes = 24
  return waiting > 0 ? waiting * (pageSize + frameHeaderBytes) : 0
}
