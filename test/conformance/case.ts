/**
 * What a conformance case is: plain JSON that says who does what and what comes back, so that it can be sent to any
 * endpoint in any language. Values and expectations may hold the markers of `values.ts` and `match.ts`.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

export interface Topic {
  readonly topic: string
  readonly cases: readonly Case[]
}

export interface Case {
  /** A sentence about behaviour; unique in its topic. */
  readonly name: string
  /** Which of `schemas.ts` the database has; the built-in one when absent. */
  readonly schema?: string
  /** In place of all rules of the schema. */
  readonly rules?: readonly Rule[]
  /** The database is not opened at all: what calls are refused with then. */
  readonly refused?: Refusal
  /** Steps that make the scene; each must succeed. */
  readonly given?: readonly Step[]
  readonly steps: readonly Step[]
}

export interface Rule {
  readonly entity: string
  readonly roles: readonly string[]
  readonly operations: readonly string[]
  readonly rowFilter?: string
  readonly check?: string
  readonly fields?: { readonly read?: readonly string[]; readonly write?: readonly string[] }
}

export interface Refusal {
  readonly code: string
  readonly message?: Json
  readonly details?: Json
}

/**
 * Who calls: a role (`'god'`, with an id of nobody's row), a row of User that was saved before (`'$alice'`), or an identity
 * of its own.
 */
export type As =
  | string
  | { readonly id: string; readonly role: string; readonly username?: string; readonly email?: string }

interface Expectations {
  /** The result is known to later steps under this name: `$alice.id`. */
  readonly save?: string
  /** What the result must match. Without it and without `error` it is enough that the call succeeds. */
  readonly expect?: Json
  /** The code that the call must be refused with, or more about that refusal. */
  readonly error?: string | Refusal
  /** Texts that stand nowhere in the answer, be it a result or an error. */
  readonly absent?: readonly string[]
  /** The audit entries that this step adds, all of them, in order. */
  readonly audit?: readonly Json[]
  /** What each watch hears of this step: one `{ rows?, added?, removed?, changed?, moved? }` for every time it is called. */
  readonly events?: { readonly [watch: string]: readonly Json[] }
}

/** `['User.create', { … }]`, `['users.create', { … }]`, `['audit.list', { … }]`, `['batch', [ … ]]` */
export interface CallStep extends Expectations {
  readonly as: As
  readonly call: readonly [path: string, ...params: readonly Json[]]
}

/**
 * A transaction: its steps one after the other, then the commit. With `throws` the function of the caller ends with an error
 * of its own. `error` is about the transaction as a whole, `expect` and `save` about nothing.
 */
export interface TransactionStep extends Expectations {
  readonly as: As
  readonly transaction: readonly InnerStep[]
  readonly throws?: true
  /** `mode`, `idleTimeout`, `timeout` */
  readonly options?: Json
}

/** A call of the transaction's caller; one of somebody else, who waits for the end; a transaction inside of this one. */
export type InnerStep =
  | (Omit<CallStep, 'as' | 'audit' | 'events'> & { readonly as?: never })
  | { readonly beside: CallStep }
  | { readonly nested: readonly InnerStep[]; readonly throws?: true; readonly error?: string | Refusal }
  /** Milliseconds in which nothing is called. */
  | { readonly wait: number }

/**
 * Opens a live query, which is called `save` in `events`; `expect` is about its first rows. `['kysely', tree]` opens one of
 * a Kysely select.
 */
export interface WatchStep extends Expectations {
  readonly as: As
  readonly watch: readonly [entity: string, query: Json]
  readonly save: string
}

/** Ends a live query. */
export interface UnwatchStep {
  readonly unwatch: string
}

export type Step = CallStep | TransactionStep | WatchStep | UnwatchStep
