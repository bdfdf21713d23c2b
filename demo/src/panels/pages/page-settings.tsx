import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { verdictOf } from '../../access/verdict.ts'
import { useAction } from '../../client/use-action.ts'
import { RecordForm, type Values } from '../../record/record-form.tsx'
import { hrefOf } from '../../route/route.ts'
import { go } from '../../route/use-route.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm, type Confirmation } from '../../ui/dialog.tsx'
import type { SitePage } from './site-page.ts'

export function PageSettings({ page }: { page: SitePage }) {
  const { schema, role } = useStudio()
  const { run, running } = useAction()
  const [asked, setAsked] = useState<Confirmation | null>(null)
  const entity = schema.entities['PageConfig']
  if (!entity) return null
  const update = verdictOf(schema, role, 'PageConfig', 'update')
  const remove = verdictOf(schema, role, 'PageConfig', 'delete')

  async function save(patch: Values) {
    const outcome = await run(
      'save',
      (client) => client.entity('PageConfig').update(page.id, patch),
      'Page saved',
    )
    if (outcome.ok && outcome.value['slug'] !== page.slug) go(hrefOf('pages', String(outcome.value['slug'])))
    return outcome
  }

  async function erase() {
    const outcome = await run(
      'delete',
      (client) => client.entity('PageConfig').delete(page.id),
      `${page.title} was deleted`,
    )
    if (outcome.ok) go(hrefOf('pages'))
  }

  return (
    <div className="max-w-xl">
      <RecordForm
        entity={entity}
        row={{ ...page }}
        submitLabel="Save page"
        refusal={update.reach === 'none' ? update.reason : undefined}
        onSubmit={save}
        isBusy={running === 'save'}
      />
      <div className="mt-4 border-t pt-4">
        <Button
          look="danger"
          icon={Trash2}
          busy={running === 'delete'}
          refusal={remove.reach === 'none' ? remove.reason : undefined}
          onClick={() =>
            setAsked({
              title: `Delete ${page.title}?`,
              text: 'The page and every component on it are deleted. The audit log keeps what they were; there is no undo.',
              confirm: 'Delete page',
              run: erase,
            })
          }
        >
          Delete page
        </Button>
      </div>
      <Confirm asked={asked} onClose={() => setAsked(null)} />
    </div>
  )
}
