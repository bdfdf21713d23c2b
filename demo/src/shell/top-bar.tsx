import { Brand } from './brand.tsx'
import { DatabaseMenu } from './database-menu.tsx'
import { RoleSwitcher } from './role-switcher.tsx'
import { StorageBadge } from './storage-badge.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

export function TopBar() {
  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-b bg-surface px-2 lg:px-4">
      <span className="md:hidden">
        <Brand />
      </span>
      <DatabaseMenu />
      <div className="ml-auto flex items-center gap-1 sm:gap-2">
        <StorageBadge />
        <ThemeToggle />
        <RoleSwitcher />
      </div>
    </header>
  )
}
