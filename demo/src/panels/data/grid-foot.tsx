import type { ReactTable } from '@tanstack/react-table'
import { ChevronLeft, ChevronRight, ChevronsLeft, ChevronsRight, Columns3 } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { counted, milliseconds } from '../../ui/numbers.ts'
import { Popover } from '../../ui/popover.tsx'
import type { Features, PlacedRow } from './columns.ts'

/** Where one is in the result, the ways to other pages of it, and which columns are shown. */
export function GridFoot({
  first,
  last,
  total,
  durationMs,
  table,
  onGo,
}: {
  first: number
  last: number
  total: number | undefined
  durationMs: number
  table: ReactTable<Features, PlacedRow>
  onGo: (row: number) => void
}) {
  const page = Math.max(1, last - first)
  const isStart = first === 0
  const isEnd = total === undefined || last >= total - 1
  return (
    <footer className="flex h-11 shrink-0 items-center gap-1 border-t bg-sunken px-2">
      <Button
        look="quiet"
        icon={ChevronsLeft}
        iconOnly
        aria-label="First page"
        disabled={isStart}
        onClick={() => onGo(0)}
      />
      <Button
        look="quiet"
        icon={ChevronLeft}
        iconOnly
        aria-label="Page before"
        disabled={isStart}
        onClick={() => onGo(Math.max(0, first - page))}
      />
      <span role="status" className="px-1 text-xs text-ink-2 tabular-nums">
        {total === undefined
          ? 'Reading…'
          : total === 0
            ? 'No rows'
            : `${counted(first + 1)}–${counted(Math.min(total, last + 1))} of ${counted(total)}`}
      </span>
      <Button
        look="quiet"
        icon={ChevronRight}
        iconOnly
        aria-label="Next page"
        disabled={isEnd}
        onClick={() => onGo(Math.min((total ?? 1) - 1, last))}
      />
      <Button
        look="quiet"
        icon={ChevronsRight}
        iconOnly
        aria-label="Last page"
        disabled={isEnd}
        onClick={() => onGo((total ?? 1) - 1)}
      />
      <span
        className="ml-auto hidden text-xs text-ink-3 tabular-nums sm:inline"
        title="From the call to its answer, rules and count included"
      >
        {total !== undefined && `read in ${milliseconds(durationMs)}`}
      </span>
      <Popover
        label="Columns"
        align="end"
        className="w-56"
        trigger={
          <Button look="quiet" icon={Columns3} iconOnly aria-label="Columns" className="max-sm:ml-auto" />
        }
      >
        <p className="mb-1.5 font-medium">Columns</p>
        {table.getAllLeafColumns().map((column) => (
          <label key={column.id} className="flex h-7 items-center gap-2 rounded px-1.5 hover:bg-hover">
            <input
              type="checkbox"
              className="accent-[var(--accent)]"
              checked={column.getIsVisible()}
              onChange={(event) => column.toggleVisibility(event.target.checked)}
            />
            <span className="truncate">{column.id}</span>
          </label>
        ))}
      </Popover>
    </footer>
  )
}
