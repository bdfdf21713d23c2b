import type { Role } from '@metabuilder/dbal'
import { useState } from 'react'
import { type RuleOperation, verdictOf } from '../../access/verdict.ts'
import { RoleMark } from '../../session/role-mark.tsx'
import { useStudio } from '../../session/studio.ts'
import { Panel } from '../../ui/panel.tsx'
import { Explanation } from './explanation.tsx'
import { Matrix } from './matrix.tsx'
import { MyRights } from './my-rights.tsx'

export interface Cell {
  readonly entity: string
  readonly role: Role
  readonly operation: RuleOperation
}

export default function AccessPanel() {
  const { role, schema, file } = useStudio()
  const [cell, setCell] = useState<Cell>()
  const firstEntity = Object.keys(schema.entities)[0]
  const shown =
    cell ?? (firstEntity ? { entity: firstEntity, role, operation: 'update' as const } : undefined)
  return (
    <Panel
      title="Access"
      lead={
        file ? (
          'Whoever opens a file may do everything with the copy; nobody else has access.'
        ) : (
          <>
            Who may do what, straight from the schema’s rules. You are <RoleMark role={role} />; what no rule
            allows is refused.
          </>
        )
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 min-[1400px]:grid-cols-[minmax(0,1fr)_340px]">
        <Matrix chosen={shown} onChoose={setCell} />
        <div className="min-w-0 space-y-4">
          {shown && (
            <Explanation
              cell={shown}
              verdict={verdictOf(schema, shown.role, shown.entity, shown.operation)}
            />
          )}
          <MyRights />
        </div>
      </div>
    </Panel>
  )
}
