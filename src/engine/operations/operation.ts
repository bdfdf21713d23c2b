/** What an operation is to the pipeline, and what the engine lends it. */

import type { Limits } from '../../protocol/limits.ts'
import type { OperationSpec } from '../../protocol/operations.ts'
import type { Policies } from '../access/policy.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { AllowedCall, Call, Outcome, Published, RowChange } from '../call.ts'
import type { Conflicts } from '../conflict.ts'
import type { Dialect } from '../dialect.ts'
import type { IdSource, Random } from '../ids.ts'
import type { Reach } from '../live/reach.ts'
import type { Lookup } from '../lookup.ts'
import type { Model } from '../model.ts'
import type { PasswordHasher, PasswordReset } from '../passwords.ts'
import type { Queries } from '../query/queries.ts'
import type { Validators } from '../validate/validators.ts'
import type { Work } from '../work.ts'

/** What every operation works with. */
export interface Tools {
  readonly model: Model
  readonly dialect: Dialect
  readonly limits: Limits
  readonly policies: Policies
  readonly validators: Validators
  readonly queries: Queries
  readonly lookup: Lookup
  readonly conflicts: Conflicts
  readonly audit: AuditLog | null
  readonly ids: IdSource
  readonly passwords: PasswordHasher
  readonly reach: Reach
  /** Whether anybody has a live query open. */
  readonly isListenedTo: () => boolean
  /** Tells other processes over the same database, when the transaction that it is called in is committed. */
  readonly announce: (published: Published) => Work<void>
  readonly random: Random
  /** Whether anybody may make an account. */
  readonly registration: boolean
  /** Absent where the host cannot reach people. */
  readonly sendReset: ((reset: PasswordReset) => void) | undefined
}

interface OperationBase {
  readonly spec: OperationSpec
  /** Whether this call writes, where that is not the same for every call; else `spec.writes`. */
  readonly writes?: (call: Call, tools: Tools) => boolean
  /** Parameters after the entity: at least, at most. */
  readonly arity: readonly [number, number]
}

/** An operation that is all work on the database. */
export interface QuickOperation extends OperationBase {
  /**
   * For what does nothing but read rows, when `writes` says so: it may run beside the work of others. Whether this call
   * takes one statement; only looks at the call.
   */
  readonly isOneStatement?: (call: Call) => boolean
  readonly run: (call: AllowedCall, tools: Tools) => Work<Outcome>
}

/** Lets a slow operation look at the database before its last step. */
export interface DatabasePort {
  /** In a transaction of its own. */
  transaction<T>(work: () => Work<T>): Promise<T>
  /** Without one: for work that brings its own. */
  run<T>(work: () => Work<T>): Promise<T>
  /** Tells of rows that a `transaction` has changed, when the call itself will not. */
  publish(changes: readonly RowChange[]): Promise<void>
}

/**
 * An operation that waits for something slow (hashing a password, a check of the whole file), which must not hold a
 * transaction. `prepare` waits; what it returns is then run like any other operation.
 */
export interface SlowOperation extends OperationBase {
  readonly prepare: (call: AllowedCall, tools: Tools, port: DatabasePort) => Promise<() => Work<Outcome>>
  /** Calls with the same key wait for each other, so that a sign-in sees the password that was set just before it. */
  readonly key?: (call: AllowedCall) => string
}

export type Operation = QuickOperation | SlowOperation

export function isSlow(operation: Operation): operation is SlowOperation {
  return 'prepare' in operation
}
