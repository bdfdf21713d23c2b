import { useQuery } from '@metabuilder/dbal/react'
import { FileText, Search, User } from 'lucide-react'
import { useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import { verdictOf } from '../access/verdict.ts'
import { useRevision } from '../client/revision.ts'
import { hrefOfView } from '../panels/data/table-view.ts'
import { hrefOf } from '../route/route.ts'
import { go } from '../route/use-route.ts'
import { siteClient } from '../session/site-clients.ts'
import { useStudio } from '../session/studio.ts'
import type { SiteClient } from '../session/studio-client.ts'
import { cx } from '../ui/class-names.ts'

interface Found {
  readonly id: string
  readonly kind: 'page' | 'user'
  readonly title: string
  readonly detail: string
  readonly href: string
}

/** Finds pages and people of the sample site, as far as the role may see them. Ctrl+K goes there from everywhere. */
export function SearchBox({ className }: { className?: string }) {
  const { role, schema } = useStudio()
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [words, setWords] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [chosen, setChosen] = useState(0)
  const asked = useDeferredValue(words.trim())
  const revision = useRevision()
  const seesUsers = verdictOf(schema, role, 'User', 'read').reach !== 'none'
  const { data, error } = useQuery(
    ['search', asked, seesUsers, revision],
    () => find(siteClient(role), asked, seesUsers),
    { enabled: asked !== '', keepPrevious: true },
  )
  const found = asked === '' ? [] : (data ?? [])
  const isShown = isOpen && asked !== '' && (data !== undefined || error !== undefined)
  const current = found[Math.min(chosen, found.length - 1)]

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== 'k' || !(event.ctrlKey || event.metaKey) || !input.current?.checkVisibility()) return
      event.preventDefault()
      input.current.focus()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [])

  const follow = ({ href }: Found) => {
    setOpen(false)
    setWords('')
    go(href)
  }
  const step = (by: number) => setChosen((chosen + by + found.length) % Math.max(1, found.length))

  return (
    <div className={cx('relative', className)}>
      <Search size={15} aria-hidden className="absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3" />
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-label="Search pages and people"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isShown && current ? `${id}-${current.id}` : undefined}
        placeholder="Search…"
        className="field !pl-8"
        value={words}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setWords(event.target.value)
          setChosen(0)
          setOpen(true)
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') step(1)
          else if (event.key === 'ArrowUp') step(-1)
          else if (event.key === 'Enter' && isShown && current) follow(current)
          else if (event.key === 'Escape' && isOpen) setOpen(false)
          else return
          event.preventDefault()
        }}
      />
      <div
        hidden={!isShown}
        className="float-in scroll absolute top-full right-0 left-0 z-40 mt-1 max-h-[min(60vh,420px)] min-w-64 rounded-lg border bg-surface p-1 shadow-float"
      >
        <div role="listbox" id={`${id}-list`} aria-label="Found">
          {found.map((item) => {
            const Icon = item.kind === 'page' ? FileText : User
            const isCurrent = item === current
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus
              <div
                key={item.id}
                id={`${id}-${item.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={isCurrent}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => follow(item)}
                className={cx(
                  'flex h-9 cursor-pointer items-center gap-2 rounded px-2',
                  isCurrent ? 'bg-accent-soft text-accent-strong' : 'hover:bg-hover',
                )}
              >
                <Icon size={15} aria-hidden className="shrink-0" />
                <span className="truncate font-medium">{item.title}</span>
                <span className={cx('ml-auto truncate text-xs', isCurrent ? '' : 'text-ink-2')}>
                  {item.detail}
                </span>
              </div>
            )
          })}
        </div>
        {found.length === 0 && (
          <p role="status" className="px-2 py-2 text-ink-2">
            {error ? error.message : `Nothing that ${role} may see has “${asked}” in it.`}
          </p>
        )}
      </div>
    </div>
  )
}

async function find(site: SiteClient, words: string, seesUsers: boolean): Promise<Found[]> {
  const pattern = `%${words}%`
  const [pages, users] = await Promise.all([
    site.pageConfigs.list({
      filter: {
        or: [
          { title: { ilike: pattern } },
          { slug: { ilike: pattern } },
          { description: { ilike: pattern } },
        ],
      },
      sort: { title: 'asc' },
      limit: 8,
    }),
    seesUsers ? site.users.search(words, 8) : [],
  ])
  return [
    ...pages.data.map(({ id, slug, title }) => ({
      id,
      kind: 'page' as const,
      title,
      detail: `/${slug}`,
      href: hrefOf('pages', slug),
    })),
    ...users.map(({ id, username, role }) => ({
      id,
      kind: 'user' as const,
      title: username,
      detail: role,
      href: hrefOfView('User', { search: username }),
    })),
  ]
}
