import type { FieldData } from '@metabuilder/dbal'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { verdictOf } from '../access/verdict.ts'
import { useCall } from '../client/use-call.ts'
import { useStudio } from '../session/studio.ts'
import { Button } from '../ui/button.tsx'
import { Popover } from '../ui/popover.tsx'
import { labelField } from './labels.ts'

type Reference = NonNullable<FieldData['references']>

/** Finds the row that a field shall name, by what people call it. */
export function ReferencePicker({
  reference,
  onChoose,
}: {
  reference: Reference
  onChoose: (value: unknown) => void
}) {
  const { role, schema } = useStudio()
  const [isOpen, setOpen] = useState(false)
  const verdict = verdictOf(schema, role, reference.entity, 'read')
  return (
    <Popover
      isOpen={isOpen}
      onOpenChange={setOpen}
      label={`Choose a ${reference.entity}`}
      align="end"
      className="w-72"
      trigger={
        <Button
          icon={Search}
          iconOnly
          aria-label={`Choose a ${reference.entity}`}
          refusal={verdict.reach === 'none' ? verdict.reason : undefined}
        />
      }
    >
      <Choices
        reference={reference}
        onChoose={(value) => {
          onChoose(value)
          setOpen(false)
        }}
      />
    </Popover>
  )
}

function Choices({ reference, onChoose }: { reference: Reference; onChoose: (value: unknown) => void }) {
  const { schema } = useStudio()
  const [search, setSearch] = useState('')
  const entity = schema.entities[reference.entity]
  const label = (entity && labelField(entity)) ?? reference.field
  const { data, isLoading } = useCall(`choices ${reference.entity} ${search}`, (client) =>
    client.entity(reference.entity).list({
      ...(search && { filter: { [label]: { ilike: `%${search}%` } } }),
      sort: { [label]: 'asc' },
      limit: 20,
    }),
  )
  const rows = data?.data ?? []
  return (
    <>
      <input
        className="field mb-2"
        aria-label={`Search by ${label}`}
        placeholder={`Search by ${label}…`}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ul className="space-y-px">
        {rows.map((row) => (
          <li key={String(row[reference.field])}>
            <button
              type="button"
              onClick={() => onChoose(row[reference.field])}
              className="flex w-full items-baseline gap-2 rounded px-2 py-1 text-left hover:bg-hover"
            >
              <span className="min-w-0 flex-1 truncate">{String(row[label] ?? '')}</span>
              <span className="max-w-24 truncate font-mono text-[11px] text-ink-3">
                {String(row[reference.field])}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {rows.length === 0 && !isLoading && (
        <p className="px-2 py-1 text-ink-2">No {reference.entity} matches. Search for something else.</p>
      )}
    </>
  )
}
