import type { AuditListOptions } from '@metabuilder/dbal'
import { useState } from 'react'
import { refusalOf } from '../../access/database-rights.ts'
import { Denied } from '../../access/denied.tsx'
import { DatabaseNote } from '../../access/role-note.tsx'
import { useStudio } from '../../session/studio.ts'
import { Panel } from '../../ui/panel.tsx'
import { AuditFilter } from './audit-filter.tsx'
import { AuditLog } from './audit-log.tsx'
import { ExportButton } from './export-button.tsx'
import { Verification } from './verification.tsx'

export type Filter = NonNullable<AuditListOptions['filter']>

export default function AuditPanel() {
  const { role } = useStudio()
  const [filter, setFilter] = useState<Filter>({})
  const refusal = refusalOf(role, 'audit.list')
  return (
    <Panel
      title="Audit"
      lead="Every write and every refusal, chained by hashes: changing one byte of an entry shows."
      note={<DatabaseNote rights={['audit.list', 'audit.verify', 'audit.export']} />}
      actions={<ExportButton filter={filter} />}
      isFlush
    >
      {refusal ? (
        <div className="flex-1 border-t bg-surface">
          <Denied
            title={`${role} does not see the audit log`}
            reason={refusal}
            attempt={(client) => client.audit.list({ limit: 1 })}
          />
        </div>
      ) : (
        <>
          <Verification />
          <AuditFilter filter={filter} onChange={setFilter} />
          <AuditLog key={JSON.stringify(filter)} filter={filter} />
        </>
      )}
    </Panel>
  )
}
