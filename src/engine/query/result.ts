/** From a driver's flat values to rows. */

import type { ResultSet } from '../../drivers/driver.ts'
import type { Row } from '../../protocol/rows.ts'

/** The row that begins at `from`; columns behind the fields are left out. */
export function rowAt(fields: readonly string[], values: readonly unknown[], from: number): Row {
  const row: Row = {}
  for (let column = 0; column < fields.length; column++) row[fields[column] as string] = values[from + column]
  return row
}

export function rowsOf(fields: readonly string[], { values, width }: ResultSet): Row[] {
  const rows: Row[] = []
  for (let at = 0; at < values.length; at += width) rows.push(rowAt(fields, values, at))
  return rows
}

/** At most so many rows, and of each the first `width` columns. */
export function cut(result: ResultSet, width: number, rows: number): readonly unknown[] {
  const { values } = result
  const wanted = Math.min(values.length, rows * result.width)
  if (width === result.width) return wanted === values.length ? values : values.slice(0, wanted)
  const kept: unknown[] = []
  for (let at = 0; at < wanted; at += result.width) {
    for (let column = 0; column < width; column++) kept.push(values[at + column])
  }
  return kept
}
