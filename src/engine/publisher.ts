/**
 * What a change is followed by, before anything else can run: sessions whose caller it concerns, live results, and the
 * instant at which rows that expire leave them. No event is ever late.
 */

import type { DBALError } from '../protocol/error.ts'
import { followSignIns } from './auth/follow.ts'
import type { Published } from './call.ts'
import { type Report, toDBALError } from './failure.ts'
import type { Live, PublishRun } from './live/live.ts'
import type { Clock } from './pipeline.ts'
import type { Session } from './session.ts'
import type { Soon } from './soon.ts'
import type { Deadline, Work } from './work.ts'

/** What the engine lends. */
interface EngineSide {
  readonly live: Live
  readonly sessions: ReadonlySet<Session>
  readonly clock: Clock
  /** Clock of deadlines. */
  readonly monotonic: () => number
  /** Milliseconds that one live query may take. */
  readonly timeoutMs: number
  readonly run: (make: (deadline: Deadline) => Work<void>) => Soon<void>
  /** Tells of it whatever keeps track of changes for its own sake. */
  readonly note: (published: Published) => void
  readonly report: Report
}

/** Timers hold 31 bits of milliseconds: after a day it is looked again. */
const longestDelay = 86_400_000

export class Publisher {
  readonly #engine: EngineSide
  /** Whose caller has become somebody else: their live queries are opened again before the next events. */
  readonly #others = new Set<Session>()
  #wakingAt: number | null = null
  #cancelWaking = () => {}
  #stopped = false

  constructor(engine: EngineSide) {
    this.#engine = engine
  }

  /** Its caller has become another. */
  changed(session: Session): void {
    this.#others.add(session)
  }

  left(session: Session): void {
    this.#others.delete(session)
    this.#engine.live.leave(session)
  }

  /** Nobody waits for his live queries to be opened again. */
  get isSettled(): boolean {
    return this.#others.size === 0
  }

  *publish(published: Published, deadline: Deadline): Work<void> {
    const { live, sessions, clock, note } = this.#engine
    const { changes, touched, elsewhere = [] } = published
    const isNothing = changes.length + touched.length + elsewhere.length === 0
    // Reads, mostly: nobody is to hear of anything.
    if (isNothing && this.isSettled && !live.isOpening) return
    note(published)
    followSignIns(changes, sessions, clock.now())
    const others = [...this.#others]
    this.#others.clear()
    if (live.isIdle || (others.length === 0 && live.isUnconcerned(published))) return
    const run = this.#running(deadline)
    for (const session of others) yield* live.reopen(session, run)
    if (!isNothing || live.isOpening) yield* this.#publishLive(published, run)
  }

  /** Sends what was joined for a caller who could not take more. */
  catchUp(session: Session, deadline: Deadline): Work<void> {
    return this.#engine.live.catchUp(session, this.#running(deadline))
  }

  /** No row leaves a live result any more because it expires. */
  stop(): void {
    this.#stopped = true
    this.#stopWaking()
  }

  *#publishLive(published: Published, run: PublishRun): Work<void> {
    const { live, report } = this.#engine
    yield* live.publish(published, run)
    try {
      const expiresAt = yield* live.nextExpiry(run)
      this.#wakeAt(expiresAt === null ? null : Date.parse(expiresAt))
    } catch (error) {
      // What the group did stands, whatever becomes of this.
      report(error)
    }
  }

  /** Rows that expire leave live results without anybody writing. */
  #wakeAt(instant: number | null): void {
    if (instant === this.#wakingAt) return
    const { clock, report } = this.#engine
    this.#stopWaking()
    if (instant === null || this.#stopped) return
    this.#wakingAt = instant
    this.#cancelWaking = clock.after(Math.min(Math.max(instant - clock.now(), 1), longestDelay), () => {
      this.#wakingAt = null
      this.#tick().catch((error: unknown) => report(error))
    })
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return
    await this.#engine.run((deadline) =>
      this.#publishLive({ changes: [], touched: [] }, this.#running(deadline)),
    )
  }

  #stopWaking(): void {
    this.#cancelWaking()
    this.#wakingAt = null
  }

  #running(deadline: Deadline): PublishRun {
    const { clock, timeoutMs, monotonic, report } = this.#engine
    return {
      now: () => new Date(clock.now()).toISOString(),
      // Each query has the time of a call: a slow one of somebody else's ends nobody's.
      begin: (most = timeoutMs) => {
        deadline.at = monotonic() + Math.min(most, timeoutMs)
      },
      monotonic,
      toError: (error): DBALError => toDBALError(error, report),
    }
  }
}
