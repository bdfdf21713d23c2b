/** Errors as they travel over a socket. */

import { DBALError, DBALErrorCode, type ErrorDetails } from '../protocol/error.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { listOf, objectOf, shared, text, whole } from './names.ts'

const strings = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, text]))

interface Details {
  readonly members: Readonly<Record<string, JsonSchema>>
  readonly always?: readonly string[]
}

/** Members that an error always has are named as optional. */
const detailsOf: {
  readonly [Code in DBALErrorCode]: {
    readonly members: { readonly [Name in keyof ErrorDetails[Code]]-?: JsonSchema }
    readonly always?: readonly (keyof ErrorDetails[Code])[]
  }
} = {
  NOT_FOUND: { members: { entity: text, id: {} } },
  CONFLICT: {
    members: {
      entity: text,
      fields: listOf(text),
      constraint: {
        type: 'string',
        enum: ['unique', 'foreignKey', 'notNull', 'check', 'migration', 'version'],
      },
      reason: text,
      version: { type: 'integer' },
    },
  },
  UNAUTHORIZED: { members: { reason: text } },
  FORBIDDEN: {
    members: { entity: text, operation: text, field: text, reason: text },
  },
  VALIDATION_ERROR: {
    members: { issues: listOf(objectOf(strings('path', 'message')), { minItems: 1 }) },
    always: ['issues'],
  },
  RATE_LIMIT_EXCEEDED: {
    members: { retryAfter: { type: 'number', minimum: 0, description: 'Seconds.' } },
    always: ['retryAfter'],
  },
  INTERNAL_ERROR: { members: { incident: text }, always: ['incident'] },
  CAPABILITY_NOT_SUPPORTED: { members: { capability: text }, always: ['capability'] },
  DATABASE_ERROR: { members: { reason: text }, always: ['reason'] },
  TIMEOUT: { members: { timeoutMs: { type: 'number' }, reason: text } },
  SANDBOX_VIOLATION: { members: { reason: text } },
  MALICIOUS_CODE_DETECTED: {
    members: {
      findings: listOf(
        objectOf({ line: whole(1), column: whole(1), finding: text }, { optional: ['column'] }),
      ),
    },
    always: ['findings'],
  },
  QUOTA_EXCEEDED: { members: { used: { type: 'number' }, quota: { type: 'number' } } },
}

const codes = Object.keys(DBALErrorCode) as DBALErrorCode[]

/** One component for each code, one for all of them, and one as events carry it. */
export const errorComponents: Readonly<Record<string, JsonSchema>> = {
  ...Object.fromEntries(codes.map((code) => [shared(`Error.${code}`), errorSchema(code)])),
  [shared('Error')]: {
    oneOf: codes.map((code) => ({ $ref: `#/components/schemas/${shared(`Error.${code}`)}` })),
  },
  [shared('EventError')]: objectOf(
    { code: { type: 'string', enum: codes }, message: text, details: { type: 'object' } },
    { optional: ['details'], description: 'An error inside of a notification: its code is the name.' },
  ),
}

function errorSchema(code: DBALErrorCode): JsonSchema {
  const { status, retryable } = new DBALError(code, '')
  const { members, always = [] }: Details = detailsOf[code]
  const details = { name: { const: code }, ...members }
  return objectOf(
    {
      code: { const: status },
      message: text,
      details: objectOf(details, {
        optional: Object.keys(members).filter((name) => !always.includes(name)),
      }),
    },
    { title: code, ...(retryable && { description: 'The same call may succeed later.' }) },
  )
}
