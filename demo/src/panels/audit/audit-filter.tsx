import { X } from 'lucide-react'
import { roleNames } from '../../access/verdict.ts'
import { useStudio } from '../../session/studio.ts'
import { Button } from '../../ui/button.tsx'
import type { Filter } from './audit-panel.tsx'

const operations = [
  'create',
  'createMany',
  'update',
  'updateMany',
  'delete',
  'deleteMany',
  'upsert',
  'read',
  'list',
  'move',
  'reorder',
  'getTree',
]

/** Narrows the log. What is chosen applies at once. */
export function AuditFilter({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { schema } = useStudio()
  const put = (name: keyof Filter, value: string | boolean | undefined) => {
    const { [name]: _, ...rest } = filter
    onChange(value === undefined || value === '' ? rest : { ...rest, [name]: value })
  }
  return (
    <fieldset
      aria-label="Filter the log"
      className="flex flex-wrap items-center gap-2 border-t bg-surface px-4 py-2 lg:px-6"
    >
      <Choice
        label="Entity"
        value={filter.entity ?? undefined}
        choices={Object.keys(schema.entities)}
        onChoose={(value) => put('entity', value)}
      />
      <Choice
        label="Operation"
        value={filter.operation}
        choices={operations}
        onChoose={(value) => put('operation', value)}
      />
      <Choice
        label="Role"
        value={filter.role}
        choices={[...roleNames, 'system']}
        onChoose={(value) => put('role', value)}
      />
      <Choice
        label="Outcome"
        value={filter.success === undefined ? undefined : filter.success ? 'done' : 'refused'}
        choices={['done', 'refused']}
        onChoose={(value) => put('success', value === '' ? undefined : value === 'done')}
      />
      <label className="flex items-center gap-1.5 text-ink-2 max-sm:w-full">
        Since
        <input
          type="date"
          className="field !w-auto max-sm:flex-1"
          value={filter.from?.slice(0, 10) ?? ''}
          onChange={(event) => put('from', event.target.value && `${event.target.value}T00:00:00.000Z`)}
        />
      </label>
      {Object.keys(filter).length > 0 && (
        <Button look="quiet" icon={X} onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </fieldset>
  )
}

function Choice({
  label,
  value,
  choices,
  onChoose,
}: {
  label: string
  value: string | undefined
  choices: readonly string[]
  onChoose: (value: string) => void
}) {
  return (
    <select
      aria-label={label}
      className="field !w-auto max-sm:!w-[calc(50%-4px)]"
      value={value ?? ''}
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="">{label}: all</option>
      {choices.map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </select>
  )
}
