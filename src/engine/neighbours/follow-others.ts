/**
 * An engine that is not alone over its database: what it tells the others, and what it does when it hears of them. Known to
 * the dialects of databases that several processes can have open, so that no worker carries it.
 */

import type { Driver } from '../../drivers/driver.ts'
import { followSignIns } from '../auth/follow.ts'
import type { Published, RowChange } from '../call.ts'
import type { Executor } from '../executor.ts'
import { readHistory } from '../migrate/history.ts'
import type { Tools } from '../operations/operation.ts'
import type { Clock } from '../pipeline.ts'
import type { Session } from '../session.ts'
import { rollback } from '../transaction.ts'
import { ask, type Deadline, type Work } from '../work.ts'
import { concernsSignIns, rowsElsewhere, signInsElsewhere, unseen } from './look.ts'
import { againAfterMs, Neighbours, type News } from './neighbours.ts'

/** What the engine lends. */
export interface EngineSide {
  readonly driver: Driver
  readonly tools: Tools
  readonly clock: Clock
  readonly executor: Executor
  readonly sessions: ReadonlySet<Session>
  /** That no other process has. */
  readonly name: string
  /** Whether rows of the entity stand in somebody's live result. */
  isWatching(entity: string): boolean
  /** The version that the database has now. */
  reached(version: number): void
  /** Whether tables that the schema knows may be gone. */
  isBehind(): boolean
  /** Drops what was kept of rows that others have changed. */
  drop(published: Published): void
  /** Drops all: nothing is heard any more. */
  deaf(): void
  publish(published: Published, deadline: Deadline): Work<void>
  report(cause: unknown): void
}

export interface Others {
  /** Whether everything that they do is heard. */
  readonly isListening: boolean
  /** Resolves when nothing that is done from then on is missed. @throws DriverError */
  start(): Promise<void>
  stop(): void
  /** Tells them of what the transaction that it is called in has changed. */
  announce(published: Published): Work<void>
  /** Takes note of a commit of this engine. */
  note(published: Published): void
}

export function followOthers(engine: EngineSide): Others {
  const { driver, tools, clock, executor, sessions, name, report } = engine
  const { model, reach, limits } = tools
  /** How often users and sessions have changed here. */
  let signInChanges = 0
  /** Commits of this engine of which nobody knows what has become. */
  let doubts = 0
  /** The last try to find out: told once, however long the database is away. */
  let hasFailed = false
  let isStopped = false
  const now = () => new Date(clock.now()).toISOString()
  const limit = (deadline: Deadline) => {
    deadline.at = driver.now() + limits.queryTimeoutMs
  }

  /** The same as after a commit here, with what the rows are now in place of what was written. */
  function* take(news: News, deadline: Deadline): Work<void> {
    if (isStopped) return
    limit(deadline)
    const at = now()
    if (news.touched === 'all') {
      const { applied } = yield* readHistory(tools.dialect.migrations)
      engine.reached(applied.at(-1)?.version ?? 0)
    }
    // Until it is migrated again there is nothing to look at, and then everything is.
    if (engine.isBehind()) return engine.drop({ changes: [], touched: 'all' })
    followSignIns(yield* signInsElsewhere(news, sessions, tools, at), sessions, clock.now())
    engine.drop({ changes: [], touched: news.touched, elsewhere: unseen(news) })
    const elsewhere = yield* rowsElsewhere(news, (entity) => engine.isWatching(entity), tools, at)
    yield* engine.publish({ changes: [], touched: news.touched, elsewhere }, deadline)
  }

  /** Who is signed in is looked at beside what has its turn, which can be a transaction that somebody keeps open. */
  async function hurry(news: News): Promise<void> {
    if (engine.isBehind() || !concernsSignIns(news, sessions, tools)) return
    let seen: number
    let changes: readonly RowChange[]
    do {
      seen = signInChanges
      changes = await executor.apart((deadline) => {
        limit(deadline)
        return signInsElsewhere(news, sessions, tools, now())
      })
      // What was read may be older than what was written here meanwhile.
    } while (seen !== signInChanges)
    if (!isStopped) followSignIns(changes, sessions, clock.now())
  }

  /** A commit whose answer was lost may still be under way: who has the turn after it sees what has become of it. */
  async function settleDoubts(): Promise<void> {
    let seen: number
    do {
      seen = doubts
      try {
        await executor.apart(function* (deadline) {
          limit(deadline)
          yield* ask(tools.dialect.transaction.beginWriting, [])
          yield* rollback()
        })
      } catch (error) {
        if (isStopped) break
        if (!hasFailed) report(error)
        hasFailed = true
        await new Promise<void>((resolve) => clock.after(againAfterMs, resolve))
        seen = 0
      }
    } while (seen !== doubts && !isStopped)
    doubts = 0
    hasFailed = false
    neighbours.doubt()
  }

  const neighbours = new Neighbours({
    notices: driver.notices,
    name,
    model,
    reach,
    run: (make) => executor.run(make),
    take,
    hurry: (news) => void hurry(news).catch(report),
    after: (milliseconds, run) => clock.after(milliseconds, run),
    deaf: engine.deaf,
    report,
  })
  executor.onDoubt(() => {
    // What is kept must be gone before anything else is answered.
    engine.drop({ changes: [], touched: 'all' })
    doubts++
    if (doubts === 1) void settleDoubts().catch(report)
  })
  return {
    get isListening() {
      return neighbours.isListening
    },
    start: () => neighbours.start(),
    stop() {
      isStopped = true
      neighbours.stop()
    },
    announce: (published) => neighbours.announce(published),
    note({ changes }) {
      if (changes.some(({ entity }) => entity.name === 'User' || entity.name === 'Session')) signInChanges++
    },
  }
}
