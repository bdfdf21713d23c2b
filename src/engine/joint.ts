/**
 * Writes of several sessions in one transaction, so that one flush makes all of them durable. What must hold beside what
 * holds for a group: whatever is not plainly well with one of them changes nothing for the others, and is left to a
 * transaction of its own, which decides and answers as if it had come alone.
 */

import { doneBefore, type GroupSettings, type Item, publishedOf, type Settled, settle } from './group.ts'
import type { Outcomes } from './outcomes.ts'
import { atomic, commit, rollback, TransactionGone } from './transaction.ts'
import { ask, type Work } from './work.ts'

export interface JointGroup {
  readonly items: readonly Item[]
  /** Words, deadline and audit log are the same in all of them. */
  readonly settings: GroupSettings
}

/** Undoes what a group has done in the joint transaction. */
class RunsAlone extends Error {
  override readonly name = 'RunsAlone'
}

/** @returns for each group what it came to, committed; null for one of which nothing is there and that has to run alone */
export function* runJointly(groups: readonly JointGroup[]): Work<(readonly Settled[] | null)[]> {
  const none = groups.map(() => null)
  const [first] = groups
  if (!first) return none
  const { words, deadline, audit, announce } = first.settings
  const done: (readonly Settled[] | null)[] = []
  let isCommitting = false
  try {
    deadline.at = 0
    yield* ask(words.beginWriting, [])
    const recorded = new Set<Outcomes>()
    for (const group of groups) {
      const { outcomes } = group.settings
      // What a client has recorded here is known to it only after the commit.
      const settled = recorded.has(outcomes) ? null : yield* runInside(group)
      if (settled) recorded.add(outcomes)
      done.push(settled)
    }
    deadline.at = 0
    yield* announce(publishedOf(done.flatMap((settled) => settled ?? [])))
    isCommitting = true
    yield* commit()
  } catch {
    deadline.at = 0
    yield* rollback()
    audit?.reset()
    // What the commit has done all the same is looked up before anything of it is run again.
    if (isCommitting) for (const { settings } of groups) settings.outcomes.doubt()
    return none
  }
  for (const [at, { settings }] of groups.entries()) {
    const kept = keptOf(done[at] ?? [])
    if (kept.length > 0) settings.outcomes.settle(kept)
    for (const { onCommit } of done[at] ?? []) onCommit?.()
  }
  return done
}

/** @throws TransactionGone */
function* runInside({ items, settings }: JointGroup): Work<readonly Settled[] | null> {
  const { outcomes, audit, deadline, nowMs } = settings
  // What is not to be run again, or is not known to be, is answered where one comes alone.
  if (outcomes.isDoubted || items.some((item) => doneBefore(item, settings))) return null
  try {
    deadline.at = 0
    return yield* atomic(0, function* () {
      const settled: Settled[] = []
      for (const item of items) {
        const one = yield* settle(item, settings, false)
        if ('error' in one.reply) throw new RunsAlone()
        settled.push(one)
      }
      deadline.at = 0
      const kept = keptOf(settled)
      if (kept.length > 0) yield* outcomes.record(kept, nowMs())
      return settled
    })
  } catch (error) {
    if (error instanceof TransactionGone) throw error
    audit?.reset()
    return null
  }
}

const keptOf = (settled: readonly Settled[]) =>
  settled.filter(({ binding }) => binding).map(({ reply }) => reply)
