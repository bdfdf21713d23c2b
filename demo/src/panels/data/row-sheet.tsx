import type { EntityData } from '@metabuilder/dbal'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { verdictOf } from '../../access/verdict.ts'
import { useAction } from '../../client/use-action.ts'
import { useCall } from '../../client/use-call.ts'
import { labelField } from '../../record/labels.ts'
import { RecordForm, type Values } from '../../record/record-form.tsx'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, type Confirmation, Sheet } from '../../ui/dialog.tsx'
import { Failed, SkeletonLines } from '../../ui/states.tsx'
import { Relations } from './relations.tsx'
import { readId } from './row-id.ts'

interface RowSheetProps {
  name: string
  entity: EntityData
  /** The row that is open, as it stands in the address. */
  id: string | undefined
  isCreating: boolean
  onClose: () => void
}

/** One row as a form, or the form of a new one. */
export function RowSheet({ name, entity, id, isCreating, onClose }: RowSheetProps) {
  if (isCreating) return <NewRow name={name} entity={entity} onClose={onClose} />
  if (id !== undefined)
    return <OpenRow key={id} name={name} entity={entity} id={readId(id) as string} onClose={onClose} />
  return null
}

function NewRow({ name, entity, onClose }: { name: string; entity: EntityData; onClose: () => void }) {
  const { run, running } = useAction()
  async function create(values: Values) {
    const outcome = await run('create', (client) => client.entity(name).create(values), `${name} created`)
    if (outcome.ok) onClose()
    return outcome
  }
  return (
    <Sheet
      title={`New ${name}`}
      description="The form is made from the schema; what it asks stands at each field."
      isOpen
      onClose={onClose}
    >
      <RecordForm
        entity={entity}
        submitLabel={`Create ${name}`}
        onSubmit={create}
        isBusy={running !== undefined}
      />
    </Sheet>
  )
}

function OpenRow({
  name,
  entity,
  id,
  onClose,
}: {
  name: string
  entity: EntityData
  id: string
  onClose: () => void
}) {
  const { role, schema } = useStudio()
  const { run, running } = useAction()
  const [asked, setAsked] = useState<Confirmation | null>(null)
  const row = useCall(
    `row ${name} ${JSON.stringify(id, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
    (client) => client.entity(name).read(id),
  )
  const update = verdictOf(schema, role, name, 'update')
  const remove = verdictOf(schema, role, name, 'delete')
  const label = labelField(entity)
  const title = row.data && label ? String(row.data[label] ?? name) : name

  async function erase() {
    const outcome = await run('delete', (client) => client.entity(name).delete(id), `${name} deleted`)
    if (outcome.ok) onClose()
  }

  return (
    <Sheet
      title={title}
      description={
        <span className="font-mono text-xs">
          {name} {typeof id === 'object' ? JSON.stringify(id) : String(id)}
        </span>
      }
      isOpen
      onClose={onClose}
      footer={
        <Button
          look="danger"
          icon={Trash2}
          busy={running === 'delete'}
          refusal={remove.reach === 'none' ? remove.reason : undefined}
          onClick={() =>
            setAsked({
              title: `Delete ${title}?`,
              text: 'Rows that belong to it are deleted with it where the schema says so; where they need it, the engine refuses. There is no undo.',
              confirm: 'Delete row',
              run: erase,
            })
          }
        >
          Delete row
        </Button>
      }
    >
      {row.error ? (
        <Failed error={row.error} action={<Button onClick={onClose}>Back to the table</Button>} />
      ) : row.data ? (
        <>
          <RecordForm
            entity={entity}
            row={row.data}
            submitLabel="Save changes"
            refusal={update.reach === 'none' ? update.reason : undefined}
            onSubmit={(patch) => run('save', (client) => client.entity(name).update(id, patch), 'Saved')}
            isBusy={running === 'save'}
          />
          <Relations name={name} row={row.data} onFollow={onClose} />
        </>
      ) : (
        <SkeletonLines label="Reading the row" lines={10} />
      )}
      <Confirm asked={asked} onClose={() => setAsked(null)} />
    </Sheet>
  )
}
