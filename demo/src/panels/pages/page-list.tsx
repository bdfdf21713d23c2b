import type { LiveResult } from '@metabuilder/dbal/react'
import { EyeOff, FileText } from 'lucide-react'
import { roleNames } from '../../access/verdict.ts'
import { hrefOf } from '../../route/route.ts'
import { RoleMark } from '../../session/role-mark.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Empty, Failed, SkeletonLines } from '../../ui/states.tsx'
import { pageIcon } from './page-icon.ts'
import type { SitePage } from './site-page.ts'

const levels = [1, 2, 3, 4, 5] as const

/** Pages by the level that one needs to see them. */
export function PageList({ pages, current }: { pages: LiveResult<SitePage>; current: string | undefined }) {
  if (pages.error)
    return <Failed error={pages.error} action={<Button onClick={pages.retry}>Try again</Button>} />
  if (!pages.data) return <SkeletonLines lines={9} label="Reading the pages" />
  const rows = pages.data
  if (rows.length === 0) {
    return (
      <Empty icon={FileText} title="No pages">
        There is none that this role may see. Create one with New page, or switch the role.
      </Empty>
    )
  }
  return (
    <nav aria-label="Pages" className="pb-3">
      {levels.map((level) => {
        const those = rows.filter((page) => page.level === level)
        return those.length > 0 && <Level key={level} level={level} pages={those} current={current} />
      })}
    </nav>
  )
}

function Level({
  level,
  pages,
  current,
}: {
  level: (typeof levels)[number]
  pages: readonly SitePage[]
  current: string | undefined
}) {
  const least = roleNames[level - 1]
  return (
    <section aria-labelledby={`level-${level}`}>
      <h2 id={`level-${level}`} className="flex items-center gap-2 px-4 pt-3 pb-1 text-[11px] text-ink-2">
        <span className="font-semibold">Level {level}</span>
        {least && <RoleMark role={least} className="ml-auto !font-normal" />}
      </h2>
      <ul className="px-2">
        {pages.map((page) => {
          const Icon = pageIcon(page.icon)
          const isCurrent = page.slug === current
          return (
            <li key={page.id}>
              <a
                href={hrefOf('pages', page.slug)}
                aria-current={isCurrent ? 'page' : undefined}
                className={cx(
                  'flex items-center gap-2.5 rounded-md px-2 py-1.5 pointer-coarse:py-2.5',
                  isCurrent ? 'bg-accent-soft text-accent-strong' : 'hover:bg-hover',
                )}
              >
                <Icon size={16} aria-hidden className={cx('shrink-0', !isCurrent && 'text-ink-3')} />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{page.title}</span>
                  <span
                    className={cx(
                      'block truncate font-mono text-[11px]',
                      isCurrent ? 'text-accent-strong' : 'text-ink-3',
                    )}
                  >
                    /{page.slug}
                  </span>
                </span>
                {!page.isPublished && <EyeOff size={14} aria-label="Not published" className="shrink-0" />}
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
