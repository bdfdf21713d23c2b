import { Popover as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { cx } from './class-names.ts'

export function Popover({
  trigger,
  label,
  children,
  align = 'start',
  className,
  isOpen,
  onOpenChange,
}: {
  trigger: ReactElement
  label: string
  children: ReactNode
  align?: 'start' | 'center' | 'end'
  className?: string
  isOpen?: boolean
  onOpenChange?: (open: boolean) => void
}) {
  const control = isOpen === undefined ? {} : { open: isOpen }
  return (
    <Radix.Root {...control} {...(onOpenChange && { onOpenChange })}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={5}
          collisionPadding={10}
          className={cx(
            'float-in scroll z-40 max-h-[min(70vh,520px)] max-w-[calc(100vw-20px)] rounded-lg border bg-surface p-3 shadow-float',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
