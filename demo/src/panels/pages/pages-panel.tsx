import { Plus } from 'lucide-react'
import { useState } from 'react'
import { EntityNote } from '../../access/role-note.tsx'
import { verdictOf } from '../../access/verdict.ts'
import { useCall } from '../../client/use-call.ts'
import { useRoute } from '../../route/use-route.ts'
import { useStudio } from '../../session/studio.ts'
import { useSite } from '../../session/use-site.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Panel } from '../../ui/panel.tsx'
import { NewPage } from './new-page.tsx'
import { PageDetail } from './page-detail.tsx'
import { PageList } from './page-list.tsx'

export default function PagesPanel() {
  const { role, schema } = useStudio()
  const site = useSite()
  const { item: slug } = useRoute()
  const [isCreating, setCreating] = useState(false)
  const pages = useCall('pages', () =>
    site.pageConfigs.list({ sort: { level: 'asc', sortOrder: 'asc', title: 'asc' }, limit: 100 }),
  )
  const create = verdictOf(schema, role, 'PageConfig', 'create')
  const rows = pages.data?.data
  const page = rows?.find((candidate) => candidate.slug === slug) ?? (slug ? undefined : rows?.[0])

  return (
    <Panel
      title="Pages"
      lead="What each level of visitor sees, and the components that it is made of."
      note={<EntityNote entity="PageConfig" />}
      isNoteForDesk={Boolean(slug)}
      actions={
        <Button
          look="primary"
          icon={Plus}
          refusal={create.reach === 'none' ? create.reason : undefined}
          onClick={() => setCreating(true)}
        >
          New page
        </Button>
      }
      isFlush
    >
      <div className="flex min-h-0 flex-1 border-t bg-surface">
        <div
          className={cx(
            'scroll min-h-0 w-full shrink-0 md:w-60 md:border-r xl:w-72',
            slug && 'hidden md:block',
          )}
        >
          <PageList pages={pages} current={page?.slug} />
        </div>
        <div className={cx('min-w-0 flex-1', !slug && 'hidden md:block')}>
          <PageDetail
            key={page?.id ?? 'none'}
            page={page}
            slug={slug}
            isLoading={rows === undefined && !pages.error}
          />
        </div>
      </div>
      <NewPage isOpen={isCreating} onClose={() => setCreating(false)} />
    </Panel>
  )
}
