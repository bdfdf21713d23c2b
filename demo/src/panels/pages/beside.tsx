import type { DBALError, Role } from '@metabuilder/dbal'
import { DBALProvider, useLiveQuery, useMutation } from '@metabuilder/dbal/react'
import { FileText } from 'lucide-react'
import { roleNames } from '../../access/verdict.ts'
import { notifyError } from '../../client/errors.ts'
import { markChanged } from '../../client/revision.ts'
import { hrefOf } from '../../route/route.ts'
import { goInPlace, useRoute } from '../../route/use-route.ts'
import { identityOf } from '../../session/identities.ts'
import { RoleMark } from '../../session/role-mark.tsx'
import { siteClient } from '../../session/site-clients.ts'
import { cx } from '../../ui/class-names.ts'
import { counted } from '../../ui/numbers.ts'
import { ScrollRegion } from '../../ui/scroll-region.tsx'
import { Empty, Failed, SkeletonLines } from '../../ui/states.tsx'
import { Switch } from '../../ui/switch.tsx'
import { pageIcon } from './page-icon.ts'
import { pageOrder, type SitePage } from './site-page.ts'

export const hrefOfBeside = (left: Role, right: Role) =>
  hrefOf('pages', undefined, { beside: `${left}~${right}` })

/** The same list through two pairs of eyes. Both are live: what one side changes shows at once where the other may see it. */
export function Beside() {
  const { query } = useRoute()
  const [first, second] = (query['beside'] ?? '').split('~')
  const left = roleNames.find((name) => name === first) ?? 'god'
  const right = roleNames.find((name) => name === second) ?? 'public'
  return (
    <div className="grid min-h-0 flex-1 auto-rows-fr grid-cols-1 border-t bg-surface md:grid-cols-2">
      <Pane side="Left" role={left} onRole={(role) => goInPlace(hrefOfBeside(role, right))} />
      <Pane side="Right" role={right} onRole={(role) => goInPlace(hrefOfBeside(left, role))} />
    </div>
  )
}

function Pane({ side, role, onRole }: { side: string; role: Role; onRole: (role: Role) => void }) {
  return (
    <DBALProvider client={siteClient(role)}>
      <section
        aria-label={`Pages for ${role}`}
        className="flex min-h-0 flex-col border-b last:border-b-0 md:border-r md:border-b-0 md:last:border-r-0"
      >
        <header className="flex h-11 shrink-0 items-center gap-2 border-b bg-sunken px-3">
          <RoleMark role={role} />
          <span className="truncate text-xs text-ink-2">{identityOf(role).summary}</span>
          <select
            aria-label={`${side} role`}
            className="field ml-auto !h-8 !w-auto shrink-0"
            value={role}
            onChange={(event) => onRole(identityOf(event.target.value as Role).role)}
          >
            {roleNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </header>
        <LivePages role={role} />
      </section>
    </DBALProvider>
  )
}

function LivePages({ role }: { role: Role }) {
  const pages = useLiveQuery('pageConfigs', pageOrder)
  const publish = useMutation(
    (db, { id, isPublished }: { id: string; isPublished: boolean }) =>
      db.pageConfigs.update(id, { isPublished }),
    {
      optimistic: (draft, { id, isPublished }) => draft.patch('pageConfigs', id, { isPublished }),
      onSuccess: markChanged,
      onError: (error: DBALError) => {
        notifyError(error)
        markChanged()
      },
    },
  )
  if (pages.error) return <Failed error={pages.error} />
  if (!pages.data) return <SkeletonLines lines={6} label="Reading the pages" />
  if (pages.data.length === 0) {
    return (
      <Empty icon={FileText} title="No pages">
        There is none that {role} may see.
      </Empty>
    )
  }
  // The first event brings every row; none of them is news.
  const { added = [], changed = [] } = pages.change ?? {}
  const news = new Set([...(added.length < pages.data.length ? added : []), ...changed].map(({ id }) => id))
  return (
    <>
      <ScrollRegion label={`Rows for ${role}`} className="min-h-0 flex-1">
        <ul className="divide-y divide-line">
          {pages.data.map((page) => (
            <PageLine
              key={page.id}
              page={page}
              isNews={news.has(page.id)}
              onPublish={(isPublished) => publish.mutate({ id: page.id, isPublished })}
            />
          ))}
        </ul>
      </ScrollRegion>
      <p role="status" className="flex h-8 shrink-0 items-center border-t bg-sunken px-3 text-xs text-ink-2">
        {counted(pages.data.length)} {pages.data.length === 1 ? 'page' : 'pages'}, live
      </p>
    </>
  )
}

function PageLine({
  page,
  isNews,
  onPublish,
}: {
  page: SitePage
  isNews: boolean
  onPublish: (isPublished: boolean) => void
}) {
  const Icon = pageIcon(page.icon)
  return (
    <li className={cx('flex h-11 items-center gap-2.5 px-3', isNews && 'news')}>
      <Icon size={16} aria-hidden className="shrink-0 text-ink-3" />
      <span className="min-w-0 flex-1 truncate">
        <span className="font-medium">{page.title}</span>{' '}
        <span className="font-mono text-[11px] text-ink-3">/{page.slug}</span>
      </span>
      <span className="text-[11px] text-ink-2">level {page.level}</span>
      <Switch
        aria-label={`${page.title}: published`}
        checked={page.isPublished}
        onCheckedChange={onPublish}
      />
    </li>
  )
}
