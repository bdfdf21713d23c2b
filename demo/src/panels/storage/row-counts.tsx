import { hrefOf } from '../../route/route.ts'
import { counted } from '../../ui/numbers.ts'
import { Card } from '../../ui/panel.tsx'

/** How the rows are spread over the entities. */
export function RowCounts({ rows }: { rows: Readonly<Record<string, number>> }) {
  const entries = Object.entries(rows).sort(([, left], [, right]) => right - left)
  const most = Math.max(1, ...entries.map(([, count]) => count))
  return (
    <Card title="Rows" lead="All of them, whoever may see them.">
      <ul className="p-2">
        {entries.map(([entity, count]) => (
          <li key={entity}>
            <a
              href={hrefOf('data', entity)}
              className="grid grid-cols-[minmax(0,10rem)_1fr_4rem] items-center gap-3 rounded-md px-2 py-1.5 hover:bg-hover"
            >
              <span className="truncate">{entity}</span>
              <span aria-hidden className="h-1.5 rounded-full bg-hover">
                <span
                  className="block h-full rounded-full bg-accent"
                  style={{ width: `${Math.max(count > 0 ? 1.5 : 0, (count / most) * 100)}%` }}
                />
              </span>
              <span className="text-right tabular-nums">{counted(count)}</span>
            </a>
          </li>
        ))}
      </ul>
    </Card>
  )
}
