/** `query.explain()`: the plan of a select, as the rows of SQLite's EXPLAIN QUERY PLAN. */

import type { RootOperationNode } from 'kysely'
import type { Explained, PlanNode } from '../protocol/explain.ts'

export interface PlanRow {
  readonly id: number
  /** Of the step that it is part of; 0 for none. */
  readonly parent: number
  readonly detail: string
}

/** The query alone, where Kysely's plain `explain()` was called; null for any other. A format is for the engine to refuse. */
export function withoutExplain(query: RootOperationNode): RootOperationNode | null {
  if (!('explain' in query) || !query.explain) return null
  const { explain, ...plain } = query
  return explain.format === undefined && explain.options === undefined ? (plain as RootOperationNode) : null
}

export function planRows({ statements }: Explained): readonly PlanRow[] {
  const rows: PlanRow[] = []
  const add = (nodes: readonly PlanNode[], parent: number): void => {
    for (const { detail, children } of nodes) {
      const id = rows.length + 1
      rows.push({ id, parent, detail })
      add(children, id)
    }
  }
  for (const { plan } of statements) add(plan, 0)
  return rows
}
