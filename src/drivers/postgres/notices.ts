/** Words between processes by NOTIFY: told at the commit, in the order of commits, to all who listen. */

import type { Statement } from '../driver.ts'

/** Tables of another schema are another database; a name of a channel has at most 63 bytes. */
const name = `'_dbal_' || pg_catalog.md5(pg_catalog.current_schema())`

export const channel = `select ${name} as channel`

export const say: Statement = {
  sql: `select 1 from pg_catalog.pg_notify(${name}, ?)`,
  columns: ['integer'],
}

/** PostgreSQL takes fewer than 8,000. */
export const mostBytes = 7_900
