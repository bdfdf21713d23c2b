/**
 * Where a definition ends the transaction that it stands in (MariaDB), a migration that is interrupted leaves what its
 * steps have done. What a step is going to run, and how far it is, is therefore written down before it runs. The next
 * opening goes on there; only where a step is SQL can nobody but a person tell how far it came, and it is refused.
 */

import type { Statement } from '../../drivers/driver.ts'
import type { Migration } from '../../schema/migration.ts'
import { ask, type Work } from '../work.ts'
import { putMeta } from './engine-tables.ts'
import { checksumOf, isSql, migrationConflict, titleOf } from './migration.ts'
import type { Unit, Waiting } from './plan.ts'

export type Direction = 'up' | 'down'

export interface Journal extends Stage {
  readonly version: number
  readonly checksum: string
  readonly direction: Direction
}

/** Where a migration is. */
export interface Stage {
  /** The step that is under way, from 0; that behind the last one makes the foreign keys. */
  readonly step: number
  /** What it runs, and which of these is under way. A step of SQL has none. */
  readonly units?: readonly Unit[]
  readonly at?: number
  /** Foreign keys that wait for the last step; behind that of the step that is under way. */
  readonly waiting: readonly Waiting[]
}

export interface Progress {
  /** What was under way. */
  readonly from: Stage
  begin(stage: Stage): Work<void>
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
  const from = journal ? resumed(journal, migration, direction, checksum) : { step: 0, waiting: [] }
  return {
    from,
    *begin(stage) {
      const entry: Journal = { version: migration.version, checksum, direction, ...stage }
      yield* ask(putMeta, [key, JSON.stringify(entry)])
    },
  }
}

function resumed(journal: Journal, migration: Migration, direction: Direction, checksum: string): Stage {
  const isSame =
    journal.version === migration.version && journal.direction === direction && journal.checksum === checksum
  const step = isSame ? migration[direction][journal.step] : undefined
  if (isSame && (step === undefined || !isSql(step))) return journal
  const what = journal.direction === 'up' ? 'was' : 'was being rolled back and was'
  throw migrationConflict(
    `${isSame ? titleOf(migration) : `Migration ${journal.version}`} ${what} interrupted in step ${journal.step + 1}, and this database cannot take back half a step. ` +
      'Bring its tables to where they were before that step, then open it again with the same migrations after ' +
      `setting "step" in the row "${key}" of _dbal_meta to the step to go on with (they count from 0), or deleting that row to begin anew`,
    { version: journal.version },
  )
}
