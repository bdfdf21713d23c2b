/** The table of errors. What is said of each code is here, and the compiler asks for it when a code or a detail is new. */

import { DBALError, DBALErrorCode, type ErrorDetails } from '../../src/protocol/error.ts'
import { code, table } from './table.ts'

interface ErrorText<Code extends DBALErrorCode> {
  readonly when: string
  /** By member of `details`. */
  readonly details: { readonly [Member in keyof Required<ErrorDetails[Code]>]: string }
}

const texts: { readonly [Code in DBALErrorCode]: ErrorText<Code> } = {
  NOT_FOUND: {
    when: 'there is no such row, or it is hidden from the caller; the answer is the same',
    details: { entity: 'its name', id: 'what was asked for' },
  },
  CONFLICT: {
    when: 'a unique value is taken, a reference leads nowhere or is still needed, migrations clash, the database has another version',
    details: {
      entity: 'what was written',
      fields: 'names of the fields of the constraint',
      constraint: '`unique`, `foreignKey`, `notNull`, `check`, `migration` or `version`',
      reason: 'in words, where no constraint says it',
      version: 'the version of the database or of the migration',
    },
  },
  UNAUTHORIZED: {
    when: 'credentials or a token are missing, wrong or expired',
    details: { reason: '`password`: the current password is wrong' },
  },
  FORBIDDEN: {
    when: 'no rule allows it to the role, a row after the write would not be allowed, a field may not be read or written',
    details: {
      entity: 'its name',
      operation: 'what was tried',
      field: 'which field',
      reason: 'which of the rules against escalation',
    },
  },
  VALIDATION_ERROR: {
    when: 'input, query, rule, schema or configuration is wrong',
    details: { issues: 'up to 100 `{ path, message }`: the place, and what would be right; never the value' },
  },
  RATE_LIMIT_EXCEEDED: {
    when: 'there were too many attempts in the window',
    details: { retryAfter: 'seconds' },
  },
  INTERNAL_ERROR: {
    when: 'a defect; the message never has SQL, paths or secrets',
    details: { incident: 'an id; the console of the worker has the cause under it' },
  },
  CAPABILITY_NOT_SUPPORTED: {
    when: 'the backend or this version lacks it',
    details: { capability: 'its name' },
  },
  DATABASE_ERROR: {
    when: 'the storage is unavailable or damaged, another tab has it, the worker does not load, the client is closed',
    details: { reason: 'which of these' },
  },
  TIMEOUT: {
    when: 'the deadline passed; a statement that was running was stopped',
    details: { timeoutMs: 'milliseconds that the call had', reason: 'what it was waiting for' },
  },
  SANDBOX_VIOLATION: {
    when: 'a guest or a script touched what it may not; nothing in this version raises it',
    details: { reason: 'what it touched' },
  },
  MALICIOUS_CODE_DETECTED: {
    when: 'the scan of a script refused it',
    details: { findings: 'a list of `{ line, column?, finding }`' },
  },
  QUOTA_EXCEEDED: {
    when: 'the storage is full; the write was rolled back whole',
    details: { used: 'bytes', quota: 'bytes' },
  },
}

const names = Object.keys(DBALErrorCode) as DBALErrorCode[]

export function errorsPart(): string {
  return table(
    ['code', 'status', 'raised when', '`details`', '`retryable`'],
    names.map((name) => {
      const { status, retryable } = new DBALError(name, '')
      const members = Object.keys(texts[name].details)
      return [
        code(name),
        String(status),
        texts[name].when,
        members.map(code).join(', '),
        retryable ? 'yes' : 'no',
      ]
    }),
  )
}

export function detailsPart(): string {
  return table(
    ['code', 'member of `details`', 'what it is'],
    names.flatMap((name) =>
      Object.entries(texts[name].details).map(([member, text]) => [code(name), code(member), text]),
    ),
  )
}
