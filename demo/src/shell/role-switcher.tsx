import { Check, ChevronsUpDown } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { identities, identityOf } from '../session/identities.ts'
import { RoleMark } from '../session/role-mark.tsx'
import { useStudio } from '../session/studio.ts'
import { menuSurface } from '../ui/menu.tsx'
import { Tooltip } from '../ui/tooltip.tsx'

/** Who one is. Each role is a client of its own over the same database. */
export function RoleSwitcher() {
  const { role, become, file } = useStudio()
  if (file) return <OpenersRole />
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={`Role: ${identityOf(role).name} · ${role}. Switch role`}
        className="flex h-8 items-center gap-2 rounded-md border border-line-strong bg-surface pr-2 pl-2.5 hover:bg-hover pointer-coarse:h-10"
      >
        <span className="hidden text-ink-2 xl:inline">{identityOf(role).name} ·</span>{' '}
        <RoleMark role={role} />
        <ChevronsUpDown size={14} aria-hidden className="text-ink-3" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={5}
          collisionPadding={8}
          className={`${menuSurface} w-80 max-w-[calc(100vw-16px)]`}
        >
          <DropdownMenu.Label className="px-2 pt-1.5 pb-2 text-xs text-ink-2">
            See the same database through other eyes. The engine holds every call against the rules of this
            role.
          </DropdownMenu.Label>
          <DropdownMenu.RadioGroup
            value={role}
            onValueChange={(value) => become(identityOf(value as typeof role).role)}
          >
            {identities.map(({ role: name, name: person, summary }) => (
              <DropdownMenu.RadioItem
                key={name}
                value={name}
                className="flex cursor-default items-start gap-2 rounded px-2 py-1.5 outline-none data-[highlighted]:bg-hover"
              >
                <span className="min-w-0 flex-1">
                  <RoleMark role={name} /> <span className="text-ink-2">{person}</span>
                  <span className="block text-xs text-ink-2">{summary}</span>
                </span>
                <DropdownMenu.ItemIndicator className="pt-0.5 text-accent">
                  <Check size={16} aria-hidden />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

/** A file has one client: that of whoever opened it. */
function OpenersRole() {
  const { role } = useStudio()
  return (
    <Tooltip text="Whoever opens a file may do everything with the copy, and nobody else has access. Close it to switch roles.">
      <button
        type="button"
        aria-disabled="true"
        aria-label={`Role: you · ${role}, because you opened the file`}
        className="flex h-8 items-center gap-2 rounded-md border px-2.5 pointer-coarse:h-10"
      >
        <span className="hidden text-ink-2 xl:inline">you ·</span> <RoleMark role={role} />
      </button>
    </Tooltip>
  )
}
