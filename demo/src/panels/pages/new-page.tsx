import { useAction } from '../../client/use-action.ts'
import { RecordForm, type Values } from '../../record/record-form.tsx'
import { hrefOf } from '../../route/route.ts'
import { go } from '../../route/use-route.ts'
import { useStudio } from '../../session/studio.ts'
import { Sheet } from '../../ui/dialog.tsx'

export function NewPage({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { schema } = useStudio()
  const { run, running } = useAction()
  const entity = schema.entities['PageConfig']
  if (!entity) return null

  async function create(values: Values) {
    const outcome = await run(
      'create',
      (client) => client.entity('PageConfig').create(values),
      'Page created',
    )
    if (outcome.ok) {
      onClose()
      go(hrefOf('pages', String(outcome.value['slug'])))
    }
    return outcome
  }

  return (
    <Sheet
      title="New page"
      description="The form is made from the schema of PageConfig."
      isOpen={isOpen}
      onClose={onClose}
    >
      <RecordForm
        entity={entity}
        preset={{ level: 1 }}
        submitLabel="Create page"
        onSubmit={create}
        isBusy={running === 'create'}
      />
    </Sheet>
  )
}
