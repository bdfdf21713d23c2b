import { CircleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './class-names.ts'

/** What stands where nothing is: why it is empty, and what to do about it. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="flex h-full min-h-40 flex-col items-center justify-center px-6 py-10 text-center">
      <span className="mb-3 grid size-10 place-items-center rounded-full bg-hover text-ink-2">
        <Icon size={19} aria-hidden />
      </span>
      <p className="text-sm font-semibold">{title}</p>
      {children && <div className="mt-1 max-w-md text-ink-2">{children}</div>}
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}

export function Failed({ error, action }: { error: { code: string; message: string }; action?: ReactNode }) {
  return (
    <Empty icon={CircleAlert} title={error.code} action={action}>
      {error.message}
    </Empty>
  )
}

/** Stands in for text of the same size while it is being read. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx('block animate-pulse rounded bg-hover', className)} />
}

export function SkeletonLines({ lines = 6, label }: { lines?: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="space-y-2.5 p-4">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
          key={line}
          className={cx('h-4', line % 3 === 1 ? 'w-2/3' : line % 3 === 2 ? 'w-4/5' : 'w-full')}
        />
      ))}
    </div>
  )
}
