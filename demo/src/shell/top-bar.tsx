import { useStudio } from '../session/studio.ts'
import { cx } from '../ui/class-names.ts'
import { Brand } from './brand.tsx'
import { DatabaseMenu } from './database-menu.tsx'
import { RoleSwitcher } from './role-switcher.tsx'
import { SearchBox } from './search-box.tsx'
import { StorageBadge } from './storage-badge.tsx'
import { ThemeToggle } from './theme-toggle.tsx'

export function TopBar() {
  const { file } = useStudio()
  return (
    <header className="flex h-13 shrink-0 items-center gap-1 border-b bg-surface px-2 lg:px-4">
      <span className="md:hidden">
        <Brand />
      </span>
      <DatabaseMenu />
      {!file && <SearchBox className="mx-auto w-56 max-md:hidden xl:w-80" />}
      <div className={cx('flex items-center gap-1 sm:gap-2', file ? 'ml-auto' : 'max-md:ml-auto')}>
        <StorageBadge />
        <ThemeToggle />
        <RoleSwitcher />
      </div>
    </header>
  )
}
