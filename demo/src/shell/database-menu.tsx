import { ChevronDown, FileUp, LogOut, Store } from 'lucide-react'
import { siteName } from '../session/site-clients.ts'
import { useStudio } from '../session/studio.ts'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { useFilePicker } from './use-file-picker.ts'

/** Which database is open: the sample site, or a file of the visitor's. */
export function DatabaseMenu() {
  const { file, leaveFile } = useStudio()
  const pick = useFilePicker()
  const name = file?.name ?? siteName
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          aria-label={`Database: ${name}. Switch database`}
          className="flex h-8 min-w-0 items-center gap-1.5 rounded-md px-2 font-medium hover:bg-hover pointer-coarse:h-10"
        >
          <span className="truncate">{name}</span>
          <ChevronDown size={14} aria-hidden className="shrink-0 text-ink-3" />
        </button>
      }
    >
      {file ? (
        <MenuItem icon={LogOut} onSelect={leaveFile}>
          Close it, back to {siteName}
        </MenuItem>
      ) : (
        <MenuItem icon={Store} isDisabled onSelect={leaveFile}>
          {siteName}, the sample site
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem icon={FileUp} onSelect={pick}>
        Open a SQLite file…
      </MenuItem>
    </Menu>
  )
}
