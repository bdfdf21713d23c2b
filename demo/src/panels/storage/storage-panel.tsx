import { refusalOf } from '../../access/database-rights.ts'
import { Denied } from '../../access/denied.tsx'
import { DatabaseNote } from '../../access/role-note.tsx'
import { useCall } from '../../client/use-call.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { Card, Panel } from '../../ui/panel.tsx'
import { Failed, SkeletonLines } from '../../ui/states.tsx'
import { Capabilities } from './capabilities.tsx'
import { Care } from './care.tsx'
import { DownloadButton } from './download-button.tsx'
import { Figures } from './figures.tsx'
import { Place } from './place.tsx'
import { RowCounts } from './row-counts.tsx'

export default function StoragePanel() {
  const { role } = useStudio()
  const refusal = refusalOf(role, 'stats')
  const stats = useCall(refusal ? null : 'stats', (client) => client.stats())
  return (
    <Panel
      title="Storage"
      lead="Where the database lives, how large it is, and how to take it with you."
      note={
        <DatabaseNote
          rights={['stats', 'checkIntegrity', 'database.export', 'database.analyze', 'database.vacuum']}
        />
      }
      actions={<DownloadButton label="Download as .sqlite" />}
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 xl:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <Place />
          <Card title="Size" lead="The file, its pages and the cache in front of it.">
            {refusal ? (
              <Denied
                title={`${role} does not see the size`}
                reason={refusal}
                attempt={(client) => client.stats()}
              />
            ) : stats.error ? (
              <Failed error={stats.error} action={<Button onClick={stats.retry}>Try again</Button>} />
            ) : stats.data ? (
              <Figures stats={stats.data} />
            ) : (
              <SkeletonLines label="Reading the sizes" lines={6} />
            )}
          </Card>
          <Care />
        </div>
        <div className="min-w-0 space-y-4">
          {stats.data && <RowCounts rows={stats.data.rows} />}
          <Capabilities />
        </div>
      </div>
    </Panel>
  )
}
