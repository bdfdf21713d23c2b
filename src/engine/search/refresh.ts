/** Brings a word index up to date with the rows: what the triggers have written down is worked off. */

import type { Statement } from '../../drivers/driver.ts'
import { quoteName } from '../migrate/ddl.ts'
import type { EntityModel } from '../model.ts'
import { ask, type Work } from '../work.ts'
import { keyColumn, namesOf, textColumn } from './definition.ts'

/** Keys in one go: bounds what one statement takes, so that a deadline is noticed between them. */
const most = 10_000

/** Whether so much is waiting that the next search would be slow, so that it is better done while the database opens. */
export function* hasBacklog(entity: string): Work<boolean> {
  const sql = `SELECT EXISTS (SELECT 1 FROM main.${quoteName(namesOf(entity).queue)} LIMIT 1 OFFSET ${most})`
  return (yield* ask({ sql, columns: ['integer'], once: true }, [])).values[0] === 1
}

/** Of one entity; its statements are made once. Must run inside of a transaction. */
export class Refresh {
  /** Finds the last key of the next portion; no row when nothing waits. */
  readonly #next: Statement
  readonly #last: Statement
  readonly #steps: readonly Statement[]

  constructor({ name, data, primaryKey }: Pick<EntityModel, 'name' | 'data' | 'primaryKey'>) {
    const names = namesOf(name)
    const [text, docs, queue, table] = [names.text, names.docs, names.queue, name].map(
      (each) => `main.${quoteName(each)}`,
    ) as [string, string, string, string]
    const keys = primaryKey.map((_, at) => quoteName(keyColumn(at)))
    const of = (alias: string) => keys.map((key) => `${alias}.${key}`)
    const all = keys.join(', ')
    const portion = (alias: string) =>
      `(${of(alias).join(', ')}) <= (${keys.map((_, at) => `?${at + 1}`).join(', ')})`
    // Both ways round: the first finds the row by its index, in the key's own collation; the second wants the same bytes.
    const sameRow = primaryKey
      .map(({ name: field }, at) => {
        const [column, key] = [`t.${quoteName(field)}`, `q.${keys[at]}`]
        return `${column} = ${key} AND ${key} = ${column}`
      })
      .join(' AND ')
    const sameDoc = keys.map((key) => `d.${key} = q.${key}`).join(' AND ')
    // CROSS JOIN has SQLite go from the few keys that wait to their rows: by itself it may read a whole table for them.
    const columns = data.search.map((_, at) => quoteName(textColumn(at))).join(', ')
    const columnTypes = keys.map(() => 'any' as const)
    const write = (sql: string): Statement => ({ sql, columns: [] })
    this.#next = {
      sql: `SELECT ${all} FROM ${queue} ORDER BY ${all} LIMIT 1 OFFSET ${most - 1}`,
      columns: columnTypes,
    }
    this.#last = {
      sql: `SELECT ${all} FROM ${queue} ORDER BY ${keys.map((key) => `${key} DESC`).join(', ')} LIMIT 1`,
      columns: columnTypes,
    }
    this.#steps = [
      write(
        `DELETE FROM ${text} WHERE rowid IN (SELECT d."doc" FROM ${queue} AS q CROSS JOIN ${docs} AS d ON ${sameDoc} WHERE ${portion('q')})`,
      ),
      write(
        `DELETE FROM ${docs} WHERE "doc" IN (SELECT d."doc" FROM ${queue} AS q CROSS JOIN ${docs} AS d ON ${sameDoc} WHERE ${portion('q')} AND NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE ${sameRow}))`,
      ),
      write(
        `INSERT INTO ${docs} (${all}) SELECT ${of('q').join(', ')} FROM ${queue} AS q CROSS JOIN ${table} AS t ON ${sameRow} WHERE ${portion('q')} ON CONFLICT DO NOTHING`,
      ),
      write(
        `INSERT INTO ${text} (rowid, ${columns}) SELECT d."doc", ${data.search.map((field) => `t.${quoteName(field)}`).join(', ')} FROM ${queue} AS q CROSS JOIN ${table} AS t ON ${sameRow} CROSS JOIN ${docs} AS d ON ${sameDoc} WHERE ${portion('q')}`,
      ),
      write(`DELETE FROM ${queue} AS q WHERE ${portion('q')}`),
    ]
  }

  /** All of it. */
  *all(): Work<void> {
    while (!(yield* this.some())) {
      // The next portion.
    }
  }

  /** One portion. @returns whether nothing waits any more */
  *some(): Work<boolean> {
    const { values: last } = yield* ask(this.#last, [])
    if (last.length === 0) return true
    const { values: bound } = yield* ask(this.#next, [])
    const isLast = bound.length === 0
    for (const step of this.#steps) yield* ask(step, (isLast ? last : bound) as never)
    return isLast
  }
}
