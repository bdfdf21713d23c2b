import { type KeyboardEvent, useRef, useState } from 'react'
import { cx } from '../../ui/class-names.ts'
import { Confirm, type Confirmation } from '../../ui/dialog.tsx'
import { plural } from '../../ui/numbers.ts'
import { TreeItem } from './tree-item.tsx'
import { type ComponentTree, countNodes, type Step, stepOf, type TreeRow, visibleRows } from './tree-model.ts'
import type { TreeActions } from './use-tree-actions.ts'
import { useTreeDrag } from './use-tree-drag.ts'

const steps: Readonly<Record<string, Step>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowRight: 'in',
  ArrowLeft: 'out',
}

/**
 * The tree: arrows walk and fold, Alt with an arrow moves the component, Delete deletes it; the grip drags it. The focus
 * stays with the component through a move.
 */
export function Tree({
  roots,
  selectedId,
  onSelect,
  actions,
}: {
  roots: readonly ComponentTree[]
  selectedId: string | undefined
  onSelect: (id: string | undefined) => void
  actions: TreeActions
}) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState<Confirmation | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const rows = visibleRows(roots, collapsed)
  const drag = useTreeDrag(rows, actions.move)
  const focusedId = rows.some((row) => row.node.id === selectedId) ? selectedId : rows[0]?.node.id

  const focus = (row: TreeRow | undefined) => {
    if (!row) return
    onSelect(row.node.id)
    list.current?.querySelector<HTMLElement>(`[data-node="${row.node.id}"]`)?.focus()
  }

  const fold = (id: string, isFolded: boolean) => {
    const next = new Set(collapsed)
    if (isFolded) next.add(id)
    else next.delete(id)
    setCollapsed(next)
  }

  const ask = (row: TreeRow) =>
    setAsked({
      title: `Delete this ${row.node.type}?`,
      text:
        row.node.children.length > 0
          ? `The ${plural(countNodes(row.node.children), 'component')} inside it are deleted with it.`
          : 'The audit log keeps what it was; there is no undo.',
      confirm: 'Delete component',
      run: () => actions.erase(row.node),
    })

  function walk(event: KeyboardEvent, row: TreeRow, at: number) {
    const { node } = row
    if (event.altKey) {
      const to = steps[event.key] && stepOf(row, steps[event.key] as Step, rows)
      if (to) {
        if (to.parentId) fold(to.parentId, false)
        actions.move(row, to)
      }
      return steps[event.key] !== undefined
    }
    switch (event.key) {
      case 'ArrowDown':
        focus(rows[at + 1])
        return true
      case 'ArrowUp':
        focus(rows[at - 1])
        return true
      case 'ArrowRight':
        if (collapsed.has(node.id)) fold(node.id, false)
        else if (node.children.length > 0) focus(rows[at + 1])
        return true
      case 'ArrowLeft':
        if (node.children.length > 0 && !collapsed.has(node.id)) fold(node.id, true)
        else focus(rows.find((candidate) => candidate.node.id === row.parent?.id))
        return true
      case 'Home':
        focus(rows[0])
        return true
      case 'End':
        focus(rows.at(-1))
        return true
      case 'Delete':
      case 'Backspace':
        ask(row)
        return true
      default:
        return false
    }
  }

  return (
    <>
      <p className="sr-only" role="status">
        {actions.said}
      </p>
      <div
        ref={list}
        role="tree"
        aria-label="Components"
        className={cx('py-1.5', drag.dragged && 'cursor-grabbing select-none')}
      >
        {rows.map((row, at) => (
          <TreeItem
            key={row.node.id}
            row={row}
            isSelected={row.node.id === selectedId}
            isTabStop={row.node.id === focusedId}
            isCollapsed={collapsed.has(row.node.id)}
            dropEdge={drag.target?.row.node.id === row.node.id ? drag.target.edge : undefined}
            isDragged={drag.dragged?.node.id === row.node.id}
            gripProps={drag.gripProps(row)}
            onSelect={() => onSelect(row.node.id)}
            onFold={() => fold(row.node.id, !collapsed.has(row.node.id))}
            onKeyDown={(event) => {
              if (event.target === event.currentTarget && walk(event, row, at)) event.preventDefault()
            }}
            onStep={(step) => {
              const to = stepOf(row, step, rows)
              if (to) actions.move(row, to)
            }}
            canStep={(step) => stepOf(row, step, rows) !== undefined}
            onAdd={(type) => {
              fold(row.node.id, false)
              actions.add(type, row.node.id, row.node.children.length)
            }}
            onDelete={() => ask(row)}
          />
        ))}
      </div>
      <Confirm asked={asked} onClose={() => setAsked(null)} />
    </>
  )
}
