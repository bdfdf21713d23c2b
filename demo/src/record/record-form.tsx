import type { EntityData, FieldData } from '@metabuilder/dbal'
import { type FormEvent, useId, useState } from 'react'
import { writableFields } from '../access/verdict.ts'
import { fieldErrors } from '../client/errors.ts'
import type { Outcome } from '../client/use-action.ts'
import { useStudio } from '../session/studio.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { type Draft, FieldControl } from './field-control.tsx'
import { constraintsOf } from './field-kind.ts'
import { fromText, toText } from './field-text.ts'

export type Values = Readonly<Record<string, unknown>>

/** A form made from an entity's fields: creates without a row, edits with one. Errors stand at their fields. */
export function RecordForm({
  entity,
  row,
  preset = {},
  submitLabel,
  refusal,
  onSubmit,
  isBusy,
}: {
  entity: EntityData
  row?: Values
  /** Values that a new row starts with. */
  preset?: Values
  submitLabel: string
  /** Why the role may not do it at all. */
  refusal?: string | undefined
  /** Gets the values of a new row, or those that have changed. */
  onSubmit: (values: Values) => Promise<Outcome<unknown>>
  isBusy: boolean
}) {
  const { role } = useStudio()
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft>>>({})
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  const formId = useId()
  const start = row ?? preset
  const writable = writableFields(entity, role, row ? 'update' : 'create')
  const fields = Object.entries(entity.fields).filter(
    ([, field]) => !field.hidden && (row || !field.generated),
  )

  const draftOf = (name: string, field: FieldData): Draft =>
    name in drafts ? drafts[name] : draftFrom(field, start[name])

  async function submit(event: FormEvent) {
    event.preventDefault()
    const { values, errors: unreadable } = readDrafts(entity, drafts, start)
    setErrors(unreadable)
    if (Object.keys(unreadable).length > 0) return
    const outcome = await onSubmit(row ? values : { ...preset, ...values })
    if (outcome.ok) setDrafts({})
    else setErrors(fieldErrors(outcome.error))
  }

  const unplaced = Object.entries(errors).filter(([name]) => !fields.some(([field]) => field === name))
  return (
    <form id={formId} onSubmit={submit} noValidate className="space-y-4">
      {fields.map(([name, field]) => {
        const reason = readOnlyReason(name, field, Boolean(row), writable, role) ?? refusal
        const draft = draftOf(name, field)
        return (
          <Field
            key={name}
            label={name}
            aside={constraintsOf(field)}
            hint={reason}
            error={errors[name]}
            isRequired={field.required}
          >
            {(attributes) => (
              <div className="flex items-start gap-1.5">
                <div className="min-w-0 flex-1">
                  <FieldControl
                    {...{ name, field, draft, attributes }}
                    isReadOnly={reason !== undefined}
                    onChange={(next) => setDrafts({ ...drafts, [name]: next })}
                  />
                </div>
                {field.nullable && reason === undefined && draft !== null && draft !== undefined && (
                  <Button
                    look="quiet"
                    aria-label={`Set ${name} to null`}
                    className="px-2 font-mono text-xs"
                    onClick={() => setDrafts({ ...drafts, [name]: null })}
                  >
                    null
                  </Button>
                )}
              </div>
            )}
          </Field>
        )
      })}
      {unplaced.map(([name, message]) => (
        <p key={name} role="alert" className="text-xs text-danger">
          {name}: {message}
        </p>
      ))}
      <div className="sticky bottom-0 -mx-1 flex gap-2 bg-surface px-1 py-3">
        <Button
          type="submit"
          look="primary"
          busy={isBusy}
          refusal={refusal}
          disabled={row !== undefined && Object.keys(drafts).length === 0}
        >
          {submitLabel}
        </Button>
        {Object.keys(drafts).length > 0 && (
          <Button
            look="quiet"
            onClick={() => {
              setDrafts({})
              setErrors({})
            }}
          >
            Discard changes
          </Button>
        )}
      </div>
    </form>
  )
}

function draftFrom(field: FieldData, value: unknown): Draft {
  if (value === undefined || value === null) return value
  if (typeof value === 'boolean' || value instanceof Uint8Array) return value
  return toText(field, value)
}

function readDrafts(entity: EntityData, drafts: Readonly<Record<string, Draft>>, start: Values) {
  const values: Record<string, unknown> = {}
  const errors: Record<string, string> = {}
  for (const [name, draft] of Object.entries(drafts)) {
    const field = entity.fields[name]
    if (!field || draft === undefined) continue
    try {
      values[name] = typeof draft === 'string' ? readText(field, draft, start[name]) : draft
    } catch (error) {
      errors[name] = `is not JSON: ${error instanceof Error ? error.message : String(error)}`
    }
  }
  return { values, errors }
}

/** An emptied field is null where an empty text could not be its value. */
function readText(field: FieldData, text: string, before: unknown): unknown {
  const isText = ['string', 'text', 'any'].includes(field.type) && !field.references
  if (text === '' && field.nullable && !isText) return null
  return fromText(field, text, before)
}

function readOnlyReason(
  name: string,
  field: FieldData,
  isEdit: boolean,
  writable: ReadonlySet<string> | undefined,
  role: string,
) {
  if (field.generated) return 'Set by the engine.'
  if (isEdit && field.immutable) return 'Set once, when the row is created.'
  if (writable && !writable.has(name))
    return `The rule for ${role} lets only ${[...writable].join(', ')} be written.`
  return undefined
}
