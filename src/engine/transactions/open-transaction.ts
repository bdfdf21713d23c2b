/**
 * One interactive transaction. It has the connection in its hand from `begin` to its end, so nobody else sees or waits for
 * half of it; in return its time is bounded.
 *
 * What must hold:
 * - it ends exactly once: by a commit, a rollback, one of its time limits, the end of its session, or a failure that took
 *   it with it; after that the connection is free and no timer of it is left;
 * - nothing of it is published or recorded before its commit, and all of it in the same piece of work as the commit;
 * - a denial is recorded after the end, however it ended.
 */

import { DBALError } from '../../protocol/error.ts'
import type { Reply, Request, RequestId } from '../../protocol/request.ts'
import type { AuditDraft } from '../audit/audit-log.ts'
import type { Published } from '../call.ts'
import { describeDenial } from '../entry.ts'
import type { Hold } from '../executor.ts'
import { type GroupSettings, type Item, publishedOf, type Settled, settle } from '../group.ts'
import { StaleOutcomes } from '../outcomes.ts'
import type { Clock } from '../pipeline.ts'
import type { Soon } from '../soon.ts'
import { commit, rollback, TransactionGone } from '../transaction.ts'
import { ask, type Deadline, type Work } from '../work.ts'
import { readSavepointName, type TransactionOptions } from './options.ts'
import { Savepoints } from './savepoints.ts'

export interface OpenTransactionParts extends Omit<GroupSettings, 'deadline' | 'endAt'> {
  readonly options: TransactionOptions
  readonly clock: Clock
  readonly publish: (published: Published, deadline: Deadline) => Work<void>
  /** Called once, when nothing of it is left to be done. @param reason why, when it was not the caller's wish */
  readonly ended: (reason: DBALError | null) => void
}

const nothing = () => {}

export class OpenTransaction {
  readonly #parts: OpenTransactionParts
  readonly #hold: Hold
  /** On the driver's clock. */
  readonly #endAt: number
  readonly #savepoints = new Savepoints()
  /** What was done and stands, in order. */
  readonly #done: Settled[] = []
  readonly #replies = new Map<RequestId, Reply>()
  readonly #denials: AuditDraft[] = []
  /** Calls that are at work. */
  running = 0
  /** On the driver's clock: when its last call was over. */
  idleSince = Number.POSITIVE_INFINITY
  #cancelIdle = nothing
  #cancelTotal = nothing
  /** It is over, or about to be: no further call is run. */
  #over = false
  /** The database has nothing of it open any more. */
  #isDone = false
  #hasLetGo = false
  #reason: DBALError | null = null

  constructor(hold: Hold, parts: OpenTransactionParts) {
    this.#hold = hold
    this.#parts = parts
    this.#endAt = parts.monotonic() + parts.options.timeout
  }

  get isOver(): boolean {
    return this.#over
  }

  /** Runs the first statement. What it throws ends the transaction. */
  *begin(deadline: Deadline): Work<void> {
    const { words, options } = this.#parts
    const { mode } = options
    deadline.at = 0
    yield* ask(
      mode === 'deferred' ? words.begin : mode === 'exclusive' ? words.beginExclusive : words.beginWriting,
      [],
    )
    this.#cancelTotal = this.#parts.clock.after(options.timeout, () => this.#expire('timeout'))
    this.#restIdle()
  }

  /** Runs a call of it under a savepoint of its own. */
  call(request: Request, item: () => Item): Soon<Reply> {
    return this.#piece(request, (deadline) => this.#callWork(request, item, deadline))
  }

  save(request: Request): Soon<Reply> {
    return this.#control(request, (name) => this.#savepoints.save(name, this.#done.length))
  }

  release(request: Request): Soon<Reply> {
    return this.#control(request, (name) => this.#savepoints.release(name))
  }

  rollbackTo(request: Request): Soon<Reply> {
    const { audit } = this.#parts
    const { done, back } = { done: this.#done, back: this.#savepoints }
    return this.#control(request, function* (name) {
      done.length = yield* back.back(name)
      audit?.reset()
    })
  }

  commit(request: Request): Soon<Reply> {
    return this.#piece(request, (deadline) => this.#commitWork(request, deadline))
  }

  /** Ends it without a trace. */
  rollback(request: Request): Soon<Reply> {
    const undone = { id: request.id, result: true }
    return this.#piece(request, () => this.#rollbackWork(undone))
  }

  /** Ends it without a trace and without anybody asking for it. @param reason what further calls are told */
  abort(reason: DBALError | null): void {
    if (!this.#over) this.#end(reason)
  }

  #end(reason: DBALError | null): void {
    this.#over = true
    this.#reason = reason
    this.#stopTimers()
    try {
      const undone = this.#hold.run(() => this.#undo())
      if (undone instanceof Promise)
        undone.then(
          () => this.#letGo(),
          () => this.#letGo(),
        )
      else this.#letGo()
    } catch {
      // `#undo` reports what it cannot do; whatever it was, the next in line must have the connection.
      this.#letGo()
    }
  }

  /** What calls are answered with after an end that the caller did not ask for. */
  static timedOut(which: 'idleTimeout' | 'timeout', ms: number): DBALError {
    const what = which === 'timeout' ? `took more than ${ms} ms` : `had no call for ${ms} ms`
    return new DBALError('TIMEOUT', `The transaction ${what} and was rolled back`, {
      timeoutMs: ms,
      reason: which,
    })
  }

  #expire(which: 'idleTimeout' | 'timeout'): void {
    this.abort(OpenTransaction.timedOut(which, this.#parts.options[which]))
  }

  #control(request: Request, work: (name: string) => Work<void>): Soon<Reply> {
    const { toError } = this.#parts
    return this.#piece(request, function* (deadline) {
      deadline.at = 0
      try {
        yield* work(readSavepointName(request.params[0]))
        return { id: request.id, result: true }
      } catch (error) {
        return { id: request.id, error: toError(error).toWire() }
      }
    })
  }

  /** One piece of work in it, with the clock of idleness stopped. */
  #piece(request: Request, work: (deadline: Deadline) => Work<Reply>): Soon<Reply> {
    this.#cancelIdle()
    this.running++
    try {
      const reply = this.#hold.run((deadline) => this.#unlessOver(request, deadline, work))
      if (!(reply instanceof Promise)) return this.#rested(reply)
      return reply.then(
        (value) => this.#rested(value),
        (error) => this.#broken(request, error),
      )
    } catch (error) {
      return this.#broken(request, error)
    }
  }

  *#unlessOver(request: Request, deadline: Deadline, work: (deadline: Deadline) => Work<Reply>): Work<Reply> {
    if (this.#over) return { id: request.id, error: (this.#reason ?? notOpen()).toWire() }
    return yield* work(deadline)
  }

  #rested(reply: Reply): Reply {
    this.running--
    if (this.#isDone) this.#letGo()
    else if (!this.#over) this.#restIdle()
    return reply
  }

  #broken(request: Request, thrown: unknown): Reply {
    this.running--
    const error = this.#parts.toError(thrown)
    this.#end(error)
    return { id: request.id, error: error.toWire() }
  }

  #restIdle(): void {
    this.#cancelIdle()
    if (this.running > 0) return
    const { clock, monotonic, options } = this.#parts
    this.idleSince = monotonic()
    this.#cancelIdle = clock.after(options.idleTimeout, () => this.#expire('idleTimeout'))
  }

  *#callWork(request: Request, item: () => Item, deadline: Deadline): Work<Reply> {
    const known = this.#replies.get(request.id)
    if (known) return known
    const { monotonic, timeoutMs, toError } = this.#parts
    const left = this.#endAt - monotonic()
    const settings = {
      ...this.#parts,
      deadline,
      endAt: Number.POSITIVE_INFINITY,
      timeoutMs: Math.max(1, Math.min(timeoutMs, left)),
    }
    let settled: Settled
    try {
      // Reads too: what fails without a savepoint may have taken the transaction with it, and nobody would know.
      settled = yield* settle(item(), settings, true)
    } catch (error) {
      if (!(error instanceof TransactionGone)) throw error
      this.#over = true
      this.#reason = toError(error.cause)
      yield* this.#undo()
      return { id: request.id, error: this.#reason.toWire() }
    }
    if (settled.denied) {
      const { call, error } = settled.denied
      this.#denials.push(describeDenial(call, error, monotonic()))
    }
    if (settled.binding) this.#replies.set(request.id, settled.reply)
    if (settled.changes.length > 0 || settled.touched || settled.onCommit || settled.binding)
      this.#done.push(settled)
    return settled.reply
  }

  *#commitWork(request: Request, deadline: Deadline): Work<Reply> {
    const { outcomes, nowMs, audit, announce, toError, publish } = this.#parts
    const reply: Reply = { id: request.id, result: true }
    this.#over = true
    deadline.at = 0
    // Without an effect there is nothing that must not happen twice.
    const kept =
      this.#done.length === 0
        ? []
        : [...[...this.#replies.values()].filter(({ id }) => outcomes.isAwaited(id)), reply]
    const published = publishedOf(this.#done)
    let isCommitting = false
    try {
      if (kept.length > 0) yield* outcomes.record(kept, nowMs())
      yield* announce(published)
      isCommitting = true
      yield* commit()
    } catch (error) {
      if (isCommitting) outcomes.doubt()
      yield* rollback()
      audit?.reset()
      // Another engine was asked for the same commit, and has said that there is no such transaction.
      this.#reason = error instanceof StaleOutcomes ? notOpen() : toError(error)
      yield* this.#recordDenials()
      return { id: request.id, error: this.#reason.toWire() }
    }
    if (kept.length > 0) outcomes.settle(kept)
    for (const { onCommit } of this.#done) onCommit?.()
    yield* this.#recordDenials()
    yield* publish(published, deadline)
    return reply
  }

  *#rollbackWork(reply: Reply): Work<Reply> {
    this.#over = true
    yield* this.#undo()
    return reply
  }

  *#undo(): Work<void> {
    yield* rollback()
    this.#parts.audit?.reset()
    yield* this.#recordDenials()
  }

  /** After the end. In a transaction of their own: what was denied in this one must be known whatever became of it. */
  *#recordDenials(): Work<void> {
    const { audit, words, toError } = this.#parts
    this.#isDone = true
    if (!audit || this.#denials.length === 0) return
    try {
      yield* ask(words.beginWriting, [])
      yield* audit.append(this.#denials)
      yield* commit()
    } catch (error) {
      yield* rollback()
      audit.reset()
      // Noted down as an incident; the calls themselves were answered for.
      toError(error)
    }
  }

  #stopTimers(): void {
    this.#cancelIdle()
    this.#cancelTotal()
  }

  #letGo(): void {
    if (this.#hasLetGo) return
    this.#hasLetGo = true
    this.#stopTimers()
    // Told first: what runs as soon as the connection is free may look for this transaction.
    this.#parts.ended(this.#reason)
    this.#hold.end()
  }
}

/** One answer for what never was, what has ended and what was lost with a connection: a foreign number tells nothing. */
export function notOpen(): DBALError {
  return new DBALError(
    'DATABASE_ERROR',
    'There is no such transaction: it has ended, or it was lost with the connection and nothing of it is left',
    { reason: 'transaction' },
  )
}
