import type { ReactNode } from 'react'
import { cx } from './class-names.ts'

/** The frame of a panel: its name, what it is for, what one can do, what the role may not, and the content. */
export function Panel({
  title,
  lead,
  actions,
  note,
  children,
  isFlush,
  isNoteForDesk,
}: {
  title: string
  lead: ReactNode
  actions?: ReactNode
  note?: ReactNode
  children: ReactNode
  /** The content scrolls by itself and touches the edges. */
  isFlush?: boolean
  /** On a phone there is no room for the note beside the content. */
  isNoteForDesk?: boolean
}) {
  return (
    <section aria-labelledby="panel-title" className="flex h-full min-h-0 flex-col">
      <header className="flex items-center gap-3 px-4 pt-3 pb-2 sm:pt-4 sm:pb-3 lg:px-6">
        <div className="min-w-0 flex-1">
          <h1 id="panel-title" className="truncate text-[17px] font-semibold tracking-tight">
            {title}
          </h1>
          <p className="mt-0.5 text-ink-2 max-sm:hidden">{lead}</p>
        </div>
        {actions && <div className="flex shrink-0 items-center gap-2">{actions}</div>}
      </header>
      {note && <div className={cx('px-4 pb-3 lg:px-6', isNoteForDesk && 'max-md:hidden')}>{note}</div>}
      <div className={cx('min-h-0 flex-1', isFlush ? 'flex flex-col' : 'scroll px-4 pb-6 lg:px-6')}>
        {children}
      </div>
    </section>
  )
}

/** A titled box inside a panel. */
export function Card({
  title,
  lead,
  actions,
  children,
  className,
}: {
  title?: string
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    <section className={cx('rounded-lg border bg-surface', className)}>
      {title && (
        <header className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2">
          <div className="min-w-0 flex-1 basis-44">
            <h2 className="text-[13px] font-semibold">{title}</h2>
            {lead && <p className="text-xs text-ink-2">{lead}</p>}
          </div>
          {actions}
        </header>
      )}
      {children}
    </section>
  )
}
