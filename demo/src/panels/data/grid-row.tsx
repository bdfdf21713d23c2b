// biome-ignore-all lint/a11y/useSemanticElements: a table's rows cannot be placed one by one, which a virtual grid needs
// biome-ignore-all lint/a11y/useFocusableInteractive: one cell at a time has the tab stop; rows and heads are reached through it

import type { EntityData } from '@metabuilder/dbal'
import { Maximize2 } from 'lucide-react'
import { idOf } from '../../record/labels.ts'
import type { Values } from '../../record/record-form.tsx'
import { cx } from '../../ui/class-names.ts'
import { Skeleton } from '../../ui/states.tsx'
import { CellEditor } from './cell-editor.tsx'
import { CellValue } from './cell-value.tsx'
import { handleWidth, rowHeight } from './grid.tsx'
import { writtenId } from './row-id.ts'
import type { CellPlace } from './use-cell-cursor.ts'
import type { CellEdit } from './use-cell-edit.ts'
import type { Labels } from './use-labels.ts'

interface GridRowProps {
  index: number
  /** Pixels from the top of the body. */
  start: number
  /** Undefined until it has been read. */
  row: Values | undefined
  entity: EntityData
  fields: readonly { name: string; width: number }[]
  labels: Labels
  cursor: CellPlace
  edit: CellEdit
  moveTo: (row: number, column: number) => void
  onOpen: (id: string) => void
}

export function GridRow({
  index,
  start,
  row,
  entity,
  fields,
  labels,
  cursor,
  edit,
  moveTo,
  onOpen,
}: GridRowProps) {
  const tabIndexAt = (column: number) => (cursor.row === index && cursor.column === column ? 0 : -1)
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="group absolute top-0 left-0 flex w-full border-b bg-surface hover:bg-sunken"
      style={{ height: rowHeight, transform: `translateY(${start}px)` }}
    >
      <div
        role="gridcell"
        aria-colindex={1}
        className="sticky left-0 z-[5] shrink-0 border-r bg-surface group-hover:bg-sunken"
        style={{ width: handleWidth }}
      >
        <button
          type="button"
          data-cell={`${index}:0`}
          tabIndex={tabIndexAt(0)}
          disabled={!row}
          aria-label={`Open row ${index + 1}`}
          onClick={() => row && onOpen(writtenId(idOf(entity, row)))}
          className="grid size-full place-items-center text-[11px] text-ink-3 tabular-nums hover:text-ink focus-visible:outline-offset-[-2px]"
        >
          <span className="group-focus-within:hidden group-hover:hidden">{index + 1}</span>
          <Maximize2 size={13} aria-hidden className="hidden group-focus-within:block group-hover:block" />
        </button>
      </div>
      {fields.map(({ name, width }, at) => {
        const field = entity.fields[name]
        const isEdited = edit.place?.row === index && edit.place.field === name
        return (
          <div
            key={name}
            role="gridcell"
            aria-colindex={at + 2}
            aria-readonly={edit.refusalOf(name) ? true : undefined}
            data-cell={`${index}:${at + 1}`}
            tabIndex={isEdited ? undefined : tabIndexAt(at + 1)}
            className={cx(
              'relative flex shrink-0 items-center border-r px-2.5 focus:outline-2 focus:outline-offset-[-2px] focus:outline-focus',
              isEdited && 'z-10 !px-0',
            )}
            style={{ width }}
            onMouseDown={() => !isEdited && moveTo(index, at + 1)}
            onDoubleClick={() => row && edit.begin(row, { row: index, column: at + 1, field: name })}
            onKeyDown={(event) => {
              if (isEdited || event.target !== event.currentTarget || !row) return
              if (event.key === 'Enter' || event.key === 'F2') {
                event.preventDefault()
                edit.begin(row, { row: index, column: at + 1, field: name })
              }
            }}
          >
            {!row || !field ? (
              <Skeleton className="h-3 w-3/5" />
            ) : isEdited ? (
              <CellEditor name={name} field={field} value={row[name]} edit={edit} row={row} />
            ) : (
              <CellValue field={field} value={row[name]} label={labels.get(name)?.get(String(row[name]))} />
            )}
          </div>
        )
      })}
    </div>
  )
}
