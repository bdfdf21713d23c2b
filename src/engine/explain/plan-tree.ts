/** SQLite's plan of a statement, as a tree. */

import type { ResultSet } from '../../drivers/driver.ts'
import type { PlanNode } from '../../protocol/explain.ts'

/** `EXPLAIN QUERY PLAN` puts it before a statement; the rows are id, parent, a number without meaning, and the text. */
export const planPrefix = 'explain query plan '
export const planColumns = ['integer', 'integer', 'integer', 'text'] as const

/** @param rows parents before their children, as SQLite gives them */
export function planTree({ values }: Pick<ResultSet, 'values'>): readonly PlanNode[] {
  const roots: PlanNode[] = []
  const children = new Map<unknown, PlanNode[]>()
  for (let at = 0; at < values.length; at += planColumns.length) {
    const [id, parent, , detail] = values.slice(at, at + planColumns.length)
    const below: PlanNode[] = []
    children.set(id, below)
    const siblings = children.get(parent) ?? roots
    siblings.push({ detail: String(detail), children: below })
  }
  return roots
}
