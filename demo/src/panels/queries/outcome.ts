/** What a query gave, as rows for the grid. */

import { counted, plural } from '../../ui/numbers.ts'

export type ResultRow = Readonly<Record<string, unknown>>

export interface Outcome {
  readonly rows: readonly ResultRow[]
  readonly columns: readonly string[]
  /** `4 rows`, `4 of 11 rows`, `1 value` */
  readonly summary: string
}

export function outcomeOf(value: unknown): Outcome {
  if (isPage(value)) {
    const { data, total, hasMore } = value
    const of = total === undefined ? (hasMore ? ', and there are more' : '') : ` of ${counted(total)}`
    return table(data, `${plural(data.length, 'row')}${of}`)
  }
  if (Array.isArray(value)) {
    const rows = value.map((item: unknown) => (isRow(item) ? item : { value: item }))
    return table(rows, plural(rows.length, 'row'))
  }
  if (value === null || value === undefined) return { rows: [], columns: [], summary: 'Done: no row' }
  if (isRow(value)) return table([value], '1 row')
  return table([{ value }], '1 value')
}

/** Columns in the order in which they first appear. */
function table(rows: readonly ResultRow[], summary: string): Outcome {
  return { rows, columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], summary }
}

const isRow = (value: unknown): value is ResultRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

function isPage(
  value: unknown,
): value is { data: readonly ResultRow[]; hasMore: boolean; total?: number; limit: number } {
  return isRow(value) && Array.isArray(value['data']) && typeof value['hasMore'] === 'boolean'
}

/** A value as one line of text. */
export function cellText(value: unknown): string {
  if (value === undefined) return ''
  if (value instanceof Uint8Array) return `${counted(value.byteLength)} bytes`
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item))
  }
  return String(value)
}
