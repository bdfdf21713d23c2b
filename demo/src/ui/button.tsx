import { LoaderCircle, type LucideIcon } from 'lucide-react'
import type { ComponentProps, MouseEvent, ReactNode } from 'react'
import { cx } from './class-names.ts'
import { Tooltip } from './tooltip.tsx'

const looks = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong font-medium',
  secondary: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'border border-danger/40 bg-surface text-danger hover:bg-danger-soft',
} as const

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  look?: keyof typeof looks
  icon?: LucideIcon
  busy?: boolean
  disabled?: boolean | undefined
  /** Why it cannot be used now. The button stays focusable, so that the reason can be read by everybody. */
  refusal?: ReactNode
  /** The icon alone is shown; `aria-label` names it and appears as its tooltip. */
  iconOnly?: boolean
}

export function Button({
  look = 'secondary',
  icon: Icon,
  busy,
  refusal,
  iconOnly,
  className,
  children,
  ...rest
}: ButtonProps) {
  const isRefused = Boolean(refusal)
  const button = (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || busy}
      aria-disabled={isRefused || undefined}
      onClick={isRefused ? (event: MouseEvent) => event.preventDefault() : rest.onClick}
      className={cx(
        'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md text-[13px] whitespace-nowrap transition-colors',
        'disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 pointer-coarse:h-10',
        iconOnly ? 'w-8 pointer-coarse:w-10' : 'px-3',
        looks[look],
        className,
      )}
    >
      {busy ? (
        <LoaderCircle size={15} aria-hidden className="animate-spin" />
      ) : (
        Icon && <Icon size={15} aria-hidden />
      )}
      {!iconOnly && children}
    </button>
  )
  return <Tooltip text={refusal || (iconOnly ? rest['aria-label'] : undefined)}>{button}</Tooltip>
}
