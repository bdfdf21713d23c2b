import { ChevronDown, FileUp, LogOut, Monitor, Server, Store } from 'lucide-react'
import { notifyError, toDBALError } from '../client/errors.ts'
import { moveSite, siteName } from '../session/site-clients.ts'
import { hasDaemon, type Place, useSitePlace } from '../session/site-place.ts'
import { useStudio } from '../session/studio.ts'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { useFilePicker } from './use-file-picker.ts'

/** Which database is open: the sample site, or a file of the visitor's. */
export function DatabaseMenu() {
  const { file, leaveFile } = useStudio()
  const pick = useFilePicker()
  const place = useSitePlace()
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
      {!file && hasDaemon && (
        <>
          <MenuLine />
          <PlaceItem place="browser" present={place}>
            Kept in this browser
          </PlaceItem>
          <PlaceItem place="daemon" present={place}>
            Kept by the daemon
          </PlaceItem>
        </>
      )}
      <MenuLine />
      <MenuItem icon={FileUp} onSelect={pick}>
        Open a SQLite file…
      </MenuItem>
    </Menu>
  )
}

/** One change of configuration: everything else of the studio stays as it is. */
function PlaceItem({ place, present, children }: { place: Place; present: Place; children: string }) {
  return (
    <MenuItem
      icon={place === 'browser' ? Monitor : Server}
      isDisabled={place === present}
      onSelect={() => {
        moveSite(place).catch((thrown: unknown) => notifyError(toDBALError(thrown)))
      }}
    >
      {children}
    </MenuItem>
  )
}
