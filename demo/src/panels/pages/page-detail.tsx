import { ArrowLeft, EyeOff, FileQuestion } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { roleNames } from '../../access/verdict.ts'
import { hrefOf } from '../../route/route.ts'
import { RoleChip } from '../../session/role-mark.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Empty, SkeletonLines } from '../../ui/states.tsx'
import { Components } from './components.tsx'
import { PageSettings } from './page-settings.tsx'
import type { SitePage } from './site-page.ts'

export function PageDetail({
  page,
  slug,
  isLoading,
}: {
  page: SitePage | undefined
  slug: string | undefined
  isLoading: boolean
}) {
  if (isLoading) return <SkeletonLines lines={8} label="Reading the page" />
  if (!page) {
    return (
      <Empty icon={FileQuestion} title={slug ? `There is no page /${slug}` : 'No page is open'}>
        {slug
          ? 'It does not exist, or this role may not see it: the engine answers both alike.'
          : 'Choose one on the left.'}{' '}
        <a className="text-accent underline" href={hrefOf('pages')}>
          All pages
        </a>
      </Empty>
    )
  }
  const least = roleNames[page.level - 1]
  return (
    <Tabs.Root defaultValue="components" className="flex h-full flex-col">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 pt-2.5">
        <a
          href={hrefOf('pages')}
          aria-label="All pages"
          className="-ml-1 rounded p-1 hover:bg-hover md:hidden"
        >
          <ArrowLeft size={18} aria-hidden />
        </a>
        <h2 className="truncate text-[15px] font-semibold">{page.title}</h2>
        <span className="truncate font-mono text-xs text-ink-3">/{page.slug}</span>
        {least && (
          <span className="flex items-center gap-1.5 text-xs text-ink-2">
            level {page.level}, from <RoleChip role={least} />
          </span>
        )}
        {!page.isPublished && (
          <Badge tone="warn">
            <EyeOff size={12} aria-hidden /> not published
          </Badge>
        )}
        <Tabs.List aria-label="Parts of the page" className="-mb-px flex w-full gap-4">
          {[
            ['components', 'Components'],
            ['settings', 'Settings'],
          ].map(([value = '', label]) => (
            <Tabs.Trigger
              key={value}
              value={value}
              className="border-b-2 border-transparent py-2 text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink"
            >
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
      </header>
      <Tabs.Content value="components" className="min-h-0 flex-1">
        <Components pageId={page.id} />
      </Tabs.Content>
      <Tabs.Content value="settings" className="scroll min-h-0 flex-1 p-4">
        <PageSettings page={page} />
      </Tabs.Content>
    </Tabs.Root>
  )
}
