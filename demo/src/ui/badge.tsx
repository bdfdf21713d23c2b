import type { ReactNode } from 'react'
import { cx } from './class-names.ts'

const tones = {
  neutral: 'bg-hover text-ink-2',
  accent: 'bg-accent-soft text-accent-strong',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  danger: 'bg-danger-soft text-danger',
} as const
export type Tone = keyof typeof tones

export function Badge({
  tone = 'neutral',
  children,
  className,
}: {
  tone?: Tone
  children: ReactNode
  className?: string
}) {
  return (
    <span
      className={cx(
        'inline-flex h-5 items-center gap-1 rounded px-1.5 text-[11px] font-medium whitespace-nowrap',
        tones[tone],
        className,
      )}
    >
      {children}
    </span>
  )
}

/** A rule, a field or a value as it is written in the schema. */
export function Code({ children }: { children: ReactNode }) {
  return (
    <code className="rounded bg-hover px-1 py-px font-mono text-[0.92em] text-ink [overflow-wrap:anywhere]">
      {children}
    </code>
  )
}
