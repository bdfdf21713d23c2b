/** Whatever was thrown, as the one error that callers see. */

import { DriverError } from '../drivers/driver.ts'
import { DBALError } from '../protocol/error.ts'

/** Notes down a cause that may not leave the engine and returns the incident's id. */
export type Report = (cause: unknown) => string

/** Text, paths and the original error stay with the incident; the caller gets code, words of ours and details. */
export function toDBALError(error: unknown, report: Report): DBALError {
  if (error instanceof DBALError) return error
  if (error instanceof DriverError) return databaseError(error, report)
  return new DBALError('INTERNAL_ERROR', 'Something went wrong inside the engine', {
    incident: report(error),
  })
}

function databaseError(error: DriverError, report: Report): DBALError {
  switch (error.kind) {
    case 'interrupted':
      return new DBALError('TIMEOUT', 'The deadline passed and the statement was stopped')
    case 'full':
      return new DBALError('QUOTA_EXCEEDED', 'The storage is full; the write was rolled back whole', {})
    case 'io':
    case 'cantOpen':
    case 'readOnly':
    case 'busy':
      report(error)
      return new DBALError('DATABASE_ERROR', `The storage refused the operation (${error.kind})`, {
        reason: error.kind,
      })
    case 'corrupt':
    case 'notADatabase':
      report(error)
      return new DBALError('DATABASE_ERROR', 'The file is damaged or is no SQLite database', {
        reason: error.kind,
      })
    case 'tooBig':
      return new DBALError('VALIDATION_ERROR', 'A value is larger than the database can hold', {
        issues: [{ path: '', message: 'a value is larger than the database can hold' }],
      })
    default:
      return new DBALError('INTERNAL_ERROR', 'Something went wrong inside the engine', {
        incident: report(error),
      })
  }
}
