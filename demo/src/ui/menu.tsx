import type { LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import { cx } from './class-names.ts'

export const menuSurface = 'float-in z-50 min-w-44 rounded-lg border bg-surface p-1 shadow-float'

export function Menu({
  trigger,
  children,
  align = 'end',
}: {
  trigger: ReactElement
  children: ReactNode
  align?: 'start' | 'end'
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} sideOffset={4} collisionPadding={8} className={menuSurface}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({
  icon: Icon,
  shortcut,
  isDanger,
  isDisabled,
  onSelect,
  children,
}: {
  icon?: LucideIcon
  shortcut?: string
  isDanger?: boolean
  isDisabled?: boolean
  onSelect: () => void
  children: ReactNode
}) {
  return (
    <DropdownMenu.Item
      disabled={isDisabled ?? false}
      onSelect={onSelect}
      className={cx(
        'flex h-8 cursor-default items-center gap-2 rounded px-2 outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-hover',
        isDanger && 'text-danger',
      )}
    >
      {Icon && <Icon size={15} aria-hidden className="shrink-0" />}
      <span className="flex-1">{children}</span>
      {shortcut && <kbd className="ml-4 font-mono text-[11px] text-ink-3">{shortcut}</kbd>}
    </DropdownMenu.Item>
  )
}

export const MenuLine = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />
