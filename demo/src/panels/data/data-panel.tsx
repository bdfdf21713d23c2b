import { Database } from 'lucide-react'
import { EntityNote } from '../../access/role-note.tsx'
import { useRoute } from '../../route/use-route.ts'
import { siteName } from '../../session/site-clients.ts'
import { useStudio } from '../../session/studio.ts'
import { bytesInWords, milliseconds } from '../../ui/numbers.ts'
import { Panel } from '../../ui/panel.tsx'
import { Empty } from '../../ui/states.tsx'
import { DownloadButton } from '../storage/download-button.tsx'
import { EntityList } from './entity-list.tsx'
import { EntityTable } from './entity-table.tsx'

export default function DataPanel() {
  const { schema, file } = useStudio()
  const { item } = useRoute()
  const names = Object.keys(schema.entities)
  const name = item && schema.entities[item] ? item : names[0]
  const entity = name === undefined ? undefined : schema.entities[name]
  const lead = file
    ? `${names.length} tables of a copy in this tab (${bytesInWords(file.sizeBytes)}, opened in ${milliseconds(file.openedInMs)}).`
    : `Every entity of ${siteName}: filter, sort and edit as far as the rules go.`

  return (
    <Panel
      title={file ? file.name : 'Data'}
      lead={lead}
      actions={file && <DownloadButton label="Download it" />}
      note={name && <EntityNote entity={name} />}
      isFlush
    >
      <div className="flex min-h-0 flex-1 flex-col border-t bg-surface md:flex-row">
        <EntityList current={name} />
        <div className="min-h-0 min-w-0 flex-1">
          {name && entity ? (
            <EntityTable key={`${file?.name} ${name}`} name={name} entity={entity} />
          ) : (
            <Empty icon={Database} title="No tables">
              This file has none. Open another SQLite file, or go back to {siteName}.
            </Empty>
          )}
        </div>
      </div>
    </Panel>
  )
}
