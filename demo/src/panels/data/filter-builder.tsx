import type { EntityData } from '@metabuilder/dbal'
import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import {
  type Condition,
  needsValue,
  type Operator,
  operatorsFor,
  operatorWords,
  visibleFields,
} from './filter-model.ts'

/** Conditions on fields, with the operators that fit their types. They apply when the visitor says so. */
export function FilterBuilder({
  entity,
  conditions,
  isAny,
  onChange,
  onDone,
}: {
  entity: EntityData
  conditions: readonly Condition[]
  isAny: boolean
  onChange: (next: { conditions: readonly Condition[]; isAny: boolean }) => void
  onDone: () => void
}) {
  const fields = visibleFields(entity)
  const blank = (): Condition => {
    const [name = '', field] = fields.find(([, candidate]) => !candidate.generated) ?? fields[0] ?? []
    return { field: name, operator: (field && operatorsFor(field)[0]) ?? 'eq', value: '' }
  }
  const [drafts, setDrafts] = useState<readonly Condition[]>(conditions.length > 0 ? conditions : [blank()])
  const [matchesAny, setMatchesAny] = useState(isAny)

  const put = (index: number, next: Condition) =>
    setDrafts(drafts.map((draft, other) => (other === index ? next : draft)))
  const apply = (next: readonly Condition[]) => {
    onChange({
      conditions: next.filter(({ operator, value }) => !needsValue(operator) || value !== ''),
      isAny: matchesAny,
    })
    onDone()
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        apply(drafts)
      }}
    >
      <div className="space-y-2">
        {drafts.map((draft, index) => (
          <ConditionRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a draft has no name but its place
            key={index}
            number={index + 1}
            entity={entity}
            condition={draft}
            onChange={(next) => put(index, next)}
            onRemove={() => setDrafts(drafts.filter((_, other) => other !== index))}
          />
        ))}
      </div>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <Button look="quiet" icon={Plus} onClick={() => setDrafts([...drafts, blank()])}>
          Condition
        </Button>
        {drafts.length > 1 && (
          <label className="flex items-center gap-2 text-ink-2">
            Match
            <select
              className="field !w-auto"
              value={matchesAny ? 'any' : 'all'}
              onChange={(event) => setMatchesAny(event.target.value === 'any')}
            >
              <option value="all">all of them</option>
              <option value="any">any of them</option>
            </select>
          </label>
        )}
        <div className="ml-auto flex gap-2">
          {conditions.length > 0 && (
            <Button look="quiet" onClick={() => apply([])}>
              Clear
            </Button>
          )}
          <Button type="submit" look="primary">
            Apply
          </Button>
        </div>
      </div>
    </form>
  )
}

function ConditionRow({
  number,
  entity,
  condition,
  onChange,
  onRemove,
}: {
  number: number
  entity: EntityData
  condition: Condition
  onChange: (next: Condition) => void
  onRemove: () => void
}) {
  const field = entity.fields[condition.field]
  const operators = field ? operatorsFor(field) : []
  const choose = (name: string) => {
    const next = entity.fields[name]
    if (!next) return
    const fitting = operatorsFor(next)
    onChange({
      field: name,
      operator: fitting.includes(condition.operator) ? condition.operator : (fitting[0] ?? 'isNull'),
      value: '',
    })
  }
  return (
    <fieldset className="grid grid-cols-[1fr_1fr_auto] gap-1.5 sm:grid-cols-[1.1fr_1fr_1.3fr_auto]">
      <legend className="sr-only">Condition {number}</legend>
      <select
        aria-label="Field"
        className="field"
        value={condition.field}
        onChange={(event) => choose(event.target.value)}
      >
        {visibleFields(entity).map(([name]) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        aria-label="Operator"
        className="field"
        value={condition.operator}
        onChange={(event) => onChange({ ...condition, operator: event.target.value as Operator })}
      >
        {operators.map((operator) => (
          <option key={operator} value={operator}>
            {operatorWords[operator]}
          </option>
        ))}
      </select>
      <div className="order-last col-span-3 sm:order-none sm:col-span-1">
        {field && needsValue(condition.operator) && (
          <ValueInput field={field} condition={condition} onChange={onChange} />
        )}
      </div>
      <Button look="quiet" icon={Trash2} iconOnly aria-label="Remove the condition" onClick={onRemove} />
    </fieldset>
  )
}

function ValueInput({
  field,
  condition,
  onChange,
}: {
  field: NonNullable<EntityData['fields'][string]>
  condition: Condition
  onChange: (next: Condition) => void
}) {
  const shared = {
    'aria-label': 'Value',
    className: 'field',
    value: condition.value,
    onChange: (event: { target: { value: string } }) => onChange({ ...condition, value: event.target.value }),
  }
  const choices =
    field.type === 'boolean' ? ['true', 'false'] : condition.operator === 'in' ? undefined : field.values
  if (choices) {
    return (
      <select {...shared}>
        <option value="">choose…</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    )
  }
  const hints: Partial<Record<Operator, string>> = { between: 'from, to', in: 'one, another' }
  return (
    <input
      {...shared}
      placeholder={hints[condition.operator] ?? (field.type === 'datetime' ? '2026-01-31' : '')}
    />
  )
}
