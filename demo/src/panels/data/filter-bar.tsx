import type { EntityData } from '@metabuilder/dbal'
import { ListFilter, Search, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'
import { FilterBuilder } from './filter-builder.tsx'
import { needsValue, operatorWords, searchedFields } from './filter-model.ts'
import type { TableView } from './table-view.ts'

/** Search, conditions and what else can be done with a table. */
export function FilterBar({
  entity,
  view,
  onChange,
  children,
}: {
  entity: EntityData
  view: TableView
  onChange: (next: Partial<TableView>) => void
  children: ReactNode
}) {
  const [isOpen, setOpen] = useState(false)
  const { conditions, isAny, search } = view
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-3 py-2">
      {searchedFields(entity).length > 0 && (
        <div className="relative min-w-24 flex-1 sm:w-56 sm:flex-none">
          <Search size={15} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3" />
          <input
            type="search"
            aria-label="Search in this table"
            placeholder="Search…"
            className="field !pl-8"
            value={search}
            onChange={(event) => onChange({ search: event.target.value })}
          />
        </div>
      )}
      <Popover
        label="Filter"
        isOpen={isOpen}
        onOpenChange={setOpen}
        className="w-[540px]"
        trigger={
          <Button icon={ListFilter} aria-label="Filter">
            <span className="max-sm:hidden">Filter</span>
            {conditions.length > 0 && (
              <span className="rounded bg-accent px-1 text-[11px] text-accent-ink">{conditions.length}</span>
            )}
          </Button>
        }
      >
        <FilterBuilder
          entity={entity}
          conditions={conditions}
          isAny={isAny}
          onChange={onChange}
          onDone={() => setOpen(false)}
        />
      </Popover>
      <ul aria-label="Conditions" className="flex min-w-0 flex-wrap items-center gap-1.5">
        {conditions.map(({ field, operator, value }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two conditions may be the same; their place is what tells them apart
          <li key={index} className="flex items-center gap-1.5">
            {index > 0 && <span className="text-xs text-ink-3">{isAny ? 'or' : 'and'}</span>}
            <span className="flex h-6 max-w-64 items-center gap-1 rounded bg-accent-soft pr-0.5 pl-2 text-xs text-accent-strong">
              <span className="truncate">
                {field} {operatorWords[operator]} {needsValue(operator) && <strong>{value}</strong>}
              </span>
              <button
                type="button"
                aria-label={`Remove the condition on ${field}`}
                className="rounded p-0.5 hover:bg-surface"
                onClick={() => onChange({ conditions: conditions.filter((_, other) => other !== index) })}
              >
                <X size={13} aria-hidden />
              </button>
            </span>
          </li>
        ))}
      </ul>
      <div className="ml-auto flex items-center gap-2">{children}</div>
    </div>
  )
}
