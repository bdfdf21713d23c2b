/**
 * Calls that have something slow to prepare (a password to hash, a database to look through): that is done outside of any
 * transaction, in turn with others of the same key; what is left of the call is then a group of its own.
 */

import { DBALError } from '../protocol/error.ts'
import { levelOf } from '../protocol/principal.ts'
import type { Reply, Request } from '../protocol/request.ts'
import type { AllowedCall, Outcome, Published } from './call.ts'
import type { Item } from './group.ts'
import type { SlowOperation } from './operations/operation.ts'
import type { Pipeline } from './pipeline.ts'
import type { Soon } from './soon.ts'
import { type TransactionWords, whole } from './transaction.ts'
import { type Deadline, refuse, type Work } from './work.ts'

export type SlowCall = AllowedCall & { readonly operation: SlowOperation }

/** What the engine lends. */
interface EngineSide {
  readonly pipeline: Pipeline
  readonly words: TransactionWords
  /** Clock of deadlines. */
  readonly monotonic: () => number
  readonly run: <T>(make: (deadline: Deadline) => Work<T>) => Soon<T>
  readonly publish: (published: Published, deadline: Deadline) => Work<void>
}

export class SlowCalls {
  readonly #engine: EngineSide
  /** The end of the last one with each key. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(engine: EngineSide) {
    this.#engine = engine
  }

  /** @param runAlone runs it as a group of its own */
  async run(
    request: Request,
    call: SlowCall,
    runAlone: (item: Item) => Soon<readonly Reply[]>,
  ): Promise<Reply> {
    const { operation } = call
    const key = operation.key?.(call)
    const before = key === undefined ? undefined : this.#turns.get(key)
    const turn = (async () => {
      await before
      const run = await this.#prepare(call)
      const [reply] = await runAlone({ request, writes: operation.spec.writes, call, run })
      return reply as Reply
    })()
    if (key !== undefined) {
      const ended = turn.catch(() => {
        // Its own caller hears of the failure; the next in line only waits for its end.
      })
      this.#turns.set(key, ended)
      void ended.then(() => this.#turns.get(key) === ended && this.#turns.delete(key))
    }
    return turn
  }

  async #prepare(call: SlowCall): Promise<() => Work<Outcome>> {
    const { pipeline, words, run, publish } = this.#engine
    try {
      const prepared = await call.operation.prepare(call, pipeline.tools, {
        run: async (work) => run((deadline) => this.#limited(work(), deadline)),
        transaction: async (work) => run((deadline) => this.#limited(whole(words, work), deadline)),
        publish: async (changes) => run((deadline) => publish({ changes, touched: [] }, deadline)),
      })
      return () => {
        requireSameCaller(call)
        return pipeline.execute(call, prepared)
      }
    } catch (error) {
      return () => refuse(error)
    }
  }

  #limited<T>(work: Work<T>, deadline: Deadline): Work<T> {
    const { monotonic, pipeline } = this.#engine
    deadline.at = monotonic() + pipeline.tools.limits.queryTimeoutMs
    return work
  }
}

/** What was slow to prepare may not be done any more by who asked for it: signed out since, or of a lower role. */
function requireSameCaller({ method, caller, port }: AllowedCall): void {
  const [before, now] = [caller.principal, port.principal]
  if (before === now || before.userId === null || method.startsWith('auth.')) return
  if (now.userId === before.userId && levelOf(now.role) >= levelOf(before.role)) return
  throw new DBALError('UNAUTHORIZED', 'The caller is not who it was when it called', { reason: 'expired' })
}
