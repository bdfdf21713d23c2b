/**
 * The one error of every surface. A closed table of codes (reference: docs/reference/errors.md);
 * errors travel as values inside replies, never as thrown exceptions across a port or socket.
 */

const table = {
  NOT_FOUND: { status: 404, retryable: false },
  CONFLICT: { status: 409, retryable: false },
  UNAUTHORIZED: { status: 401, retryable: false },
  FORBIDDEN: { status: 403, retryable: false },
  VALIDATION_ERROR: { status: 422, retryable: false },
  RATE_LIMIT_EXCEEDED: { status: 429, retryable: false },
  INTERNAL_ERROR: { status: 500, retryable: false },
  CAPABILITY_NOT_SUPPORTED: { status: 501, retryable: false },
  DATABASE_ERROR: { status: 503, retryable: true },
  TIMEOUT: { status: 504, retryable: true },
  SANDBOX_VIOLATION: { status: 403, retryable: false },
  MALICIOUS_CODE_DETECTED: { status: 403, retryable: false },
  QUOTA_EXCEEDED: { status: 507, retryable: false },
} as const

export type DBALErrorCode = keyof typeof table

/** The codes as values: `error.code === DBALErrorCode.NOT_FOUND`. */
export const DBALErrorCode = Object.freeze(
  Object.fromEntries(Object.keys(table).map((code) => [code, code])),
) as { readonly [Code in DBALErrorCode]: Code }

/** One thing wrong with an input: where (`email`, `filter.role.gt`, `[2].title`) and what. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** What `details` holds, by code. Absent members were not known; none ever carries a stored value. */
export interface ErrorDetails {
  NOT_FOUND: { entity?: string; id?: unknown }
  CONFLICT: {
    entity?: string
    fields?: readonly string[]
    constraint?: 'unique' | 'foreignKey' | 'notNull' | 'check' | 'migration' | 'version'
    reason?: string
    version?: number
  }
  UNAUTHORIZED: { reason?: string }
  FORBIDDEN: { entity?: string; operation?: string; field?: string; reason?: string }
  VALIDATION_ERROR: { issues: readonly Issue[] }
  RATE_LIMIT_EXCEEDED: { retryAfter: number }
  INTERNAL_ERROR: { incident: string }
  CAPABILITY_NOT_SUPPORTED: { capability: string }
  DATABASE_ERROR: { reason: string }
  TIMEOUT: { timeoutMs?: number; reason?: string }
  SANDBOX_VIOLATION: { reason?: string }
  MALICIOUS_CODE_DETECTED: {
    findings: readonly { line: number; column?: number; finding: string }[]
  }
  QUOTA_EXCEEDED: { used?: number; quota?: number }
}

/** An error as it travels: plain data. */
export interface WireError {
  readonly code: DBALErrorCode
  readonly message: string
  readonly details?: unknown
}

/**
 * What every operation rejects with.
 *
 * `code` names the reason, `status` is its number, `details` depends on the code (see {@link ErrorDetails}),
 * `retryable` says whether the same call may succeed later.
 */
export class DBALError<Code extends DBALErrorCode = DBALErrorCode> extends Error {
  override readonly name = 'DBALError'
  readonly code: Code
  readonly status: number
  readonly details: ErrorDetails[Code] | undefined
  readonly retryable: boolean

  constructor(code: Code, message: string, details?: ErrorDetails[Code], options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.status = table[code].status
    this.details = details
    this.retryable = table[code].retryable
  }

  /** Narrows by code, so that `details` has the type of that code. */
  is<C extends DBALErrorCode>(code: C): this is DBALError<C> {
    return (this.code as DBALErrorCode) === code
  }

  /** The plain form that crosses a port; the cause stays at home. */
  toWire(): WireError {
    return this.details === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, details: this.details }
  }

  toJSON(): WireError & { status: number; retryable: boolean } {
    return { ...this.toWire(), status: this.status, retryable: this.retryable }
  }

  /** Rebuilds an error from a reply. Anything that is not one of ours becomes an INTERNAL_ERROR. */
  static fromWire(wire: WireError): DBALError {
    return Object.hasOwn(table, wire.code)
      ? new DBALError(wire.code, wire.message, wire.details as ErrorDetails[DBALErrorCode])
      : new DBALError('INTERNAL_ERROR', 'The reply carried an unknown error')
  }
}

/** A VALIDATION_ERROR for one place. */
export function invalid(path: string, message: string): DBALError<'VALIDATION_ERROR'> {
  return invalidAll([{ path, message }])
}

/** A VALIDATION_ERROR for several places; its message is the first issue. */
export function invalidAll(issues: readonly Issue[]): DBALError<'VALIDATION_ERROR'> {
  const first = issues[0]
  const rest = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  const text = first ? `${first.path ? `${first.path}: ` : ''}${first.message}${rest}` : 'Bad input'
  return new DBALError('VALIDATION_ERROR', text, { issues })
}
