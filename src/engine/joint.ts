/**
 * Writes of several sessions in one transaction, so that one flush makes all of them durable. What must hold beside what
 * holds for a group: whatever is not plainly well with one of them changes nothing for the others, and is left to a
 * transaction of its own, which decides and answers as if it had come alone.
 *
 * Most writes fail at nothing that the database says. So they are run first without a savepoint, and nothing is waited for
 * that tells nothing (packet.ts). What fails in the database then takes all of it back, and all of it is run again, each
 * write under a savepoint: nobody was answered, and what memory knows of it is forgotten.
 */

import type { Statement } from '../drivers/driver.ts'
import { doneBefore, type GroupSettings, type Item, publishedOf, type Settled, settle } from './group.ts'
import { type Outcomes, putOutcome, StaleOutcomes } from './outcomes.ts'
import { Packet } from './packet.ts'
import { atomic, commit, rollback, TransactionGone } from './transaction.ts'
import { ask, tell, type Work } from './work.ts'

export interface JointGroup {
  readonly items: readonly Item[]
  /** Words, deadline and audit log are the same in all of them. */
  readonly settings: GroupSettings
  /** Whether the driver takes packets; the same in all of them. */
  readonly packets: boolean
}

/** What each group came to, committed; null for one of which nothing is there and that has to run alone. */
type Done = readonly (readonly Settled[] | null)[]

/** Undoes what a group has done in the joint transaction. */
class RunsAlone extends Error {
  override readonly name = 'RunsAlone'
}

/** Each group under a savepoint. */
export function* runJointly(groups: readonly JointGroup[]): Work<Done> {
  const done = yield* runTransaction(groups, function* ({ words, audit }) {
    yield* ask(words.beginWriting, [])
    if (audit) yield* audit.prime()
    return yield* runEach(groups, runInside)
  })
  return done ?? groups.map(() => null)
}

/**
 * Without savepoints.
 * @returns null where something has failed before the commit: nothing of it is there
 */
export const runUnguarded = (groups: readonly JointGroup[]): Work<Done | null> =>
  runTransaction(groups, function* ({ words, deadline, audit, monotonic, timeoutMs }, packet) {
    for (const word of words.turn ?? [words.beginWriting]) yield* packet.run(tell(word, []))
    // What is known of its end may be what it was before others had their turn.
    if (audit) yield* packet.run(audit.prime())
    else yield* packet.flush()
    const done = yield* runEach(groups, (group) => attempt(group, packet))
    deadline.at = monotonic() + timeoutMs
    packet.settle()
    yield* packet.run(recordAll(groups, done))
    yield* packet.flush()
    return done
  })

/** @returns null where `run` has failed; what its commit has come to when that fails is looked up by who runs alone */
function* runTransaction(
  groups: readonly JointGroup[],
  run: (settings: GroupSettings, packet: Packet) => Work<Done>,
): Work<Done | null> {
  const [first] = groups
  if (!first) return []
  const { deadline, audit, announce } = first.settings
  const packet = new Packet(first.packets)
  let done: Done
  let isCommitting = false
  try {
    deadline.at = 0
    done = yield* run(first.settings, packet)
    deadline.at = 0
    yield* packet.run(announce(publishedOf(done.flatMap((settled) => settled ?? []))))
    isCommitting = true
    yield* packet.run(commit())
  } catch {
    deadline.at = 0
    yield* rollback()
    audit?.reset()
    if (!isCommitting) return null
    // What the commit has done all the same is looked up before anything of it is run again.
    for (const { settings } of groups) settings.outcomes.doubt()
    return groups.map(() => null)
  }
  for (const [at, { settings }] of groups.entries()) {
    const kept = keptOf(done[at] ?? [])
    if (kept.length > 0) settings.outcomes.settle(kept)
    for (const { onCommit } of done[at] ?? []) onCommit?.()
  }
  return done
}

function* runEach(
  groups: readonly JointGroup[],
  run: (group: JointGroup) => Work<readonly Settled[] | null>,
): Work<Done> {
  const done: (readonly Settled[] | null)[] = []
  const recorded = new Set<Outcomes>()
  for (const group of groups) {
    const { items, settings } = group
    const { outcomes } = settings
    // What a client has recorded here is known to it only after the commit; what is not to be run again, or is not known to
    // be, is answered where one comes alone.
    const isLeft =
      recorded.has(outcomes) || outcomes.isDoubted || items.some((item) => doneBefore(item, settings))
    const settled = isLeft ? null : yield* run(group)
    if (settled) recorded.add(outcomes)
    done.push(settled)
  }
  return done
}

/** @throws TransactionGone */
function* runInside({ items, settings, packets }: JointGroup): Work<readonly Settled[] | null> {
  const { outcomes, audit, deadline, nowMs, monotonic, timeoutMs } = settings
  try {
    deadline.at = 0
    return yield* atomic(0, function* () {
      const packet = new Packet(packets)
      const settled: Settled[] = []
      for (const item of items) {
        const one = yield* packet.run(settle(item, settings, false), true)
        if ('error' in one.reply) throw new RunsAlone()
        settled.push(one)
      }
      deadline.at = monotonic() + timeoutMs
      packet.settle()
      const kept = keptOf(settled)
      if (kept.length > 0) yield* packet.run(outcomes.record(kept, nowMs()))
      yield* packet.flush()
      deadline.at = 0
      return settled
    })
  } catch (error) {
    deadline.at = 0
    if (error instanceof TransactionGone) throw error
    audit?.reset()
    return null
  }
}

/** @throws RunsAlone where a group has failed behind a change */
function* attempt({ items, settings }: JointGroup, packet: Packet): Work<readonly Settled[] | null> {
  const before = packet.changes
  const settled: Settled[] = []
  for (const item of items) {
    const one = yield* packet.run(settle(item, settings, false), mayReferToItself(item))
    if ('error' in one.reply) {
      if (packet.changes > before) throw new RunsAlone()
      return null
    }
    settled.push(one)
  }
  return settled
}

/** Whether a row may refer to one that is written behind it: in one statement the database would find it. */
function mayReferToItself({ call }: Item): boolean {
  const entity = call?.entity
  return !entity || entity.fields.some(({ data }) => data.references?.entity === entity.name)
}

function* recordAll(groups: readonly JointGroup[], done: Done): Work<void> {
  const drafts: (readonly unknown[])[] = []
  let putAll: Statement | undefined
  for (const [at, { settings }] of groups.entries()) {
    const kept = keptOf(done[at] ?? [])
    if (kept.length === 0) continue
    const { outcomes, nowMs } = settings
    putAll = outcomes.words?.putAll
    if (putAll) drafts.push(outcomes.draft(kept, nowMs()))
    else if (outcomes.words) yield* outcomes.record(kept, nowMs())
    else yield* tell(putOutcome, outcomes.draft(kept, nowMs()))
  }
  if (!putAll) return
  const { changes } = yield* ask(putAll, [JSON.stringify(drafts)])
  if (changes !== drafts.length) throw new StaleOutcomes()
}

const keptOf = (settled: readonly Settled[]) =>
  settled.filter(({ binding }) => binding).map(({ reply }) => reply)
