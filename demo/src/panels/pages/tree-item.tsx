import {
  ArrowDown,
  ArrowLeft,
  ArrowRight,
  ArrowUp,
  ChevronRight,
  Ellipsis,
  GripVertical,
  Trash2,
} from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ComponentProps, KeyboardEvent } from 'react'
import { cx } from '../../ui/class-names.ts'
import { Menu, MenuItem, MenuLine, menuSurface } from '../../ui/menu.tsx'
import { caption, componentType, componentTypes } from './component-types.ts'
import type { Edge, Step, TreeRow } from './tree-model.ts'

interface TreeItemProps {
  row: TreeRow
  isSelected: boolean
  isTabStop: boolean
  isCollapsed: boolean
  isDragged: boolean
  /** Where a dragged component would land, seen from this one. */
  dropEdge: Edge | undefined
  gripProps: ComponentProps<'span'>
  onSelect: () => void
  onFold: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onStep: (step: Step) => void
  canStep: (step: Step) => boolean
  onAdd: (type: string) => void
  onDelete: () => void
}

const dropLooks: Readonly<Record<Edge, string>> = {
  before: 'shadow-[inset_0_2px_0_var(--accent)]',
  after: 'shadow-[inset_0_-2px_0_var(--accent)]',
  inside: 'ring-2 ring-inset ring-accent',
}

export function TreeItem({ row, ...item }: TreeItemProps) {
  const { node, depth, index, siblings } = row
  const { icon: Icon } = componentType(node.type)
  const hasChildren = node.children.length > 0
  const words = caption(node.props)
  return (
    <div
      role="treeitem"
      data-node={node.id}
      aria-label={words ? `${node.type} ${words}` : node.type}
      aria-level={depth + 1}
      aria-posinset={index + 1}
      aria-setsize={siblings.length}
      aria-selected={item.isSelected}
      aria-expanded={hasChildren ? !item.isCollapsed : undefined}
      tabIndex={item.isTabStop ? 0 : -1}
      onKeyDown={item.onKeyDown}
      onClick={item.onSelect}
      className={cx(
        'group mx-1.5 flex h-8 items-center rounded-md pr-1 pointer-coarse:h-10 focus-visible:outline-offset-[-2px]',
        item.isSelected ? 'bg-accent-soft text-accent-strong' : 'hover:bg-hover',
        item.isDragged && 'opacity-40',
        item.dropEdge && dropLooks[item.dropEdge],
      )}
      style={{ paddingLeft: depth * 18 + 2 }}
    >
      <span
        {...item.gripProps}
        aria-hidden
        title="Drag to move"
        className="grid h-full w-5 shrink-0 cursor-grab touch-none place-items-center text-ink-3 opacity-35 group-hover:opacity-100"
      >
        <GripVertical size={14} />
      </span>
      <span
        aria-hidden
        onClick={(event) => {
          event.stopPropagation()
          item.onFold()
        }}
        className={cx('grid h-full w-5 shrink-0 place-items-center text-ink-3', !hasChildren && 'invisible')}
      >
        <ChevronRight size={15} className={cx('transition-transform', !item.isCollapsed && 'rotate-90')} />
      </span>
      <Icon size={15} aria-hidden className={cx('mx-1.5 shrink-0', !item.isSelected && 'text-ink-3')} />
      <span className="shrink-0 font-medium">{node.type}</span>{' '}
      <span className={cx('ml-2 min-w-0 flex-1 truncate', !item.isSelected && 'text-ink-3')}>{words}</span>
      <NodeMenu {...item} type={node.type} />
    </div>
  )
}

function NodeMenu({
  type,
  isSelected,
  onStep,
  canStep,
  onAdd,
  onDelete,
}: Pick<TreeItemProps, 'isSelected' | 'onStep' | 'canStep' | 'onAdd' | 'onDelete'> & { type: string }) {
  return (
    <Menu
      trigger={
        <button
          type="button"
          tabIndex={isSelected ? 0 : -1}
          aria-label={`Actions for ${type}`}
          onClick={(event) => event.stopPropagation()}
          className={cx(
            'grid size-7 place-items-center rounded hover:bg-hover',
            !isSelected &&
              'opacity-0 group-hover:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:opacity-100',
          )}
        >
          <Ellipsis size={16} aria-hidden />
        </button>
      }
    >
      {componentType(type).holdsChildren && (
        <>
          <DropdownMenu.Sub>
            <DropdownMenu.SubTrigger className="flex h-8 cursor-default items-center gap-2 rounded px-2 outline-none data-[highlighted]:bg-hover data-[state=open]:bg-hover">
              <span className="flex-1 pl-[23px]">Add inside</span>
              <ChevronRight size={14} aria-hidden />
            </DropdownMenu.SubTrigger>
            <DropdownMenu.Portal>
              <DropdownMenu.SubContent className={menuSurface} collisionPadding={8}>
                {Object.entries(componentTypes).map(([name, { icon }]) => (
                  <MenuItem key={name} icon={icon} onSelect={() => onAdd(name)}>
                    {name}
                  </MenuItem>
                ))}
              </DropdownMenu.SubContent>
            </DropdownMenu.Portal>
          </DropdownMenu.Sub>
          <MenuLine />
        </>
      )}
      <MenuItem icon={ArrowUp} shortcut="Alt ↑" isDisabled={!canStep('up')} onSelect={() => onStep('up')}>
        Move up
      </MenuItem>
      <MenuItem
        icon={ArrowDown}
        shortcut="Alt ↓"
        isDisabled={!canStep('down')}
        onSelect={() => onStep('down')}
      >
        Move down
      </MenuItem>
      <MenuItem icon={ArrowRight} shortcut="Alt →" isDisabled={!canStep('in')} onSelect={() => onStep('in')}>
        Into the one before
      </MenuItem>
      <MenuItem icon={ArrowLeft} shortcut="Alt ←" isDisabled={!canStep('out')} onSelect={() => onStep('out')}>
        Out of its parent
      </MenuItem>
      <MenuLine />
      <MenuItem icon={Trash2} shortcut="Del" isDanger onSelect={onDelete}>
        Delete…
      </MenuItem>
    </Menu>
  )
}
