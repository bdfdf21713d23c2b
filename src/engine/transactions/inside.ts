/** What a transaction cannot hold: whatever waits for something slow, and whatever is not undone by a rollback. */

import { DBALError } from '../../protocol/error.ts'
import type { Request } from '../../protocol/request.ts'
import type { Call, Outcome } from '../call.ts'
import type { Item } from '../group.ts'
import { isSlow } from '../operations/operation.ts'
import type { Work } from '../work.ts'

/** Signing in, live queries: they outlive a transaction, so they do not begin in one. */
const staysOutside = /^(auth|live|transaction)\./

/** The item itself, or one that is answered with a refusal. */
export function refuseInside(request: Request, call: Call, item?: Item): Item {
  if (item && !isSlow(call.operation) && !staysOutside.test(request.method)) return item
  return { request, writes: false, call, run: () => refusal(request.method) }
}

// biome-ignore lint/correctness/useYield: it fails before it asks anything
function* refusal(method: string): Work<Outcome> {
  throw new DBALError('CAPABILITY_NOT_SUPPORTED', `${method} cannot be called inside of a transaction`, {
    capability: 'transactions',
  })
}
