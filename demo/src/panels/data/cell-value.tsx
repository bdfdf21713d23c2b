import type { FieldData } from '@metabuilder/dbal'
import { ArrowUpRight, Check, X } from 'lucide-react'
import { isNumeric } from '../../record/field-kind.ts'
import { toCell } from '../../record/field-text.ts'
import { Badge } from '../../ui/badge.tsx'
import { cx } from '../../ui/class-names.ts'
import { hrefOfView } from './table-view.ts'

interface CellValueProps {
  field: FieldData
  value: unknown
  /** What people call the row that the value names. */
  label: string | undefined
}

/** A value in its cell: one line, quiet where it is null, a link where it names another row. */
export function CellValue({ field, value, label }: CellValueProps) {
  if (value === null || value === undefined) return <span className="text-ink-3 italic">null</span>
  if (typeof value === 'boolean') return <Flag isOn={value} />
  if (field.references) return <Referred field={field} value={value} label={label} />
  if (field.type === 'enum') return <Badge>{String(value)}</Badge>
  const text = toCell(field, value)
  if (isUuid(text)) return <Uuid text={text} />
  const isCode = field.type === 'json' || field.type === 'datetime'
  const isQuiet = value instanceof Uint8Array || field.generated !== undefined
  return (
    <span
      className={cx(
        'truncate',
        isNumeric(field) && 'w-full text-right tabular-nums',
        isCode && 'font-mono text-[11.5px]',
        isQuiet && 'text-ink-2',
      )}
    >
      {text}
    </span>
  )
}

function Flag({ isOn }: { isOn: boolean }) {
  return (
    <span className={cx('inline-flex items-center gap-1', !isOn && 'text-ink-3')}>
      {isOn ? <Check size={14} aria-hidden className="text-ok" /> : <X size={14} aria-hidden />}
      {String(isOn)}
    </span>
  )
}

function Referred({ field, value, label }: CellValueProps) {
  const { entity, field: key } = field.references ?? { entity: '', field: '' }
  const text = toCell(field, value)
  const isLong = isUuid(text)
  return (
    <>
      <span className="min-w-0 flex-1 truncate" title={label && text}>
        {label === undefined ? (
          isLong ? (
            <Uuid text={text} />
          ) : (
            text
          )
        ) : (
          <>
            {!isLong && <span className="mr-1.5 text-ink-3 tabular-nums">{text}</span>}
            {label}
          </>
        )}
      </span>
      <a
        href={hrefOfView(entity, { conditions: [{ field: key, operator: 'eq', value: String(value) }] })}
        tabIndex={-1}
        aria-label={`Show this ${entity}`}
        title={`Show this ${entity}`}
        className="ml-1 shrink-0 rounded p-0.5 text-accent hover:bg-hover"
      >
        <ArrowUpRight size={14} aria-hidden />
      </a>
    </>
  )
}

/** Its ends tell one from another; the middle of ids made in one moment is alike. */
function Uuid({ text }: { text: string }) {
  return (
    <span title={text} className="truncate font-mono text-[11.5px] text-ink-2">
      {text.slice(0, 8)}…{text.slice(-4)}
    </span>
  )
}

const isUuid = (text: string) => text.length === 36 && text[8] === '-' && text[23] === '-'
