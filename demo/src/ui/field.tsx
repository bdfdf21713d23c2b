import { type ReactNode, useId } from 'react'

/** A label, its control and what is said about them: a hint, or what is wrong. */
export function Field({
  label,
  hint,
  error,
  isRequired,
  aside,
  children,
}: {
  label: ReactNode
  hint?: ReactNode
  error?: string | undefined
  isRequired?: boolean
  aside?: ReactNode
  /** Gets the attributes that tie the control to its label and messages. */
  children: (attributes: ControlAttributes) => ReactNode
}) {
  const id = useId()
  const said = error ? `${id}-error` : hint ? `${id}-hint` : undefined
  return (
    <div>
      <div className="mb-1 flex items-baseline gap-2">
        <label htmlFor={id} className="shrink-0 font-medium">
          {label}
          {isRequired && (
            <span className="text-danger" title="Required">
              {' '}
              *
            </span>
          )}
        </label>
        {aside && <span className="ml-auto min-w-0 truncate text-xs text-ink-3">{aside}</span>}
      </div>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': said,
        'aria-required': isRequired || undefined,
      })}
      {error ? (
        <p id={`${id}-error`} role="alert" className="mt-1 text-xs text-danger">
          {error}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
            {hint}
          </p>
        )
      )}
    </div>
  )
}

export interface ControlAttributes {
  id: string
  'aria-invalid': true | undefined
  'aria-describedby': string | undefined
  'aria-required': true | undefined
}
