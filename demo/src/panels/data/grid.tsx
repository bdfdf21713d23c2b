// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot be placed one by one, which a virtual grid needs

import type { EntityData } from '@metabuilder/dbal'
import { useTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { SearchX, Table2 } from 'lucide-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Failed } from '../../ui/states.tsx'
import { columnsOf, features, type PlacedRow } from './columns.ts'
import { GridFoot } from './grid-foot.tsx'
import { GridHead } from './grid-head.tsx'
import { GridRow } from './grid-row.tsx'
import { plainView, type TableView } from './table-view.ts'
import { useCellCursor } from './use-cell-cursor.ts'
import { useCellEdit } from './use-cell-edit.ts'
import { useLabels } from './use-labels.ts'
import { useRowWindow } from './use-row-window.ts'

export const rowHeight = 34
export const handleWidth = 44

/** Every row of an entity, of which only those in sight are read and drawn. */
export function Grid({
  name,
  entity,
  view,
  onChange,
}: {
  name: string
  entity: EntityData
  view: TableView
  onChange: (next: Partial<TableView>) => void
}) {
  const { role } = useStudio()
  const scroller = useRef<HTMLDivElement>(null)
  const [sight, setSight] = useState({ first: 0, last: 40 })
  const rows = useRowWindow(name, entity, view, sight.first, sight.last)
  const total = rows.total ?? 0

  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    // The head takes one row's height of what is in sight.
    scrollPaddingEnd: rowHeight,
  })
  const range = virtualizer.range
  useEffect(() => {
    if (range && (range.startIndex !== sight.first || range.endIndex !== sight.last)) {
      setSight({ first: range.startIndex, last: range.endIndex })
    }
  }, [range, sight])
  const items = virtualizer.getVirtualItems()
  const data: PlacedRow[] = items.flatMap(({ index }) => {
    const row = rows.rowAt(index)
    return row ? [{ index, row }] : []
  })
  const columns = useMemo(() => columnsOf(entity, role), [entity, role])
  const table = useTable({
    features,
    columns,
    data,
    getRowId: ({ index }) => String(index),
    columnResizeMode: 'onChange',
  })
  const labels = useLabels(
    entity,
    data.map(({ row }) => row),
  )
  const fields = table.getVisibleLeafColumns().map((column) => ({ name: column.id, width: column.getSize() }))

  const openRow = (row: string) => onChange({ row })
  const { cursor, moveTo, walk } = useCellCursor({
    grid: scroller,
    rowCount: total,
    columnCount: fields.length + 1,
    pageRows: Math.max(1, sight.last - sight.first - 1),
    scrollTo: (row) => virtualizer.scrollToIndex(row),
  })
  const edit = useCellEdit(name, entity, moveTo, openRow)

  if (rows.error) {
    return (
      <Failed
        error={rows.error}
        action={<Button onClick={() => onChange({ ...plainView })}>Clear filter and order</Button>}
      />
    )
  }
  const width = handleWidth + table.getTotalSize()
  const isFiltered = view.conditions.length > 0 || view.search !== ''
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div ref={scroller} className="scroll min-h-0 flex-1">
        <div
          role="grid"
          aria-label={name}
          aria-rowcount={total + 1}
          aria-colcount={fields.length + 1}
          aria-busy={rows.total === undefined}
          onKeyDown={(event) => {
            if (!edit.place && (event.target as HTMLElement).dataset['cell'] && walk(event))
              event.preventDefault()
          }}
          style={{ width, minWidth: '100%' }}
        >
          <GridHead table={table} entity={entity} view={view} onSort={(sort) => onChange({ sort })} />
          <div role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
            {items.map(({ index, start }) => (
              <GridRow
                key={index}
                {...{ index, start, entity, fields, labels, cursor, edit, moveTo }}
                row={rows.rowAt(index)}
                onOpen={openRow}
              />
            ))}
          </div>
        </div>
        {rows.total === 0 &&
          (isFiltered ? (
            <Empty
              icon={SearchX}
              title="No row matches"
              action={
                <Button onClick={() => onChange({ conditions: [], search: '' })}>Clear the filter</Button>
              }
            >
              Loosen a condition, or clear them all.
            </Empty>
          ) : (
            <Empty icon={Table2} title={`No ${name} yet`}>
              There is none that {role} may see. Make one with New row, or switch the role.
            </Empty>
          ))}
      </div>
      <GridFoot
        first={sight.first}
        last={Math.max(sight.first, sight.last - 1)}
        total={rows.total}
        durationMs={rows.durationMs}
        table={table}
        onGo={(row) => virtualizer.scrollToIndex(row, { align: 'start' })}
      />
    </div>
  )
}
