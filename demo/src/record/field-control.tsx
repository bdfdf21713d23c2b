import type { FieldData } from '@metabuilder/dbal'
import { cx } from '../ui/class-names.ts'
import type { ControlAttributes } from '../ui/field.tsx'
import { bytesInWords } from '../ui/numbers.ts'
import { Switch } from '../ui/switch.tsx'
import { kindOf } from './field-kind.ts'
import { ReferencePicker } from './reference-picker.tsx'

/** What is typed so far: undefined leaves the field out, null is null, the rest is text, a flag or bytes. */
export type Draft = string | boolean | Uint8Array | null | undefined

interface FieldControlProps {
  name: string
  field: FieldData
  draft: Draft
  onChange: (draft: Draft) => void
  attributes: ControlAttributes
  isReadOnly: boolean
}

export function FieldControl({ name, field, draft, onChange, attributes, isReadOnly }: FieldControlProps) {
  const text = typeof draft === 'string' ? draft : ''
  const placeholder = draft === null ? 'null' : defaultInWords(field)
  const shared = { ...attributes, name, placeholder, disabled: isReadOnly, value: text }
  switch (kindOf(field)) {
    case 'flag':
      return <FlagControl {...{ field, draft, onChange, attributes, isReadOnly }} />
    case 'choice':
      return (
        <select
          {...shared}
          className="field"
          onChange={(event) => onChange(event.target.value || (field.nullable ? null : undefined))}
        >
          <option value="">{placeholder || 'choose…'}</option>
          {field.values?.map((value) => (
            <option key={value}>{value}</option>
          ))}
        </select>
      )
    case 'longText':
    case 'json':
      return (
        <textarea
          {...shared}
          rows={kindOf(field) === 'json' || text.includes('\n') ? 6 : 3}
          spellCheck={kindOf(field) === 'longText'}
          className={cx('field', (kindOf(field) === 'json' || text.includes('\n')) && 'font-mono text-xs')}
          onChange={(event) => onChange(event.target.value)}
        />
      )
    case 'bytes':
      return <BytesControl {...{ draft, onChange, attributes, isReadOnly }} />
    case 'reference':
      return (
        <div className="flex gap-1.5">
          <input
            {...shared}
            autoComplete="off"
            className="field font-mono text-xs"
            onChange={(event) => onChange(event.target.value)}
          />
          {field.references && !isReadOnly && (
            <ReferencePicker reference={field.references} onChoose={(value) => onChange(String(value))} />
          )}
        </div>
      )
    default:
      return (
        <input
          {...shared}
          autoComplete="off"
          inputMode={kindOf(field) === 'number' ? 'decimal' : undefined}
          className={cx('field', ['uuid', 'datetime'].includes(field.type) && 'font-mono text-xs')}
          onChange={(event) => onChange(event.target.value)}
        />
      )
  }
}

function FlagControl({ field, draft, onChange, attributes, isReadOnly }: Omit<FieldControlProps, 'name'>) {
  const isOn = draft === undefined ? field.default === true : draft === true
  const { 'aria-required': _, ...rest } = attributes
  return (
    <div className="flex h-8 items-center gap-2">
      <Switch {...rest} checked={isOn} disabled={isReadOnly} onCheckedChange={onChange} />
      <span aria-hidden className="text-ink-2">
        {draft === null ? 'null' : isOn ? 'true' : 'false'}
      </span>
    </div>
  )
}

function BytesControl({
  draft,
  onChange,
  attributes,
  isReadOnly,
}: Omit<FieldControlProps, 'name' | 'field'>) {
  return (
    <div className="flex items-center gap-2">
      <span className="text-ink-2">
        {draft instanceof Uint8Array ? bytesInWords(draft.byteLength) : 'no bytes'}
      </span>
      {!isReadOnly && (
        <input
          {...attributes}
          type="file"
          className="min-w-0 flex-1 text-xs"
          onChange={(event) =>
            event.target.files?.[0]?.arrayBuffer().then(
              (buffer) => onChange(new Uint8Array(buffer)),
              () => onChange(undefined),
            )
          }
        />
      )}
    </div>
  )
}

function defaultInWords(field: FieldData): string {
  if (field.default === undefined || field.default === null) return field.nullable ? 'null' : ''
  return `${JSON.stringify(field.default)} unless given`
}
