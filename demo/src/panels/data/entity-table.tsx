import type { EntityData } from '@metabuilder/dbal'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { Denied } from '../../access/denied.tsx'
import { verdictOf } from '../../access/verdict.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { FilterBar } from './filter-bar.tsx'
import { Grid } from './grid.tsx'
import { RowSheet } from './row-sheet.tsx'
import { useTableView } from './table-view.ts'

export function EntityTable({ name, entity }: { name: string; entity: EntityData }) {
  const { role, schema } = useStudio()
  const { view, change } = useTableView(name, entity)
  const [isCreating, setCreating] = useState(false)
  const read = verdictOf(schema, role, name, 'read')
  const create = verdictOf(schema, role, name, 'create')

  if (read.reach === 'none') {
    return (
      <Denied
        title={`${role} does not see ${name}`}
        reason={read.reason}
        attempt={(client) => client.entity(name).list({ limit: 1 })}
      />
    )
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      <FilterBar entity={entity} view={view} onChange={change}>
        <Button
          look="primary"
          icon={Plus}
          refusal={create.reach === 'none' ? create.reason : undefined}
          onClick={() => setCreating(true)}
        >
          New row
        </Button>
      </FilterBar>
      <Grid name={name} entity={entity} view={view} onChange={change} />
      <RowSheet
        name={name}
        entity={entity}
        id={view.row}
        isCreating={isCreating}
        onClose={() => {
          setCreating(false)
          if (view.row) change({ row: undefined })
        }}
      />
    </div>
  )
}
