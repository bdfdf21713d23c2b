/** The component tree as the editor works with it: where a node stands, and what a move would mean. No React, no database. */

export interface ComponentTree {
  readonly id: string
  readonly parentId: string | null
  readonly type: string
  readonly order: number
  readonly props: unknown
  readonly children: readonly ComponentTree[]
}

/** A node with its place among the rows that are visible. */
export interface TreeRow {
  readonly node: ComponentTree
  readonly depth: number
  /** Place among its siblings, and how many they are. */
  readonly index: number
  readonly siblings: readonly ComponentTree[]
  readonly parent: ComponentTree | null
}

export function visibleRows(
  roots: readonly ComponentTree[],
  collapsed: ReadonlySet<string>,
  depth = 0,
  parent: ComponentTree | null = null,
): TreeRow[] {
  return roots.flatMap((node, index) => [
    { node, depth, index, siblings: roots, parent },
    ...(collapsed.has(node.id) ? [] : visibleRows(node.children, collapsed, depth + 1, node)),
  ])
}

export function countNodes(roots: readonly ComponentTree[]): number {
  return roots.reduce((sum, node) => sum + 1 + countNodes(node.children), 0)
}

export function findNode(roots: readonly ComponentTree[], id: string | undefined): ComponentTree | undefined {
  for (const node of roots) {
    const found = node.id === id ? node : findNode(node.children, id)
    if (found) return found
  }
  return undefined
}

export const contains = (node: ComponentTree, id: string): boolean => findNode([node], id) !== undefined

/** Where a node goes: under which parent, and at which place among the children that are there without it. */
export interface Destination {
  readonly parentId: string | null
  readonly order: number
}

export type Edge = 'before' | 'inside' | 'after'

/** Dropping a node at the edge of a row, or into it; undefined where it cannot go or would not move. */
export function destinationOf(moved: TreeRow, target: TreeRow, edge: Edge): Destination | undefined {
  if (contains(moved.node, target.node.id)) return undefined
  if (edge === 'inside') {
    const rest = target.node.children.filter((child) => child.id !== moved.node.id)
    return changed(moved, { parentId: target.node.id, order: rest.length })
  }
  const rest = target.siblings.filter((sibling) => sibling.id !== moved.node.id)
  const at = rest.findIndex((sibling) => sibling.id === target.node.id)
  return changed(moved, { parentId: target.parent?.id ?? null, order: edge === 'before' ? at : at + 1 })
}

export type Step = 'up' | 'down' | 'in' | 'out'

/** One step by keyboard: among the siblings, into the one before, or out beside the parent. */
export function stepOf(row: TreeRow, step: Step, rows: readonly TreeRow[]): Destination | undefined {
  const parentId = row.parent?.id ?? null
  switch (step) {
    case 'up':
      return row.index > 0 ? { parentId, order: row.index - 1 } : undefined
    case 'down':
      return row.index < row.siblings.length - 1 ? { parentId, order: row.index + 1 } : undefined
    case 'in': {
      const before = row.siblings[row.index - 1]
      return before && { parentId: before.id, order: before.children.length }
    }
    case 'out': {
      const parent = rows.find((candidate) => candidate.node.id === row.parent?.id)
      return parent && { parentId: parent.parent?.id ?? null, order: parent.index + 1 }
    }
    default:
      return step satisfies never
  }
}

function changed(moved: TreeRow, destination: Destination): Destination | undefined {
  const stays = destination.parentId === (moved.parent?.id ?? null) && destination.order === moved.index
  return stays ? undefined : destination
}
