import { ArrowUpRight } from 'lucide-react'
import { verdictOf } from '../../access/verdict.ts'
import { useCall } from '../../client/use-call.ts'
import { inversesOf } from '../../record/labels.ts'
import type { Values } from '../../record/record-form.tsx'
import { useStudio } from '../../session/studio.ts'
import { counted } from '../../ui/numbers.ts'
import { hrefOfView } from './table-view.ts'

/** Who refers to a row, and how many they are. */
export function Relations({ name, row, onFollow }: { name: string; row: Values; onFollow: () => void }) {
  const { role, schema } = useStudio()
  const inverses = inversesOf(schema, name).filter(
    ({ entity }) => verdictOf(schema, role, entity, 'read').reach !== 'none',
  )
  const key = inverses.map(({ target }) => String(row[target])).join()
  const counts = useCall(inverses.length > 0 ? `relations ${name} ${key}` : null, (client) =>
    Promise.all(
      inverses.map(({ entity, field, target }) =>
        client.entity(entity).count({ [field]: row[target] ?? null }),
      ),
    ),
  )
  if (inverses.length === 0) return null
  return (
    <section aria-labelledby="relations" className="mt-6 border-t pt-4">
      <h3 id="relations" className="mb-1.5 font-semibold">
        Refer to this row
      </h3>
      <ul className="space-y-px">
        {inverses.map(({ entity, field, target }, index) => (
          <li key={`${entity} ${field}`}>
            <a
              href={hrefOfView(entity, {
                conditions: [{ field, operator: 'eq', value: String(row[target]) }],
              })}
              onClick={onFollow}
              className="flex h-8 items-center gap-2 rounded-md px-2 hover:bg-hover"
            >
              <span className="flex-1">
                {entity} <span className="text-ink-3">by {field}</span>
              </span>
              <span className="tabular-nums">
                {counts.data?.[index] === undefined ? '' : counted(counts.data[index])}
              </span>
              <ArrowUpRight size={14} aria-hidden className="text-accent" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
