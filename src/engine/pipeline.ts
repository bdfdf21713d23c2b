/** One call, step by step. The order is the design, so the order is what one sees. */

import { DBALError, invalid } from '../protocol/error.ts'
import type { Request } from '../protocol/request.ts'
import { authorize } from './authorize.ts'
import type { AllowedCall, Call, CallerPort, Outcome } from './call.ts'
import { decode, type OperationTable } from './decode.ts'
import { describeOutcome } from './entry.ts'
import { isSlow, type Tools } from './operations/operation.ts'
import type { Work } from './work.ts'

export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /**
   * Calls `run` once after so many milliseconds, unless what it returns was called before: rows expire, transactions run
   * out of time.
   */
  after(milliseconds: number, run: () => void): () => void
}

export class Pipeline {
  readonly tools: Tools
  readonly #table: OperationTable
  readonly #clock: Clock
  readonly #monotonic: () => number
  #behind: number | null = null
  /** The instant of the last call, in milliseconds and as a text: many calls come in one. */
  #instant = { ms: Number.NaN, text: '' }

  constructor(tools: Tools, table: OperationTable, clock: Clock, monotonic: () => number) {
    this.tools = tools
    this.#table = table
    this.#clock = clock
    this.#monotonic = monotonic
  }

  /** After a rollback tables that the schema knows may be gone: calls on entities are refused until it is migrated again. */
  setBehind(version: number | null): void {
    this.#behind = version
  }

  /** What calls on entities are refused with while the database is behind the schema; else null. */
  refusal(): DBALError | null {
    if (this.#behind === null) return null
    return new DBALError(
      'CONFLICT',
      `The database is rolled back to version ${this.#behind}; migrate it first`,
      { constraint: 'version', version: this.#behind },
    )
  }

  /** @throws DBALError VALIDATION_ERROR; CONFLICT while the database is behind the schema */
  decode(request: Request, port: CallerPort): Call {
    const nowMs = this.#clock.now()
    // Whoever has no valid token any more can still get one.
    if (!request.method.startsWith('auth.')) port.requireValid(nowMs)
    if (nowMs !== this.#instant.ms) this.#instant = { ms: nowMs, text: new Date(nowMs).toISOString() }
    const caller = { principal: port.principal, now: this.#instant.text }
    const call = decode(
      request,
      { caller, port, startedAt: this.#monotonic() },
      this.#table,
      this.tools.model,
    )
    const refusal = (call.entity || call.method === 'kysely.execute') && this.refusal()
    if (refusal) throw refusal
    return call
  }

  /** @throws DBALError FORBIDDEN */
  authorize(call: Call): AllowedCall {
    return authorize(call, this.tools.policies)
  }

  /** What remains of an allowed call: validate, compile and execute inside its operation, then the audit entry. */
  *execute(call: AllowedCall, prepared?: () => Work<Outcome>): Work<Outcome> {
    const outcome = yield* prepared ? prepared() : runQuick(call, this.tools)
    const { audit } = this.tools
    if (audit && !outcome.recorded) {
      const drafts = describeOutcome(call, outcome, this.#monotonic())
      if (drafts.length > 0) yield* audit.append(drafts)
    }
    return outcome
  }
}

function runQuick(call: AllowedCall, tools: Tools): Work<Outcome> {
  if (isSlow(call.operation)) throw invalid('method', `${call.method} cannot stand in a batch`)
  return call.operation.run(call, tools)
}
