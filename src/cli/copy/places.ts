/** What a copy must know of a kind of database beyond what the engine's dialects say. */

import type { Driver, SqlValue, Statement } from '../../drivers/driver.ts'
import { definition, quoteName } from '../../engine/migrate/ddl.ts'
import { ask, type Work } from '../../engine/work.ts'
import type { Tables } from '../../schema/migration.ts'
import { UsageError } from '../command.ts'
import { mysqlPlaces } from './mysql-place.ts'
import { postgres } from './postgres-place.ts'
import { type Rows, rowTitle } from './rows.ts'
import type { Side } from './side.ts'

export interface Place {
  /** Begin the transaction in which the source is read: what others write meanwhile is not seen. */
  readonly snapshot: readonly Statement[]
  /** Keeps every other process out of the target until the connection ends. @throws UsageError when one is in it */
  hold(): Work<void>
  /** Takes away what is left of an earlier copy. @param tables of entities and of the engine */
  clear(tables: readonly string[]): Work<void>
  /** Rows may come before those that they refer to. */
  suspendReferences(tables: Tables): Work<readonly Suspended[]>
  /** From here on references are kept again. @returns what does not hold, a few of them at most */
  resumeReferences(tables: Tables, suspended: readonly Suspended[]): Work<readonly string[]>
  /**
   * Where a driver may read text that is not what is stored.
   * @throws UsageError naming the row
   */
  refuseInexact?(side: Side, rows: Rows, page: readonly unknown[]): Promise<void>
  /** Bytes that a statement and its parameters may have together; without it there is no such bound. */
  largestStatement?(): Work<number>
}

/** A reference that is not kept for now, and the text by which it is kept again. */
export interface Suspended {
  readonly table: string
  readonly to: string
  readonly again: string
}

const orphanOf = (table: string, to: string) => `a row of ${table} refers to a row of ${to} that is not there`

const statement = (sql: string, columns: Statement['columns'] = []): Statement => ({
  sql,
  columns,
  once: true,
})

const sqlite: Place = {
  snapshot: [statement('begin')],
  *hold() {
    yield* ask(statement('PRAGMA locking_mode = EXCLUSIVE', ['text']), [])
    // The lock is taken by the first write, and kept from then on.
    yield* ask(statement('begin exclusive'), [])
    yield* ask(statement('commit'), [])
  },
  *clear(tables) {
    yield* ask(statement('PRAGMA foreign_keys = OFF'), [])
    for (const name of tables) yield* ask(definition(`DROP TABLE IF EXISTS ${quoteName(name)}`), [])
    yield* ask(statement('PRAGMA foreign_keys = ON'), [])
  },
  *suspendReferences() {
    yield* ask(statement('PRAGMA foreign_keys = OFF'), [])
    return []
  },
  *resumeReferences() {
    yield* ask(statement('PRAGMA foreign_keys = ON'), [])
    const { values } = yield* ask(
      statement('SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 5', ['text', 'text']),
      [],
    )
    const problems: string[] = []
    for (let at = 0; at < values.length; at += 2)
      problems.push(orphanOf(String(values[at]), String(values[at + 1])))
    return problems
  },
  /** What is no UTF-8 is read with U+FFFD in its place. */
  async refuseInexact(side, rows, page) {
    const width = rows.columns.length
    for (const [at, value] of page.entries()) {
      if (typeof value !== 'string' || !value.includes('\ufffd')) continue
      const row = page.slice(at - (at % width), at - (at % width) + width)
      const column = rows.columns[at % width] as string
      const [stored] = await side.run(storedBytes(rows, column, row))
      if (stored === Buffer.from(value).toString('hex')) continue
      throw new UsageError(`${side.address.shown}: ${rowTitle(rows, row)} is damaged: ${column} is no UTF-8`)
    }
  },
}

function* storedBytes(
  { table, columns, key }: Rows,
  column: string,
  row: readonly unknown[],
): Work<readonly unknown[]> {
  const where = key.map((at) => `${quoteName(columns[at] as string)} = ?`).join(' and ')
  const sql = `select lower(hex(${quoteName(column)})) from main.${quoteName(table)} where ${where}`
  // What stands in a key is a value as it is.
  return (yield* ask(
    statement(sql, ['text']),
    key.map((at) => row[at] as SqlValue),
  )).values
}

const places = { sqlite, postgres }

export const placeOf = ({ dialect, server }: Pick<Driver, 'dialect' | 'server'>): Place =>
  dialect === 'mysql' ? mysqlPlaces[server ?? 'mariadb'] : places[dialect]
