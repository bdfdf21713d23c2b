import { Image as ImageIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '../../ui/class-names.ts'
import type { ComponentTree } from './tree-model.ts'

interface PreviewProps {
  roots: readonly ComponentTree[]
  selectedId: string | undefined
  onSelect: (id: string) => void
}

/** What the tree looks like as a page. A click chooses a component; the tree is the way there by keyboard. */
export function Preview({ roots, selectedId, onSelect }: PreviewProps) {
  return (
    <div className="mx-auto max-w-3xl overflow-hidden rounded-lg border bg-surface shadow-sm">
      <div aria-hidden className="flex h-8 items-center gap-1.5 border-b bg-sunken px-3">
        {[1, 2, 3].map((dot) => (
          <span key={dot} className="size-2.5 rounded-full bg-line-strong" />
        ))}
      </div>
      <div className="min-h-40">
        {roots.length === 0 && (
          <p className="p-8 text-center text-ink-2">Nothing to show yet: the page has no components.</p>
        )}
        {roots.map((node) => (
          <Node key={node.id} node={node} selectedId={selectedId} onSelect={onSelect} />
        ))}
      </div>
    </div>
  )
}

function Node({ node, ...rest }: { node: ComponentTree } & Omit<PreviewProps, 'roots'>) {
  const children = node.children.map((child) => <Node key={child.id} node={child} {...rest} />)
  return (
    // biome-ignore lint/a11y: the tree beside it is the accessible way to the same nodes
    <div
      onClick={(event) => {
        event.stopPropagation()
        rest.onSelect(node.id)
      }}
      className={cx(
        'rounded-sm',
        node.id === rest.selectedId
          ? 'outline-2 outline-accent'
          : 'hover:outline-1 hover:outline-line-strong',
      )}
    >
      {draw(node, children)}
    </div>
  )
}

function draw({ type, props }: ComponentTree, children: ReactNode[]): ReactNode {
  const value = (name: string) => (props as Record<string, unknown> | null)?.[name]
  const words = (name: string) => String(value(name) ?? '')
  switch (type) {
    case 'Section':
      return (
        <div
          className={cx(
            'space-y-3 px-6 py-6',
            value('tone') === 'accent' && 'bg-accent-soft py-10 text-center [&_p]:mx-auto',
            value('tone') === 'quiet' && 'bg-sunken',
          )}
        >
          {children}
        </div>
      )
    case 'Grid':
      return (
        <div
          className="grid gap-4 p-1"
          style={{
            gridTemplateColumns: `repeat(${Math.min(6, Number(value('columns')) || 2)}, minmax(0, 1fr))`,
          }}
        >
          {children}
        </div>
      )
    case 'Row':
      return <div className="flex flex-wrap items-center justify-center gap-2 p-1">{children}</div>
    case 'Card':
      return <div className="space-y-1.5 rounded-md border bg-surface p-3 text-left">{children}</div>
    case 'List':
      return <div className="space-y-2 px-6 pb-6">{children}</div>
    case 'Form':
      return (
        <div className="flex flex-wrap items-end gap-3 p-1">
          {children}
          <span className="rounded-md bg-accent px-3 py-1.5 font-medium text-accent-ink">
            {words('submit')}
          </span>
        </div>
      )
    case 'Heading':
      return (
        <p
          className={cx(
            'font-semibold tracking-tight',
            value('level') === 1 ? 'text-2xl' : value('level') === 3 ? 'text-sm' : 'text-lg',
          )}
        >
          {words('text')}
        </p>
      )
    case 'Text':
      return <p className="max-w-prose text-ink-2">{words('text')}</p>
    case 'Button':
      return (
        <span
          className={cx(
            'inline-block rounded-md px-3 py-1.5 font-medium',
            value('look') === 'secondary'
              ? 'border border-line-strong bg-surface'
              : 'bg-accent text-accent-ink',
          )}
        >
          {words('label')}
        </span>
      )
    case 'Image':
      return (
        <div
          className="grid place-items-center rounded bg-hover text-ink-2"
          style={{ aspectRatio: words('ratio').replace(':', ' / '), maxHeight: 180, width: '100%' }}
        >
          <ImageIcon size={20} aria-hidden />
          <span className="sr-only">{words('alt')}</span>
        </div>
      )
    case 'Input':
      return (
        <span className="block text-left">
          <span className="text-xs text-ink-2">{words('label')}</span>
          <span className="block h-8 w-44 max-w-full rounded-md border border-line-strong bg-surface" />
        </span>
      )
    case 'Table':
      return <TableSketch rows={Math.min(12, Number(value('rows')) || 3)} source={words('source')} />
    default:
      return (
        <div className="m-1 rounded border border-dashed border-line-strong p-3 text-ink-2">
          <p className="font-mono text-xs">{type}</p>
          {children}
        </div>
      )
  }
}

function TableSketch({ rows, source }: { rows: number; source: string }) {
  return (
    <div className="mx-6 mb-6 overflow-hidden rounded-md border">
      <p className="bg-sunken px-3 py-1.5 text-xs font-medium text-ink-2">{source}</p>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a drawing of rows that are all alike
        <div key={row} className="flex gap-4 border-t px-3 py-2.5">
          {[24, 40, 16].map((width) => (
            <span key={width} className="h-2 rounded bg-hover" style={{ width: `${width}%` }} />
          ))}
        </div>
      ))}
    </div>
  )
}
