// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot be placed one by one, which a virtual grid needs
// biome-ignore-all lint/a11y/useFocusableInteractive: one cell at a time has the tab stop; rows and heads are reached through it

import type { EntityData } from '@metabuilder/dbal'
import type { ReactTable } from '@tanstack/react-table'
import { ArrowDown, ArrowUp, KeyRound } from 'lucide-react'
import { cx } from '../../ui/class-names.ts'
import type { Features, PlacedRow } from './columns.ts'
import { handleWidth, rowHeight } from './grid.tsx'
import type { TableView } from './table-view.ts'

type Sort = TableView['sort']

/** The names of the columns: a click orders by one, its edge changes the width. */
export function GridHead({
  table,
  entity,
  view,
  onSort,
}: {
  table: ReactTable<Features, PlacedRow>
  entity: EntityData
  view: TableView
  onSort: (sort: Sort) => void
}) {
  return (
    <div role="rowgroup" className="sticky top-0 z-10">
      {table.getHeaderGroups().map((group) => (
        <div
          key={group.id}
          role="row"
          aria-rowindex={1}
          className="flex border-b border-line-strong bg-sunken"
          style={{ height: rowHeight }}
        >
          <div
            role="columnheader"
            aria-colindex={1}
            className="shrink-0 border-r"
            style={{ width: handleWidth }}
          >
            <span className="sr-only">Open</span>
          </div>
          {group.headers.map((header, index) => {
            const name = header.column.id
            const field = entity.fields[name]
            const isSortable = field?.type !== 'json' && field?.type !== 'bytes'
            const direction = view.sort?.field === name ? view.sort.direction : undefined
            return (
              <div
                key={header.id}
                role="columnheader"
                aria-colindex={index + 2}
                aria-sort={direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : 'none'}
                className="relative flex shrink-0 border-r"
                style={{ width: header.getSize() }}
              >
                <button
                  type="button"
                  disabled={!isSortable}
                  title={isSortable ? `Order by ${name}` : `${field?.type} has no order`}
                  onClick={() => onSort(next(name, direction))}
                  className={cx(
                    'flex min-w-0 flex-1 items-center gap-1.5 px-2.5 text-left text-xs font-semibold',
                    isSortable && 'hover:bg-hover',
                    'focus-visible:outline-offset-[-2px]',
                  )}
                >
                  {entity.primaryKey.includes(name) && (
                    <KeyRound size={12} aria-label="Key" className="shrink-0 text-ink-3" />
                  )}
                  <span className="truncate">{name}</span>
                  {direction === 'asc' && <ArrowUp size={13} aria-hidden className="shrink-0 text-accent" />}
                  {direction === 'desc' && (
                    <ArrowDown size={13} aria-hidden className="shrink-0 text-accent" />
                  )}
                </button>
                <span
                  aria-hidden
                  onPointerDown={header.getResizeHandler()}
                  onTouchStart={header.getResizeHandler()}
                  onMouseDown={header.getResizeHandler()}
                  onDoubleClick={() => header.column.resetSize()}
                  className="absolute top-0 right-[-3px] z-10 h-full w-1.5 cursor-col-resize touch-none hover:bg-accent"
                />
              </div>
            )
          })}
        </div>
      ))}
    </div>
  )
}

/** A click goes from no order to up, to down, and back. */
function next(field: string, direction: 'asc' | 'desc' | undefined): Sort {
  if (direction === undefined) return { field, direction: 'asc' }
  return direction === 'asc' ? { field, direction: 'desc' } : undefined
}
