/** One INSERT for the rows of several. */

import type { SqlValue, Statement } from '../drivers/driver.ts'
import type { Ask } from './work.ts'

/** Of one row, each of whose values is a parameter, and no other parameter behind it. */
const oneRow = /^(insert into [^?'()]+ \([^?'()]+\) values )(\(\?(?:, \?)*\))([^?]*)$/i

/** Rows in one statement: few texts are kept prepared, and few statements are needed for any number of rows. */
const sizes = [64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2]
/** Parameters in one statement. */
const mostParameters = 2_048

const forms = new WeakMap<Statement, Map<number, Statement>>()

/** @param mayJoin whether its rows may be written by one statement with those of the same statement beside it */
export function joinRows(asks: readonly Ask[], mayJoin: (ask: Ask) => boolean): Ask[] {
  const joined: Ask[] = []
  for (let at = 0; at < asks.length; ) {
    const first = asks[at] as Ask
    let end = at + 1
    if (mayJoin(first)) while (asks[end]?.statement === first.statement && mayJoin(asks[end] as Ask)) end++
    while (at < end) {
      const rows = rowsAtOnce(first, end - at)
      const parameters = asks.slice(at, at + rows).flatMap((ask): readonly SqlValue[] => ask.parameters)
      joined.push({ ...first, statement: formOf(first.statement, rows), parameters })
      at += rows
    }
  }
  return joined
}

function rowsAtOnce({ statement, parameters }: Ask, wanted: number): number {
  if (statement.once || statement.columns.length > 0 || !oneRow.test(statement.sql)) return 1
  const most = Math.min(wanted, mostParameters / parameters.length)
  return sizes.find((size) => size <= most) ?? 1
}

function formOf(statement: Statement, rows: number): Statement {
  if (rows === 1) return statement
  let known = forms.get(statement)
  if (!known) {
    known = new Map()
    forms.set(statement, known)
  }
  let form = known.get(rows)
  if (!form) {
    const sql = statement.sql.replace(
      oneRow,
      (_, head: string, row: string, rest: string) => head + Array(rows).fill(row).join(', ') + rest,
    )
    form = { sql, columns: [] }
    known.set(rows, form)
  }
  return form
}
