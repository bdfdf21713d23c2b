import type { FieldData } from '@metabuilder/dbal'
import { useState } from 'react'
import { kindOf } from '../../record/field-kind.ts'
import { fromText, toText } from '../../record/field-text.ts'
import type { Values } from '../../record/record-form.tsx'
import { cx } from '../../ui/class-names.ts'
import type { CellEdit } from './use-cell-edit.ts'

const noValue = '\u0000null'

/** Enter keeps the value, Escape leaves it as it was, leaving the cell keeps it. */
export function CellEditor({
  name,
  field,
  value,
  edit,
  row,
}: {
  name: string
  field: FieldData
  value: unknown
  edit: CellEdit
  row: Values
}) {
  const [text, setText] = useState(toText(field, value))
  const kind = kindOf(field)
  const shared = {
    autoFocus: true,
    'aria-label': name,
    'aria-invalid': edit.error ? (true as const) : undefined,
    // Not disabled: that would take the focus away, and Escape with it.
    'aria-busy': edit.isBusy,
    className: cx(
      'size-full bg-surface px-2 outline-2 outline-offset-[-2px] outline-accent',
      kind === 'number' && 'text-right',
      edit.error && '!outline-danger',
    ),
  }

  const choices = kind === 'flag' ? ['true', 'false'] : kind === 'choice' ? field.values : undefined
  if (choices) {
    return (
      <select
        {...shared}
        value={value === null ? noValue : String(value)}
        onBlur={edit.cancel}
        onKeyDown={(event) => event.key === 'Escape' && edit.cancel()}
        onChange={({ target }) =>
          edit.commit(
            row,
            target.value === noValue ? null : kind === 'flag' ? target.value === 'true' : target.value,
          )
        }
      >
        {field.nullable && <option value={noValue}>null</option>}
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    )
  }

  const commit = () => edit.commit(row, text === '' && field.nullable ? null : fromText(field, text, value))
  return (
    <>
      <input
        {...shared}
        value={text}
        placeholder={field.nullable ? 'null' : ''}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        // After a refusal, leaving the cell gives up: it would only be refused again.
        onBlur={() => (edit.error ? edit.cancel() : commit())}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          if (event.key === 'Escape') edit.cancel()
        }}
      />
      {edit.error && (
        <p
          role="alert"
          className="absolute top-full left-0 z-20 max-w-80 min-w-full rounded-b-md bg-danger-soft px-2 py-1 text-xs text-danger shadow-float"
        >
          {edit.error}
        </p>
      )}
    </>
  )
}
