/** What the steps of the pipeline hand on to each other. Each step returns a richer value; none changes one in place. */

import type { Event } from '../protocol/event.ts'
import type { Principal } from '../protocol/principal.ts'
import type { RequestId } from '../protocol/request.ts'
import type { Row } from '../protocol/rows.ts'
import type { EntityAccess } from './access/access.ts'
import type { RecordedText } from './audit/images.ts'
import type { EntityModel } from './model.ts'
import type { Operation } from './operations/operation.ts'
import type { Caller } from './query/binding.ts'

/** The caller's end of a session, as operations see it. */
export interface CallerPort {
  readonly clientId: string
  readonly principal: Principal
  /**
   * Makes the port's caller somebody else, from the next call on.
   * @param expiresAt when its token ends, epoch milliseconds; null for what is not bound to one
   */
  become(principal: Principal, expiresAt: number | null): void
  /** @throws DBALError UNAUTHORIZED once the token that the caller signed in with has expired or was revoked */
  requireValid(nowMs: number): void
  /** What was sent to the caller is piling up: live results wait until it can take more. */
  readonly isBusy: boolean
  emit(event: Event): void
}

/** A request whose method and entity exist and whose parameters are of the right number. */
export interface Call {
  readonly caller: Caller
  readonly port: CallerPort
  readonly requestId: RequestId
  readonly method: string
  readonly operation: Operation
  /** Null for methods of the database as a whole. */
  readonly entity: EntityModel | null
  /** What follows the entity. */
  readonly params: readonly unknown[]
  /** Driver clock at the start, for durations. */
  readonly startedAt: number
}

/** A call that some rule allows. */
export interface AllowedCall extends Call {
  /** Null for methods of the database as a whole. */
  readonly access: EntityAccess | null
  /** True when `permissive` let through what `strict` would refuse. */
  readonly wouldDeny: boolean
}

/** A row that came, changed or went; `before` and `after` hold every field, hidden ones included, and never leave the engine. */
export interface RowChange {
  readonly entity: EntityModel
  readonly kind: 'create' | 'update' | 'delete'
  readonly id: unknown
  readonly before: Row | null
  readonly after: Row | null
  /** Of a row that was deleted: no other one referred to it, so that the database changed nothing else. */
  readonly isAlone?: boolean
  /** What foreign keys have changed with it, in other rows; absent where nobody wanted to know. */
  readonly followed?: readonly RowChange[]
}

export interface Outcome {
  readonly result: unknown
  readonly changes: readonly RowChange[]
  /** One audit entry for all changes, as a bulk write has; else one a change. */
  readonly bulk?: boolean
  /** As the audit log calls what was done; the method when absent. */
  readonly operation?: string
  /** What is recorded although no row changed: a sign-in attempt, a migration. */
  readonly attempt?: {
    readonly success: boolean
    readonly rowIds: readonly unknown[]
    /** SQL without its literals, and how many rows it gave. */
    readonly text?: RecordedText
  }
  /** The changes of a batch were recorded by its own calls. */
  readonly recorded?: boolean
  /** As `AllowedCall.wouldDeny`, where it took a look at the rows to know. */
  readonly wouldDeny?: boolean
  /**
   * Entities whose rows may have changed in ways that `changes` does not tell (SQL text, migrations). None, but there: what was
   * done counts as a write although it had nothing to change.
   */
  readonly touched?: Touched
  /** The result must not be stored, not even for the case that its reply is lost. */
  readonly holdsSecrets?: boolean
  /** Called once the transaction that the call was in is committed; never for one that is rolled back. */
  readonly onCommit?: () => void
}

/** Names of entities, or all of them. */
export type Touched = readonly string[] | 'all'

/** What a committed transaction has done to rows, for those who watch them. */
export interface Published {
  readonly changes: readonly RowChange[]
  readonly touched: Touched
  /** Rows that another process has changed. */
  readonly elsewhere?: readonly ChangedElsewhere[]
}

/** A row that another process has written: what it was is not known. */
export interface ChangedElsewhere {
  readonly entity: EntityModel
  readonly id: unknown
  /** As it is now; null where it is gone. */
  readonly after: Row | null
}

export function joinTouched(all: readonly (Touched | undefined)[]): Touched {
  return all.includes('all') ? 'all' : all.flatMap((one) => (one && one !== 'all' ? one : []))
}

export function answer(result: unknown): Outcome {
  return { result, changes: [] }
}
