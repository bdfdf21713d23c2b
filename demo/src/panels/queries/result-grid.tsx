import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { cx } from '../../ui/class-names.ts'
import { cellText, type Outcome } from './outcome.ts'

const rowHeight = 30

/** Rows that are known whole; only those in sight are drawn. */
export function ResultGrid({ outcome }: { outcome: Outcome }) {
  const scroller = useRef<HTMLElement>(null)
  const { rows, columns } = outcome
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtualizer.getVirtualItems()
  const above = items[0]?.start ?? 0
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll
    <section ref={scroller} aria-label="Rows" tabIndex={0} className="scroll min-h-0 flex-1">
      <table
        aria-label="Result"
        aria-rowcount={rows.length + 1}
        className="min-w-full border-separate border-spacing-0"
      >
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                className="sticky top-0 z-10 h-8 border-r border-b bg-sunken px-2.5 text-left text-xs font-semibold whitespace-nowrap"
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden style={{ height: above }} />}
          {items.map(({ index }) => (
            <tr
              key={index}
              aria-rowindex={index + 2}
              className="hover:bg-sunken"
              style={{ height: rowHeight }}
            >
              {columns.map((column) => (
                <Cell key={column} value={rows[index]?.[column]} />
              ))}
            </tr>
          ))}
          {below > 0 && <tr aria-hidden style={{ height: below }} />}
        </tbody>
      </table>
    </section>
  )
}

function Cell({ value }: { value: unknown }) {
  const isNumber = typeof value === 'number' || typeof value === 'bigint'
  const text = cellText(value)
  return (
    <td
      className={cx(
        'max-w-96 truncate border-r border-b px-2.5',
        isNumber && 'text-right tabular-nums',
        typeof value === 'object' && value !== null && 'font-mono text-[11.5px]',
      )}
      title={text.length > 40 ? text : undefined}
    >
      {value === null ? <span className="text-ink-3 italic">null</span> : text}
    </td>
  )
}
