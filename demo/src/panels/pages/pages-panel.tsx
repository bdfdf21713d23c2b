import { useLiveQuery } from '@metabuilder/dbal/react'
import { Columns2, Plus } from 'lucide-react'
import { useState } from 'react'
import { EntityNote } from '../../access/role-note.tsx'
import { verdictOf } from '../../access/verdict.ts'
import { hrefOf } from '../../route/route.ts'
import { go, useRoute } from '../../route/use-route.ts'
import { useStudio } from '../../session/studio.ts'
import { useSite } from '../../session/use-site.ts'
import { SearchBox } from '../../shell/search-box.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Panel } from '../../ui/panel.tsx'
import { Beside, hrefOfBeside } from './beside.tsx'
import { NewPage } from './new-page.tsx'
import { PageDetail } from './page-detail.tsx'
import { PageList } from './page-list.tsx'
import { pageOrder } from './site-page.ts'

export default function PagesPanel() {
  const { role, schema } = useStudio()
  const site = useSite()
  const { item: slug, query } = useRoute()
  const [isCreating, setCreating] = useState(false)
  const pages = useLiveQuery(site.pageConfigs, pageOrder)
  const isBeside = query['beside'] !== undefined
  const create = verdictOf(schema, role, 'PageConfig', 'create')
  const rows = pages.data
  const page = rows?.find((candidate) => candidate.slug === slug) ?? (slug ? undefined : rows?.[0])

  return (
    <Panel
      title="Pages"
      lead="What each level of visitor sees, and the components that it is made of."
      note={isBeside ? undefined : <EntityNote entity="PageConfig" />}
      isNoteForDesk={Boolean(slug)}
      actions={
        <>
          <Button
            icon={Columns2}
            aria-pressed={isBeside}
            aria-label="Two roles side by side"
            onClick={() => go(isBeside ? hrefOf('pages') : hrefOfBeside('god', 'public'))}
          >
            <span className="max-sm:hidden">Side by side</span>
          </Button>
          <Button
            look="primary"
            icon={Plus}
            refusal={create.reach === 'none' ? create.reason : undefined}
            onClick={() => setCreating(true)}
          >
            New page
          </Button>
        </>
      }
      isFlush
    >
      {isBeside ? (
        <Beside />
      ) : (
        <div className="flex min-h-0 flex-1 border-t bg-surface">
          <div
            className={cx(
              'scroll min-h-0 w-full shrink-0 md:w-60 md:border-r xl:w-72',
              slug && 'hidden md:block',
            )}
          >
            <SearchBox className="mx-3 mt-3 md:hidden" />
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
      )}
      <NewPage isOpen={isCreating} onClose={() => setCreating(false)} />
    </Panel>
  )
}
