import { type PointerEvent, useState } from 'react'
import { type Destination, destinationOf, type Edge, type TreeRow } from './tree-model.ts'

interface Target {
  readonly row: TreeRow
  readonly edge: Edge
  readonly to: Destination
}

/**
 * Dragging by pointer events, so that a finger and a mouse do the same. The upper and lower quarter of a row stand for
 * before and after it, its middle for inside.
 */
export function useTreeDrag(rows: readonly TreeRow[], onMove: (row: TreeRow, to: Destination) => void) {
  const [dragged, setDragged] = useState<TreeRow>()
  const [target, setTarget] = useState<Target>()

  const end = () => {
    setDragged(undefined)
    setTarget(undefined)
  }

  const gripProps = (row: TreeRow) => ({
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0) return
      event.preventDefault()
      event.currentTarget.setPointerCapture(event.pointerId)
      setDragged(row)
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (dragged) setTarget(targetAt(event.clientX, event.clientY, dragged, rows))
    },
    onPointerUp() {
      if (dragged && target) onMove(dragged, target.to)
      end()
    },
    onPointerCancel: end,
  })

  return { dragged, target, gripProps }
}

function targetAt(x: number, y: number, dragged: TreeRow, rows: readonly TreeRow[]): Target | undefined {
  const element = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-node]')
  const row = rows.find((candidate) => candidate.node.id === element?.dataset['node'])
  if (!element || !row) return undefined
  const box = element.getBoundingClientRect()
  const part = (y - box.top) / box.height
  const edge: Edge = part < 0.28 ? 'before' : part > 0.72 ? 'after' : 'inside'
  const to = destinationOf(dragged, row, edge)
  return to && { row, edge, to }
}
