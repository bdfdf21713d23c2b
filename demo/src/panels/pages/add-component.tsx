import { Plus } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { Menu, MenuItem } from '../../ui/menu.tsx'
import { componentTypes } from './component-types.ts'

export function AddComponent({
  onAdd,
  label,
  isBusy,
}: {
  onAdd: (type: string) => void
  label: string
  isBusy: boolean
}) {
  return (
    <Menu
      trigger={
        <Button icon={Plus} busy={isBusy}>
          {label}
        </Button>
      }
    >
      {Object.entries(componentTypes).map(([type, { icon }]) => (
        <MenuItem key={type} icon={icon} onSelect={() => onAdd(type)}>
          {type}
        </MenuItem>
      ))}
    </Menu>
  )
}
