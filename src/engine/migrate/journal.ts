/**
 * Where a definition ends the transaction that it stands in (MariaDB, MySQL), a migration that is interrupted leaves what
 * its steps have done. Which step is under way is therefore written down before it begins. The next opening goes on at that
 * step where doing it twice does no harm, and refuses where nobody but a person can tell how far it came.
 */

import type { Statement } from '../../drivers/driver.ts'
import type { Migration, Step } from '../../schema/migration.ts'
import { ask, type Work } from '../work.ts'
import { putMeta } from './engine-tables.ts'
import { checksumOf, isSql, migrationConflict, titleOf } from './migration.ts'

export type Direction = 'up' | 'down'

export interface Journal {
  readonly version: number
  readonly checksum: string
  readonly direction: Direction
  /** The step that is under way, from 0; that behind the last one makes the foreign keys. */
  readonly step: number
}

/** How far a migration is. */
export interface Progress {
  /** The first step that is to be done. */
  readonly from: number
  begin(step: number): Work<void>
}

const key = 'migrating'
const look: Statement = {
  sql: 'SELECT "value" FROM main."_dbal_meta" WHERE "key" = ?',
  columns: ['text'],
  once: true,
}
const remove: Statement = { sql: 'DELETE FROM main."_dbal_meta" WHERE "key" = ?', columns: [], once: true }

export function* readJournal(): Work<Journal | null> {
  const [text] = (yield* ask(look, [key])).values
  return typeof text === 'string' ? (JSON.parse(text) as Journal) : null
}

export function* clearJournal(): Work<void> {
  yield* ask(remove, [key])
}

/** @throws DBALError CONFLICT for what was interrupted and cannot go on */
export function* progressOf(migration: Migration, direction: Direction): Work<Progress> {
  const checksum = checksumOf(migration)
  const journal = yield* readJournal()
  const from = journal ? resumed(journal, migration, direction, checksum) : 0
  return {
    from,
    *begin(step) {
      const entry: Journal = { version: migration.version, checksum, direction, step }
      yield* ask(putMeta, [key, JSON.stringify(entry)])
    },
  }
}

function resumed(journal: Journal, migration: Migration, direction: Direction, checksum: string): number {
  const isSame =
    journal.version === migration.version && journal.direction === direction && journal.checksum === checksum
  const step = isSame ? migration[direction][journal.step] : undefined
  if (isSame && (step === undefined || isRepeatable(step))) return journal.step
  const what = journal.direction === 'up' ? 'was' : 'was being rolled back and was'
  throw migrationConflict(
    `${isSame ? titleOf(migration) : `Migration ${journal.version}`} ${what} interrupted in step ${journal.step + 1}, and this database cannot take back half a step. ` +
      'Bring its tables to where they were before that step, then open it again with the same migrations after ' +
      `setting the row "${key}" of _dbal_meta to the step to go on with, or deleting that row to begin anew`,
    { version: journal.version },
  )
}

/** Done a second time, or after half of them was done, they leave what they leave when they are done once. */
const repeatable = ['createEntity', 'dropEntity', 'addField', 'dropField', 'addIndex']

const isRepeatable = (step: Step): boolean => !isSql(step) && repeatable.some((kind) => kind in step)
