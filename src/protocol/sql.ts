/** SQL text as it travels: `sql` with the text, its values in order, and `{ explain?: boolean }`. */

import type { PlanNode } from './explain.ts'
import type { PackedRows } from './rows.ts'

export interface SqlResult {
  /** Two columns of one name become `name` and `name:1`. */
  readonly rows: PackedRows
}

export interface SqlPlan {
  readonly plan: readonly PlanNode[]
}

/** Longest text, in UTF-16 units. */
export const maxSqlLength = 100_000
