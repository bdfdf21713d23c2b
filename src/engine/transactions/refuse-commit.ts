/** The answer to a commit of a transaction that is not open in this engine, but may be in another one. */

import type { Reply, Request } from '../../protocol/request.ts'
import { type Outcomes, StaleOutcomes } from '../outcomes.ts'
import { commit, rollback, type TransactionWords } from '../transaction.ts'
import { ask, type Work } from '../work.ts'
import { notOpen } from './open-transaction.ts'

interface Parts {
  readonly outcomes: Outcomes
  readonly words: TransactionWords
  readonly nowMs: number
}

/** As often as others may come in between. */
const mostTries = 10

/** What the other one has recorded; else that it is not open, which then holds for all of them. */
export function* refuseCommit(request: Request, { outcomes, words, nowMs }: Parts): Work<Reply> {
  const refused: Reply = { id: request.id, error: notOpen().toWire() }
  for (let tries = 1; ; tries++) {
    yield* ask(words.beginWriting, [])
    try {
      // With the turn in hand: what was being committed is committed.
      yield* outcomes.load()
      const known = outcomes.find(request.id)
      if (!known) yield* outcomes.record([refused], nowMs)
      yield* commit()
      if (!known) outcomes.settle([refused])
      return known ?? refused
    } catch (error) {
      yield* rollback()
      // One that did not wait for its turn.
      if (!(error instanceof StaleOutcomes) || tries === mostTries) throw error
    }
  }
}
