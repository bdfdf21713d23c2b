/**
 * The interactive transactions of all sessions: who has one open, who waits for one. A client numbers its own; a number
 * means something only in the session that began it, so a foreign one is an unknown one.
 */

import { DBALError, invalid } from '../../protocol/error.ts'
import type { Limits } from '../../protocol/limits.ts'
import type { Reply, Request } from '../../protocol/request.ts'
import type { Executor, Hold } from '../executor.ts'
import type { Item } from '../group.ts'
import type { Clock } from '../pipeline.ts'
import type { Session } from '../session.ts'
import type { Soon } from '../soon.ts'
import { HoldTime } from './hold-time.ts'
import { notOpen, OpenTransaction, type OpenTransactionParts } from './open-transaction.ts'
import { readTransactionOptions, type TransactionOptions } from './options.ts'
import { refuseCommit } from './refuse-commit.ts'

export interface TransactionsParts
  extends Pick<OpenTransactionParts, 'words' | 'audit' | 'announce' | 'monotonic' | 'toError' | 'publish'> {
  readonly executor: Executor
  readonly clock: Clock
  readonly limits: Limits
  /** What any call must pass: a number of parameters, a caller whose token is valid. @throws DBALError */
  readonly check: (session: Session, request: Request) => void
  /** Decodes and authorizes; refuses what cannot stand in a transaction. */
  readonly item: (session: Session, request: Request) => Item
}

/** One that waits for its turn, or has it. */
interface Entry {
  readonly beginId: number
  open: OpenTransaction | null
  /** The reply to its begin: it is open, or will never be. */
  readonly begun: Promise<Reply>
  /** Gives up the wait. */
  readonly cancel: (reason: DBALError) => void
}

interface Own {
  readonly entries: Map<number, Entry>
  /** Why the latest of those that ended by themselves did. */
  readonly ended: Map<number, DBALError>
  /** How many it has asked to commit that were none of its own. */
  lost: number
}

const keptReasons = 100

export class Transactions {
  readonly #parts: TransactionsParts
  readonly #bySession = new Map<Session, Own>()
  readonly #holdTime: HoldTime

  constructor(parts: TransactionsParts) {
    this.#parts = parts
    this.#holdTime = new HoldTime(parts.limits.transactionMsPerMinute)
  }

  /** Answers a request that carries the number of a transaction. Calls of one transaction are run in their order. */
  answer(session: Session, number: number, request: Request): Soon<Reply> {
    const entry = this.#bySession.get(session)?.entries.get(number)
    if (request.method === 'transaction.begin') {
      if (entry?.beginId === request.id) return entry.begun
      if (entry) return refusal(request, invalid('transaction', `${number} is open already`))
      return this.#begin(session, number, request)
    }
    if (entry?.open) return this.#inside(session, entry.open, request)
    if (entry) {
      if (request.method === 'transaction.rollback') {
        entry.cancel(new DBALError('CONFLICT', 'It was rolled back before it began', { reason: 'rollback' }))
        return { id: request.id, result: true }
      }
      return entry.begun.then(() => this.#afterBegin(session, number, request))
    }
    return this.#after(session, number, request)
  }

  /** Rolls back what a session has open, and takes it out of the line. */
  leave(session: Session): void {
    const own = this.#bySession.get(session)
    if (!own) return
    this.#bySession.delete(session)
    for (const { open, cancel } of [...own.entries.values()]) {
      if (open) open.abort(null)
      else cancel(new DBALError('DATABASE_ERROR', 'The session is closed', { reason: 'closed' }))
    }
  }

  /** All that are open or wait for their turn. For a host that is about to end. */
  get all(): readonly { readonly open: OpenTransaction | null }[] {
    return [...this.#bySession.values()].flatMap(({ entries }) => [...entries.values()])
  }

  #inside(session: Session, open: OpenTransaction, request: Request): Soon<Reply> {
    switch (request.method) {
      case 'transaction.commit':
        return open.commit(request)
      case 'transaction.rollback':
        return open.rollback(request)
      case 'transaction.savepoint':
        return open.save(request)
      case 'transaction.release':
        return open.release(request)
      case 'transaction.rollbackTo':
        return open.rollbackTo(request)
      default:
        return open.call(request, () => this.#parts.item(session, request))
    }
  }

  #afterBegin(session: Session, number: number, request: Request): Soon<Reply> {
    const open = this.#bySession.get(session)?.entries.get(number)?.open
    return open ? this.#inside(session, open, request) : this.#after(session, number, request)
  }

  /** For one that is not open: rolled back is rolled back, everything else is told why. */
  #after(session: Session, number: number, request: Request): Soon<Reply> {
    const reason = this.#bySession.get(session)?.ended.get(number)
    if (reason && request.method === 'transaction.rollback') return { id: request.id, result: true }
    if (!reason && request.method === 'transaction.commit') return this.#commitElsewhere(session, request)
    return refusal(request, reason ?? notOpen())
  }

  /**
   * Where others have the database open too, one of them may be about to commit it. That is waited for; and that it is not
   * open is recorded, so that it cannot be committed any more by one that has not heard of its client's loss.
   */
  #commitElsewhere(session: Session, request: Request): Soon<Reply> {
    const { outcomes } = session
    const own = this.#own(session)
    // A client that was lost has no more than these to ask for.
    if (!outcomes.isShared || own.lost >= this.#parts.limits.maxTransactions)
      return refusal(request, notOpen())
    own.lost++
    const { executor, words, clock, toError } = this.#parts
    const settled = executor.run(() => refuseCommit(request, { outcomes, words, nowMs: clock.now() }))
    return Promise.resolve(settled).catch((error: unknown) => refusal(request, toError(error)))
  }

  #begin(session: Session, number: number, request: Request): Soon<Reply> {
    const { limits, toError, check, executor, monotonic } = this.#parts
    let options: TransactionOptions
    try {
      check(session, request)
      options = readTransactionOptions(request.params[0], limits)
      if ((this.#bySession.get(session)?.entries.size ?? 0) >= limits.maxTransactions) {
        throw invalid('transaction', `at most ${limits.maxTransactions} can be open or waiting at once`)
      }
      this.#checkShare(session)
    } catch (error) {
      return refusal(request, toError(error))
    }
    const own = this.#own(session)
    own.ended.delete(number)
    let answer: (reply: Reply) => void = () => {}
    const begun = new Promise<Reply>((resolve) => {
      answer = resolve
    })
    const cancel = (reason: DBALError) => {
      own.entries.delete(number)
      answer(refusal(request, reason))
    }
    const entry: Entry = { beginId: request.id, open: null, begun, cancel }
    own.entries.set(number, entry)
    const asked = monotonic()
    executor.hold(
      (hold) => {
        const waited = monotonic() - asked
        if (waited > limits.queryTimeoutMs) cancel(tooLate(limits.queryTimeoutMs))
        if (own.entries.get(number) !== entry) return hold.end()
        try {
          this.#checkShare(session)
        } catch (error) {
          cancel(toError(error))
          return hold.end()
        }
        this.#start(this.#counted(hold, session), { session, number, entry, own, options }).then(
          // Its session may have ended in the very moment of its turn.
          () => answer(entry.open?.isOver ? refusal(request, notOpen()) : { id: request.id, result: true }),
          (error: unknown) => cancel(toError(error)),
        )
      },
      (error) => cancel(toError(error)),
    )
    return begun
  }

  async #start(
    hold: Hold,
    {
      session,
      number,
      entry,
      own,
      options,
    }: { session: Session; number: number; entry: Entry; own: Own; options: TransactionOptions },
  ): Promise<void> {
    const { clock, limits, words, audit, announce, monotonic, toError, publish } = this.#parts
    const open = new OpenTransaction(hold, {
      options,
      clock,
      words,
      audit,
      announce,
      outcomes: session.outcomes,
      nowMs: () => clock.now(),
      monotonic,
      timeoutMs: limits.queryTimeoutMs,
      toError,
      publish,
      ended: (reason) => this.#ended(own, number, reason),
    })
    // From here on it is the transaction that gives the connection back.
    entry.open = open
    try {
      await hold.run((deadline) => open.begin(deadline))
    } catch (error) {
      open.abort(null)
      throw error
    }
  }

  /** @throws DBALError RATE_LIMIT_EXCEEDED for whose transactions have kept others waiting for too long */
  #checkShare(session: Session): void {
    const retryAfter = this.#holdTime.retryAfter(userOf(session), this.#parts.monotonic())
    if (retryAfter > 0) {
      const message = `Your transactions keep others waiting; try again in ${retryAfter} s`
      throw new DBALError('RATE_LIMIT_EXCEEDED', message, { retryAfter })
    }
  }

  #counted(hold: Hold, session: Session): Hold {
    const { executor, monotonic } = this.#parts
    const [user, since] = [userOf(session), monotonic()]
    let isOver = false
    return {
      run: hold.run,
      end: () => {
        if (!isOver && executor.isAwaited) this.#holdTime.spend(user, monotonic() - since, monotonic())
        isOver = true
        hold.end()
      },
    }
  }

  #ended(own: Own, number: number, reason: DBALError | null): void {
    own.entries.delete(number)
    if (!reason) return
    own.ended.set(number, reason)
    const [oldest] = own.ended.keys()
    if (own.ended.size > keptReasons && oldest !== undefined) own.ended.delete(oldest)
  }

  #own(session: Session): Own {
    const own = this.#bySession.get(session) ?? { entries: new Map(), ended: new Map(), lost: 0 }
    this.#bySession.set(session, own)
    return own
  }
}

/** Whoever is nobody shares with everybody else who is nobody. */
const userOf = ({ principal }: Session): string => principal.userId ?? ''

const tooLate = (timeoutMs: number): DBALError =>
  new DBALError('TIMEOUT', `Other transactions took all of ${timeoutMs} ms`, { timeoutMs, reason: 'waiting' })

function refusal({ id }: Request, error: DBALError): Reply {
  return { id, error: error.toWire() }
}
