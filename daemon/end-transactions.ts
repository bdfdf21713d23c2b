/** The end of a daemon is not held up by transactions that nobody goes on with. */

import type { Engine } from '../src/engine/engine.ts'
import { DBALError } from '../src/protocol/error.ts'

/** Who is in the middle of one may end it; who has left it open has it rolled back after so long. */
const idleMs = 1_000
const lookMs = 25

/**
 * Resolves when none is open and none waits for its turn, with whether any did.
 * @param now on the clock of the driver
 */
export async function endTransactions(
  engine: Pick<Engine, 'transactions'>,
  now: () => number,
): Promise<boolean> {
  let wereAny = false
  for (let all = engine.transactions; all.length > 0; all = engine.transactions) {
    wereAny = true
    for (const { open } of all) {
      const isIdle = open?.running === 0 && now() - open.idleSince > idleMs
      if (isIdle) open.abort(goingAway())
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
  return wereAny
}

/** As if the connection had been lost already: whoever begins again after such a loss does so here. */
const goingAway = (): DBALError =>
  new DBALError('DATABASE_ERROR', 'The transaction was idle while the server ends, and was rolled back', {
    reason: 'transaction',
  })
