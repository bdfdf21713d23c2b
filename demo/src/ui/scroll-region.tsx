import type { ReactNode } from 'react'
import { cx } from './class-names.ts'

/** Something that scrolls and may hold nothing to focus: the keyboard can reach it, and its name says what it is. */
export function ScrollRegion({
  label,
  className,
  children,
}: {
  label: string
  className?: string
  children: ReactNode
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll
    <section aria-label={label} tabIndex={0} className={cx('scroll', className)}>
      {children}
    </section>
  )
}
