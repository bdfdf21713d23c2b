import type { Role } from '@metabuilder/dbal'
import { cx } from '../ui/class-names.ts'

/** A role with its colour; the colour never stands alone. */
export function RoleMark({ role, className }: { role: Role; className?: string }) {
  return (
    <span className={cx('inline-flex items-center gap-1.5 font-medium whitespace-nowrap', className)}>
      <span aria-hidden className="size-2 rounded-full" style={{ background: `var(--role-${role})` }} />
      {role}
    </span>
  )
}

/** The same as a chip, for lists. */
export function RoleChip({ role }: { role: Role | 'system' }) {
  const colour = role === 'system' ? 'var(--ink-2)' : `var(--role-${role})`
  return (
    <span
      className="inline-flex h-5 items-center rounded border px-1.5 text-[11px] font-medium"
      style={{ color: colour, borderColor: `color-mix(in srgb, ${colour} 45%, transparent)` }}
    >
      {role}
    </span>
  )
}
