import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'

export interface CellPlace {
  readonly row: number
  readonly column: number
}

/**
 * The one cell of a grid that has the tab stop. Arrows, Home, End, Page Up and Page Down move it; the grid scrolls so
 * that it is there, then it gets the focus.
 */
export function useCellCursor({
  grid,
  rowCount,
  columnCount,
  pageRows,
  scrollTo,
}: {
  grid: RefObject<HTMLElement | null>
  rowCount: number
  columnCount: number
  pageRows: number
  scrollTo: (row: number) => void
}) {
  const [place, setPlace] = useState<CellPlace>({ row: 0, column: 0 })
  /** The cell that shall get the focus as soon as it is there. */
  const wanted = useRef<CellPlace>(undefined)
  const cursor = {
    row: Math.min(place.row, Math.max(0, rowCount - 1)),
    column: Math.min(place.column, Math.max(0, columnCount - 1)),
  }

  useEffect(() => {
    if (!wanted.current) return
    const { row, column } = wanted.current
    const cell = grid.current?.querySelector<HTMLElement>(`[data-cell="${row}:${column}"]`)
    // A cell far away is there only after the grid has scrolled, which renders again.
    if (!cell) return
    wanted.current = undefined
    cell.focus({ preventScroll: true })
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  })

  const moveTo = (row: number, column: number) => {
    const next = { row: clamp(row, rowCount), column: clamp(column, columnCount) }
    wanted.current = next
    setPlace(next)
    scrollTo(next.row)
  }

  /** @returns whether the key was one that moves */
  const walk = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean => {
    const { row, column } = cursor
    const isFar = ctrlKey || metaKey
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [isFar ? 0 : row, 0],
      End: [isFar ? rowCount - 1 : row, columnCount - 1],
      PageUp: [row - pageRows, column],
      PageDown: [row + pageRows, column],
    }
    const to = moves[key]
    if (to) moveTo(...to)
    return to !== undefined
  }

  return { cursor, moveTo, walk }
}

const clamp = (value: number, count: number) => Math.min(Math.max(0, value), Math.max(0, count - 1))
