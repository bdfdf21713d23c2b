/**
 * A database into which another one is being copied carries a mark from before its first row until everything in it was
 * compared with its source. While it does, nobody opens it.
 */

import type { Statement } from '../../drivers/driver.ts'
import { ask, type Work } from '../work.ts'
import { putMeta } from './engine-tables.ts'
import { migrationConflict } from './migration.ts'

const key = 'copy'

export interface CopyMark {
  /** When the copy was begun; ISO 8601 UTC with milliseconds. */
  readonly since: string
  /** The tables that it fills, all of which were empty then. */
  readonly tables: readonly string[]
}

/** @throws DBALError CONFLICT for a database that carries the mark */
export function refuseHalfCopy(meta: ReadonlyMap<string, string>): void {
  if (!meta.has(key)) return
  throw migrationConflict(
    'The database is half a copy of another one; run "dbal copy" again, which begins anew, before it is opened',
  )
}

const readMark: Statement = {
  sql: 'SELECT "value" FROM main."_dbal_meta" WHERE "key" = ?',
  columns: ['text'],
  once: true,
}
const removeMark: Statement = {
  sql: 'DELETE FROM main."_dbal_meta" WHERE "key" = ?',
  columns: [],
  once: true,
}

/** Asks the engine's own table, which must be there. */
export function* copyMark(): Work<CopyMark | null> {
  const [value] = (yield* ask(readMark, [key])).values
  return typeof value === 'string' ? (JSON.parse(value) as CopyMark) : null
}

export function* markCopy(mark: CopyMark): Work<void> {
  yield* ask(putMeta, [key, JSON.stringify(mark)])
}

export function* unmarkCopy(): Work<void> {
  yield* ask(removeMark, [key])
}
