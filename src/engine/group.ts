/**
 * A group: requests that arrived together. One transaction, each write under a savepoint of its own, one commit, then
 * the replies. A write that fails is undone alone; a commit that fails fails everything that was in it.
 *
 * What must hold: nothing is answered before it is durable; the reply of a write is recorded in the write's transaction;
 * a denial is recorded although its call is undone.
 */

import { DBALError } from '../protocol/error.ts'
import type { Reply, Request } from '../protocol/request.ts'
import type { AuditLog } from './audit/audit-log.ts'
import {
  type AllowedCall,
  type Call,
  joinTouched,
  type Outcome,
  type Published,
  type RowChange,
  type Touched,
} from './call.ts'
import { describeDenial, isDenial } from './entry.ts'
import { type Outcomes, StaleOutcomes } from './outcomes.ts'
import { atomic, commit, rollback, TransactionGone, type TransactionWords } from './transaction.ts'
import { ask, type Deadline, type Work } from './work.ts'

/** A request with how far it has come. */
export interface Item {
  readonly request: Request
  readonly writes: boolean
  readonly call: Call | null
  /** Where it may run beside the work of others: whether it takes one statement at most. */
  readonly isOneStatement?: boolean
  /** The same, once it is authorized, where its result may be kept. */
  readonly read?: AllowedCall
  /** Runs it; throws what refused it before. */
  readonly run: () => Work<Outcome>
}

export interface GroupSettings {
  readonly words: TransactionWords
  readonly audit: AuditLog | null
  readonly announce: (published: Published) => Work<void>
  readonly outcomes: Outcomes
  readonly nowMs: () => number
  /** Clock of deadlines. */
  readonly monotonic: () => number
  readonly timeoutMs: number
  /** When the group as a whole has taken enough: what has not begun by then is refused with TIMEOUT. */
  readonly endAt: number
  readonly deadline: Deadline
  readonly toError: (error: unknown) => DBALError
}

export interface GroupResult extends Published {
  readonly replies: readonly Reply[]
}

export interface Settled {
  readonly reply: Reply
  readonly changes: readonly RowChange[]
  readonly touched: Touched | undefined
  readonly onCommit: (() => void) | undefined
  /** It is a write or counts as an attempt: sent again it must not run again. */
  readonly binding: boolean
  readonly denied: { call: Call; error: DBALError } | null
}

export function* runGroup(items: readonly Item[], settings: GroupSettings): Work<GroupResult> {
  const [only, ...more] = items
  if (only && more.length === 0 && !only.writes) return yield* runRead(only, settings)
  let settled: readonly Settled[]
  try {
    settled = yield* runOnce(items, settings)
  } catch (error) {
    settings.audit?.reset()
    if (!(error instanceof TransactionGone) || items.length === 1) throw error
    // Nothing of the group was committed or answered: each of its requests can have a transaction of its own.
    const alone: Settled[] = []
    for (const item of items) alone.push(...(yield* runAlone(item, settings)))
    settled = alone
  }
  for (const { onCommit } of settled) onCommit?.()
  yield* recordDenials(settled, settings)
  return {
    replies: settled.map(({ reply }) => reply),
    ...publishedOf(settled),
  }
}

/** A lone read, which is most calls, needs no transaction, and nothing to be undone or tried again. */
function* runRead(item: Item, settings: GroupSettings): Work<GroupResult> {
  const { outcomes } = settings
  if (outcomes.isDoubted) yield* outcomes.load()
  const settled = doneBefore(item, settings) ?? (yield* settle(item, settings, false))
  const { reply, changes, touched = [], onCommit, denied } = settled
  onCommit?.()
  if (denied) yield* recordDenials([settled], settings)
  return { replies: [reply], changes, touched }
}

/**
 * A group that writes nothing, beside whatever else is at work. More than one statement sees one state of the database.
 * What it was denied is still to be recorded: `recordDenials`.
 */
export function* runReads(
  items: readonly Item[],
  isOneStatement: boolean,
  settings: GroupSettings,
): Work<readonly Settled[]> {
  const settled: Settled[] = []
  const { beginReading = [] } = settings.words
  if (!isOneStatement) for (const word of beginReading) yield* ask(word, [])
  for (const item of items) settled.push(yield* settle(item, settings, false))
  settings.deadline.at = 0
  if (!isOneStatement) yield* rollback()
  return settled
}

export function publishedOf(settled: readonly Settled[]): Published {
  return {
    changes: settled.flatMap(({ changes }) => changes),
    touched: joinTouched(settled.map(({ touched }) => touched)),
  }
}

function* runAlone(item: Item, settings: GroupSettings): Work<readonly Settled[]> {
  try {
    return yield* runOnce([item], settings)
  } catch (error) {
    settings.audit?.reset()
    return [failed(item, error, settings)]
  }
}

/** As often as others may come in between before it is given up. */
const mostTries = 10

/**
 * What others have run meanwhile is not run again: it is answered with what is recorded. Nor is what was committed although
 * its commit was answered by nobody.
 */
function* runOnce(items: readonly Item[], settings: GroupSettings): Work<readonly Settled[]> {
  const { outcomes } = settings
  let left = items
  const known: Settled[] = []
  let isStale = outcomes.isDoubted
  for (let tries = 1; ; tries++) {
    if (isStale) yield* outcomes.load()
    left = left.filter((item) => {
      const done = doneBefore(item, settings)
      if (done) known.push(done)
      return !done
    })
    if (left.length === 0) return known
    try {
      return [...known, ...(yield* runTogether(left, settings))]
    } catch (error) {
      if (!(error instanceof StaleOutcomes)) throw error
      if (tries === mostTries)
        throw new DBALError('DATABASE_ERROR', 'Others write too much', { reason: 'busy' })
      isStale = true
    }
  }
}

/** What a request is answered with that is not to be run: it was run before, or its reply was given up. */
export function doneBefore(item: Item, settings: GroupSettings): Settled | undefined {
  const { outcomes } = settings
  const reply = outcomes.find(item.request.id)
  if (reply) return settledAs(reply)
  if (!item.writes) return undefined
  try {
    outcomes.requireAwaited(item.request.id)
    return undefined
  } catch (error) {
    return failed(item, error, settings)
  }
}

function settledAs(reply: Reply): Settled {
  return { reply, changes: [], touched: undefined, onCommit: undefined, binding: false, denied: null }
}

function* runTogether(items: readonly Item[], settings: GroupSettings): Work<readonly Settled[]> {
  const { words, deadline } = settings
  const writing = items.some(({ writes }) => writes)
  deadline.at = 0
  yield* ask(writing ? words.beginWriting : words.begin, [])
  const settled: Settled[] = []
  let isCommitting = false
  try {
    const alone = items.length === 1
    for (const item of items) settled.push(yield* settle(item, settings, item.writes && !alone))
    deadline.at = 0
    const kept = settled.filter(({ binding }) => binding).map(({ reply }) => reply)
    const hasFailed = settled.some(({ reply }) => 'error' in reply)
    // It may have failed because another engine has done it already.
    if (writing && hasFailed && kept.length === 0) yield* settings.outcomes.verify()
    // The savepoint of a lone write is the transaction itself.
    if (alone && hasFailed) {
      yield* rollback()
      settings.audit?.reset()
      return settled
    }
    if (kept.length > 0) yield* settings.outcomes.record(kept, settings.nowMs())
    yield* settings.announce(publishedOf(settled))
    isCommitting = true
    yield* commit()
    if (kept.length > 0) settings.outcomes.settle(kept)
  } catch (error) {
    deadline.at = 0
    yield* rollback()
    settings.audit?.reset()
    if (error instanceof TransactionGone || error instanceof StaleOutcomes) throw error
    if (isCommitting) settings.outcomes.doubt()
    // The commit failed: nothing of the group is there as far as is known, and what its reads saw may never have been.
    return items.map((item) => failed(item, error, settings))
  }
  return settled
}

/** Runs one request to its reply; only a lost transaction is thrown. */
export function* settle(item: Item, settings: GroupSettings, savepoint: boolean): Work<Settled> {
  const { deadline, timeoutMs } = settings
  const now = settings.monotonic()
  try {
    if (now > settings.endAt)
      throw new DBALError('TIMEOUT', 'The calls before it took all the time of their frame')
    deadline.at = now + timeoutMs
    const outcome = yield* savepoint ? atomic(0, item.run) : item.run()
    const { result, changes, attempt, touched, onCommit, holdsSecrets } = outcome
    const hasEffect = changes.length > 0 || attempt !== undefined || touched !== undefined
    // A write that had nothing to change might have, behind what was sent after it.
    const { call } = item
    const isWrite = item.writes && call?.operation.spec.writes === true && isOfRows(call)
    const binding = (hasEffect || isWrite) && !holdsSecrets
    return { reply: { id: item.request.id, result }, changes, touched, onCommit, binding, denied: null }
  } catch (error) {
    if (error instanceof TransactionGone) throw error
    if (savepoint) settings.audit?.reset()
    return failed(item, error, settings)
  }
}

/** What others have in common, a batch of reads among them, changes no row that was sent for. */
const isOfRows = ({ entity, method }: Call): boolean => entity !== null || method === 'kysely.execute'

export function failed(item: Item, thrown: unknown, settings: GroupSettings): Settled {
  const error = settings.toError(thrown)
  return {
    reply: { id: item.request.id, error: error.toWire() },
    changes: [],
    touched: undefined,
    onCommit: undefined,
    binding: false,
    denied: item.call && isDenial(error) ? { call: item.call, error } : null,
  }
}

/** Denials stand in a transaction of their own: the one of the call is gone. */
export function* recordDenials(settled: readonly Settled[], settings: GroupSettings): Work<void> {
  const { audit, words } = settings
  const denials = settled.flatMap(({ denied }) => (denied ? [denied] : []))
  if (!audit || denials.length === 0) return
  yield* ask(words.beginWriting, [])
  try {
    for (const { call, error } of denials)
      yield* audit.append([describeDenial(call, error, settings.monotonic())])
    yield* commit()
  } catch (error) {
    yield* rollback()
    audit.reset()
    // The calls themselves were answered for: what they wrote stands, whatever becomes of this.
    settings.toError(error)
  }
}
