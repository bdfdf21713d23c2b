import { DBALError } from '@metabuilder/dbal'
import { notify } from '../ui/toast.tsx'

/** Whatever was thrown, as an error with a code. */
export function toDBALError(error: unknown): DBALError {
  if (error instanceof DBALError) return error
  return new DBALError('INTERNAL_ERROR', error instanceof Error ? error.message : String(error), undefined, {
    cause: error,
  })
}

export function notifyError(error: DBALError): void {
  notify({ tone: 'danger', title: `${error.code} ${error.status}`, text: error.message })
}

/** What is wrong with which field: `{ email: 'is not an email address' }`. */
export function fieldErrors(error: DBALError | undefined): Readonly<Record<string, string>> {
  if (!error) return {}
  if (error.is('VALIDATION_ERROR')) {
    return Object.fromEntries(
      (error.details?.issues ?? []).map((issue) => [fieldOf(issue.path), issue.message]),
    )
  }
  if (error.is('CONFLICT')) {
    return Object.fromEntries((error.details?.fields ?? []).map((field) => [field, error.message]))
  }
  if (error.is('FORBIDDEN') && error.details?.field) return { [error.details.field]: error.message }
  return {}
}

/** `data.email` and `props.title[2]` belong to the fields `email` and `props`. */
function fieldOf(path: string): string {
  const [first = '', second] = path.replace(/^(data|patch)\./, '').split(/[.[]/)
  return first || (second ?? '')
}
